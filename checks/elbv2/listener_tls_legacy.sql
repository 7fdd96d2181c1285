/*---
title    = "Load balancer that still takes TLS 1.0 or 1.1"
severity = "medium"
leg      = "configured"
family   = "tls"
volatile = ["legacy_protocols"]
message  = "{name} takes {legacy_protocols} on port {port}: so says its security policy {ssl_policy}"
why      = """
TLS 1.0 and 1.1 were withdrawn in 2021: their key exchange and their hashes can be attacked, and card schemes forbid them. Nobody
chooses them: CloudFormation, CDK and the API still take ELBSecurityPolicy-2016-08 where the template names no policy, and that one
allows both. Which versions a policy allows was asked of AWS here, not taken from a list of names."""
fix      = "aws elbv2 modify-listener --region {region} --listener-arn {resource} --ssl-policy ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
references = [
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
    "https://www.rfc-editor.org/rfc/rfc8996.html",
]

[frameworks]
fsbp = ["ELB.17"]
nist-800-53r5 = [
    "AC-17(2)", "AC-4", "IA-5(1)", "SC-12(3)", "SC-13", "SC-23", "SC-23(3)", "SC-7(4)", "SC-8", "SC-8(1)", "SC-8(2)", "SI-7(6)",
]
soc2 = ["CC6.7"]

[reasons]
tls_current    = "its security policy begins with TLS 1.2 or later"
tls_legacy     = "its security policy allows versions older than TLS 1.2"
policy_unknown = "AWS does not list its security policy"
---*/
with listener as (
    select
        l.*,
        b.name, b.scheme, b.listener_count,
        p.name as policy_name, p.ssl_protocols,
        exists (
            select 1 from json_each(p.ssl_protocols) as v where v.value in ('SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.0', 'TLSv1.1')
        ) as is_legacy,
        (
            select group_concat(v.value, ', ')
            from json_each(p.ssl_protocols) as v
            where v.value in ('SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.0', 'TLSv1.1')
        ) as legacy_protocols
    from aws_elbv2_listener as l
    join aws_elbv2_load_balancer as b on b.arn = l.load_balancer_arn and b.account_id = l.account_id
    left join aws_elbv2_ssl_policy as p on p.name = l.ssl_policy and p.account_id = l.account_id and p.region = l.region
)
select
    l.arn as resource,
    l.account_id,
    l.protocol in ('HTTPS', 'TLS') as applies,
    case when l.policy_name is null or l.ssl_protocols = '[]' then null else not l.is_legacy end as ok,
    case
        when l.policy_name is null or l.ssl_protocols = '[]' then 'policy_unknown'
        when l.is_legacy then 'tls_legacy'
        else 'tls_current'
    end as reason,
    l.name, l.scheme, l.load_balancer_arn, l.port, l.protocol, l.ssl_policy, l.ssl_protocols, l.legacy_protocols, l.listener_count
from listener as l
