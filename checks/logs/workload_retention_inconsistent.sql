/*---
title    = "Log group that forgets sooner than the rest of its workload"
severity = "low"
leg      = "configured"
family   = "log-retention-workload"
message  = "{name} keeps its events {kept}, and {longest_name} of the same workload ({workload}) keeps its {longest_kept}"
why      = """
What happened to one request is written in several groups: the entry in one, the payment in another. When they forget at
different times, the story that is left has holes, and the retention that was agreed holds for a part of the workload only.
That happens by itself where a template sets the retention of some groups, and services make the others."""
fix      = "aws logs {change} --region {region} --log-group-name {name}"
references = [
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
]

[frameworks]
soc2 = ["CC7.2"]

[reasons]
consistent        = "no group of its workload keeps events for longer"
inconsistent      = "another group of its workload keeps events for longer"
other_tags_unread = "a group whose tags or class were not read keeps events for longer, and may be of the same workload"

[params.workload_tags]
default = ["workload", "aws:cloudformation:stack-name"]
doc     = "Tags that name a group's workload; the first one that a group has counts. Groups without any are left alone."
---*/
with groups as materialized (
    select
        g.arn, g.account_id, g.region, g.name, g.retention_in_days, g.retention_policy_name,
        -- Never expiring is longest.
        iif(g.retention_in_days = 0, 1000000, g.retention_in_days) as days,
        g.log_group_class <> 'DELIVERY' as counts,
        g.tags,
        (
            select g.tags ->> ('$."' || t.value || '"')
            from json_each(:workload_tags) as t
            where g.tags ->> ('$."' || t.value || '"') <> ''
            order by t.key
            limit 1
        ) as workload
    from aws_cloudwatch_log_group as g
),
-- With max(), the other columns are those of its row.
longest as materialized (
    select account_id, region, workload, max(days) as days, retention_in_days, name, arn
    from groups
    where counts and workload is not null
    group by account_id, region, workload
),
-- Groups that may belong to a workload: to any, when their tags are unread. They matter only to groups that keep less.
doubtful as materialized (
    select account_id, region, iif(tags is null, null, workload) as workload, max(days) as days
    from groups
    where coalesce(counts, 1) and (tags is null or (counts is null and workload is not null))
    group by 1, 2, 3
),
judged as (
    select
        g.*,
        l.days as longest_days, l.retention_in_days as longest_retention, l.name as longest_name, l.arn as longest_arn,
        max(coalesce(d.days, a.days), coalesce(a.days, d.days)) as doubtful_days
    from groups as g
    left join longest as l on l.workload = g.workload and l.account_id = g.account_id and l.region = g.region
    left join doubtful as d on d.workload = g.workload and d.account_id = g.account_id and d.region = g.region
    left join doubtful as a on a.workload is null and a.account_id = g.account_id and a.region = g.region
)
select
    j.arn as resource,
    j.account_id,
    j.counts and iif(j.tags is null, null, j.workload is not null) as applies,
    case
        when j.days < j.longest_days then 0
        when j.days < j.doubtful_days then null
        when j.days is not null then 1
    end as ok,
    case
        when j.counts is null or j.tags is null then null
        when j.days < j.longest_days then 'inconsistent'
        when j.days < j.doubtful_days then 'other_tags_unread'
        when j.days is not null then 'consistent'
    end as reason,
    iif(j.retention_in_days = 0, 'for ever', 'for ' || j.retention_in_days || ' days') as kept,
    iif(j.longest_retention = 0, 'for ever', 'for ' || j.longest_retention || ' days') as longest_kept,
    iif(
        j.longest_retention = 0,
        'delete-retention-policy',
        'put-retention-policy --retention-in-days ' || j.longest_retention
    ) as change,
    j.name, j.retention_in_days, j.retention_policy_name, j.workload, j.longest_name, j.longest_arn
from judged as j
