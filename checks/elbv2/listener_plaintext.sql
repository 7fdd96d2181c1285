/*---
title    = "Load balancer that answers in clear text"
severity = "high"
leg      = "configured"
family   = "tls"
message  = "{name} answers in clear text on port {port}: {meaning} ({detail})"
why      = """
What travels over HTTP can be read and changed on its way: card data, session cookies, redirects. A listener on port 80 is in order
only if every one of its rules sends clients on to HTTPS. A rule with a lower number is tried before the default one, so one old
rule is enough to keep answering in clear; and a redirect to `#{{protocol}}` leads from HTTP to HTTP."""
fix      = "aws elbv2 {change} --region {region} {actions} 'Type=redirect,RedirectConfig={{Protocol=HTTPS,Port=443,StatusCode=HTTP_301}}'"
references = [
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html",
]

[fixes]
no_https = "aws elbv2 create-listener --region {region} --load-balancer-arn {load_balancer_arn} --protocol HTTPS --port 443 --ssl-policy ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09 --certificates CertificateArn=CERTIFICATE_ARN --default-actions Type=forward,TargetGroupArn=TARGET_GROUP_ARN"

[frameworks]
fsbp = ["ELB.1"]
nist-800-53r5 = [
    "AC-17(2)", "AC-4", "IA-5(1)", "SC-12(3)", "SC-13", "SC-23", "SC-23(3)", "SC-7(4)", "SC-8", "SC-8(1)", "SC-8(2)", "SI-7(6)",
]
soc2 = ["CC6.7"]

[reasons]
encrypted = "the listener itself speaks TLS"
redirect  = "every rule sends clients on to HTTPS"
plaintext = "not every rule sends clients on to HTTPS"
no_https  = "the load balancer has no HTTPS listener at all"
---*/
with https as materialized (
    select load_balancer_arn, account_id, coalesce(max(protocol = 'HTTPS'), 0) or iif(count(protocol) < count(*), null, 0) as has_https
    from aws_elbv2_listener
    group by load_balancer_arn, account_id
),
listener as (
    select l.*, b.name, b.scheme, b.listener_count, b.security_group_ids, b.load_balancer_type, h.has_https
    from aws_elbv2_listener as l
    join aws_elbv2_load_balancer as b on b.arn = l.load_balancer_arn and b.account_id = l.account_id
    join https as h on h.load_balancer_arn = l.load_balancer_arn and h.account_id = l.account_id
),
rule as (
    select
        r.arn, r.account_id, r.listener_arn, r.priority, r.is_default, r.action_type,
        r.action_type <> 'redirect' or r.redirect_protocol <> 'HTTPS' as is_clear,
        iif(r.is_default, 'the default rule', 'rule ' || r.priority) || ': ' || r.action_type
            || case r.redirect_protocol
                when '' then ''
                when '#{protocol}' then ' to the protocol of the request'
                else ' to ' || r.redirect_protocol
            end as words,
        iif(r.is_default, 100000, cast(r.priority as integer)) as number
    from aws_elbv2_listener_rule as r
),
judged as (
    select
        l.*,
        iif(
            l.rule_count is null or l.rule_count = 0,
            null,
            (
                select coalesce(max(r.is_clear), 0) or iif(count(r.is_clear) < count(*), null, 0)
                from rule as r
                where r.listener_arn = l.arn and r.account_id = l.account_id
            )
        ) as is_clear,
        (
            select group_concat(clear.words, ', ')
            from (
                select r.words
                from rule as r
                where r.listener_arn = l.arn and r.account_id = l.account_id and r.is_clear
                order by r.number
            ) as clear
        ) as detail,
        (
            select iif(r.is_default, '', r.arn)
            from rule as r
            where r.listener_arn = l.arn and r.account_id = l.account_id and r.is_clear
            order by r.number
            limit 1
        ) as clear_rule_arn,
        (
            -- Who may come in: CloudFront's own addresses and nobody else. It speaks TLS with clients.
            select count(*) > 0 and min(coalesce(p.name glob 'com.amazonaws.global.*cloudfront.origin-facing', 0))
            from aws_vpc_security_group_rule as s
            left join aws_ec2_managed_prefix_list as p
                on p.prefix_list_id = s.prefix_list_id and p.account_id = s.account_id and p.region = s.region
                and s.prefix_list_id <> ''
            where s.group_id in (select g.value from json_each(l.security_group_ids) as g)
                and s.account_id = l.account_id and s.region = l.region and s.is_egress is not 1
                and s.ip_protocol in ('tcp', '6', '-1') and l.port between s.from_port and s.to_port
        ) as is_behind_cloudfront
    from listener as l
)
select
    j.arn as resource,
    j.account_id,
    j.protocol in ('HTTP', 'HTTPS', 'TLS') as applies,
    j.protocol in ('HTTPS', 'TLS') or not j.is_clear as ok,
    case
        when j.protocol in ('HTTPS', 'TLS') then 'encrypted'
        when not j.is_clear then 'redirect'
        when j.is_clear and j.has_https = 0 then 'no_https'
        when j.is_clear then 'plaintext'
    end as reason,
    iif(j.scheme = 'internal' or j.is_behind_cloudfront, 'medium', null) as severity,
    coalesce(j.detail, '') as detail,
    iif(j.clear_rule_arn = '', 'modify-listener --listener-arn ' || j.arn, 'modify-rule --rule-arn ' || j.clear_rule_arn) as change,
    iif(j.clear_rule_arn = '', '--default-actions', '--actions') as actions,
    j.name, j.scheme, j.load_balancer_arn, j.load_balancer_type, j.port, j.protocol, j.listener_count, j.rule_count, j.has_https,
    j.is_behind_cloudfront
from judged as j
