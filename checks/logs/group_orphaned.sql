/*---
title    = "Log group whose function is gone"
severity = "low"
leg      = "working"
family   = "log-orphans"
message  = "{name} holds {stored_bytes} bytes, and no function logs to it any more"
why      = """
A log group outlives its function, and is paid for until somebody deletes it. It also outlives what was known about it: whose
data is in it, and for how long that may be kept. Functions that were told to log elsewhere leave one behind too. Export what
has to be kept before it is deleted."""
fix      = "aws logs delete-log-group --region {region} --log-group-name {name}"
references = [
    "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
]

[reasons]
owned         = "something logs to it"
orphan        = "nothing logs to it"
too_new       = "it is younger than an hour: what is to log to it may still be on its way"
stages_unread = "no function logs to it; whether a stage of an API does nobody knows, since the stages of one were not read"
---*/
with owner as (
    select account_id, region, log_group_name, min(arn) as arn
    from aws_cloudwatch_log_owner
    group by account_id, region, log_group_name
),
unread as (
    select account_id, region
    from aws_api_gateway_rest_api
    where stage_count is null
    union
    select account_id, region
    from aws_api_gatewayv2_api
    where stage_count is null
),
judged as (
    select g.*, o.arn as owner_arn, u.account_id is not null as has_unread_stages
    from aws_cloudwatch_log_group as g
    left join owner as o on o.log_group_name = g.name and o.account_id = g.account_id and o.region = g.region
    left join unread as u on u.account_id = g.account_id and u.region = g.region
    -- Lambda@Edge logs in every region, whatever region its function lives in.
    where g.name glob '/aws/lambda/*' and g.name not glob '/aws/lambda/us-east-1.*'
)
select
    j.arn as resource,
    j.account_id,
    case
        when j.owner_arn is not null then 1
        when julianday(clock.started_at) - julianday(j.creation_time) < 1.0 / 24 then null
        when j.has_unread_stages = 0 then 0
    end as ok,
    case
        when j.owner_arn is not null then 'owned'
        when julianday(clock.started_at) - julianday(j.creation_time) < 1.0 / 24 then 'too_new'
        when j.has_unread_stages then 'stages_unread'
        else 'orphan'
    end as reason,
    j.name, j.stored_bytes, j.owner_arn, j.retention_in_days, j.creation_time, j.deletion_protection_enabled
from judged as j
cross join snapshot as clock
