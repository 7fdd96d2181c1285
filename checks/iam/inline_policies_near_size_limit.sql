/*---
title    = "Inline policies that are nearly as long as AWS allows"
severity = "low"
leg      = "configured"
family   = "inline-policy-size"
message  = "The {policy_count} inline policies of the {principal_type} {principal} have {size} of the {limit_size} characters that they may have together"
why      = """
Helpers write a statement with every grant until AWS says that the policy is too long; then a deployment fails that has nothing to
do with permissions. The limit is for all inline policies of a principal together, and it is small. Until it is reached, nobody
reads what is in there."""
fix      = "aws iam create-policy --policy-name {principal} --policy-document file://merged.json"
references = ["https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"]

[reasons]
near_limit = "white space not counted, as AWS does"

[params.percent]
default = 90
doc     = "Percent of AWS's limit from which the policies count as nearly full."
---*/
with sized as (
    select
        i.arn, i.account_id, i.principal_type, count(*) as policy_count,
        sum(length(replace(replace(replace(replace(i.document, ' ', ''), char(10), ''), char(13), ''), char(9), ''))) as known_size,
        count(i.document) < count(*) as has_unread,
        case i.principal_type when 'role' then 10240 when 'user' then 2048 when 'group' then 5120 end as limit_size
    from aws_iam_inline_policy as i
    where i.arn not glob '*:role/aws-reserved/*'
    group by i.arn, i.account_id
),
judged as (
    select
        s.*,
        coalesce(s.known_size, 0) * 100 >= :percent * s.limit_size or iif(s.has_unread, null, 0) as is_near
    from sized as s
)
select
    j.arn as resource,
    j.account_id,
    not j.is_near as ok,
    iif(j.is_near, 'near_limit', null) as reason,
    j.principal_type, j.policy_count, j.known_size as size, j.limit_size,
    -- What the ARN ends in.
    replace(j.arn, rtrim(j.arn, replace(j.arn, '/', '')), '') as principal
from judged as j
