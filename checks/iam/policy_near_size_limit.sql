/*---
title    = "Policy that is nearly as long as AWS allows"
severity = "low"
leg      = "configured"
family   = "policy-size"
message  = "{name} has {size} of the 6144 characters that a managed policy may have"
why      = """
The next statement that somebody adds does not fit, and the deployment that adds it fails, on the day on which it is needed.
Until then a policy of this length is one that nobody reads to the end; teams then shorten it with wildcards."""
fix      = "aws iam get-policy-version --policy-arn {resource} --version-id {default_version_id}"
references = ["https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"]

[reasons]
near_limit = "white space not counted, as AWS does"

[params.percent]
default = 90
doc     = "Percent of AWS's limit from which a policy counts as nearly full."
---*/
with policy as (
    select p.*, length(replace(replace(replace(replace(p.document, ' ', ''), char(10), ''), char(13), ''), char(9), '')) as size
    from aws_iam_policy as p
    where not p.is_aws_managed
)
select
    p.arn as resource,
    p.account_id,
    p.size * 100 < :percent * 6144 as ok,
    iif(p.size * 100 >= :percent * 6144, 'near_limit', null) as reason,
    p.name, p.size, p.default_version_id, p.statement_count
from policy as p
