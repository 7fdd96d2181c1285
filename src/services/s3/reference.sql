-- Every name of a bucket that something in the account refers to, with whether the account's own list has it. A Deny refers to nothing.
with named as (
    select b.arn, b.region, 'access_log' as kind, b.logging_target_bucket as bucket_name, '' as expected_account_id
    from aws_s3_bucket as b
    where b.account_id = ?1 and b.logging_target_bucket <> ''
    union
    select r.arn, r.region, 'replication', substr(r.destination_bucket_arn, instr(r.destination_bucket_arn, ':::') + 3), r.destination_account
    from aws_s3_bucket_replication_rule as r
    where r.account_id = ?1 and r.destination_bucket_arn like 'arn:%:s3:::%'
    union
    select l.arn, l.region, 'flow_log', substr(l.log_destination, instr(l.log_destination, ':::') + 3), ''
    from aws_vpc_flow_log as l
    where l.account_id = ?1 and l.log_destination like 'arn:%:s3:::%'
    union
    select d.arn, d.region, 'truststore', substr(d.truststore_uri, 6), ''
    from aws_api_gateway_domain_name as d
    where d.account_id = ?1 and d.truststore_uri like 's3://%'
    union
    select s.arn, s.region, 'iam_policy', substr(r.value, instr(r.value, ':::') + 3), ''
    from aws_iam_policy_statement as s
    join aws_iam_policy as p on p.arn = s.arn and p.account_id = s.account_id
    join json_each(s.resources) as r
    where s.account_id = ?1 and s.effect = 'Allow' and not p.is_aws_managed and r.value like 'arn:%:s3:::%'
    union
    select s.arn, s.region, 'iam_policy', substr(r.value, instr(r.value, ':::') + 3), ''
    from aws_iam_inline_policy_statement as s
    join json_each(s.resources) as r
    where s.account_id = ?1 and s.effect = 'Allow' and r.value like 'arn:%:s3:::%'
    union
    -- What is there and could not be read: nobody knows to which bucket it refers.
    select b.arn, b.region, 'access_log', null, '' from aws_s3_bucket as b where b.account_id = ?1 and b.logging_target_bucket is null
    union
    select b.arn, b.region, 'replication', null, '' from aws_s3_bucket as b where b.account_id = ?1 and b.replication_rule_count is null
    union
    select p.arn, p.region, 'iam_policy', null, ''
    from aws_iam_policy as p
    where p.account_id = ?1 and not p.is_aws_managed and p.statement_count is null
    union
    select p.arn, p.region, 'iam_policy', null, '' from aws_iam_inline_policy as p where p.account_id = ?1 and p.statement_count is null
    union
    -- Names that AWS's own tools would take in every region: whoever has one of them in another account is waiting for this one.
    select '', p.region, 'service_default', replace(replace(pattern.value, 'ACCOUNT', ?1), 'REGION', p.region), ?1
    from place as p
    join json_each('["cdk-hnb659fds-assets-ACCOUNT-REGION", "aws-glue-assets-ACCOUNT-REGION", "aws-emr-studio-ACCOUNT-REGION",
        "sagemaker-REGION-ACCOUNT", "aws-codestar-REGION-ACCOUNT", "elasticbeanstalk-REGION-ACCOUNT",
        "aws-athena-query-results-ACCOUNT-REGION"]') as pattern
    where p.account_id = ?1 and p.in_scope and p.region <> 'global'
),
bare as (
    -- What stands before the first slash; a name with a wildcard or a variable names no bucket.
    select distinct arn, region, kind, expected_account_id,
        iif(instr(bucket_name, '/') > 0, substr(bucket_name, 1, instr(bucket_name, '/') - 1), bucket_name) as bucket_name
    from named
),
keyed as (
    select arn || ' ' || region || ' ' || kind || ' ' || coalesce(bucket_name, '') as key, *
    from bare
    where bucket_name is null or (bucket_name <> '' and bucket_name not glob '*[*?$]*')
)
select key, arn, region, kind, bucket_name, expected_account_id,
    (
        select json_array(g.action, g.outcome, g.code, g.message)
        from gap as g
        where bucket_name is null and g.account_id = ?1 and g.resource = arn
        order by g.id
        limit 1
    ) as why,
    exists (select 1 from aws_s3_bucket as b where b.name = keyed.bucket_name and b.account_id = ?1) as is_own
from keyed
where ?2 = 'global' and key > ?3
order by key
limit ?4
