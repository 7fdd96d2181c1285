/*---
title    = "Database whose backups are all in its own region"
severity = "medium"
leg      = "configured"
family   = "backup"
message  = "{name} ({engine}) is to have backups in a second region, and has none: the loss of {region} is the loss of its data"
why      = """
A backup in the region of the database is lost, or out of reach, with it. Whoever promised to be back after the loss of a region needs a
copy elsewhere, and one that is renewed."""
fix      = "aws rds start-db-instance-automated-backups-replication --region SECOND_REGION --source-db-instance-arn {resource} --backup-retention-period 7"
references = ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReplicateBackups.html"]

[frameworks]
nist-800-53r5 = ["CP-6", "CP-6(1)", "CP-6(2)", "CP-9"]
soc2 = ["A1.2"]

[reasons]
replicated       = "its automated backups are kept in a second region too"
copied           = "a recent copy of a snapshot is in another region"
no_cross_region  = "neither automated backups nor a recent copy of a snapshot are in another region"
copy_under_way   = "the first backup in another region is being made"
elsewhere_unread = "nothing was found, and not all of the account's regions were read"

[params.required_tag]
default = "replication"
doc     = "Tag of a database that tells whether its backups must be in a second region."

[params.required_values]
default = ["required"]
doc     = "Values of that tag for which they must."

[params.max_copy_age_days]
default = 7
doc     = "Days after which a copy of a snapshot no longer counts."
---*/
with judged as materialized (
    select
        d.*,
        d.automated_backup_replication_arns <> '[]'
            or exists (
                select 1
                from aws_rds_db_instance_automated_backup as b
                where b.db_instance_arn = d.arn and b.account_id = d.account_id and b.region <> d.region
                    and b.status in ('active', 'replicating')
            ) as is_replicated,
        exists (
            select 1
            from aws_rds_db_instance_automated_backup as b
            where b.db_instance_arn = d.arn and b.account_id = d.account_id and b.region <> d.region and b.status = 'creating'
        ) as is_coming,
        -- Nobody looked there, or could not: what may be there is unknown.
        exists (
            select 1
            from aws_region as p
            where p.account_id = d.account_id and p.is_enabled and p.region <> d.region
                and 2 > (
                    select count(*)
                    from coverage as c
                    where c.account_id = p.account_id and c.region = p.region and c.complete
                        and c.table_name in ('aws_rds_db_instance_automated_backup', 'aws_rds_db_snapshot')
                )
        ) as is_elsewhere_unread,
        exists (
            select 1
            from aws_rds_db_snapshot as s
            where s.db_instance_identifier = d.db_instance_identifier and s.account_id = d.account_id and s.region <> d.region
                and s.status = 'available' and s.source_snapshot like 'arn:%:rds:' || d.region || ':%'
                and julianday(clock.started_at) - julianday(s.snapshot_create_time) <= :max_copy_age_days
        ) as is_copied
    from aws_rds_db_instance as d
    cross join snapshot as clock
)
select
    d.arn as resource,
    d.account_id,
    -- Backups of a cluster's members are the cluster's; those of a replica are its source's.
    d.db_cluster_identifier = '' and d.replication_source = '' and d.engine not in ('neptune', 'docdb')
        and d.db_instance_status <> 'deleting'
        and exists (select 1 from json_each(:required_values) as x where x.value = d.tags ->> ('$."' || :required_tag || '"')) as applies,
    iif(
        not d.is_replicated and not d.is_copied and (d.is_coming or d.is_elsewhere_unread), null, d.is_replicated or d.is_copied
    ) as ok,
    case
        when d.is_replicated then 'replicated'
        when d.is_copied then 'copied'
        when d.is_coming then 'copy_under_way'
        when d.is_elsewhere_unread then 'elsewhere_unread'
        else 'no_cross_region'
    end as reason,
    d.db_instance_identifier as name,
    d.automated_backup_replication_arns,
    d.engine, d.backup_retention_period
from judged as d
