/*---
title    = "Function whose live version runs on a runtime that AWS no longer patches"
severity = "medium"
leg      = "working"
family   = "building-blocks"
message  = "{function_name}'s alias {alias_name} sends calls to version {version}, which runs on {runtime}: {meaning}"
why      = """
Calls through an alias go to a published version, and a published version keeps the runtime that it was published with. Moving
the function to a newer runtime changes `$LATEST` alone: the settings then look right, AWS's own mails stop, and the code that
customers reach still runs on the old one. The dates are those of lambda/runtime_deprecated, and grow stale in the same way."""
fix      = "aws lambda update-alias --region {region} --function-name {function_name} --name {alias_name} --function-version VERSION_ON_A_NEWER_RUNTIME"
references = [
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html",
]

[frameworks]
fsbp = ["Lambda.2"]
"nist-800-53r5" = ["CA-9(1)", "CM-2", "SI-2", "SI-2(2)", "SI-2(4)", "SI-2(5)"]
"pci-dss-4.0.1" = ["12.3.4"]
soc2 = ["CC7.1"]

[reasons]
runtime_supported      = "AWS still patches the runtime of every version that an alias leads to"
runtime_deprecated     = "AWS stopped patching this runtime on {deprecation_date}"
runtime_update_blocked = "AWS stopped patching this runtime on {deprecation_date}, and since {block_update_date} refuses changes to functions on it"
runtime_not_in_table   = "the dates of this runtime are not known to this version of driftlead"
runtime_table_stale    = "the table of runtimes is of {as_of}, too old to say"
container_image        = "it is a container image, which brings a runtime of its own; only a look into the image could tell"
version_not_listed     = "no such version was listed"

[params.table_max_age_days]
default = 365
doc     = "Days for which the table of runtimes is believed about what was still to come when it was written."
---*/
with live as (
    select a.function_arn, a.account_id, a.name as alias_name, a.function_version as version
    from aws_lambda_alias as a
    union all
    select a.function_arn, a.account_id, a.name, other.key
    from aws_lambda_alias as a, json_each(a.additional_version_weights) as other
),
dated as (
    select
        l.function_arn as arn, l.account_id, l.alias_name, l.version, r.runtime, r.package_type, r.deprecation_date,
        r.block_create_date, r.block_update_date, r.as_of,
        date(clock.started_at) as today,
        julianday(clock.started_at) - julianday(r.as_of) <= :table_max_age_days as is_fresh
    from live as l
    cross join snapshot as clock
    left join aws_lambda_version_runtime as r
        on r.arn = l.function_arn and r.account_id = l.account_id and r.version = l.version
),
staged as (
    select
        d.*,
        case
            when d.package_type is null then 'version_not_listed'
            when d.package_type = 'Image' then 'container_image'
            when d.deprecation_date is null then 'runtime_not_in_table'
            -- What had happened when the table was written does not change any more.
            when d.deprecation_date <= d.today and (d.deprecation_date <= d.as_of or d.is_fresh) then iif(
                d.block_update_date <= d.today and (d.block_update_date <= d.as_of or d.is_fresh),
                'runtime_update_blocked', 'runtime_deprecated'
            )
            else iif(d.is_fresh, 'runtime_supported', 'runtime_table_stale')
        end as stage
    from dated as d
),
-- The worst version speaks for the function.
ranked as (
    select
        s.*,
        row_number() over (
            partition by s.arn, s.account_id
            order by
                case s.stage when 'runtime_update_blocked' then 0 when 'runtime_deprecated' then 1 when 'runtime_supported' then 3 else 2 end,
                s.alias_name, s.version
        ) as place
    from staged as s
)
select
    f.arn as resource,
    f.account_id,
    f.alias_count > 0 as applies,
    case
        when r.stage in ('runtime_update_blocked', 'runtime_deprecated') then 0
        when r.stage = 'runtime_supported' then 1
    end as ok,
    r.stage as reason,
    iif(r.stage = 'runtime_update_blocked', 'high', 'medium') as severity,
    f.name as function_name, r.alias_name, r.version, r.runtime, f.runtime as latest_runtime, r.package_type, r.deprecation_date,
    r.block_create_date, r.block_update_date, r.as_of
from aws_lambda_function as f
left join ranked as r on r.arn = f.arn and r.account_id = f.account_id and r.place = 1
