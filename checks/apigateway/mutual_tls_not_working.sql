/*---
title    = "Mutual TLS whose trust store does not hold"
severity = "high"
leg      = "working"
family   = "mtls"
message  = "{domain_name} asks clients for a certificate, and what it trusts is not in order: {meaning}{what} ({truststore_uri})"
why      = """
API Gateway takes a copy of the trust store when the domain is updated, warns of what is wrong with it at that moment, and never
looks again. A certificate authority that ends later ends without a word: from that day its clients are turned away. A file that
was deleted does no harm until the next update fails, and nobody can tell any more whom the domain lets in."""
fix      = "aws s3 cp TRUSTSTORE_FILE {truststore_uri} && aws apigateway update-domain-name --region {region} --domain-name {domain_name} --patch-operations op=replace,path=/mutualTlsAuthentication/truststoreVersion,value=VERSION_ID"
references = [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
    "https://docs.aws.amazon.com/apigateway/latest/api/API_MutualTlsAuthentication.html",
]

[fixes]
truststore_stale = "aws apigateway update-domain-name --region {region} --domain-name {domain_name} --patch-operations op=replace,path=/mutualTlsAuthentication/truststoreVersion,value={latest_version}"

[frameworks]
soc2 = ["CC6.1", "CC6.6"]

[reasons]
trust_store_in_order = "the file is there, it is the newest one, and every certificate in it holds"
truststore_missing   = "the file is gone, in the version that the domain uses"
ca_expired           = "a certificate in it has expired"
ca_expiring          = "a certificate in it expires soon"
truststore_warning   = "API Gateway warned when the domain was last updated"
truststore_stale     = "a newer version of the file was uploaded and never put into use"
no_certificate       = "no certificate was found in the file"
not_understood       = "a part of the file says that it is a certificate and cannot be read as one"

[params.warn_days]
default = 30
doc     = "Days before its end from which on a certificate counts as expiring."
---*/
with domain as (
    select arn, account_id, region, truststore_warnings from aws_api_gateway_domain_name
    union
    select arn, account_id, region, truststore_warnings from aws_api_gatewayv2_domain_name
),
warned as (
    select arn, account_id, region, max(json_array_length(truststore_warnings)) as warnings, max(truststore_warnings) as truststore_warnings
    from domain
    group by arn, account_id, region
),
-- The one that ends first. With min(), the other columns are those of its row.
first_end as (
    select arn, account_id, region, min(not_after) as not_after, subject, fingerprint
    from aws_api_gateway_trust_store_certificate
    group by arn, account_id, region
),
judged as (
    select
        t.*,
        w.warnings, w.truststore_warnings, e.not_after, e.subject, e.fingerprint,
        iif(t.certificate_count is null, null, coalesce(julianday(e.not_after) <= julianday(clock.started_at), 0)) as is_expired,
        iif(
            t.certificate_count is null,
            null,
            coalesce(julianday(e.not_after) - julianday(clock.started_at) <= :warn_days, 0)
        ) as is_expiring,
        t.pinned_version <> '' and t.latest_version <> '' and t.latest_version <> t.pinned_version as is_stale
    from aws_api_gateway_trust_store as t
    cross join snapshot as clock
    left join warned as w on w.arn = t.arn and w.account_id = t.account_id and w.region = t.region
    left join first_end as e on e.arn = t.arn and e.account_id = t.account_id and e.region = t.region
)
select
    j.arn as resource,
    j.account_id,
    case
        when j.object_exists = 0 or j.is_expired or j.warnings > 0 or j.is_expiring or j.is_stale then 0
        when j.certificate_count = 0 or j.not_understood_count > 0 then null
        when j.object_exists and j.is_expiring = 0 and j.warnings = 0 and j.is_stale = 0 and j.not_understood_count = 0 then 1
    end as ok,
    case
        when j.object_exists = 0 then 'truststore_missing'
        when j.is_expired then 'ca_expired'
        when j.warnings > 0 then 'truststore_warning'
        when j.is_expiring then 'ca_expiring'
        when j.is_stale then 'truststore_stale'
        when j.certificate_count = 0 then 'no_certificate'
        when j.not_understood_count > 0 then 'not_understood'
        when j.object_exists and j.is_expiring = 0 and j.warnings = 0 and j.is_stale = 0 and j.not_understood_count = 0
            then 'trust_store_in_order'
    end as reason,
    case
        when j.object_exists = 0 or j.is_expired then 'high'
        when j.warnings > 0 or j.is_expiring or j.is_stale then 'medium'
    end as severity,
    case
        when j.object_exists = 0 then ''
        when j.is_expired or (j.is_expiring and j.warnings = 0) then ': ' || j.subject || ', ' || substr(j.not_after, 1, 10)
        when j.warnings > 0 then ': ' || (j.truststore_warnings ->> '$[0]')
        when j.is_stale then ': ' || j.latest_version || ' instead of ' || j.pinned_version
        else ''
    end as what,
    j.domain_name, j.truststore_uri, j.bucket_exists, j.bucket_region, j.object_exists, j.pinned_version, j.latest_version,
    j.certificate_count, j.not_understood_count, j.subject, j.not_after, j.fingerprint, j.truststore_warnings
from judged as j
