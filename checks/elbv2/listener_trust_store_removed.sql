/*---
title    = "Load balancer whose trust store was taken away"
severity = "high"
leg      = "working"
family   = "balancer-mutual-tls"
message  = "{name}, port {port}, should verify clients' certificates, and {meaning}"
why      = """
With mutual TLS a load balancer lets in who shows a certificate of an authority in its trust store. A trust store that is shared by
another account can be taken back. The listener's setting still says `verify` then, and the association says that it was removed: the
list of authorities is not yours to rely on or to change any more."""
fix      = "aws elbv2 modify-listener --region {region} --listener-arn {resource} --mutual-authentication Mode=verify,TrustStoreArn=TRUST_STORE_ARN"
references = [
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html",
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/share-trust-store.html",
]

[frameworks]
soc2 = ["CC6.1", "CC6.6"]

[reasons]
truststore_active  = "its trust store is there"
truststore_removed = "its trust store was taken away"
---*/
select
    l.arn as resource,
    l.account_id,
    -- With `passthrough` the targets verify, which cannot be seen from here.
    l.mutual_authentication_mode = 'verify' as applies,
    case l.trust_store_association_status when 'active' then 1 when 'removed' then 0 end as ok,
    case l.trust_store_association_status when 'active' then 'truststore_active' when 'removed' then 'truststore_removed' end as reason,
    b.name, b.scheme, b.listener_count, l.load_balancer_arn, l.port, l.mutual_authentication_mode, l.trust_store_arn,
    l.trust_store_association_status
from aws_elbv2_listener as l
join aws_elbv2_load_balancer as b on b.arn = l.load_balancer_arn and b.account_id = l.account_id
