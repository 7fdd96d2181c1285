/*---
title    = "Stack output that leads to nothing"
severity = "medium"
leg      = "working"
family   = "stack-outputs"
message  = "{name} puts out {first_output}, which leads to {first_target}: {meaning}"
why      = """
Outputs are what people and other stacks follow: the link to the dashboard in the runbook, the name of the function that another
stack calls. CloudFormation writes them down once, at the last deployment, and does not notice when what they name goes."""
fix      = "aws cloudformation describe-stacks --region {region} --stack-name {resource} --query 'Stacks[0].Outputs'  # make {first_target} again, or take the output away"
references = [
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html",
]

[frameworks]
"nist-800-53r5" = ["CM-8"]
soc2 = ["CC7.1"]

[reasons]
resolved        = "everything that its outputs name, and that can be looked up, is there"
dangling_output = "it is not there"
in_progress     = "it is not there, and an operation is under way that may make it"
---*/
with target as (
    select
        o.arn, o.account_id, o.output_key,
        p.value ->> 'resource' as target,
        case
            -- A console link names the dashboard, and dashboards belong to the whole account.
            when p.value ->> 'kind' in ('console', 'query') then exists (
                select 1
                from aws_cloudwatch_dashboard as d
                where d.name = p.value ->> 'resource' and d.account_id = o.account_id
            )
            when p.value ->> 'service' = 'lambda' then exists (
                select 1
                from aws_lambda_function as f
                -- What stands between `function:` and a qualifier.
                where f.name = substr(p.value ->> 'resource', 10, instr(substr(p.value ->> 'resource', 10) || ':', ':') - 1)
                    and f.account_id = o.account_id and f.region = o.region
            )
            when p.value ->> 'service' = 'logs' then exists (
                select 1
                from aws_cloudwatch_log_group as g
                -- `log-group:NAME`, or `log-group:NAME:*`.
                where (
                        g.name = substr(p.value ->> 'resource', 11)
                        or (
                            g.name = substr(p.value ->> 'resource', 11, length(p.value ->> 'resource') - 12)
                            and p.value ->> 'resource' glob '*:[*]'
                        )
                    )
                    and g.account_id = o.account_id and g.region = o.region
            )
            when p.value ->> 'service' = 'iam' then exists (
                select 1
                from aws_iam_role as r
                -- The name is what follows the last slash.
                where r.name = replace(p.value ->> 'resource', rtrim(p.value ->> 'resource', replace(p.value ->> 'resource', '/', '')), '')
                    and r.account_id = o.account_id
                    and substr(r.arn, -length(p.value ->> 'resource') - 1) = ':' || (p.value ->> 'resource')
            )
            when p.value ->> 'service' = 'cloudwatch' then exists (
                select 1
                from aws_cloudwatch_alarm as a
                where a.name = substr(p.value ->> 'resource', 7) and a.account_id = o.account_id and a.region = o.region
            )
            when p.value ->> 'service' = 'secretsmanager' then exists (
                select 1
                from aws_secretsmanager_secret as s
                where s.account_id = o.account_id and s.region = o.region
                    and (substr(s.arn, -length(p.value ->> 'resource') - 1) = ':' || (p.value ->> 'resource')
                        or p.value ->> 'resource' = 'secret:' || s.name)
            )
        end as is_there
    from aws_cloudformation_stack_output as o
    join json_each(o.places) as p
    where p.value ->> 'resource' <> ''
        and (
            (p.value ->> 'kind' in ('console', 'query') and p.value ->> 'service' = 'cloudwatch')
            or (
                p.value ->> 'kind' = 'arn' and p.value ->> 'account_id' = o.account_id and p.value ->> 'region' in ('', o.region)
                and (
                    (p.value ->> 'service' = 'lambda' and p.value ->> 'resource' like 'function:%')
                    or (p.value ->> 'service' = 'logs' and p.value ->> 'resource' like 'log-group:%' and p.value ->> 'resource' not like '%:log-stream:%')
                    or (p.value ->> 'service' = 'iam' and p.value ->> 'resource' like 'role/%')
                    or (p.value ->> 'service' = 'cloudwatch' and p.value ->> 'resource' like 'alarm:%')
                    or (p.value ->> 'service' = 'secretsmanager' and p.value ->> 'resource' like 'secret:%')
                )
            )
        )
)
select
    s.arn as resource,
    s.account_id,
    -- While an operation is under way, what is missing may be on its way.
    case
        when min(t.is_there) then 1
        when s.stack_status not like '%!_IN!_PROGRESS' escape '!' then 0
    end as ok,
    case
        when min(t.is_there) then 'resolved'
        when s.stack_status like '%!_IN!_PROGRESS' escape '!' then 'in_progress'
        when s.stack_status is not null then 'dangling_output'
    end as reason,
    s.name,
    min(t.output_key) filter (where not t.is_there) as first_output,
    min(t.target) filter (where not t.is_there) as first_target,
    json_group_array(distinct t.output_key) filter (where not t.is_there) as dangling_outputs
from aws_cloudformation_stack as s
join target as t on t.arn = s.arn and t.account_id = s.account_id
group by s.arn, s.account_id
