/*---
title    = "Function that is switched off by its reserved concurrency"
severity = "medium"
leg      = "configured"
family   = "lambda-concurrency"
volatile = ["wanted"]
message  = "{name} cannot run at all: its reserved concurrency is 0; {wanted}"
why      = """
A reservation of 0 is Lambda's emergency brake: every call is turned away, and events that were sent asynchronously are thrown away
in the end. The function is still there, active and deployable, and its triggers still point at it. It is easily left behind
after an incident, and easily made by mistake: whoever writes 0 for "no reservation" gets the opposite."""
fix      = "aws lambda delete-function-concurrency --region {region} --function-name {name}"
references = [
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
    "https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html",
]

[frameworks]
soc2 = ["CC7.2"]

[reasons]
switched_on       = "nothing keeps it from running"
parked            = "it is switched off, and its tags say that this is meant"
function_disabled = "it is switched off, and nothing says that this is meant"

[params.parked_tags]
default = ["parked"]
doc     = "Tags that say that a function is switched off on purpose, whatever their value."
---*/
with caller as (
    select
        f.*,
        (
            select count(*)
            from aws_lambda_event_source_mapping as m
            where m.account_id = f.account_id and m.region = f.region and m.state <> 'Disabled'
                -- The function itself, or what follows its name: an alias or a version.
                and (m.function_arn = f.arn or (m.function_arn > f.arn || ':' and m.function_arn < f.arn || ';'))
        ) as mapping_count,
        (
            select count(*)
            from aws_lambda_function_policy_statement as p
            where p.arn = f.arn and p.account_id = f.account_id and p.effect = 'Allow'
        ) as permission_count,
        m.async_events_dropped_14d,
        iif(
            f.tags is null,
            null,
            exists (select 1 from json_each(:parked_tags) as t where f.tags ->> ('$."' || t.value || '"') is not null)
        ) as is_parked
    from aws_lambda_function as f
    left join aws_lambda_function_metric as m on m.arn = f.arn and m.account_id = f.account_id
)
select
    c.arn as resource,
    c.account_id,
    -- What runs on instances of its own does not take from the account's concurrency.
    c.capacity_provider_arn = '' as applies,
    case when c.reserved_concurrency <> 0 then 1 when c.reserved_concurrency = 0 then c.is_parked end as ok,
    case
        when c.reserved_concurrency <> 0 then 'switched_on'
        when c.reserved_concurrency = 0 then case c.is_parked when 1 then 'parked' when 0 then 'function_disabled' end
    end as reason,
    iif(c.mapping_count > 0 or c.permission_count > 0 or c.async_events_dropped_14d > 0, 'high', 'medium') as severity,
    case
        when c.async_events_dropped_14d > 0 then printf('%d events for it were thrown away in 14 days', c.async_events_dropped_14d)
        when c.mapping_count > 0 then printf('%d event source mapping(s) feed it all the same', c.mapping_count)
        when c.permission_count > 0 then printf('%d permission(s) let others call it all the same', c.permission_count)
        else 'nothing is seen that would call it'
    end as wanted,
    c.name, c.reserved_concurrency, c.mapping_count, c.permission_count, c.async_events_dropped_14d
from caller as c
