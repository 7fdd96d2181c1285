/*---
title    = "Subnet that is not what its tag says"
severity = "low"
leg      = "configured"
family   = "subnet-tags"
message  = "{name} ({subnet_id}) is tagged {tagged_as}, and its routes make it {routed_as}: {meaning}"
why      = """
People and tools place workloads by what a subnet is called. AWS places packets by its routes. Where the two disagree, databases end up
in public subnets and functions in subnets without a way out, and every diagram shows the opposite of what happens."""
fix      = "aws ec2 create-tags --region {region} --resources {subnet_id} --tags Key={type_tag},Value={routed_as}"
references = ["https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html"]

[reasons]
agrees             = "tag and routes agree"
public_by_routes   = "its default route leads to an internet gateway"
private_by_routes  = "its default route leads out by a NAT or another gateway, not by an internet gateway"
isolated_by_routes = "it has no default route"
unknown_value      = "the tag has a value that says nothing about routes"

[params.type_tag]
default = "aws-cdk:subnet-type"
doc     = "Tag that says what a subnet is meant to be."
---*/
with named as (
    select
        s.*,
        s.tags ->> ('$."' || :type_tag || '"') as tagged_as,
        case r.target_kind
            when 'internet_gateway' then 'Public'
            when 'none' then 'Isolated'
            else iif(r.target_kind is null, null, 'Private')
        end as routed_as,
        r.target_kind, r.target_id, r.route_table_id
    from aws_vpc_subnet as s
    join aws_vpc_effective_route as r on r.arn = s.arn and r.account_id = s.account_id and r.family = 'ipv4'
    where s.cidr_block <> ''
)
select
    n.arn as resource,
    n.account_id,
    n.tagged_as is not null as applies,
    iif(n.tagged_as in ('Public', 'Private', 'Isolated'), n.tagged_as = n.routed_as, null) as ok,
    case
        when n.tagged_as not in ('Public', 'Private', 'Isolated') then 'unknown_value'
        when n.tagged_as = n.routed_as then 'agrees'
        when n.routed_as = 'Public' then 'public_by_routes'
        when n.routed_as = 'Private' then 'private_by_routes'
        when n.routed_as = 'Isolated' then 'isolated_by_routes'
    end as reason,
    iif(n.name = '', n.subnet_id, n.name) as name,
    n.subnet_id, n.vpc_id, n.tagged_as, n.routed_as, n.target_kind, n.target_id, n.route_table_id
from named as n
