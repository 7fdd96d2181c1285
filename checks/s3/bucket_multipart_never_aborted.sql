/*---
title    = "Bucket that keeps broken uploads for ever"
severity = "low"
leg      = "configured"
family   = "s3-cost"
message  = "{name} never clears away uploads that were begun and not finished: {meaning}"
why      = """
The parts of a multipart upload that nobody completed or aborted stay in the bucket and are paid for, yet no listing of objects
shows them. Every crash of a writer leaves some. A lifecycle rule that aborts such uploads after a few days costs nothing and
touches no object."""
fix      = "aws s3api get-bucket-lifecycle-configuration --bucket {name} > lifecycle.json  # add a rule without a prefix with AbortIncompleteMultipartUpload, then put it: the call replaces all rules"
references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html",
]

[fixes]
no_lifecycle = '''aws s3api put-bucket-lifecycle-configuration --cli-input-yaml $'Bucket: "{name}"\nLifecycleConfiguration:\n  Rules:\n  - ID: abort-broken-uploads\n    Status: Enabled\n    Filter:\n      Prefix: ""\n    AbortIncompleteMultipartUpload:\n      DaysAfterInitiation: 7''''

[reasons]
aborted       = "a lifecycle rule for the whole bucket aborts them"
no_lifecycle  = "it has no lifecycle rules"
no_abort_rule = "none of its lifecycle rules aborts uploads"
only_prefixes = "its rules abort uploads under some prefixes only"
rule_disabled = "the rule that would abort them is disabled"
---*/
with bucket as (
    select
        b.*,
        (
            -- Rules that abort uploads cannot filter by tag, so a rule without a prefix is for the whole bucket.
            select max(r.value ->> '$.prefix' = '' and r.value ->> '$.status' = 'Enabled')
            from json_each(b.lifecycle_rules) as r
            where r.value ->> '$.abort_multipart_days' > 0
        ) as is_aborted,
        (
            select max(r.value ->> '$.status' = 'Enabled')
            from json_each(b.lifecycle_rules) as r
            where r.value ->> '$.abort_multipart_days' > 0
        ) as is_aborted_somewhere
    from aws_s3_bucket as b
)
select
    b.arn as resource,
    b.account_id,
    iif(b.lifecycle_rules is null, null, coalesce(b.is_aborted, 0)) as ok,
    case
        when b.lifecycle_rules is null then ''
        when json_array_length(b.lifecycle_rules) = 0 then 'no_lifecycle'
        when b.is_aborted is null then 'no_abort_rule'
        when b.is_aborted then 'aborted'
        when b.is_aborted_somewhere then 'only_prefixes'
        else 'rule_disabled'
    end as reason,
    b.name, b.lifecycle_rules
from bucket as b
