-- Which subnet sends its internet traffic through which NAT gateway, for subnets in which something runs (or may run: a network
-- interface whose state was not read counts). Subnets in zones where AWS lets nothing new be made are left out.
-- column arn: ARN of the subnet.
-- column account_id: Account that was read.
-- column region: Region.
-- column vpc_id: VPC.
-- column subnet_id: Subnet.
-- column zone_id: Zone of the subnet.
-- column uses_nat: 1 when its default route leads to a NAT gateway; NULL when its route was not read.
-- column has_workload: 1 when a network interface in use lies in it that is not itself plumbing; NULL when that was not read.
-- column nat_gateway_arn: ARN of the NAT gateway; NULL when there is none, or none of that id.
-- column nat_gateway_id: The NAT gateway, or ''.
-- column nat_zone_id: Zone of the NAT gateway; '' for a regional one.
-- column is_covered: 1 when the loss of another zone does not cut the subnet off: the NAT gateway is in its own zone, or is a regional
--        one that covers the zone. NULL while the NAT gateway is younger than an hour.
select
    s.arn, s.account_id, s.region, s.vpc_id, s.subnet_id, s.availability_zone_id as zone_id,
    r.target_kind = 'nat_gateway' as uses_nat,
    (
        select coalesce(max(w.status = 'in-use'), 0) or iif(count(w.status) < count(*), null, 0)
        from aws_ec2_network_interface as w
        where w.subnet_id = s.subnet_id and w.account_id = s.account_id and w.region = s.region
            and w.interface_type not in ('natGateway', 'nat_gateway', 'vpc_endpoint', 'gateway_load_balancer_endpoint')
    ) as has_workload,
    n.arn as nat_gateway_arn,
    iif(r.target_kind = 'nat_gateway', r.target_id, '') as nat_gateway_id,
    coalesce(home.availability_zone_id, '') as nat_zone_id,
    case
        when n.arn is null then null
        when n.state = 'pending' or julianday(clock.started_at) - julianday(n.create_time) < 1.0 / 24 then null
        when n.availability_mode = 'regional' and n.auto_provision_zones <> 'disabled' then 1
        when n.availability_mode = 'regional' then exists (
            select 1
            from aws_vpc_nat_gateway_address as a
            where a.arn = n.arn and a.account_id = n.account_id and a.availability_zone_id = s.availability_zone_id
        )
        when n.availability_mode = 'zonal' and n.state is not null then home.availability_zone_id = s.availability_zone_id
    end as is_covered
from aws_vpc_subnet as s
cross join snapshot as clock
join aws_vpc_effective_route as r on r.arn = s.arn and r.account_id = s.account_id and r.family = 'ipv4'
left join aws_vpc_nat_gateway as n
    on n.nat_gateway_id = r.target_id and n.account_id = s.account_id and n.region = s.region and r.target_kind = 'nat_gateway'
left join aws_vpc_subnet as home on home.subnet_id = n.subnet_id and home.account_id = n.account_id and home.region = n.region
where not exists (
    select 1
    from aws_availability_zone as z
    where z.zone_id = s.availability_zone_id and z.account_id = s.account_id and z.region = s.region and z.state = 'constrained'
)
