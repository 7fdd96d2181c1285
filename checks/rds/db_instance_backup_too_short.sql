/*---
title    = "Database without backups, or with backups that are kept too short"
severity = "medium"
leg      = "configured"
family   = "backup"
volatile = ["has_recent_point"]
message  = "{name} ({engine}) keeps its backups for {backup_retention_period} days where {min_days} are asked for: {meaning}"
why      = """
Damage to data is often found weeks after it was done: a wrong release, a wrong import, an intruder. What can be restored then is what
the retention still holds; the default of the API, of CloudFormation and of CDK is one day. Switching backups on from nothing restarts
the database, so that belongs into a maintenance window."""
fix      = "aws rds modify-db-instance --region {region} --db-instance-identifier {name} --backup-retention-period {asked_days} --apply-immediately"
references = [
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html",
]

[fixes]
automated_backups_off = "aws rds modify-db-instance --region {region} --db-instance-identifier {name} --backup-retention-period {asked_days} --no-apply-immediately"

[frameworks]
fsbp = ["RDS.11"]
nist-800-53r5 = ["CP-6", "CP-6(1)", "CP-6(2)", "CP-9", "CP-10", "SC-5(2)", "SI-12", "SI-13(5)"]
soc2 = ["A1.2"]

[reasons]
kept_long_enough      = "backups are kept for as long as is asked for, or longer"
aws_backup            = "automated backups are off, and AWS Backup made a recovery point not long ago; that is no restore to any moment"
automated_backups_off = "automated backups are off, and AWS Backup has no recent recovery point either"
too_short             = "backups are kept, and for fewer days than is asked for"

[params.min_days]
default = 7
doc     = "Days for which automated backups must be kept at least. AWS keeps them for 35 at most."

[params.max_point_age_days]
default = 2
doc     = "Days after which a recovery point of AWS Backup is no longer recent: one run of the plan, and some hours."
---*/
with points as (
    select
        p.arn, p.account_id, p.region,
        p.status in ('COMPLETED', 'AVAILABLE')
            and julianday(clock.started_at) - julianday(p.creation_date) <= :max_point_age_days as is_good
    from aws_backup_recovery_point as p
    cross join snapshot as clock
),
judged as (
    select
        d.*,
        case
            when r.arn is null then 0
            when r.recovery_point_count is null then null
            else (
                select coalesce(max(p.is_good), 0) or iif(count(p.is_good) < count(*), null, 0)
                from points as p
                where p.arn = d.arn and p.account_id = d.account_id and p.region = d.region
            )
        end as has_recent_point
    from aws_rds_db_instance as d
    left join aws_backup_protected_resource as r on r.arn = d.arn and r.account_id = d.account_id and r.region = d.region
)
select
    d.arn as resource,
    d.account_id,
    -- Backups of a cluster's members are the cluster's; those of a replica are its source's.
    d.db_cluster_identifier = '' and d.replication_source = '' and d.engine not in ('neptune', 'docdb')
        and d.db_instance_status <> 'deleting' as applies,
    case
        when d.backup_retention_period > 0 then d.backup_retention_period >= :min_days
        when d.backup_retention_period = 0 then d.has_recent_point
    end as ok,
    case
        when d.backup_retention_period >= :min_days then 'kept_long_enough'
        when d.backup_retention_period > 0 then 'too_short'
        when d.backup_retention_period = 0 and d.has_recent_point then 'aws_backup'
        when d.backup_retention_period = 0 and not d.has_recent_point then 'automated_backups_off'
    end as reason,
    iif(d.backup_retention_period = 0 and d.has_recent_point = 0, 'high', 'medium') as severity,
    d.db_instance_identifier as name,
    min(:min_days, 35) as asked_days,
    d.engine, d.backup_retention_period, d.preferred_backup_window, d.aws_backup_recovery_point_arn, d.has_recent_point,
    d.instance_create_time
from judged as d
