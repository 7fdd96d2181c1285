/*---
title    = "Log group whose key cannot be used"
severity = "high"
leg      = "working"
family   = "log-encryption"
message  = "{name} is encrypted with a key that cannot be used: {meaning}{until}"
why      = """
CloudWatch Logs needs the key to write and to read. When it is disabled or waits for its deletion, nobody can read what the
group holds, and what is sent to it may be lost. Once the key is gone for good, so is every event that was encrypted with it;
until then it takes one command to get it back."""
fix      = "aws kms enable-key --region {region} --key-id {kms_key_id}"
references = [
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html",
]

[frameworks]
soc2 = ["CC7.2"]

[fixes]
key_pending_deletion = "aws kms cancel-key-deletion --region {region} --key-id {kms_key_id} && aws kms enable-key --region {region} --key-id {kms_key_id}"
key_missing = "aws logs associate-kms-key --region {region} --log-group-name {name} --kms-key-id KEY_ARN"
key_unavailable = "aws kms describe-key --region {region} --key-id {kms_key_id}"

[reasons]
key_enabled          = "its key is enabled"
key_disabled         = "the key is disabled"
key_pending_deletion = "the key waits for its deletion"
key_missing          = "the key is gone"
key_unavailable      = "the key has no material, or the store that holds it cannot be reached"
key_not_visible      = "its key is in another account, which cannot be seen from here"
---*/
select
    g.arn as resource,
    g.account_id,
    g.kms_key_id <> '' as applies,
    case
        when k.arn is not null then case
            when k.key_state = 'Enabled' then 1
            when k.key_state in ('Disabled', 'PendingDeletion', 'PendingReplicaDeletion', 'PendingImport', 'Unavailable') then 0
        end
        when instr(g.kms_key_id, ':kms:' || g.region || ':' || g.account_id || ':key/') > 0 then 0
    end as ok,
    case
        when k.key_state = 'Enabled' then 'key_enabled'
        when k.key_state = 'Disabled' then 'key_disabled'
        when k.key_state in ('PendingDeletion', 'PendingReplicaDeletion') then 'key_pending_deletion'
        when k.key_state in ('PendingImport', 'Unavailable') then 'key_unavailable'
        when k.arn is not null then null
        when instr(g.kms_key_id, ':kms:' || g.region || ':' || g.account_id || ':key/') > 0 then 'key_missing'
        else 'key_not_visible'
    end as reason,
    iif(k.key_state = 'PendingDeletion' and k.deletion_date <> '', ' on ' || substr(k.deletion_date, 1, 10), '') as until,
    g.name, g.kms_key_id, k.key_state, k.deletion_date, k.aliases, g.stored_bytes
from aws_cloudwatch_log_group as g
left join aws_kms_key as k on k.arn = g.kms_key_id and k.account_id = g.account_id
