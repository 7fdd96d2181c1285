"""Every variant of a private subnet's way out (A5) and of NAT gateways over zones (B1), each in a VPC of its own.

    network.py build ACCOUNT       make them, and print what is expected: [{"variant", "check", "resource", "verdict"}]
    network.py repaired ACCOUNT    make and repair them: afterwards nothing fails

A variant's docstring says by which tier it is made: T1 LocalStack, T2 its moto, T3 a rule.
"""

import json
import sys

from lib import DAY, Bed

EGRESS, CONFIGURED = "vpc/private_subnet_egress_broken", "vpc/private_subnet_no_egress"
ZONES, ZONES_DOWN = "vpc/nat_zone_shared", "vpc/nat_zone_down"
VARIANTS = []


def variant(function):
    VARIANTS.append(function)
    return function


class Net:
    """A VPC with a public and a private subnet in one zone, an internet gateway, and a NAT gateway that the private one uses."""

    def __init__(self, bed, name, nat=True, zones="a"):
        self.bed, self.name = bed, name
        self.vpc = bed.vpc(name)
        self.igw = bed.internet_gateway(self.vpc)
        self.public, self.private, self.tables, self.nats = {}, {}, {}, {}
        for i, zone in enumerate(zones):
            self.public[zone] = bed.subnet(self.vpc, f"{name}-public-{zone}", f"10.0.{i + 1}.0/24", zone, "Public")
            self.private[zone] = bed.subnet(self.vpc, f"{name}-private-{zone}", f"10.0.{i + 11}.0/24", zone, "Private")
            self.tables[zone] = bed.table(self.vpc, f"{name}-private-{zone}", self.private[zone])
            bed.interface(self.private[zone])
        self.public_table = bed.table(self.vpc, f"{name}-public", *self.public.values())
        bed.route(self.public_table, GatewayId=self.igw)
        if nat:
            for zone in zones:
                self.nats[zone] = bed.nat_gateway(self.public[zone], f"{name}-nat-{zone}")
                bed.route(self.tables[zone], NatGatewayId=self.nats[zone])
                bed.traffic(self.nats[zone])

    def subnet_arn(self, zone="a"):
        return self.bed.arn("ec2", f"subnet/{self.private[zone]}")

    def vpc_arn(self):
        return self.bed.arn("ec2", f"vpc/{self.vpc}")

    def says(self, verdict, check=EGRESS):
        resource = self.vpc_arn() if check in (ZONES, ZONES_DOWN) else self.subnet_arn()
        return {"variant": self.name, "check": check, "resource": resource, "verdict": verdict}

    def set_nat(self, lasting=False, **members):
        for name, value in members.items():
            path = f"NatGateways[NatGatewayId={self.nats['a']}].{name}"
            self.bed.rule("ec2", "DescribeNatGateways", lasting=lasting, set={path: value})

    def replace_way_out(self, zone="a"):
        """Leads the private subnet to a new NAT gateway, whatever it was led to before."""
        self.bed.ec2.delete_route(RouteTableId=self.tables[zone], DestinationCidrBlock="0.0.0.0/0")
        self.bed.route(self.tables[zone], NatGatewayId=self.bed.nat_gateway(self.public[zone]))

    def make_regional(self, zones, **members):
        """The emulator knows no regional gateways: rules make this one regional, and CloudWatch count it zone by zone."""
        bed, nat = self.bed, self.nats["a"]
        ids = {z["ZoneName"]: z["ZoneId"] for z in bed.ec2.describe_availability_zones()["AvailabilityZones"]}
        self.set_nat(lasting=True, AvailabilityMode="regional", SubnetId=None, RouteTableId=self.public_table, **members)
        path = f"NatGateways[NatGatewayId={nat}].NatGatewayAddresses[]"
        for zone in zones:
            name = bed.region + zone
            bed.rule("ec2", "DescribeNatGateways", lasting=True, set={path + ".AvailabilityZone": name})
            bed.rule("ec2", "DescribeNatGateways", lasting=True, set={path + ".AvailabilityZoneId": ids[name]})

    def instance(self, **options):
        """A NAT instance in place of the gateway."""
        ingress = options.pop("ingress", "10.0.0.0/16")
        group = self.bed.group(self.vpc, f"{self.name}-nat", (ingress, "-1", 0, 0))
        home = options.pop("home", self.public["a"])
        instance, interface = self.bed.nat_instance(home, group, **options)
        self.bed.route(self.tables["a"], NetworkInterfaceId=interface)
        return instance, interface, group


# ---------------------------------------------------------------- A5, NAT gateways


@variant
def confirmed(bed):
    """T1, traffic by PutMetricData."""
    net = Net(bed, "confirmed")
    return [net.says("pass confirmed"), net.says("pass routed", CONFIGURED)], None


@variant
def no_traffic_seen(bed):
    """T1."""
    net = Net(bed, "states", nat=False)
    net.nats["a"] = bed.nat_gateway(net.public["a"])
    bed.route(net.tables["a"], NatGatewayId=net.nats["a"])
    return [net.says("pass states_ok")], None


@variant
def no_egress(bed):
    """T1."""
    net = Net(bed, "no-egress", nat=False)

    def repair():
        bed.route(net.tables["a"], NatGatewayId=bed.nat_gateway(net.public["a"]))

    return [net.says("fail no_egress", CONFIGURED), net.says("nothing")], repair


@variant
def isolated(bed):
    """T1: without a default route on purpose."""
    net = Net(bed, "isolated", nat=False)
    bed.tag(net.private["a"], **{"aws-cdk:subnet-type": "Isolated"})
    return [net.says("nothing", CONFIGURED), net.says("nothing")], None


@variant
def private_is_public(bed):
    """T1."""
    net = Net(bed, "public", nat=False)
    bed.route(net.tables["a"], GatewayId=net.igw)

    return [net.says("fail private_is_public", CONFIGURED), net.says("nothing")], net.replace_way_out


@variant
def nat_deleted(bed):
    """T1; that the route is a blackhole is T3."""
    net = Net(bed, "deleted")
    bed.ec2.delete_nat_gateway(NatGatewayId=net.nats["a"])

    return [net.says("fail nat_deleted"), net.says("pass routed", CONFIGURED)], net.replace_way_out


@variant
def nat_missing(bed):
    """T1, and T3 takes the deleted gateway off the list, as AWS does after an hour."""
    net = Net(bed, "missing")
    bed.ec2.delete_nat_gateway(NatGatewayId=net.nats["a"])
    bed.rule("ec2", "DescribeNatGateways", set={f"NatGateways[NatGatewayId={net.nats['a']}]": None})

    return [net.says("fail nat_missing")], net.replace_way_out


def by_state(name, verdict, **members):
    @variant
    def made(bed):
        """T3."""
        net = Net(bed, name)
        net.set_nat(**members)
        return [net.says(verdict)], bed.forget_rules

    return made


by_state("failed", "fail nat_failed", State="failed", FailureCode="Gateway.NotAttached")
by_state("deleting", "fail nat_deleting", State="deleting")
by_state("pending", "unknown nat_pending", State="pending")
by_state("unknown-state", "unknown unrecognised", State="dreaming")


@variant
def nat_without_address(bed):
    """T3."""
    net = Net(bed, "no-address")
    bed.rule("ec2", "DescribeNatGateways", set={f"NatGateways[NatGatewayId={net.nats['a']}].NatGatewayAddresses[].Status": "failed"})
    return [net.says("fail nat_no_public_ip")], bed.forget_rules


@variant
def private_nat(bed):
    """T1."""
    net = Net(bed, "private-nat", nat=False)
    nat = bed.nat_gateway(net.public["a"], connectivity="private")
    bed.route(net.tables["a"], NatGatewayId=nat)

    return [net.says("fail private_nat", CONFIGURED), net.says("nothing")], net.replace_way_out


@variant
def nat_in_private_subnet(bed):
    """T1."""
    net = Net(bed, "buried")
    bed.ec2.delete_route(RouteTableId=net.public_table, DestinationCidrBlock="0.0.0.0/0")

    def repair():
        bed.route(net.public_table, GatewayId=net.igw)

    return [net.says("fail nat_in_private_subnet")], repair


@variant
def igw_detached(bed):
    """T1."""
    net = Net(bed, "detached")
    bed.ec2.detach_internet_gateway(InternetGatewayId=net.igw, VpcId=net.vpc)

    def repair():
        bed.ec2.attach_internet_gateway(InternetGatewayId=net.igw, VpcId=net.vpc)

    return [net.says("fail nat_in_private_subnet")], repair


@variant
def igw_moved(bed):
    """T1: the gateway serves another VPC now, and the emulator's route still says active."""
    net = Net(bed, "moved")
    other = bed.vpc("moved-to", "10.8.0.0/16")
    bed.ec2.detach_internet_gateway(InternetGatewayId=net.igw, VpcId=net.vpc)
    bed.ec2.attach_internet_gateway(InternetGatewayId=net.igw, VpcId=other)

    def repair():
        bed.ec2.detach_internet_gateway(InternetGatewayId=net.igw, VpcId=other)
        bed.ec2.attach_internet_gateway(InternetGatewayId=net.igw, VpcId=net.vpc)

    return [net.says("fail igw_detached")], repair


@variant
def acl_blocks(bed):
    """T1."""
    net = Net(bed, "acl")
    acl = bed.ec2.create_network_acl(VpcId=net.vpc)["NetworkAcl"]["NetworkAclId"]
    for egress in (True, False):
        allow = {"Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0", "Egress": egress}
        bed.ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=100, **allow)
    deny = {"Protocol": "6", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0", "Egress": True, "PortRange": {"From": 443, "To": 443}}
    bed.ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=90, **deny)
    acls = bed.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [net.private["a"]]}])["NetworkAcls"]
    own = next(a for a in acls[0]["Associations"] if a["SubnetId"] == net.private["a"])
    bed.ec2.replace_network_acl_association(AssociationId=own["NetworkAclAssociationId"], NetworkAclId=acl)

    def repair():
        bed.ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=90, Egress=True)

    return [net.says("fail acl_blocks")], repair


@variant
def block_public_access(bed):
    """T3."""
    net = Net(bed, "bpa")
    path = f"Subnets[SubnetId={net.public['a']}].BlockPublicAccessStates"
    bed.rule("ec2", "DescribeSubnets", set={path: {"InternetGatewayBlockMode": "block-bidirectional"}})
    return [net.says("fail acl_blocks")], bed.forget_rules


@variant
def shared_subnet(bed):
    """T3: another account owns the subnet and shows its gateway to nobody."""
    net = Net(bed, "shared")
    bed.rule("ec2", "DescribeSubnets", set={f"Subnets[SubnetId={net.private['a']}].OwnerId": "999988887777"})
    bed.rule("ec2", "DescribeNatGateways", set={f"NatGateways[NatGatewayId={net.nats['a']}]": None})
    return [net.says("unknown shared_subnet")], bed.forget_rules


# ---------------------------------------------------------------- A5, regional NAT gateways


def regional(name, verdict, zone, provision, age_days):
    @variant
    def made(bed):
        """T3."""
        net = Net(bed, name)
        net.make_regional(zone, AutoProvisionZones=provision)
        net.set_nat(CreateTime=bed.now - int(age_days * DAY))

        def repair():
            net.make_regional("a")

        return [net.says(verdict)], repair

    return made


# CloudWatch counts a regional one zone by zone: what was counted under the id alone is another gateway's.
regional("regional", "pass states_ok", "a", "enabled", 100)
regional("regional-manual", "fail regional_nat_az_missing", "b", "disabled", 100)
regional("regional-young", "unknown regional_nat_expanding", "b", "enabled", 0.01)


# ---------------------------------------------------------------- A5, NAT instances


@variant
def instance_in_order(bed):
    """T1; that the source/destination check is the interface's too is T3."""
    net = Net(bed, "instance", nat=False)
    net.instance()
    return [net.says("pass states_ok"), net.says("pass routed", CONFIGURED)], None


@variant
def instance_stopped(bed):
    """T1; the blackhole is T3."""
    net = Net(bed, "stopped", nat=False)
    instance, _, _ = net.instance()
    bed.ec2.stop_instances(InstanceIds=[instance])

    def repair():
        bed.ec2.start_instances(InstanceIds=[instance])

    return [net.says("fail nat_instance_stopped")], repair


@variant
def instance_impaired(bed):
    """T3."""
    net = Net(bed, "impaired", nat=False)
    instance, _, _ = net.instance()
    path = f"InstanceStatuses[InstanceId={instance}].InstanceStatus.Status"
    bed.rule("ec2", "DescribeInstanceStatus", set={path: "impaired"})
    return [net.says("fail nat_instance_impaired")], bed.forget_rules


@variant
def source_dest_check(bed):
    """T1."""
    net = Net(bed, "check-on", nat=False)
    instance, _, _ = net.instance(check=True)

    def repair():
        bed.ec2.modify_instance_attribute(InstanceId=instance, SourceDestCheck={"Value": False})

    return [net.says("fail source_dest_check")], repair


@variant
def instance_without_address(bed):
    """T1."""
    net = Net(bed, "no-ip", nat=False)
    _, interface, _ = net.instance(address=False)

    def repair():
        bed.ec2.associate_address(AllocationId=bed.ec2.allocate_address(Domain="vpc")["AllocationId"], NetworkInterfaceId=interface)

    return [net.says("fail no_public_ip")], repair


@variant
def instance_group_blocks(bed):
    """T1."""
    net = Net(bed, "sg", nat=False)
    _, _, group = net.instance(ingress="192.168.0.0/16")

    def repair():
        permission = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
        bed.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])

    return [net.says("fail sg_blocks")], repair


@variant
def instance_in_private_subnet(bed):
    """T1."""
    net = Net(bed, "buried-instance", nat=False)
    hidden = bed.subnet(net.vpc, "hidden", "10.0.99.0/24", "a", "Isolated")
    net.instance(home=hidden)

    def repair():
        bed.ec2.associate_route_table(RouteTableId=net.public_table, SubnetId=hidden)
        bed.tag(hidden, **{"aws-cdk:subnet-type": "Public"})

    return [net.says("fail nat_instance_no_route")], repair


@variant
def instance_and_block_ingress(bed):
    """T3."""
    net = Net(bed, "bpa-instance", nat=False)
    net.instance()
    path = f"Subnets[SubnetId={net.public['a']}].BlockPublicAccessStates"
    bed.rule("ec2", "DescribeSubnets", set={path: {"InternetGatewayBlockMode": "block-ingress"}})
    return [net.says("unknown bpa_block_ingress")], bed.forget_rules


# ---------------------------------------------------------------- A5, other targets


@variant
def peering(bed):
    """T1."""
    net = Net(bed, "peering", nat=False)
    other = bed.vpc("peer", "10.7.0.0/16")
    connection = bed.ec2.create_vpc_peering_connection(VpcId=net.vpc, PeerVpcId=other)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    bed.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=connection)
    bed.route(net.tables["a"], VpcPeeringConnectionId=connection)

    return [net.says("fail peering_no_transit", CONFIGURED), net.says("nothing")], net.replace_way_out


@variant
def transit(bed):
    """T1."""
    net = Net(bed, "transit", nat=False)
    gateway = bed.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    bed.route(net.tables["a"], TransitGatewayId=gateway)
    return [net.says("unknown egress_in_other_account")], net.replace_way_out


@variant
def transit_gone(bed):
    """T1; the blackhole is T3."""
    net = Net(bed, "transit-gone", nat=False)
    gateway = bed.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    bed.route(net.tables["a"], TransitGatewayId=gateway)
    path = f"RouteTables[RouteTableId={net.tables['a']}].Routes[TransitGatewayId={gateway}].State"
    bed.rule("ec2", "DescribeRouteTables", set={path: "blackhole"})
    return [net.says("fail blackhole")], net.replace_way_out


def by_target(name, verdict, **members):
    @variant
    def made(bed):
        """T3: the route is given a target that the emulator has not got."""
        net = Net(bed, name)
        path = f"RouteTables[RouteTableId={net.tables['a']}].Routes[DestinationCidrBlock=0.0.0.0/0]"
        for member, value in {**members, "NatGatewayId": None}.items():
            bed.rule("ec2", "DescribeRouteTables", set={f"{path}.{member}": value})
        return [net.says(verdict)], bed.forget_rules

    return made


by_target("vgw", "unknown on_prem", GatewayId="vgw-0123456789abcdef0", State="active")
by_target("lgw", "unknown edge_gateway", LocalGatewayId="lgw-0123456789abcdef0", State="active")
by_target("core", "unknown egress_in_other_account", CoreNetworkArn="arn:aws:networkmanager::1:core-network/core-1", State="active")
by_target("filtered", "fail filtered", GatewayId="vgw-0123456789abcdef0", State="filtered")
by_target("odd", "unknown unknown_target", GatewayId="teleport-1", State="active")


@variant
def halves(bed):
    """T1."""
    net = Net(bed, "halves")
    gateway = bed.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    bed.route(net.tables["a"], "128.0.0.0/1", TransitGatewayId=gateway)

    def repair():
        bed.ec2.delete_route(RouteTableId=net.tables["a"], DestinationCidrBlock="128.0.0.0/1")

    return [net.says("unknown split_default"), net.says("unknown split_default", CONFIGURED)], repair


def by_endpoint(name, verdict, state="Available", zone="a", behind=True):
    @variant
    def made(bed):
        """T1 makes the endpoint, T3 makes it one that inspects traffic and leads the route to it."""
        net = Net(bed, name)
        home = net.public["a"] if zone == "a" else bed.subnet(net.vpc, "inspect", "10.0.77.0/24", zone, "Public")
        if zone != "a":
            bed.ec2.associate_route_table(RouteTableId=net.public_table, SubnetId=home)
        if not behind:
            home = bed.subnet(net.vpc, "dead-end", "10.0.78.0/24", "a", "Isolated")
        service = f"com.amazonaws.{bed.region}.ssm"
        made = bed.ec2.create_vpc_endpoint(VpcId=net.vpc, ServiceName=service, VpcEndpointType="Interface", SubnetIds=[home])
        endpoint = made["VpcEndpoint"]["VpcEndpointId"]
        path = f"VpcEndpoints[VpcEndpointId={endpoint}]"
        bed.rule("ec2", "DescribeVpcEndpoints", set={path + ".VpcEndpointType": "GatewayLoadBalancer", path + ".State": state})
        route = f"RouteTables[RouteTableId={net.tables['a']}].Routes[DestinationCidrBlock=0.0.0.0/0]"
        bed.rule("ec2", "DescribeRouteTables", set={route + ".GatewayId": endpoint, route + ".State": "active"})
        bed.rule("ec2", "DescribeRouteTables", set={route + ".NatGatewayId": None})
        return [net.says(verdict)], bed.forget_rules

    return made


by_endpoint("inspected", "pass through_endpoint")
by_endpoint("inspect-failed", "fail endpoint_broken", state="Failed")
by_endpoint("inspect-far", "fail endpoint_other_zone", zone="b")
by_endpoint("inspect-dead-end", "fail endpoint_no_egress", behind=False)


# ---------------------------------------------------------------- B1


@variant
def zones_apart(bed):
    """T1."""
    net = Net(bed, "zones", zones="abc")
    return [net.says("pass per_zone", ZONES), net.says("pass confirmed", ZONES_DOWN)], None


@variant
def one_nat_for_three_zones(bed):
    """T1."""
    net = Net(bed, "single", nat=False, zones="abc")
    nat = bed.nat_gateway(net.public["a"])
    bed.traffic(nat)
    for table in net.tables.values():
        bed.route(table, NatGatewayId=nat)

    def repair():
        for zone in "bc":
            own = bed.nat_gateway(net.public[zone])
            bed.ec2.replace_route(RouteTableId=net.tables[zone], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=own)

    return [net.says("fail single_nat", ZONES), net.says("pass confirmed", ZONES_DOWN)], repair


@variant
def routes_across_zones(bed):
    """T1: a NAT gateway in every zone, and two zones' routes exchanged."""
    net = Net(bed, "crossed", zones="ab")
    for zone, other in ("ab", "ba"):
        bed.ec2.replace_route(RouteTableId=net.tables[zone], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=net.nats[other])

    def repair():
        for zone in "ab":
            bed.ec2.replace_route(RouteTableId=net.tables[zone], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=net.nats[zone])

    return [net.says("fail cross_az_route", ZONES)], repair


def regional_zones(name, verdict, provision):
    @variant
    def made(bed):
        """T3."""
        net = Net(bed, name, nat=False, zones="ab")
        nat = net.nats["a"] = bed.nat_gateway(net.public["a"])
        for table in net.tables.values():
            bed.route(table, NatGatewayId=nat)
        net.make_regional("a", AutoProvisionZones=provision)

        def repair():
            net.set_nat(lasting=True, AutoProvisionZones="enabled")

        return [net.says(verdict, ZONES)], repair

    return made


regional_zones("regional-zones", "pass regional", "enabled")
regional_zones("regional-one-zone", "fail regional_az_uncovered", "disabled")


@variant
def young_nat(bed):
    """T3: one gateway is minutes old."""
    net = Net(bed, "young", zones="ab")
    bed.rule("ec2", "DescribeNatGateways", set={f"NatGateways[NatGatewayId={net.nats['b']}].CreateTime": bed.now - 600})
    return [net.says("unknown too_new", ZONES)], bed.forget_rules


@variant
def one_zone_only(bed):
    """T1."""
    net = Net(bed, "one-zone")
    return [net.says("nothing", ZONES)], None


@variant
def constrained_zone(bed):
    """T3: in the second zone AWS makes nothing new."""
    net = Net(bed, "constrained", nat=False, zones="ae")
    nat = bed.nat_gateway(net.public["a"])
    for table in net.tables.values():
        bed.route(table, NatGatewayId=nat)
    path = f"AvailabilityZones[ZoneName={bed.region}e].State"
    bed.rule("ec2", "DescribeAvailabilityZones", lasting=True, set={path: "constrained"})
    return [net.says("nothing", ZONES)], None


@variant
def zone_down(bed):
    """T3."""
    net = Net(bed, "dark", zones="ab")
    bed.rule("ec2", "DescribeNatGateways", set={f"NatGateways[NatGatewayId={net.nats['b']}].State": "failed"})
    return [net.says("fail nat_down", ZONES_DOWN), net.says("pass per_zone", ZONES)], bed.forget_rules


# ----------------------------------------------------------------


def build(account):
    bed = Bed(account)
    bed.age()
    expected = []
    for make in VARIANTS:
        says, _ = make(bed)
        expected.extend(says)
    print(json.dumps(expected))


def repaired(account):
    bed = Bed(account)
    bed.age()
    mendings = [make(bed)[1] for make in VARIANTS]
    for mend in mendings:
        if mend and mend != bed.forget_rules:
            mend()
    bed.forget_rules()
    for gateway in bed.ec2.describe_nat_gateways()["NatGateways"]:
        if gateway["State"] == "available":
            bed.traffic(gateway["NatGatewayId"])
            for zone in {a["AvailabilityZone"] for a in gateway["NatGatewayAddresses"] if "AvailabilityZone" in a}:
                bed.traffic(gateway["NatGatewayId"], zone=zone)


if __name__ == "__main__":
    {"build": build, "repaired": repaired}[sys.argv[1]](sys.argv[2])
