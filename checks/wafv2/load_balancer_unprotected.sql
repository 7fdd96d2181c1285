/*---
title    = "Load balancer on the internet without a web ACL"
severity = "low"
leg      = "configured"
family   = "web-acl"
message  = "{name} takes requests from the internet, and no web ACL looks at them"
why      = """
A web ACL refuses what nobody should send: known attack patterns, floods from one address, requests from where no customer is. Without
one, all of that reaches the service behind the load balancer, and when an attack comes there is no place to stop it but the service
itself."""
fix      = "aws wafv2 associate-web-acl --region {region} --web-acl-arn WEB_ACL_ARN --resource-arn {resource}"
references = [
    "https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html",
]

[frameworks]
nist-800-53r5 = ["AC-4(21)"]
"pci-dss-4.0.1" = ["6.4.1", "6.4.2"]
soc2 = ["CC6.6"]

[reasons]
web_acl         = "a web ACL looks at what comes in"
without_web_acl = "no web ACL looks at what comes in"
---*/
with guarded as (
    select
        b.*,
        exists (
            select 1
            from aws_wafv2_web_acl_association as a
            where a.resource_arn = b.arn and a.account_id = b.account_id and a.region = b.region
        ) as is_guarded,
        exists (
            select 1
            from aws_wafv2_web_acl as w
            where w.account_id = b.account_id and w.region = b.region and w.association_count is null
        ) as is_one_unread,
        (
            -- Where CloudFront's own addresses alone can come in, the web ACL belongs before CloudFront, and is not read.
            select count(*) > 0 and min(coalesce(p.name glob 'com.amazonaws.global.*cloudfront.origin-facing', 0))
            from aws_vpc_security_group_rule as s
            left join aws_ec2_managed_prefix_list as p
                on p.prefix_list_id = s.prefix_list_id and p.account_id = s.account_id and p.region = s.region
                and s.prefix_list_id <> ''
            where s.group_id in (select g.value from json_each(b.security_group_ids) as g)
                and s.account_id = b.account_id and s.region = b.region and s.is_egress is not 1
        ) as is_behind_cloudfront,
        (
            select count(s.is_egress) < count(*)
            from aws_vpc_security_group_rule as s
            where s.group_id in (select g.value from json_each(b.security_group_ids) as g)
                and s.account_id = b.account_id and s.region = b.region
        ) as is_a_rule_unread
    from aws_elbv2_load_balancer as b
)
select
    g.arn as resource,
    g.account_id,
    g.load_balancer_type = 'application' and g.scheme = 'internet-facing'
        and iif(g.is_behind_cloudfront, 0, iif(g.is_a_rule_unread, null, 1)) as applies,
    case when g.is_guarded then 1 when g.is_one_unread then null else 0 end as ok,
    case when g.is_guarded then 'web_acl' when g.is_one_unread then null else 'without_web_acl' end as reason,
    g.name, g.scheme, g.load_balancer_type, g.dns_name
from guarded as g
