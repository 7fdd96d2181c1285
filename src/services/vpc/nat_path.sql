-- Whether a public NAT gateway can reach the internet: its own state, its addresses, and the way out of the subnet that it lives in.
-- Every answer is 1, 0 or, where something was not read or is not settled yet, NULL.
-- column arn: ARN of the NAT gateway.
-- column account_id: Account that was read.
-- column region: Region.
-- column nat_gateway_id: The NAT gateway.
-- column vpc_id: VPC.
-- column is_regional: 1 for a gateway that spans the zones of its VPC.
-- column is_public: 1 when it leads to the internet at all.
-- column is_available: 1 when it is available; NULL while it is pending.
-- column has_public_address: 1 when one of its addresses is public and was assigned.
-- column has_gateway_route: 1 when its subnet's (or its own) default route leads to an internet gateway, and is active.
-- column is_gateway_attached: 1 when that internet gateway is there and attached to the same VPC.
-- column is_open: 1 when neither Block Public Access nor the network ACL of its subnet is in the way.
-- column internet_gateway_arn: ARN of that internet gateway, or NULL.
-- column route_table_arn: ARN of the route table that leads there.
-- column availability_zone_id: Zone that it lives in; '' for a regional one.
select
    n.arn, n.account_id, n.region, n.nat_gateway_id, n.vpc_id,
    n.availability_mode = 'regional' as is_regional,
    n.connectivity_type = 'public' as is_public,
    iif(n.state = 'pending', null, n.state = 'available') as is_available,
    (
        select coalesce(max(a.status = 'succeeded' and a.public_ip <> ''), 0) or iif(count(a.status) < count(*), null, 0)
        from aws_vpc_nat_gateway_address as a
        where a.arn = n.arn and a.account_id = n.account_id
    ) as has_public_address,
    iif(
        n.availability_mode = 'regional',
        own.target_kind = 'internet_gateway' and own.state = 'active',
        r.target_kind = 'internet_gateway' and r.route_state = 'active'
    ) as has_gateway_route,
    case coalesce(own.target_kind, r.target_kind) = 'internet_gateway'
        when 1 then i.arn is not null and i.vpc_id = n.vpc_id and i.attachment_state in ('available', 'attached')
        when 0 then 0
    end as is_gateway_attached,
    iif(
        n.availability_mode = 'regional', 1, s.internet_gateway_block_mode <> 'block-bidirectional' and acl.lets_out and acl.lets_back
    ) as is_open,
    i.arn as internet_gateway_arn,
    coalesce(own.arn, r.route_table_arn) as route_table_arn,
    coalesce(s.availability_zone_id, '') as availability_zone_id
from aws_vpc_nat_gateway as n
left join aws_vpc_subnet as s on s.subnet_id = n.subnet_id and s.account_id = n.account_id and s.region = n.region
left join aws_vpc_effective_route as r on r.arn = s.arn and r.account_id = s.account_id and r.family = 'ipv4'
left join aws_vpc_subnet_acl as acl on acl.arn = s.arn and acl.account_id = s.account_id
left join aws_vpc_route as own
    on own.route_table_id = n.route_table_id and own.account_id = n.account_id and own.region = n.region
    and own.destination = '0.0.0.0/0' and n.route_table_id <> ''
left join aws_vpc_internet_gateway as i
    on i.internet_gateway_id = coalesce(own.target_id, r.target_id) and i.account_id = n.account_id and i.region = n.region
