/*---
title    = "Subnet whose way out over IPv6 does not work"
severity = "high"
leg      = "working"
family   = "egress-ipv6"
message  = "{shown_name} cannot reach the internet over IPv6: {path} — {meaning}"
why      = """
A route for ::/0 to an egress-only gateway looks complete whether or not the gateway is still there. Programs prefer IPv6 where
they have an address, so that a dead way out shows as slow or failing connections although IPv4 through the NAT works. AWS
keeps the route of a deleted gateway, and nothing tells that network ACLs and Block Public Access are asked a second time for
IPv6."""
fix      = "aws ec2 replace-route --region {region} --route-table-id {route_table_id} --destination-ipv6-cidr-block {destination} --egress-only-internet-gateway-id {suggested_gateway}"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html",
    "https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html",
    "https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html",
]

[fixes]
acl_blocks = "aws ec2 describe-network-acls --region {region} --filters Name=association.subnet-id,Values={subnet_id}"
bpa_blocks = "aws ec2 create-vpc-block-public-access-exclusion --region {region} --subnet-id {subnet_id} --internet-gateway-exclusion-mode allow-egress"

[frameworks]
soc2 = ["A1.2"]

[reasons]
states_ok         = "every link of the path is in order; traffic was not seen"
eigw_missing      = "the egress-only internet gateway is gone"
eigw_detached     = "the egress-only internet gateway is not attached to this VPC"
blackhole         = "AWS itself says that the route leads nowhere"
filtered          = "AWS does not use the route: a route server filters it"
acl_blocks        = "the network ACL stops web traffic over IPv6, or its answers"
bpa_blocks        = "Block Public Access stops both directions"
split_default     = "its default route is in halves that lead to different targets"
shared_subnet     = "another account shares the subnet; the gateway behind its route is not visible from here"
route_not_visible = "the route table that holds for it is not visible from here, as in a subnet that another account shares"
---*/
with probes as (
    select 'out' as probe, 1 as is_egress, 443 as port
    union all
    select 'back', 0, 50000
),
matching as (
    select
        e.arn, e.account_id, p.probe, e.rule_action,
        row_number() over (partition by e.arn, e.account_id, p.probe order by e.rule_number) as place
    from aws_vpc_network_acl_entry as e
    join probes as p on p.is_egress = e.is_egress and p.port between e.from_port and e.to_port
    where e.cidr = '::/0' and e.protocol in ('-1', '6')
),
path as (
    select
        s.*,
        r.target_kind, r.target_id, r.route_state, r.route_table_arn, r.route_table_id, r.destination,
        g.arn as gateway_arn, g.vpc_id as gateway_vpc_id, g.attachment_state,
        case
            when g.vpc_id <> s.vpc_id or g.attachment_state in ('detaching', 'detached', '') then 0
            when g.attachment_state in ('attached', 'available') then 1
        end as is_attached,
        a.arn as network_acl_arn,
        -- Without any rule about all of the internet the last rule of every ACL denies.
        iif(a.arn is null, null, iif(o.arn is null, 0, o.rule_action = 'allow'))
            and iif(a.arn is null, null, iif(b.arn is null, 0, b.rule_action = 'allow')) as is_open,
        case s.internet_gateway_block_mode when 'block-bidirectional' then 0 when 'block-ingress' then 1 when 'off' then 1 end
            as is_unblocked,
        (
            select count(*)
            from aws_ec2_network_interface as i
            where i.subnet_id = s.subnet_id and i.account_id = s.account_id and i.region = s.region
                and i.ipv6_addresses <> '[]' and coalesce(i.status, 'in-use') <> 'available'
        ) as workloads
    from aws_vpc_subnet as s
    join aws_vpc_effective_route as r on r.arn = s.arn and r.account_id = s.account_id and r.family = 'ipv6'
    left join aws_vpc_egress_only_internet_gateway as g
        on g.egress_only_internet_gateway_id = r.target_id and g.account_id = s.account_id and g.region = s.region
    left join aws_vpc_network_acl_association as a
        on a.subnet_id = s.subnet_id and a.account_id = s.account_id and a.region = s.region
    left join matching as o on o.arn = a.arn and o.account_id = a.account_id and o.probe = 'out' and o.place = 1
    left join matching as b on b.arn = a.arn and b.account_id = a.account_id and b.probe = 'back' and b.place = 1
    where s.ipv6_cidr_blocks <> '[]'
),
judged as (
    select
        path.*,
        case
            when target_kind = 'split' then null
            when target_kind is not null then target_kind = 'egress_only_internet_gateway'
        end as applies,
        case
            when target_kind = 'split' then null
            when route_state in ('blackhole', 'filtered') then 0
            when gateway_arn is null then iif(is_shared, null, 0)
            else route_state = 'active' and is_attached and is_unblocked and is_open
        end as ok
    from path
)
select
    j.arn as resource,
    j.account_id,
    j.applies,
    j.ok,
    case
        when j.route_table_arn is null then 'route_not_visible'
        when j.target_kind is null then ''
        when j.target_kind = 'split' then 'split_default'
        when j.gateway_arn is null and not j.is_shared then 'eigw_missing'
        when j.is_attached = 0 then 'eigw_detached'
        when j.route_state in ('blackhole', 'filtered') then j.route_state
        when j.gateway_arn is null then 'shared_subnet'
        when j.is_unblocked = 0 then 'bpa_blocks'
        when j.is_open = 0 then 'acl_blocks'
        when j.ok then 'states_ok'
    end as reason,
    iif(j.workloads = 0, 'medium', 'high') as severity,
    iif(j.name = '', j.subnet_id, j.name || ' (' || j.subnet_id || ')') as shown_name,
    j.destination || ' in ' || j.route_table_id || ' leads to ' || j.target_id as path,
    coalesce(
        (
            select g.egress_only_internet_gateway_id
            from aws_vpc_egress_only_internet_gateway as g
            where g.vpc_id = j.vpc_id and g.account_id = j.account_id and g.region = j.region
                and g.attachment_state in ('attached', 'available')
            order by g.egress_only_internet_gateway_id
            limit 1
        ),
        'EGRESS_ONLY_INTERNET_GATEWAY_ID'
    ) as suggested_gateway,
    j.subnet_id, j.vpc_id, j.ipv6_cidr_blocks, j.availability_zone, j.destination, j.target_kind, j.target_id, j.route_state,
    j.route_table_id, j.route_table_arn, j.gateway_arn, j.gateway_vpc_id, j.attachment_state, j.network_acl_arn,
    j.internet_gateway_block_mode, j.workloads
from judged as j
