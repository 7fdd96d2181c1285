/*---
title    = "API without the mutual TLS that was agreed"
severity = "high"
leg      = "configured"
family   = "mtls-required"
message  = "{name} ({rest_api_id}) is to ask its clients for a certificate, and nothing of it does: {meaning}"
why      = """
That partners have to show a certificate was agreed, and whoever relies on it leaves other locks open. A REST API by itself cannot
ask for one: only a custom domain name with a trust store does, and that has to lead to the API. Without it the API answers
everybody who finds its address."""
fix      = "aws apigateway create-domain-name --region {region} --domain-name DOMAIN_NAME --regional-certificate-arn CERTIFICATE_ARN --endpoint-configuration types=REGIONAL --security-policy TLS_1_2 --mutual-tls-authentication truststoreUri=s3://BUCKET/KEY,truststoreVersion=VERSION_ID && aws apigateway create-base-path-mapping --region {region} --domain-name DOMAIN_NAME --rest-api-id {rest_api_id} --stage {stage}"
references = [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html",
]

[frameworks]
soc2 = ["CC6.1", "CC6.6"]

[reasons]
mtls_configured     = "a custom domain name with a trust store leads to it"
mtls_not_configured = "no custom domain name with a trust store leads to it"
mappings_unread     = "what a custom domain name leads to was not read, so nobody can say whether one with a trust store leads here"

[params.mtls_required]
default = false
doc     = "Whether clients have to show a certificate; usually set by a rule for APIs with a tag."
---*/
with domain as (
    select account_id, region, mapping_count, 0 as routing_rule_count
    from aws_api_gateway_domain_name
    union all
    select account_id, region, mapping_count, routing_rule_count
    from aws_api_gatewayv2_domain_name
),
judged as (
    select
        a.*,
        d.arn as domain_arn, d.domain_name,
        exists (
            select 1
            from domain as o
            where o.account_id = a.account_id and o.region = a.region
                and (o.mapping_count is null or o.routing_rule_count is null)
        ) as has_unread_domain
    from aws_api_gateway_rest_api as a
    left join (
        -- With min(), the other columns are those of its row.
        select account_id, region, api_id, min(domain_name) as domain_name, arn
        from aws_api_gateway_door
        where truststore_uri <> ''
        group by account_id, region, api_id
    ) as d on d.api_id = a.rest_api_id and d.account_id = a.account_id and d.region = a.region
)
select
    j.arn as resource,
    j.account_id,
    -- A private API cannot ask for a certificate.
    :mtls_required and not exists (select 1 from json_each(j.endpoint_types) as t where t.value = 'PRIVATE') as applies,
    case
        when j.domain_arn is not null then 1
        when not j.has_unread_domain then 0
    end as ok,
    case
        when j.domain_arn is not null then 'mtls_configured'
        when j.has_unread_domain then 'mappings_unread'
        else 'mtls_not_configured'
    end as reason,
    coalesce(
        (select min(s.name) from aws_api_gateway_stage as s where s.rest_api_id = j.rest_api_id and s.account_id = j.account_id and s.region = j.region),
        'STAGE'
    ) as stage,
    j.name, j.rest_api_id, j.domain_name, j.domain_arn, j.endpoint_types, j.disable_execute_api_endpoint, j.stage_count
from judged as j
