/*---
title    = "Elastic IP address that nothing uses"
severity = "low"
leg      = "configured"
family   = "idle-addresses"
message  = "{public_ip} ({allocation_id}) is allocated, and nothing uses it"
why      = """
AWS charges for every public IPv4 address by the hour, and for one that nothing uses as well. Left-over addresses also use up
the region's quota, which is small, so that the next NAT gateway cannot be made; and they stay in other people's allow lists,
where nobody knows any more what they are for."""
fix      = "aws ec2 release-address --region {region} --allocation-id {allocation_id}"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/WorkWithEIPs.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html",
]

[frameworks]
nist-800-53r5 = ["CM-8(1)"]
---*/
select
    a.arn as resource,
    a.account_id,
    a.association_id <> '' as ok,
    a.name, a.public_ip, a.allocation_id, a.association_id, a.instance_id, a.network_interface_id
from aws_vpc_eip as a
