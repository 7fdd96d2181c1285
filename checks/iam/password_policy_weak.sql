/*---
title    = "Weak password policy"
severity = "medium"
leg      = "configured"
family   = "password-policy"
message  = "Account {account} accepts weak passwords of its users: {meaning}"
why      = """
The password policy is the only thing that keeps a console user from choosing a short password or from going back to one that
leaked. Without a policy AWS asks for eight characters, and any old password will do. A policy holds from the next change of a
password on, so the sooner it is there, the fewer weak ones remain; where nobody signs in with a password, it costs nothing."""
fix      = "aws iam update-account-password-policy --minimum-password-length {wanted_length} --password-reuse-prevention {wanted_reuse} --allow-users-to-change-password{kept_settings}"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html",
]

[frameworks]
"cis-3.0" = ["1.8", "1.9"]
"cis-5.0" = ["1.7", "1.8"]
"pci-dss-4.0.1" = ["8.3.7"]

[reasons]
no_policy     = "there is no password policy, so eight characters are enough and old passwords may come back"
too_short     = "{minimum_password_length} characters are enough, where {min_length} are wanted"
reuse_allowed = "the last {password_reuse_prevention} passwords are refused, where {reuse_prevention} are wanted"
too_short_and_reuse_allowed = """{minimum_password_length} characters are enough, where {min_length} are wanted, and the last \
{password_reuse_prevention} passwords are refused, where {reuse_prevention} are wanted"""

[params.min_length]
default = 14
doc     = "Fewest characters that the policy should ask for."

[params.reuse_prevention]
default = 24
doc     = "Former passwords that the policy should refuse; AWS remembers 24 at the most."
---*/
select
    s.arn as resource,
    s.account_id,
    s.has_password_policy and s.minimum_password_length >= :min_length and s.password_reuse_prevention >= :reuse_prevention as ok,
    case
        when s.has_password_policy = 0 then 'no_policy'
        when s.minimum_password_length < :min_length and s.password_reuse_prevention < :reuse_prevention
            then 'too_short_and_reuse_allowed'
        when s.minimum_password_length < :min_length then 'too_short'
        when s.password_reuse_prevention < :reuse_prevention then 'reuse_allowed'
    end as reason,
    -- Without users the policy waits for the first one.
    iif(s.users = 0, 'low', 'medium') as severity,
    s.has_password_policy, s.minimum_password_length, s.password_reuse_prevention, s.max_password_age, s.users,
    max(coalesce(s.minimum_password_length, 0), :min_length) as wanted_length,
    max(coalesce(s.password_reuse_prevention, 0), :reuse_prevention) as wanted_reuse,
    -- The command replaces the whole policy: what it does not name is off.
    iif(s.require_symbols, ' --require-symbols', '') || iif(s.require_numbers, ' --require-numbers', '')
        || iif(s.require_uppercase, ' --require-uppercase-characters', '')
        || iif(s.require_lowercase, ' --require-lowercase-characters', '')
        || iif(s.max_password_age > 0, ' --max-password-age ' || s.max_password_age, '') as kept_settings
from aws_iam_account_summary as s
