/*---
title    = "Machine image that is shared with everybody"
severity = "high"
leg      = "configured"
family   = "public-images"
message  = "{image_id} ({name}) is public: every AWS account can start machines from it and read its disks"
why      = """
A machine image is a copy of whole disks: shell histories, configuration, certificates and keys that somebody left there
included. A public one can be listed, started and copied by anybody, and copies stay when it is made private again. Sharing it
with the accounts that need it does the same job."""
fix      = "aws ec2 modify-image-attribute --region {region} --image-id {image_id} --operation-type remove --attribute launchPermission --user-groups all"
references = [
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharingamis-intro.html",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-public-access-to-amis.html",
]

[frameworks]
soc2 = ["CC6.6"]
---*/
select
    i.arn as resource,
    i.account_id,
    i.is_own and i.state <> 'deregistered' as applies,
    not i.is_public as ok,
    i.image_id, i.name, i.description, i.owner_id, i.state, i.creation_date
from aws_ec2_ami as i
