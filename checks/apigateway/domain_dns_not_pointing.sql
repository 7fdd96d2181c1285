/*---
title    = "API domain to which DNS does not lead"
severity = "high"
leg      = "working"
family   = "api-domain-name"
message  = "{name} is a domain of API Gateway's, and DNS {where_to}; it should lead to {regional_domain_name}"
why      = """
The custom domain carries what guards the API: mutual TLS, its TLS policy, what it is mapped to. None of that holds for clients whom
DNS takes somewhere else: an old load balancer, the previous region, a name that nobody owns any more. The record is in a hosted zone
of this very account, so what it says is what clients get."""
fix      = "aws route53 change-resource-record-sets --hosted-zone-id {zone_id} --change-batch '{{\"Changes\":[{{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{{\"Name\":\"{name}\",\"Type\":\"CNAME\",\"TTL\":300,\"ResourceRecords\":[{{\"Value\":\"{regional_domain_name}\"}}]}}}}]}}'"
references = [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html",
    "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-to-api-gateway.html",
]

[frameworks]
soc2 = ["CC6.6"]

[reasons]
dns_pointing      = "DNS leads to it"
dns_not_pointing  = "DNS leads somewhere else, or nowhere"
dns_through_proxy = "DNS leads to a CloudFront distribution, and where that leads is not read"
dns_delegated     = "the name is delegated to servers that are not this account's zone"
---*/
with recursive ending as (
    -- What a zone can be called that answers for the name: the name, and what is left of it label by label.
    select distinct lower(d.name) as name, lower(d.name) as ending from aws_api_gateway_domain_name as d
    union all
    select e.name, substr(e.ending, instr(e.ending, '.') + 1) from ending as e where instr(e.ending, '.') > 0
),
zone as materialized (
    -- The public zone of this account that answers for the name: the longest one that it ends in.
    select
        e.name as domain_name, z.account_id, z.arn as zone_arn, z.name as zone_name,
        row_number() over (partition by e.name, z.account_id order by length(z.name) desc, z.arn) as nth
    from ending as e
    cross join aws_route53_zone as z on z.name = e.ending and not z.is_private
),
domain as materialized (
    select d.*, z.zone_arn
    from aws_api_gateway_domain_name as d
    left join zone as z on z.domain_name = lower(d.name) and z.account_id = d.account_id and z.nth = 1
),
delegated as materialized (
    select distinct z.domain_name, z.account_id
    from zone as z
    join ending as e on e.name = z.domain_name
    cross join aws_route53_record as n
        on n.arn = z.zone_arn and n.name = e.ending and n.account_id = z.account_id and n.record_type = 'NS' and n.name <> z.zone_name
    where z.nth = 1
),
record as materialized (
    select
        d.arn as domain_arn, d.account_id, r.target,
        r.target <> '' and r.target = lower(d.regional_domain_name) as leads_here,
        r.target glob '*.cloudfront.net' as leads_to_cloudfront
    from domain as d
    join aws_route53_record as r on r.arn = d.zone_arn and r.account_id = d.account_id
    where r.record_type in ('A', 'AAAA', 'CNAME')
        and (
            r.name = lower(d.name)
            or (
                -- A record for all names below one answers where there is none for the name itself.
                r.name = '*.' || substr(lower(d.name), instr(d.name, '.') + 1)
                and not exists (
                    select 1
                    from aws_route53_record as own
                    where own.arn = d.zone_arn and own.account_id = d.account_id and own.name = lower(d.name)
                )
            )
        )
),
judged as (
    select
        d.*, z.zone_id, z.record_count, z.name as zone_name,
        (select count(*) from record as r where r.domain_arn = d.arn and r.account_id = d.account_id) as leads,
        coalesce((select min(r.leads_here) from record as r where r.domain_arn = d.arn and r.account_id = d.account_id), 0) as leads_here,
        coalesce(
            (select max(r.leads_to_cloudfront) from record as r where r.domain_arn = d.arn and r.account_id = d.account_id), 0
        ) as leads_to_cloudfront,
        (
            select group_concat(o.target, ', ')
            from (
                select distinct iif(r.target = '', 'an address', r.target) as target
                from record as r
                where r.domain_arn = d.arn and r.account_id = d.account_id
                order by 1
            ) as o
        ) as targets,
        g.domain_name is not null as is_delegated
    from domain as d
    left join delegated as g on g.domain_name = lower(d.name) and g.account_id = d.account_id
    left join aws_route53_zone as z on z.arn = d.zone_arn and z.account_id = d.account_id
)
select
    j.arn as resource,
    j.account_id,
    -- DNS that is kept elsewhere cannot be asked; an edge-optimised domain is a distribution, whose name is not told here.
    j.zone_arn is not null and j.regional_domain_name <> '' as applies,
    case
        when j.record_count is null then null
        when j.leads_here then 1
        when j.is_delegated or j.leads_to_cloudfront then null
        else 0
    end as ok,
    case
        when j.record_count is null then null
        when j.leads_here then 'dns_pointing'
        when j.is_delegated then 'dns_delegated'
        when j.leads_to_cloudfront then 'dns_through_proxy'
        else 'dns_not_pointing'
    end as reason,
    iif(j.leads = 0, 'has no record for it', 'leads to ' || j.targets) as where_to,
    j.name, j.regional_domain_name, j.endpoint_types, j.zone_id, j.zone_name, j.truststore_uri
from judged as j
