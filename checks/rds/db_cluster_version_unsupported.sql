/*---
title    = "Cluster on a version that AWS gives up"
severity = "medium"
leg      = "working"
family   = "engine-version"
message  = "{name} runs {engine} {engine_version}: {meaning} (standard support {dates})"
why      = """
A version that is no longer supported gets no fixes, or gets them for money: extended support is charged by the hour and by the core, and
at its end AWS upgrades the database when it suits AWS. A major upgrade needs a test with the application; that takes longer than the
notice."""
fix      = "aws rds modify-db-cluster --region {region} --db-cluster-identifier {name} --engine-version NEW_VERSION --allow-major-version-upgrade --no-apply-immediately"
references = [
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBMajorEngineVersions.html",
]

[frameworks]
nist-800-53r5 = ["SI-2"]
"pci-dss-4.0.1" = ["6.3.3"]
soc2 = ["CC7.1"]

[reasons]
supported          = "the version is offered, and its major version is in standard support"
version_deprecated = "AWS no longer offers this version"
extended_support   = "standard support of the major version is over: every hour of extended support is charged"
eol                = "support of the major version is over"
eol_soon           = "standard support of the major version ends soon"
no_dates           = "AWS tells no dates for this major version"

[params.warn_days]
default = 180
doc     = "Days before the end of standard support from which on it is said."
---*/
with judged as (
    select
        v.*,
        julianday(clock.started_at) as now,
        julianday(v.standard_support_end_date) as standard_end,
        -- Without extended support the end is the end.
        julianday(iif(v.extended_support_end_date = '', v.standard_support_end_date, v.extended_support_end_date)) as last_end
    from aws_rds_database_version as v
    cross join snapshot as clock
)
select
    d.arn as resource,
    d.account_id,
    d.status <> 'deleting' as applies,
    v.version_status = 'available' and v.now <= v.standard_end - :warn_days as ok,
    case
        when v.now > v.last_end then 'eol'
        when v.now > v.standard_end then 'extended_support'
        when v.version_status in ('deprecated', '') then 'version_deprecated'
        when v.now > v.standard_end - :warn_days then 'eol_soon'
        when v.version_status is null or v.major_engine_version is null then null
        when v.standard_end is null then 'no_dates'
        else 'supported'
    end as reason,
    case
        when v.now > v.last_end then 'high'
        when v.now > v.standard_end or v.version_status in ('deprecated', '') then 'medium'
        else 'low'
    end as severity,
    coalesce('until ' || nullif(substr(v.standard_support_end_date, 1, 10), ''), 'has no date') as dates,
    d.db_cluster_identifier as name,
    v.engine, v.engine_version, v.version_arn, v.version_status, v.major_engine_version, v.auto_upgrade_version,
    v.standard_support_end_date, v.extended_support_end_date, d.engine_lifecycle_support
from aws_rds_db_cluster as d
join judged as v on v.arn = d.arn and v.account_id = d.account_id and v.region = d.region
