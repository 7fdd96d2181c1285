/*---
title    = "Region in which new EBS volumes are not encrypted by default"
severity = "medium"
leg      = "configured"
family   = "ebs-encryption-default"
message  = "New EBS volumes and snapshot copies of {account} in {region} are not encrypted unless somebody asks for it"
why      = """
Without the default it takes one launch template, script or console click that forgets an argument to make an unencrypted
volume, and it cannot be encrypted afterwards. With it, EC2 encrypts every new volume and every copied snapshot, whoever makes
it. The setting holds for one region, costs nothing and changes nothing that exists."""
fix      = "aws ec2 enable-ebs-encryption-by-default --region {region}"
references = [
    "https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html",
]

[frameworks]
fsbp = ["EC2.7"]
"cis-3.0" = ["2.2.1"]
"cis-5.0" = ["5.1.1"]
nist-800-53r5 = ["CA-9(1)", "CM-3(6)", "SC-7(10)", "SC-13", "SC-28", "SC-28(1)", "SI-7(6)"]
---*/
select
    s.arn as resource,
    s.account_id,
    s.ebs_encryption_by_default as ok,
    s.ebs_encryption_by_default
from aws_ec2_regional_settings as s
