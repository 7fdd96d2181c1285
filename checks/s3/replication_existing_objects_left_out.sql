/*---
title    = "Objects from before replication that were never copied"
severity = "info"
leg      = "working"
family   = "s3-replication-scope"
message  = "{name}: {meaning}, {telling_key} for one"
why      = """
A replication rule works from the moment that it is saved. What was in the bucket before stays where it is and gets no replication
status: the copy looks alive and lacks the past. Batch Replication copies what is there already."""
fix      = "aws s3control create-job --account-id {account} --region {region} --operation '{{\"S3ReplicateObject\":{{}}}}' --manifest-generator '{{\"S3JobManifestGenerator\":{{\"SourceBucket\":\"arn:aws:s3:::{name}\",\"EnableManifestOutput\":false,\"Filter\":{{\"EligibleForReplication\":true,\"ObjectReplicationStatuses\":[\"NONE\"]}}}}}}' --report '{{\"Enabled\":false}}' --priority 1 --role-arn BATCH_ROLE_ARN --no-confirmation-required"
references = ["https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html"]

[frameworks]
soc2 = ["A1.2"]

[reasons]
all_replicated                  = "every sampled object that a rule should have taken was taken"
existing_objects_not_replicated = "{left_count} of {sampled_count} sampled objects are older than the first one that a rule took, and were never copied"
---*/
with rule as (
    select
        r.arn, r.account_id,
        -- With a filter, an object without a status may simply not be meant; nor is one under a key that the rule does not select.
        coalesce(max(r.status = 'Enabled' and r.prefix = '' and r.filter_tags = '{}'), 0)
            or iif(count(r.status) < count(*), null, 0) as is_whole,
        max(r.status = 'Enabled' and r.prefix = '' and r.filter_tags = '{}' and r.sse_kms_objects = 'Enabled') as takes_kms
    from aws_s3_bucket_replication_rule as r
    group by r.arn, r.account_id
),
object as (
    select
        o.*,
        min(iif(o.replication_status in ('COMPLETED', 'COMPLETE', 'PENDING', 'FAILED'), o.last_modified, null))
            over (partition by o.arn, o.account_id) as first_taken
    from aws_s3_object_sample as o
),
left_out as (
    select
        o.arn, o.account_id, o.key, o.replication_status,
        case
            when o.replication_status <> '' then 0
            -- What is in an archive is not replicated.
            when o.storage_class in ('GLACIER', 'DEEP_ARCHIVE') then 0
            when o.server_side_encryption glob 'aws:kms*' and not r.takes_kms then 0
            when o.replication_status = '' and o.server_side_encryption is null then null
            when o.replication_status = '' then coalesce(o.last_modified < o.first_taken, 0)
        end as is_left
    from object as o
    left join rule as r on r.arn = o.arn and r.account_id = o.account_id
),
sample as (
    select
        o.arn, o.account_id,
        coalesce(min(not o.is_left), 1) and iif(count(o.is_left) < count(*), null, 1) as ok,
        coalesce(max(o.replication_status not in ('', 'REPLICA')), 0)
            or iif(count(o.replication_status) < count(*), null, 0) as has_taken,
        coalesce(sum(o.is_left), 0) as left_count,
        min(o.key) filter (where o.is_left) as telling_key
    from left_out as o
    group by o.arn, o.account_id
)
select
    b.arn as resource,
    b.account_id,
    b.replication_rule_count > 0 and r.is_whole and iif(n.sampled_count = 0, 0, s.has_taken) as applies,
    iif(n.sampled_count is null, null, s.ok) as ok,
    case when n.sampled_count is null then '' when s.ok then 'all_replicated' when not s.ok then 'existing_objects_not_replicated' else '' end
        as reason,
    b.name, s.left_count, n.sampled_count, s.telling_key
from aws_s3_bucket as b
left join rule as r on r.arn = b.arn and r.account_id = b.account_id
left join aws_s3_bucket_sample as n on n.arn = b.arn and n.account_id = b.account_id
left join sample as s on s.arn = b.arn and s.account_id = b.account_id
