/*---
title    = "Role whose permissions are scattered over inline policies"
severity = "info"
leg      = "configured"
family   = "role-auditability"
message  = "{name} has {policy_count} inline policies with {statement_count} statements: nobody can review what it may do"
why      = """
Constructs and helpers write a statement into the role's own policy with every grant. Inline policies have no versions, cannot be
attached twice, and no list of policies shows them: who wants to know what the role may do reads all of it, role by role, and
nobody sees in a review that something came in. What several roles need belongs into managed policies with names."""
fix      = "aws iam create-policy --policy-name {name} --policy-document file://merged.json"
references = ["https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html"]

[frameworks]
soc2 = ["CC6.3"]

[reasons]
inline = "there are more inline policies, or more statements in them, than somebody can keep in mind"

[params.most_policies]
default = 2
doc     = "Inline policies that a role may have."

[params.most_statements]
default = 10
doc     = "Statements that a role's inline policies may have together."
---*/
with inline as (
    select
        i.arn, i.account_id, count(*) as policy_count, sum(i.statement_count) as known_count,
        iif(count(i.statement_count) < count(*), null, sum(i.statement_count)) as statement_count
    from aws_iam_inline_policy as i
    where i.principal_type = 'role'
    group by i.arn, i.account_id
),
judged as (
    select
        r.arn, r.account_id, r.name, r.path,
        coalesce(i.policy_count, 0) as policy_count,
        iif(i.arn is null, 0, i.statement_count) as statement_count,
        coalesce(i.policy_count, 0) > :most_policies
            or coalesce(i.known_count, 0) > :most_statements
            or iif(i.arn is not null and i.statement_count is null, null, 0) as is_scattered
    from aws_iam_role as r
    left join inline as i on i.arn = r.arn and i.account_id = r.account_id
    where not r.is_service_linked and r.path not glob '/aws-reserved/*'
)
select
    j.arn as resource,
    j.account_id,
    not j.is_scattered as ok,
    iif(j.is_scattered, 'inline', null) as reason,
    j.name, j.path, j.policy_count,
    coalesce(j.statement_count, 'an unread number of') as statement_count
from judged as j
