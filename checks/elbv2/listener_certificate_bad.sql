/*---
title    = "Load balancer with a certificate that does not hold"
severity = "high"
leg      = "working"
family   = "tls"
volatile = ["days_left", "until", "not_after"]
message  = "{name}, port {port}: {meaning} ({certificate_name}{until}; {place})"
why      = """
A listener with HTTPS and a certificate looks finished. Whether clients can connect is told by the certificate itself: it runs out,
its renewal waits for a DNS record that somebody cleaned up, it is revoked, or it was never issued. A listener shows several
certificates, one for each name that it serves; the console's first page shows the default one only. Certificates that ACM renews
itself are let run low; imported ones nobody renews but you."""
fix      = "aws elbv2 {change} --region {region} --listener-arn {resource} --certificates CertificateArn=NEW_CERTIFICATE_ARN"
references = [
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html",
    "https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html",
    "https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-renewal.html",
]

[frameworks]
fsbp = ["ACM.1"]
nist-800-53r5 = ["SC-28(3)", "SC-7(16)"]
"pci-dss-4.0.1" = ["4.2.1"]
soc2 = ["CC6.7"]

[reasons]
cert_valid                = "every certificate is issued and far from its end"
cert_renews               = "a certificate is near its end, and ACM renews it"
no_certificate            = "it has no certificate"
cert_expired              = "a certificate has expired"
cert_revoked              = "a certificate was revoked"
cert_failed               = "a certificate could not be issued"
cert_validation_timed_out = "nobody proved within three days that the certificate's name is theirs"
cert_inactive             = "a certificate is inactive"
cert_pending_validation   = "a certificate was never issued: it waits for a proof that its name is yours"
cert_expiring             = "a certificate expires soon, and nothing renews it"
cert_unreadable           = "a certificate is not among those that could be read"
renewal_unknown           = "a certificate expires soon, ACM should renew it, and does not say that it does"

[params.warn_days]
default = 30
doc     = "Days before its end from which a certificate that nothing renews counts as expiring."

[params.urgent_days]
default = 7
doc     = "Days before its end from which that is urgent."
---*/
with shown as (
    select
        lc.arn as listener_arn, lc.account_id, lc.certificate_arn, lc.is_default, c.name, c.not_after, c.days_left, c.renewal_status,
        case
            when c.arn is null or c.status is null then 'cert_unreadable'
            when c.status = 'EXPIRED' or c.days_left < 0 then 'cert_expired'
            when c.status <> 'ISSUED' then 'cert_' || lower(c.status)
            when c.days_left > :warn_days then 'cert_valid'
            when c.days_left is null or c.is_renewed is null then 'cert_unreadable'
            when c.is_renewed and c.renewal_status is null then 'cert_unreadable'
            when c.is_renewed and c.renewal_status in ('PENDING_AUTO_RENEWAL', 'SUCCESS') then 'cert_renews'
            when c.is_renewed and c.renewal_status = '' then 'renewal_unknown'
            else 'cert_expiring'
        end as code
    from aws_elbv2_listener_certificate as lc
    left join aws_certificate as c on c.arn = lc.certificate_arn and c.account_id = lc.account_id
),
ranked as (
    select
        s.*,
        row_number() over (
            partition by s.listener_arn, s.account_id
            order by
                case s.code
                    when 'cert_valid' then 5
                    when 'cert_renews' then 4
                    when 'renewal_unknown' then 3
                    when 'cert_unreadable' then 3
                    when 'cert_expiring' then 2
                    when 'cert_pending_validation' then 1
                    else 0
                end,
                s.is_default desc, s.certificate_arn
        ) as place
    from shown as s
)
select
    l.arn as resource,
    l.account_id,
    l.protocol in ('HTTPS', 'TLS') as applies,
    case
        when l.certificate_count is null then null
        when l.certificate_count = 0 then 0
        when w.code in ('cert_valid', 'cert_renews') then 1
        when w.code in ('cert_unreadable', 'renewal_unknown') then null
        else 0
    end as ok,
    iif(l.certificate_count = 0, 'no_certificate', w.code) as reason,
    iif(w.code = 'cert_expiring' and w.days_left > :urgent_days, 'medium', null) as severity,
    coalesce(w.name, '') as certificate_name,
    iif(coalesce(w.not_after, '') = '', '', ', until ' || substr(w.not_after, 1, 10)) as until,
    case w.is_default when 1 then 'the default certificate' when 0 then 'one of those chosen by name' else 'none' end as place,
    iif(w.is_default = 0, 'add-listener-certificates', 'modify-listener') as change,
    cast(w.days_left as integer) as days_left,
    w.certificate_arn, w.not_after, w.renewal_status, b.name, b.scheme, b.listener_count, l.load_balancer_arn, l.port, l.protocol,
    l.certificate_count
from aws_elbv2_listener as l
join aws_elbv2_load_balancer as b on b.arn = l.load_balancer_arn and b.account_id = l.account_id
left join ranked as w on w.listener_arn = l.arn and w.account_id = l.account_id and w.place = 1
