/*---
title    = "Provisioned concurrency that is not there"
severity = "medium"
leg      = "working"
family   = "lambda-concurrency"
message  = "{name} asks to keep {requested} environments ready for {qualifier} and has {allocated}: {meaning} ({status_text})"
why      = """
Provisioned concurrency is bought so that nobody waits for a cold start. Where Lambda cannot make the environments, because the
account has no room for them or because the code fails while it starts, the setting stays as it is, calls are served cold or
turned away, and only the configuration of that one version or alias says so."""
fix      = "aws lambda put-provisioned-concurrency-config --region {region} --function-name {name} --qualifier {qualifier} --provisioned-concurrent-executions CONCURRENCY"
references = ["https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html"]

[frameworks]
soc2 = ["A1.2"]

[reasons]
provisioned_ready   = "all of it is there"
provisioned_failed  = "Lambda could not make the environments, or is short of them for long"
provisioned_pending = "Lambda is still making the environments"

[params.grace_minutes]
default = 15
doc     = "Minutes that Lambda may take to make them."
---*/
with dated as (
    select
        p.*,
        -- AWS writes the offset without its colon, which SQLite does not read.
        (julianday(clock.started_at) - julianday(substr(p.last_modified, 1, 19))) * 1440 > :grace_minutes as is_late
    from aws_lambda_provisioned_concurrency as p
    cross join snapshot as clock
),
judged as (
    select
        d.*,
        case
            when d.status = 'FAILED' then 0
            when d.status = 'READY' and d.allocated >= d.requested then 1
            when d.allocated < d.requested and d.is_late then 0
        end as is_there
    from dated as d
),
-- The worst of them speaks for the function.
ranked as (
    select
        j.*,
        row_number() over (
            partition by j.function_arn, j.account_id
            order by case j.is_there when 0 then 0 when 1 then 2 else 1 end, j.qualifier
        ) as place
    from judged as j
)
select
    f.arn as resource,
    f.account_id,
    f.provisioned_concurrency_count > 0 as applies,
    r.is_there as ok,
    case
        when r.is_there = 0 then 'provisioned_failed'
        when r.is_there = 1 then 'provisioned_ready'
        when r.allocated < r.requested and r.is_late = 0 and r.status is not null then 'provisioned_pending'
    end as reason,
    iif(r.status_reason = '', r.status, r.status || ': ' || r.status_reason) as status_text,
    f.name, r.qualifier, r.requested, r.allocated, r.available, r.status, r.status_reason, r.last_modified
from aws_lambda_function as f
left join ranked as r on r.function_arn = f.arn and r.account_id = f.account_id and r.place = 1
