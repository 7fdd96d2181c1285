/*---
title    = "Function that anyone may invoke"
severity = "high"
leg      = "configured"
family   = "function-policy"
message  = "{name} may be invoked by anyone: {meaning} (statement {statement})"
why      = """
A function's policy is enough by itself: whom it lets in needs no permission of their own. With `*` as its principal and no
condition that names somebody, every AWS account can run the code, with the rights of its role and at your cost. A function URL
without sign-in goes further still and asks for no AWS account; that can be meant, and then the code has to check who calls."""
fix      = "aws lambda remove-permission --region {region} --function-name {name} --statement-id {sid}"
references = [
    "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html",
]

[fixes]
open_url = "aws lambda update-function-url-config --region {region} --function-name {name} --auth-type AWS_IAM"

[frameworks]
fsbp = ["Lambda.1"]
"nist-800-53r5" = [
    "AC-21", "AC-3", "AC-3(7)", "AC-4", "AC-4(21)", "AC-6", "SC-7", "SC-7(3)", "SC-7(4)", "SC-7(9)", "SC-7(11)", "SC-7(16)",
    "SC-7(20)", "SC-7(21)",
]
"pci-dss-4.0.1" = ["7.2.1"]
soc2 = ["CC6.1", "CC6.6"]

[reasons]
closed              = "no statement of its policy lets everybody invoke it"
open_to_anyone      = "its policy lets every AWS account in"
open_url            = "its policy lets everybody call its function URL, if it has one, without even an AWS account"
condition_undecided = "a statement lets everybody in under a condition of which nobody can say from here whom it leaves"
deny_may_narrow     = "one statement lets everybody in, and another may shut most of them out again"
---*/
with statement as (
    select
        p.*,
        exists (select 1 from json_each(p.actions) as a where 'lambda:invokefunction' glob a.value)
        or (
            p.not_actions <> '[]'
            and not exists (select 1 from json_each(p.not_actions) as a where 'lambda:invokefunction' glob a.value)
        ) as allows_invoke,
        exists (select 1 from json_each(p.actions) as a where 'lambda:invokefunctionurl' glob a.value) as allows_url,
        -- Permissions that hold for calls through the URL only.
        lower(p.condition) like '%"lambda:functionurlauthtype"%' or lower(p.condition) like '%"lambda:invokedviafunctionurl"%'
            as is_for_url
    from aws_lambda_function_policy_statement as p
),
opened as (
    select
        p.*,
        p.effect = 'Allow' and p.is_for_anyone and (p.allows_invoke or p.allows_url) and not p.is_narrowed as is_open,
        p.allows_invoke and not p.is_for_url as is_direct,
        p.effect = 'Deny' and p.is_for_anyone
            and (
                p.condition = '{}' or lower(p.condition) like '%"aws:principal%' or lower(p.condition) like '%"aws:source%'
                or lower(p.condition) like '%"aws:userid%'
            ) as may_narrow
    from statement as p
),
judged as (
    select
        f.*,
        iif(
            f.policy_statement_count is null,
            null,
            (
                select coalesce(max(p.is_open), 0) or iif(count(p.is_open) < count(*), null, 0)
                from opened as p
                where p.arn = f.arn and p.account_id = f.account_id
            )
        ) as is_open,
        exists (
            select 1
            from opened as p
            where p.arn = f.arn and p.account_id = f.account_id and p.may_narrow
        ) as may_narrow,
        (
            select p.statement_index
            from opened as p
            where p.arn = f.arn and p.account_id = f.account_id and p.is_open
            order by p.is_direct desc, p.statement_index
            limit 1
        ) as open_index
    from aws_lambda_function as f
)
select
    j.arn as resource,
    j.account_id,
    case
        when j.is_open = 1 and j.may_narrow then null
        else not j.is_open
    end as ok,
    case
        when j.is_open = 0 then 'closed'
        when j.is_open = 1 and j.may_narrow then 'deny_may_narrow'
        when j.is_open = 1 then iif(p.is_direct, 'open_to_anyone', 'open_url')
        when j.policy_statement_count is not null then 'condition_undecided'
    end as reason,
    -- Whoever opens a URL to everybody usually means it.
    iif(p.is_direct = 0, 'medium', 'high') as severity,
    iif(p.sid = '', 'number ' || p.statement_index, p.sid) as statement,
    iif(p.sid = '', 'STATEMENT_ID', p.sid) as sid,
    p.principals, p.not_principals, p.actions, p.condition, j.name, j.role_arn, j.policy_statement_count
from judged as j
left join opened as p on p.arn = j.arn and p.account_id = j.account_id and p.statement_index = j.open_index
