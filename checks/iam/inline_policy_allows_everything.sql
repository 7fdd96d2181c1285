/*---
title    = "Inline policy that allows everything"
severity = "high"
leg      = "configured"
family   = "iam-admin"
message  = "The inline policy {first_policy} of the {principal_type} {principal} allows every action on every resource"
why      = """
An inline policy lives inside of its user, group or role: no list of policies shows it, it has no versions, and nothing warns
when it is written. One that allows everything makes an administrator whom a look at the attached policies does not find.
Whoever takes over the principal has the account."""
fix      = "aws iam delete-{principal_type}-policy --{principal_type}-name {principal} --policy-name {first_policy}"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
]

[fixes]
on_permission_set = "aws sso-admin delete-inline-policy-from-permission-set --instance-arn INSTANCE_ARN --permission-set-arn PERMISSION_SET_ARN"

[frameworks]
soc2 = ["CC6.3"]

[reasons]
on_user  = "it is on a user"
on_group = "it is on a group, and so on everybody in it"
on_role  = "it is on a role"
on_permission_set = "it is on a role that IAM Identity Center made from a permission set, and is written there"
---*/
with policy as (
    select
        i.arn, i.account_id, i.principal_type, i.name,
        exists (
            select 1
            from aws_iam_inline_policy_statement as s
            where s.arn = i.arn and s.account_id = i.account_id and s.policy_name = i.name and s.effect = 'Allow'
                and exists (select 1 from json_each(s.actions) as a where replace(a.value, '*', '') in ('', ':'))
                and exists (select 1 from json_each(s.resources) as r where replace(r.value, '*', '') = '')
                -- An empty block of conditions counts as none.
                and not exists (select 1 from json_each(s.condition) as block where block.value <> '{}')
        ) or iif(i.statement_count is null, null, 0) as allows_everything
    from aws_iam_inline_policy as i
),
judged as (
    select
        p.arn, p.account_id, p.principal_type,
        coalesce(max(p.allows_everything), 0) or iif(count(p.allows_everything) < count(*), null, 0) as allows_everything,
        min(p.name) filter (where p.allows_everything) as first_policy,
        json_group_array(p.name) filter (where p.allows_everything) as policies
    from policy as p
    group by p.arn, p.account_id
)
select
    j.arn as resource,
    j.account_id,
    not j.allows_everything as ok,
    case
        when not j.allows_everything then null
        when j.arn glob '*:role/aws-reserved/sso.amazonaws.com/*' then 'on_permission_set'
        when j.allows_everything then 'on_' || j.principal_type
    end as reason,
    j.principal_type, j.first_policy, j.policies,
    -- What the ARN ends in.
    replace(j.arn, rtrim(j.arn, replace(j.arn, '/', '')), '') as principal
from judged as j
