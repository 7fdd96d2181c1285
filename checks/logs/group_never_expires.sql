/*---
title    = "Log group whose events never expire"
severity = "low"
leg      = "configured"
family   = "log-cost"
message  = "{name} keeps its events for ever; {stored_bytes} bytes so far"
why      = """
CloudWatch Logs keeps events for ever unless it is told otherwise, and groups that services make by themselves are never told.
Stored logs are paid for by the month, so the bill of a forgotten group only grows. Personal data in it outlives every promise
to delete it."""
fix      = "aws logs put-retention-policy --region {region} --log-group-name {name} --retention-in-days 365"
references = [
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
]

[frameworks]
soc2 = ["C1.2"]

[reasons]
expires       = "its events expire"
never_expires = "no retention is set for it"
too_new       = "it is younger than an hour: its retention may still be on its way"
---*/
select
    g.arn as resource,
    g.account_id,
    g.log_group_class <> 'DELIVERY' as applies,
    case
        when g.retention_in_days <> 0 then 1
        when julianday(clock.started_at) - julianday(g.creation_time) < 1.0 / 24 then null
        when g.retention_in_days = 0 then 0
    end as ok,
    case
        when g.log_group_class is null then null
        when g.retention_in_days <> 0 then 'expires'
        when julianday(clock.started_at) - julianday(g.creation_time) < 1.0 / 24 then 'too_new'
        when g.retention_in_days = 0 then 'never_expires'
    end as reason,
    g.name, g.retention_in_days, g.retention_policy_name, g.log_group_class, g.stored_bytes, g.creation_time
from aws_cloudwatch_log_group as g
cross join snapshot as clock
