/*---
title    = "API stage on the internet without a web ACL"
severity = "low"
leg      = "configured"
family   = "api-web-acl"
message  = "The stage {name} of {api_name} ({rest_api_id}) takes requests from the internet, and no web ACL looks at them"
why      = """
A web ACL refuses what nobody should send: known attack patterns, floods from one address, requests from where no customer is. Without
one, API Gateway passes on whatever its own authorisation lets through, and the quota of the whole account is what a flood uses up."""
fix      = "aws wafv2 associate-web-acl --region {region} --web-acl-arn WEB_ACL_ARN --resource-arn {resource}"
references = [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html",
]

[frameworks]
fsbp = ["APIGateway.4"]
nist-800-53r5 = ["AC-4(21)"]
"pci-dss-4.0.1" = ["6.4.1", "6.4.2"]
soc2 = ["CC6.6"]

[reasons]
web_acl         = "a web ACL looks at what comes in"
without_web_acl = "no web ACL looks at what comes in"
---*/
with stage as (
    select
        s.*,
        a.name as api_name, a.stage_count,
        exists (select 1 from json_each(a.endpoint_types) as t where t.value = 'PRIVATE') as is_private,
        exists (
            select 1
            from aws_wafv2_web_acl_association as w
            where w.resource_arn = s.arn and w.account_id = s.account_id and w.region = s.region
        ) as is_guarded,
        exists (
            select 1
            from aws_wafv2_web_acl as w
            where w.account_id = s.account_id and w.region = s.region and w.association_count is null
        ) as is_one_unread
    from aws_api_gateway_stage as s
    join aws_api_gateway_rest_api as a on a.rest_api_id = s.rest_api_id and a.account_id = s.account_id and a.region = s.region
)
select
    s.arn as resource,
    s.account_id,
    not s.is_private as applies,
    case when s.is_guarded then 1 when s.is_one_unread then null else 0 end as ok,
    case when s.is_guarded then 'web_acl' when s.is_one_unread then null else 'without_web_acl' end as reason,
    s.name, s.rest_api_id, s.api_name, s.stage_count
from stage as s
