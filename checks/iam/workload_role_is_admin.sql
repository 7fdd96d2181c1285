/*---
title    = "Workload that runs as an administrator"
severity = "critical"
leg      = "configured"
family   = "role-admin"
message  = "{name}, as which {runner} runs, may do everything in the account: {allowed_by}"
why      = """
Whoever finds a hole in that code, in one of its libraries or in its build has the account: all data, all backups, the users,
and the trail of what happened. The role's credentials lie in the environment of every process that runs as it, and no second
factor protects them. What the code needs is a list of a dozen actions."""
fix      = "aws iam put-role-permissions-boundary --role-name {name} --permissions-boundary BOUNDARY_POLICY_ARN"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html",
]

[frameworks]
nist-800-53r5 = ["AC-2", "AC-2(1)", "AC-3", "AC-3(15)", "AC-3(7)", "AC-5", "AC-6", "AC-6(10)", "AC-6(2)", "AC-6(3)"]
soc2 = ["CC6.1", "CC6.3"]

[reasons]
admin = "its policies, boundary and organization leave it every action on every resource"
---*/
with used as (
    select
        w.arn, w.account_id, min(w.used_by) as used_by_first, count(*) as uses,
        coalesce(max(w.is_live), 0) or iif(count(w.is_live) < count(*), null, 0) as is_live
    from aws_iam_workload_role as w
    where w.is_live or w.is_live is null
    group by w.arn, w.account_id
),
judged as (
    select
        r.arn, r.account_id, r.name, u.used_by_first, u.uses, u.is_live, r.permissions_boundary_arn, a.allowed_by as policies,
        -- Everything but IAM is a power user's, not an administrator's.
        a.is_allowed_whole and i.is_allowed_whole as is_admin
    from aws_iam_role as r
    join used as u on u.arn = r.arn and u.account_id = r.account_id
    left join aws_iam_namespace_permission as a on a.arn = r.arn and a.account_id = r.account_id and a.namespace = '*'
    left join aws_iam_namespace_permission as i on i.arn = r.arn and i.account_id = r.account_id and i.namespace = 'iam'
    where not r.is_service_linked and r.path not glob '/aws-reserved/*'
)
select
    j.arn as resource,
    j.account_id,
    not j.is_admin as ok,
    j.is_live as applies,
    iif(j.is_admin, 'admin', null) as reason,
    j.name, j.used_by_first, j.uses,
    -- What the ARN ends in.
    replace(j.used_by_first, rtrim(j.used_by_first, replace(replace(j.used_by_first, ':', ''), '/', '')), '') as runner, j.permissions_boundary_arn,
    (select group_concat(p.value, ', ') from json_each(j.policies) as p) as allowed_by
from judged as j
