/*---
title    = "Subnet that hands out public addresses by default"
severity = "medium"
leg      = "configured"
family   = "public-ip"
message  = "{shown_name} gives every network interface that is made in it a public IPv4 address"
why      = """
In such a subnet whatever is launched gets a public address without anybody asking for it, also what an autoscaling group, a
container service or a colleague's experiment launches. Only its security group is then between it and the internet. Load
balancers and NAT gateways do not need the setting: they are given their addresses on purpose."""
fix      = "aws ec2 modify-subnet-attribute --region {region} --subnet-id {subnet_id} --no-map-public-ip-on-launch"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-public-ip.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html",
]

[frameworks]
fsbp = ["EC2.15"]
nist-800-53r5 = [
    "AC-3", "AC-3(7)", "AC-4", "AC-4(21)", "AC-6", "AC-21",
    "SC-7", "SC-7(3)", "SC-7(4)", "SC-7(9)", "SC-7(11)", "SC-7(16)", "SC-7(20)", "SC-7(21)",
]
"pci-dss-4.0.1" = ["1.4.4"]
soc2 = ["CC6.6"]
---*/
with used as (
    select
        i.account_id, i.region, i.subnet_id,
        coalesce(max(i.status <> 'available'), 0) or iif(count(i.status) < count(*), null, 0) as is_used,
        count(*) filter (where i.public_ip <> '') as public_interfaces
    from aws_ec2_network_interface as i
    group by i.account_id, i.region, i.subnet_id
)
select
    s.arn as resource,
    s.account_id,
    -- The subnets of a default VPC are born that way; where nothing is in them, nothing is public.
    not v.is_default or iif(u.subnet_id is null, 0, u.is_used) as applies,
    not s.map_public_ip_on_launch as ok,
    iif(s.name = '', s.subnet_id, s.name || ' (' || s.subnet_id || ')') as shown_name,
    s.subnet_id, s.vpc_id, s.availability_zone, s.cidr_block, s.map_public_ip_on_launch, s.is_shared, v.is_default,
    coalesce(u.public_interfaces, 0) as public_interfaces
from aws_vpc_subnet as s
left join aws_vpc as v on v.vpc_id = s.vpc_id and v.account_id = s.account_id and v.region = s.region
left join used as u on u.subnet_id = s.subnet_id and u.account_id = s.account_id and u.region = s.region
