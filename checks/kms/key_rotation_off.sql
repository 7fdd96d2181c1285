/*---
title    = "KMS key that is never rotated"
severity = "low"
leg      = "configured"
family   = "key-rotation"
message  = "{name} is not rotated: everything that it ever encrypts hangs on the same material"
why      = """
Without rotation one piece of key material protects all data from the first day to the last, so a leak opens all of it.
Rotation costs a switch: KMS makes new material each year, keeps the old for what was encrypted with it, and the key's id stays
the same, so nothing that uses the key has to change."""
fix      = "aws kms enable-key-rotation --region {region} --key-id {key_id}"
references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html",
]

[fixes]
off_multi_region = "aws kms enable-key-rotation --region PRIMARY_REGION --key-id {key_id}  # in the region of the primary key"

[frameworks]
"cis-3.0" = ["3.6"]
"cis-5.0" = ["3.6"]
nist-800-53r5 = ["SC-12", "SC-12(2)", "SC-28(3)"]
"pci-dss-4.0.1" = ["3.7.4"]

[reasons]
off              = "rotation is off"
off_multi_region = "rotation is off for the whole family of a multi-region key, where only its primary key can switch it on"
---*/
select
    k.arn as resource,
    k.account_id,
    k.can_rotate and k.key_state = 'Enabled' as applies,
    k.rotation_enabled as ok,
    iif(k.rotation_enabled = 0, iif(k.multi_region, 'off_multi_region', 'off'), null) as reason,
    coalesce(k.aliases ->> '$[0]', k.key_id) as name,
    k.key_id, k.aliases, k.key_state, k.multi_region, k.rotation_enabled, k.creation_date
from aws_kms_key as k
