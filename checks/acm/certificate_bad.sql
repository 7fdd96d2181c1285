/*---
title    = "Certificate in use that does not hold"
severity = "high"
leg      = "working"
family   = "certificate"
volatile = ["days_left", "until"]
message  = "{domain_name}: {meaning}{until}; it is used by {users}"
why      = """
What uses the certificate looks finished, and clients hang up. ACM renews what it issued itself, but only while the DNS record that
proves the name is still there, and while the certificate is in use; its public ones live for 198 days now, and are renewed 45 days
before their end. So a date that comes near is no fault of one that ACM renews, and a renewal that waits for a record is one long
before the date. Imported certificates nobody renews but you."""
fix      = "aws acm {change} --region {region}"
references = [
    "https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html",
    "https://docs.aws.amazon.com/acm/latest/userguide/dns-renewal-validation.html",
    "https://docs.aws.amazon.com/acm/latest/userguide/check-certificate-renewal-status.html",
]

[fixes]
renewal_failed = "aws acm describe-certificate --region {region} --certificate-arn {resource} --query Certificate.RenewalSummary"
renewal_pending_validation = "aws route53 change-resource-record-sets --hosted-zone-id HOSTED_ZONE_ID --change-batch '{{\"Changes\":[{{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{{\"Name\":\"{record_name}\",\"Type\":\"CNAME\",\"TTL\":300,\"ResourceRecords\":[{{\"Value\":\"{record_value}\"}}]}}}}]}}'"
cert_pending_validation = "aws route53 change-resource-record-sets --hosted-zone-id HOSTED_ZONE_ID --change-batch '{{\"Changes\":[{{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{{\"Name\":\"{record_name}\",\"Type\":\"CNAME\",\"TTL\":300,\"ResourceRecords\":[{{\"Value\":\"{record_value}\"}}]}}}}]}}'"

[frameworks]
fsbp = ["ACM.1"]
nist-800-53r5 = ["SC-28(3)", "SC-7(16)"]
"pci-dss-4.0.1" = ["4.2.1"]
soc2 = ["CC6.7"]

[reasons]
cert_valid                 = "it is issued and far from its end"
cert_renews                = "it is near its end, and ACM renews it"
cert_expired               = "it has expired"
cert_revoked               = "it was revoked"
cert_failed                = "it could not be issued"
cert_validation_timed_out  = "nobody proved within three days that its name is theirs"
cert_inactive              = "it is inactive"
cert_pending_validation    = "it was never issued: it waits for a proof that its name is yours"
cert_expiring              = "it expires soon, and nothing renews it"
renewal_failed             = "its renewal failed"
renewal_pending_validation = "its renewal waits for a proof that its name is still yours"
renewal_unknown            = "it expires soon, ACM should renew it, and does not say that it does"

[params.warn_days]
default = 30
doc     = "Days before its end from which a certificate that nothing renews counts as expiring."

[params.urgent_days]
default = 7
doc     = "Days before its end from which that is urgent."
---*/
with judged as (
    select
        c.*, v.days_left, v.is_renewed,
        case
            when c.status is null then null
            when c.status = 'EXPIRED' or v.days_left < 0 then 'cert_expired'
            when c.status <> 'ISSUED' then 'cert_' || lower(c.status)
            when v.is_renewed is null or v.days_left is null or (v.is_renewed and c.renewal_status is null) then null
            when not v.is_renewed then iif(v.days_left > :warn_days, 'cert_valid', 'cert_expiring')
            when c.renewal_status in ('FAILED', 'PENDING_VALIDATION')
                then iif(v.days_left > :warn_days, 'renewal_' || lower(c.renewal_status), 'cert_expiring')
            when v.days_left > :warn_days then 'cert_valid'
            when c.renewal_status in ('PENDING_AUTO_RENEWAL', 'SUCCESS') then 'cert_renews'
            else 'renewal_unknown'
        end as code
    from aws_acm_certificate as c
    join aws_certificate as v on v.arn = c.arn and v.account_id = c.account_id
)
select
    j.arn as resource,
    j.account_id,
    -- CloudFront keeps its own in order.
    j.in_use_by <> '[]' and j.managed_by <> 'CLOUDFRONT' as applies,
    case
        when j.code is null or j.code = 'renewal_unknown' then null
        else j.code in ('cert_valid', 'cert_renews')
    end as ok,
    j.code as reason,
    iif(j.code like 'renewal_%' or (j.code = 'cert_expiring' and j.days_left > :urgent_days), 'medium', null) as severity,
    iif(coalesce(j.not_after, '') = '', '', ' (valid until ' || substr(j.not_after, 1, 10) || ')') as until,
    (select group_concat(o.value, ', ') from (select u.value from json_each(j.in_use_by) as u order by 1) as o) as users,
    coalesce(j.domain_validations ->> '$[0].record_name', '') as record_name,
    coalesce(j.domain_validations ->> '$[0].record_value', '') as record_value,
    iif(
        j.certificate_type = 'IMPORTED',
        'import-certificate --certificate-arn ' || j.arn
            || ' --certificate fileb://CERTIFICATE.pem --private-key fileb://PRIVATE_KEY.pem --certificate-chain fileb://CHAIN.pem',
        'request-certificate --validation-method DNS --domain-name ' || j.domain_name
    ) as change,
    cast(j.days_left as integer) as days_left,
    j.domain_name, j.subject_alternative_names, j.status, j.certificate_type, j.not_after, j.in_use_by, j.renewal_status,
    j.renewal_status_reason, j.renewal_eligibility, j.failure_reason, j.domain_validations, j.key_algorithm
from judged as j
