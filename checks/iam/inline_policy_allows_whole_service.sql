/*---
title    = "Inline policy that allows whole services"
severity = "low"
leg      = "configured"
family   = "inline-policy-width"
message  = "The inline policy {first_policy} of {principal} allows every action of {services} on every resource"
why      = """
A wildcard grants what exists today and whatever the service invents tomorrow: reading and deleting, tables and their backups,
keys and the rights to use them. Nobody can tell from such a statement what the code needs, so nobody can take anything away
again. A list of actions, and the ARNs that they are meant for, is written once and read at every audit."""
fix      = "aws iam put-{principal_type}-policy --{principal_type}-name {principal} --policy-name {first_policy} --policy-document file://narrower.json"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html",
]

[frameworks]
nist-800-53r5 = ["AC-3", "AC-5", "AC-6", "AC-6(10)", "AC-6(2)", "AC-6(3)"]
soc2 = ["CC6.3"]

[reasons]
whole_service = "a statement without conditions names a service with a wildcard, on every resource"
---*/
with wide as (
    select s.arn, s.account_id, s.policy_name, substr(a.value, 1, instr(a.value, ':') - 1) as service
    from aws_iam_inline_policy_statement as s, json_each(s.actions) as a
    where s.effect = 'Allow'
        and instr(a.value, ':') > 1 and replace(substr(a.value, instr(a.value, ':') + 1), '*', '') = ''
        and a.value glob '*:*[*]' and replace(a.value, '*', '') <> ':'
        and exists (select 1 from json_each(s.resources) as r where replace(r.value, '*', '') = '')
        -- An empty block of conditions counts as none.
        and not exists (select 1 from json_each(s.condition) as block where block.value <> '{}')
),
policy as (
    select
        i.arn, i.account_id, i.principal_type, i.name,
        exists (
            select 1 from wide as w where w.arn = i.arn and w.account_id = i.account_id and w.policy_name = i.name
        ) or iif(i.statement_count is null, null, 0) as is_wide
    from aws_iam_inline_policy as i
    -- A permission set's policies are written elsewhere, for people.
    where i.arn not glob '*:role/aws-reserved/*'
),
judged as (
    select
        p.arn, p.account_id, p.principal_type,
        coalesce(max(p.is_wide), 0) or iif(count(p.is_wide) < count(*), null, 0) as is_wide,
        min(p.name) filter (where p.is_wide) as first_policy
    from policy as p
    group by p.arn, p.account_id
)
select
    j.arn as resource,
    j.account_id,
    not j.is_wide as ok,
    iif(j.is_wide, 'whole_service', null) as reason,
    j.principal_type, j.first_policy,
    -- What the ARN ends in.
    replace(j.arn, rtrim(j.arn, replace(j.arn, '/', '')), '') as principal,
    (
        select group_concat(service, ', ')
        from (select distinct w.service from wide as w where w.arn = j.arn and w.account_id = j.account_id order by w.service)
    ) as services
from judged as j
