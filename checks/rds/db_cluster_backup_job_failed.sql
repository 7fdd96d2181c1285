/*---
title    = "Cluster whose last backup job failed"
severity = "medium"
leg      = "working"
family   = "backup"
message  = "{name} ({engine}) is in the backup plan {backup_plan_name}, and its last job ended as {state}: {status_message}"
why      = """
A plan that selects a database says that it is to be backed up. Whether that happens is told by the jobs: a role that lost a
permission, a vault that is locked, a window that is too short, and there is no new recovery point from that day on."""
fix      = "aws backup start-backup-job --region {region} --resource-arn {resource} --backup-vault-name {backup_vault_name} --iam-role-arn {iam_role_arn}"
references = ["https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupJob.html"]

[frameworks]
nist-800-53r5 = ["CP-9", "CP-10"]
soc2 = ["A1.2"]

[reasons]
job_completed     = "the last job of its plan was completed"
backup_job_failed = "the last job of its plan failed, expired or was aborted"
job_partial       = "the last job of its plan was completed in part; nobody knows which part"
---*/
with finished as (
    select
        j.*, p.backup_plan_name,
        row_number() over (partition by j.account_id, j.region, j.arn order by j.creation_date desc, j.backup_job_id desc) as place
    from aws_backup_job as j
    -- A job that somebody asked for, or whose plan is gone, promises nothing for tomorrow.
    join aws_backup_plan as p on p.arn = j.backup_plan_arn and p.account_id = j.account_id and p.region = j.region
    where coalesce(j.state, '') not in ('CREATED', 'PENDING', 'RUNNING', 'ABORTING')
)
select
    d.arn as resource,
    d.account_id,
    d.status <> 'deleting' as applies,
    case when f.state = 'COMPLETED' then 1 when f.state in ('FAILED', 'EXPIRED', 'ABORTED') then 0 end as ok,
    case
        when f.state = 'COMPLETED' then 'job_completed'
        when f.state in ('FAILED', 'EXPIRED', 'ABORTED') then 'backup_job_failed'
        when f.state = 'PARTIAL' then 'job_partial'
    end as reason,
    d.db_cluster_identifier as name,
    d.engine, f.backup_plan_name, f.backup_plan_arn, f.backup_job_id, f.state,
    iif(f.status_message = '', 'no message', f.status_message) as status_message,
    f.creation_date, f.backup_vault_name, f.iam_role_arn
from aws_rds_db_cluster as d
join finished as f on f.arn = d.arn and f.account_id = d.account_id and f.region = d.region and f.place = 1
