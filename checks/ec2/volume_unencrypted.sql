/*---
title    = "EBS volume that is not encrypted"
severity = "medium"
leg      = "configured"
family   = "ebs-encryption"
message  = "{shown_name}, of type {volume_type} in {availability_zone}, is not encrypted"
why      = """
What is on an unencrypted volume is protected by permissions alone: whoever may copy one of its snapshots into an account of
their own reads everything, and a snapshot can be shared with everybody by mistake. An encrypted volume needs the key as well,
which has a policy and a log of its own. A volume cannot be encrypted later; it has to be made anew from a snapshot."""
fix      = "aws ec2 create-snapshot --region {region} --volume-id {volume_id} && aws ec2 create-volume --region {region} --availability-zone {availability_zone} --volume-type {volume_type} --encrypted --snapshot-id SNAPSHOT_ID"
references = [
    "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html",
]

[frameworks]
fsbp = ["EC2.3"]
nist-800-53r5 = ["CA-9(1)", "CM-3(6)", "SC-7(10)", "SC-13", "SC-28", "SC-28(1)", "SI-7(6)"]
---*/
select
    v.arn as resource,
    v.account_id,
    v.state not in ('deleting', 'deleted') as applies,
    v.encrypted as ok,
    iif(v.name = '', v.volume_id, v.name || ' (' || v.volume_id || ')') as shown_name,
    v.volume_id, v.state, v.size_gib, v.volume_type, v.availability_zone, v.snapshot_id, v.instance_ids,
    v.kms_key_id, v.create_time
from aws_ebs_volume as v
