"""Types of EC2's networks in stacks: what the emulator's CloudFormation forgets of them, and those that it cannot make."""

from moto.ec2.models.security_groups import SecurityGroupRule

from .stacks import PHYSICAL, makes, mends, named, truth

ANYWHERE = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def tag(api, resource_id, properties):
    if properties.get("Tags"):
        api.ec2.create_tags(Resources=[resource_id], Tags=properties["Tags"])


@mends("AWS::EC2::VPC")
def vpc(api, wanted, request, made):
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        if name in wanted:
            api.ec2.modify_vpc_attribute(VpcId=made["VpcId"], **{name: {"Value": truth(wanted[name])}})


@mends("AWS::EC2::Subnet")
def subnet(api, wanted, request, made):
    # The emulator takes a zone's first subnet for a default one, which gives everything a public address.
    switched = {"Value": truth(wanted.get("MapPublicIpOnLaunch", False))}
    api.ec2.modify_subnet_attribute(SubnetId=made["SubnetId"], MapPublicIpOnLaunch=switched)


@mends("AWS::EC2::InternetGateway")
def internet_gateway(api, wanted, request, made):
    tag(api, made["InternetGatewayId"], wanted)


@mends("AWS::EC2::VPCEndpoint")
def endpoint(api, wanted, request, made):
    tag(api, made["Id"], wanted)


@makes("AWS::EC2::Route")
def route(api, wanted, request):
    api.ec2.create_route(**wanted)
    destination = wanted.get("DestinationCidrBlock") or wanted.get("DestinationIpv6CidrBlock") or wanted.get("DestinationPrefixListId")
    return {PHYSICAL: f"{wanted['RouteTableId']}|{destination}", "CidrBlock": destination}


@makes("AWS::EC2::EIP")
def address(api, wanted, request):
    made = api.ec2.allocate_address(Domain="vpc")
    tag(api, made["AllocationId"], wanted)
    return {PHYSICAL: made["PublicIp"], "PublicIp": made["PublicIp"], "AllocationId": made["AllocationId"]}


@makes("AWS::EC2::NatGateway")
def nat_gateway(api, wanted, request):
    # moto says "None" of a connectivity that nobody named, where AWS says that it is public.
    arguments = {"SubnetId": wanted["SubnetId"], "ConnectivityType": wanted.get("ConnectivityType", "public")}
    if wanted.get("AllocationId"):
        arguments["AllocationId"] = wanted["AllocationId"]
    made = api.ec2.create_nat_gateway(**arguments)["NatGateway"]["NatGatewayId"]
    tag(api, made, wanted)
    return {PHYSICAL: made, "NatGatewayId": made}


@makes("AWS::EC2::NetworkAclEntry")
def network_acl_entry(api, wanted, request):
    ports = {"PortRange": wanted["PortRange"]} if wanted.get("PortRange") else {}
    address = {name: wanted[name] for name in ("CidrBlock", "Ipv6CidrBlock") if wanted.get(name)}
    api.ec2.create_network_acl_entry(
        NetworkAclId=wanted["NetworkAclId"], RuleNumber=wanted["RuleNumber"], Protocol=str(wanted["Protocol"]),
        RuleAction=wanted["RuleAction"], Egress=truth(wanted.get("Egress", False)), **address, **ports,
    )  # fmt: skip
    return {PHYSICAL: f"{request.stack_name}-{request.logical_resource_id}-1A2B3C4D5E6F"}


@makes("AWS::EC2::SubnetNetworkAclAssociation")
def network_acl_association(api, wanted, request):
    has_subnet = [{"Name": "association.subnet-id", "Values": [wanted["SubnetId"]]}]
    acl = api.ec2.describe_network_acls(Filters=has_subnet)["NetworkAcls"][0]
    own = next(one for one in acl["Associations"] if one["SubnetId"] == wanted["SubnetId"])
    made = api.ec2.replace_network_acl_association(
        AssociationId=own["NetworkAclAssociationId"], NetworkAclId=wanted["NetworkAclId"]
    )["NewAssociationId"]  # fmt: skip
    return {PHYSICAL: made, "AssociationId": made}


def permission(rule):
    """A rule of a security group, in the API's words."""
    told = {"Description": rule["Description"]} if rule.get("Description") else {}
    said = {"IpProtocol": str(rule["IpProtocol"])}
    for name in ("FromPort", "ToPort"):
        if rule.get(name) is not None:
            said[name] = int(rule[name])
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    listed = rule.get("SourcePrefixListId") or rule.get("DestinationPrefixListId")
    if rule.get("CidrIp"):
        said["IpRanges"] = [{"CidrIp": rule["CidrIp"], **told}]
    elif rule.get("CidrIpv6"):
        said["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **told}]
    elif listed:
        said["PrefixListIds"] = [{"PrefixListId": listed, **told}]
    elif group:
        said["UserIdGroupPairs"] = [{"GroupId": group, **told}]
    return said


def _description(rule):
    """moto keeps what is said of a group as a peer, and does not tell it."""
    return next((of["Description"] for of in (rule.ip_range, rule.source_group or {}) if of.get("Description")), None)


SecurityGroupRule.description = property(_description)


def open_inward(api, group_id, rule):
    return api.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission(rule)])


def open_outward(api, group_id, rule):
    return api.ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[permission(rule)])


@mends("AWS::EC2::SecurityGroup")
def security_group(api, wanted, request, made):
    if wanted.get("SecurityGroupEgress"):
        # AWS makes the rule that allows everything only where the template names none.
        api.ec2.revoke_security_group_egress(GroupId=made["GroupId"], IpPermissions=ANYWHERE)
    for rule in wanted.get("SecurityGroupEgress") or []:
        open_outward(api, made["GroupId"], rule)
    for rule in wanted.get("SecurityGroupIngress") or []:
        open_inward(api, made["GroupId"], rule)


@makes("AWS::EC2::SecurityGroupIngress")
def security_group_ingress(api, wanted, request):
    return _rule(open_inward(api, wanted["GroupId"], wanted))


@makes("AWS::EC2::SecurityGroupEgress")
def security_group_egress(api, wanted, request):
    # A rule of its own takes the place of the one that AWS made.
    group = api.ec2.describe_security_groups(GroupIds=[wanted["GroupId"]])["SecurityGroups"][0]
    if any(one.get("IpProtocol") == "-1" for one in group["IpPermissionsEgress"]) and len(group["IpPermissionsEgress"]) == 1:
        api.ec2.revoke_security_group_egress(GroupId=wanted["GroupId"], IpPermissions=ANYWHERE)
    return _rule(open_outward(api, wanted["GroupId"], wanted))


def _rule(answer):
    rules = answer.get("SecurityGroupRules") or []
    made = rules[0]["SecurityGroupRuleId"] if rules else ""
    return {PHYSICAL: made, "Id": made}


@makes("AWS::EC2::FlowLog")
def flow_log(api, wanted, request):
    made = api.ec2.create_flow_logs(**{**wanted, "ResourceIds": [wanted["ResourceId"]]})["FlowLogIds"][0]
    tag(api, made, wanted)
    return {PHYSICAL: made, "Id": made}


@makes("AWS::ElasticLoadBalancingV2::LoadBalancer")
def load_balancer(api, wanted, request):
    name = named(request, wanted, "Name", longest=32)
    given = {"Scheme": "internet-facing", "Type": "application", **wanted, "Name": name}
    made = api.elbv2.create_load_balancer(**given)["LoadBalancers"][0]
    arn = made["LoadBalancerArn"]
    if wanted.get("LoadBalancerAttributes"):
        api.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=wanted["LoadBalancerAttributes"])
    return {
        PHYSICAL: arn, "LoadBalancerArn": arn, "DNSName": made["DNSName"], "LoadBalancerName": name,
        "CanonicalHostedZoneID": made["CanonicalHostedZoneId"], "LoadBalancerFullName": arn.split(":loadbalancer/")[1],
        "SecurityGroups": made.get("SecurityGroups") or [],
    }  # fmt: skip


@makes("AWS::ElasticLoadBalancingV2::TargetGroup")
def target_group(api, wanted, request):
    name = named(request, wanted, "Name", longest=32)
    made = api.elbv2.create_target_group(**{**wanted, "Name": name})["TargetGroups"][0]
    arn = made["TargetGroupArn"]
    if wanted.get("Targets"):
        api.elbv2.register_targets(TargetGroupArn=arn, Targets=wanted["Targets"])
    full = arn.split(":")[-1]
    return {PHYSICAL: arn, "TargetGroupArn": arn, "TargetGroupName": name, "TargetGroupFullName": full, "LoadBalancerArns": []}


@makes("AWS::ElasticLoadBalancingV2::Listener")
def listener(api, wanted, request):
    arn = api.elbv2.create_listener(**wanted)["Listeners"][0]["ListenerArn"]
    return {PHYSICAL: arn, "ListenerArn": arn}


@makes("AWS::ElasticLoadBalancingV2::ListenerRule")
def listener_rule(api, wanted, request):
    arn = api.elbv2.create_rule(**wanted)["Rules"][0]["RuleArn"]
    return {PHYSICAL: arn, "RuleArn": arn, "IsDefault": False}


@makes("AWS::Route53::HostedZone")
def hosted_zone(api, wanted, request):
    given = {"Name": wanted["Name"], "CallerReference": f"{request.stack_id}/{request.logical_resource_id}"}
    if wanted.get("VPCs"):
        given["VPC"] = wanted["VPCs"][0]
    comment = (wanted.get("HostedZoneConfig") or {}).get("Comment", "")
    config = {"HostedZoneConfig": {"Comment": comment, "PrivateZone": bool(wanted.get("VPCs"))}}
    made = api.route53.create_hosted_zone(**given, **config)
    zone = made["HostedZone"]["Id"].rsplit("/", 1)[-1]
    return {PHYSICAL: zone, "Id": zone, "NameServers": (made.get("DelegationSet") or {}).get("NameServers", [])}


@makes("AWS::WAFv2::WebACL")
def web_acl(api, wanted, request):
    made = api.wafv2.create_web_acl(**{"Rules": [], **wanted, "Name": named_acl(request, wanted)})["Summary"]
    return {PHYSICAL: made["Id"], "Id": made["Id"], "Arn": made["ARN"], "Name": made["Name"]}


def named_acl(request, wanted):
    return wanted.get("Name") or f"{request.logical_resource_id}-{request.stack_name}"


@makes("AWS::WAFv2::WebACLAssociation")
def web_acl_association(api, wanted, request):
    api.wafv2.associate_web_acl(**wanted)
    return {PHYSICAL: f"{wanted['ResourceArn']}|{wanted['WebACLArn']}"}
