/*---
title    = "Replication that leaves deletions out"
severity = "info"
leg      = "configured"
family   = "s3-replication-scope"
message  = "{name}: {meaning} ({rules})"
why      = """
What is deleted in the source stays visible in the copy. That can be meant, as a fence against deletions by mistake; where it is not,
a restore from the copy brings back what was to be gone. Rules with a filter leave delete markers out unless they are told
otherwise, and rules with tags cannot replicate them at all."""
fix      = "aws s3api get-bucket-replication --bucket {name} --query ReplicationConfiguration > replication.json  # set \"DeleteMarkerReplication\": {{\"Status\": \"Enabled\"}}, then: aws s3api put-bucket-replication --bucket {name} --replication-configuration file://replication.json"
references = ["https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-marker-replication.html"]

[frameworks]
soc2 = ["A1.2"]

[reasons]
delete_markers_replicated     = "deletions reach the copy"
delete_markers_not_replicated = "what is deleted in it stays in the copy"
---*/
with rule as (
    select
        r.arn, r.account_id, r.rule_id,
        r.status = 'Enabled' as is_on,
        -- The oldest form of rule replicates them; rules with tags cannot.
        r.is_v1 or r.delete_marker_replication = 'Enabled' or r.filter_tags <> '{}' as tells
    from aws_s3_bucket_replication_rule as r
),
scope as (
    select
        r.arn, r.account_id,
        coalesce(max(r.is_on), 0) or iif(count(r.is_on) < count(*), null, 0) as is_on,
        coalesce(min(not r.is_on or r.tells), 1) and iif(count(not r.is_on or r.tells) < count(*), null, 1) as ok,
        json_group_array(r.rule_id) filter (where not r.tells) as rules
    from rule as r
    group by r.arn, r.account_id
)
select
    b.arn as resource,
    b.account_id,
    b.replication_rule_count > 0 and s.is_on as applies,
    s.ok,
    case s.ok when 1 then 'delete_markers_replicated' when 0 then 'delete_markers_not_replicated' else '' end as reason,
    b.name, s.rules
from aws_s3_bucket as b
left join scope as s on s.arn = b.arn and s.account_id = b.account_id
