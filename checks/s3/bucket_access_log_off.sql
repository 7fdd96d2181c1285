/*---
title    = "Bucket that does not log who reads it"
severity = "low"
leg      = "configured"
family   = "s3-access-log"
volatile = ["suggested_target"]
message  = "{name} does not log access: who read or deleted what there cannot be told later"
why      = """
Neither S3 nor CloudTrail as it comes writes down who reads an object. After an incident the question is which objects were
fetched, by whom and from where, and without access logs nobody can answer it. A bucket that receives the logs of others need
not log itself: that would only breed more logs."""
fix      = '''aws s3api put-bucket-logging --cli-input-yaml $'Bucket: "{name}"\nBucketLoggingStatus:\n  LoggingEnabled:\n    TargetBucket: "{suggested_target}"\n    TargetPrefix: "{name}/"''''
references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
]

[frameworks]
fsbp = ["S3.9"]
nist-800-53r5 = [
    "AC-2(4)", "AC-4(26)", "AC-6(9)", "AU-10", "AU-12", "AU-2", "AU-3", "AU-6(3)", "AU-6(4)", "CA-7", "SC-7(9)", "SI-3(8)",
    "SI-4(20)", "SI-7(8)",
]
"pci-dss-4.0.1" = ["10.2.1"]
soc2 = ["CC7.2"]

[reasons]
logged     = "its access is logged"
not_logged = "its access is not logged"
---*/
with log as materialized (
    select distinct o.account_id, o.region, o.logging_target_bucket as target
    from aws_s3_bucket as o
    where o.logging_target_bucket is not '' and o.logging_target_bucket is not o.name
),
-- Logs go to a bucket of the same account and region; where a region is not known, it may be any.
target as materialized (
    select account_id, region, target as name from log where target is not null
    union
    select b.account_id, 'unknown', b.name
    from log as l
    join aws_s3_bucket as b on b.name = l.target and b.account_id = l.account_id
    where 'unknown' in (l.region, b.region)
),
unread as materialized (
    select account_id, region from log where target is null
),
bucket as (
    select
        b.*,
        case
            when here.name is not null or somewhere.name is not null then 1
            -- A target that was not read may be any.
            when exists (
                select 1
                from unread as u
                where u.account_id = b.account_id and (u.region = b.region or 'unknown' in (u.region, b.region))
            ) then null
            else 0
        end as is_target,
        t.target as other_target
    from aws_s3_bucket as b
    left join target as here on here.account_id = b.account_id and here.region = b.region and here.name = b.name
    left join target as somewhere
        on somewhere.account_id = b.account_id and somewhere.region = 'unknown' and somewhere.name = b.name and b.region <> 'unknown'
    left join (
        select l.account_id, l.region, min(l.target) as target
        from log as l
        group by l.account_id, l.region
    ) as t on t.account_id = b.account_id and t.region = b.region
)
select
    b.arn as resource,
    b.account_id,
    b.logging_target_bucket <> '' or not b.is_target as applies,
    b.logging_target_bucket <> '' as ok,
    case
        when b.logging_target_bucket <> '' then 'logged'
        when b.logging_target_bucket = '' and not b.is_target then 'not_logged'
    end as reason,
    coalesce(b.other_target, 'LOG_BUCKET') as suggested_target,
    b.name, b.logging_target_bucket, b.logging_target_prefix
from bucket as b
