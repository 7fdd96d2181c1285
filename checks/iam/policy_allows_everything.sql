/*---
title    = "Policy that allows everything"
severity = "high"
leg      = "configured"
family   = "iam-admin"
message  = "{name} allows every action on every resource, and {meaning}"
why      = """
Whoever has this policy can read all data, delete all backups, make further users and switch off what would have recorded it.
One stolen session of such a principal is the whole account. Under a name of the account's own it is also harder to find than
AWS's AdministratorAccess. Attached to nobody it does no harm yet, and is one call away from it."""
fix      = "aws iam create-policy-version --policy-arn {resource} --policy-document file://narrower.json --set-as-default"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html",
]

[fixes]
not_attached = "aws iam delete-policy --policy-arn {resource}"

[frameworks]
fsbp = ["IAM.1"]
"cis-3.0" = ["1.16"]
"cis-5.0" = ["1.15"]
nist-800-53r5 = ["AC-2", "AC-2(1)", "AC-3", "AC-3(15)", "AC-3(7)", "AC-5", "AC-6", "AC-6(10)", "AC-6(2)", "AC-6(3)"]
soc2 = ["CC6.3"]

[reasons]
attached     = "it is attached ({attachment_count})"
not_attached = "it is attached to nobody yet"
only_bounds  = "it allows everything, but only bounds principals: a boundary grants nothing"
conditional  = "it allows everything, but only under conditions"
---*/
with statement as (
    select
        s.arn, s.account_id,
        -- An empty block of conditions counts as none.
        not exists (select 1 from json_each(s.condition) as block where block.value <> '{}') as is_unconditional
    from aws_iam_policy_statement as s
    where s.effect = 'Allow'
        and exists (select 1 from json_each(s.actions) as a where replace(a.value, '*', '') in ('', ':'))
        and exists (select 1 from json_each(s.resources) as r where replace(r.value, '*', '') = '')
),
policy as (
    select
        p.arn, p.account_id, p.name, p.attachment_count, p.statement_count, p.default_version_id, p.update_date,
        exists (select 1 from statement as s where s.arn = p.arn and s.account_id = p.account_id and s.is_unconditional)
            or iif(p.statement_count is null, null, 0) as allows_everything,
        exists (select 1 from statement as s where s.arn = p.arn and s.account_id = p.account_id) as has_statement,
        exists (
            select 1
            from aws_iam_policy_attachment as a
            where a.policy_arn = p.arn and a.account_id = p.account_id and a.kind = 'boundary'
        ) as bounds
    from aws_iam_policy as p
    where not p.is_aws_managed
),
judged as (
    select
        policy.*,
        case
            when allows_everything = 0 then iif(has_statement, 'conditional', null)
            when allows_everything and attachment_count > 0 then 'attached'
            when allows_everything and attachment_count = 0 then iif(bounds, 'only_bounds', 'not_attached')
        end as reason
    from policy
)
select
    j.arn as resource,
    j.account_id,
    case
        when j.allows_everything = 0 or j.reason = 'only_bounds' then 1
        when j.reason in ('attached', 'not_attached') then 0
    end as ok,
    j.reason,
    iif(j.reason = 'not_attached', 'low', 'high') as severity,
    j.name, j.attachment_count, j.default_version_id, j.update_date
from judged as j
