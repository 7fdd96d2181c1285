/*---
title    = "Private subnet without a way out"
severity = "high"
leg      = "configured"
family   = "egress"
message  = "{name} ({subnet_id}, {availability_zone}) has no default route that leads to a NAT: {verdict}"
why      = """
A private subnet is meant to reach the internet through a NAT and not to be reached from it. When its default route is missing,
leads to a peering connection or to a private NAT gateway, whatever runs there cannot fetch an image, call a payment provider or
rotate a secret; when it leads to an internet gateway, the subnet is not private at all. NAT instances and gateways that no route
points at look fine in every list of resources."""
fix      = "aws ec2 create-route --region {region} --route-table-id {route_table_id} --destination-cidr-block 0.0.0.0/0 {suggested_target}"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
    "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
]

[fixes]
private_is_public = "aws ec2 replace-route --region {region} --route-table-id {route_table_id} --destination-cidr-block 0.0.0.0/0 {suggested_target}"
peering_no_transit = "aws ec2 replace-route --region {region} --route-table-id {route_table_id} --destination-cidr-block 0.0.0.0/0 {suggested_target}"
private_nat = "aws ec2 replace-route --region {region} --route-table-id {route_table_id} --destination-cidr-block 0.0.0.0/0 {suggested_target}"

[frameworks]
soc2 = ["CC6.6", "A1.2"]

[reasons]
routed             = "its default route leads to something that can lead to the internet"
no_egress          = "it is meant to have a way out, and its route table has no default route"
private_is_public  = "it is tagged private, and its default route leads to an internet gateway: the routes decide, it is public"
peering_no_transit = "its default route leads to a peering connection, which never passes internet traffic on"
private_nat        = "its default route leads to a private NAT gateway, which leads to other networks only"
on_prem_nat        = "its default route leads to a private NAT gateway, which is meant to lead to networks of one's own"
split_default      = "its default route is in halves that lead to different targets"
route_not_visible  = "the route table that holds for it is not visible from here, as in a subnet that another account shares"

[params.type_tag]
default = "aws-cdk:subnet-type"
doc     = "Tag that says what a subnet is meant to be; the routes decide what it is."

[params.private_values]
default = ["Private", "private"]
doc     = "Values of that tag for a subnet that is private and has a way out."

[params.egress_expected]
default = false
doc     = "Whether a subnet without a default route is expected to have one even if no tag says so."

[params.on_premises]
default = false
doc     = "Whether the way out is meant to lead to networks of one's own only, by a private NAT gateway."
---*/
with subnet as (
    select
        s.*,
        r.target_kind, r.target_id, r.route_table_id, r.route_table_arn,
        coalesce(s.tags ->> ('$."' || :type_tag || '"'), '') as tagged_as,
        exists (
            select 1
            from json_each(:private_values) as v
            where v.value = s.tags ->> ('$."' || :type_tag || '"')
        ) as is_meant_private,
        n.arn as nat_gateway_arn, n.connectivity_type
    from aws_vpc_subnet as s
    join aws_vpc_effective_route as r on r.arn = s.arn and r.account_id = s.account_id and r.family = 'ipv4'
    left join aws_vpc_nat_gateway as n
        on n.nat_gateway_id = r.target_id and n.account_id = s.account_id and n.region = s.region and r.target_kind = 'nat_gateway'
    where s.cidr_block <> ''
),
-- What could pass traffic on, as a NAT instance does, and is led to by nobody: it makes no verdict, it shows what was forgotten.
idle as (
    select e.account_id, e.region, e.vpc_id, e.availability_zone, e.instance_id, e.network_interface_id
    from aws_ec2_network_interface as e
    where e.source_dest_check = 0
        and e.instance_id <> ''
        and not exists (
            select 1
            from aws_vpc_route as r
            where r.target_id in (e.network_interface_id, e.instance_id) and r.account_id = e.account_id and r.region = e.region
        )
)
select
    s.arn as resource,
    s.account_id,
    case s.target_kind
        when 'internet_gateway' then s.is_meant_private
        when 'none' then s.is_meant_private or :egress_expected
        else iif(s.target_kind is null, null, 1)
    end as applies,
    case s.target_kind
        when 'internet_gateway' then 0
        when 'none' then 0
        when 'vpc_peering_connection' then 0
        when 'split' then null
        when 'nat_gateway' then iif(s.nat_gateway_arn is null, 1, iif(s.connectivity_type = 'private', :on_premises, s.connectivity_type <> 'private'))
        else iif(s.target_kind is null, null, 1)
    end as ok,
    case
        when s.route_table_arn is null then 'route_not_visible'
        when s.target_kind = 'internet_gateway' then 'private_is_public'
        when s.target_kind = 'none' then 'no_egress'
        when s.target_kind = 'vpc_peering_connection' then 'peering_no_transit'
        when s.target_kind = 'split' then 'split_default'
        when s.target_kind = 'nat_gateway' and s.connectivity_type = 'private' then iif(:on_premises, 'on_prem_nat', 'private_nat')
        when s.target_kind = 'nat_gateway' and s.nat_gateway_arn is not null and s.connectivity_type is null then ''
        when s.target_kind is not null then 'routed'
    end as reason,
    case s.target_kind
        when 'internet_gateway' then 'it leads to ' || s.target_id || ', so the subnet is public, though it is tagged ' || s.tagged_as
        when 'none' then 'there is none' || coalesce(
            (
                select '; ' || group_concat(i.instance_id, ', ') || ' could pass traffic on, and no route leads there'
                from (
                    select n.instance_id
                    from idle as n
                    where n.vpc_id = s.vpc_id and n.account_id = s.account_id and n.region = s.region
                    order by n.instance_id
                ) as i
                having count(*) > 0
            ),
            ''
        )
        else 'it leads to ' || s.target_id
    end as verdict,
    iif(s.name = '', s.subnet_id, s.name) as name,
    s.subnet_id, s.vpc_id, s.availability_zone, s.availability_zone_id,
    s.target_kind, s.target_id, s.route_table_id, s.route_table_arn, s.nat_gateway_arn, s.tagged_as,
    coalesce(
        (
            select '--nat-gateway-id ' || n.nat_gateway_id
            from aws_vpc_nat_gateway as n
            left join aws_vpc_subnet as home on home.subnet_id = n.subnet_id and home.account_id = n.account_id
            where n.vpc_id = s.vpc_id and n.account_id = s.account_id and n.state = 'available' and n.connectivity_type = 'public'
            order by coalesce(home.availability_zone_id = s.availability_zone_id, 0) desc, n.nat_gateway_id
            limit 1
        ),
        (
            select '--network-interface-id ' || n.network_interface_id
            from idle as n
            where n.vpc_id = s.vpc_id and n.account_id = s.account_id and n.region = s.region
            order by n.availability_zone = s.availability_zone desc, n.network_interface_id
            limit 1
        ),
        '--nat-gateway-id NAT_GATEWAY_ID'
    ) as suggested_target
from subnet as s
