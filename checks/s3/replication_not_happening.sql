/*---
title    = "Replication that is on and does not happen"
severity = "high"
leg      = "working"
family   = "s3-replication"
volatile = ["operations_failed_7d", "lag_from", "lag_to", "latency_max_1d", "sampled_count", "failed_count", "pending_count", "copied_count", "telling_key", "telling_since"]
message  = "{name}: {meaning}"
why      = """
Whoever reads the settings sees a rule that is Enabled and takes the copy for granted. Whether objects really arrive is told by their
own replication status, by the metrics in both regions, and by the replica itself. S3 marks what it could not copy as FAILED and does
not try it again: that object stays out of the copy until somebody copies it, and lifecycle rules do not touch it either."""
fix      = "aws s3control create-job --account-id {account} --region {region} --operation '{{\"S3ReplicateObject\":{{}}}}' --manifest-generator '{{\"S3JobManifestGenerator\":{{\"SourceBucket\":\"arn:aws:s3:::{name}\",\"EnableManifestOutput\":false,\"Filter\":{{\"EligibleForReplication\":true,\"ObjectReplicationStatuses\":[\"FAILED\"]}}}}}}' --report '{{\"Enabled\":false}}' --priority 1 --role-arn BATCH_ROLE_ARN --no-confirmation-required  # once the cause is mended"
references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-status.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-troubleshoot.html",
]

[fixes]
stuck_pending = "aws s3api head-object --region {region} --bucket {name} --key '{telling_key}'  # PENDING: see whether role, keys and destination are in order"
lag = "aws cloudwatch get-metric-statistics --region {lag_region} --namespace AWS/S3 --metric-name ReplicationLatency --dimensions Name=SourceBucket,Value={name} Name=DestinationBucket,Value={lag_destination} Name=RuleId,Value={lag_rule} --start-time {lag_from} --end-time {lag_to} --period 3600 --statistics Maximum"

[frameworks]
"nist-800-53r5" = ["AU-9(2)", "CP-6", "CP-6(1)", "CP-6(2)", "CP-9", "CP-10", "SC-36(2)", "SC-5(2)", "SI-13(5)"]
soc2 = ["A1.2"]

[reasons]
replicating   = "recent objects arrived at the other end"
by_metric     = "the metrics count operations of the last days, and none that failed"
object_failed = "{failed_count} of {sampled_count} sampled objects are FAILED, the newest of them {telling_key}; S3 does not try them again"
stuck_pending = "objects wait to be replicated for too long, {telling_key} since {telling_since}"
ops_failed    = "{operations_failed_7d} operations failed in 7 days"
lag           = "the copy in {lag_region} was up to {latency_max_1d} seconds behind in a day"
in_progress   = "the sampled objects still wait to be replicated, and have not waited long"
no_evidence   = "no sampled object and no metric shows that anything was replicated"

[params.max_pending_hours]
default = 24.0
doc     = "Hours that an object may wait to be replicated. Where a rule promises a time (Replication Time Control), that holds."

[params.max_lag_seconds]
default = 900
doc     = "Seconds that the copy may be behind, by the metrics of rules that publish any."
---*/
with rule as (
    select
        r.arn, r.account_id, r.rule_index, r.rule_id, r.destination_bucket_arn, r.replication_time_minutes,
        r.status = 'Enabled' as is_on,
        r.metrics = 'Enabled' as has_metrics,
        d.destination_region,
        m.operations_failed_7d, m.operations_7d, m.latency_datapoints_1d, m.latency_max_1d
    from aws_s3_bucket_replication_rule as r
    left join aws_s3_bucket_replication_destination as d
        on d.arn = r.arn and d.account_id = r.account_id and d.rule_index = r.rule_index
    left join aws_s3_bucket_replication_metric as m
        on m.arn = r.arn and m.account_id = r.account_id and m.rule_index = r.rule_index
),
counted as (
    select
        r.*,
        -- A rule without metrics tells nothing this way, which is known.
        iif(r.has_metrics, r.operations_failed_7d > 0, 0) as has_failed,
        iif(r.has_metrics, r.latency_datapoints_1d > 0 and r.latency_max_1d > :max_lag_seconds, 0) as is_late,
        iif(r.has_metrics, r.operations_7d > 0 and r.operations_failed_7d = 0, 0) as has_moved
    from rule as r
),
bucket as (
    select
        r.arn, r.account_id,
        coalesce(max(r.is_on), 0) or iif(count(r.is_on) < count(*), null, 0) as is_on,
        coalesce(max(r.is_on and r.has_failed), 0) or iif(count(r.is_on and r.has_failed) < count(*), null, 0) as has_failed,
        coalesce(max(r.is_on and r.is_late), 0) or iif(count(r.is_on and r.is_late) < count(*), null, 0) as is_late,
        coalesce(min(not r.is_on or r.has_moved), 0) and iif(count(not r.is_on or r.has_moved) < count(*), null, 1) as has_moved,
        sum(r.operations_failed_7d) as operations_failed_7d,
        max(r.latency_max_1d) as latency_max_1d,
        min(r.replication_time_minutes) filter (where r.is_on and r.replication_time_minutes > 0) / 60.0 as promised_hours
    from counted as r
    group by r.arn, r.account_id
),
late as (
    select
        r.arn, r.account_id, r.rule_id, r.destination_region,
        substr(r.destination_bucket_arn, instr(r.destination_bucket_arn, ':::') + 3) as destination_name,
        row_number() over (partition by r.arn, r.account_id order by r.latency_max_1d desc, r.rule_index) as place
    from counted as r
    where r.is_on and r.is_late
),
object as (
    select
        o.arn, o.account_id, o.key, o.last_modified, o.replica_status,
        o.replication_status = 'FAILED' as is_failed,
        o.replication_status = 'PENDING'
            and (julianday(clock.started_at) - julianday(o.last_modified)) * 24 > coalesce(b.promised_hours, :max_pending_hours) as is_stuck,
        o.replication_status = 'PENDING' as is_pending,
        -- S3's word, and the replica where it may be looked at.
        o.replication_status in ('COMPLETED', 'COMPLETE') and o.replica_status in ('REPLICA', 'hidden') as is_copied
    from aws_s3_object_sample as o
    cross join snapshot as clock
    left join bucket as b on b.arn = o.arn and b.account_id = o.account_id
),
sample as (
    select
        o.arn, o.account_id,
        coalesce(max(o.is_failed), 0) or iif(count(o.is_failed) < count(*), null, 0) as has_failed,
        coalesce(max(o.is_stuck), 0) or iif(count(o.is_stuck) < count(*), null, 0) as has_stuck,
        coalesce(max(o.is_pending), 0) or iif(count(o.is_pending) < count(*), null, 0) as has_pending,
        coalesce(max(o.is_copied), 0) or iif(count(o.is_copied) < count(*), null, 0) as has_copied,
        coalesce(sum(o.is_failed), 0) as failed_count,
        coalesce(sum(o.is_pending), 0) as pending_count,
        coalesce(sum(o.is_copied), 0) as copied_count
    from object as o
    group by o.arn, o.account_id
),
telling as (
    select
        o.arn, o.account_id, o.key, o.last_modified,
        row_number() over (
            partition by o.arn, o.account_id
            order by o.is_failed is not 1, o.is_stuck is not 1, o.is_pending is not 1, o.last_modified desc, o.key
        ) as place
    from object as o
),
judged as (
    select
        b.*, x.is_on, x.operations_failed_7d, x.latency_max_1d,
        n.sampled_count, s.failed_count, s.pending_count, s.copied_count,
        iif(n.sampled_count = 0, 0, s.has_failed) as object_failed,
        iif(n.sampled_count = 0, 0, s.has_stuck) as object_stuck,
        iif(n.sampled_count = 0, 0, s.has_pending) as object_pending,
        iif(n.sampled_count = 0, 0, s.has_copied) as object_copied,
        x.has_failed as ops_failed, x.is_late, x.has_moved
    from aws_s3_bucket as b
    left join bucket as x on x.arn = b.arn and x.account_id = b.account_id
    left join aws_s3_bucket_sample as n on n.arn = b.arn and n.account_id = b.account_id
    left join sample as s on s.arn = b.arn and s.account_id = b.account_id
),
verdict as (
    select
        j.*,
        j.object_failed or j.object_stuck or j.ops_failed or j.is_late as is_broken,
        j.object_copied or j.has_moved as is_proven
    from judged as j
)
select
    v.arn as resource,
    v.account_id,
    v.replication_rule_count > 0 and v.is_on as applies,
    case when v.is_broken then 0 when not v.is_broken and v.is_proven then 1 end as ok,
    case
        when v.object_failed then 'object_failed'
        when v.object_stuck then 'stuck_pending'
        when v.ops_failed then 'ops_failed'
        when v.is_late then 'lag'
        when v.is_broken is null then ''
        when v.object_copied then 'replicating'
        when v.has_moved then 'by_metric'
        when v.is_proven is null then ''
        when v.object_pending then 'in_progress'
        else 'no_evidence'
    end as reason,
    v.name, v.sampled_count, v.failed_count, v.pending_count, v.copied_count, t.key as telling_key, t.last_modified as telling_since,
    cast(v.operations_failed_7d as integer) as operations_failed_7d, cast(v.latency_max_1d as integer) as latency_max_1d,
    l.destination_region as lag_region, l.destination_name as lag_destination, l.rule_id as lag_rule,
    iif(l.arn is null, null, strftime('%Y-%m-%dT%H:%M:%SZ', clock.started_at, '-1 day')) as lag_from,
    iif(l.arn is null, null, clock.started_at) as lag_to
from verdict as v
cross join snapshot as clock
left join telling as t on t.arn = v.arn and t.account_id = v.account_id and t.place = 1
left join late as l on l.arn = v.arn and l.account_id = v.account_id and l.place = 1
