/*---
title    = "Function on a runtime that AWS no longer patches"
severity = "medium"
leg      = "configured"
family   = "building-blocks"
message  = "{function_name} is set to run on {runtime}: {meaning}"
why      = """
A function on a deprecated runtime goes on running, and nobody is told when the next hole in its language or its Linux is found:
AWS closes it in the newer runtimes only. Some months later the function cannot be changed any more either, so the fix for an
incident at night begins with a migration. No call of AWS tells the dates. They are written down in driftlead, with the
day of which they are, and move, mostly to later ones. A date that was past on that day is certain; one that has passed since is believed until
the table is older than `table_max_age_days`, and after that such a function is unknown, not fine. What AWS Health or Trusted
Advisor says of your account is newer."""
fix      = "aws lambda update-function-configuration --region {region} --function-name {function_name} --runtime NEWER_RUNTIME"
references = [
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-list-deprecated.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html",
]

[frameworks]
fsbp = ["Lambda.2"]
"nist-800-53r5" = ["CA-9(1)", "CM-2", "SI-2", "SI-2(2)", "SI-2(4)", "SI-2(5)"]
"pci-dss-4.0.1" = ["12.3.4"]
soc2 = ["CC7.1"]

[reasons]
runtime_supported      = "AWS still patches this runtime"
runtime_deprecated     = "AWS stopped patching this runtime on {deprecation_date}"
runtime_update_blocked = "AWS stopped patching this runtime on {deprecation_date}, and since {block_update_date} refuses changes to functions on it"
runtime_not_in_table   = "the dates of this runtime are not known to this version of driftlead"
runtime_table_stale    = "the table of runtimes is of {as_of}, too old to say"
container_image        = "it is a container image, which brings a runtime of its own; only a look into the image could tell"

[params.table_max_age_days]
default = 365
doc     = "Days for which the table of runtimes is believed about what was still to come when it was written."
---*/
with dated as (
    select
        r.*,
        date(clock.started_at) as today,
        julianday(clock.started_at) - julianday(r.as_of) <= :table_max_age_days as is_fresh
    from aws_lambda_version_runtime as r
    cross join snapshot as clock
    where r.version = '$LATEST'
),
judged as (
    select
        d.*,
        -- What had happened when the table was written does not change any more.
        d.deprecation_date <= d.today and (d.deprecation_date <= d.as_of or d.is_fresh) as is_deprecated,
        d.block_update_date <= d.today and (d.block_update_date <= d.as_of or d.is_fresh) as is_blocked
    from dated as d
)
select
    j.arn as resource,
    j.account_id,
    case
        when j.package_type = 'Image' or j.deprecation_date is null then null
        when j.is_deprecated then 0
        when j.is_fresh then 1
    end as ok,
    case
        when j.package_type = 'Image' then 'container_image'
        when j.deprecation_date is null then 'runtime_not_in_table'
        when j.is_deprecated then iif(j.is_blocked, 'runtime_update_blocked', 'runtime_deprecated')
        else iif(j.is_fresh, 'runtime_supported', 'runtime_table_stale')
    end as reason,
    iif(j.is_blocked, 'high', 'medium') as severity,
    j.function_name, j.runtime, j.package_type, j.deprecation_date, j.block_create_date, j.block_update_date, j.as_of
from judged as j
