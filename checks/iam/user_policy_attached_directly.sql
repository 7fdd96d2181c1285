/*---
title    = "User with permissions of its own"
severity = "low"
leg      = "configured"
family   = "user-policies"
message  = "{name} has permissions of its own instead of a group's: {policies}"
why      = """
Permissions that hang on single users drift apart: nobody can say any more what a job needs, and whoever changes teams keeps
what the old one needed. On a group they are granted and taken back for everybody at once, and the list of members answers who
may do what. Policies that only deny are not meant: a quarantine belongs on the user."""
fix      = "aws iam detach-user-policy --user-name {name} --policy-arn {first_policy}"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html",
]

[fixes]
inline = "aws iam delete-user-policy --user-name {name} --policy-name {first_policy}"

[frameworks]
fsbp = ["IAM.2"]
"cis-3.0" = ["1.15"]
"cis-5.0" = ["1.14"]
nist-800-53r5 = ["AC-2", "AC-2(1)", "AC-3", "AC-3(15)", "AC-3(7)", "AC-6", "AC-6(3)"]

[reasons]
managed     = "a managed policy is attached to the user itself"
inline      = "an inline policy is on the user itself"
only_denies = "the policies on the user itself only deny"
---*/
with own_policy as (
    select
        u.arn, u.account_id, listed.value as policy, 'managed' as kind,
        exists (
            select 1
            from aws_iam_policy_statement as s
            where s.arn = p.arn and s.account_id = p.account_id and s.effect = 'Allow'
        ) or iif(p.statement_count is null, null, 0) as allows
    from aws_iam_user as u
    join json_each(u.attached_policy_arns) as listed
    left join aws_iam_policy as p on p.arn = listed.value and p.account_id = u.account_id
    union all
    select
        u.arn, u.account_id, listed.value, 'inline',
        exists (
            select 1
            from aws_iam_inline_policy_statement as s
            where s.arn = i.arn and s.account_id = i.account_id and s.policy_name = i.name and s.effect = 'Allow'
        ) or iif(i.statement_count is null, null, 0)
    from aws_iam_user as u
    join json_each(u.inline_policy_names) as listed
    left join aws_iam_inline_policy as i on i.arn = u.arn and i.account_id = u.account_id and i.name = listed.value
),
judged as (
    select
        u.arn, u.account_id, u.name, u.groups,
        coalesce(max(o.allows), 0) or iif(count(o.allows) < count(o.policy), null, 0) as allows,
        count(o.policy) as policy_count,
        max(o.allows and o.kind = 'managed') as has_managed,
        json_group_array(o.policy) filter (where o.allows) as policies,
        min(o.policy) filter (where o.allows and o.kind = 'managed') as first_managed,
        min(o.policy) filter (where o.allows and o.kind = 'inline') as first_inline
    from aws_iam_user as u
    left join own_policy as o on o.arn = u.arn and o.account_id = u.account_id
    group by u.arn, u.account_id
)
select
    j.arn as resource,
    j.account_id,
    not j.allows as ok,
    case
        when j.allows then iif(j.has_managed, 'managed', 'inline')
        when not j.allows and j.policy_count > 0 then 'only_denies'
    end as reason,
    j.name, j.groups, j.policies, coalesce(j.first_managed, j.first_inline) as first_policy
from judged as j
