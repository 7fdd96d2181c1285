/*---
title    = "Access key that nobody uses"
severity = "medium"
leg      = "working"
family   = "access-keys"
volatile = ["last_used_date"]
message  = "{name} has active access keys that nobody used for {days} days: {unused_keys}"
why      = """
An access key works until somebody deactivates it, wherever a copy of it lies: in an old laptop, a build log, a container
image. One that nobody uses serves only whoever finds it, and nobody would notice. AWS tells when each key was used last, so an
unused one can be deactivated without a guess, and activated again if somebody complains."""
fix      = "aws iam update-access-key --user-name {name} --access-key-id {first_unused_key} --status Inactive"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
]

[frameworks]
fsbp = ["IAM.8"]
nist-800-53r5 = ["AC-2", "AC-2(1)", "AC-2(3)", "AC-3", "AC-3(15)", "AC-3(7)", "AC-6"]
"pci-dss-4.0.1" = ["8.2.6"]

[reasons]
unused     = "it was used once, and not any more"
never_used = "it was never used"

[params.days]
default = 90
doc     = "Days without use after which an active access key counts as unused; a younger key is left in peace."
---*/
with access_key as (
    select
        k.arn, k.account_id, k.access_key_id, k.last_used_date,
        k.status = 'Active' as is_active,
        -- A key cannot be unused for longer than it exists.
        k.status = 'Active'
            and julianday(clock.started_at) - julianday(k.create_date) > :days
            and iif(k.last_used_date = '', 1, julianday(clock.started_at) - julianday(k.last_used_date) > :days) as is_unused
    from aws_iam_access_key as k
    cross join snapshot as clock
),
judged as (
    select
        c.arn, c.account_id, c.name, c.access_key_count,
        coalesce(max(k.is_active), 0)
            or iif(c.access_key_count is null or count(k.is_active) < count(k.access_key_id), null, 0) as has_active,
        coalesce(max(k.is_unused), 0)
            or iif(c.access_key_count is null or count(k.is_unused) < count(k.access_key_id), null, 0) as has_unused,
        max(k.is_unused and k.last_used_date <> '') as was_used,
        json_group_array(k.access_key_id) filter (where k.is_unused) as unused_keys,
        min(k.access_key_id) filter (where k.is_unused) as first_unused_key,
        max(k.last_used_date) filter (where k.is_unused) as last_used_date
    from aws_iam_user_credentials as c
    left join access_key as k on k.arn = c.arn and k.account_id = c.account_id
    group by c.arn, c.account_id
)
select
    u.arn as resource,
    u.account_id,
    u.has_active as applies,
    not u.has_unused as ok,
    iif(u.has_unused, iif(u.was_used, 'unused', 'never_used'), null) as reason,
    u.name, u.access_key_count, u.unused_keys, u.first_unused_key, u.last_used_date
from judged as u
