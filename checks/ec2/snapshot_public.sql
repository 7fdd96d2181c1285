/*---
title    = "EBS snapshot that is shared with everybody"
severity = "critical"
leg      = "configured"
family   = "public-snapshots"
message  = "{shown_name} of {volume_id} is shared with every AWS account: {meaning}"
why      = """
Anybody with an AWS account can list public snapshots, make a volume from one and read every file on it, and what was deleted
but not overwritten as well. People search them for keys and customer data all the time. A copy that somebody made stays theirs
after the sharing ends."""
fix      = "aws ec2 modify-snapshot-attribute --region {region} --snapshot-id {snapshot_id} --attribute createVolumePermission --operation-type remove --group-names all"
references = [
    "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html",
    "https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html",
]

[frameworks]
fsbp = ["EC2.1"]
nist-800-53r5 = [
    "AC-3", "AC-3(7)", "AC-4", "AC-4(21)", "AC-6", "AC-21",
    "SC-7", "SC-7(3)", "SC-7(4)", "SC-7(9)", "SC-7(11)", "SC-7(16)", "SC-7(20)", "SC-7(21)",
]
soc2 = ["CC6.1"]

[reasons]
public    = "anybody can make a volume from it"
held_back = "only the region's block of public access keeps it back, and without that block it is public again at once"
private   = "it is not among the snapshots that everybody can use"
---*/
select
    s.arn as resource,
    s.account_id,
    not s.is_public as ok,
    -- The block does not take the permission away, it only overrides it.
    case
        when not s.is_public then 'private'
        when s.is_public and r.snapshot_block_public_access = 'block-all-sharing' then 'held_back'
        when s.is_public then 'public'
    end as reason,
    iif(r.snapshot_block_public_access = 'block-all-sharing', 'low', 'critical') as severity,
    iif(s.name = '', s.snapshot_id, s.name || ' (' || s.snapshot_id || ')') as shown_name,
    s.snapshot_id, s.volume_id, s.state, s.encrypted, s.description, s.start_time,
    r.snapshot_block_public_access, r.arn as settings_arn
from aws_ebs_snapshot as s
left join aws_ec2_regional_settings as r on r.account_id = s.account_id and r.region = s.region
