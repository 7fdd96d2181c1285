-- What a subnet's network ACL does to web traffic with the internet: the action of the lowest rule that is about all of it. A rule
-- about a part of the internet decides for that part only and does not count here.
-- column arn: ARN of the subnet.
-- column account_id: Account that was read.
-- column region: Region.
-- column subnet_id: Subnet.
-- column network_acl_arn: ARN of the network ACL; NULL when it is not visible.
-- column network_acl_id: The network ACL.
-- column lets_out: 1 when TCP port 443 may leave to any address, 0 when not, NULL when the rule's action was not read.
-- column lets_back: 1 when TCP answers on a high port may come in from any address, 0 when not, NULL when the action was not read.
-- column lets_in: 1 when TCP port 443 may come in from any address, 0 when not, NULL when the action was not read.
with probes as (
    select 'out' as probe, 1 as is_egress, 443 as port
    union all
    select 'back', 0, 50000
    union all
    select 'in', 0, 443
),
matching as (
    select
        e.arn, p.probe, e.rule_action,
        row_number() over (partition by e.arn, p.probe order by e.rule_number) as place
    from aws_vpc_network_acl_entry as e
    join probes as p on p.is_egress = e.is_egress and p.port between e.from_port and e.to_port
    where e.cidr = '0.0.0.0/0' and e.protocol in ('-1', '6')
)
select
    s.arn, s.account_id, s.region, s.subnet_id, a.arn as network_acl_arn, a.network_acl_id,
    -- Without any rule about all of the internet the last rule of every ACL denies.
    iif(a.arn is null, null, iif(o.arn is null, 0, o.rule_action = 'allow')) as lets_out,
    iif(a.arn is null, null, iif(b.arn is null, 0, b.rule_action = 'allow')) as lets_back,
    iif(a.arn is null, null, iif(i.arn is null, 0, i.rule_action = 'allow')) as lets_in
from aws_vpc_subnet as s
left join aws_vpc_network_acl_association as a
    on a.subnet_id = s.subnet_id and a.account_id = s.account_id and a.region = s.region
left join matching as o on o.arn = a.arn and o.probe = 'out' and o.place = 1
left join matching as b on b.arn = a.arn and b.probe = 'back' and b.place = 1
left join matching as i on i.arn = a.arn and i.probe = 'in' and i.place = 1
