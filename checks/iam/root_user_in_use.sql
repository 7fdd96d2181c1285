/*---
title    = "Root user in use"
severity = "medium"
leg      = "working"
family   = "root-user"
volatile = ["last_used"]
message  = "The root user of account {account} was at work on {last_used}, less than {days} days ago: {meaning}"
why      = """
Hardly anything needs the root user, so its use means that somebody does daily work without any limit, or that somebody has got
hold of it. What it does cannot be narrowed by a policy and is hard to trace to a person. Work that recurs belongs to a role."""
fix      = "aws cloudtrail lookup-events --region us-east-1 --lookup-attributes AttributeKey=Username,AttributeValue=root --max-items 50"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html",
]

[fixes]
access_key_used = "aws iam delete-access-key --access-key-id ROOT_ACCESS_KEY_ID  # with the root user's own credentials"

[frameworks]
"cis-3.0" = ["1.7"]
"cis-5.0" = ["1.6"]

[reasons]
password_used   = "somebody signed in with its password"
access_key_used = "somebody signed a request with one of its access keys"
no_root_line    = "the credential report has no line for the root user"

[params.days]
default = 30
doc     = "Days in which the root user should not have been used."
---*/
with root_user as (
    select
        s.arn, s.account_id,
        r.arn as line_arn, r.password_last_used, r.access_key_1_last_used, r.access_key_2_last_used, r.generated_time,
        -- Times compare as text, and '' (never) is less than any of them.
        max(r.password_last_used, r.access_key_1_last_used, r.access_key_2_last_used) as last_used
    from aws_iam_account_summary as s
    left join aws_iam_credential_report as r on r.account_id = s.account_id and r.is_root
)
select
    u.arn as resource,
    u.account_id,
    iif(u.last_used = '', 1, julianday(clock.started_at) - julianday(u.last_used) > :days) as ok,
    case
        when u.line_arn is null then 'no_root_line'
        when julianday(clock.started_at) - julianday(u.last_used) > :days then ''
        when u.last_used <> '' then iif(u.last_used = u.password_last_used, 'password_used', 'access_key_used')
    end as reason,
    u.last_used, u.password_last_used, u.access_key_1_last_used, u.access_key_2_last_used, u.generated_time
from root_user as u
cross join snapshot as clock
