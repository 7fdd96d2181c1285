/*---
title    = "Log group kept in another way than the rest of its workload"
severity = "low"
leg      = "configured"
family   = "log-protection-workload"
message  = "{name} is not kept as {other_name} of the same workload ({workload}) is: {difference}"
why      = """
What happened to one request is written in several groups: the entry in one, the payment in another. When one of them is of a
class without metric filters, no alarm can see it; when one of them has no key of its own, what the others protect stands open in
it. That happens by itself where a template sets up some groups, and services make the others."""
fix      = "aws logs associate-kms-key --region {region} --log-group-name {name} --kms-key-id {other_key}"
references = [
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
]

[frameworks]
soc2 = ["CC6.1", "CC7.2"]

[reasons]
consistent        = "every group of its workload is of its class, and none has a key where it has none"
inconsistent      = "another group of its workload has a key of its own, or is of the standard class, and this one is not"
other_tags_unread = "a group whose tags or class were not read is kept in another way, and may be of the same workload"

[params.workload_tags]
default = ["workload", "aws:cloudformation:stack-name"]
doc     = "Tags that name a group's workload; the first one that a group has counts. Groups without any are left alone."
---*/
with groups as materialized (
    select
        g.arn, g.account_id, g.region, g.name, g.kms_key_id, g.log_group_class, g.tags,
        g.log_group_class <> 'DELIVERY' as counts,
        (
            select g.tags ->> ('$."' || t.value || '"')
            from json_each(:workload_tags) as t
            where g.tags ->> ('$."' || t.value || '"') <> ''
            order by t.key
            limit 1
        ) as workload
    from aws_cloudwatch_log_group as g
),
-- A group that is better kept: by name, whether it is of the same workload for sure (1) or may be (NULL).
better as (
    select
        g.arn, g.account_id, o.name, o.arn as other_arn, o.kms_key_id, o.log_group_class,
        iif(o.tags is null, null, o.workload = g.workload) and o.counts as is_same,
        g.kms_key_id = '' and o.kms_key_id <> '' as has_key
    from groups as g
    join groups as o on o.account_id = g.account_id and o.region = g.region and o.arn <> g.arn
    where g.workload is not null and g.counts
        and (o.tags is null or o.workload = g.workload)
        and (
            (g.kms_key_id = '' and o.kms_key_id <> '')
            or (g.log_group_class <> 'STANDARD' and coalesce(o.log_group_class, 'STANDARD') = 'STANDARD')
        )
),
ranked as (
    select *, row_number() over (partition by arn, account_id order by is_same desc, has_key desc, name) as nth
    from better
    where is_same is null or is_same
)
select
    g.arn as resource,
    g.account_id,
    j.counts and iif(j.tags is null, null, j.workload is not null) as applies,
    case
        when b.is_same then 0
        when b.arn is not null then null
        when j.counts is not null and j.tags is not null then 1
    end as ok,
    case
        when j.counts is null or j.tags is null then null
        when b.is_same then 'inconsistent'
        when b.arn is not null then 'other_tags_unread'
        else 'consistent'
    end as reason,
    iif(b.has_key, 'that one has a key of its own', 'this one is of the class ' || j.log_group_class) as difference,
    coalesce(nullif(b.kms_key_id, ''), 'KEY_ARN') as other_key,
    g.name, j.workload, g.kms_key_id, g.log_group_class, b.name as other_name, b.other_arn
from aws_cloudwatch_log_group as g
join groups as j on j.arn = g.arn and j.account_id = g.account_id
left join ranked as b on b.arn = g.arn and b.account_id = g.account_id and b.nth = 1
