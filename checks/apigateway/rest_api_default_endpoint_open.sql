/*---
title    = "API with a back door beside its own domain"
severity = "medium"
leg      = "configured"
family   = "api-doors"
volatile = ["last_updated_date", "changed_at"]
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
default_endpoint_disabled = "its default endpoint is disabled"
default_endpoint_open     = "its default endpoint is open"
execute_api_bypass        = "its domain asks clients for a certificate, and its default endpoint does not"
bypass_still_open         = "its default endpoint was disabled lately, and no stage was deployed since: until then the setting has no effect"
mappings_unread           = "what a custom domain leads to was not read, so nobody can say whether one leads here"
---*/
with domain as (
    select account_id, region, mapping_count, 0 as routing_rule_count
    from aws_api_gateway_domain_name
    union all
    select account_id, region, mapping_count, routing_rule_count
    from aws_api_gatewayv2_domain_name
),
door as (
    select
        account_id, region, api_id,
        max(truststore_uri <> '') as asks_for_certificate,
        min(domain_name) as domain_name,
        min(domain_name) filter (where truststore_uri <> '') as mutual_tls_domain_name,
        min(arn) as domain_arn,
        min(stage) filter (where stage <> '') as stage
    from aws_api_gateway_door
    group by account_id, region, api_id
),
deployed as (
    select account_id, region, rest_api_id, max(last_updated_date) as last_updated_date
    from aws_api_gateway_stage
    group by account_id, region, rest_api_id
),
changed as (
    select arn, account_id, region, max(event_time) as changed_at
    from aws_api_gateway_endpoint_change
    group by arn, account_id, region
),
judged as (
    select
        a.*,
        d.domain_name as any_domain_name, d.mutual_tls_domain_name, d.asks_for_certificate, d.domain_arn, d.stage,
        exists (select 1 from json_each(a.endpoint_types) as t where t.value = 'PRIVATE') as is_private,
        exists (
            select 1
            from domain as o
            where o.account_id = a.account_id and o.region = a.region
                and (o.mapping_count is null or o.routing_rule_count is null)
        ) as has_unread_domain,
        c.changed_at, s.last_updated_date,
        -- API Gateway keeps no date of the setting; CloudTrail tells of a change for 90 days.
        case
            when c.changed_at is null then 0
            when a.stage_count is null then null
            else c.changed_at > coalesce(s.last_updated_date, '')
        end as is_not_deployed
    from aws_api_gateway_rest_api as a
    left join door as d on d.api_id = a.rest_api_id and d.account_id = a.account_id and d.region = a.region
    left join deployed as s on s.rest_api_id = a.rest_api_id and s.account_id = a.account_id and s.region = a.region
    left join changed as c on c.arn = a.arn and c.account_id = a.account_id and c.region = a.region
)
select
    j.arn as resource,
    j.account_id,
    case
        when j.is_private then 0
        when j.domain_arn is not null then 1
        when j.has_unread_domain then null
        else 0
    end as applies,
    case
        when j.domain_arn is null then null
        when j.disable_execute_api_endpoint = 0 then 0
        when j.is_not_deployed = 0 then 1
    end as ok,
    case
        when j.domain_arn is null and j.has_unread_domain then 'mappings_unread'
        when j.disable_execute_api_endpoint = 0 then iif(j.asks_for_certificate, 'execute_api_bypass', 'default_endpoint_open')
        when j.is_not_deployed = 1 then 'bypass_still_open'
        when j.is_not_deployed = 0 then 'default_endpoint_disabled'
    end as reason,
    iif(j.asks_for_certificate, 'high', 'medium') as severity,
    coalesce(j.mutual_tls_domain_name, j.any_domain_name) as domain_name,
    coalesce(j.stage, 'STAGE') as stage,
    j.name, j.rest_api_id, j.domain_arn, j.asks_for_certificate, j.endpoint_types, j.disable_execute_api_endpoint,
    j.security_policy, j.changed_at, j.last_updated_date
from judged as j
