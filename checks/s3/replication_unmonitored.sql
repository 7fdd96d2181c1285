/*---
title    = "Replication that could fail without anybody noticing"
severity = "low"
leg      = "configured"
family   = "s3-replication-monitoring"
message  = "{name}: {meaning}"
why      = """
S3 does not try again what failed to replicate, and tells nobody by itself. It counts failures only for rules with metrics, and
announces them only where the bucket sends replication events. Without either, the copy falls behind in silence, and nobody can say
today how much of it is missing."""
fix      = "aws s3api get-bucket-replication --bucket {name} --query ReplicationConfiguration > replication.json  # set \"Metrics\": {{\"Status\": \"Enabled\"}} in each Destination, then: aws s3api put-bucket-replication --bucket {name} --replication-configuration file://replication.json"
references = ["https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html"]

[frameworks]
soc2 = ["A1.2", "CC7.2"]

[reasons]
metrics     = "every rule that is on publishes metrics"
events      = "the bucket announces what failed to replicate"
unmonitored = "its replication publishes no metrics, and the bucket announces no failures"
---*/
with rule as (
    select
        r.arn, r.account_id,
        coalesce(max(r.status = 'Enabled'), 0) or iif(count(r.status) < count(*), null, 0) as is_on,
        coalesce(min(r.status <> 'Enabled' or r.metrics = 'Enabled'), 1)
            and iif(count(r.status <> 'Enabled' or r.metrics = 'Enabled') < count(*), null, 1) as has_metrics,
        json_group_array(r.rule_id) filter (where r.metrics <> 'Enabled') as rules_without_metrics
    from aws_s3_bucket_replication_rule as r
    group by r.arn, r.account_id
),
judged as (
    select
        b.*, r.is_on, r.has_metrics, r.rules_without_metrics,
        iif(
            b.notification_events is null,
            null,
            exists (
                select 1
                from json_each(b.notification_events) as e
                where e.value in ('EventBridge', 's3:Replication:*', 's3:Replication:OperationFailedReplication')
            )
        ) as has_events
    from aws_s3_bucket as b
    left join rule as r on r.arn = b.arn and r.account_id = b.account_id
)
select
    j.arn as resource,
    j.account_id,
    j.replication_rule_count > 0 and j.is_on as applies,
    j.has_metrics or j.has_events as ok,
    case
        when j.has_metrics then 'metrics'
        when j.has_events then 'events'
        when not (j.has_metrics or j.has_events) then 'unmonitored'
        else ''
    end as reason,
    j.name, j.rules_without_metrics, j.notification_events
from judged as j
