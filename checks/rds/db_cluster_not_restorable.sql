/*---
title    = "Cluster whose backups are on and do not help"
severity = "medium"
leg      = "working"
family   = "backup"
volatile = ["latest", "lag_minutes"]
message  = "{name} ({engine}) keeps backups for {backup_retention_period} days, and cannot be restored to the present: {meaning} ({latest})"
why      = """
Automated backups save the log of the database every five minutes. The latest moment to which it can be restored tells whether that
happens: when it stands still, everything since then is lost with the database, however long the retention is. AWS makes no backups
while a database is in trouble, and says so nowhere else."""
fix      = "aws rds describe-events --region {region} --source-type db-cluster --source-identifier {name} --duration 20160"
references = [
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html",
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html",
]

[frameworks]
nist-800-53r5 = ["CP-9", "CP-10"]
soc2 = ["A1.2"]

[reasons]
restorable        = "it can be restored to within minutes of now"
no_restore_point  = "there is no moment at all to which it can be restored"
pitr_lag          = "the latest moment to which it can be restored is too long ago"
backups_suspended = "its status says that it is in trouble, and AWS makes no backups meanwhile"
too_new           = "it is younger than a day, and its first backup may be on its way"
in_transition     = "its status says that it is being changed, or is one that this version does not know"
secondary_without_restore_point = "it follows a cluster elsewhere, and AWS tells no such moment for it"

[params.max_lag_minutes]
default = 15
doc     = "Minutes by which the latest restorable moment may lag behind. AWS saves the log every five."
---*/
with judged as (
    select
        d.*,
        (julianday(clock.started_at) - julianday(d.latest_restorable_time)) * 1440 as lag_minutes,
        coalesce(julianday(clock.started_at) - julianday(d.cluster_create_time) > 1, 0) as is_old_enough,
        d.status in (
            'failed', 'inaccessible-encryption-credentials', 'inaccessible-encryption-credentials-recoverable',
            'incompatible-network', 'incompatible-option-group', 'incompatible-parameters', 'incompatible-restore',
            'insufficient-capacity', 'migration-failed', 'cloning-failed', 'restore-error', 'storage-full'
        ) as is_in_trouble,
        d.status in (
            'available', 'backing-up', 'configuring-enhanced-monitoring', 'configuring-iam-database-auth',
            'configuring-log-exports', 'storage-config-upgrade', 'storage-optimization'
        ) as is_at_work,
        d.replication_source_identifier <> '' or (d.global_cluster_identifier <> '' and not d.has_writer) as is_secondary
    from aws_rds_db_cluster as d
    cross join snapshot as clock
)
select
    d.arn as resource,
    d.account_id,
    d.engine not in ('neptune', 'docdb') and d.status <> 'deleting' and d.status not in ('stopped', 'stopping')
        and d.backup_retention_period > 0 as applies,
    case
        when d.is_in_trouble then 0
        when d.lag_minutes <= :max_lag_minutes then 1
        when d.latest_restorable_time = '' and d.is_secondary then null
        when not d.is_at_work or not d.is_old_enough then null
        else 0
    end as ok,
    case
        when d.is_in_trouble then 'backups_suspended'
        when d.lag_minutes <= :max_lag_minutes then 'restorable'
        when d.latest_restorable_time = '' and d.is_secondary then 'secondary_without_restore_point'
        when not d.is_at_work then 'in_transition'
        when not d.is_old_enough then 'too_new'
        when d.latest_restorable_time = '' then 'no_restore_point'
        else 'pitr_lag'
    end as reason,
    iif(not d.is_in_trouble and d.lag_minutes is not null, 'medium', 'high') as severity,
    d.db_cluster_identifier as name,
    iif(d.latest_restorable_time = '', 'no moment is told', 'latest ' || d.latest_restorable_time) as latest,
    cast(round(d.lag_minutes) as integer) as lag_minutes,
    d.engine, d.status, d.backup_retention_period, d.latest_restorable_time, d.cluster_create_time
from judged as d
