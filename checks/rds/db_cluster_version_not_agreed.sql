/*---
title    = "Cluster that runs another version than the agreed one"
severity = "medium"
leg      = "working"
family   = "engine-version"
message  = "{name} runs {engine} {engine_version}, and {agreed} was agreed: {meaning}"
why      = """
What was tested and approved is one version; what runs is another. Nobody decided that: a template that names the major version only, an
automatic upgrade, or an upgrade that was never done."""
fix      = "aws rds modify-db-cluster --region {region} --db-cluster-identifier {name} --engine-version {agreed} --no-apply-immediately"
references = ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html"]

[fixes]
# No database goes back to an older version.
version_ahead = "aws rds add-tags-to-resource --region {region} --resource-name {resource} --tags Key={version_tag},Value={engine_version}"

[frameworks]
soc2 = ["CC8.1"]

[reasons]
as_agreed         = "the version that runs is the agreed one, as far as that was agreed"
version_behind    = "it is older than what was agreed"
version_ahead     = "it is newer than what was agreed"
agreement_unclear = "the tag does not begin with a number"

[params.version_tag]
default = "agreed-engine-version"
doc     = "Tag of a database that tells which version was agreed, as far as it was: 15, or 15.4."
---*/
with agreed as (
    select
        d.*,
        d.tags ->> ('$."' || :version_tag || '"') as agreed
    from aws_rds_db_cluster as d
),
keyed as (
    select
        d.*,
        -- As in the view: every number padded to eight digits, without the name of a patch.
        (
            select group_concat(iif(p.value glob '*[^0-9]*', p.value, printf('%08d', p.value)), '.')
            from json_each(
                '[' || replace(json_quote(substr(d.agreed, 1, instr(d.agreed || '-', '-') - 1)), '.', '","') || ']'
            ) as p
            where d.agreed glob '[0-9]*'
        ) as agreed_key
    from agreed as d
)
select
    d.arn as resource,
    d.account_id,
    d.agreed is not null and d.status <> 'deleting' as applies,
    v.version_key = d.agreed_key or v.version_key like d.agreed_key || '.%' as ok,
    case
        when d.agreed_key is null then 'agreement_unclear'
        when v.version_key is null then null
        when v.version_key = d.agreed_key or v.version_key like d.agreed_key || '.%' then 'as_agreed'
        when v.version_key < d.agreed_key then 'version_behind'
        else 'version_ahead'
    end as reason,
    -- Where AWS may upgrade by itself this is what was to be expected; that it may is a finding of its own.
    iif(v.version_key > d.agreed_key and v.auto_minor_version_upgrade, 'info', 'medium') as severity,
    d.db_cluster_identifier as name,
    d.agreed, v.engine, v.engine_version, v.version_arn, v.auto_minor_version_upgrade
from keyed as d
join aws_rds_database_version as v on v.arn = d.arn and v.account_id = d.account_id and v.region = d.region
