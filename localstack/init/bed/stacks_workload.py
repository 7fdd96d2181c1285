"""Types of functions, containers, APIs, alarms and scaling in stacks: what the emulator's CloudFormation forgets, or cannot make."""

import base64
import json

from moto.backends import get_backend

from .stacks import PHYSICAL, makes, mends, named, tell, truth


@mends("AWS::Lambda::Function")
def function(api, wanted, request, made):
    if wanted.get("ReservedConcurrentExecutions") is not None:
        limit = int(wanted["ReservedConcurrentExecutions"])
        api.lambda_.put_function_concurrency(FunctionName=made["FunctionName"], ReservedConcurrentExecutions=limit)


@makes("AWS::EC2::Instance")
def instance(api, wanted, request):
    names = (
        "BlockDeviceMappings", "CpuOptions", "CreditSpecification", "DisableApiTermination", "EbsOptimized", "ImageId", "InstanceType", "KeyName",
        "LaunchTemplate", "MetadataOptions", "PrivateIpAddress", "SecurityGroupIds", "SecurityGroups", "SubnetId", "UserData",
    )  # fmt: skip
    given = {name: wanted[name] for name in names if wanted.get(name) not in (None, "", [])}
    if wanted.get("AvailabilityZone"):
        given["Placement"] = {"AvailabilityZone": wanted["AvailabilityZone"]}
    if wanted.get("IamInstanceProfile"):
        given["IamInstanceProfile"] = {"Name": wanted["IamInstanceProfile"]}
    if wanted.get("Monitoring") is not None:
        given["Monitoring"] = {"Enabled": truth(wanted["Monitoring"])}
    if wanted.get("Tags"):
        given["TagSpecifications"] = [{"ResourceType": "instance", "Tags": wanted["Tags"]}]
    if given.get("UserData"):
        given["UserData"] = base64.b64decode(given["UserData"]).decode()
    made = api.ec2.run_instances(MinCount=1, MaxCount=1, **given)["Instances"][0]["InstanceId"]
    if not truth(wanted.get("SourceDestCheck", True)):
        api.ec2.modify_instance_attribute(InstanceId=made, SourceDestCheck={"Value": False})
    told = api.ec2.describe_instances(InstanceIds=[made])["Reservations"][0]["Instances"][0]
    return {
        PHYSICAL: made, "Id": made, "InstanceId": made, "PrivateIp": told["PrivateIpAddress"], "PrivateDnsName": told["PrivateDnsName"],
        "PublicIp": told.get("PublicIpAddress", ""), "PublicDnsName": told.get("PublicDnsName", ""), "VpcId": told.get("VpcId", ""),
        "AvailabilityZone": told["Placement"]["AvailabilityZone"],
    }  # fmt: skip


@mends("AWS::IAM::Role")
def role(api, wanted, request, made):
    for policy in wanted.get("Policies") or []:
        # The emulator adds a version to a document that has none, and its API takes none without.
        if "Version" not in policy["PolicyDocument"]:
            kept = get_backend("iam")[request.account_id]["aws"].get_role(made["RoleName"])
            kept.policies[policy["PolicyName"]] = json.dumps(policy["PolicyDocument"])


@mends("AWS::IAM::User")
def user(api, wanted, request, made):
    for policy in wanted.get("Policies") or []:
        document = json.dumps(policy["PolicyDocument"])
        api.iam.put_user_policy(UserName=made["UserName"], PolicyName=policy["PolicyName"], PolicyDocument=document)


@makes("AWS::CloudWatch::Dashboard")
def dashboard(api, wanted, request):
    name = named(request, wanted, "DashboardName")
    api.cloudwatch.put_dashboard(DashboardName=name, DashboardBody=wanted["DashboardBody"])
    return {PHYSICAL: name, "DashboardName": name}


@mends("AWS::ApiGateway::Stage")
def rest_stage(api, wanted, request, made):
    patches = []
    logged = wanted.get("AccessLogSetting") or {}
    for name, path in (("DestinationArn", "destinationArn"), ("Format", "format")):
        if logged.get(name):
            patches.append((f"/accessLogSettings/{path}", logged[name]))
    words = {
        "LoggingLevel": "logging/loglevel", "MetricsEnabled": "metrics/enabled", "DataTraceEnabled": "logging/dataTrace",
        "ThrottlingRateLimit": "throttling/rateLimit", "ThrottlingBurstLimit": "throttling/burstLimit",
    }  # fmt: skip
    for setting in wanted.get("MethodSettings") or []:
        resource = setting.get("ResourcePath", "/*").lstrip("/") or "~1"
        for name, path in words.items():
            if setting.get(name) is not None:
                value = str(setting[name]).lower() if isinstance(setting[name], bool) else str(setting[name])
                patches.append((f"/{resource}/{setting['HttpMethod']}/{path}", value))
    if patches:
        operations = [{"op": "replace", "path": path, "value": value} for path, value in patches]
        api.apigateway.update_stage(restApiId=wanted["RestApiId"], stageName=made["StageName"], patchOperations=operations)


@makes("AWS::ApiGatewayV2::Api")
def http_api(api, wanted, request):
    made = api.apigatewayv2.create_api(**wanted)
    return {PHYSICAL: made["ApiId"], "ApiId": made["ApiId"], "ApiEndpoint": made["ApiEndpoint"]}


@makes("AWS::ApiGatewayV2::Integration")
def http_integration(api, wanted, request):
    made = api.apigatewayv2.create_integration(**wanted)["IntegrationId"]
    return {PHYSICAL: made, "IntegrationId": made}


@makes("AWS::ApiGatewayV2::Route")
def http_route(api, wanted, request):
    made = api.apigatewayv2.create_route(**wanted)["RouteId"]
    return {PHYSICAL: made, "RouteId": made}


@makes("AWS::ApiGatewayV2::Stage")
def http_stage(api, wanted, request):
    api.apigatewayv2.create_stage(**wanted)
    return {PHYSICAL: wanted["StageName"]}


@makes("AWS::ECS::Cluster")
def cluster(api, wanted, request):
    name = named(request, wanted, "ClusterName")
    made = api.ecs.create_cluster(**{**wanted, "ClusterName": name, "settings": wanted.get("ClusterSettings") or []})["cluster"]
    return {PHYSICAL: name, "ClusterName": name, "Arn": made["clusterArn"]}


@makes("AWS::ECS::TaskDefinition")
def task_definition(api, wanted, request):
    given = {**wanted, "Family": wanted.get("Family") or f"{request.stack_name}{request.logical_resource_id}"}
    for container in given.get("ContainerDefinitions") or []:
        # moto's tasks need both of each container, and AWS does not.
        container.setdefault("Cpu", 0)
    made = api.ecs.register_task_definition(**given)["taskDefinition"]["taskDefinitionArn"]
    return {PHYSICAL: made, "TaskDefinitionArn": made}


@makes("AWS::ECS::Service")
def service(api, wanted, request):
    given = {"DesiredCount": 1, "Cluster": "default", **wanted, "ServiceName": named(request, wanted, "ServiceName")}
    made = api.ecs.create_service(**given)["service"]
    _rollout(request, made["serviceArn"], wanted)
    return {PHYSICAL: made["serviceArn"], "ServiceArn": made["serviceArn"], "Name": made["serviceName"]}


def _rollout(request, arn, wanted):
    """moto forgets how a service is rolled out, which AWS always tells: it becomes a rule (tier T3)."""
    given = wanted.get("DeploymentConfiguration") or {}
    breaker = given.get("DeploymentCircuitBreaker") or {}
    told = {
        "maximumPercent": int(given.get("MaximumPercent", 200)), "minimumHealthyPercent": int(given.get("MinimumHealthyPercent", 100)),
        "deploymentCircuitBreaker": {name.lower(): truth(breaker.get(name, False)) for name in ("Enable", "Rollback")},
    }  # fmt: skip
    changed = {f"services[serviceArn={arn}].deploymentConfiguration": told}
    if wanted.get("HealthCheckGracePeriodSeconds") is not None:
        changed[f"services[serviceArn={arn}].healthCheckGracePeriodSeconds"] = int(wanted["HealthCheckGracePeriodSeconds"])
    tell(request, "ecs", "DescribeServices", set=changed)


@makes("AWS::AutoScaling::AutoScalingGroup")
def auto_scaling_group(api, wanted, request):
    name = named(request, wanted, "AutoScalingGroupName")
    given = {**wanted, "AutoScalingGroupName": name}
    given.pop("Tags", None)
    given.pop("VPCZoneIdentifier", None)
    if wanted.get("VPCZoneIdentifier"):
        given["VPCZoneIdentifier"] = ",".join(wanted["VPCZoneIdentifier"])
    if wanted.get("Tags"):
        given["Tags"] = [{**tag, "ResourceId": name, "ResourceType": "auto-scaling-group"} for tag in wanted["Tags"]]
    api.autoscaling.create_auto_scaling_group(**given)
    return {PHYSICAL: name, "AutoScalingGroupName": name}


@makes("AWS::ApplicationAutoScaling::ScalableTarget")
def scalable_target(api, wanted, request):
    api.application_autoscaling.register_scalable_target(**wanted)
    made = f"{wanted['ResourceId']}|{wanted['ScalableDimension']}|{wanted['ServiceNamespace']}"
    return {PHYSICAL: made, "Id": made}


@mends("AWS::CloudFormation::Stack")
def nested_stack(api, wanted, request, made):
    """The emulator does not tell a nested stack's parent (tier T3)."""
    parent = {f"Stacks[StackId={made['Id']}].{name}": request.stack_id for name in ("ParentId", "RootId")}
    tell(request, "cloudformation", "DescribeStacks", set=parent)
