/*---
title    = "API with a back door beside its own domain"
severity = "medium"
leg      = "configured"
family   = "api-doors"
message  = "{name} is reached by {domain_name}, and by {rest_api_id}.execute-api.{region}.amazonaws.com as well: {meaning}"
why      = """
A custom domain is where the team puts what guards an API: mutual TLS, a TLS policy, the name that a firewall looks for. Every
REST API has a second name that AWS gave it, and whoever calls that walks past all of it. The id in it is no secret: it is in
logs, in error messages and in the code of clients."""
fix      = "aws apigateway update-rest-api --region {region} --rest-api-id {rest_api_id} --patch-operations op=replace,path=/disableExecuteApiEndpoint,value=True && aws apigateway create-deployment --region {region} --rest-api-id {rest_api_id} --stage-name {stage}"
references = [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
]

[frameworks]
soc2 = ["CC6.1", "CC6.6"]

[reasons]
default_endpoint_disabled = "its default endpoint is disabled; that takes effect with the deployment after"
default_endpoint_open     = "its default endpoint is open"
execute_api_bypass        = "its domain asks clients for a certificate, and its default endpoint does not"
mappings_unread           = "what a custom domain leads to was not read, so nobody can say whether one leads here"
routing_rules             = "a custom domain follows routing rules, which are not read, so nobody can say whether one leads here"
---*/
with domain as (
    select arn, account_id, region, name, truststore_uri, routing_mode, mapping_count
    from aws_api_gateway_domain_name
    union all
    select arn, account_id, region, name, truststore_uri, '', mapping_count
    from aws_api_gatewayv2_domain_name
),
-- Version 2 tells of paths with several levels, which version 1 does not.
mapping as (
    select arn, account_id, region, rest_api_id, stage
    from aws_api_gateway_base_path_mapping
    union all
    select arn, account_id, region, api_id, stage
    from aws_api_gatewayv2_api_mapping
),
door as (
    select
        m.account_id, m.region, m.rest_api_id,
        max(d.truststore_uri <> '') as asks_for_certificate,
        min(d.name) as domain_name,
        min(d.name) filter (where d.truststore_uri <> '') as mutual_tls_domain_name,
        min(d.arn) as domain_arn,
        min(m.stage) filter (where m.stage <> '') as stage
    from mapping as m
    join domain as d on d.arn = m.arn and d.account_id = m.account_id and d.region = m.region
    where d.routing_mode <> 'ROUTING_RULE_ONLY'
    group by m.account_id, m.region, m.rest_api_id
),
judged as (
    select
        a.*,
        d.domain_name as any_domain_name, d.mutual_tls_domain_name, d.asks_for_certificate, d.domain_arn, d.stage,
        exists (select 1 from json_each(a.endpoint_types) as t where t.value = 'PRIVATE') as is_private,
        exists (
            select 1
            from domain as o
            where o.account_id = a.account_id and o.region = a.region and o.mapping_count is null
        ) as has_unread_domain,
        exists (
            select 1
            from domain as o
            where o.account_id = a.account_id and o.region = a.region and o.routing_mode like 'ROUTING_RULE%'
        ) as has_routing_rules
    from aws_api_gateway_rest_api as a
    left join door as d on d.rest_api_id = a.rest_api_id and d.account_id = a.account_id and d.region = a.region
)
select
    j.arn as resource,
    j.account_id,
    case
        when j.is_private then 0
        when j.domain_arn is not null then 1
        when j.has_unread_domain or j.has_routing_rules then null
        else 0
    end as applies,
    iif(j.domain_arn is null, null, j.disable_execute_api_endpoint) as ok,
    case
        when j.domain_arn is null and j.has_unread_domain then 'mappings_unread'
        when j.domain_arn is null and j.has_routing_rules then 'routing_rules'
        when j.disable_execute_api_endpoint = 1 then 'default_endpoint_disabled'
        when j.disable_execute_api_endpoint = 0 then iif(j.asks_for_certificate, 'execute_api_bypass', 'default_endpoint_open')
    end as reason,
    iif(j.asks_for_certificate, 'high', 'medium') as severity,
    coalesce(j.mutual_tls_domain_name, j.any_domain_name) as domain_name,
    coalesce(j.stage, 'STAGE') as stage,
    j.name, j.rest_api_id, j.domain_arn, j.asks_for_certificate, j.endpoint_types, j.disable_execute_api_endpoint,
    j.security_policy
from judged as j
