/*---
title    = "Security group that opens every port to the whole internet"
severity = "high"
leg      = "configured"
family   = "open-ports"
message  = "{name} ({group_id}) is no filter: {meaning} (rules {rule_ids})"
why      = """
A group that lets everybody reach everything filters nothing: whatever listens on the machine, on purpose or not, is on the
internet. Debug ports, metrics, agents and databases that were never meant to be reached are reached. Such rules are left over
from looking for a fault, and nobody notices them afterwards, because everything works."""
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
all_protocols = "everybody on the internet may reach it by every protocol"
all_ports     = "everybody on the internet may reach all of its TCP or UDP ports"
prefix_list   = "a prefix list may reach all of its ports, and what is on that list is not read"
closed        = "no rule opens all ports to the whole internet"

[params.trusted_prefix_lists]
default = []
doc     = "Ids of prefix lists that are known not to hold the whole internet, such as that of EC2 Instance Connect."
---*/
with rule as (
    select
        r.account_id, r.region, r.group_id, r.security_group_rule_id, r.ip_protocol, r.prefix_list_id,
        r.is_egress = 0 as is_ingress,
        r.is_egress = 0 and iif(r.prefix_list_id <> '', null, 1) as lets_all_in
    from aws_vpc_security_group_rule as r
    where (
            -- Half of all addresses is everybody too; all public IPv6 addresses are in 2000::/3.
            r.cidr_ipv4 || r.cidr_ipv6 glob '*/[01]'
            or r.cidr_ipv6 in ('::/2', '2000::/3')
            or (r.prefix_list_id <> '' and r.prefix_list_id not in (select t.value from json_each(:trusted_prefix_lists) as t))
        )
        and (
            r.ip_protocol = '-1'
            -- Nothing listens on port 0.
            or (r.ip_protocol in ('tcp', '6', 'udp', '17') and r.from_port <= 1 and r.to_port >= 65535)
        )
),
open_group as (
    select
        account_id, region, group_id,
        coalesce(max(lets_all_in), 0) or iif(count(lets_all_in) < count(*), null, 0) as is_open,
        max(prefix_list_id <> '' and is_ingress) as has_prefix_list,
        max(ip_protocol = '-1' and lets_all_in) as has_all_protocols,
        group_concat(security_group_rule_id, ' ') filter (where lets_all_in) as rule_ids
    from rule
    group by account_id, region, group_id
)
select
    g.arn as resource,
    g.account_id,
    iif(o.group_id is null, 1, not o.is_open) as ok,
    case
        when o.group_id is null or o.is_open = 0 then 'closed'
        when o.is_open = 1 then iif(o.has_all_protocols = 1, 'all_protocols', 'all_ports')
        when o.has_prefix_list = 1 then 'prefix_list'
    end as reason,
    g.name, g.group_id, g.vpc_id, g.description, o.rule_ids
from aws_vpc_security_group as g
left join open_group as o on o.group_id = g.group_id and o.account_id = g.account_id and o.region = g.region
