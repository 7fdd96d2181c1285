/*---
title    = "Private subnet's way out does not work"
severity = "high"
leg      = "working"
family   = "egress"
message  = "{name} ({subnet_id}, {availability_zone}) cannot reach the internet: {path} — {meaning}"
why      = """
The route is there, so every look at the configuration says that the subnet has a way out. Whether a packet gets there depends on
what stands behind the route: the NAT must exist, be available and have a public address, the subnet that it lives in must itself
lead to an internet gateway, that gateway must be attached to the same VPC, and nothing between may filter. AWS keeps a route to a
deleted gateway and calls a gateway `available` that was never given a working subnet."""
fix      = "aws ec2 replace-route --region {region} --route-table-id {route_table_id} --destination-cidr-block 0.0.0.0/0 --nat-gateway-id {suggested_nat}"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html",
    "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_NAT_Instance.html",
    "https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html",
]

[fixes]
nat_in_private_subnet = "aws ec2 create-route --region {region} --route-table-id {nat_route_table_id} --destination-cidr-block 0.0.0.0/0 --gateway-id INTERNET_GATEWAY_ID"
igw_detached = "aws ec2 attach-internet-gateway --region {region} --internet-gateway-id {internet_gateway_id} --vpc-id {vpc_id}"
source_dest_check = "aws ec2 modify-network-interface-attribute --region {region} --network-interface-id {network_interface_id} --no-source-dest-check"
nat_instance_stopped = "aws ec2 start-instances --region {region} --instance-ids {instance_id}"
nat_instance_impaired = "aws ec2 reboot-instances --region {region} --instance-ids {instance_id}"
no_public_ip = "aws ec2 associate-address --region {region} --network-interface-id {network_interface_id} --allocation-id ALLOCATION_ID"
sg_blocks = "aws ec2 authorize-security-group-ingress --region {region} --group-id {first_group_id} --protocol all --cidr {cidr_block}"
acl_blocks = "aws ec2 describe-network-acls --region {region} --filters Name=association.subnet-id,Values={subnet_id},{nat_subnet_id}"

[frameworks]
soc2 = ["CC6.6", "A1.2"]

[reasons]
confirmed             = "every link of the path is in order, and the NAT gateway moved bytes in the last 7 days"
states_ok             = "every link of the path is in order; traffic was not seen, or not asked for"
blackhole             = "AWS itself says that the route leads nowhere"
filtered              = "AWS does not use the route: a route server filters it"
nat_missing           = "the NAT gateway is gone"
nat_failed            = "the NAT gateway could not be made"
nat_deleting          = "the NAT gateway is being deleted"
nat_deleted           = "the NAT gateway was deleted"
nat_pending           = "the NAT gateway is being made"
nat_no_public_ip      = "the NAT gateway has no public address"
nat_in_private_subnet = "the subnet that the NAT gateway lives in does not lead to an internet gateway itself"
igw_detached          = "the internet gateway behind the NAT is gone, or not attached to this VPC"
acl_blocks            = "a network ACL or Block Public Access stops web traffic on the way"
regional_nat_az_missing = "the regional NAT gateway has no address in the subnet's zone, and was told not to add one: traffic crosses zones"
regional_nat_expanding  = "the regional NAT gateway is younger than an hour and has no address in the subnet's zone yet"
nat_instance_missing  = "the network interface that the route points at is gone"
nat_instance_stopped  = "the NAT instance is not running"
nat_instance_impaired = "the NAT instance does not pass AWS's status checks"
source_dest_check     = "the NAT instance drops what is not addressed to it: its source/destination check is on"
no_public_ip          = "the NAT instance has no public address"
nat_instance_no_route = "the subnet of the NAT instance does not lead to an attached internet gateway"
sg_blocks             = "the NAT instance's security groups do not let the subnet's traffic in and out again"
bpa_block_ingress     = "Block Public Access stops ingress where the NAT instance lives; whether its answers come back is not documented"
endpoint_broken       = "the endpoint that inspects traffic is gone or not available"
endpoint_other_zone   = "the endpoint that inspects traffic is in another zone"
endpoint_no_egress    = "behind the endpoint that inspects traffic there is no way out"
through_endpoint      = "the endpoint that inspects traffic is available, and the subnet behind it has a way out"
egress_in_other_account = "the way out goes through a transit gateway or a core network, whose routes are not read"
on_prem               = "the way out goes through a virtual private gateway to a network outside of AWS"
edge_gateway          = "the way out goes through a carrier or local gateway"
split_default         = "the default route is in halves that lead to different targets"
route_not_visible     = "the route table that holds for it is not visible from here, as in a subnet that another account shares"
shared_subnet         = "another account shares the subnet; the gateway behind its route is not visible from here"
unknown_target        = "the route leads to a kind of target that this version does not know"
---*/
with path as (
    select
        s.*,
        r.target_kind, r.target_id, r.route_state, r.route_table_arn, r.route_table_id, r.destination,
        coalesce(nullif(i.instance_id, ''), r.instance_id) as instance_id,
        -- A NAT gateway.
        n.arn as nat_gateway_arn, n.state as nat_state, n.failure_code, n.connectivity_type, n.subnet_id as nat_subnet_id,
        p.is_available, p.has_public_address, p.has_gateway_route, p.is_gateway_attached,
        iif(
            p.arn is null,
            null,
            -- Between two subnets both ACLs count; inside of one, none does.
            p.is_open and iif(n.subnet_id = s.subnet_id, 1, own_acl.lets_out and own_acl.lets_back)
                and iif(n.availability_mode = 'regional', 1, nat_acl.lets_in)
                and s.internet_gateway_block_mode <> 'block-bidirectional'
        ) as is_open,
        m.bytes_out_7d,
        nat_route.route_table_id as nat_route_table_id, nat_route.target_id as internet_gateway_id, p.internet_gateway_arn,
        n.availability_mode, n.auto_provision_zones, n.create_time as nat_create_time,
        (
            select count(*)
            from aws_vpc_nat_gateway_address as a
            where a.arn = n.arn and a.account_id = n.account_id and a.availability_zone_id = s.availability_zone_id
        ) as addresses_in_zone,
        -- A NAT instance.
        i.arn as nat_interface_arn, i.network_interface_id, i.instance_arn, i.is_running, i.is_healthy, i.passes_foreign, i.has_public_ip,
        i.has_gateway_route as instance_has_gateway_route, i.block_mode as instance_block_mode, i.group_ids,
        (
            select
                coalesce(max(g.is_egress = 0 and g.cidr_first <= s.cidr_first and g.cidr_last >= s.cidr_last
                    and g.cidr_ipv4 <> '' and g.ip_protocol in ('-1', 'tcp', '6') and 443 between g.from_port and g.to_port), 0)
                -- A rule that names a group or a prefix list may let it in; a rule of unread direction too.
                or iif(count(*) filter (where g.referenced_group_id <> '' or g.prefix_list_id <> '' or g.is_egress is null) > 0, null, 0)
            from aws_vpc_security_group_rule as g
            join json_each(i.group_ids) as member on member.value = g.group_id
            where g.account_id = s.account_id and g.region = s.region
        ) as lets_subnet_in,
        (
            select
                coalesce(max(g.is_egress = 1 and g.cidr_ipv4 = '0.0.0.0/0' and g.ip_protocol in ('-1', 'tcp', '6')
                    and 443 between g.from_port and g.to_port), 0)
                or iif(count(*) filter (where g.prefix_list_id <> '' or g.is_egress is null) > 0, null, 0)
            from aws_vpc_security_group_rule as g
            join json_each(i.group_ids) as member on member.value = g.group_id
            where g.account_id = s.account_id and g.region = s.region
        ) as lets_all_out,
        (
            select count(*)
            from aws_ec2_network_interface as w
            where w.subnet_id = s.subnet_id and w.account_id = s.account_id and w.region = s.region
                and coalesce(w.status, 'in-use') = 'in-use' and w.interface_type not in ('natGateway', 'nat_gateway', 'vpc_endpoint')
        ) as workloads,
        -- An endpoint that inspects traffic.
        e.arn as endpoint_arn, e.state as endpoint_state, behind.availability_zone_id as endpoint_zone_id,
        behind_route.target_kind as behind_kind, behind_route.route_state as behind_state
    from aws_vpc_subnet as s
    join aws_vpc_effective_route as r on r.arn = s.arn and r.account_id = s.account_id and r.family = 'ipv4'
    left join aws_vpc_nat_gateway as n
        on n.nat_gateway_id = r.target_id and n.account_id = s.account_id and n.region = s.region and r.target_kind = 'nat_gateway'
    left join aws_vpc_nat_path as p on p.arn = n.arn and p.account_id = n.account_id
    left join aws_vpc_nat_gateway_metric as m on m.arn = n.arn and m.account_id = n.account_id
    left join aws_vpc_subnet as nat_home on nat_home.subnet_id = n.subnet_id and nat_home.account_id = n.account_id
    left join aws_vpc_effective_route as nat_route
        on nat_route.arn = nat_home.arn and nat_route.account_id = nat_home.account_id and nat_route.family = 'ipv4'
    left join aws_vpc_subnet_acl as own_acl on own_acl.arn = s.arn and own_acl.account_id = s.account_id
    left join aws_vpc_subnet_acl as nat_acl on nat_acl.arn = nat_home.arn and nat_acl.account_id = nat_home.account_id
    left join aws_vpc_nat_instance_path as i
        on i.account_id = s.account_id
        -- A route to an instance names its interface too, except where an emulator forgets to.
        and i.arn = (
            select min(x.arn)
            from aws_ec2_network_interface as x
            where x.account_id = s.account_id and x.region = s.region
                and (
                    (r.target_kind = 'network_interface' and x.network_interface_id = r.target_id)
                    or (r.target_kind = 'instance' and x.instance_id = r.target_id)
                )
        )
    left join aws_vpc_endpoint as e
        on e.vpc_endpoint_id = r.target_id and e.account_id = s.account_id and e.region = s.region and r.target_kind = 'vpc_endpoint'
    left join aws_vpc_subnet as behind
        on behind.subnet_id = e.subnet_ids ->> '$[0]' and behind.account_id = e.account_id and behind.region = e.region
    left join aws_vpc_effective_route as behind_route
        on behind_route.arn = behind.arn and behind_route.account_id = behind.account_id and behind_route.family = 'ipv4'
    where s.cidr_block <> ''
),
judged as (
    select
        path.*,
        case
            when route_table_arn is null then null
            when target_kind is null then null
            when target_kind in ('internet_gateway', 'none', 'vpc_peering_connection', 'local') then 0
            when target_kind = 'nat_gateway' and nat_gateway_arn is not null then connectivity_type <> 'private'
            else 1
        end as applies,
        case
            when route_state = 'blackhole' or route_state = 'filtered' then 0
            when target_kind = 'nat_gateway' and nat_gateway_arn is null then iif(is_shared, null, 0)
            when target_kind = 'nat_gateway' then
                route_state = 'active' and is_available and has_public_address and has_gateway_route and is_gateway_attached and is_open
                and case
                    when availability_mode = 'zonal' or addresses_in_zone > 0 then 1
                    when auto_provision_zones = 'disabled' then 0
                    -- AWS takes up to an hour to add a zone; until then traffic crosses zones.
                    when julianday(clock.started_at) - julianday(nat_create_time) < 1.0 / 24 then null
                    when availability_mode = 'regional' then 1
                end
            when target_kind in ('network_interface', 'instance') and nat_interface_arn is null then iif(is_shared, null, 0)
            when target_kind in ('network_interface', 'instance') then
                route_state = 'active' and is_running and is_healthy and passes_foreign and has_public_ip
                and instance_has_gateway_route and lets_subnet_in and lets_all_out
                and case instance_block_mode when 'block-bidirectional' then 0 when 'off' then 1 end
            when target_kind = 'vpc_endpoint' and endpoint_arn is null then iif(is_shared, null, 0)
            when target_kind = 'vpc_endpoint' then
                route_state = 'active' and endpoint_state = 'Available' and endpoint_zone_id = availability_zone_id
                and behind_kind in ('nat_gateway', 'internet_gateway') and behind_state = 'active'
        end as ok
    from path
    cross join snapshot as clock
)
select
    arn as resource,
    account_id,
    applies,
    ok,
    case
        when route_table_arn is null then 'route_not_visible'
        when route_state = 'blackhole' and nat_state in ('deleted', 'deleting', 'failed') then 'nat_' || nat_state
        when route_state = 'blackhole' and target_kind = 'nat_gateway' and nat_gateway_arn is null and not is_shared then 'nat_missing'
        when route_state = 'blackhole' and is_running = 0 then 'nat_instance_stopped'
        when route_state = 'blackhole' then 'blackhole'
        when route_state = 'filtered' then 'filtered'
        when target_kind = 'nat_gateway' and nat_gateway_arn is null then iif(is_shared, 'shared_subnet', 'nat_missing')
        when target_kind = 'nat_gateway' and nat_state in ('deleted', 'deleting', 'failed') then 'nat_' || nat_state
        when target_kind = 'nat_gateway' and has_public_address = 0 then 'nat_no_public_ip'
        when target_kind = 'nat_gateway' and has_gateway_route = 0 then 'nat_in_private_subnet'
        when target_kind = 'nat_gateway' and is_gateway_attached = 0 then 'igw_detached'
        when target_kind = 'nat_gateway' and is_open = 0 then 'acl_blocks'
        when target_kind = 'nat_gateway' and nat_state = 'pending' then 'nat_pending'
        when target_kind = 'nat_gateway' and ok = 0 then 'regional_nat_az_missing'
        when target_kind = 'nat_gateway' and ok is null and is_available and is_open and availability_mode = 'regional'
            and addresses_in_zone = 0 then 'regional_nat_expanding'
        when target_kind = 'nat_gateway' and ok = 1 then iif(bytes_out_7d > 0, 'confirmed', 'states_ok')
        when target_kind in ('network_interface', 'instance') and nat_interface_arn is null
            then iif(is_shared, 'shared_subnet', 'nat_instance_missing')
        when target_kind in ('network_interface', 'instance') and is_running = 0 then 'nat_instance_stopped'
        when target_kind in ('network_interface', 'instance') and is_healthy = 0 then 'nat_instance_impaired'
        when target_kind in ('network_interface', 'instance') and passes_foreign = 0 then 'source_dest_check'
        when target_kind in ('network_interface', 'instance') and has_public_ip = 0 then 'no_public_ip'
        when target_kind in ('network_interface', 'instance') and instance_has_gateway_route = 0 then 'nat_instance_no_route'
        when target_kind in ('network_interface', 'instance') and (lets_subnet_in = 0 or lets_all_out = 0) then 'sg_blocks'
        when target_kind in ('network_interface', 'instance') and instance_block_mode = 'block-bidirectional' then 'acl_blocks'
        when target_kind in ('network_interface', 'instance') and instance_block_mode = 'block-ingress' then 'bpa_block_ingress'
        when target_kind in ('network_interface', 'instance') and ok = 1 then 'states_ok'
        when target_kind = 'vpc_endpoint' and endpoint_arn is null then iif(is_shared, 'shared_subnet', 'endpoint_broken')
        when target_kind = 'vpc_endpoint' and endpoint_state <> 'Available' then 'endpoint_broken'
        when target_kind = 'vpc_endpoint' and endpoint_zone_id <> availability_zone_id then 'endpoint_other_zone'
        when target_kind = 'vpc_endpoint' and ok = 0 then 'endpoint_no_egress'
        when target_kind = 'vpc_endpoint' and ok = 1 then 'through_endpoint'
        when target_kind in ('transit_gateway', 'core_network') then 'egress_in_other_account'
        when target_kind = 'virtual_private_gateway' then 'on_prem'
        when target_kind in ('carrier_gateway', 'local_gateway') then 'edge_gateway'
        when target_kind = 'split' then 'split_default'
        when target_kind = 'other' then 'unknown_target'
    end as reason,
    destination || ' in ' || route_table_id || ' leads to ' || target_id
        || iif(nat_state is not null, ' (' || nat_state || iif(failure_code = '', '', ', ' || failure_code) || ')', '')
        || iif(instance_id = '', '', ' (' || instance_id || ')') as path,
    case
        when ok = 0 and availability_mode = 'regional' and is_available and is_open then 'low'
        when workloads = 0 then 'medium'
        else 'high'
    end as severity,
    iif(name = '', subnet_id, name) as name,
    workloads,
    coalesce(
        (
            select n.nat_gateway_id
            from aws_vpc_nat_gateway as n
            left join aws_vpc_subnet as home on home.subnet_id = n.subnet_id and home.account_id = n.account_id
            where n.vpc_id = judged.vpc_id and n.account_id = judged.account_id and n.state = 'available'
                and n.nat_gateway_id <> judged.target_id
            order by coalesce(home.availability_zone_id = judged.availability_zone_id, 0) desc, n.nat_gateway_id
            limit 1
        ),
        'NAT_GATEWAY_ID'
    ) as suggested_nat,
    subnet_id, vpc_id, cidr_block, availability_zone, route_table_id, route_table_arn, target_id, route_state,
    nat_gateway_arn, nat_state, nat_subnet_id, nat_route_table_id, internet_gateway_arn, bytes_out_7d,
    nat_interface_arn, instance_arn, instance_id, group_ids ->> '$[0]' as first_group_id,
    network_interface_id, internet_gateway_id, endpoint_arn
from judged
