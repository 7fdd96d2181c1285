/*---
title    = "Security group that lets the whole internet reach administrative ports"
severity = "high"
leg      = "configured"
family   = "open-ports"
message  = "{name} ({group_id}) lets the whole internet reach these administrative ports: {open_ports}"
why      = """
Remote shells, desktops and databases trust whoever gets as far as their login. A port of theirs that is open to everybody is
found by scanners within minutes, and from then on only a password, a key or the absence of an unpatched hole stands between
anyone and the machine. The rule waits even while nothing uses the group: the next instance that is given it is exposed from
its first second."""
fix      = "aws ec2 revoke-security-group-ingress --region {region} --group-id {group_id} --security-group-rule-ids {rule_ids}"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html",
]

[frameworks]
fsbp = ["EC2.18", "EC2.19"]
"cis-3.0" = ["5.2", "5.3"]
"cis-5.0" = ["5.3", "5.4"]
nist-800-53r5 = ["AC-4", "AC-4(21)", "CM-7", "SC-7", "SC-7(4)", "SC-7(5)", "SC-7(11)", "SC-7(16)", "SC-7(21)"]
"pci-dss-4.0.1" = ["1.3.1"]
soc2 = ["CC6.6"]

[reasons]
open        = "a rule lets everybody on the internet reach an administrative port"
prefix_list = "a rule lets a prefix list reach an administrative port, and what is on that list is not read"
closed      = "no rule lets the whole internet reach an administrative port"

[params.ports]
default = ["22", "3389", "3306", "5432", "1433", "6379", "27017", "9200", "11211", "2375", "5985", "23", "21", "445"]
doc     = "TCP ports that must not be open to the whole internet."

[params.trusted_prefix_lists]
default = []
doc     = "Ids of prefix lists that are known not to hold the whole internet, such as that of EC2 Instance Connect."
---*/
with rule as (
    select
        r.account_id, r.region, r.group_id, r.security_group_rule_id, r.from_port, r.to_port, r.prefix_list_id,
        r.cidr_ipv4, r.cidr_ipv6,
        r.is_egress = 0 as is_ingress,
        r.is_egress = 0 and iif(r.prefix_list_id <> '', null, 1) as lets_all_in
    from aws_vpc_security_group_rule as r
    where (
            -- Half of all addresses is everybody too; all public IPv6 addresses are in 2000::/3.
            r.cidr_ipv4 || r.cidr_ipv6 glob '*/[01]'
            or r.cidr_ipv6 in ('::/2', '2000::/3')
            or (r.prefix_list_id <> '' and r.prefix_list_id not in (select t.value from json_each(:trusted_prefix_lists) as t))
        )
        -- Not UDP: wide ranges are opened for media streams on purpose. Not ICMP: its types look like ports.
        and r.ip_protocol in ('-1', 'tcp', '6')
        and exists (
            select 1
            from json_each(:ports) as p
            where cast(p.value as integer) between r.from_port and r.to_port
        )
),
open_group as (
    select
        account_id, region, group_id,
        coalesce(max(lets_all_in), 0) or iif(count(lets_all_in) < count(*), null, 0) as is_open,
        max(prefix_list_id <> '' and is_ingress) as has_prefix_list,
        group_concat(security_group_rule_id, ' ') filter (where lets_all_in) as rule_ids,
        max(cidr_ipv4 <> '' and lets_all_in) as is_open_ipv4,
        max(cidr_ipv6 <> '' and lets_all_in) as is_open_ipv6
    from rule
    group by account_id, region, group_id
),
used_group as (
    select
        i.account_id, i.region, m.value as group_id,
        sum(i.public_ip <> '') as public_ipv4_interfaces,
        sum(i.ipv6_addresses <> '[]') as ipv6_interfaces
    from aws_ec2_network_interface as i
    join json_each(i.group_ids) as m
    -- For the severity only: an interface of unread status counts as used.
    where coalesce(i.status, 'in-use') <> 'available'
    group by i.account_id, i.region, m.value
)
select
    g.arn as resource,
    g.account_id,
    iif(o.group_id is null, 1, not o.is_open) as ok,
    case
        when o.group_id is null or o.is_open = 0 then 'closed'
        when o.is_open = 1 then 'open'
        when o.has_prefix_list = 1 then 'prefix_list'
    end as reason,
    case
        when o.is_open_ipv4 = 1 and u.public_ipv4_interfaces > 0 then 'critical'
        when o.is_open_ipv6 = 1 and u.ipv6_interfaces > 0 then 'critical'
        else 'high'
    end as severity,
    g.name, g.group_id, g.vpc_id, g.description, o.rule_ids,
    (
        select json_group_array(p.value)
        from json_each(:ports) as p
        where o.is_open = 1 and exists (
            select 1
            from rule as r
            where r.group_id = g.group_id and r.account_id = g.account_id and r.region = g.region and r.lets_all_in = 1
                and cast(p.value as integer) between r.from_port and r.to_port
        )
    ) as open_ports,
    coalesce(u.public_ipv4_interfaces, 0) as public_ipv4_interfaces,
    coalesce(u.ipv6_interfaces, 0) as ipv6_interfaces
from aws_vpc_security_group as g
left join open_group as o on o.group_id = g.group_id and o.account_id = g.account_id and o.region = g.region
left join used_group as u on u.group_id = g.group_id and u.account_id = g.account_id and u.region = g.region
