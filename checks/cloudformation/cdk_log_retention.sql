/*---
title    = "Log retention set by a leftover of CDK"
severity = "low"
leg      = "configured"
family   = "cdk-leftovers"
message  = "{name} sets the retention of {groups} through a function of CDK's own{provider_text}"
why      = """
Before CDK could make a function's log group itself, `logRetention` set it afterwards through a hidden function with rights over
all log groups. CDK advises against it: the groups are in no template, outlive their stack, and the helper's runtime goes out of
support without anybody noticing, since nobody knows that it is there."""
fix      = "aws cloudformation list-stack-resources --region {region} --stack-name {resource} --query 'StackResourceSummaries[?ResourceType==`Custom::LogRetention`]'  # give each function a logGroup in place of logRetention, and deploy"
references = [
    "https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_logs.LogRetention.html",
]

[frameworks]
soc2 = ["CC8.1"]

[reasons]
none              = "it has no such leftover"
cdk_log_retention = "a custom resource of CDK sets retention beside the template"

[params.deprecated_runtimes]
default = ["nodejs20.x", "nodejs18.x", "nodejs16.x", "nodejs14.x", "nodejs12.x", "nodejs10.x", "nodejs8.10", "nodejs6.10", "nodejs"]
doc     = "Runtimes that are out of support, as of November 2026; with one of them the leftover is of medium severity."
---*/
with part as (
    select
        r.arn, r.account_id, r.physical_id,
        r.resource_type = 'Custom::LogRetention' as is_retention,
        r.resource_type = 'AWS::Lambda::Function' and r.logical_id like 'LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8a%' as is_provider,
        f.runtime
    from aws_cloudformation_stack_resource as r
    left join aws_lambda_function as f on f.name = r.physical_id and f.account_id = r.account_id and f.region = r.region
),
stack as (
    select
        s.arn, s.account_id, s.name, s.resource_count,
        coalesce(max(p.is_retention or p.is_provider), 0) as has_leftover,
        coalesce(sum(p.is_retention), 0) as retentions,
        max(p.physical_id) filter (where p.is_provider) as provider,
        coalesce(max(p.runtime) filter (where p.is_provider), '') as provider_runtime
    from aws_cloudformation_stack as s
    left join part as p on p.arn = s.arn and p.account_id = s.account_id
    group by s.arn, s.account_id
)
select
    s.arn as resource,
    s.account_id,
    iif(s.resource_count is null, null, not s.has_leftover) as ok,
    iif(s.resource_count is null, null, iif(s.has_leftover, 'cdk_log_retention', 'none')) as reason,
    iif(s.provider_runtime in (select d.value from json_each(:deprecated_runtimes) as d), 'medium', 'low') as severity,
    s.retentions,
    iif(s.retentions = 1, 'a log group', s.retentions || ' log groups') as groups,
    iif(s.provider_runtime = '', '', ' that runs on ' || s.provider_runtime) as provider_text,
    s.provider, s.provider_runtime, s.name
from stack as s
