/*---
title    = "Bucket that could be made public"
severity = "high"
leg      = "configured"
family   = "s3-public-access"
message  = "{name} can be opened to everybody: neither the account nor the bucket turns on {open_switches}"
why      = """
Block Public Access is the fence behind every policy and ACL: two switches refuse to make something public, two take the effect
from what is public already. A switch holds when the account or the bucket turns it on. With one of them off, a single careless
policy or ACL is enough to show the bucket to the internet, and nothing else in the account would stop it."""
fix      = "aws s3api put-public-access-block --bucket {name} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-block-public-access-bucket.html",
]

[frameworks]
fsbp = ["S3.1", "S3.8"]
nist-800-53r5 = [
    "AC-21", "AC-3", "AC-3(7)", "AC-4", "AC-4(21)", "AC-6", "SC-7", "SC-7(11)", "SC-7(16)", "SC-7(20)", "SC-7(21)", "SC-7(3)",
    "SC-7(4)", "SC-7(9)",
]
"pci-dss-4.0.1" = ["1.4.4"]
"cis-3.0" = ["2.1.4"]
"cis-5.0" = ["2.1.4"]
soc2 = ["CC6.1", "CC6.6"]

[reasons]
account_blocks = "the account turns all four switches on, whatever its buckets say"
blocked        = "all four switches are on, by the account or the bucket"
all_open       = "none of the four switches is on"
some_open      = "some of the four switches are off"
---*/
with bucket as (
    select
        b.*,
        a.arn as account_settings_arn,
        a.block_public_acls and a.ignore_public_acls and a.block_public_policy and a.restrict_public_buckets as is_account_closed,
        b.block_public_acls or a.block_public_acls as blocks_acls,
        b.ignore_public_acls or a.ignore_public_acls as ignores_acls,
        b.block_public_policy or a.block_public_policy as blocks_policy,
        b.restrict_public_buckets or a.restrict_public_buckets as restricts
    from aws_s3_bucket as b
    left join aws_s3_account_settings as a on a.account_id = b.account_id
)
select
    b.arn as resource,
    b.account_id,
    b.blocks_acls and b.ignores_acls and b.blocks_policy and b.restricts as ok,
    case
        when b.is_account_closed then 'account_blocks'
        when b.blocks_acls and b.ignores_acls and b.blocks_policy and b.restricts then 'blocked'
        when not (b.blocks_acls or b.ignores_acls or b.blocks_policy or b.restricts) then 'all_open'
        when not (b.blocks_acls and b.ignores_acls and b.blocks_policy and b.restricts) then 'some_open'
    end as reason,
    b.name,
    (
        select json_group_array(s.value ->> '$[0]')
        from json_each(
            json_array(
                json_array('BlockPublicAcls', b.blocks_acls), json_array('IgnorePublicAcls', b.ignores_acls),
                json_array('BlockPublicPolicy', b.blocks_policy), json_array('RestrictPublicBuckets', b.restricts)
            )
        ) as s
        where s.value ->> '$[1]' = 0
    ) as open_switches,
    b.account_settings_arn
from bucket as b
