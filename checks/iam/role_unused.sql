/*---
title    = "Role that nobody uses"
severity = "low"
leg      = "working"
family   = "role-use"
message  = "{name} was not used for {days} days: {meaning}"
why      = """
A role that nobody uses keeps its permissions and its trust: whoever is allowed to assume it still is, and nobody would miss it
if it did something new. Roles pile up when stacks, trials and vendors go, and each of them makes the review of the rest
harder. AWS keeps track of the last use for 400 days, so a role can be deleted on evidence instead of courage."""
fix      = "{take_apart}aws iam delete-role --role-name {name}"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_delete.html",
]

[reasons]
unused     = "the last use was on {last_used_date}, in {last_used_region}"
unused_role = "there is no use in the 400 days that AWS keeps track"
beyond_tracking = "AWS keeps track for 400 days only, which is less than {days}"

[params.days]
default = 90
doc     = "Days without use after which a role counts as unused; a younger role is left in peace. AWS keeps track for 400 days."
---*/
with role as (
    select
        r.*,
        julianday(clock.started_at) - julianday(r.create_date) as age_days,
        julianday(clock.started_at) - julianday(r.last_used_date) as idle_days
    from aws_iam_role as r
    cross join snapshot as clock
    -- Nobody but AWS can delete these.
    where not r.is_service_linked and r.path not glob '/aws-reserved/*'
)
select
    r.arn as resource,
    r.account_id,
    case
        when r.last_used_date <> '' then r.idle_days <= :days
        when r.age_days <= :days then 1
        when r.age_days > :days and :days <= 400 then 0
    end as ok,
    case
        when r.last_used_date <> '' then iif(r.idle_days > :days, 'unused', null)
        when r.age_days > :days then iif(:days <= 400, 'unused_role', 'beyond_tracking')
    end as reason,
    r.name, r.path, r.create_date, r.last_used_date, r.last_used_region, r.attached_policy_arns, r.inline_policy_names,
    r.instance_profile_arns,
    coalesce(
        (
            select group_concat('aws iam detach-role-policy --role-name ' || r.name || ' --policy-arn ' || p.value || ' && ', '')
            from json_each(r.attached_policy_arns) as p
        ),
        ''
    ) || coalesce(
        (
            select group_concat('aws iam delete-role-policy --role-name ' || r.name || ' --policy-name ' || p.value || ' && ', '')
            from json_each(r.inline_policy_names) as p
        ),
        ''
    ) || coalesce(
        (
            select group_concat(
                'aws iam remove-role-from-instance-profile --role-name ' || r.name || ' --instance-profile-name '
                    || replace(p.value, rtrim(p.value, replace(p.value, '/', '')), '') || ' && ',
                ''
            )
            from json_each(r.instance_profile_arns) as p
        ),
        ''
    ) as take_apart
from role as r
