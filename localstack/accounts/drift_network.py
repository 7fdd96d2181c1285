"""Changes by hand to the network of the platform that drifts. All T1, but where a docstring says so."""

import json

from drift_site import change

STACK = "drift-network"
ANYWHERE = "0.0.0.0/0"


def route_table(site, logical_id):
    return site.arn("ec2", f"route-table/{site.of(STACK, logical_id)}")


def rule_arn(site, rule_id):
    return site.arn("ec2", f"security-group-rule/{rule_id}")


def tagged(site, logical_id, kind, **tags):
    """Sets tags; one without a value goes."""
    resource = site.of(STACK, logical_id)
    site.bed.tag(resource, **{key: value for key, value in tags.items() if value})
    gone = [{"Key": key} for key, value in tags.items() if not value]
    if gone:
        site.bed.ec2.delete_tags(Resources=[resource], Tags=gone)
    return site.arn("ec2", f"{kind}/{resource}")


@change("aws_vpc_route", "changed", STACK, "PrivateRouteA", "NatGatewayId", ["target_id"])
def route_past_the_nat(site):
    """Somebody wanted to see a webhook arrive."""
    table = site.of(STACK, "PrivateTableA")
    site.bed.ec2.replace_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, GatewayId=site.of(STACK, "Gateway"))
    return route_table(site, "PrivateTableA"), {"destination": ANYWHERE}


@change("aws_vpc_route", "missing", STACK, "PartnerRoute")
def route_to_the_partner_gone(site):
    """The partner moved, and will move back."""
    site.bed.ec2.delete_route(RouteTableId=site.of(STACK, "PrivateTableB"), DestinationCidrBlock="198.51.100.0/24")
    return route_table(site, "PrivateTableB"), {"destination": "198.51.100.0/24"}


@change("aws_vpc_route", "added", STACK, "PublicTable")
def route_for_a_trial(site):
    """A trial of last spring."""
    site.bed.route(site.of(STACK, "PublicTable"), "203.0.113.0/24", NatGatewayId=site.of(STACK, "Nat"))
    return route_table(site, "PublicTable"), {"destination": "203.0.113.0/24"}


@change("aws_vpc_route_table_association", "missing", STACK, "PublicBUsesTable")
def subnet_without_its_table(site):
    """The subnet falls back to the VPC's main table."""
    association = site.of(STACK, "PublicBUsesTable")
    site.bed.ec2.disassociate_route_table(AssociationId=association)
    return route_table(site, "PublicTable"), {"association_id": association}


@change("aws_vpc_security_group_rule", "added", STACK, "BalancerGroup", "SecurityGroupIngress")
def shell_for_everybody(site):
    """For an hour."""
    allow = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": ANYWHERE}]}
    made = site.bed.ec2.authorize_security_group_ingress(GroupId=site.of(STACK, "BalancerGroup"), IpPermissions=[allow])
    return rule_arn(site, made["SecurityGroupRules"][0]["SecurityGroupRuleId"])


@change("aws_vpc_security_group_rule", "added", STACK, "TaskGroup", "SecurityGroupEgress")
def tasks_reach_a_mail_server(site):
    """Mails of a report."""
    allow = {"IpProtocol": "tcp", "FromPort": 25, "ToPort": 25, "IpRanges": [{"CidrIp": "198.51.100.25/32"}]}
    made = site.bed.ec2.authorize_security_group_egress(GroupId=site.of(STACK, "TaskGroup"), IpPermissions=[allow])
    return rule_arn(site, made["SecurityGroupRules"][0]["SecurityGroupRuleId"])


def inline_rule(site, logical_id, port):
    own = [{"Name": "group-id", "Values": [site.of(STACK, logical_id)]}]
    rules = site.bed.ec2.describe_security_group_rules(Filters=own)["SecurityGroupRules"]
    return next(one["SecurityGroupRuleId"] for one in rules if not one["IsEgress"] and one.get("FromPort") == port)


@change("aws_vpc_security_group_rule", "missing", STACK, "BalancerGroup", "SecurityGroupIngress")
def no_redirect_any_more(site):
    """A rule that stands within its group."""
    rule = inline_rule(site, "BalancerGroup", 80)
    site.bed.ec2.revoke_security_group_ingress(GroupId=site.of(STACK, "BalancerGroup"), SecurityGroupRuleIds=[rule])
    return rule_arn(site, rule)


@change("aws_vpc_security_group_rule", "changed", STACK, "BalancerGroup", "SecurityGroupIngress", ["description"])
def rule_said_otherwise(site):
    """A rule that stands within its group."""
    rule = inline_rule(site, "BalancerGroup", 443)
    told = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": ANYWHERE, "Description": "do not touch, ask Ann"}]}
    site.bed.ec2.update_security_group_rule_descriptions_ingress(GroupId=site.of(STACK, "BalancerGroup"), IpPermissions=[told])
    return rule_arn(site, rule)


@change("aws_vpc_security_group_rule", "changed", STACK, "TasksFromOffice", "CidrIp", ["cidr_ipv4"])
def office_is_everywhere(site):
    """A rule that is a resource of its own."""
    rule = site.of(STACK, "TasksFromOffice")
    wide = {"IpProtocol": "tcp", "FromPort": 9000, "ToPort": 9010, "CidrIpv4": ANYWHERE, "Description": "the office"}
    site.bed.ec2.modify_security_group_rules(
        GroupId=site.of(STACK, "TaskGroup"), SecurityGroupRules=[{"SecurityGroupRuleId": rule, "SecurityGroupRule": wide}]
    )
    return rule_arn(site, rule)


@change("aws_vpc_security_group_rule", "missing", STACK, "TasksToDatabase")
def tasks_without_the_ledger(site):
    """A rule that is a resource of its own."""
    rule = site.of(STACK, "TasksToDatabase")
    site.bed.ec2.revoke_security_group_egress(GroupId=site.of(STACK, "TaskGroup"), SecurityGroupRuleIds=[rule])
    return rule_arn(site, rule)


@change("aws_vpc_subnet", "changed", STACK, "PublicA", "MapPublicIpOnLaunch", ["map_public_ip_on_launch"])
def subnet_gives_addresses(site):
    """It was easier for the bastion."""
    subnet = site.of(STACK, "PublicA")
    site.bed.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    return site.arn("ec2", f"subnet/{subnet}")


@change("aws_vpc_subnet", "changed", STACK, "PrivateA", "Tags", ["tags"])
def subnet_tag_edited(site):
    """It is not public."""
    return tagged(site, "PrivateA", "subnet", tier="public")


@change("aws_vpc", "changed", STACK, "Vpc", "Tags", ["tags"])
def vpc_tag_removed(site):
    """Nobody's any more."""
    return tagged(site, "Vpc", "vpc", team=None)


@change("aws_vpc_internet_gateway", "changed", STACK, "Gateway", "Tags", ["tags"])
def gateway_tag_added(site):
    """A cost report."""
    return tagged(site, "Gateway", "internet-gateway", cost="shared")


@change("aws_vpc_route_table", "changed", STACK, "PrivateTableA", "Tags", ["tags"])
def table_renamed(site):
    """The name is a tag."""
    return tagged(site, "PrivateTableA", "route-table", Name="private-a-old")


@change("aws_vpc_network_acl_entry", "changed", STACK, "AclIn", "PortRange", ["from_port", "to_port"])
def acl_lets_all_ports_in(site):
    """To see whether it is the network."""
    acl = site.of(STACK, "Acl")
    site.bed.ec2.replace_network_acl_entry(
        NetworkAclId=acl, RuleNumber=100, Protocol="6", RuleAction="allow", Egress=False, CidrBlock="10.40.0.0/16",
        PortRange={"From": 1, "To": 65535},
    )  # fmt: skip
    return site.arn("ec2", f"network-acl/{acl}"), {"is_egress": 0, "rule_number": 100, "cidr": "10.40.0.0/16"}


@change("aws_vpc_network_acl_entry", "missing", STACK, "AclAnswers")
def acl_without_answers(site):
    """Nothing comes back."""
    acl = site.of(STACK, "Acl")
    site.bed.ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=110, Egress=False)
    return site.arn("ec2", f"network-acl/{acl}"), {"is_egress": 0, "rule_number": 110, "cidr": ANYWHERE}


@change("aws_vpc_network_acl_entry", "added", STACK, "Acl")
def acl_lets_one_address_in(site):
    """A tester's."""
    acl = site.of(STACK, "Acl")
    site.bed.ec2.create_network_acl_entry(
        NetworkAclId=acl, RuleNumber=90, Protocol="-1", RuleAction="allow", Egress=False, CidrBlock="192.0.2.77/32"
    )
    return site.arn("ec2", f"network-acl/{acl}"), {"is_egress": 0, "rule_number": 90, "cidr": "192.0.2.77/32"}


@change("aws_vpc_network_acl_association", "missing", STACK, "AclOfPrivateB")
def subnet_under_the_default_acl(site):
    """It was the network."""
    ec2, subnet, acl = site.bed.ec2, site.of(STACK, "PrivateB"), site.of(STACK, "Acl")
    of = [{"Name": "vpc-id", "Values": [site.of(STACK, "Vpc")]}, {"Name": "default", "Values": ["true"]}]
    default = ec2.describe_network_acls(Filters=of)["NetworkAcls"][0]["NetworkAclId"]
    ec2.replace_network_acl_association(AssociationId=site.of(STACK, "AclOfPrivateB"), NetworkAclId=default)
    return site.arn("ec2", f"network-acl/{acl}"), {"subnet_id": subnet}


@change("aws_vpc_endpoint", "changed", STACK, "StorageEndpoint", "RouteTableIds", ["route_table_ids"])
def endpoint_out_of_a_table(site):
    """Objects take the long way from there."""
    endpoint = site.of(STACK, "StorageEndpoint")
    site.bed.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=[site.of(STACK, "PrivateTableB")])
    return site.arn("ec2", f"vpc-endpoint/{endpoint}")


@change("aws_vpc_endpoint", "changed", STACK, "SecretsEndpoint", "PolicyDocument", ["policy"])
def endpoint_for_everybody(site):
    """Another account needed a secret."""
    endpoint = site.of(STACK, "SecretsEndpoint")
    everything = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
    site.bed.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PolicyDocument=json.dumps(everything))
    return site.arn("ec2", f"vpc-endpoint/{endpoint}")


@change("aws_vpc_flow_log", "missing", STACK, "Flow")
def flow_log_deleted(site):
    """It was expensive."""
    flow = site.of(STACK, "Flow")
    site.bed.ec2.delete_flow_logs(FlowLogIds=[flow])
    return site.arn("ec2", f"vpc-flow-log/{flow}")


@change("aws_cloudwatch_log_group", "changed", STACK, "FlowGroup", "RetentionInDays", ["retention_in_days"])
def flow_group_shortened(site):
    """So were its logs."""
    site.bed.logs.put_retention_policy(logGroupName="/drift/network/flow", retentionInDays=7)
    return site.arn("logs", "log-group:/drift/network/flow")


@change("aws_vpc_security_group", "unmanaged", "", "")
def group_by_hand(site):
    """Of a trial."""
    made = site.bed.ec2.create_security_group(GroupName="by-hand", Description="a trial", VpcId=site.of(STACK, "Vpc"))["GroupId"]
    return site.arn("ec2", f"security-group/{made}")
