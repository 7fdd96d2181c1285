/*---
title    = "Log group that forgets too soon"
severity = "medium"
leg      = "configured"
family   = "log-retention"
message  = "{name} keeps its events for {retention_in_days} days{as_told}, and {min_days} are asked for"
why      = """
Break-ins and disputes come to light months later, and then the log is the only witness. What CloudWatch Logs has dropped
cannot be got back. The number that counts is the one in force: an account-level retention policy takes the place of a group's
own setting, and a template that sets one still deploys without an error."""
fix      = "aws logs {change}"
references = [
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    "https://docs.aws.amazon.com/config/latest/developerguide/cw-loggroup-retention-period-check.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html",
]

[frameworks]
"nist-800-53r5" = ["AU-6(3)", "AU-6(4)", "AU-10", "AU-11", "CA-7", "SI-12"]
"pci-dss-4.0.1" = ["10.5.1"]
soc2 = ["CC7.2", "CC7.3"]

[reasons]
kept_long_enough             = "it keeps its events for as long as is asked for, or longer"
never_expires_is_long_enough = "its events never expire"
too_short                    = "it drops its events sooner than is allowed"
too_new                      = "it is younger than an hour: its retention may still be on its way"

[params.min_days]
default = 365
doc     = "Days for which events must be kept at least. CloudWatch Logs knows some numbers only: seven years are 2557."
---*/
select
    g.arn as resource,
    g.account_id,
    -- The class fixes its own retention.
    g.log_group_class <> 'DELIVERY' as applies,
    case
        when g.retention_in_days = 0 or g.retention_in_days >= :min_days then 1
        when julianday(clock.started_at) - julianday(g.creation_time) < 1.0 / 24 then null
        else g.retention_in_days >= :min_days
    end as ok,
    case
        when g.log_group_class is null then null
        when g.retention_in_days = 0 then 'never_expires_is_long_enough'
        when g.retention_in_days >= :min_days then 'kept_long_enough'
        when julianday(clock.started_at) - julianday(g.creation_time) < 1.0 / 24 then 'too_new'
        when g.retention_in_days < :min_days then 'too_short'
    end as reason,
    iif(g.retention_policy_name = '', '', ', as the account-level policy ' || g.retention_policy_name || ' says') as as_told,
    -- Where an account-level policy is in force, a setting of the group's own changes nothing.
    iif(
        g.retention_policy_name = '',
        'put-retention-policy --region ' || g.region || ' --log-group-name ' || g.name || ' --retention-in-days '
            || coalesce(
                (
                    select min(v.value)
                    from json_each(
                        '[1,3,5,7,14,30,60,90,120,150,180,365,400,545,731,1096,1827,2192,2557,2922,3288,3653]'
                    ) as v
                    where v.value >= :min_days
                ),
                3653
            ),
        'put-account-policy --region ' || g.region || ' --policy-type RETENTION_POLICY --policy-name ' || g.retention_policy_name
            || ' --policy-document file://policy.json'
    ) as change,
    g.name, g.retention_in_days, g.retention_policy_name, g.log_group_class, g.creation_time, g.stored_bytes
from aws_cloudwatch_log_group as g
cross join snapshot as clock
