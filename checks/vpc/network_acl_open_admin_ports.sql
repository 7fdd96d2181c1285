/*---
title    = "Network ACL that lets the whole internet reach administrative ports"
severity = "medium"
leg      = "configured"
family   = "open-ports"
message  = "{shown_name} lets the whole internet reach these administrative ports of its subnets: {open_ports}"
why      = """
A network ACL holds for every machine in its subnets, whatever their security groups say. Where it leaves remote shells and
desktops open to everybody, one careless security group is enough to put a login on the internet. A subnet that somebody wrote
an ACL for was meant to be filtered, and the numbers of its rules decide: an allow that is lower than the deny makes the deny
worthless."""
fix      = "aws ec2 delete-network-acl-entry --region {region} --network-acl-id {network_acl_id} --ingress --rule-number {rule_number}"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html",
]

[frameworks]
fsbp = ["EC2.21"]
"cis-3.0" = ["5.1"]
"cis-5.0" = ["5.2"]
nist-800-53r5 = ["AC-4(21)", "CA-9(1)", "CM-2", "CM-2(2)", "CM-7", "SC-7", "SC-7(5)", "SC-7(21)"]
"pci-dss-4.0.1" = ["1.3.1"]
soc2 = ["CC6.6"]

[reasons]
open   = "the first rule that matches everybody and an administrative port is an allow"
closed = "for everybody and every administrative port a deny comes first"

[params.ports]
default = ["22", "3389"]
doc     = "TCP ports that must not be open to the whole internet."

[params.include_default]
default = false
doc     = "Whether default ACLs are judged too. They allow everything by nature, so a failure of theirs is of low severity."
---*/
with matching as (
    select
        e.arn, e.account_id, e.rule_number, e.rule_action, e.cidr, e.cidr_first, e.cidr_last,
        cast(p.value as integer) as port
    from aws_vpc_network_acl_entry as e
    join json_each(:ports) as p on cast(p.value as integer) between e.from_port and e.to_port
    where e.is_egress = 0
        and e.protocol in ('-1', '6')
        -- Half of all addresses is everybody too; all public IPv6 addresses are in 2000::/3.
        and (e.cidr glob '*/[01]' or e.cidr in ('::/2', '2000::/3'))
),
rule as (
    select
        m.arn, m.account_id, m.rule_number, m.port,
        m.rule_action = 'allow' and not (
            -- Only a deny for all of the range comes before the allow; one for a part of it leaves the rest open.
            select coalesce(max(d.rule_action = 'deny'), 0) or iif(count(d.rule_action) < count(*), null, 0)
            from matching as d
            where d.arn = m.arn and d.account_id = m.account_id and d.port = m.port and d.rule_number < m.rule_number
                and d.cidr_first <= m.cidr_first and d.cidr_last >= m.cidr_last
                -- As numbers, IPv4 lies within IPv6.
                and (d.cidr glob '*:*') = (m.cidr glob '*:*')
        ) as is_open
    from matching as m
),
open_acl as (
    select
        arn, account_id,
        coalesce(max(is_open), 0) or iif(count(is_open) < count(*), null, 0) as is_open,
        min(rule_number) filter (where is_open) as rule_number
    from rule
    group by arn, account_id
)
select
    a.arn as resource,
    a.account_id,
    a.subnet_ids <> '[]' and (not a.is_default or :include_default) as applies,
    iif(o.arn is null, 1, not o.is_open) as ok,
    case when o.arn is null or o.is_open = 0 then 'closed' when o.is_open then 'open' end as reason,
    iif(a.is_default, 'low', 'medium') as severity,
    iif(a.name = '', a.network_acl_id, a.name || ' (' || a.network_acl_id || ')') as shown_name,
    a.network_acl_id, a.vpc_id, a.is_default, a.subnet_ids, o.rule_number,
    json_array_length(a.subnet_ids) as subnets,
    (
        select json_group_array(distinct r.port)
        from rule as r
        where o.is_open = 1 and r.arn = a.arn and r.account_id = a.account_id and r.is_open
    ) as open_ports
from aws_vpc_network_acl as a
left join open_acl as o on o.arn = a.arn and o.account_id = a.account_id
