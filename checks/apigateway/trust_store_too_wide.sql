/*---
title    = "Trust store that trusts a public authority"
severity = "high"
leg      = "configured"
family   = "mtls-trust-width"
message  = "{domain_name} accepts every client certificate of {subject}, which issues to anybody ({truststore_uri})"
why      = """
Mutual TLS lets in whoever has a certificate of an authority in the trust store. A public one gives a certificate to everybody who
owns a domain name, and API Gateway takes it from any authority of the chain. The door then asks for a paper that anybody can
get in a minute."""
fix      = "aws s3 cp TRUSTSTORE_FILE {truststore_uri} && aws apigateway update-domain-name --region {region} --domain-name {domain_name} --patch-operations op=replace,path=/mutualTlsAuthentication/truststoreVersion,value=VERSION_ID"
references = [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
    "https://wiki.mozilla.org/CA/Included_Certificates",
]

[frameworks]
soc2 = ["CC6.1", "CC6.6"]

[reasons]
private_authorities = "no authority in it is a known public one"
truststore_too_wide = "an authority in it is a public one, or was issued by one"
not_understood      = "a part of the file says that it is a certificate and cannot be read as one"

[params.public_roots]
default = [
    "*CN=Amazon Root CA [1-9]*", "*CN=Starfield *Root C*", "*CN=ISRG Root X[1-9]*", "*CN=DST Root CA X3*", "*CN=DigiCert *Root *",
    "*CN=Baltimore CyberTrust Root*", "*CN=GlobalSign*Root*", "*OU=GlobalSign*Root*", "*CN=GTS Root R[1-9]*",
    "*CN=USERTrust * Certification Authority*", "*CN=COMODO * Certification Authority*", "*CN=AAA Certificate Services*",
    "*CN=Sectigo Public *", "*CN=Entrust Root Certification Authority*", "*CN=Go Daddy Root Certificate Authority*",
    "*CN=IdenTrust Commercial Root CA*", "*CN=QuoVadis Root CA*", "*CN=SSL.com *Root *", "*CN=Certum Trusted *Root CA*",
    "*CN=Microsoft * Root Certificate Authority 2017*", "*CN=Buypass Class * Root CA*", "*CN=SwissSign *Root*",
    "*CN=HARICA TLS *Root CA*", "*CN=D-TRUST *Root*", "*CN=T-TeleSec GlobalRoot*", "*CN=Actalis Authentication Root CA*",
    "*CN=emSign *Root CA*", "*CN=TWCA *Root*", "*CN=Certainly Root *", "*CN=AffirmTrust *",
]
doc     = "Public authorities by subject, with wildcards, as of 2026-11; a certificate counts by its subject and by its issuer."
---*/
with hit as (
    -- With min(), the other columns are those of its row.
    select c.arn, c.account_id, c.region, min(c.certificate_index) as certificate_index, c.subject, c.issuer, c.fingerprint
    from aws_api_gateway_trust_store_certificate as c
    where exists (select 1 from json_each(:public_roots) as r where c.subject glob r.value or c.issuer glob r.value)
    group by c.arn, c.account_id, c.region
)
select
    t.arn as resource,
    t.account_id,
    t.certificate_count <> 0 as applies,
    case
        when h.arn is not null then 0
        when t.certificate_count is not null and t.not_understood_count = 0 then 1
    end as ok,
    case
        when h.arn is not null then 'truststore_too_wide'
        when t.not_understood_count > 0 then 'not_understood'
        when t.certificate_count is not null and t.not_understood_count = 0 then 'private_authorities'
    end as reason,
    t.domain_name, t.truststore_uri, t.pinned_version, t.certificate_count, t.not_understood_count, h.subject, h.issuer, h.fingerprint
from aws_api_gateway_trust_store as t
left join hit as h on h.arn = t.arn and h.account_id = t.account_id and h.region = t.region
