/*---
title    = "Function whose logs go nowhere"
severity = "high"
leg      = "working"
family   = "log-delivery"
volatile = ["activity"]
message  = "What {name} logs is lost: {meaning} ({log_group}; {activity})"
why      = """
A function runs on when it cannot log. Its role may lack the permission, the group that it was told to use may have been
deleted, or have another name: nothing fails, and nothing is written. It is noticed on the day on which somebody needs to know
what happened."""
fix      = "aws iam attach-role-policy --role-name {role_name} --policy-arn arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
references = [
    "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html",
]

[fixes]
log_group_missing = "aws logs create-log-group --region {region} --log-group-name {log_group}"

[frameworks]
soc2 = ["CC7.2"]

[reasons]
ingesting         = "its log group receives events"
log_group_missing = "it was invoked, and its log group does not exist"
not_ingesting     = "it was invoked, and its log group received nothing"
never_invoked     = "its log group does not exist, and it was not invoked in 14 days, so there was nothing to log"
idle              = "it was not invoked lately, so there was nothing to log"
shared_log_group  = "other functions log to the same group, and the newest events there are not this one's"
delivery_class    = "its log group is of the class that only passes events on, so nothing is to be seen in it"
too_new           = "its log group is younger than an hour"
---*/
with function as (
    select
        f.*,
        count(*) over (partition by f.account_id, f.region, f.log_group) as functions_in_group,
        g.arn as log_group_arn, g.log_group_class, g.retention_in_days,
        julianday(clock.started_at) - julianday(g.creation_time) >= 1.0 / 24 as is_settled,
        m.invocations_1d, m.invocations_14d, b.incoming_bytes_1d, b.incoming_bytes_14d, r.last_event_timestamp, r.stream_name,
        case r.last_event_timestamp
            when '' then 0
            else julianday(clock.started_at) - julianday(r.last_event_timestamp) <= 1
        end as has_event_1d,
        -- Points are six hours wide, so what counts as 14 days can be a little more.
        case r.last_event_timestamp
            when '' then 0
            else julianday(clock.started_at) - julianday(r.last_event_timestamp) <= 15
        end as has_event_14d
    from aws_lambda_function as f
    cross join snapshot as clock
    left join aws_cloudwatch_log_group as g on g.name = f.log_group and g.account_id = f.account_id and g.region = f.region
    left join aws_lambda_function_metric as m on m.arn = f.arn and m.account_id = f.account_id
    left join aws_cloudwatch_log_group_metric as b on b.arn = g.arn and b.account_id = g.account_id
    left join aws_cloudwatch_log_group_recency as r on r.arn = g.arn and r.account_id = g.account_id
),
judged as (
    select
        f.*,
        case
            when f.log_group_arn is null then null
            when f.incoming_bytes_1d > 0 or f.has_event_1d then 1
            when f.invocations_1d > 0 then f.incoming_bytes_1d > 0 or f.has_event_1d
            -- Not today; then by what it did in 14 days.
            when f.invocations_1d = 0 and f.invocations_14d > 0 then f.incoming_bytes_14d > 0 or f.has_event_14d
        end as is_received,
        -- Lambda names streams DATE/FUNCTION[VERSION]ID in a group that was chosen.
        f.functions_in_group = 1 or instr(f.stream_name, '/' || f.name || '[') > 0 as is_own
    from function as f
)
select
    j.arn as resource,
    j.account_id,
    case
        when j.log_group_arn is null then iif(j.invocations_14d > 0, 0, null)
        when j.log_group_class = 'DELIVERY' then null
        when j.is_received = 1 then iif(j.is_own, 1, null)
        when j.is_received = 0 and j.is_settled and j.log_group_class <> 'DELIVERY' then 0
    end as ok,
    case
        when j.log_group_arn is null and j.invocations_14d > 0 then 'log_group_missing'
        when j.log_group_arn is null and j.invocations_14d = 0 then 'never_invoked'
        when j.log_group_arn is null then null
        when j.log_group_class = 'DELIVERY' then 'delivery_class'
        when j.is_received = 1 then case j.is_own when 1 then 'ingesting' when 0 then 'shared_log_group' end
        when j.is_received = 0 and not j.is_settled then 'too_new'
        when j.is_received = 0 and j.log_group_class <> 'DELIVERY' then 'not_ingesting'
        when j.invocations_14d = 0 then 'idle'
    end as reason,
    case
        when j.invocations_1d > 0 then printf('%d invocations in a day', j.invocations_1d)
        else printf('%d invocations in 14 days', j.invocations_14d)
    end as activity,
    replace(j.role_arn, rtrim(j.role_arn, replace(j.role_arn, '/', '')), '') as role_name,
    j.name, j.log_group, j.log_group_arn, j.log_group_class, j.role_arn, j.functions_in_group, j.invocations_1d,
    j.invocations_14d, j.incoming_bytes_1d, j.incoming_bytes_14d, j.last_event_timestamp, j.stream_name
from judged as j
