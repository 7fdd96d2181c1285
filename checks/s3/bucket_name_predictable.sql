/*---
title    = "Bucket name that anybody could have taken"
severity = "low"
leg      = "configured"
family   = "bucket-names"
message  = "{name} is a name that anybody could think of: {meaning}"
why      = """
Bucket names are shared by all accounts of a partition. A name made of plain words may be taken when the next environment is
built, and where it follows a pattern, somebody can take the next one first and receive what is sent there. Once deleted, the
name is free for everybody while policies and scripts still point at it. An account id, a random part, or the namespace that S3
keeps for each account and region rules that out. A bucket cannot be renamed: the fix makes a new one."""
fix      = "aws s3api create-bucket --region {home_region} --bucket {suggested_name}{options}"
references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html",
]

[frameworks]
soc2 = ["CC6.6"]

[reasons]
account_regional_namespace = "it is in the namespace that S3 keeps for this account and region: nobody else can take it"
has_account_id  = "it carries the account's id"
has_random_part = "it has a part that looks random"
has_region      = "it carries its region, which is enough unless `region_is_enough` says otherwise"
only_region     = "it carries its region, but neither the account's id nor a random part"
predictable     = "it has no account id, no region and no random part"
region_unread   = "it has no account id and no random part, and S3 would not say which region it could carry"

[params.region_is_enough]
default = true
doc     = "Whether the region alone makes a name good enough. It keeps one's own regions apart; it does not keep strangers out."

[params.random_length]
default = 8
doc     = "Shortest part, in characters, that can count as random."
---*/
with bucket as (
    select
        b.*,
        b.name glob '*-' || b.account_id || '-' || iif(b.region = 'unknown', '[a-z]*-[0-9]', b.region) || '-an' as is_reserved,
        instr(b.name, b.account_id) > 0 as has_account_id,
        iif(b.region = 'unknown', null, instr(b.name, b.region) > 0) as has_region,
        -- A part between separators looks random when letters and digits alternate at least twice (a version or a year at the end
        -- of a word does not), when it mixes both in hexadecimal, or when it is far too long for a number that means something. A
        -- UUID always does. This is a guess: a word such as `route53logs` passes, eight random letters do not.
        exists (
            select 1
            from json_each('["' || replace(replace(replace(lower(b.name), '.', '-'), '_', '-'), '-', '", "') || '"]') as part
            where length(part.value) >= :random_length
                and part.value not glob '*[^a-z0-9]*'
                and (
                    part.value glob '*[a-z]*[0-9]*[a-z]*'
                    or part.value glob '*[0-9]*[a-z]*[0-9]*'
                    or (part.value glob '*[a-f]*' and part.value glob '*[0-9]*' and part.value not glob '*[^a-f0-9]*')
                    or (length(part.value) >= 16 and part.value not glob '*[^a-f0-9]*')
                )
        )
        or lower(b.name) glob '*' || replace('xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx', 'x', '[0-9a-f]') || '*' as has_random_part,
        -- Two regions do not have that namespace.
        '-' || b.account_id || '-' || iif(b.region = 'unknown', 'REGION', b.region)
            || iif(b.region in ('me-south-1', 'me-central-1'), '', '-an') as suffix,
        iif(b.region in ('me-south-1', 'me-central-1'), '', ' --bucket-namespace account-regional')
            || iif(b.region in ('us-east-1', 'unknown'), '', ' --create-bucket-configuration LocationConstraint=' || b.region)
            as options
    from aws_s3_bucket as b
)
select
    b.arn as resource,
    b.account_id,
    b.is_reserved or b.has_account_id or b.has_random_part or (:region_is_enough and b.has_region) as ok,
    case
        when b.is_reserved then 'account_regional_namespace'
        when b.has_account_id then 'has_account_id'
        when b.has_random_part then 'has_random_part'
        when b.has_region then iif(:region_is_enough, 'has_region', 'only_region')
        when b.has_region is null and :region_is_enough then 'region_unread'
        else 'predictable'
    end as reason,
    b.name,
    iif(b.region = 'unknown', 'REGION', b.region) as home_region,
    rtrim(substr(b.name, 1, 63 - length(b.suffix)), '-.') || b.suffix as suggested_name,
    b.options
from bucket as b
