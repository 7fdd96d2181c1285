"""The network of the platform that drifts, as the AWS provider keeps it in a state."""

import zlib

STACK = "drift-network"
NETWORK = "module.network[0]"


def tags(given, key="Key", value="Value"):
    """Tags as the provider keeps them: AWS's own are not in the state, and no tags at all are null."""
    told = given if isinstance(given, dict) else {one[key]: one[value] for one in given or []}
    own = {name: said for name, said in sorted(told.items()) if not name.startswith("aws:")}
    return {"tags": own or None, "tags_all": own}


def add(site, state):
    ec2 = site.bed.ec2
    vpc = ec2.describe_vpcs(VpcIds=[site.of(STACK, "Vpc")])["Vpcs"][0]
    place(site, state)
    state.add("aws_vpc", "this", the_vpc(site, vpc), module=NETWORK, schema=1)
    gateway = ec2.describe_internet_gateways(InternetGatewayIds=[site.of(STACK, "Gateway")])["InternetGateways"][0]
    state.add("aws_internet_gateway", "this", {
        "arn": site.arn("ec2", f"internet-gateway/{gateway['InternetGatewayId']}"), "id": gateway["InternetGatewayId"],
        "owner_id": site.account, **tags(gateway.get("Tags")), "timeouts": None, "vpc_id": vpc["VpcId"],
    }, module=NETWORK, needs=[f"{NETWORK}.aws_vpc.this".replace("[0]", "")])  # fmt: skip
    zones = {"a": ("PublicA", "PrivateA", "PrivateTableA"), "b": ("PublicB", "PrivateB", "PrivateTableB")}
    for zone, (public, private, table) in zones.items():
        module = f'{NETWORK}.module.zone["{zone}"]'
        for index, logical_id in (("public", public), ("private", private)):
            state.add("aws_subnet", "this", the_subnet(site, logical_id), index=index, module=module, schema=1)
        state.add("aws_route_table", "private", the_table(site, table), module=module)
        state.add("aws_route", "way_out", the_route(site, table, "0.0.0.0/0"), module=module)
        state.add("aws_route_table_association", "private", association(site, f"{private}UsesTable", private, table), module=module)
        used = association(site, f"{public}UsesTable", public, "PublicTable")
        state.add("aws_route_table_association", "public", used, module=module)
    state.add("aws_route_table", "public", the_table(site, "PublicTable"), module=NETWORK)
    state.add("aws_route", "public", the_route(site, "PublicTable", "0.0.0.0/0"), module=NETWORK)
    state.add("aws_route", "partner", the_route(site, "PrivateTableB", "198.51.100.0/24"), index=0, module=NETWORK)
    way_out(site, state)
    acl(site, state)
    groups(site, state)
    endpoints(site, state)
    flow_log(site, state)
    state.output("vpc_id", vpc["VpcId"])


def place(site, state):
    """Data sources."""
    zones = site.bed.ec2.describe_availability_zones()["AvailabilityZones"]
    state.data("aws_availability_zones", "all", {
        "all_availability_zones": None, "exclude_names": None, "exclude_zone_ids": None, "filter": None, "group_names": [site.bed.region],
        "id": site.bed.region, "names": [one["ZoneName"] for one in zones], "state": "available", "timeouts": None,
        "zone_ids": [one["ZoneId"] for one in zones],
    })  # fmt: skip
    arn = f"arn:aws:iam::{site.account}:root"
    state.data("aws_caller_identity", "current", {"account_id": site.account, "arn": arn, "id": site.account, "user_id": "AKIAEXAMPLE"})


def the_vpc(site, vpc):
    ec2, vpc_id = site.bed.ec2, vpc["VpcId"]
    own = [{"Name": "vpc-id", "Values": [vpc_id]}]
    acls = ec2.describe_network_acls(Filters=[*own, {"Name": "default", "Values": ["true"]}])["NetworkAcls"]
    tables = ec2.describe_route_tables(Filters=[*own, {"Name": "association.main", "Values": ["true"]}])["RouteTables"]
    shut = ec2.describe_security_groups(Filters=[*own, {"Name": "group-name", "Values": ["default"]}])["SecurityGroups"]
    return {
        "arn": site.arn("ec2", f"vpc/{vpc_id}"), "assign_generated_ipv6_cidr_block": False, "cidr_block": vpc["CidrBlock"],
        "default_network_acl_id": acls[0]["NetworkAclId"], "default_route_table_id": tables[0]["RouteTableId"],
        "default_security_group_id": shut[0]["GroupId"], "dhcp_options_id": vpc.get("DhcpOptionsId", ""),
        "enable_dns_hostnames": True, "enable_dns_support": True, "enable_network_address_usage_metrics": False, "id": vpc_id,
        "instance_tenancy": "default", "ipv4_ipam_pool_id": None, "ipv4_netmask_length": None, "ipv6_association_id": "",
        "ipv6_cidr_block": "", "ipv6_cidr_block_network_border_group": "", "ipv6_ipam_pool_id": "", "ipv6_netmask_length": 0,
        "main_route_table_id": tables[0]["RouteTableId"], "owner_id": site.account, **tags(vpc.get("Tags")),
    }  # fmt: skip


def the_subnet(site, logical_id):
    one = site.bed.ec2.describe_subnets(SubnetIds=[site.of(STACK, logical_id)])["Subnets"][0]
    return {
        "arn": one["SubnetArn"], "assign_ipv6_address_on_creation": False, "availability_zone": one["AvailabilityZone"],
        "availability_zone_id": one["AvailabilityZoneId"], "cidr_block": one["CidrBlock"], "customer_owned_ipv4_pool": "",
        "enable_dns64": False, "enable_lni_at_device_index": 0, "enable_resource_name_dns_a_record_on_launch": False,
        "enable_resource_name_dns_aaaa_record_on_launch": False, "id": one["SubnetId"], "ipv6_cidr_block": "",
        "ipv6_cidr_block_association_id": "", "ipv6_native": False, "map_customer_owned_ip_on_launch": False,
        "map_public_ip_on_launch": one["MapPublicIpOnLaunch"], "outpost_arn": "", "owner_id": site.account,
        "private_dns_hostname_type_on_launch": "ip-name", **tags(one.get("Tags")), "timeouts": None, "vpc_id": one["VpcId"],
    }  # fmt: skip


def described_table(site, logical_id):
    return site.bed.ec2.describe_route_tables(RouteTableIds=[site.of(STACK, logical_id)])["RouteTables"][0]


TARGETS = {
    "carrier_gateway_id": "CarrierGatewayId", "core_network_arn": "CoreNetworkArn", "egress_only_gateway_id": "EgressOnlyInternetGatewayId",
    "gateway_id": "GatewayId", "local_gateway_id": "LocalGatewayId", "nat_gateway_id": "NatGatewayId",
    "network_interface_id": "NetworkInterfaceId", "transit_gateway_id": "TransitGatewayId",
    "vpc_peering_connection_id": "VpcPeeringConnectionId",
}  # fmt: skip


def the_table(site, logical_id):
    one = described_table(site, logical_id)
    routes = []
    for route in one["Routes"]:
        # The provider keeps no local routes in a table, and none that an endpoint made.
        if route.get("GatewayId") == "local" or "DestinationCidrBlock" not in route:
            continue
        said = {name: route.get(member, "") for name, member in TARGETS.items()}
        routes.append({
            "cidr_block": route["DestinationCidrBlock"], "destination_prefix_list_id": "", "ipv6_cidr_block": "", "vpc_endpoint_id": "",
            **said,
        })  # fmt: skip
    return {
        "arn": site.arn("ec2", f"route-table/{one['RouteTableId']}"), "id": one["RouteTableId"], "owner_id": site.account,
        "propagating_vgws": [], "route": routes, **tags(one.get("Tags")), "timeouts": None, "vpc_id": one["VpcId"],
    }  # fmt: skip


def the_route(site, logical_id, destination):
    table = described_table(site, logical_id)
    route = next(one for one in table["Routes"] if one.get("DestinationCidrBlock") == destination)
    return {
        **{name: route.get(member, "") for name, member in TARGETS.items()}, "destination_cidr_block": destination,
        "destination_ipv6_cidr_block": "", "destination_prefix_list_id": "",
        "id": f"r-{table['RouteTableId']}{zlib.crc32(destination.encode())}", "instance_id": "", "instance_owner_id": "",
        "origin": route["Origin"], "route_table_id": table["RouteTableId"], "state": route["State"], "timeouts": None,
        "vpc_endpoint_id": "",
    }  # fmt: skip


def association(site, logical_id, subnet, table):
    return {
        "gateway_id": "", "id": site.of(STACK, logical_id), "route_table_id": site.of(STACK, table),
        "subnet_id": site.of(STACK, subnet), "timeouts": None,
    }  # fmt: skip


def way_out(site, state):
    nat = site.bed.ec2.describe_nat_gateways(NatGatewayIds=[site.of(STACK, "Nat")])["NatGateways"][0]
    through = nat["NatGatewayAddresses"][0]
    address = site.bed.ec2.describe_addresses(AllocationIds=[through["AllocationId"]])["Addresses"][0]
    state.add("aws_eip", "way_out", {
        "address": None, "allocation_id": address["AllocationId"], "arn": site.arn("ec2", f"elastic-ip/{address['AllocationId']}"),
        "associate_with_private_ip": None, "association_id": address.get("AssociationId", ""), "carrier_ip": "", "customer_owned_ip": "",
        "customer_owned_ipv4_pool": "", "domain": "vpc", "id": address["AllocationId"], "instance": "", "ipam_pool_id": None,
        "network_border_group": site.bed.region, "network_interface": address.get("NetworkInterfaceId", ""), "private_dns": None,
        "private_ip": address.get("PrivateIpAddress", ""), "ptr_record": "", "public_dns": "", "public_ip": address["PublicIp"],
        "public_ipv4_pool": "amazon", **tags(address.get("Tags")), "timeouts": None, "vpc": True,
    }, index=0, module=NETWORK)  # fmt: skip
    state.add("aws_nat_gateway", "this", {
        "allocation_id": through["AllocationId"], "association_id": address.get("AssociationId", ""), "connectivity_type": "public",
        "id": nat["NatGatewayId"], "network_interface_id": through.get("NetworkInterfaceId", ""),
        "private_ip": through.get("PrivateIp", ""), "public_ip": through.get("PublicIp", ""), "secondary_allocation_ids": None,
        "secondary_private_ip_address_count": 0,
        "secondary_private_ip_addresses": [], "subnet_id": nat["SubnetId"], **tags(nat.get("Tags")), "timeouts": None,
    }, index=0, module=NETWORK)  # fmt: skip


def acl(site, state):
    one = site.bed.ec2.describe_network_acls(NetworkAclIds=[site.of(STACK, "Acl")])["NetworkAcls"][0]
    rules = {True: [], False: []}
    for entry in one["Entries"]:
        if entry["RuleNumber"] == 32767:
            continue  # AWS's own last rule, which the provider leaves out.
        ports = entry.get("PortRange") or {}
        rules[entry["Egress"]].append({
            "action": entry["RuleAction"], "cidr_block": entry.get("CidrBlock", ""), "from_port": ports.get("From", 0), "icmp_code": 0,
            "icmp_type": 0, "ipv6_cidr_block": entry.get("Ipv6CidrBlock", ""), "protocol": entry["Protocol"],
            "rule_no": entry["RuleNumber"], "to_port": ports.get("To", 0),
        })  # fmt: skip
    state.add("aws_network_acl", "private", {
        "arn": site.arn("ec2", f"network-acl/{one['NetworkAclId']}"), "egress": rules[True], "id": one["NetworkAclId"],
        "ingress": rules[False], "owner_id": site.account, "subnet_ids": [used["SubnetId"] for used in one["Associations"]],
        **tags(one.get("Tags")), "vpc_id": one["VpcId"],
    }, module=NETWORK)  # fmt: skip


def groups(site, state):
    for logical_id, name in (("BalancerGroup", "balancer"), ("TaskGroup", "tasks"), ("DatabaseGroup", "database")):
        one = site.bed.ec2.describe_security_groups(GroupIds=[site.of(STACK, logical_id)])["SecurityGroups"][0]
        state.add("aws_security_group", name, {
            "arn": site.arn("ec2", f"security-group/{one['GroupId']}"), "description": one["Description"],
            "egress": blocks(one["IpPermissionsEgress"], one["GroupId"]), "id": one["GroupId"],
            "ingress": blocks(one["IpPermissions"], one["GroupId"]), "name": one["GroupName"], "name_prefix": "", "owner_id": site.account,
            "revoke_rules_on_delete": False, **tags(one.get("Tags")), "timeouts": None, "vpc_id": one["VpcId"],
        }, schema=1)  # fmt: skip
    rules = {"TasksFromBalancer": "ingress", "TasksFromOffice": "ingress", "TasksToDatabase": "egress"}
    for logical_id, way in rules.items():
        rule = site.bed.ec2.describe_security_group_rules(SecurityGroupRuleIds=[site.of(STACK, logical_id)])["SecurityGroupRules"][0]
        rule_id = rule["SecurityGroupRuleId"]
        state.add(f"aws_vpc_security_group_{way}_rule", "tasks", {
            "arn": site.arn("ec2", f"security-group-rule/{rule_id}"), "cidr_ipv4": rule.get("CidrIpv4"), "cidr_ipv6": None,
            "description": rule.get("Description") or None, "from_port": rule["FromPort"], "id": rule_id, "ip_protocol": rule["IpProtocol"],
            "prefix_list_id": None, "referenced_security_group_id": (rule.get("ReferencedGroupInfo") or {}).get("GroupId"),
            "security_group_id": rule["GroupId"], "security_group_rule_id": rule_id, "tags": None, "tags_all": {},
            "to_port": rule["ToPort"],
        }, index=logical_id.removeprefix("Tasks").lower())  # fmt: skip


def blocks(permissions, own):
    """Rules as blocks: those of one protocol, ports and description are one."""
    found = {}
    for one in permissions:
        everything = one["IpProtocol"] == "-1"
        ports = (0, 0) if everything else (one["FromPort"], one["ToPort"])
        listed = [("cidr_blocks", said["CidrIp"], said) for said in one.get("IpRanges", [])]
        listed += [("ipv6_cidr_blocks", said["CidrIpv6"], said) for said in one.get("Ipv6Ranges", [])]
        listed += [("security_groups", said["GroupId"], said) for said in one.get("UserIdGroupPairs", [])]
        for member, value, said in listed:
            key = (one["IpProtocol"], *ports, said.get("Description", ""))
            block = found.setdefault(key, {
                "cidr_blocks": [], "description": key[3], "from_port": ports[0], "ipv6_cidr_blocks": [], "prefix_list_ids": [],
                "protocol": one["IpProtocol"], "security_groups": [], "self": False, "to_port": ports[1],
            })  # fmt: skip
            if value == own:
                block["self"] = True
            else:
                block[member].append(value)
    return list(found.values())


def endpoints(site, state):
    for logical_id, name in (("StorageEndpoint", "s3"), ("SecretsEndpoint", "secretsmanager")):
        one = site.bed.ec2.describe_vpc_endpoints(VpcEndpointIds=[site.of(STACK, logical_id)])["VpcEndpoints"][0]
        state.add("aws_vpc_endpoint", "this", {
            "arn": site.arn("ec2", f"vpc-endpoint/{one['VpcEndpointId']}"), "auto_accept": None, "cidr_blocks": [], "dns_entry": [],
            "dns_options": [], "id": one["VpcEndpointId"], "ip_address_type": "",
            "network_interface_ids": one.get("NetworkInterfaceIds", []), "owner_id": site.account, "policy": one["PolicyDocument"],
            "prefix_list_id": None,
            "private_dns_enabled": one.get("PrivateDnsEnabled", False), "requester_managed": False,
            "route_table_ids": one.get("RouteTableIds", []), "security_group_ids": [said["GroupId"] for said in one.get("Groups", [])],
            "service_name": one["ServiceName"], "state": one["State"].lower(), "subnet_configuration": [],
            "subnet_ids": one.get("SubnetIds", []), **tags(one.get("Tags")), "timeouts": None,
            "vpc_endpoint_type": one["VpcEndpointType"], "vpc_id": one["VpcId"],
        }, index=name, module=NETWORK)  # fmt: skip


def flow_log(site, state):
    one = site.bed.ec2.describe_flow_logs(FlowLogIds=[site.of(STACK, "Flow")])["FlowLogs"][0]
    state.add("aws_flow_log", "everything", {
        "arn": site.arn("ec2", f"vpc-flow-log/{one['FlowLogId']}"), "deliver_cross_account_role": "", "destination_options": [],
        "eni_id": None, "iam_role_arn": one["DeliverLogsPermissionArn"], "id": one["FlowLogId"],
        "log_destination": site.arn("logs", f"log-group:{one['LogGroupName']}"), "log_destination_type": "cloud-watch-logs",
        "log_format": one["LogFormat"], "log_group_name": one["LogGroupName"], "max_aggregation_interval": 600, "subnet_id": None,
        **tags(one.get("Tags")), "traffic_type": one["TrafficType"], "transit_gateway_attachment_id": None, "transit_gateway_id": None,
        "vpc_id": one["ResourceId"],
    })  # fmt: skip
