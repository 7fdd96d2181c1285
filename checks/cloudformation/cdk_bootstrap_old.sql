/*---
title    = "Old bootstrap of CDK"
severity = "low"
leg      = "configured"
family   = "cdk-bootstrap"
message  = "{name} is CDK's bootstrap of version {version}; {minimum} is the oldest that should be in use"
why      = """
The bootstrap stack holds the roles and the bucket by which CDK deploys into a region. Its newer versions close holes: a bucket
whose name could be taken by somebody else, roles that trusted too much. It is made once and then forgotten, and `cdk deploy`
only complains when it needs something that is missing. The version is read from the stack's own output."""
fix      = "npx cdk bootstrap aws://{account}/{region} --toolkit-stack-name {name}"
references = [
    "https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html",
]

[frameworks]
soc2 = ["CC8.1"]

[reasons]
current           = "its version is recent enough"
cdk_bootstrap_old = "its version is older than it should be"

[params.min_version]
default = 21
doc     = "Oldest version of the bootstrap stack that should be in use."
---*/
select
    s.arn as resource,
    s.account_id,
    -- What is no number is none of CDK's.
    iif(s.resource_count is null, null, exists (
        select 1
        from aws_cloudformation_stack_resource as r
        where r.arn = s.arn and r.account_id = s.account_id and r.logical_id = 'CdkBootstrapVersion'
    )) as applies,
    cast(o.value as integer) >= :min_version as ok,
    iif(cast(o.value as integer) >= :min_version, 'current', 'cdk_bootstrap_old') as reason,
    s.name,
    cast(o.value as integer) as version,
    :min_version as minimum
from aws_cloudformation_stack_output as o
join aws_cloudformation_stack as s on s.arn = o.arn and s.account_id = o.account_id
where o.output_key = 'BootstrapVersion' and o.value glob '[0-9]*' and o.value not glob '*[^0-9]*'
