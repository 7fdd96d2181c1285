/*---
title    = "Bucket that keeps no older versions"
severity = "low"
leg      = "configured"
family   = "s3-versioning"
message  = "{name} is not versioned: an overwrite or a delete there cannot be undone"
why      = """
What is overwritten or deleted in a bucket without versioning is gone, whoever did it and however: a wrong script, a lifecycle
rule with a typing error, ransomware with stolen keys. Replication and object lock need versioning too. Suspending it keeps the
old versions and protects nothing that is written from then on."""
fix      = "aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled"
references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/manage-versioning-examples.html",
]

[frameworks]
nist-800-53r5 = ["AU-9(2)", "CP-10", "CP-6", "CP-6(1)", "CP-6(2)", "CP-9", "SC-5(2)", "SI-12", "SI-13(5)"]
soc2 = ["A1.2"]

[reasons]
versioned       = "versioning is on"
never_versioned = "versioning was never on"
suspended       = "versioning was on and is suspended: older versions stay, new ones are not kept"
---*/
select
    b.arn as resource,
    b.account_id,
    b.versioning = 'Enabled' as ok,
    case b.versioning
        when 'Enabled' then 'versioned'
        when 'Suspended' then 'suspended'
        when '' then 'never_versioned'
    end as reason,
    b.name, b.versioning, b.mfa_delete
from aws_s3_bucket as b
