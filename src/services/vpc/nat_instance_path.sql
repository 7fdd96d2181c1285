-- Whether an instance that a default route points at can pass traffic on to the internet. Whether it really forwards is inside of it
-- and cannot be seen.
-- column arn: ARN of the network interface that the route points at.
-- column account_id: Account that was read.
-- column region: Region.
-- column network_interface_id: The network interface.
-- column instance_arn: ARN of the instance, or NULL.
-- column instance_id: The instance, or ''.
-- column is_running: 1 when the instance is running.
-- column is_healthy: 1 when AWS's status checks are passed; NULL while they are not settled.
-- column passes_foreign: 1 when the source/destination check is off.
-- column has_public_ip: 1 when the interface has a public address.
-- column has_gateway_route: 1 when its subnet's default route leads to an attached internet gateway.
-- column block_mode: Block Public Access in its subnet.
-- column subnet_id: Its subnet.
-- column group_ids: Its security groups, a list.
select
    e.arn, e.account_id, e.region, e.network_interface_id,
    i.arn as instance_arn, e.instance_id,
    case
        when i.arn is not null then i.state = 'running'
        -- Another account's instance is not visible.
        when e.instance_owner_id not in ('', e.account_id) then null
        else 0
    end as is_running,
    case
        when st.arn is null then null
        when st.instance_status = 'impaired' or st.system_status = 'impaired' then 0
        when st.instance_status = 'ok' and st.system_status = 'ok' then 1
    end as is_healthy,
    not e.source_dest_check as passes_foreign,
    e.public_ip <> '' as has_public_ip,
    case r.target_kind = 'internet_gateway'
        -- Only now is it known which gateway must be there.
        when 1 then r.route_state = 'active' and g.arn is not null and g.vpc_id = e.vpc_id
            and g.attachment_state in ('available', 'attached')
        when 0 then 0
    end as has_gateway_route,
    s.internet_gateway_block_mode as block_mode,
    e.subnet_id,
    e.group_ids
from aws_ec2_network_interface as e
left join aws_ec2_instance as i on i.instance_id = e.instance_id and i.account_id = e.account_id and i.region = e.region
left join aws_ec2_instance_status as st on st.arn = i.arn and st.account_id = i.account_id
left join aws_vpc_subnet as s on s.subnet_id = e.subnet_id and s.account_id = e.account_id and s.region = e.region
left join aws_vpc_effective_route as r on r.arn = s.arn and r.account_id = s.account_id and r.family = 'ipv4'
left join aws_vpc_internet_gateway as g
    on g.internet_gateway_id = r.target_id and g.account_id = e.account_id and g.region = e.region
