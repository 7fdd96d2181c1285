/*---
title    = "Default security group that has rules"
severity = "medium"
leg      = "configured"
family   = "default-group"
message  = "The default security group of {vpc_id} ({group_id}) is not empty: {meaning}"
why      = """
Whatever is launched without naming a security group is given the VPC's default group. While that group has rules, a forgotten
argument is enough to put a machine among all the others that were forgotten, reachable from each of them and free to call out.
The group cannot be deleted, but it can be emptied; then the forgotten argument shows at once."""
fix      = "aws ec2 describe-security-group-rules --region {region} --filters Name=group-id,Values={group_id}"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html",
]

[fixes]
ingress = "aws ec2 revoke-security-group-ingress --region {region} --group-id {group_id} --security-group-rule-ids {ingress_rule_ids}"
egress = "aws ec2 revoke-security-group-egress --region {region} --group-id {group_id} --security-group-rule-ids {egress_rule_ids}"
ingress_and_egress = "aws ec2 revoke-security-group-ingress --region {region} --group-id {group_id} --security-group-rule-ids {ingress_rule_ids} && aws ec2 revoke-security-group-egress --region {region} --group-id {group_id} --security-group-rule-ids {egress_rule_ids}"

[frameworks]
fsbp = ["EC2.2"]
"cis-3.0" = ["5.4"]
"cis-5.0" = ["5.5"]
nist-800-53r5 = ["AC-4", "AC-4(21)", "SC-7", "SC-7(4)", "SC-7(5)", "SC-7(11)", "SC-7(16)", "SC-7(21)"]
soc2 = ["CC6.6"]

[reasons]
ingress            = "it lets traffic in"
egress             = "it lets traffic out"
ingress_and_egress = "it lets traffic in and out"
has_rules          = "it has rules, whose direction was not told"
empty              = "it has no rules"
---*/
with ruled as (
    select
        r.account_id, r.region, r.group_id,
        count(*) as rules,
        group_concat(r.security_group_rule_id, ' ') filter (where r.is_egress = 0) as ingress_rule_ids,
        group_concat(r.security_group_rule_id, ' ') filter (where r.is_egress = 1) as egress_rule_ids
    from aws_vpc_security_group_rule as r
    group by r.account_id, r.region, r.group_id
),
used as (
    select i.account_id, i.region, m.value as group_id, count(*) as interfaces
    from aws_ec2_network_interface as i
    join json_each(i.group_ids) as m
    group by i.account_id, i.region, m.value
)
select
    g.arn as resource,
    g.account_id,
    -- AWS reserves the name.
    g.name = 'default' as applies,
    r.group_id is null as ok,
    case
        when r.group_id is null then 'empty'
        when r.ingress_rule_ids <> '' and r.egress_rule_ids <> '' then 'ingress_and_egress'
        when r.ingress_rule_ids <> '' then 'ingress'
        when r.egress_rule_ids <> '' then 'egress'
        else 'has_rules'
    end as reason,
    -- Every VPC is born with such a group; where nothing uses it, it is a trap and not yet a hole.
    iif(u.group_id is null, 'low', 'medium') as severity,
    g.name, g.group_id, g.vpc_id,
    coalesce(r.rules, 0) as rules,
    coalesce(u.interfaces, 0) as interfaces,
    r.ingress_rule_ids, r.egress_rule_ids
from aws_vpc_security_group as g
left join ruled as r on r.group_id = g.group_id and r.account_id = g.account_id and r.region = g.region
left join used as u on u.group_id = g.group_id and u.account_id = g.account_id and u.region = g.region
