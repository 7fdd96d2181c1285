"""Changes by hand to functions, load balancer, containers, APIs, hosts and names of the platform that drifts.

Functions, REST APIs and names are T1, the others T2.
"""

import time

from drift_people import iam
from drift_site import archive, change

STACK, NAMES = "drift-workload", "drift-workload/Names"


def function_arn(site, name):
    return site.arn("lambda", f"function:drift-{name}")


def configured(site, name, **given):
    client = site.bed.client("lambda")
    client.update_function_configuration(FunctionName=f"drift-{name}", **given)
    client.get_waiter("function_updated_v2").wait(FunctionName=f"drift-{name}", WaiterConfig={"Delay": 1})
    return function_arn(site, name)


@change("aws_lambda_function", "changed", STACK, "Settle", "MemorySize", ["memory_size"])
def function_has_more_memory(site):
    """It was slow."""
    return configured(site, "settle", MemorySize=3008)


@change("aws_lambda_function", "changed", STACK, "Settle", "Timeout", ["timeout"])
def function_has_more_time(site):
    """It still was."""
    return configured(site, "settle", Timeout=900)


@change("aws_lambda_function", "changed", STACK, "Capture", "Environment", ["environment_variable_names"])
def function_has_another_variable(site):
    """A switch."""
    return configured(site, "capture", Environment={"Variables": {"QUEUE": "drift-captures", "STAGE": "production", "DEBUG": "1"}})


@change("aws_lambda_function", "changed", STACK, "Capture", "TracingConfig", ["tracing_mode"])
def function_is_not_traced(site):
    """The bill."""
    return configured(site, "capture", TracingConfig={"Mode": "PassThrough"})


@change("aws_lambda_function", "changed", STACK, "Capture", "Layers", ["layer_arns"])
def function_without_its_layer(site):
    """To see whether it was the layer."""
    return configured(site, "capture", Layers=[])


@change("aws_lambda_function", "changed", STACK, "Capture", "ReservedConcurrentExecutions", ["reserved_concurrency"])
def function_takes_more(site):
    """On a busy day."""
    site.bed.client("lambda").put_function_concurrency(FunctionName="drift-capture", ReservedConcurrentExecutions=400)
    return function_arn(site, "capture")


@change("aws_lambda_function", "changed", STACK, "Refund", "ReservedConcurrentExecutions", ["reserved_concurrency"])
def function_takes_what_is_there(site):
    """Nothing is reserved any more."""
    site.bed.client("lambda").delete_function_concurrency(FunctionName="drift-refund")
    return function_arn(site, "refund")


@change("aws_lambda_function", "changed", STACK, "Refund", "Role", ["role_arn"])
def function_with_another_role(site):
    """That one may do it."""
    return configured(site, "refund", Role=iam(site, "role/drift-replication"))


@change("aws_lambda_function", "changed", STACK, "Rotator", "Runtime", ["runtime"])
def function_on_an_old_runtime(site):
    """A library had no wheel."""
    return configured(site, "rotator", Runtime="python3.11")


@change("aws_lambda_function_policy_statement", "added", STACK, "Settle")
def function_for_everybody(site):
    """A partner's account was not known yet."""
    site.bed.client("lambda").add_permission(
        FunctionName="drift-settle", StatementId="partner", Action="lambda:InvokeFunction", Principal="*"
    )
    return function_arn(site, "settle"), {"sid": "partner"}


@change("aws_lambda_alias", "changed", STACK, "CaptureLive", "FunctionVersion", ["function_version"])
def alias_on_the_draft(site):
    """What is edited is what runs."""
    site.bed.client("lambda").update_alias(FunctionName="drift-capture", Name="live", FunctionVersion="$LATEST")
    return function_arn(site, "capture") + ":live"


@change("aws_lambda_function", "missing", STACK, "Retired")
def function_deleted(site):
    """Nothing called it."""
    site.bed.client("lambda").delete_function(FunctionName="drift-retired")
    return function_arn(site, "retired")


@change("aws_lambda_event_source_mapping", "changed", STACK, "CaptureSource", "Enabled", ["state"])
def queue_is_not_read(site):
    """For an hour."""
    client, mapping = site.bed.client("lambda"), site.of(STACK, "CaptureSource")
    client.update_event_source_mapping(UUID=mapping, Enabled=False)
    for _ in range(60):
        if client.get_event_source_mapping(UUID=mapping)["State"] == "Disabled":
            break
        time.sleep(0.5)
    return site.arn("lambda", f"event-source-mapping:{mapping}")


@change("aws_elbv2_listener", "changed", STACK, "Secure", "SslPolicy", ["ssl_policy"])
def listener_takes_old_tls(site):
    """An old terminal."""
    site.bed.elbv2.modify_listener(ListenerArn=site.of(STACK, "Secure"), SslPolicy="ELBSecurityPolicy-2016-08")
    return site.of(STACK, "Secure")


@change("aws_elbv2_listener", "changed", STACK, "Secure", "Certificates", ["default_certificate_arn"])
def listener_shows_another_certificate(site):
    """A rename that was called off."""
    given = [{"CertificateArn": site.of(STACK, "NextCertificate")}]
    site.bed.elbv2.modify_listener(ListenerArn=site.of(STACK, "Secure"), Certificates=given)
    return site.of(STACK, "Secure")


@change("aws_elbv2_listener", "changed", STACK, "Redirect", "Port", ["port"])
def listener_on_another_port(site):
    """A firewall."""
    site.bed.elbv2.modify_listener(ListenerArn=site.of(STACK, "Redirect"), Port=8080)
    return site.of(STACK, "Redirect")


@change("aws_elbv2_listener_rule", "changed", STACK, "Capturing", "Actions", ["target_group_arns"])
def rule_leads_elsewhere(site):
    """During a deployment."""
    forward = [{"Type": "forward", "TargetGroupArn": site.of(STACK, "Spare")}]
    site.bed.elbv2.modify_rule(RuleArn=site.of(STACK, "Capturing"), Actions=forward)
    return site.of(STACK, "Capturing")


@change("aws_elbv2_load_balancer", "changed", STACK, "Balancer", "SecurityGroups", ["security_group_ids"])
def balancer_in_another_group(site):
    """The wrong one."""
    balancer = site.of(STACK, "Balancer")
    site.bed.elbv2.set_security_groups(LoadBalancerArn=balancer, SecurityGroups=[site.of("drift-network", "DatabaseGroup")])
    return balancer


@change("aws_elbv2_load_balancer", "changed", STACK, "Balancer", "Tags", ["tags"])
def balancer_tag_edited(site):
    """Another team."""
    balancer = site.of(STACK, "Balancer")
    site.bed.elbv2.add_tags(ResourceArns=[balancer], Tags=[{"Key": "team", "Value": "platform"}])
    return balancer


@change("aws_elbv2_target_group", "changed", STACK, "Targets", "HealthCheckPath", ["health_check_path"])
def health_is_the_front_page(site):
    """It was never healthy."""
    site.bed.elbv2.modify_target_group(TargetGroupArn=site.of(STACK, "Targets"), HealthCheckPath="/")
    return site.of(STACK, "Targets")


@change("aws_ecs_cluster", "changed", STACK, "Cluster", "ClusterSettings", ["container_insights"])
def cluster_without_insights(site):
    """The bill."""
    site.bed.ecs.update_cluster(cluster="drift-payments", settings=[{"name": "containerInsights", "value": "disabled"}])
    return site.arn("ecs", "cluster/drift-payments")


@change("aws_ecs_cluster", "changed", STACK, "Cluster", "Tags", ["tags"])
def cluster_tag_added(site):
    """A cost report."""
    arn = site.arn("ecs", "cluster/drift-payments")
    site.bed.ecs.tag_resource(resourceArn=arn, tags=[{"key": "cost", "value": "shared"}])
    return arn


@change("aws_api_gateway_stage", "changed", STACK, "ApiStage", "MethodSettings", ["logging_levels"])
def stage_logs_nothing(site):
    """The bill."""
    return staged(site, "/*/*/logging/loglevel", "OFF")


@change("aws_api_gateway_stage", "changed", STACK, "ApiStage", "TracingEnabled", ["tracing_enabled"])
def stage_is_not_traced(site):
    """The bill."""
    return staged(site, "/tracingEnabled", "false")


def staged(site, path, value):
    api = site.of(STACK, "Api")
    site.bed.apigateway.update_stage(restApiId=api, stageName="live", patchOperations=[{"op": "replace", "path": path, "value": value}])
    return f"arn:aws:apigateway:{site.bed.region}::/restapis/{api}/stages/live"


@change("aws_api_gateway_rest_api", "changed", STACK, "Api", "DisableExecuteApiEndpoint", ["disable_execute_api_endpoint"])
def api_past_its_domain(site):
    """For a test."""
    api = site.of(STACK, "Api")
    operation = {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "false"}
    site.bed.apigateway.update_rest_api(restApiId=api, patchOperations=[operation])
    return f"arn:aws:apigateway:{site.bed.region}::/restapis/{api}"


@change("aws_api_gatewayv2_api", "changed", STACK, "Web", "DisableExecuteApiEndpoint", ["disable_execute_api_endpoint"])
def web_endpoint_disabled(site):
    """The other way round."""
    api = site.of(STACK, "Web")
    site.bed.apigatewayv2.update_api(ApiId=api, DisableExecuteApiEndpoint=True)
    return f"arn:aws:apigateway:{site.bed.region}::/apis/{api}"


@change("aws_ec2_autoscaling_group", "changed", STACK, "Hosts", "MinSize", ["min_size"])
def no_host_is_needed(site):
    """At night."""
    return sized(site, MinSize=0)


@change("aws_ec2_autoscaling_group", "changed", STACK, "Hosts", "MaxSize", ["max_size"])
def many_hosts_are_allowed(site):
    """On a busy day."""
    return sized(site, MaxSize=40)


def sized(site, **given):
    site.bed.autoscaling.update_auto_scaling_group(AutoScalingGroupName="drift-hosts", **given)
    return site.bed.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["drift-hosts"])["AutoScalingGroups"][0][
        "AutoScalingGroupARN"
    ]


@change("aws_ec2_launch_template_version", "changed", STACK, "HostTemplate", "LaunchTemplateData", ["instance_type"])
def hosts_of_another_size(site):
    """A version by hand, the newest now; what a template says makes the newest version, and says nothing of the default one."""
    template = site.of(STACK, "HostTemplate")
    # The emulator does not take over what the source version says.
    source = site.bed.ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["1"])["LaunchTemplateVersions"][0]
    data = {**source["LaunchTemplateData"], "InstanceType": "t3.2xlarge"}
    site.bed.ec2.create_launch_template_version(LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData=data)
    return site.arn("ec2", f"launch-template/{template}"), {"version_number": 2}


@change("aws_appautoscaling_target", "changed", STACK, "Scaling", "MaxCapacity", ["max_capacity"])
def many_tasks_are_allowed(site):
    """On a busy day."""
    of = {"ServiceNamespace": "ecs", "ResourceId": "service/drift-payments/drift-api", "ScalableDimension": "ecs:service:DesiredCount"}
    scaling = site.bed.client("application-autoscaling")
    scaling.register_scalable_target(**of, MaxCapacity=60)
    arn = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]["ScalableTargetARN"]
    return arn, {"resource_id": of["ResourceId"], "scalable_dimension": of["ScalableDimension"]}


def recorded(site, action, name, kind, ttl, *values):
    zone = site.nested("Zone")
    name = f"{name}.{site.zone}"
    record = {"Name": name + ".", "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}
    site.bed.route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    )
    return f"arn:aws:route53:::hostedzone/{zone}", {"name": name, "record_type": kind}


@change("aws_route53_record", "changed", NAMES, "StatusPage", "ResourceRecords", ["record_values"])
def name_leads_elsewhere(site):
    """In a nested stack."""
    return recorded(site, "UPSERT", "status", "A", 300, "198.51.100.99")


@change("aws_route53_record", "missing", NAMES, "Proof")
def name_deleted(site):
    """In a nested stack."""
    return recorded(site, "DELETE", "_proof", "TXT", 3600, '"drift-bed=1"')


@change("aws_cloudwatch_log_group", "changed", NAMES, "QueryLogs", "RetentionInDays", ["retention_in_days"])
def queries_kept_for_longer(site):
    """In a nested stack."""
    site.bed.logs.put_retention_policy(logGroupName="/drift/dns/queries", retentionInDays=365)
    return site.arn("logs", "log-group:/drift/dns/queries")


@change("aws_wafv2_web_acl_association", "missing", STACK, "FirewallOfBalancer")
def balancer_unguarded(site):
    """It blocked a customer."""
    balancer = site.of(STACK, "Balancer")
    acl = next(one["ARN"] for one in site.bed.wafv2.list_web_acls(Scope="REGIONAL")["WebACLs"] if one["Name"] == "drift-payments")
    site.bed.wafv2.disassociate_web_acl(ResourceArn=balancer)
    return acl, {"resource_arn": balancer}


@change("aws_lambda_function", "unmanaged", "", "")
def function_by_hand(site):
    """Of a trial."""
    client = site.bed.client("lambda")
    client.create_function(
        FunctionName="by-hand", Runtime="python3.13", Handler="index.handler", Code={"ZipFile": archive()},
        Role=iam(site, "role/drift-function"),
    )  # fmt: skip
    client.get_waiter("function_active_v2").wait(FunctionName="by-hand", WaiterConfig={"Delay": 1})
    return site.arn("lambda", "function:by-hand")
