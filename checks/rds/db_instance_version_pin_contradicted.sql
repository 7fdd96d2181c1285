/*---
title    = "Database with an agreed minor version that AWS may change"
severity = "medium"
leg      = "configured"
family   = "engine-version"
message  = "{name} is tagged as {engine} {agreed}, and AWS upgrades its minor version by itself: the tag and the setting contradict each other"
why      = """
A minor version that was tested and agreed is one that nobody changes unasked. With automatic upgrades on, AWS moves the database in
some maintenance window, and what runs is whatever it became. Either the agreement is about the major version, or the setting is off."""
fix      = "aws rds modify-db-instance --region {region} --db-instance-identifier {name} --no-auto-minor-version-upgrade --apply-immediately"
references = ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html"]

[frameworks]
soc2 = ["CC8.1"]

[reasons]
only_major_agreed        = "only the major version was agreed, and AWS looks after the rest"
auto_upgrade_off         = "AWS does not change the version"
auto_upgrade_against_pin = "a minor version was agreed, and AWS may change it in any maintenance window"

[params.version_tag]
default = "agreed-engine-version"
doc     = "Tag of a database that tells which version was agreed, as far as it was: 15, or 15.4."
---*/
with agreed as (
    select
        d.*,
        d.tags ->> ('$."' || :version_tag || '"') as agreed
    from aws_rds_db_instance as d
)
select
    d.arn as resource,
    d.account_id,
    d.agreed is not null and d.db_instance_status <> 'deleting' as applies,
    -- A minor version has a dot more than the major one.
    not (
        v.auto_minor_version_upgrade
        and length(d.agreed) - length(replace(d.agreed, '.', ''))
            > length(v.major_engine_version) - length(replace(v.major_engine_version, '.', ''))
    ) as ok,
    case
        when not v.auto_minor_version_upgrade then 'auto_upgrade_off'
        when length(d.agreed) - length(replace(d.agreed, '.', ''))
            <= length(v.major_engine_version) - length(replace(v.major_engine_version, '.', '')) then 'only_major_agreed'
        when v.auto_minor_version_upgrade and v.major_engine_version is not null then 'auto_upgrade_against_pin'
    end as reason,
    d.db_instance_identifier as name,
    d.agreed, v.engine, v.engine_version, v.version_arn, v.major_engine_version, v.auto_minor_version_upgrade
from agreed as d
join aws_rds_database_version as v on v.arn = d.arn and v.account_id = d.account_id and v.region = d.region
