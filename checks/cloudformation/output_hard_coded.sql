/*---
title    = "Stack output with a region or account typed in"
severity = "medium"
leg      = "configured"
family   = "stack-outputs"
message  = "{name} puts out {worst_output}, {meaning}: {expression}"
why      = """
Outputs are links and names that people and other stacks follow. What is typed in stays as it is when the template is deployed
elsewhere: the link then opens an empty page of another region, and the ARN leads to another account's resource or to none. A
part that is built from `AWS::Region`, `AWS::AccountId`, a parameter or an import is not meant."""
fix      = "aws cloudformation get-template --region {region} --stack-name {resource} --query TemplateBody  # write ${{AWS::Region}} and ${{AWS::AccountId}} with Fn::Sub in output {worst_output}, and deploy"
references = [
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html",
]

[frameworks]
"nist-800-53r5" = ["CM-2"]
soc2 = ["CC8.1"]

[reasons]
built               = "no output has a region or an account typed in"
intended            = "what leads to another region or account is built from a parameter or an import, or can only be there"
hard_coded_region   = "in which another region than the stack's own is typed in"
hard_coded_account  = "in which another account than the stack's own is typed in"
hard_coded_matching = "in which its own region or account is typed in; deployed anywhere else it is wrong"

[params.global_services]
default = [
    "iam", "iamv2", "route53", "route53domains", "cloudfront", "billing", "costmanagement", "cost-management", "organizations",
    "globalaccelerator", "trustedadvisor", "support", "artifact", "health", "singlesignon", "waf", "wafv2", "ecr-public", "public",
]
doc     = "Services whose console pages and endpoints name us-east-1 wherever one is."

[params.edge_services]
default = ["acm", "wafv2", "waf", "lambda", "cloudfront", "ecr-public", "health"]
doc     = "Services whose ARNs in us-east-1 CloudFront and other global services ask for."

[params.known_accounts]
default = ["137112412989", "099720109477", "801119661308", "013907871322", "309956199498", "136693071363", "125523088429"]
doc     = "Accounts that may be typed in: AWS's own and other publishers of images, and shared ones of the organization."
---*/
with named as (
    select
        o.arn, o.account_id, o.region, o.output_key,
        p.value ->> 'kind' as kind,
        p.value ->> 'region' as named_region,
        p.value ->> 'account_id' as named_account,
        -- CloudFront, and what it needs, is at home in us-east-1.
        p.value ->> 'region' = 'us-east-1' and (
            (p.value ->> 'kind' in ('console', 'query', 'endpoint')
                and p.value ->> 'service' in (select g.value from json_each(:global_services) as g))
            or (p.value ->> 'kind' = 'arn' and p.value ->> 'service' in (select g.value from json_each(:edge_services) as g))
        ) as is_at_home,
        p.value ->> 'account_id' in (select k.value from json_each(:known_accounts) as k)
            or p.value ->> 'account_id' in (select a.account_id from aws_account as a where a.account_id <> o.account_id)
            as is_known_account,
        iif(t.output_count is null, null, coalesce(instr(w.literal_regions, '"' || (p.value ->> 'region') || '"') > 0, 0))
            as is_region_literal,
        iif(t.output_count is null, null, coalesce(instr(w.literal_account_ids, '"' || (p.value ->> 'account_id') || '"') > 0, 0))
            as is_account_literal,
        w.expression
    from aws_cloudformation_stack_output as o
    join json_each(o.places) as p
    left join aws_cloudformation_stack_template as t on t.arn = o.arn and t.account_id = o.account_id
    left join aws_cloudformation_stack_template_output as w
        on w.arn = o.arn and w.account_id = o.account_id and w.output_key = o.output_key
),
judged as (
    select
        n.*,
        case
            when n.named_region = '' or n.is_at_home then 0
            when n.is_region_literal then iif(n.named_region <> n.region, 3, 1)
            when n.is_region_literal = 0 then 0
        end as region_rank,
        case
            when n.named_account = '' or n.is_known_account then 0
            -- Twelve digits alone can be a phone number; that they are an account is told by the output's name, or by being this one's.
            when n.kind = 'number' and n.named_account <> n.account_id and n.output_key not like '%account%' then 0
            when n.is_account_literal then iif(n.named_account <> n.account_id, 2, 1)
            when n.is_account_literal = 0 then 0
        end as account_rank,
        (n.named_region <> '' and n.named_region <> n.region) or (n.named_account <> '' and n.named_account <> n.account_id)
            as is_elsewhere
    from named as n
),
ranked as (
    select
        j.*,
        max(coalesce(j.region_rank, 0), coalesce(j.account_rank, 0)) as rank,
        j.region_rank is null or j.account_rank is null as is_unread
    from judged as j
),
stack as (
    select
        s.arn, s.account_id, s.name,
        coalesce(max(r.rank), 0) as worst,
        coalesce(max(r.is_unread), 0) as is_unread,
        coalesce(max(r.is_elsewhere), 0) as is_elsewhere
    from aws_cloudformation_stack as s
    left join ranked as r on r.arn = s.arn and r.account_id = s.account_id
    where s.output_count > 0
    group by s.arn, s.account_id
),
worst as (
    select
        r.arn, r.account_id, r.output_key, r.expression,
        row_number() over (partition by r.arn, r.account_id order by r.rank desc, r.output_key) as nth
    from ranked as r
    where r.rank > 0
)
select
    s.arn as resource,
    s.account_id,
    case
        when s.worst > 0 then 0
        when s.is_unread then null
        else 1
    end as ok,
    case
        when s.worst = 3 then 'hard_coded_region'
        when s.worst = 2 then 'hard_coded_account'
        when s.worst = 1 then 'hard_coded_matching'
        when s.is_unread then null
        when s.is_elsewhere then 'intended'
        else 'built'
    end as reason,
    iif(s.worst = 1, 'low', 'medium') as severity,
    w.output_key as worst_output,
    w.expression,
    (
        select json_group_array(distinct r.output_key)
        from ranked as r
        where r.arn = s.arn and r.account_id = s.account_id and r.rank > 0
    ) as outputs,
    s.name
from stack as s
left join worst as w on w.arn = s.arn and w.account_id = s.account_id and w.nth = 1
