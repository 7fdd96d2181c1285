/*---
title    = "Bucket name of an AWS tool in a stranger's hands"
severity = "high"
leg      = "working"
family   = "service-buckets"
message  = "{worst_name} in {home_region} cannot be trusted: {meaning}"
why      = """
CDK, Glue, SageMaker, Elastic Beanstalk and others put their files into a bucket whose name anybody can work out: it is made of
the account's id and the region. Whoever takes such a name in another account waits there until the tool is used in that
region, reads what it uploads and can change the templates and code that it runs with this account's rights. Newer versions
check the owner, older ones do not. A name that is still free can be taken the same way, which `report_claimable` tells."""
fix      = "aws s3api head-bucket --bucket {worst_name} --expected-bucket-owner {account}  # 403 confirms it: give the tool another bucket in {home_region}"
references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html",
    "https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html",
]

[fixes]
predictable_squattable = "aws s3 mb s3://{worst_name} --region {home_region}"

[frameworks]
soc2 = ["CC6.6"]

[reasons]
own                    = "every such name that is taken is this account's"
squatted               = "the name is taken, and not by this account"
predictable_squattable = "nobody has the name yet, so anybody can take it before the tool does"

[params.report_claimable]
default = false
doc     = "Whether names that are still free are reported too, for information: most accounts never use most of these tools."
---*/
with reference as (
    select
        r.*,
        case r.found
            when 'own' then 1
            when 'missing' then 0
            when 'hidden' then 0
            when 'foreign' then 0
        end as is_own,
        case r.found
            when 'own' then 1
            when 'missing' then :report_claimable
            when 'hidden' then 1
            when 'foreign' then 1
        end as counts,
        r.found in ('hidden', 'foreign') as is_taken
    from aws_s3_bucket_reference as r
    where r.kind = 'service_default'
),
tool_region as (
    select
        r.arn,
        r.account_id,
        min(r.region) as region,
        coalesce(max(r.counts), 0) or iif(count(r.counts) < count(*), null, 0) as applies,
        coalesce(min(r.is_own or not r.counts), 1) and iif(count(r.is_own or not r.counts) < count(*), null, 1) as ok,
        coalesce(max(r.is_taken), 0) as is_taken
    from reference as r
    group by r.arn, r.account_id
)
select
    t.arn as resource,
    t.account_id,
    t.applies,
    t.ok,
    case t.ok when 1 then 'own' when 0 then iif(t.is_taken, 'squatted', 'predictable_squattable') end as reason,
    iif(t.is_taken, 'high', 'info') as severity,
    (
        select min(r.bucket_name)
        from reference as r
        where r.arn = t.arn and r.account_id = t.account_id and r.counts and not r.is_own and r.is_taken = t.is_taken
    ) as worst_name,
    (
        select json_group_array(n.bucket_name)
        from (
            select r.bucket_name
            from reference as r
            where r.arn = t.arn and r.account_id = t.account_id and r.counts and not r.is_own and r.is_taken = t.is_taken
            order by r.bucket_name
        ) as n
    ) as faulty_names,
    (
        select json_group_array(json_object('name', n.bucket_name, 'found', n.found))
        from (select r.* from reference as r where r.arn = t.arn and r.account_id = t.account_id order by r.bucket_name) as n
    ) as buckets,
    t.region as home_region
from tool_region as t
