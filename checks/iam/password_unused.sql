/*---
title    = "Console password that nobody uses"
severity = "low"
leg      = "working"
family   = "user-passwords"
message  = "{name} has a console password that was not used for {days} days: {meaning}"
why      = """
A console password that nobody uses is a way in that nobody watches: its owner has left, changed teams or signs in by
federation now, and would not notice a stranger's sign-in. AWS tells when a password was used last. Deleting it leaves the user
and its access keys as they are, and a new password is set in a minute."""
fix      = "aws iam delete-login-profile --user-name {name}"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html",
]

[frameworks]
fsbp = ["IAM.8"]
nist-800-53r5 = ["AC-2", "AC-2(1)", "AC-2(3)", "AC-3", "AC-3(15)", "AC-3(7)", "AC-6"]
"pci-dss-4.0.1" = ["8.2.6"]

[reasons]
unused     = "the last sign-in was on {password_last_used}"
never_used = "nobody ever signed in with it"

[params.days]
default = 90
doc     = "Days without a sign-in after which a console password counts as unused; a younger password is left in peace."
---*/
with line as (
    select
        r.*,
        -- A password cannot be unused for longer than it exists. Where AWS does not say since when it does, the user's age holds.
        case
            when r.password_last_used <> '' or r.password_last_changed <> ''
                then max(r.password_last_used, r.password_last_changed)
            else r.user_creation_time
        end as since
    from aws_iam_credential_report as r
    where not r.is_root
)
select
    l.arn as resource,
    l.account_id,
    l.password_enabled as applies,
    julianday(clock.started_at) - julianday(l.since) <= :days as ok,
    iif(
        julianday(clock.started_at) - julianday(l.since) > :days,
        iif(l.password_last_used = '', 'never_used', 'unused'),
        null
    ) as reason,
    l.name, l.password_last_used, l.password_last_changed, l.user_creation_time, l.generated_time
from line as l
cross join snapshot as clock
