/*---
title    = "Trust store that anybody can replace without a trace"
severity = "low"
leg      = "configured"
family   = "mtls-trust-store"
message  = "{domain_name} is pinned to no version of its trust store, and the bucket keeps none: {meaning} ({truststore_uri})"
why      = """
Whoever may write the file decides whose certificates are accepted after the next update of the domain. Without a version that the
domain names, and without older versions in the bucket, nobody can say which list is in force today, and nobody can go back."""
fix      = "aws s3api put-bucket-versioning --region {region} --bucket {bucket_name} --versioning-configuration Status=Enabled"
references = [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
]

[frameworks]
soc2 = ["CC6.1", "CC8.1"]

[reasons]
pinned              = "the domain names the version that it uses"
versioned           = "the bucket keeps every version of the file"
truststore_unpinned = "no version is named, and versioning is not on"
---*/
select
    t.arn as resource,
    t.account_id,
    -- That the bucket is gone is the working leg's business.
    t.bucket_exists <> 0 as applies,
    t.pinned_version <> '' or t.bucket_versioning = 'Enabled' as ok,
    case
        when t.pinned_version <> '' then 'pinned'
        when t.bucket_versioning = 'Enabled' then 'versioned'
        when t.bucket_versioning is not null then 'truststore_unpinned'
    end as reason,
    t.domain_name, t.truststore_uri, t.bucket_name, t.bucket_exists, t.pinned_version, t.bucket_versioning
from aws_api_gateway_trust_store as t
