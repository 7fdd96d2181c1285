/*---
title    = "Role of a workload that nothing denies IAM"
severity = "medium"
leg      = "configured"
family   = "role-fence"
message  = "{name} is not denied all of iam:*, organizations:* and account:*: {meaning}; {runner} runs as it"
why      = """
Code that processes payments has no business with users, roles, policies, accounts or the organization. That a role is allowed
little is a statement about today: the next policy that somebody attaches, or that a construct writes, opens it again, and
nothing objects. An explicit deny without a condition wins over every allow, today's and next year's, so whoever takes over the
function gets no further than the function. A service that must pass a role on cannot have this fence: give that one task a role
of its own."""
fix      = "aws iam put-role-policy --role-name {name} --policy-name fence --policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":[\"iam:*\",\"organizations:*\",\"account:*\"],\"Resource\":\"*\"}]}'"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
]

[frameworks]
nist-800-53r5 = ["AC-3", "AC-5", "AC-6", "AC-6(10)", "AC-6(2)"]
soc2 = ["CC6.1", "CC6.3"]

[reasons]
explicit_deny      = "its own policies or its boundary deny all three on everything"
scp_deny           = "service control policies above the account complete the deny"
implicit_only      = "nothing allows them now, and nothing denies them either"
privileged         = "nothing denies them, and some of them are allowed ({allowed})"
perhaps_privileged = "nothing denies them, and whether some are allowed hangs on conditions"
partial_deny       = "a deny is there and does not cover them: {escapes} escape it"
no_deny_in_account = "no policy of the account denies them, and the service control policies above it could not be read"

[params.count_scps]
default = 1
doc     = "1: a deny in service control policies counts; 0: it must stand in the account's own policies, whatever stands above."
---*/
with used as (
    select
        w.arn, w.account_id, min(w.used_by) as used_by_first, count(*) as uses,
        coalesce(max(w.is_live), 0) or iif(count(w.is_live) < count(*), null, 0) as is_live
    from aws_iam_workload_role as w
    where w.is_live or w.is_live is null
    group by w.arn, w.account_id
),
fence as (
    select
        n.arn, n.account_id,
        coalesce(min(n.is_denied), 1) and iif(count(n.is_denied) < count(*), null, 1) as is_denied,
        coalesce(min(n.is_denied_in_account), 1) and iif(count(n.is_denied_in_account) < count(*), null, 1) as is_denied_in_account,
        coalesce(max(n.has_deny), 0) or iif(count(n.has_deny) < count(*), null, 0) as has_deny,
        coalesce(max(n.is_allowed), 0) or iif(count(n.is_allowed) < count(*), null, 0) as is_allowed,
        sum(n.escaping_action_count) as escaping_action_count
    from aws_iam_namespace_permission as n
    where n.namespace in ('iam', 'organizations', 'account') and n.principal_type = 'role'
    group by n.arn, n.account_id
),
judged as (
    select
        r.arn, r.account_id, r.name, r.permissions_boundary_arn, u.used_by_first, u.uses, u.is_live,
        f.is_denied_in_account, f.has_deny, f.is_allowed, f.escaping_action_count, m.organization_id,
        iif(:count_scps, f.is_denied, f.is_denied_in_account) as is_denied
    from aws_iam_role as r
    join used as u on u.arn = r.arn and u.account_id = r.account_id
    left join fence as f on f.arn = r.arn and f.account_id = r.account_id
    left join aws_organizations_membership as m on m.account_id = r.account_id
    -- Nobody but AWS can change the others.
    where not r.is_service_linked and r.path not glob '/aws-reserved/*'
)
select
    j.arn as resource,
    j.account_id,
    j.is_denied as ok,
    j.is_live as applies,
    case
        when j.is_denied then iif(j.is_denied_in_account = 0, 'scp_deny', 'explicit_deny')
        when j.is_denied = 0 then case
            when j.has_deny then 'partial_deny'
            when j.is_allowed then 'privileged'
            when j.is_allowed = 0 then 'implicit_only'
            else 'perhaps_privileged'
        end
        when j.is_denied_in_account = 0 then 'no_deny_in_account'
    end as reason,
    case
        when j.is_denied = 0 and not coalesce(j.has_deny, 0) and j.is_allowed then 'high'
        when j.is_denied = 0 and not coalesce(j.has_deny, 0) and j.is_allowed = 0 then 'low'
        else 'medium'
    end as severity,
    j.name, j.used_by_first, j.uses,
    -- What the ARN ends in.
    replace(j.used_by_first, rtrim(j.used_by_first, replace(replace(j.used_by_first, ':', ''), '/', '')), '') as runner, j.permissions_boundary_arn, j.organization_id, j.escaping_action_count,
    coalesce((
        select group_concat(value, ', ')
        from (
            select iif(e.value glob '*:[*]', 'whatever AWS adds to ' || n.namespace, e.value) as value
            from aws_iam_namespace_permission as n, json_each(n.escaping_actions) as e
            where n.arn = j.arn and n.account_id = j.account_id and n.namespace in ('iam', 'organizations', 'account')
            order by e.value glob '*:[*]', n.namespace <> 'iam', e.value
            limit 6
        )
    ), '') || iif(j.escaping_action_count > 6, ' and ' || (j.escaping_action_count - 6) || ' more', '') as escapes,
    coalesce((
        select group_concat(value, ', ')
        from (
            select a.value
            from aws_iam_namespace_permission as n, json_each(n.allowed_actions) as a
            where n.arn = j.arn and n.account_id = j.account_id and n.namespace in ('iam', 'organizations', 'account')
            order by a.value
            limit 6
        )
    ), '') as allowed
from judged as j
