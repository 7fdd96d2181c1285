/*---
title    = "Function that turns invocations away"
severity = "medium"
leg      = "working"
family   = "lambda-concurrency"
volatile = ["figures"]
message  = "{name}: {meaning} ({figures})"
why      = """
A throttled call gets an error in place of an answer. Where a queue or an event bus called, it is tried again and comes late;
where a customer called, the customer sees it. Throttled calls are no errors of the function and no invocations, so the usual
dashboard shows a function in perfect order. Idle reservations take from the account as well, which is why it can be full while
hardly anything runs."""
fix      = "aws lambda put-function-concurrency --region {region} --function-name {name} --reserved-concurrent-executions CONCURRENCY"
references = [
    "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html",
]

[fixes]
account_exhausted = "aws service-quotas request-service-quota-increase --region {region} --service-code lambda --quota-code L-B99A9384 --desired-value CONCURRENCY"
spillover = "aws lambda list-provisioned-concurrency-configs --region {region} --function-name {name}"

[frameworks]
soc2 = ["A1.2"]

[reasons]
not_throttled            = "it was called, and every call was let in"
throttled_by_reservation = "calls were turned away because all of its own reservation was in use"
account_exhausted        = "calls were turned away because the account's concurrency in this region was used up"
throttled_burst          = "calls were turned away though neither its reservation nor the account was used up: they came faster than Lambda starts environments"
throttled_cause_unread   = "calls were turned away, and what was used up could not be read"
spillover                = "more calls came than it keeps environments ready for, and the rest started cold"
no_traffic               = "nobody called it in a day, so that nothing was turned away proves nothing"

[params.exhausted_share]
default = 0.9
doc     = "Share of the account's concurrency from which on it counts as used up."
---*/
with measured as (
    select
        f.*, m.invocations_1d, m.invocations_14d, m.throttles_1d, m.provisioned_concurrency_spillover_1d,
        m.concurrent_executions_max_1d, a.claimed_account_concurrency_max_1d, s.concurrent_executions as account_limit,
        case
            when f.reserved_concurrency < 0 then 0
            else m.concurrent_executions_max_1d >= f.reserved_concurrency
        end as is_reservation_full,
        a.claimed_account_concurrency_max_1d >= :exhausted_share * s.concurrent_executions as is_account_full
    from aws_lambda_function as f
    left join aws_lambda_function_metric as m on m.arn = f.arn and m.account_id = f.account_id
    left join aws_lambda_account_settings as s on s.account_id = f.account_id and s.region = f.region
    left join aws_lambda_account_metric as a on a.arn = s.arn and a.account_id = s.account_id
)
select
    m.arn as resource,
    m.account_id,
    -- What nobody reserved anything for and nobody calls is no question, and what is switched off is another one.
    m.capacity_provider_arn = '' and m.reserved_concurrency <> 0
        and (m.reserved_concurrency > 0 or m.invocations_14d > 0 or m.throttles_1d > 0) as applies,
    case
        when m.throttles_1d > 0 or m.provisioned_concurrency_spillover_1d > 0 then 0
        when m.throttles_1d = 0 and m.invocations_1d > 0 and m.provisioned_concurrency_spillover_1d = 0 then 1
    end as ok,
    case
        when m.throttles_1d > 0 then case
            when m.is_reservation_full then 'throttled_by_reservation'
            when m.is_account_full then 'account_exhausted'
            when m.is_reservation_full is null or m.is_account_full is null then 'throttled_cause_unread'
            else 'throttled_burst'
        end
        when m.provisioned_concurrency_spillover_1d > 0 then 'spillover'
        when m.throttles_1d = 0 and m.invocations_1d > 0 and m.provisioned_concurrency_spillover_1d = 0 then 'not_throttled'
        when m.throttles_1d = 0 and m.invocations_1d = 0 then 'no_traffic'
    end as reason,
    case
        when m.throttles_1d > 0 then iif(m.is_account_full and not coalesce(m.is_reservation_full, 0), 'high', 'medium')
        else 'low'
    end as severity,
    printf('%d turned away and %d let in within a day', m.throttles_1d, m.invocations_1d)
        || iif(m.reserved_concurrency > 0, printf(', %d reserved', m.reserved_concurrency), '') as figures,
    m.name, m.reserved_concurrency, m.throttles_1d, m.invocations_1d, m.invocations_14d, m.provisioned_concurrency_spillover_1d,
    m.concurrent_executions_max_1d, m.claimed_account_concurrency_max_1d, m.account_limit
from measured as m
