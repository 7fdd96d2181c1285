/*---
title    = "Mutual TLS with a second door beside it"
severity = "high"
leg      = "configured"
family   = "mtls"
message  = "{domain_name} asks clients for a certificate, and {other_door} leads to the same API {api_id} ({stage}) and asks for none: {meaning}"
why      = """
A certificate is asked for by the domain, not by the API behind it. Whoever comes by another domain that leads to the same stage is
never asked. Such a second name is often an old one that was kept for a partner who had not moved yet, and nobody remembers it when
mutual TLS is reported as done."""
fix      = "aws apigateway delete-base-path-mapping --region {region} --domain-name {other_door} --base-path '{other_path}'"
references = [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-mode.html",
]

[fixes]
alternate_route = "aws apigatewayv2 list-routing-rules --region {region} --domain-name {other_door}"

[frameworks]
soc2 = ["CC6.1", "CC6.6"]

[reasons]
no_other_door        = "no other domain leads to what it leads to without asking for a certificate"
second_domain_bypass = "another domain without mutual TLS is mapped to the same stage"
alternate_route      = "a routing rule of another domain without mutual TLS leads to the same stage"
mappings_unread      = "what another domain leads to was not read"
---*/
with domain as (
    select account_id, region, arn, mapping_count, 0 as routing_rule_count
    from aws_api_gateway_domain_name
    union all
    select account_id, region, arn, mapping_count, routing_rule_count
    from aws_api_gatewayv2_domain_name
),
unread as materialized (
    select distinct account_id, region
    from domain
    where mapping_count is null or routing_rule_count is null
),
door as materialized (
    select
        d.*,
        row_number() over (
            partition by d.account_id, d.region, d.api_id, d.stage, d.truststore_uri = '' order by d.is_rule, d.domain_name
        ) as nth
    from aws_api_gateway_door as d
),
-- Two doors lead to the same if one of them lets the path name the stage, or both name the same one.
shared as (
    select
        m.arn, m.account_id, m.region, o.arn as other_arn, o.domain_name as other_door, o.is_rule, m.api_id,
        iif(m.stage = '', o.stage, m.stage) as stage,
        row_number() over (partition by m.arn, m.account_id, m.region order by o.is_rule, o.domain_name, m.api_id, o.stage) as nth
    from door as m
    -- Of the doors to one stage the first will do: there may be hundreds.
    join door as o on o.api_id = m.api_id and o.account_id = m.account_id and o.region = m.region and o.truststore_uri = '' and o.nth = 1
    where m.truststore_uri <> '' and (m.stage = o.stage or m.stage = '' or o.stage = '')
),
judged as (
    select
        t.*,
        s.other_arn, s.other_door, s.is_rule, s.api_id, s.stage,
        d.arn is not null as has_door,
        u.account_id is not null as has_unread_domain
    from aws_api_gateway_trust_store as t
    left join (select distinct arn, account_id, region from door) as d
        on d.arn = t.arn and d.account_id = t.account_id and d.region = t.region
    left join unread as u on u.account_id = t.account_id and u.region = t.region
    left join shared as s on s.arn = t.arn and s.account_id = t.account_id and s.region = t.region and s.nth = 1
)
select
    j.arn as resource,
    j.account_id,
    j.has_door or iif(j.has_unread_domain, null, 0) as applies,
    case
        when j.other_arn is not null then 0
        when not j.has_unread_domain then 1
    end as ok,
    case
        when j.is_rule = 1 then 'alternate_route'
        when j.is_rule = 0 then 'second_domain_bypass'
        when j.has_unread_domain then 'mappings_unread'
        else 'no_other_door'
    end as reason,
    coalesce(
        (
            select min(iif(m.base_path = '', '(none)', m.base_path))
            from aws_api_gateway_base_path_mapping as m
            where m.arn = j.other_arn and m.account_id = j.account_id and m.rest_api_id = j.api_id
        ),
        'PATH'
    ) as other_path,
    j.domain_name, j.other_door, j.other_arn, j.api_id, j.stage, j.truststore_uri
from judged as j
