/*---
title    = "Policy that allows whole services"
severity = "low"
leg      = "configured"
family   = "policy-width"
message  = "The policy {name} allows every action of {services} on every resource"
why      = """
A wildcard grants what exists today and whatever the service invents tomorrow: reading and deleting, tables and their backups,
keys and the rights to use them. Nobody can tell from such a statement what the code needs, so nobody can take anything away
again. A list of actions, and the ARNs that they are meant for, is written once and read at every audit."""
fix      = "aws iam create-policy-version --policy-arn {resource} --policy-document file://narrower.json --set-as-default"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html",
]

[frameworks]
fsbp = ["IAM.21"]
nist-800-53r5 = ["AC-3", "AC-5", "AC-6", "AC-6(10)", "AC-6(2)", "AC-6(3)"]
soc2 = ["CC6.3"]

[reasons]
whole_service = "a statement without conditions names a service with a wildcard, on every resource"
---*/
with wide as (
    select s.arn, s.account_id, substr(a.value, 1, instr(a.value, ':') - 1) as service
    from aws_iam_policy_statement as s, json_each(s.actions) as a
    where s.effect = 'Allow'
        and instr(a.value, ':') > 1 and replace(substr(a.value, instr(a.value, ':') + 1), '*', '') = ''
        and a.value glob '*:*[*]' and replace(a.value, '*', '') <> ':'
        and exists (select 1 from json_each(s.resources) as r where replace(r.value, '*', '') = '')
        -- An empty block of conditions counts as none.
        and not exists (select 1 from json_each(s.condition) as block where block.value <> '{}')
),
judged as (
    select
        p.*,
        exists (select 1 from wide as w where w.arn = p.arn and w.account_id = p.account_id)
            or iif(p.statement_count is null, null, 0) as is_wide
    from aws_iam_policy as p
    where not p.is_aws_managed
)
select
    j.arn as resource,
    j.account_id,
    not j.is_wide as ok,
    iif(j.is_wide, 'whole_service', null) as reason,
    j.name, j.attachment_count, j.default_version_id, j.update_date,
    (
        select group_concat(service, ', ')
        from (select distinct w.service from wide as w where w.arn = j.arn and w.account_id = j.account_id order by w.service)
    ) as services
from judged as j
