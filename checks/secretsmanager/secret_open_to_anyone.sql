/*---
title    = "Secret whose policy lets anyone in"
severity = "critical"
leg      = "configured"
family   = "secret-policy"
message  = "{name} may be used by anyone: {meaning} (statement {statement}: {actions})"
why      = """
A resource policy is enough by itself: whom it lets in needs no permission of their own in this account. With `*` as its
principal and no condition that names somebody, that is every AWS account there is. Such a statement usually began as a test of
access from another account and stayed."""
fix      = "aws secretsmanager put-resource-policy --region {region} --secret-id {resource} --block-public-policy --resource-policy file://policy.json"
references = [
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html",
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html",
]

[frameworks]
soc2 = ["CC6.1"]

[reasons]
closed              = "no statement of its policy lets everybody in"
open_to_anyone      = "its policy lets everybody in"
open_in_account     = "its policy lets everybody in; only AWS's own key keeps other accounts from its value"
condition_undecided = "a statement lets everybody in under a condition of which nobody can say from here whom it leaves"
deny_may_narrow     = "one statement lets everybody in, and another may shut most of them out again"
---*/
with statement as (
    select
        p.*,
        p.effect = 'Allow' and p.is_for_anyone and not p.is_narrowed as is_open,
        p.effect = 'Deny' and p.is_for_anyone
            and (
                p.condition = '{}' or lower(p.condition) like '%"aws:principal%' or lower(p.condition) like '%"aws:source%'
                or lower(p.condition) like '%"aws:userid%'
            ) as may_narrow
    from aws_secretsmanager_secret_policy_statement as p
),
judged as (
    select
        s.*,
        iif(
            s.policy_statement_count is null,
            null,
            (
                select coalesce(max(p.is_open), 0) or iif(count(p.is_open) < count(*), null, 0)
                from statement as p
                where p.arn = s.arn and p.account_id = s.account_id
            )
        ) as is_open,
        exists (
            select 1
            from statement as p
            where p.arn = s.arn and p.account_id = s.account_id and p.may_narrow
        ) as may_narrow,
        (
            select min(p.statement_index)
            from statement as p
            where p.arn = s.arn and p.account_id = s.account_id and p.is_open
        ) as open_index
    from aws_secretsmanager_secret as s
)
select
    j.arn as resource,
    j.account_id,
    j.deleted_date = '' as applies,
    case
        when j.is_open = 1 and j.may_narrow then null
        else not j.is_open
    end as ok,
    case
        when j.is_open = 0 then 'closed'
        when j.is_open = 1 and j.may_narrow then 'deny_may_narrow'
        when j.is_open = 1 then iif(j.kms_key_id in ('', 'alias/aws/secretsmanager'), 'open_in_account', 'open_to_anyone')
        when j.policy_statement_count is not null then 'condition_undecided'
    end as reason,
    iif(j.kms_key_id in ('', 'alias/aws/secretsmanager'), 'high', 'critical') as severity,
    iif(p.sid = '', 'number ' || p.statement_index, p.sid) as statement,
    iif(
        p.actions = '[]',
        'all but ' || (select group_concat(a.value, ', ') from json_each(p.not_actions) as a),
        p.actions
    ) as actions,
    p.condition, p.principals, p.not_principals, j.name, j.kms_key_id, j.policy_statement_count
from judged as j
left join aws_secretsmanager_secret_policy_statement as p
    on p.arn = j.arn and p.account_id = j.account_id and p.statement_index = j.open_index
