"""The payment platform's networks: a VPC over three zones, the one that it migrates to, and a small one in the second region."""

from payment_site import fails, fault
from payment_storage import bucket, remove

TAGS = {"env": "production"}
# Each kind of subnet gets a block of its own, counted from here.
KINDS = {"Public": 0, "Private": 16, "Isolated": 32}


class Vpc:
    """Subnets of some kinds in some zones, each with a route table of its own, as CDK makes them: in a stack."""

    def __init__(self, bed, name, base, zones, kinds):
        self.bed, self.name, self.base, self.zones = bed, name, base, zones
        self.subnets, self.tables = {}, {}
        properties = {"CidrBlock": f"{base}.0.0/16", "EnableDnsSupport": True, "EnableDnsHostnames": True, "Tags": tagged(name)}
        parts = {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": properties}}
        for kind in kinds:
            for i, zone in enumerate(zones):
                parts.update(self.subnet(kind, zone, f"{kind}Subnet{i + 1}", f"{base}.{KINDS[kind] + i}.0/24"))
        if "Public" in kinds:
            gateway = {"InternetGatewayId": {"Ref": "Gateway"}}
            parts["Gateway"] = {"Type": "AWS::EC2::InternetGateway", "Properties": {"Tags": tagged(name)}}
            attached = {"VpcId": {"Ref": "Vpc"}, **gateway}
            parts["Attachment"] = {"Type": "AWS::EC2::VPCGatewayAttachment", "Properties": attached}
        made = bed.stack(name.replace("/", "-").lower(), parts, **TAGS)
        self.id = made["Vpc"]
        self.arn = bed.arn("ec2", f"vpc/{self.id}")
        for kind in kinds:
            for i, zone in enumerate(zones):
                self.subnets[kind, zone] = made[f"{kind}Subnet{i + 1}"]
                self.tables[kind, zone] = made[f"{kind}Subnet{i + 1}RouteTable"]
                if kind == "Public":
                    # The emulator's CloudFormation forgets a route's gateway.
                    bed.route(self.tables[kind, zone], GatewayId=made["Gateway"])

    def subnet(self, kind, zone, logical_id, cidr):
        """A subnet, its route table, and that the one uses the other, as parts of a template."""
        shown = f"{self.name}/{logical_id}"
        subnet = {
            "VpcId": {"Ref": "Vpc"}, "CidrBlock": cidr, "AvailabilityZone": self.bed.region + zone,
            "MapPublicIpOnLaunch": False, "Tags": tagged(shown, **{"aws-cdk:subnet-type": kind}),
        }  # fmt: skip
        table = {"VpcId": {"Ref": "Vpc"}, "Tags": tagged(shown)}
        used = {"SubnetId": {"Ref": logical_id}, "RouteTableId": {"Ref": f"{logical_id}RouteTable"}}
        return {
            logical_id: {"Type": "AWS::EC2::Subnet", "Properties": subnet},
            f"{logical_id}RouteTable": {"Type": "AWS::EC2::RouteTable", "Properties": table},
            f"{logical_id}RouteTableAssociation": {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": used},
        }

    def add(self, kind, zone, name, block, key):
        """A subnet that somebody made by hand."""
        shown = f"{self.name}/{name}"
        self.subnets[key] = self.bed.subnet(self.id, shown, f"{self.base}.{block}.0/24", zone, kind, **TAGS)
        # The emulator takes a zone's first subnet for a default one, which gives everything a public address.
        self.bed.ec2.modify_subnet_attribute(SubnetId=self.subnets[key], MapPublicIpOnLaunch={"Value": False})
        self.tables[key] = self.bed.table(self.id, shown, self.subnets[key])

    def subnet_arn(self, *key):
        return self.bed.arn("ec2", f"subnet/{self.subnets[key]}")

    def nat(self, zone, allocation):
        """A NAT gateway that carries traffic."""
        gateway = self.bed.nat_gateway(self.subnets["Public", zone], f"{self.name}/PublicSubnet{zone}", allocation=allocation)
        self.bed.traffic(gateway)
        return gateway


def tagged(name, **more):
    tags = {"Name": name, **TAGS, **more}
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def build(site):
    for bed in (site.bed, site.far):
        bed.delete_default_vpc()
    main = site.vpcs["main"] = Vpc(site.bed, "payment-prod/Vpc", "10.0", "abc", ("Public", "Private", "Isolated"))
    migration = site.vpcs["migration"] = Vpc(site.bed, "payment-migration/Vpc", "10.20", "abc", ("Public", "Private"))
    standby = site.vpcs["standby"] = Vpc(site.far, "payment-standby/Vpc", "10.40", "ab", ("Isolated",))
    main.bed.close_default_group(main.id)
    standby.bed.close_default_group(standby.id)

    balancer = main.bed.group(main.id, "payment-prod-alb", ("0.0.0.0/0", "tcp", 443, 443))
    service = main.bed.group(main.id, "payment-prod-service", ("10.0.0.0/16", "tcp", 8080, 8080))
    site.database_group = main.bed.group(main.id, "payment-prod-database", ("10.0.0.0/16", "tcp", 5432, 5432))
    worker = migration.bed.group(migration.id, "payment-migration-worker")
    for zone in "abc":
        # driftlead sees what runs by its network interfaces: the services behind them need not be there.
        main.bed.interface(main.subnets["Public", zone], "ELB app/payment-prod/50dc6c495c0c9188", Groups=[balancer])
        main.bed.interface(main.subnets["Private", zone], "arn:aws:ecs task of payment-prod/payment-service", Groups=[service])
        main.bed.interface(main.subnets["Isolated", zone], "RDSNetworkInterface", Groups=[site.database_group])
        migration.bed.interface(migration.subnets["Private", zone], "AWS Lambda VPC ENI-payment-migration", Groups=[worker])
    replica = standby.bed.group(standby.id, "payment-standby-database")
    standby.bed.interface(standby.subnets["Isolated", "a"], "RDSNetworkInterface", Groups=[replica])
    flow_log(site, main, "/payment/prod/vpc-flow-logs")


def flow_log(site, vpc, group):
    """Flow logs to CloudWatch Logs."""
    vpc.bed.logs.create_log_group(logGroupName=group)
    vpc.bed.logs.put_retention_policy(logGroupName=group, retentionInDays=365)
    arguments = {"LogGroupName": group, "DeliverLogsPermissionArn": site.roles["payment-prod-flow-logs"]}
    vpc.bed.ec2.create_flow_logs(ResourceType="VPC", ResourceIds=[vpc.id], TrafficType="ALL", **arguments)


def flow_log_to(vpc, name):
    """Flow logs to a bucket."""
    arguments = {"LogDestinationType": "s3", "LogDestination": f"arn:aws:s3:::{name}"}
    return vpc.bed.ec2.create_flow_logs(ResourceType="VPC", ResourceIds=[vpc.id], TrafficType="ALL", **arguments)["FlowLogIds"][0]


# ---------------------------------------------------------------- A5: the way out of private subnets


@fault("A5")
def nat_instances_without_routes(site):
    """T1. The instances run, are set up and have addresses; no route table of a private subnet points at them."""
    vpc, ec2, allocations, instances = site.vpcs["main"], site.bed.ec2, {}, {}
    group = site.bed.group(vpc.id, "payment-prod-nat", ("10.0.0.0/16", "-1", 0, 0))
    disk = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, "Encrypted": True, "DeleteOnTermination": True}}]
    for i, zone in enumerate("abc"):
        allocations[zone] = site.address(10 + i)
        options = {"allocation": allocations[zone], "BlockDeviceMappings": disk, "MetadataOptions": {"HttpTokens": "required"}}
        instances[zone], _ = site.bed.nat_instance(vpc.subnets["Public", zone], group, name=f"payment-prod-nat-{zone}", **options)

    def repair():
        # Instances are put out of use altogether: one machine in the way of a zone is a finding of its own.
        for zone in "abc":
            used = ec2.describe_addresses(AllocationIds=[allocations[zone]])["Addresses"][0]
            ec2.disassociate_address(AssociationId=used["AssociationId"])
            ec2.terminate_instances(InstanceIds=[instances[zone]])
            site.nats[zone] = vpc.nat(zone, allocations[zone])
            site.bed.route(vpc.tables["Private", zone], NatGatewayId=site.nats[zone])

    subnets = [vpc.subnet_arn("Private", zone) for zone in "abc"]
    return [
        *(fails("vpc/private_subnet_no_egress", subnet, "no_egress") for subnet in subnets),
        *(fails("vpc/subnet_tag_contradicts_routes", subnet, "isolated_by_routes") for subnet in subnets),
    ], repair


@fault("A5")
def reporting_through_a_deleted_nat(site):
    """T1; that the route is a blackhole is T3. Somebody saved the money for a NAT gateway, and reports are made behind it."""
    vpc, ec2 = site.vpcs["main"], site.bed.ec2
    vpc.add("Private", "a", "ReportingSubnet1", 48, key=("Reporting", "a"))
    site.bed.interface(vpc.subnets["Reporting", "a"], "AWS Lambda VPC ENI-payment-prod-reporting")
    allocation = site.address(20)
    gateway = site.bed.nat_gateway(vpc.subnets["Public", "a"], "payment-prod/Vpc/ReportingNat", allocation=allocation)
    table = vpc.tables["Reporting", "a"]
    site.bed.route(table, NatGatewayId=gateway)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    # AWS sets the address free with the gateway; the emulator has to be told.
    ec2.disassociate_address(AssociationId=ec2.describe_addresses(AllocationIds=[allocation])["Addresses"][0]["AssociationId"])

    def repair():
        ec2.replace_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=site.nats["a"])
        ec2.release_address(AllocationId=allocation)

    return [
        fails("vpc/private_subnet_egress_broken", vpc.subnet_arn("Reporting", "a"), "nat_deleted"),
        fails("vpc/nat_zone_down", vpc.arn, "nat_down"),
        fails("vpc/address_unused", site.bed.arn("ec2", f"elastic-ip/{allocation}")),
    ], repair


# ---------------------------------------------------------------- B1: one NAT gateway for three zones


@fault("B1")
def one_nat_for_three_zones(site):
    """T1. All of the migration platform goes out through one zone."""
    vpc = site.vpcs["migration"]
    nat = vpc.nat("a", site.address(30))
    for zone in "abc":
        site.bed.route(vpc.tables["Private", zone], NatGatewayId=nat)

    def repair():
        for i, zone in enumerate("bc"):
            own = vpc.nat(zone, site.address(31 + i))
            site.bed.ec2.replace_route(RouteTableId=vpc.tables["Private", zone], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=own)

    return [fails("vpc/nat_zone_shared", vpc.arn, "single_nat")], repair


# ---------------------------------------------------------------- first day: flow logs and security groups


@fault()
def flow_logs_to_a_bucket_that_is_gone(site):
    """T1; that the delivery fails is T3. The flow log stays active when somebody deletes its bucket."""
    vpc, ec2, gone = site.vpcs["migration"], site.bed.ec2, f"payment-flow-logs-{site.env}"
    bucket(site, gone)
    log = flow_log_to(vpc, gone)
    remove(site, gone)
    path = f"FlowLogs[FlowLogId={log}]"
    told = {f"{path}.DeliverLogsStatus": "FAILED", f"{path}.DeliverLogsErrorMessage": "Access error"}
    site.bed.rule("ec2", "DescribeFlowLogs", set=told)

    def repair():
        ec2.delete_flow_logs(FlowLogIds=[log])
        flow_log_to(vpc, bucket(site, site.safe("payment-flow-logs")))

    return [
        fails("vpc/flow_log_delivery_failed", vpc.arn, "failed_to_bucket"),
        fails("s3/bucket_reference_dangling", site.bed.arn("ec2", f"vpc-flow-log/{log}"), "dangling_claimable"),
    ], repair


@fault()
def standby_without_flow_logs(site):
    """T1."""
    vpc = site.vpcs["standby"]

    def repair():
        flow_log(site, vpc, "/payment/standby/vpc-flow-logs")

    return [fails("vpc/flow_logs_off", vpc.arn, "none")], repair


@fault()
def default_group_as_it_came(site):
    """T1. AWS lets the members of a default group reach each other; the emulator has to be told."""
    vpc, ec2 = site.vpcs["migration"], site.bed.ec2
    own = [{"Name": "vpc-id", "Values": [vpc.id]}, {"Name": "group-name", "Values": ["default"]}]
    group = ec2.describe_security_groups(Filters=own)["SecurityGroups"][0]["GroupId"]
    members = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[members])
    resource = site.bed.arn("ec2", f"security-group/{group}")

    def repair():
        site.bed.close_default_group(vpc.id)

    return [fails("vpc/default_security_group_open", resource, "ingress_and_egress")], repair


@fault()
def database_open_to_the_world(site):
    """T1. A rule for a consultant's laptop, whose address changed every day."""
    permission = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    arguments = {"GroupId": site.database_group, "IpPermissions": [permission]}
    site.bed.ec2.authorize_security_group_ingress(**arguments)
    resource = site.bed.arn("ec2", f"security-group/{site.database_group}")

    def repair():
        site.bed.ec2.revoke_security_group_ingress(**arguments)

    return [fails("vpc/security_group_open_admin_ports", resource, "open")], repair
