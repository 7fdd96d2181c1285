/*---
title    = "Workload that can give itself more than it has"
severity = "high"
leg      = "configured"
family   = "role-escalation"
message  = "{name}, as which {runner} runs, can reach more than it is allowed by {path_count} known way(s): {paths}"
why      = """
Each of these permissions looks harmless in a list, and together they are a ladder: a role that may pass a stronger role to a new
function and call it may do what that role may do; one that may write its own policy may do everything. Tools that read one
policy at a time do not see it when the steps stand in two. Whoever takes over the workload climbs it within minutes."""
fix      = "aws iam put-role-policy --role-name {name} --policy-name no-escalation --policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":[{denied}],\"Resource\":\"*\"}]}'"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    "https://github.com/DataDog/pathfinding.cloud",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
]

[frameworks]
nist-800-53r5 = ["AC-3", "AC-5", "AC-6", "AC-6(10)", "AC-6(2)"]
soc2 = ["CC3.3", "CC6.3"]

[reasons]
privesc   = "every step of the way is allowed, and there is something at its end"
undecided = "every step may be allowed: that hangs on conditions, on the organization's policies, or on what could not be read"
---*/
with used as (
    select
        w.arn, w.account_id, min(w.used_by) as used_by_first, count(*) as uses,
        coalesce(max(w.is_live), 0) or iif(count(w.is_live) < count(*), null, 0) as is_live
    from aws_iam_workload_role as w
    where w.is_live or w.is_live is null
    group by w.arn, w.account_id
),
way as (
    select
        p.arn, p.account_id,
        coalesce(max(p.is_open), 0) or iif(count(p.is_open) < count(*), null, 0) as is_open,
        coalesce(max(p.is_open and p.is_to_the_top), 0) as is_to_the_top,
        count(*) filter (where p.is_open) as path_count,
        min(p.path) filter (where p.is_open) as first_path,
        min(p.path) filter (where p.is_open is null) as first_undecided_path
    from aws_iam_escalation_path as p
    where p.principal_type = 'role'
    group by p.arn, p.account_id
),
judged as (
    select
        r.arn, r.account_id, r.name, u.used_by_first, u.uses, u.is_live, m.organization_id,
        w.is_open, w.is_to_the_top, w.path_count, w.first_path, w.first_undecided_path,
        a.is_allowed_whole and i.is_allowed_whole as is_admin
    from aws_iam_role as r
    join used as u on u.arn = r.arn and u.account_id = r.account_id
    left join way as w on w.arn = r.arn and w.account_id = r.account_id
    left join aws_iam_namespace_permission as a on a.arn = r.arn and a.account_id = r.account_id and a.namespace = '*'
    left join aws_iam_namespace_permission as i on i.arn = r.arn and i.account_id = r.account_id and i.namespace = 'iam'
    left join aws_organizations_membership as m on m.account_id = r.account_id
    where not r.is_service_linked and r.path not glob '/aws-reserved/*'
)
select
    j.arn as resource,
    j.account_id,
    not j.is_open as ok,
    -- An administrator has nowhere to climb, and a check of its own.
    j.is_live and iif(j.is_open = 0, 1, not j.is_admin) as applies,
    case when j.is_open then 'privesc' when j.is_open is null then 'undecided' end as reason,
    iif(j.is_to_the_top, 'critical', 'high') as severity,
    j.name, j.used_by_first, j.uses,
    -- What the ARN ends in.
    replace(j.used_by_first, rtrim(j.used_by_first, replace(replace(j.used_by_first, ':', ''), '/', '')), '') as runner, j.path_count, j.first_path, j.first_undecided_path, j.organization_id,
    (
        select group_concat(path, ', ')
        from (
            select p.path
            from aws_iam_escalation_path as p
            where p.arn = j.arn and p.account_id = j.account_id and p.is_open
            order by p.is_to_the_top desc, p.path
            limit 4
        )
    ) || iif(j.path_count > 4, ' and ' || (j.path_count - 4) || ' more', '') as paths,
    (
        select p.targets
        from aws_iam_escalation_path as p
        where p.arn = j.arn and p.account_id = j.account_id and p.path = j.first_path
    ) as targets,
    '"' || replace(j.first_path, '+', '", "') || '"' as denied
from judged as j
