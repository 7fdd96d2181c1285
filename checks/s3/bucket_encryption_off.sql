/*---
title    = "Bucket without default encryption"
severity = "medium"
leg      = "configured"
family   = "s3-encryption"
message  = "{name} does not encrypt as it should by default: {meaning}"
why      = """
The default encryption decides how an object is stored when the writer asks for nothing. AWS encrypts every new object with
keys of S3's own, and whoever may read the object gets it in clear. With a KMS key reading takes a second permission, leaves a
trail of its own and can be withdrawn for everything at once; where that is required, `require_kms` asks for it."""
fix      = '''aws s3api put-bucket-encryption --cli-input-yaml $'Bucket: "{name}"\nServerSideEncryptionConfiguration:\n  Rules:\n  - ApplyServerSideEncryptionByDefault:\n      SSEAlgorithm: AES256''''
references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
]

[fixes]
not_kms = '''aws s3api put-bucket-encryption --cli-input-yaml $'Bucket: "{name}"\nServerSideEncryptionConfiguration:\n  Rules:\n  - ApplyServerSideEncryptionByDefault:\n      SSEAlgorithm: "aws:kms"\n      KMSMasterKeyID: "KMS_KEY_ARN"\n    BucketKeyEnabled: true''''

[frameworks]
nist-800-53r5 = ["AU-9", "CA-9(1)", "CM-3(6)", "SC-13", "SC-28", "SC-28(1)", "SC-7(10)", "SI-7(6)"]
soc2 = ["CC6.1", "CC6.7"]

[reasons]
encrypted     = "it has the default encryption that is asked for"
no_encryption = "it has no default encryption"
not_kms       = "its default encryption uses keys of S3's own, and a KMS key is required"

[params.require_kms]
default = false
doc     = "Whether a key of KMS is required: then AES256, which uses keys of S3's own, fails too."
---*/
select
    b.arn as resource,
    b.account_id,
    b.encryption <> '' and (b.encryption <> 'AES256' or not :require_kms) as ok,
    case
        when b.encryption = '' then 'no_encryption'
        when b.encryption = 'AES256' and :require_kms then 'not_kms'
        when b.encryption <> '' then 'encrypted'
    end as reason,
    b.name, b.encryption, b.kms_key_id, b.bucket_key_enabled
from aws_s3_bucket as b
