/*---
title    = "User who is an administrator"
severity = "high"
leg      = "configured"
family   = "iam-admin"
message  = "{name} is an administrator: AdministratorAccess is attached to {attached_to}"
why      = """
A user's password and access keys stay the same until somebody changes them. With AdministratorAccess on the user or on one of
its groups, each of them is the whole account, for as long as it exists. Administrators should take on a role for the hour in
which they need it, with credentials that expire and with a second factor."""
fix      = "aws iam detach-user-policy --user-name {name} --policy-arn {policy_arn}"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html",
]

[fixes]
by_group = "aws iam remove-user-from-group --user-name {name} --group-name {group_name}"

[frameworks]
soc2 = ["CC6.3"]

[reasons]
attached = "the policy is attached to the user itself"
by_group = "the policy is attached to a group that the user is in"
group_not_listed = "the user is in a group that the list of groups does not have"
---*/
with judged as (
    select
        u.*,
        (
            select min(p.value)
            from json_each(u.attached_policy_arns) as p
            where p.value glob '*:iam::aws:policy/AdministratorAccess'
        ) as own_policy,
        (
            select min(g.name)
            from json_each(u.groups) as member
            join aws_iam_group as g on g.name = member.value and g.account_id = u.account_id
            join json_each(g.attached_policy_arns) as p
            where p.value glob '*:iam::aws:policy/AdministratorAccess'
        ) as group_name,
        exists (
            select 1
            from json_each(u.groups) as member
            where not exists (select 1 from aws_iam_group as g where g.name = member.value and g.account_id = u.account_id)
        ) as has_unknown_group
    from aws_iam_user as u
)
select
    j.arn as resource,
    j.account_id,
    case
        when j.own_policy is not null or j.group_name is not null then 0
        when j.has_unknown_group then null
        else 1
    end as ok,
    case
        when j.own_policy is not null then 'attached'
        when j.group_name is not null then 'by_group'
        when j.has_unknown_group then 'group_not_listed'
    end as reason,
    -- A boundary may take away most of it; what it leaves is not weighed here.
    iif(j.permissions_boundary_arn = '', 'high', 'medium') as severity,
    iif(j.own_policy is not null, 'the user itself', 'the group ' || j.group_name) as attached_to,
    j.name, j.groups, j.group_name, j.permissions_boundary_arn, j.own_policy as policy_arn
from judged as j
