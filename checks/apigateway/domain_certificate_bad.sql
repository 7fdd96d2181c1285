/*---
title    = "API domain with a certificate that does not hold"
severity = "high"
leg      = "working"
family   = "api-domain"
volatile = ["days_left", "state_words", "not_after"]
message  = "{name} shows the certificate {certificate_name}, which {state_words}"
why      = """
The custom domain is where clients call the API. When its certificate has expired, was revoked or was never issued, they hang up
before the first request. The domain's own status says nothing of it: it goes on being AVAILABLE."""
fix      = "aws apigateway update-domain-name --region {region} --domain-name {name} --patch-operations op=replace,path=/regionalCertificateArn,value=NEW_CERTIFICATE_ARN"
references = [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html",
]

[frameworks]
soc2 = ["CC6.7"]

[reasons]
cert_valid      = "its certificate is issued and valid"
server_cert     = "its certificate is not issued, or not valid any more"
cert_unreadable = "its certificate is not among those that could be read"
---*/
with domain as (
    select
        d.*, c.arn as found_arn, c.name as certificate_name, c.status, c.not_after, c.days_left,
        case
            when c.status <> 'ISSUED' or c.days_left < 0 then 0
            when c.status = 'ISSUED' and c.days_left >= 0 then 1
        end as is_good
    from aws_api_gateway_domain_name as d
    left join aws_certificate as c on c.arn = d.certificate_arn and c.account_id = d.account_id and d.certificate_arn <> ''
)
select
    d.arn as resource,
    d.account_id,
    d.certificate_arn <> '' as applies,
    d.is_good as ok,
    case d.is_good when 1 then 'cert_valid' when 0 then 'server_cert' else 'cert_unreadable' end as reason,
    coalesce(d.certificate_name, d.certificate_arn) as certificate_name,
    case
        when d.status = 'EXPIRED' or d.days_left < 0 then 'expired on ' || substr(d.not_after, 1, 10)
        else 'is ' || d.status
    end as state_words,
    d.name, d.certificate_arn, d.status, d.not_after, cast(d.days_left as integer) as days_left, d.endpoint_types, d.regional_domain_name
from domain as d
