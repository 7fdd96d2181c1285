/*---
title    = "Log group without a key of its own"
severity = "medium"
leg      = "configured"
family   = "log-encryption"
message  = "{name} is encrypted with CloudWatch Logs' own key only"
why      = """
CloudWatch Logs encrypts every group with a key that AWS holds: whoever may read the group reads it, and nobody else is asked. With
a key of the team's own there is a second lock, each use of it is written down, and what the group holds can be made unreadable at
once."""
fix      = "aws logs associate-kms-key --region {region} --log-group-name {name} --kms-key-id KEY_ARN"
references = [
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html",
]

[frameworks]
soc2 = ["CC6.1"]

[reasons]
own_key = "it is encrypted with a key that the team chose"
no_cmk  = "no key was chosen for it"

[params.key_required]
default = false
doc     = "Whether a key of the team's own was agreed; usually set by a rule for groups with a tag."
---*/
select
    g.arn as resource,
    g.account_id,
    -- The class that only passes events on keeps nothing.
    :key_required and g.log_group_class <> 'DELIVERY' as applies,
    g.kms_key_id <> '' as ok,
    case
        when g.log_group_class is null then null
        when g.kms_key_id = '' then 'no_cmk'
        else 'own_key'
    end as reason,
    g.name, g.kms_key_id, g.log_group_class, g.stored_bytes
from aws_cloudwatch_log_group as g
