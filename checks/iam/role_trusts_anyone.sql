/*---
title    = "Role that anyone can assume"
severity = "critical"
leg      = "configured"
family   = "role-trust"
message  = "{name} can be assumed by anyone with an AWS account: its trust policy allows everybody ({statements})"
why      = """
A trust policy is the lock of a role. One that allows everybody, without a condition that says who, lets every principal of
every AWS account in the world assume the role and do what the role may do; its ARN is all that they need, and ARNs are no
secrets. Naming another account is something else: then that account decides who comes."""
fix      = "aws iam update-assume-role-policy --role-name {name} --policy-document file://trust.json"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
]

[reasons]
anyone              = "a statement allows everybody, and no condition says who"
condition_undecided = "a statement allows everybody under a condition that cannot be decided from here, such as an external id"
denied_in_part      = "a statement allows everybody, and a denial with a condition takes some of them out"
---*/
with statement as (
    select
        s.*,
        (
            exists (
                select 1
                from json_each(s.actions) as a
                where 'sts:assumerole' glob a.value or 'sts:assumerolewithwebidentity' glob a.value
                    or 'sts:assumerolewithsaml' glob a.value
            )
            or (
                s.not_actions <> '[]'
                and not exists (select 1 from json_each(s.not_actions) as a where 'sts:assumerole' glob a.value)
            )
        ) as lets_in,
        -- An empty block of conditions counts as none.
        not exists (select 1 from json_each(s.condition) as block where block.value <> '{}') as is_unconditional,
        -- How a request comes says nothing about who sends it.
        exists (
            select 1
            from json_each(s.condition) as block, json_each(block.value) as entry
            where lower(entry.key) not in ('aws:securetransport', 'aws:multifactorauthpresent', 'aws:multifactorauthage')
        ) as says_who
    from aws_iam_role_trust_statement as s
    where s.is_for_anyone
),
allowance as (
    select
        s.arn, s.account_id, s.statement_index, s.sid, s.is_narrowed,
        -- A denial counts if it covers all that is allowed.
        (
            select case when max(d.is_unconditional) then 1 when max(d.says_who) then null else 0 end
            from statement as d
            where d.arn = s.arn and d.account_id = s.account_id and d.effect = 'Deny'
                and not exists (
                    select 1
                    from json_each(iif(s.actions = '[]', '["*"]', s.actions)) as allowed
                    where not exists (
                        select 1
                        from json_each(d.actions) as denied
                        where allowed.value glob denied.value or denied.value = 'sts:*'
                    )
                )
        ) as is_denied
    from statement as s
    where s.effect = 'Allow' and s.lets_in
),
weighed as (
    select a.*, not a.is_narrowed and not a.is_denied as is_open
    from allowance as a
),
judged as (
    select
        r.arn, r.account_id, r.name, r.path, r.trust_statement_count,
        coalesce(max(w.is_open), 0)
            or iif(r.trust_statement_count is null or count(w.is_open) < count(w.statement_index), null, 0) as is_open,
        max(w.is_open is null and w.is_denied is null and w.is_narrowed = 0) as is_denied_in_part,
        max(w.is_open is null and w.statement_index is not null) as is_undecided,
        group_concat(iif(w.sid = '', 'statement ' || (w.statement_index + 1), w.sid), ', ') filter (where w.is_open) as statements
    from aws_iam_role as r
    left join weighed as w on w.arn = r.arn and w.account_id = r.account_id
    where not r.is_service_linked
    group by r.arn, r.account_id
)
select
    j.arn as resource,
    j.account_id,
    not j.is_open as ok,
    case
        when j.is_open then 'anyone'
        when j.is_open is null and j.is_denied_in_part then 'denied_in_part'
        when j.is_open is null and j.is_undecided then 'condition_undecided'
    end as reason,
    j.name, j.path, j.statements, j.trust_statement_count
from judged as j
