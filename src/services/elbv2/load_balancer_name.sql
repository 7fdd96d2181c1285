-- The names that clients use for a load balancer, as far as the account's own Route 53 zones tell: alias and CNAME records that lead
-- to it, also by way of one another. Where a zone's records were not read, names can be missing.
-- column arn: ARN of the load balancer.
-- column account_id: Account that was read.
-- column region: Region.
-- column name: The name, in lower case and without the last dot; it can begin with `*.`.
-- column zone_arn: ARN of the hosted zone that has the record.
with recursive leads as (
    select b.arn, b.account_id, b.region, r.name, r.arn as zone_arn
    from aws_elbv2_load_balancer as b
    join aws_route53_record as r
        on r.account_id = b.account_id and r.target in (lower(b.dns_name), 'dualstack.' || lower(b.dns_name)) and b.dns_name <> ''
    union
    select l.arn, l.account_id, l.region, r.name, r.arn
    from leads as l
    join aws_route53_record as r on r.account_id = l.account_id and r.target = l.name
)
select arn, account_id, region, name, zone_arn
from leads
