-- What each custom domain name leads to: one row for every mapping and every routing rule that is in force. Both versions of the API
-- can tell of one domain and of one mapping; each is there once.
-- column arn: ARN of the domain name.
-- column account_id: Account that was read.
-- column region: Region.
-- column domain_name: The domain name.
-- column api_id: Id of the API, REST or HTTP.
-- column stage: Stage; '' when the path names it.
-- column is_rule: 1 for a routing rule, 0 for a mapping.
-- column truststore_uri: Where the CAs of accepted clients are; '' without mutual TLS.
with domain as (
    select arn, account_id, region, max(truststore_uri) as truststore_uri, max(routing_mode) as routing_mode
    from (
        select arn, account_id, region, truststore_uri, routing_mode from aws_api_gateway_domain_name
        union all
        select arn, account_id, region, truststore_uri, routing_mode from aws_api_gatewayv2_domain_name
    )
    group by arn, account_id, region
),
way as (
    select arn, account_id, region, domain_name, rest_api_id as api_id, stage, 0 as is_rule from aws_api_gateway_base_path_mapping
    union
    select arn, account_id, region, domain_name, api_id, stage, 0 from aws_api_gatewayv2_api_mapping
    union
    select arn, account_id, region, domain_name, api_id, stage, 1 from aws_api_gatewayv2_routing_rule where api_id <> ''
)
select w.arn, w.account_id, w.region, w.domain_name, w.api_id, w.stage, w.is_rule, d.truststore_uri
from way as w
join domain as d on d.arn = w.arn and d.account_id = w.account_id and d.region = w.region
where w.is_rule or d.routing_mode <> 'ROUTING_RULE_ONLY'
