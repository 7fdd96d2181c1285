/*---
title    = "Bucket that must be replicated and is not"
severity = "high"
leg      = "configured"
family   = "s3-replication"
message  = "{name} in {region}: {meaning}"
why      = """
When the region or the bucket is lost, what exists nowhere else is gone. Two buckets with matching names look like a copy and are
none: only a rule that is switched on, covers the whole bucket and leads to another region makes one. S3 never says that a rule is
missing."""
fix      = "aws s3api put-bucket-replication --bucket {name} --replication-configuration '{{\"Role\":\"REPLICATION_ROLE_ARN\",\"Rules\":[{{\"ID\":\"all\",\"Status\":\"Enabled\",\"Priority\":1,\"Filter\":{{\"Prefix\":\"\"}},\"DeleteMarkerReplication\":{{\"Status\":\"Enabled\"}},\"Destination\":{{\"Bucket\":\"DESTINATION_BUCKET_ARN\",\"Metrics\":{{\"Status\":\"Enabled\"}}}}}}]}}'"
references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html",
]

[fixes]
rules_disabled = "aws s3api get-bucket-replication --bucket {name} --query ReplicationConfiguration > replication.json  # set \"Status\": \"Enabled\", then: aws s3api put-bucket-replication --bucket {name} --replication-configuration file://replication.json"
partial_scope = "aws s3api get-bucket-replication --bucket {name} --query ReplicationConfiguration > replication.json  # add a rule without a prefix and tags, then: aws s3api put-bucket-replication --bucket {name} --replication-configuration file://replication.json"

[frameworks]
"nist-800-53r5" = ["AU-9(2)", "CP-6", "CP-6(1)", "CP-6(2)", "CP-9", "CP-10", "SC-36(2)", "SC-5(2)", "SI-13(5)"]
soc2 = ["A1.2"]

[reasons]
covers_all     = "a rule that is on covers the whole bucket"
enabled        = "a rule is on, and nobody asks for more"
no_replication = "it must be replicated, and has no replication rule"
rules_disabled = "it has replication rules, and all of them are switched off"
partial_scope  = "it must be replicated whole, and its rules cover a part only: {scopes}"
same_region    = "it must be replicated to another region, and its rules stay in {region}"

[params.required]
default = false
doc     = "Whether the bucket must be replicated, whole. Set it by a rule for the buckets that must be, by their tags for instance."

[params.other_region]
default = true
doc     = "Whether a bucket that must be replicated must be replicated to another region."
---*/
with rule as (
    select
        r.arn, r.account_id, r.rule_id, r.prefix, r.filter_tags, r.destination_bucket_arn,
        r.status = 'Enabled' as is_on,
        r.prefix = '' and r.filter_tags = '{}' as is_whole,
        -- One that leads to nowhere is another check's business.
        d.destination_region <> r.region as is_elsewhere
    from aws_s3_bucket_replication_rule as r
    left join aws_s3_bucket_replication_destination as d
        on d.arn = r.arn and d.account_id = r.account_id and d.rule_index = r.rule_index
),
scope as (
    select
        r.arn, r.account_id,
        coalesce(max(r.is_on), 0) or iif(count(r.is_on) < count(*), null, 0) as is_on,
        coalesce(max(r.is_on and r.is_whole), 0) or iif(count(r.is_on and r.is_whole) < count(*), null, 0) as covers,
        coalesce(max(r.is_on and r.is_whole and r.is_elsewhere), 0)
            or iif(count(r.is_on and r.is_whole and r.is_elsewhere) < count(*), null, 0) as covers_elsewhere,
        json_group_array(json_object('rule', r.rule_id, 'prefix', r.prefix, 'tags', json(r.filter_tags))) as scopes,
        json_group_array(distinct r.destination_bucket_arn) as destinations
    from rule as r
    group by r.arn, r.account_id
),
judged as (
    select
        b.*, s.is_on, s.covers, s.covers_elsewhere, s.scopes, s.destinations,
        b.replication_rule_count > 0 and s.is_on
            and (not :required or (s.covers and (not :other_region or s.covers_elsewhere))) as ok
    from aws_s3_bucket as b
    left join scope as s on s.arn = b.arn and s.account_id = b.account_id
)
select
    j.arn as resource,
    j.account_id,
    :required or j.replication_rule_count > 0 as applies,
    j.ok,
    case
        when j.ok is null then ''
        when j.ok then iif(:required, 'covers_all', 'enabled')
        when j.replication_rule_count = 0 then 'no_replication'
        when not j.is_on then 'rules_disabled'
        when not j.covers then 'partial_scope'
        else 'same_region'
    end as reason,
    case
        when not :required then 'low'
        when j.is_on and not j.covers then 'medium'
        else 'high'
    end as severity,
    j.name, j.replication_rule_count, j.scopes, j.destinations
from judged as j
