/*---
title    = "Access key that is too old"
severity = "medium"
leg      = "configured"
family   = "access-keys"
volatile = ["oldest_days"]
message  = "{name} has active access keys that are older than {days} days: {old_keys} (the oldest has {oldest_days} days)"
why      = """
An access key has no end: every copy of it that was ever made, in a backup, a shell history or the laptop of a former
colleague, works today. Replacing keys at intervals makes such copies worthless, and proves that they can be replaced on the
day when one has leaked. Where the workload runs in AWS or can sign in by federation, a role makes the key unnecessary."""
fix      = "aws iam create-access-key --user-name {name}  # once the new key is in use: aws iam update-access-key --user-name {name} --access-key-id {oldest_key} --status Inactive"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
]

[frameworks]
fsbp = ["IAM.3"]
"cis-3.0" = ["1.14"]
"cis-5.0" = ["1.13"]
nist-800-53r5 = ["AC-2(1)", "AC-2(3)", "AC-3(15)"]
"pci-dss-4.0.1" = ["8.3.9", "8.6.3"]

[params.days]
default = 90
doc     = "Age in days at which an active access key should have been replaced."
---*/
with access_key as (
    select
        k.arn, k.account_id, k.access_key_id, k.create_date,
        julianday(clock.started_at) - julianday(k.create_date) as age_days,
        k.status = 'Active' as is_active,
        k.status = 'Active' and julianday(clock.started_at) - julianday(k.create_date) > :days as is_old
    from aws_iam_access_key as k
    cross join snapshot as clock
),
judged as (
    select
        c.arn, c.account_id, c.name, c.access_key_count,
        coalesce(max(k.is_active), 0)
            or iif(c.access_key_count is null or count(k.is_active) < count(k.access_key_id), null, 0) as has_active,
        coalesce(max(k.is_old), 0)
            or iif(c.access_key_count is null or count(k.is_old) < count(k.access_key_id), null, 0) as has_old,
        json_group_array(k.access_key_id) filter (where k.is_old) as old_keys,
        min(k.create_date) filter (where k.is_old) as oldest_date,
        cast(max(k.age_days) filter (where k.is_old) as integer) as oldest_days
    from aws_iam_user_credentials as c
    left join access_key as k on k.arn = c.arn and k.account_id = c.account_id
    group by c.arn, c.account_id
)
select
    u.arn as resource,
    u.account_id,
    u.has_active as applies,
    not u.has_old as ok,
    u.name, u.access_key_count, u.old_keys, u.oldest_date, u.oldest_days,
    (
        select k.access_key_id
        from access_key as k
        where k.arn = u.arn and k.account_id = u.account_id and k.is_old
        order by k.create_date, k.access_key_id
        limit 1
    ) as oldest_key
from judged as u
