/*---
title    = "Root user without a second factor"
severity = "critical"
leg      = "configured"
family   = "root-user-mfa"
message  = "The root user of account {account} signs in with a password alone: it has no second factor"
why      = """
The root user can do everything and no policy of the account stops it, so its password must not be enough to become it.
Passwords leak, are guessed and are reset through mailboxes that others can read; a second factor turns each of these into a
failed attempt. A member account whose root user never got a password, or whose password was deleted centrally, has nothing to
protect here."""
fix      = "aws sts assume-root --region us-east-1 --target-principal {account} --task-policy-arn arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials  # then: aws iam delete-login-profile; without an organisation, add a device in the console"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html",
]

[frameworks]
"cis-3.0" = ["1.5"]
"cis-5.0" = ["1.4"]
nist-800-53r5 = ["AC-2(1)", "AC-3(15)", "IA-2(1)", "IA-2(2)", "IA-2(6)", "IA-2(8)"]
"pci-dss-4.0.1" = ["8.4.2"]

[reasons]
no_second_factor = "the root user has a password and no second factor"
password_not_told = "there is no second factor, and the credential report does not say whether the root user has a password"
---*/
select
    s.arn as resource,
    s.account_id,
    case
        -- There is no root user that could sign in to a console.
        when s.arn glob 'arn:aws-us-gov:*' then 0
        when s.root_mfa_enabled = 1 then 1
        when r.password_enabled = 0 then 0
        when r.password_enabled = 1 then 1
        -- Older reports do not say it; a password that was used or changed is there.
        when r.password_last_used <> '' or r.password_last_changed <> '' then 1
    end as applies,
    -- Without a second factor it is the password that decides.
    case
        when s.root_mfa_enabled = 1 then 1
        when r.password_enabled = 1 or r.password_last_used <> '' or r.password_last_changed <> '' then s.root_mfa_enabled
    end as ok,
    case
        when s.root_mfa_enabled = 0 and (r.password_enabled = 1 or r.password_last_used <> '' or r.password_last_changed <> '')
            then 'no_second_factor'
        when s.root_mfa_enabled = 0 and r.password_enabled is null then 'password_not_told'
    end as reason,
    s.root_mfa_enabled, r.password_enabled, r.password_last_used
from aws_iam_account_summary as s
left join aws_iam_credential_report as r on r.account_id = s.account_id and r.is_root
