-- Which way traffic to the internet leaves a subnet, for IPv4 and for IPv6: the route table that holds for the subnet (its own, or
-- the VPC's main one, which AWS never lists as an association) and that table's default route. Halves such as 0.0.0.0/1 and
-- 128.0.0.0/1 count as a default route when both lead to the same target.
-- column arn: ARN of the subnet.
-- column account_id: Account that was read.
-- column region: Region.
-- column subnet_id: Subnet.
-- column vpc_id: VPC.
-- column family: ipv4 or ipv6.
-- column route_table_arn: ARN of the route table; NULL when it is not visible, as in a subnet that another account shares.
-- column route_table_id: The route table.
-- column is_main_table: 1 when the subnet has no association of its own and so uses the VPC's main table.
-- column destination: Destination of the default route; '' without one.
-- column target_kind: As in aws_vpc_route; 'none' without a default route, 'split' for halves with different targets.
-- column target_id: The target; '' without one.
-- column instance_id: Instance behind a network interface, or ''.
-- column route_state: State of the route; '' without one.
with holding as (
    select
        s.arn, s.account_id, s.region, s.subnet_id, s.vpc_id,
        coalesce(own.arn, main.arn) as route_table_arn,
        coalesce(own.route_table_id, main.route_table_id) as route_table_id,
        own.arn is null as is_main_table,
        -- An association whose state is not known may or may not hold.
        iif(own.arn is not null and own.state is null, null, 1) as is_known
    from aws_vpc_subnet as s
    left join aws_vpc_route_table_association as own
        on own.subnet_id = s.subnet_id and own.account_id = s.account_id and own.region = s.region
        and (own.state is null or own.state in ('associated', 'associating'))
    left join aws_vpc_route_table as main
        on main.vpc_id = s.vpc_id and main.account_id = s.account_id and main.region = s.region and main.is_main
),
families as (
    select 'ipv4' as family, '0.0.0.0/0' as whole, '0.0.0.0/1' as low, '128.0.0.0/1' as high
    union all
    select 'ipv6', '::/0', '::/1', '8000::/1'
)
select
    h.arn, h.account_id, h.region, h.subnet_id, h.vpc_id, f.family, h.route_table_arn, h.route_table_id, h.is_main_table,
    case
        when h.route_table_arn is null then null
        when low.destination is not null and high.destination is not null then low.destination
        else coalesce(whole.destination, '')
    end as destination,
    case
        when h.route_table_arn is null or h.is_known is null then null
        when low.destination is not null and high.destination is not null
            then iif(low.target_id = high.target_id, low.target_kind, 'split')
        when (low.destination is not null or high.destination is not null) and whole.destination is not null then 'split'
        else coalesce(whole.target_kind, 'none')
    end as target_kind,
    case
        when h.route_table_arn is null or h.is_known is null then null
        when low.destination is not null and high.destination is not null then low.target_id
        else coalesce(whole.target_id, '')
    end as target_id,
    iif(low.destination is not null and high.destination is not null, low.instance_id, coalesce(whole.instance_id, '')) as instance_id,
    case
        when h.route_table_arn is null or h.is_known is null then null
        when low.destination is not null and high.destination is not null
            then iif(low.state = 'active', high.state, low.state)
        when whole.destination is null then ''
        else whole.state
    end as route_state
from holding as h
cross join families as f
left join aws_vpc_route as whole on whole.arn = h.route_table_arn and whole.account_id = h.account_id and whole.destination = f.whole
left join aws_vpc_route as low on low.arn = h.route_table_arn and low.account_id = h.account_id and low.destination = f.low
left join aws_vpc_route as high on high.arn = h.route_table_arn and high.account_id = h.account_id and high.destination = f.high
