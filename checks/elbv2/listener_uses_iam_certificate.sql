/*---
title    = "Load balancer with a certificate of IAM's"
severity = "low"
leg      = "configured"
family   = "managed-certificate"
message  = "{name}, port {port}, shows {certificate_name}, which is kept in IAM: nothing renews it, and no console shows when it ends"
why      = """
Certificates were uploaded to IAM before ACM was there. IAM renews nothing, warns nobody, and shows its certificates in no console.
They work until the day on which they do not. ACM takes imported certificates as well, shows when they end and tells EventBridge
about it; those that it issues itself it also renews."""
fix      = "aws acm request-certificate --region {region} --domain-name DOMAIN_NAME --validation-method DNS"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_server-certs.html",
]

[frameworks]
soc2 = ["CC6.7"]

[reasons]
acm_cert        = "its certificates are kept in ACM"
iam_cert_in_use = "a certificate is kept in IAM"
---*/
select
    l.arn as resource,
    l.account_id,
    l.protocol in ('HTTPS', 'TLS') and l.certificate_count is not 0 as applies,
    iif(l.certificate_count is null, null, i.certificate_arn is null) as ok,
    iif(l.certificate_count is null, null, iif(i.certificate_arn is null, 'acm_cert', 'iam_cert_in_use')) as reason,
    substr(i.certificate_arn, instr(i.certificate_arn, ':server-certificate/') + 20) as certificate_name,
    i.certificate_arn, b.name, b.listener_count, l.load_balancer_arn, l.port, l.protocol, l.certificate_count
from aws_elbv2_listener as l
join aws_elbv2_load_balancer as b on b.arn = l.load_balancer_arn and b.account_id = l.account_id
left join (
    select c.arn, c.account_id, min(c.certificate_arn) as certificate_arn
    from aws_elbv2_listener_certificate as c
    where c.certificate_arn like '%:server-certificate/%'
    group by c.arn, c.account_id
) as i
    on i.arn = l.arn and i.account_id = l.account_id
