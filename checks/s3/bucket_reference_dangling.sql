/*---
title    = "Reference to a bucket that is missing or somebody else's"
severity = "high"
leg      = "working"
family   = "bucket-references"
message  = "{resource} refers to {worst_name} ({worst_kind}): {meaning}"
why      = """
Bucket names are shared by all accounts. When something refers to a bucket that is gone, anybody may make one of that name:
logs and replicas then flow to a stranger, and what is read from it (certificates of accepted clients, code, settings) is what
the stranger puts there. A bucket that exists and does not belong here may be that stranger's already. AWS keeps such
references and warns of none. Ownership is decided by the accounts' own lists of buckets, all accounts of the snapshot
included; HeadBucket only tells missing from hidden."""
fix      = "aws s3 mb s3://{worst_name} --region {home_region}  # or take the reference away"
reach    = "everywhere"
references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html",
]

[fixes]
dangling_reserved = "aws s3api head-bucket --bucket {worst_name}  # 404: let the account that should own it make it again, or take the reference away"
foreign_owner_unknown = "aws s3api head-bucket --bucket {worst_name} --expected-bucket-owner OWNER_ACCOUNT_ID  # if the owner is the one you mean, name the bucket in `known_foreign`; if not, take the reference away"
foreign_public = "aws s3api head-bucket --bucket {worst_name} --expected-bucket-owner OWNER_ACCOUNT_ID  # if the owner is the one you mean, name the bucket in `known_foreign`; if not, take the reference away"

[frameworks]
soc2 = ["CC6.6"]

[reasons]
own                   = "every bucket that it refers to is the account's own"
org_bucket            = "what is not the account's own belongs to another account of this snapshot"
expected_owner        = "what is not the account's own belongs to an account that the reference, a replication rule, or a reserved name, states"
known_foreign         = "what is not the account's own is known, by `known_foreign`"
dangling_claimable    = "nobody has a bucket of that name, so anybody can make one"
dangling_reserved     = "nobody has a bucket of that name, but the name or the expected owner keeps strangers from stepping in"
foreign_owner_unknown = "there is a bucket of that name, it is not this account's, and whose it is cannot be told"
foreign_public        = "the bucket is another account's and open to this one; nothing says that it is meant"

[params.known_foreign]
default = []
doc     = "Names of buckets of others that are meant, of partners for instance, as GLOB patterns."

[params.aws_owned]
default = [
    "amazon-ssm-*-[0-9]", "aws-ssm-*-[0-9]", "aws-windows-downloads-*-[0-9]", "aws-patchmanager-macos-*-[0-9]",
    "patch-baseline-snapshot-*-[0-9]", "*-[0-9]-birdwatcher-prod", "amazonlinux-2-repos-*-[0-9]", "al2023-repos-*-[0-9]-de612dc2",
    "amazonlinux.*.amazonaws.com", "packages.*.amazonaws.com", "repo.*.amazonaws.com", "prod-*-[0-9]-starport-layer-bucket",
    "aws-codedeploy-*-[0-9]", "elasticbeanstalk-samples-*-[0-9]", "elasticbeanstalk-platform-assets-*-[0-9]",
    "amazoncloudwatch-agent", "amazoncloudwatch-agent-*-[0-9]", "jumpstart-cache-prod-*-[0-9]",
]
doc     = """
Names of AWS's own buckets, as GLOB patterns: where they exist, nobody asks whose they are. `aws-*` would be too much: many such
names are customers' own."""
---*/
with hidden as (
    select e.account_id from aws_s3_bucket_reference as e where e.kind = 'replication' and e.bucket_name is null
),
stated as materialized (
    select distinct account_id, bucket_name
    from aws_s3_bucket_reference
    where kind = 'replication' and expected_account_id <> ''
),
reference as materialized (
    select
        r.*,
        -- Only the account in such a name can ever have a bucket of that name.
        r.bucket_name glob '*-' || replace('############', '#', '[0-9]') || '-[a-z]*-[0-9]-an' as is_reserved,
        exists (select 1 from json_each(:aws_owned) as p where r.bucket_name glob p.value) as is_aws_name,
        exists (select 1 from json_each(:known_foreign) as p where r.bucket_name glob p.value) as is_known,
        exists (select 1 from aws_s3_bucket as b where b.name = r.bucket_name and b.account_id <> r.account_id) as is_in_snapshot,
        -- A policy cannot say whose bucket it means; a replication rule for the same bucket can.
        case
            when e.bucket_name is not null then 1
            when r.account_id in (select h.account_id from hidden as h) then null
            else 0
        end as is_stated
    from aws_s3_bucket_reference as r
    left join stated as e on e.account_id = r.account_id and e.bucket_name = r.bucket_name
    where r.kind <> 'service_default'
        -- Aliases of access points, and buckets of other kinds, have names that nobody can choose.
        and not coalesce(r.bucket_name glob '*-s3alias' or r.bucket_name glob '*--ol-s3' or r.bucket_name glob '*.mrap'
            or r.bucket_name glob '*--x-s3' or r.bucket_name glob '*--table-s3', 0)
),
judged as (
    select
        r.*,
        case
            when r.found is null or r.bucket_name is null then null
            when r.found = 'own' then 'own'
            when r.found = 'missing'
                then iif(r.is_reserved or r.expected_account_id <> '', 'dangling_reserved', 'dangling_claimable')
            when r.found not in ('hidden', 'foreign') then null
            when r.is_aws_name then 'aws_owned'
            when r.is_in_snapshot then 'org_bucket'
            when r.is_reserved or r.expected_account_id <> '' or r.is_stated then 'expected_owner'
            when r.is_known then 'known_foreign'
            when r.is_stated is null then null
            when r.found = 'hidden' then 'foreign_owner_unknown'
            when r.found = 'foreign' then 'foreign_public'
        end as verdict
    from reference as r
),
ranked as materialized (
    select
        j.*,
        case
            when j.verdict is null then null
            when j.verdict = 'dangling_claimable' and j.kind = 'truststore' then 9
            when j.verdict = 'dangling_claimable' then 8
            when j.verdict = 'foreign_owner_unknown' then 7
            when j.verdict = 'foreign_public' then 6
            when j.verdict = 'dangling_reserved' then 5
            when j.verdict = 'known_foreign' then 4
            when j.verdict = 'expected_owner' then 3
            when j.verdict = 'org_bucket' then 2
            when j.verdict = 'own' then 1
            when j.verdict = 'aws_owned' then 0
        end as rank
    from judged as j
),
referrer as (
    select
        r.arn,
        r.account_id,
        min(r.region) as region,
        max(r.rank) as worst,
        -- AWS's own buckets are no question; one of such a name that was not asked for may be missing.
        coalesce(max(iif(r.is_aws_name, r.rank > 0, 1)), 0)
            or iif(count(iif(r.is_aws_name, r.rank > 0, 1)) < count(*), null, 0) as applies,
        coalesce(min(r.rank < 5), 1) and iif(count(r.rank) < count(*), null, 1) as ok
    from ranked as r
    group by r.arn, r.account_id
),
worst as (
    select
        r.arn, r.account_id, r.bucket_name, r.kind,
        row_number() over (partition by r.arn, r.account_id order by r.rank desc, r.bucket_name, r.kind) as nth
    from ranked as r
)
select
    f.arn as resource,
    f.account_id,
    f.applies,
    f.ok,
    case
        when f.ok is null then ''
        when f.worst >= 8 then 'dangling_claimable'
        when f.worst = 7 then 'foreign_owner_unknown'
        when f.worst = 6 then 'foreign_public'
        when f.worst = 5 then 'dangling_reserved'
        when f.worst = 4 then 'known_foreign'
        when f.worst = 3 then 'expected_owner'
        when f.worst = 2 then 'org_bucket'
        when f.worst = 1 then 'own'
        else ''
    end as reason,
    case
        when f.worst = 9 then 'critical'
        when f.worst in (5, 6) then 'medium'
        else 'high'
    end as severity,
    w.bucket_name as worst_name,
    w.kind as worst_kind,
    (
        select json_group_array(json_object('name', n.bucket_name, 'kind', n.kind, 'found', n.found, 'verdict', n.verdict))
        from (select r.* from ranked as r where r.arn = f.arn and r.account_id = f.account_id order by r.rank desc, r.bucket_name, r.kind) as n
    ) as buckets,
    iif(f.region = 'global', 'us-east-1', f.region) as home_region
from referrer as f
join worst as w on w.arn = f.arn and w.account_id = f.account_id and w.nth = 1
