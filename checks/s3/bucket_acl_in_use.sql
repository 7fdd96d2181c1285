/*---
title    = "Bucket in which ACLs still count"
severity = "low"
leg      = "configured"
family   = "s3-ownership"
message  = "{name} still obeys ACLs: {meaning}"
why      = """
While ACLs count, every object can carry a grant of its own that no policy shows, and whoever may upload can make an object
public or keep it for an account of theirs. With the owner enforced, all objects belong to the bucket's account and policies
alone decide. S3 refuses the change as long as the bucket's ACL gives somebody else something: move such a grant, log delivery
for instance, into the bucket's policy first."""
fix      = '''aws s3api put-bucket-ownership-controls --cli-input-yaml $'Bucket: "{name}"\nOwnershipControls:\n  Rules:\n  - ObjectOwnership: BucketOwnerEnforced''''
references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html",
]

[frameworks]
fsbp = ["S3.12"]
nist-800-53r5 = ["AC-2(1)", "AC-3", "AC-3(15)", "AC-3(7)", "AC-6"]
soc2 = ["CC6.1"]

[reasons]
enforced               = "the bucket's owner owns everything in it, and ACLs are off"
never_set              = "object ownership was never set, so objects belong to whoever wrote them, with the ACL that came along"
object_writer          = "objects belong to whoever wrote them, with the ACL that came along"
bucket_owner_preferred = "objects belong to the bucket's owner only if the writer says so, and their ACLs count"
---*/
select
    b.arn as resource,
    b.account_id,
    b.object_ownership = 'BucketOwnerEnforced' as ok,
    case b.object_ownership
        when 'BucketOwnerEnforced' then 'enforced'
        when 'BucketOwnerPreferred' then 'bucket_owner_preferred'
        when 'ObjectWriter' then 'object_writer'
        when '' then 'never_set'
    end as reason,
    b.name, b.object_ownership, b.acl_grants
from aws_s3_bucket as b
