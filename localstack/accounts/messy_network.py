"""Networks that look wrong and are not."""

from payment_network import Vpc, flow_log
from payment_site import unknown

OWNER = "999988887777"


def build(site):
    regional(site)
    one_zone(site)
    on_premises(site)
    six(site)
    isolated(site)
    return [*shared(site), *through_transit(site)]


def network(site, name, base, zones, kinds=("Public", "Private")):
    """A VPC with flow logs, whose default group is closed, and with something that runs in each private subnet."""
    vpc = Vpc(site.bed, name, base, zones, kinds)
    site.bed.close_default_group(vpc.id)
    group = site.bed.group(vpc.id, f"{name}-service", (f"{base}.0.0/16", "tcp", 8080, 8080))
    for kind in kinds:
        for zone in zones:
            if kind != "Public":
                site.bed.interface(vpc.subnets[kind, zone], f"arn:aws:ecs task of {name}", Groups=[group])
    flow_log(site, vpc, f"/vpc/{name}")
    return vpc


def regional(site):
    """vpc/nat_zone_shared (T3): one NAT gateway for three zones, which is in each of them."""
    bed, vpc = site.bed, network(site, "orders/Vpc", "10.60", "abc", ("Public", "Private", "Isolated"))
    nat = bed.nat_gateway(vpc.subnets["Public", "a"], "orders/Vpc", allocation=site.address(60))
    ids = {zone["ZoneName"]: zone["ZoneId"] for zone in bed.ec2.describe_availability_zones()["AvailabilityZones"]}
    path = f"NatGateways[NatGatewayId={nat}]"
    primary = bed.ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["NatGatewayAddresses"][0]
    zones = [{"AvailabilityZone": bed.region + zone, "AvailabilityZoneId": ids[bed.region + zone]} for zone in "abc"]
    addresses = [{**primary, **zone, "PublicIp": f"203.0.113.{60 + i}", "Status": "succeeded"} for i, zone in enumerate(zones)]
    members = {"AvailabilityMode": "regional", "AutoProvisionZones": "enabled", "SubnetId": None}
    members.update(RouteTableId=vpc.tables["Public", "a"], NatGatewayAddresses=addresses)
    for name, value in members.items():
        bed.rule("ec2", "DescribeNatGateways", set={f"{path}.{name}": value})
    for zone in "abc":
        bed.route(vpc.tables["Private", zone], NatGatewayId=nat)
        bed.traffic(nat, zone=bed.region + zone)


def one_zone(site):
    """vpc/nat_zone_shared: one NAT gateway, for the one zone there is."""
    vpc = network(site, "batch/Vpc", "10.61", "a")
    site.bed.route(vpc.tables["Private", "a"], NatGatewayId=vpc.nat("a", site.address(65)))


def on_premises(site):
    """vpc/private_subnet_no_egress: a private NAT gateway, which leads to a data centre; the internet is reached by a public one."""
    bed, vpc = site.bed, network(site, "ledger/Vpc", "10.62", "a")
    bed.route(vpc.tables["Private", "a"], NatGatewayId=vpc.nat("a", site.address(66)))
    private = bed.nat_gateway(vpc.subnets["Private", "a"], "ledger/Vpc/on-premises", connectivity="private")
    bed.traffic(private)
    bed.route(vpc.tables["Private", "a"], "192.168.0.0/16", NatGatewayId=private)
    # What talks to the data centre alone has no other way out, and says so.
    vpc.add("Private", "a", "LedgerSubnet1", 48, key=("Ledger", "a"))
    bed.tag(vpc.subnets["Ledger", "a"], egress="on-premises")
    bed.interface(vpc.subnets["Ledger", "a"], "arn:aws:ecs task of ledger/Vpc")
    bed.route(vpc.tables["Ledger", "a"], NatGatewayId=private)


def six(site):
    """vpc/private_subnet_open_over_ipv6, vpc/private_subnet_no_egress: IPv6 only, and out by an egress-only gateway."""
    bed, vpc = site.bed, network(site, "edge/Vpc", "10.63", "a", ("Isolated",))
    bed.ec2.associate_vpc_cidr_block(VpcId=vpc.id, AmazonProvidedIpv6CidrBlock=True)
    block = bed.ec2.describe_vpcs(VpcIds=[vpc.id])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    cidr = block.replace("/56", "/64")
    subnet = bed.ec2.create_subnet(VpcId=vpc.id, Ipv6CidrBlock=cidr, Ipv6Native=True, AvailabilityZone=f"{bed.region}b")["Subnet"]["SubnetId"]
    bed.tag(subnet, Name="edge/Vpc/SixSubnet1", env="production")
    # The emulator counts the addresses of such a subnet, and no number of AWS's holds them.
    bed.rule("ec2", "DescribeSubnets", set={f"Subnets[SubnetId={subnet}].AvailableIpAddressCount": 0})
    # AWS adds these to the default network ACL with the range.
    acl = bed.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc.id]}])["NetworkAcls"][0]["NetworkAclId"]
    for egress in (False, True):
        entry = {"RuleNumber": 101, "Protocol": "-1", "RuleAction": "allow", "Egress": egress, "Ipv6CidrBlock": "::/0"}
        bed.ec2.create_network_acl_entry(NetworkAclId=acl, **entry)
    gateway = bed.ec2.create_egress_only_internet_gateway(VpcId=vpc.id)["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    table = bed.table(vpc.id, "edge/Vpc/SixSubnet1", subnet)
    bed.ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=gateway)


def isolated(site):
    """vpc/private_subnet_no_egress: databases without a way out, on purpose, and tagged so."""
    network(site, "vault/Vpc", "10.64", "ab", ("Isolated",))


def shared(site):
    """vpc/private_subnet_egress_broken (T3): another account owns the subnets, and shows neither routes nor gateways: unknown."""
    bed, vpc = site.bed, network(site, "shared/Vpc", "10.65", "a")
    nat = vpc.nat("a", site.address(67))
    bed.route(vpc.tables["Private", "a"], NatGatewayId=nat)
    bed.rule("ec2", "DescribeSubnets", set={f"Subnets[VpcId={vpc.id}].OwnerId": OWNER})
    bed.rule("ec2", "DescribeVpcs", set={f"Vpcs[VpcId={vpc.id}].OwnerId": OWNER})
    bed.rule("ec2", "DescribeNatGateways", set={f"NatGateways[NatGatewayId={nat}]": None})
    owned = f"arn:aws:ec2:{bed.region}:{OWNER}:vpc/{vpc.id}"
    return [
        unknown("vpc/flow_logs_off", owned, "shared_vpc"),
        unknown("vpc/nat_zone_down", owned, "shared_vpc"),
        unknown("vpc/private_subnet_egress_broken", vpc.subnet_arn("Private", "a"), "shared_subnet"),
    ]


def through_transit(site):
    """vpc/private_subnet_egress_broken: the way out is the network team's, behind a transit gateway: unknown from here."""
    bed, vpc = site.bed, network(site, "risk/Vpc", "10.66", "a", ("Private",))
    gateway = bed.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    bed.ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway, VpcId=vpc.id, SubnetIds=[vpc.subnets["Private", "a"]])
    bed.route(vpc.tables["Private", "a"], TransitGatewayId=gateway)
    return [unknown("vpc/private_subnet_egress_broken", vpc.subnet_arn("Private", "a"), "egress_in_other_account")]
