/*---
title    = "Custom domain name that API Gateway has stopped to maintain"
severity = "high"
leg      = "working"
family   = "custom-domain"
message  = "{name} is in the state {domain_name_status}: {meaning}{in_words}"
why      = """
A custom domain name goes on answering with what it had when something about its certificate went wrong, so nobody notices. But it
is locked: a new certificate, a new trust store or another TLS policy is not taken until that is mended, and the certificate that is
in use runs towards its end."""
fix      = "aws apigateway get-domain-name --region {region} --domain-name {name}"
references = [
    "https://docs.aws.amazon.com/apigateway/latest/api/API_DomainName.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
]

[fixes]
cert_reimport_rejected = "aws acm import-certificate --region {region} --certificate-arn {certificate_arn} --certificate fileb://CERTIFICATE_FILE --private-key fileb://KEY_FILE --certificate-chain fileb://CHAIN_FILE"
ownership_cert_expired = "aws apigateway update-domain-name --region {region} --domain-name {name} --patch-operations op=replace,path=/ownershipVerificationCertificateArn,value=CERTIFICATE_ARN"

[frameworks]
soc2 = ["CC6.7", "A1.2"]

[reasons]
available              = "it is available"
domain_updating        = "it is being made or updated"
cert_reimport_rejected = "the certificate that was imported anew does not cover the names of the old one, and was not taken"
ownership_cert_expired = "the certificate that proves who owns the name has expired: updates are locked"
domain_failed          = "its last change failed"
status_not_told        = "API Gateway does not say in which state it is"
---*/
select
    d.arn as resource,
    d.account_id,
    case
        when d.domain_name_status = 'AVAILABLE' then 1
        when d.domain_name_status in ('PENDING_CERTIFICATE_REIMPORT', 'PENDING_OWNERSHIP_VERIFICATION', 'FAILED') then 0
    end as ok,
    case d.domain_name_status
        when 'AVAILABLE' then 'available'
        when 'UPDATING' then 'domain_updating'
        when 'PENDING' then 'domain_updating'
        when 'PENDING_CERTIFICATE_REIMPORT' then 'cert_reimport_rejected'
        when 'PENDING_OWNERSHIP_VERIFICATION' then 'ownership_cert_expired'
        when 'FAILED' then 'domain_failed'
        when '' then 'status_not_told'
    end as reason,
    iif(d.domain_name_status_message = '', '', ' (' || d.domain_name_status_message || ')') as in_words,
    d.name, d.domain_name_status, d.certificate_arn, d.ownership_verification_certificate_arn, d.truststore_uri, d.endpoint_types
from aws_api_gateway_domain_name as d
