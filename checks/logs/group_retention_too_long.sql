/*---
title    = "Log group that remembers for too long"
severity = "medium"
leg      = "configured"
family   = "log-retention-max"
message  = "{name} keeps its events {kept}, and at most {max_days} days are allowed"
why      = """
Where people's data is logged, keeping it is a promise with an end: law and contract say after how long it must be gone. A
group that keeps it longer breaks that promise every day, and everything in it can be stolen or asked for. Logs are easily
forgotten when data is deleted, since nobody looks into them for customers."""
fix      = "aws logs {change}"
references = [
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
]

[frameworks]
soc2 = ["C1.2"]

[reasons]
dropped_in_time = "it keeps its events for no longer than is allowed"
too_long        = "it keeps its events for longer than is allowed"
never_expires   = "its events never expire"
too_new         = "it is younger than an hour: its retention may still be on its way"

[params.max_days]
default = 0
doc     = "Days for which events may be kept at most; 0: there is no limit, and nothing is asked."
---*/
select
    g.arn as resource,
    g.account_id,
    :max_days > 0 and g.log_group_class <> 'DELIVERY' as applies,
    case
        when g.retention_in_days between 1 and :max_days then 1
        when julianday(clock.started_at) - julianday(g.creation_time) < 1.0 / 24 then null
        when g.retention_in_days is not null then 0
    end as ok,
    case
        when g.log_group_class is null then null
        when g.retention_in_days between 1 and :max_days then 'dropped_in_time'
        when julianday(clock.started_at) - julianday(g.creation_time) < 1.0 / 24 then 'too_new'
        when g.retention_in_days = 0 then 'never_expires'
        when g.retention_in_days > :max_days then 'too_long'
    end as reason,
    iif(g.retention_in_days = 0, 'for ever', 'for ' || g.retention_in_days || ' days')
        || iif(g.retention_policy_name = '', '', ', as the account-level policy ' || g.retention_policy_name || ' says') as kept,
    -- Where an account-level policy is in force, a setting of the group's own changes nothing.
    iif(
        g.retention_policy_name = '',
        'put-retention-policy --region ' || g.region || ' --log-group-name ' || g.name || ' --retention-in-days '
            || coalesce(
                (
                    select max(v.value)
                    from json_each(
                        '[1,3,5,7,14,30,60,90,120,150,180,365,400,545,731,1096,1827,2192,2557,2922,3288,3653]'
                    ) as v
                    where v.value <= :max_days
                ),
                1
            ),
        'put-account-policy --region ' || g.region || ' --policy-type RETENTION_POLICY --policy-name ' || g.retention_policy_name
            || ' --policy-document file://policy.json'
    ) as change,
    g.name, g.retention_in_days, g.retention_policy_name, g.log_group_class, g.creation_time, g.stored_bytes
from aws_cloudwatch_log_group as g
cross join snapshot as clock
