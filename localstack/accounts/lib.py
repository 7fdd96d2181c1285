"""What the account scripts share: clients for one account of the bed, rules, and small builders.

An access key of twelve digits is an account: every script, and every test, has one of its own, and nothing is ever reset.
"""

import json
import os
import time
import urllib.request

import boto3
from botocore.config import Config

ENDPOINT = os.environ.get("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
DAY = 86_400


class Bed:
    """One account."""

    def __init__(self, account, region="us-east-1"):
        self.account, self.region, self._clients = account, region, {}
        self.now = int(time.time())
        self._image = None
        self._lasting = []

    def elsewhere(self, region):
        """The same account in another region. Its lasting rules are the account's."""
        other = Bed(self.account, region)
        other._lasting = self._lasting
        return other

    def client(self, service, region=None):
        key = (service, region or self.region)
        if key not in self._clients:
            config = Config(
                retries={"max_attempts": 1, "mode": "standard"},
                s3={"addressing_style": "path"},
                inject_host_prefix=False,
                read_timeout=120,
            )
            self._clients[key] = boto3.client(
                service,
                endpoint_url=ENDPOINT,
                region_name=key[1],
                aws_access_key_id=self.account,
                aws_secret_access_key="test",
                config=config,
            )
        return self._clients[key]

    def __getattr__(self, service):
        if service.startswith("_"):
            raise AttributeError(service)
        return self.client(service)

    # ------------------------------------------------------------ rules

    def rule(self, service, operation, region=None, lasting=False, **rule):
        """Adds a rule for this account: `set`, `answer`, `error`, `delay_ms`, with `match` and `times`.

        A lasting rule says what is true of the account whatever is repaired: `forget_rules` keeps it.
        """
        body = {"account": self.account, "service": service, "operation": operation, **({"region": region} if region else {}), **rule}
        if lasting:
            self._lasting.append(body)
        _send("POST", body)

    def forget_rules(self):
        _send("DELETE", None, f"?account={self.account}")
        for body in self._lasting:
            _send("POST", body)

    def age(self, days=100):
        """Everything here was made a while ago: what is seconds old is rightly too new to judge."""
        past = self.now - days * DAY
        for service, operation, path, value in [
            ("ec2", "DescribeNatGateways", "NatGateways[].CreateTime", past),
            ("ec2", "DescribeInstances", "Reservations[].Instances[].LaunchTime", past),
            ("ec2", "DescribeFlowLogs", "FlowLogs[].CreationTime", past),
            ("ec2", "DescribeVolumes", "Volumes[].CreateTime", past),
            ("ec2", "DescribeSnapshots", "Snapshots[].StartTime", past),
            ("logs", "DescribeLogGroups", "logGroups[].creationTime", past * 1000),
            ("iam", "GetAccountAuthorizationDetails", "RoleDetailList[].CreateDate", past),
            ("iam", "GetAccountAuthorizationDetails", "UserDetailList[].CreateDate", past),
            ("iam", "GetAccountAuthorizationDetails", "Policies[].CreateDate", past),
            ("kms", "DescribeKey", "KeyMetadata.CreationDate", past),
            ("rds", "DescribeDBInstances", "DBInstances[].InstanceCreateTime", past),
            ("rds", "DescribeDBClusters", "DBClusters[].ClusterCreateTime", past),
            ("s3", "ListBuckets", "Buckets[].CreationDate", past),
            ("secretsmanager", "ListSecrets", "SecretList[].CreatedDate", past),
            ("secretsmanager", "DescribeSecret", "CreatedDate", past),
            ("elbv2", "DescribeLoadBalancers", "LoadBalancers[].CreatedTime", past),
            ("acm", "DescribeCertificate", "Certificate.CreatedAt", past),
            ("acm", "DescribeCertificate", "Certificate.Status", "ISSUED"),
            ("acm", "DescribeCertificate", "Certificate.NotAfter", past + 198 * DAY),
            ("acm", "DescribeCertificate", "Certificate.RenewalEligibility", "ELIGIBLE"),
            ("cloudformation", "DescribeStacks", "Stacks[].CreationTime", past),
            ("cloudformation", "DescribeStacks", "Stacks[].LastUpdatedTime", past),
            ("cloudformation", "ListStackResources", "StackResourceSummaries[].LastUpdatedTimestamp", past),
            ("cloudwatch", "ListDashboards", "DashboardEntries[].LastModified", past),
            # Somebody had AWS compare every stack two days ago; the emulator has no such comparison.
            ("cloudformation", "DescribeStacks", "Stacks[].DriftInformation.StackDriftStatus", "IN_SYNC"),
            ("cloudformation", "DescribeStacks", "Stacks[].DriftInformation.LastCheckTimestamp", self.now - 2 * DAY),
            ("cloudformation", "ListStackResources", "StackResourceSummaries[].DriftInformation.StackResourceDriftStatus", "IN_SYNC"),
        ]:
            self.rule(service, operation, lasting=True, set={path: value})

    # ------------------------------------------------------------ builders

    def stack(self, name, resources, outputs=None, parameters=None, **tags):
        """Deploys a stack and waits for it. Returns the physical ids by logical id.

        `resources` and `outputs` are those sections of its template, `parameters` maps names to values.
        """
        given = parameters or {}
        template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources, "Outputs": outputs or {}}
        if given:
            template["Parameters"] = {key: {"Type": "String"} for key in given}
        values = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
        tags = [{"Key": key, "Value": value} for key, value in tags.items()]
        cloudformation = self.cloudformation
        cloudformation.create_stack(
            StackName=name, TemplateBody=json.dumps(template), Parameters=values, Tags=tags, Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
        made = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for page in made for one in page["StackResourceSummaries"]}

    def vpc(self, name, cidr="10.0.0.0/16", **tags):
        vpc_id = self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        self.tag(vpc_id, Name=name, **tags)
        return vpc_id

    def subnet(self, vpc_id, name, cidr, zone, kind=None, **tags):
        subnet_id = self.ec2.create_subnet(VpcId=vpc_id, CidrBlock=cidr, AvailabilityZone=self.region + zone)["Subnet"]["SubnetId"]
        self.tag(subnet_id, Name=name, **({"aws-cdk:subnet-type": kind} if kind else {}), **tags)
        return subnet_id

    def table(self, vpc_id, name, *subnet_ids):
        table_id = self.ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
        self.tag(table_id, Name=name)
        for subnet_id in subnet_ids:
            self.ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)
        return table_id

    def route(self, table_id, destination="0.0.0.0/0", **target):
        self.ec2.create_route(RouteTableId=table_id, DestinationCidrBlock=destination, **target)

    def internet_gateway(self, vpc_id):
        gateway_id = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
        return gateway_id

    def nat_gateway(self, subnet_id, name="nat", connectivity="public", allocation=None):
        arguments = {"SubnetId": subnet_id, "ConnectivityType": connectivity}
        if connectivity == "public":
            arguments["AllocationId"] = allocation or self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        gateway_id = self.ec2.create_nat_gateway(**arguments)["NatGateway"]["NatGatewayId"]
        self.tag(gateway_id, Name=name)
        return gateway_id

    def interface(self, subnet_id, description="workload", **arguments):
        """Something that runs in a subnet, as far as anybody can see from outside."""
        made = self.ec2.create_network_interface(SubnetId=subnet_id, Description=description, **arguments)
        interface_id = made["NetworkInterface"]["NetworkInterfaceId"]
        self.rule(
            "ec2", "DescribeNetworkInterfaces", lasting=True, set={f"NetworkInterfaces[NetworkInterfaceId={interface_id}].Status": "in-use"}
        )
        return interface_id

    def group(self, vpc_id, name, *ingress):
        group_id = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"]
        for cidr, protocol, first, last in ingress:
            permission = {"IpProtocol": protocol, "IpRanges": [{"CidrIp": cidr}]}
            if protocol != "-1":
                permission.update(FromPort=first, ToPort=last)
            self.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])
        return group_id

    def instance(self, subnet_id, group_id, name, allocation=None, **arguments):
        """An instance, and its first network interface."""
        wanted = {"InstanceType": "t3.nano", "SubnetId": subnet_id, "SecurityGroupIds": [group_id], **arguments}
        instance_id = self.ec2.run_instances(ImageId=self.image(), MinCount=1, MaxCount=1, **wanted)["Instances"][0]["InstanceId"]
        self.tag(instance_id, Name=name)
        described = self.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
        interface_id = described["NetworkInterfaces"][0]["NetworkInterfaceId"]
        if allocation:
            self.ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=interface_id)
        return instance_id, interface_id

    def nat_instance(self, subnet_id, group_id, check=False, address=True, name="nat-instance", allocation=None, **arguments):
        """An instance that is set up to pass traffic on, and its first network interface."""
        if address and not allocation:
            allocation = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        instance_id, interface_id = self.instance(subnet_id, group_id, name, allocation, **arguments)
        if not check:
            self.ec2.modify_instance_attribute(InstanceId=instance_id, SourceDestCheck={"Value": False})
        return instance_id, interface_id

    def image(self, name="al2023-ami-minimal-2023*x86_64"):
        """An image that the emulator knows: its catalogue is large and slow, so the first one of a name does for all."""
        if self._image is None:
            self._image = "ami-0abcdef1234567890"
            found = self.ec2.describe_images(Filters=[{"Name": "name", "Values": [name]}])["Images"]
            if found:
                self._image = found[0]["ImageId"]
        return self._image

    def delete_default_vpc(self):
        """What a team does in every region before it builds there."""
        for vpc in self.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]:
            own, attached = ([{"Name": name, "Values": [vpc["VpcId"]]}] for name in ("vpc-id", "attachment.vpc-id"))
            for gateway in self.ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]:
                self.ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc["VpcId"])
                self.ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
            for subnet in self.ec2.describe_subnets(Filters=own)["Subnets"]:
                self.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
            self.ec2.delete_vpc(VpcId=vpc["VpcId"])

    def close_default_group(self, vpc_id):
        """Takes all rules from a VPC's default security group, as CDK's `restrictDefaultSecurityGroup` does."""
        own = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
        group = self.ec2.describe_security_groups(Filters=own)["SecurityGroups"][0]
        if group["IpPermissions"]:
            self.ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
        if group["IpPermissionsEgress"]:
            self.ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
        return group["GroupId"]

    def traffic(self, nat_gateway_id, region=None, zone=None):
        """CloudWatch counted bytes and connections of a NAT gateway every day of a week; of a regional one, zone by zone."""
        dimensions = [{"Name": "NatGatewayId", "Value": nat_gateway_id}]
        if zone:
            dimensions.append({"Name": "AvailabilityZone", "Value": zone})
        data = [
            {"MetricName": name, "Dimensions": dimensions, "Timestamp": self.now - day * DAY - 3600, "Value": value}
            for day in range(7)
            for name, value in [
                ("BytesOutToDestination", 5_000_000.0),
                ("ActiveConnectionCount", 12.0),
                ("ConnectionAttemptCount", 4_000.0),
                ("ConnectionEstablishedCount", 3_990.0),
                ("ErrorPortAllocation", 0.0),
                ("PacketsDropCount", 0.0),
            ]
        ]
        self.client("cloudwatch", region).put_metric_data(Namespace="AWS/NATGateway", MetricData=data)

    def tag(self, resource_id, **tags):
        if tags:
            self.ec2.create_tags(Resources=[resource_id], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])

    def arn(self, service, resource, region=None):
        return f"arn:aws:{service}:{self.region if region is None else region}:{self.account}:{resource}"


def _send(method, body, query=""):
    request = urllib.request.Request(ENDPOINT + "/_bed/rules" + query, method=method, headers={"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(request, data=json.dumps(body).encode() if body is not None else None, timeout=30).read()
