/*---
title    = "Critical function that shares its concurrency with all others"
severity = "info"
leg      = "configured"
family   = "lambda-reservation"
message  = "{name} is tagged as critical and has no concurrency of its own: {meaning}"
why      = """
All functions of an account in a region draw from one number. A report that fans out over a month of records can take all of it
for a minute, and then the function that customers wait for is turned away. A reservation keeps its share free, and is its upper
bound at the same time."""
fix      = "aws lambda put-function-concurrency --region {region} --function-name {name} --reserved-concurrent-executions CONCURRENCY"
references = ["https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"]

[frameworks]
soc2 = ["A1.2"]

[reasons]
reserved   = "a part of the account's concurrency is kept for it"
unreserved = "{other_count} other functions can take what it needs"

[params.critical_tags]
default = ["critical"]
doc     = "Tags that say that a function must not be turned away, whatever their value."
---*/
with judged as (
    select
        f.*,
        iif(
            f.tags is null,
            null,
            exists (select 1 from json_each(:critical_tags) as t where f.tags ->> ('$."' || t.value || '"') is not null)
        ) as is_critical,
        count(*) over (partition by f.account_id, f.region) - 1 as other_count
    from aws_lambda_function as f
)
select
    j.arn as resource,
    j.account_id,
    j.capacity_provider_arn = '' and j.other_count > 0 and j.is_critical as applies,
    j.reserved_concurrency >= 0 as ok,
    case when j.reserved_concurrency >= 0 then 'reserved' when j.reserved_concurrency < 0 then 'unreserved' end as reason,
    j.name, j.reserved_concurrency, j.other_count
from judged as j
