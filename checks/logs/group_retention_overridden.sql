/*---
title    = "Log group whose own retention is not in force"
severity = "info"
leg      = "configured"
family   = "log-retention-policy"
message  = "{name} keeps its events {kept}: the account-level policy {retention_policy_name} says so, whatever the group says"
why      = """
While an account-level retention policy holds for a group, the group's own setting has no effect. PutRetentionPolicy still
answers with success, so a template that sets a retention deploys, and looks as if it had been obeyed. Whoever wants another
number has to change the policy, or what it selects."""
fix      = "aws logs describe-account-policies --region {region} --policy-type RETENTION_POLICY --policy-name {retention_policy_name}"
references = [
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
]

[frameworks]
soc2 = ["CC7.2"]

[reasons]
own_setting                  = "its own setting is in force"
overridden_by_account_policy = "an account-level policy is in force; PutRetentionPolicy on the group has no effect"
---*/
select
    g.arn as resource,
    g.account_id,
    g.log_group_class <> 'DELIVERY' as applies,
    g.retention_policy_name = '' as ok,
    case
        when g.log_group_class is null then null
        when g.retention_policy_name = '' then 'own_setting'
        else 'overridden_by_account_policy'
    end as reason,
    iif(g.retention_in_days = 0, 'for ever', 'for ' || g.retention_in_days || ' days') as kept,
    g.name, g.retention_in_days, g.retention_policy_name, g.log_group_class
from aws_cloudwatch_log_group as g
