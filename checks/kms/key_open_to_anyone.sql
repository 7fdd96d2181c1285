/*---
title    = "KMS key that is open to anyone"
severity = "critical"
leg      = "configured"
family   = "key-policy"
message  = "{name} is open to anyone with an AWS account: its key policy allows everybody {actions} ({statements})"
why      = """
A key policy that allows everybody, without a condition that says who, hands the key to every AWS account in the world:
strangers can decrypt what they got hold of, encrypt at your cost and, if the statement is wide enough, change the policy or
delete the key. The encryption that everything else relies on is then a formality."""
fix      = "aws kms put-key-policy --region {region} --key-id {key_id} --policy-name default --policy file://key-policy.json"
references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",
    "https://docs.aws.amazon.com/config/latest/developerguide/kms-key-policy-no-public-access.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html",
]

[frameworks]
fsbp = ["KMS.5"]

[reasons]
anyone              = "a statement allows everybody, and no condition says who"
condition_undecided = "a statement allows everybody under a condition that cannot be decided from here"
denied_in_part      = "a statement allows everybody, and a denial with a condition takes some of them out"
---*/
with statement as (
    select
        s.*,
        -- An empty block of conditions counts as none.
        not exists (select 1 from json_each(s.condition) as block where block.value <> '{}') as is_unconditional,
        -- How a request comes says nothing about who sends it.
        exists (
            select 1
            from json_each(s.condition) as block, json_each(block.value) as entry
            where lower(entry.key) not in ('aws:securetransport', 'aws:multifactorauthpresent', 'aws:multifactorauthage')
        ) as says_who
    from aws_kms_key_policy_statement as s
    where s.is_for_anyone
),
allowance as (
    select
        s.arn, s.account_id, s.statement_index, s.sid, s.is_narrowed,
        iif(s.actions = '[]', 'all but ' || s.not_actions, s.actions) as actions,
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
                        where allowed.value glob denied.value or denied.value = 'kms:*'
                    )
                )
        ) as is_denied
    from statement as s
    where s.effect = 'Allow'
),
weighed as (
    select a.*, not a.is_narrowed and not a.is_denied as is_open
    from allowance as a
),
judged as (
    select
        k.arn, k.account_id, k.key_id, k.key_manager, k.aliases, k.key_state, k.policy_statement_count,
        coalesce(max(w.is_open), 0)
            or iif(k.policy_statement_count is null or count(w.is_open) < count(w.statement_index), null, 0) as is_open,
        max(w.is_open is null and w.is_denied is null and w.is_narrowed = 0) as is_denied_in_part,
        max(w.is_open is null and w.statement_index is not null) as is_undecided,
        group_concat(w.actions, ', ') filter (where w.is_open) as actions,
        group_concat(iif(w.sid = '', 'statement ' || (w.statement_index + 1), w.sid), ', ') filter (where w.is_open) as statements
    from aws_kms_key as k
    left join weighed as w on w.arn = k.arn and w.account_id = k.account_id
    group by k.arn, k.account_id
)
select
    j.arn as resource,
    j.account_id,
    j.key_manager = 'CUSTOMER' as applies,
    not j.is_open as ok,
    case
        when j.is_open then 'anyone'
        when j.is_open is null and j.is_denied_in_part then 'denied_in_part'
        when j.is_open is null and j.is_undecided then 'condition_undecided'
    end as reason,
    coalesce(j.aliases ->> '$[0]', j.key_id) as name,
    j.key_id, j.aliases, j.key_state, j.statements, j.actions, j.policy_statement_count
from judged as j
