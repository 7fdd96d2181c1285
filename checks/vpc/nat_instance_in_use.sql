/*---
title    = "Default route through an instance"
severity = "medium"
leg      = "configured"
family   = "nat-instances"
message  = "{name} is the way to the internet for {subnet_count} subnets: one machine without a stand-in"
why      = """
A NAT instance is a single machine that somebody has to patch, size and restart. It has no stand-in, its forwarding is set up inside
of it where nobody can see it, and AWS's image for it is out of support. A NAT gateway does the same without being looked after."""
fix      = "aws ec2 create-nat-gateway --region {region} --subnet-id {instance_subnet_id} --allocation-id ALLOCATION_ID"
references = ["https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-comparison.html"]

[reasons]
nat_instance = "default routes of subnets lead to its network interface"
ordinary     = "no default route leads to it"
---*/
with route as materialized (
    select
        r.arn, r.account_id, r.region, r.vpc_id, r.subnet_id, r.target_kind,
        case r.target_kind when 'network_interface' then r.instance_id when 'instance' then r.target_id end as instance_id
    from aws_vpc_effective_route as r
    where r.family = 'ipv4'
),
uses as materialized (
    select
        i.arn,
        i.account_id,
        count(distinct r.arn) as subnet_count,
        json_group_array(distinct r.subnet_id) as subnet_ids
    from route as r
    -- Few routes lead to instances: they look for theirs, and not the other way round.
    cross join aws_ec2_instance as i on i.instance_id = r.instance_id and i.account_id = r.account_id and i.region = r.region
    group by i.arn, i.account_id
),
unread as materialized (
    select r.account_id, r.region, r.vpc_id
    from route as r
    where r.target_kind is null
    group by r.account_id, r.region, r.vpc_id
)
select
    i.arn as resource,
    i.account_id,
    i.state <> 'terminated' as applies,
    case
        when u.arn is not null then 0
        when x.vpc_id is not null then null
        else 1
    end as ok,
    case
        when u.arn is not null then 'nat_instance'
        when x.vpc_id is null then 'ordinary'
    end as reason,
    iif(i.name = '', i.instance_id, i.name || ' (' || i.instance_id || ')') as name,
    i.instance_id, i.vpc_id, i.subnet_id as instance_subnet_id, u.subnet_count, u.subnet_ids
from aws_ec2_instance as i
left join uses as u on u.arn = i.arn and u.account_id = i.account_id
-- A route that was not read could lead here.
left join unread as x on x.vpc_id = i.vpc_id and x.account_id = i.account_id and x.region = i.region
