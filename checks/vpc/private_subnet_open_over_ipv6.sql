/*---
title    = "Private subnet that is public over IPv6"
severity = "medium"
leg      = "configured"
family   = "egress-ipv6"
message  = "{shown_name} is private for IPv4 ({ipv4_path}) and public for IPv6: {ipv6_path}"
why      = """
There is no address translation for IPv6: every address is a public one, and a route to an internet gateway lets connections in
as well as out. Who added IPv6 to a private subnet and copied the route of a public one has put its machines on the internet,
although every look at NAT gateways and IPv4 routes says private. An egress-only gateway lets them out and nobody in."""
fix      = "aws ec2 replace-route --region {region} --route-table-id {route_table_id} --destination-ipv6-cidr-block {destination} --egress-only-internet-gateway-id {suggested_gateway}"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html",
    "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
]

[frameworks]
soc2 = ["CC6.6"]

[reasons]
open_over_ipv6    = "its default route for IPv6 leads to an internet gateway"
not_open          = "its default route for IPv6 does not lead to an internet gateway"
bpa_blocks        = "its default route for IPv6 leads to an internet gateway, through which Block Public Access lets nothing in"
split_default     = "one of its default routes is in halves that lead to different targets"
route_not_visible = "the route table that holds for it is not visible from here, as in a subnet that another account shares"
---*/
with subnet as (
    select
        s.*,
        v4.target_kind as ipv4_kind, v4.target_id as ipv4_target,
        v6.target_kind as ipv6_kind, v6.target_id as ipv6_target, v6.destination,
        v6.route_table_id, v6.route_table_arn,
        case v6.target_kind
            when 'split' then null
            when 'internet_gateway' then
                case s.internet_gateway_block_mode
                    when 'off' then 0
                    when 'block-ingress' then 1
                    when 'block-bidirectional' then 1
                end
            else iif(v6.target_kind is null, null, 1)
        end as ok
    from aws_vpc_subnet as s
    join aws_vpc_effective_route as v4 on v4.arn = s.arn and v4.account_id = s.account_id and v4.family = 'ipv4'
    join aws_vpc_effective_route as v6 on v6.arn = s.arn and v6.account_id = s.account_id and v6.family = 'ipv6'
    where s.ipv6_cidr_blocks <> '[]'
        -- A subnet with IPv6 only has no other way to be public.
        and s.cidr_block <> ''
)
select
    s.arn as resource,
    s.account_id,
    case
        when s.ipv4_kind is null or s.ipv4_kind = 'split' then null
        else s.ipv4_kind in ('nat_gateway', 'network_interface', 'instance', 'none')
    end as applies,
    s.ok,
    case
        when s.route_table_arn is null then 'route_not_visible'
        when s.ipv4_kind is null then ''
        when s.ipv4_kind = 'split' or s.ipv6_kind = 'split' then 'split_default'
        when s.ok = 0 then 'open_over_ipv6'
        when s.ok = 1 then iif(s.ipv6_kind = 'internet_gateway', 'bpa_blocks', 'not_open')
    end as reason,
    iif(s.name = '', s.subnet_id, s.name || ' (' || s.subnet_id || ')') as shown_name,
    iif(s.ipv4_kind = 'none', 'no default route', 'to ' || s.ipv4_target) as ipv4_path,
    s.destination || ' in ' || s.route_table_id || ' leads to ' || s.ipv6_target as ipv6_path,
    coalesce(
        (
            select g.egress_only_internet_gateway_id
            from aws_vpc_egress_only_internet_gateway as g
            where g.vpc_id = s.vpc_id and g.account_id = s.account_id and g.region = s.region
            order by g.egress_only_internet_gateway_id
            limit 1
        ),
        'EGRESS_ONLY_INTERNET_GATEWAY_ID'
    ) as suggested_gateway,
    s.subnet_id, s.vpc_id, s.ipv6_cidr_blocks, s.destination, s.ipv4_kind, s.ipv4_target, s.ipv6_kind, s.ipv6_target,
    s.route_table_id, s.route_table_arn, s.internet_gateway_block_mode
from subnet as s
