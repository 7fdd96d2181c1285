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
        ) as workload,
        -- How it is kept, in words that can be joined by: 1, 0, or -1 for what was not read.
        coalesce(g.kms_key_id = '', -1) as is_bare,
        coalesce(g.log_group_class <> 'STANDARD', -1) as is_lesser
    from aws_cloudwatch_log_group as g
),
-- The ways in which groups of a workload are kept: few, however many groups there are.
lacking as materialized (
    select account_id, region, workload, is_bare, is_lesser
    from groups
    where workload is not null and counts and (is_bare = 1 or is_lesser = 1)
    group by 1, 2, 3, 4, 5
),
-- Of the groups that are kept in one way the first by name, which stands for the others. With min(), the other columns are those of
-- its row.
kept as materialized (
    select account_id, region, iif(tags is null, null, workload) as workload, tags is null as is_untold, counts, is_bare, is_lesser,
        min(name) as name, arn, kms_key_id, log_group_class
    from groups
    where (tags is null or workload is not null) and counts is not 0 and (is_bare <> 1 or is_lesser <> 1)
    group by 1, 2, 3, 4, 5, 6, 7
),
candidate as (
    select l.account_id, l.region, l.workload, l.is_bare, l.is_lesser, k.name, k.arn, k.kms_key_id, k.log_group_class, k.counts as is_same
    from lacking as l
    join kept as k on k.workload = l.workload and k.account_id = l.account_id and k.region = l.region
    union all
    select l.account_id, l.region, l.workload, l.is_bare, l.is_lesser, k.name, k.arn, k.kms_key_id, k.log_group_class, null
    from lacking as l
    join kept as k on k.is_untold = 1 and k.account_id = l.account_id and k.region = l.region
),
-- What is better kept: whether it is of the same workload for sure (1) or may be (NULL), and whether it has a key that the other lacks.
better as (
    select *, iif(is_bare = -1, null, is_bare) and kms_key_id <> '' as has_key
    from candidate
    where (is_bare = 1 and kms_key_id <> '') or (is_lesser = 1 and coalesce(log_group_class, 'STANDARD') = 'STANDARD')
),
ranked as materialized (
    select
        *,
        row_number() over (
            partition by account_id, region, workload, is_bare, is_lesser order by is_same desc, has_key desc, name
        ) as nth
    from better
)
select
    j.arn as resource,
    j.account_id,
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
    j.name, j.workload, j.kms_key_id, j.log_group_class, b.name as other_name, b.arn as other_arn
from groups as j
left join ranked as b
    on b.workload = j.workload and b.account_id = j.account_id and b.region = j.region
    and b.is_bare = j.is_bare and b.is_lesser = j.is_lesser and j.counts and b.nth = 1
