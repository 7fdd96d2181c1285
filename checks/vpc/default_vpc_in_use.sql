/*---
title    = "Default VPC that carries workloads"
severity = "low"
leg      = "configured"
family   = "default-vpc"
message  = "{vpc_id}, the default VPC of {region}, carries network interfaces in use: {interfaces}"
why      = """
The default VPC is there for first steps: all of its subnets are public, all of its addresses are the same in every account,
and no code describes it. What runs there was mostly put there by leaving out an argument. It gets a public address, it cannot
be connected with another default VPC, and the network around it cannot be built a second time."""
fix      = "aws ec2 describe-network-interfaces --region {region} --filters Name=vpc-id,Values={vpc_id}"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html",
]
---*/
with used as (
    select
        i.account_id, i.region, i.vpc_id,
        coalesce(max(i.status <> 'available'), 0) or iif(count(i.status) < count(*), null, 0) as is_used,
        count(*) filter (where i.status <> 'available') as interfaces,
        count(distinct i.instance_id) filter (where i.status <> 'available' and i.instance_id <> '') as instances
    from aws_ec2_network_interface as i
    group by i.account_id, i.region, i.vpc_id
)
select
    v.arn as resource,
    v.account_id,
    v.is_default as applies,
    iif(u.vpc_id is null, 1, not u.is_used) as ok,
    v.vpc_id, v.cidr_block,
    coalesce(u.interfaces, 0) as interfaces,
    coalesce(u.instances, 0) as instances
from aws_vpc as v
left join used as u on u.vpc_id = v.vpc_id and u.account_id = v.account_id and u.region = v.region
