/*---
title    = "Console user without a second factor"
severity = "high"
leg      = "configured"
family   = "user-mfa"
message  = "{name} signs in to the console with a password alone: no second factor is registered"
why      = """
A console password is a secret that people type, reuse and give away to convincing web pages. Without a second factor it is all
that stands between the internet and whatever the user may do, and a sign-in from a stranger looks like any other. A registered
device makes a stolen password useless by itself."""
fix      = "aws iam enable-mfa-device --user-name {name} --serial-number MFA_DEVICE_ARN --authentication-code1 CODE_1 --authentication-code2 CODE_2"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
]

[frameworks]
fsbp = ["IAM.5"]
"cis-3.0" = ["1.10"]
"cis-5.0" = ["1.9"]
nist-800-53r5 = ["AC-2(1)", "AC-3(15)", "IA-2(1)", "IA-2(2)", "IA-2(6)", "IA-2(8)"]
"pci-dss-4.0.1" = ["8.4.2"]
---*/
select
    c.arn as resource,
    c.account_id,
    c.has_console_password as applies,
    c.mfa_device_count > 0 as ok,
    c.name, c.has_console_password, c.mfa_device_count
from aws_iam_user_credentials as c
