/*---
title    = "Cluster whose backups are kept too short"
severity = "medium"
leg      = "configured"
family   = "backup"
message  = "{name} ({engine}) keeps its backups for {backup_retention_period} days where {min_days} are asked for"
why      = """
Damage to data is often found weeks after it was done: a wrong release, a wrong import, an intruder. What can be restored then is what
the retention still holds. Aurora's backups cannot be switched off, but their default is one day, wherever the cluster is made."""
fix      = "aws rds modify-db-cluster --region {region} --db-cluster-identifier {name} --backup-retention-period {asked_days} --apply-immediately"
references = [
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html",
]

[frameworks]
fsbp = ["RDS.50"]
nist-800-53r5 = ["CP-6", "CP-6(1)", "CP-6(2)", "CP-9", "CP-10", "SC-5(2)", "SI-12", "SI-13(5)"]
soc2 = ["A1.2"]

[reasons]
kept_long_enough = "backups are kept for as long as is asked for, or longer"
too_short        = "backups are kept for fewer days than is asked for"

[params.min_days]
default = 7
doc     = "Days for which automated backups must be kept at least. AWS keeps them for 35 at most."
---*/
select
    d.arn as resource,
    d.account_id,
    d.engine not in ('neptune', 'docdb') and d.status <> 'deleting' as applies,
    d.backup_retention_period >= :min_days as ok,
    iif(
        d.backup_retention_period is null,
        null,
        iif(d.backup_retention_period >= :min_days, 'kept_long_enough', 'too_short')
    ) as reason,
    d.db_cluster_identifier as name,
    min(:min_days, 35) as asked_days,
    d.engine, d.backup_retention_period, d.preferred_backup_window, d.aws_backup_recovery_point_arn, d.global_cluster_identifier,
    d.replication_source_identifier, d.cluster_create_time
from aws_rds_db_cluster as d
