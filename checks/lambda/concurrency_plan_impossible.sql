/*---
title    = "More concurrency reserved than the account can spare"
severity = "medium"
leg      = "configured"
family   = "lambda-concurrency"
message  = "{reserved_total} of {concurrent_executions} concurrent executions are reserved here: {meaning} ({largest})"
why      = """
What one function reserves, no other one can use, whether it is idle or not, and AWS keeps at least 100 executions out of all
reservations. An account has 1,000 unless it asked for more, and a new one often 10 or 50: there a template with three harmless
reservations cannot be deployed at all, or leaves nothing for every function without one. The next deployment finds out, not the
last."""
fix      = "aws service-quotas request-service-quota-increase --region {region} --service-code lambda --quota-code L-B99A9384 --desired-value {needed}"
references = [
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
]

[frameworks]
soc2 = ["A1.2"]

[reasons]
plan_fits       = "what is left is enough for the functions without a reservation"
plan_impossible = "that leaves {left_over}, and AWS keeps {floor} for the functions without a reservation"

[params.floor]
default = 100
doc     = "Executions that stay unreserved. AWS documents 100; where support set another floor for a small account, put that here."
---*/
with plan as (
    select
        s.*,
        coalesce(sum(max(f.reserved_concurrency, 0)), 0) as reserved_total,
        count(f.arn) - count(f.reserved_concurrency) as unread_count,
        group_concat(f.name || ' ' || f.reserved_concurrency, ', ' order by f.reserved_concurrency desc, f.name)
            filter (where f.reserved_concurrency > 0) as largest
    from aws_lambda_account_settings as s
    left join aws_lambda_function as f on f.account_id = s.account_id and f.region = s.region
    group by s.arn, s.account_id
)
select
    p.arn as resource,
    p.account_id,
    case when p.reserved_total > 0 then 1 when p.unread_count = 0 then 0 end as applies,
    case
        when p.reserved_total + :floor > p.concurrent_executions then 0
        when p.unread_count = 0 then p.reserved_total + :floor <= p.concurrent_executions
    end as ok,
    case
        when p.reserved_total + :floor > p.concurrent_executions then 'plan_impossible'
        when p.unread_count = 0 and p.reserved_total + :floor <= p.concurrent_executions then 'plan_fits'
    end as reason,
    iif(p.reserved_total >= p.concurrent_executions, 'high', 'medium') as severity,
    p.reserved_total, p.concurrent_executions, p.unreserved_concurrent_executions, :floor as floor,
    max(p.concurrent_executions - p.reserved_total, 0) as left_over, p.reserved_total + :floor as needed, p.largest
from plan as p
