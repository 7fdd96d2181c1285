/*---
title    = "Database that stays on an old minor version"
severity = "medium"
leg      = "configured"
family   = "engine-version"
message  = "{name} runs {engine} {engine_version}; AWS would upgrade it to {auto_upgrade_version}, and may not"
why      = """
Minor versions are where security fixes arrive. With automatic upgrades off, somebody has to install each of them by hand, and a newer one
is waiting."""
fix      = "aws rds modify-db-instance --region {region} --db-instance-identifier {name} --engine-version {auto_upgrade_version} --no-apply-immediately"
references = [
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html",
]

[frameworks]
fsbp = ["RDS.13"]
"cis-3.0" = ["2.3.2"]
"cis-5.0" = ["2.2.2"]
nist-800-53r5 = ["SI-2", "SI-2(2)", "SI-2(4)", "SI-2(5)"]
"pci-dss-4.0.1" = ["6.3.3"]
soc2 = ["CC7.1"]

[reasons]
auto_upgrade_on = "AWS upgrades the minor version by itself"
no_newer_minor  = "automatic upgrades are off, and there is nothing newer to upgrade to"
minor_pinned    = "automatic upgrades are off, and a newer minor version is there"
---*/
select
    d.arn as resource,
    d.account_id,
    d.db_instance_status <> 'deleting' as applies,
    v.auto_minor_version_upgrade or v.auto_upgrade_version = '' as ok,
    case
        when v.auto_minor_version_upgrade then 'auto_upgrade_on'
        when v.auto_upgrade_version = '' then 'no_newer_minor'
        when not v.auto_minor_version_upgrade and v.auto_upgrade_version <> '' then 'minor_pinned'
    end as reason,
    d.db_instance_identifier as name,
    v.engine, v.engine_version, v.version_arn, v.auto_upgrade_version, v.auto_minor_version_upgrade, d.preferred_maintenance_window
from aws_rds_db_instance as d
-- Neither cluster members, nor RDS Custom, nor other services are in it.
join aws_rds_database_version as v on v.arn = d.arn and v.account_id = d.account_id and v.region = d.region
