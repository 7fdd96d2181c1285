"""Functions, load balancer, containers, APIs, hosts and names of the platform that drifts, as the AWS provider keeps them in a state."""

import json

from drift_terraform_network import tags

STACK = "drift-workload"


def add(site, state):
    functions(site, state)
    balancer(site, state)
    containers(site, state)
    apis(site, state)
    hosts(site, state)
    names(site, state)


def functions(site, state):
    client = site.bed.client("lambda")
    for logical_id in ("Capture", "Settle", "Refund", "Retired", "Rotator"):
        function(site, state, client, client.get_function(FunctionName=site.of(STACK, logical_id)))
    alias = client.get_alias(FunctionName="drift-capture", Name="live")
    state.add("aws_lambda_alias", "live", {
        "arn": alias["AliasArn"], "description": "", "function_name": "drift-capture", "function_version": alias["FunctionVersion"],
        "id": alias["AliasArn"], "invoke_arn": invocation(site, alias["AliasArn"]), "name": "live", "routing_config": [],
    })  # fmt: skip
    mapping = client.get_event_source_mapping(UUID=site.of(STACK, "CaptureSource"))
    state.add("aws_lambda_event_source_mapping", "captures", {
        "arn": mapping.get("EventSourceMappingArn", ""), "batch_size": mapping["BatchSize"], "bisect_batch_on_function_error": False,
        "destination_config": [], "enabled": mapping["State"] == "Enabled", "event_source_arn": mapping["EventSourceArn"],
        "filter_criteria": [], "function_arn": mapping["FunctionArn"], "function_name": mapping["FunctionArn"],
        "function_response_types": [], "id": mapping["UUID"], "kms_key_arn": "", "last_modified": "2026-11-23T08:39:21Z",
        "last_processing_result": "", "maximum_batching_window_in_seconds": 0, "queues": [], "scaling_config": [],
        "state": mapping["State"], "state_transition_reason": "USER_INITIATED", "tags": None, "tags_all": {}, "topics": [],
        "uuid": mapping["UUID"],
    })  # fmt: skip
    for logical_id, name, principal in (("CapturePermission", "capture", "sns"), ("RotatorPermission", "rotator", "secretsmanager")):
        statement = site.of(STACK, logical_id)
        state.add("aws_lambda_permission", name, {
            "action": "lambda:InvokeFunction", "event_source_token": None, "function_name": f"drift-{name}", "function_url_auth_type": None,
            "id": statement, "principal": f"{principal}.amazonaws.com", "principal_org_id": None, "qualifier": "", "source_account": None,
            "source_arn": None, "statement_id": statement, "statement_id_prefix": "",
        })  # fmt: skip


def invocation(site, arn):
    return f"arn:aws:apigateway:{site.bed.region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def function(site, state, client, told):
    one = told["Configuration"]
    arn, name = one["FunctionArn"], one["FunctionName"]
    variables = (one.get("Environment") or {}).get("Variables")
    placed = one.get("VpcConfig") or {}
    inside = [{
        "ipv6_allowed_for_dual_stack": False, "security_group_ids": placed["SecurityGroupIds"], "subnet_ids": placed["SubnetIds"],
        "vpc_id": placed.get("VpcId", ""),
    }] if placed.get("SubnetIds") else []  # fmt: skip
    logged = {"application_log_level": "", "log_format": "Text", "log_group": f"/aws/lambda/{name}", "system_log_level": ""}
    state.add("aws_lambda_function", "this", {
        "architectures": one["Architectures"], "arn": arn, "code_sha256": one["CodeSha256"], "code_signing_config_arn": "",
        "dead_letter_config": [], "description": one["Description"], "environment": [{"variables": variables}] if variables else [],
        "ephemeral_storage": [{"size": 512}], "file_system_config": [], "filename": "functions.zip", "function_name": name,
        "handler": one["Handler"], "id": name, "image_config": [], "image_uri": "", "invoke_arn": invocation(site, arn), "kms_key_arn": "",
        "last_modified": one["LastModified"], "layers": [layer["Arn"] for layer in one.get("Layers") or []], "logging_config": [logged],
        "memory_size": one["MemorySize"], "package_type": "Zip", "publish": False, "qualified_arn": f"{arn}:1",
        "qualified_invoke_arn": invocation(site, f"{arn}:1"), "replace_security_groups_on_destroy": None,
        "replacement_security_group_ids": None,
        "reserved_concurrent_executions": (told.get("Concurrency") or {}).get("ReservedConcurrentExecutions", -1), "role": one["Role"],
        "runtime": one["Runtime"], "s3_bucket": None, "s3_key": None, "s3_object_version": None, "signing_job_arn": "",
        "signing_profile_version_arn": "", "skip_destroy": False, "snap_start": [], "source_code_hash": one["CodeSha256"],
        "source_code_size": one["CodeSize"], **tags(told.get("Tags")), "timeout": one["Timeout"], "timeouts": None,
        "tracing_config": [{"mode": one["TracingConfig"]["Mode"]}], "version": "1", "vpc_config": inside,
    }, index=name.removeprefix("drift-"))  # fmt: skip


def balancer(site, state):
    elbv2 = site.bed.elbv2
    one = elbv2.describe_load_balancers(LoadBalancerArns=[site.of(STACK, "Balancer")])["LoadBalancers"][0]
    arn = one["LoadBalancerArn"]
    said = elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
    zones = [zone["SubnetId"] for zone in one["AvailabilityZones"]]
    empty = {"allocation_id": "", "ipv6_address": "", "outpost_id": "", "private_ipv4_address": ""}
    state.add("aws_lb", "this", {
        "access_logs": [{"bucket": "", "enabled": False, "prefix": ""}], "arn": arn, "arn_suffix": arn.split(":loadbalancer/")[1],
        "client_keep_alive": 3600, "connection_logs": [{"bucket": "", "enabled": False, "prefix": ""}], "customer_owned_ipv4_pool": "",
        "desync_mitigation_mode": "defensive", "dns_name": one["DNSName"], "dns_record_client_routing_policy": None,
        "drop_invalid_header_fields": False, "enable_cross_zone_load_balancing": True, "enable_deletion_protection": False,
        "enable_http2": True, "enable_tls_version_and_cipher_suite_headers": False, "enable_waf_fail_open": False,
        "enable_xff_client_port": False, "enable_zonal_shift": False, "enforce_security_group_inbound_rules_on_private_link_traffic": "",
        "id": arn, "idle_timeout": 60, "internal": False, "ip_address_type": one["IpAddressType"], "load_balancer_type": "application",
        "name": one["LoadBalancerName"], "name_prefix": "", "preserve_host_header": False, "security_groups": one["SecurityGroups"],
        "subnet_mapping": [{**empty, "subnet_id": zone} for zone in zones], "subnets": zones, **tags(said), "timeouts": None,
        "vpc_id": one["VpcId"], "xff_header_processing_mode": "append", "zone_id": one["CanonicalHostedZoneId"],
    })  # fmt: skip
    for logical_id, name in (("Targets", "payments"), ("Spare", "spare")):
        group = elbv2.describe_target_groups(TargetGroupArns=[site.of(STACK, logical_id)])["TargetGroups"][0]
        state.add("aws_lb_target_group", name, target_group(group))
    for logical_id, name in (("Secure", "https"), ("Redirect", "redirect")):
        found = elbv2.describe_listeners(ListenerArns=[site.of(STACK, logical_id)])["Listeners"][0]
        shown = [one["CertificateArn"] for one in found.get("Certificates", [])]
        state.add("aws_lb_listener", name, {
            "alpn_policy": None, "arn": found["ListenerArn"], "certificate_arn": shown[0] if shown else None,
            "default_action": [action(one, order) for order, one in enumerate(found["DefaultActions"], 1)], "id": found["ListenerArn"],
            "load_balancer_arn": found["LoadBalancerArn"],
            "mutual_authentication": [], "port": found["Port"], "protocol": found["Protocol"], "ssl_policy": found.get("SslPolicy", ""),
            "tags": None,
            "tags_all": {}, "tcp_idle_timeout_seconds": None, "timeouts": None,
        })  # fmt: skip
    rule = elbv2.describe_rules(RuleArns=[site.of(STACK, "Capturing")])["Rules"][0]
    condition = {"host_header": [], "http_header": [], "http_request_method": [], "query_string": [], "source_ip": []}
    state.add("aws_lb_listener_rule", "capturing", {
        "action": [action(one, order) for order, one in enumerate(rule["Actions"], 1)], "arn": rule["RuleArn"],
        "condition": [{**condition, "path_pattern": [{"values": ["/capture/*"]}]}], "id": rule["RuleArn"],
        "listener_arn": site.of(STACK, "Secure"), "priority": int(rule["Priority"]), "tags": None, "tags_all": {},
    })  # fmt: skip


def action(one, order):
    redirect = one.get("RedirectConfig") or {}
    return {
        "authenticate_cognito": [], "authenticate_oidc": [], "fixed_response": [], "forward": [], "order": order,
        "redirect": [{
            "host": redirect.get("Host", "#{host}"), "path": redirect.get("Path", "/#{path}"), "port": redirect["Port"],
            "protocol": redirect["Protocol"], "query": redirect.get("Query", "#{query}"), "status_code": redirect["StatusCode"],
        }] if redirect else [],
        "target_group_arn": one.get("TargetGroupArn", ""), "type": one["Type"],
    }  # fmt: skip


def target_group(one):
    arn = one["TargetGroupArn"]
    check = {
        "enabled": one["HealthCheckEnabled"], "healthy_threshold": one["HealthyThresholdCount"],
        "interval": one["HealthCheckIntervalSeconds"], "matcher": one["Matcher"]["HttpCode"], "path": one["HealthCheckPath"],
        "port": one["HealthCheckPort"], "protocol": one["HealthCheckProtocol"], "timeout": one["HealthCheckTimeoutSeconds"],
        "unhealthy_threshold": one["UnhealthyThresholdCount"],
    }  # fmt: skip
    return {
        "arn": arn, "arn_suffix": arn.split(":")[-1], "connection_termination": None, "deregistration_delay": "300",
        "health_check": [check], "id": arn, "ip_address_type": "ipv4", "lambda_multi_value_headers_enabled": False,
        "load_balancer_arns": one["LoadBalancerArns"], "load_balancing_algorithm_type": "round_robin",
        "load_balancing_anomaly_mitigation": "off", "load_balancing_cross_zone_enabled": "use_load_balancer_configuration",
        "name": one["TargetGroupName"], "name_prefix": "", "port": one["Port"], "preserve_client_ip": None, "protocol": one["Protocol"],
        "protocol_version": one.get("ProtocolVersion", "HTTP1"), "proxy_protocol_v2": False, "slow_start": 0, "stickiness": [],
        "tags": None, "tags_all": {}, "target_failover": [], "target_group_health": [], "target_health_state": [],
        "target_type": one["TargetType"], "vpc_id": one["VpcId"],
    }  # fmt: skip


def containers(site, state):
    ecs = site.bed.ecs
    cluster = ecs.describe_clusters(clusters=["drift-payments"], include=["TAGS", "SETTINGS"])["clusters"][0]
    state.add("aws_ecs_cluster", "this", {
        "arn": cluster["clusterArn"], "configuration": [], "id": cluster["clusterArn"], "name": cluster["clusterName"],
        "service_connect_defaults": [], "setting": cluster["settings"], **tags(cluster.get("tags"), "key", "value"),
    })  # fmt: skip
    task = ecs.describe_task_definition(taskDefinition=site.of(STACK, "Task"))["taskDefinition"]
    state.add("aws_ecs_task_definition", "api", {
        "arn": task["taskDefinitionArn"], "arn_without_revision": task["taskDefinitionArn"].rsplit(":", 1)[0],
        "container_definitions": json.dumps(task["containerDefinitions"], separators=(",", ":")), "cpu": task["cpu"],
        "enable_fault_injection": False, "ephemeral_storage": [], "execution_role_arn": task["executionRoleArn"], "family": task["family"],
        "id": task["family"], "inference_accelerator": [], "ipc_mode": "", "memory": task["memory"], "network_mode": task["networkMode"],
        "pid_mode": "", "placement_constraints": [], "proxy_configuration": [],
        "requires_compatibilities": task["requiresCompatibilities"], "revision": task["revision"], "runtime_platform": [],
        "skip_destroy": False, "tags": None, "tags_all": {}, "task_role_arn": task["taskRoleArn"], "track_latest": False, "volume": [],
    }, schema=1)  # fmt: skip
    one = ecs.describe_services(cluster="drift-payments", services=["drift-api"], include=["TAGS"])["services"][0]
    placed, rolled = one["networkConfiguration"]["awsvpcConfiguration"], one["deploymentConfiguration"]
    state.add("aws_ecs_service", "api", {
        "alarms": [], "availability_zone_rebalancing": "DISABLED", "capacity_provider_strategy": [], "cluster": cluster["clusterArn"],
        "deployment_circuit_breaker": [rolled["deploymentCircuitBreaker"]], "deployment_controller": [{"type": "ECS"}],
        "deployment_maximum_percent": rolled["maximumPercent"], "deployment_minimum_healthy_percent": rolled["minimumHealthyPercent"],
        "desired_count": one["desiredCount"],
        "enable_ecs_managed_tags": False, "enable_execute_command": False, "force_delete": None, "force_new_deployment": None,
        "health_check_grace_period_seconds": one.get("healthCheckGracePeriodSeconds", 0), "iam_role": "/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        "id": one["serviceArn"], "launch_type": one["launchType"],
        "load_balancer": [{
            "container_name": said["containerName"], "container_port": said["containerPort"], "elb_name": "",
            "target_group_arn": said["targetGroupArn"],
        } for said in one["loadBalancers"]],
        "name": one["serviceName"],
        "network_configuration": [
            {"assign_public_ip": False, "security_groups": placed["securityGroups"], "subnets": placed["subnets"]}
        ],
        "ordered_placement_strategy": [], "placement_constraints": [], "platform_version": "LATEST", "propagate_tags": "NONE",
        "scheduling_strategy": "REPLICA", "service_connect_configuration": [], "service_registries": [],
        **tags(one.get("tags"), "key", "value"), "task_definition": one["taskDefinition"], "timeouts": None, "triggers": {},
        "volume_configuration": [], "vpc_lattice_configurations": [], "wait_for_steady_state": False,
    })  # fmt: skip
    target = site.bed.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]
    state.add("aws_appautoscaling_target", "api", {
        "arn": target["ScalableTargetARN"], "id": target["ResourceId"], "max_capacity": target["MaxCapacity"],
        "min_capacity": target["MinCapacity"], "resource_id": target["ResourceId"], "role_arn": target.get("RoleARN", ""),
        "scalable_dimension": target["ScalableDimension"], "service_namespace": "ecs", "suspended_state": [], "tags": None, "tags_all": {},
    })  # fmt: skip


def apis(site, state):
    gateway, region = site.bed.apigateway, site.bed.region
    api = gateway.get_rest_api(restApiId=site.of(STACK, "Api"))
    entry = f"execute-api:{region}:{site.account}:{api['id']}"
    state.add("aws_api_gateway_rest_api", "merchants", {
        "api_key_source": "HEADER", "arn": f"arn:aws:apigateway:{region}::/restapis/{api['id']}", "binary_media_types": [], "body": None,
        "created_date": "2026-11-23T08:39:18Z", "description": "", "disable_execute_api_endpoint": api["disableExecuteApiEndpoint"],
        "endpoint_configuration": [{"types": api["endpointConfiguration"]["types"], "vpc_endpoint_ids": []}],
        "execution_arn": f"arn:aws:{entry}", "fail_on_warnings": None, "id": api["id"], "minimum_compression_size": "", "name": api["name"],
        "parameters": None, "policy": "", "put_rest_api_mode": None, "root_resource_id": api.get("rootResourceId", ""),
        **tags(api.get("tags")),
    })  # fmt: skip
    stage = gateway.get_stage(restApiId=api["id"], stageName="live")
    logged = stage["accessLogSettings"]
    state.add("aws_api_gateway_stage", "live", {
        "access_log_settings": [{"destination_arn": logged["destinationArn"], "format": logged["format"]}],
        "arn": f"arn:aws:apigateway:{region}::/restapis/{api['id']}/stages/live", "cache_cluster_enabled": False, "cache_cluster_size": "",
        "canary_settings": [], "client_certificate_id": "", "deployment_id": stage["deploymentId"], "description": "",
        "documentation_version": "", "execution_arn": f"arn:aws:{entry}/live", "id": f"ags-{api['id']}-live",
        "invoke_url": f"https://{api['id']}.execute-api.{region}.amazonaws.com/live", "rest_api_id": api["id"], "stage_name": "live",
        **tags(stage.get("tags")), "variables": stage.get("variables"), "web_acl_arn": "", "xray_tracing_enabled": stage["tracingEnabled"],
    })  # fmt: skip
    web = site.bed.apigatewayv2.get_api(ApiId=site.of(STACK, "Web"))
    state.add("aws_apigatewayv2_api", "web", {
        "api_endpoint": web["ApiEndpoint"], "api_key_selection_expression": "$request.header.x-api-key",
        "arn": f"arn:aws:apigateway:{region}::/apis/{web['ApiId']}", "body": None, "cors_configuration": [], "credentials_arn": None,
        "description": "", "disable_execute_api_endpoint": web["DisableExecuteApiEndpoint"],
        "execution_arn": f"arn:aws:execute-api:{region}:{site.account}:{web['ApiId']}", "fail_on_warnings": None, "id": web["ApiId"],
        "ip_address_type": "ipv4", "name": web["Name"], "protocol_type": "HTTP", "route_key": None,
        "route_selection_expression": "$request.method $request.path", **tags(web.get("Tags")), "target": None, "version": "",
    })  # fmt: skip


def hosts(site, state):
    one = site.bed.ec2.describe_launch_template_versions(LaunchTemplateId=site.of(STACK, "HostTemplate"), Versions=["1"])
    version = one["LaunchTemplateVersions"][0]
    template = site.bed.ec2.describe_launch_templates(LaunchTemplateIds=[version["LaunchTemplateId"]])["LaunchTemplates"][0]
    data = version["LaunchTemplateData"]
    nothing = (
        "block_device_mappings capacity_reservation_specification cpu_options credit_specification elastic_gpu_specifications "
        "elastic_inference_accelerator enclave_options hibernation_options instance_market_options instance_requirements "
        "license_specification maintenance_options monitoring network_interfaces placement private_dns_name_options tag_specifications"
    ).split()
    options = {"http_endpoint": "enabled", "http_protocol_ipv6": "", "http_put_response_hop_limit": 0, "http_tokens": "required"}
    state.add("aws_launch_template", "host", {
        **{name: [] for name in nothing}, "arn": site.arn("ec2", f"launch-template/{version['LaunchTemplateId']}"),
        "default_version": template["DefaultVersionNumber"], "description": "", "disable_api_stop": False, "disable_api_termination": False,
        "ebs_optimized": "", "iam_instance_profile": [{"arn": data["IamInstanceProfile"]["Arn"], "name": ""}],
        "id": version["LaunchTemplateId"], "image_id": data["ImageId"], "instance_initiated_shutdown_behavior": "",
        "instance_type": data["InstanceType"], "kernel_id": "", "key_name": "", "latest_version": template["LatestVersionNumber"],
        "metadata_options": [{**options, "instance_metadata_tags": ""}], "name": template["LaunchTemplateName"], "name_prefix": "",
        "ram_disk_id": "", "security_group_names": [], **tags(template.get("Tags")), "update_default_version": None, "user_data": "",
        "vpc_security_group_ids": data.get("SecurityGroupIds", []),
    })  # fmt: skip
    group = site.bed.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["drift-hosts"])["AutoScalingGroups"][0]
    state.add("aws_autoscaling_group", "hosts", {
        "arn": group["AutoScalingGroupARN"], "availability_zones": group["AvailabilityZones"], "capacity_rebalance": False,
        "default_cooldown": 300, "desired_capacity": group["DesiredCapacity"], "enabled_metrics": [], "force_delete": False,
        "health_check_grace_period": 300, "health_check_type": "EC2", "id": "drift-hosts", "initial_lifecycle_hook": [],
        "instance_maintenance_policy": [], "instance_refresh": [], "launch_configuration": "",
        "launch_template": [{
            "id": version["LaunchTemplateId"], "name": template["LaunchTemplateName"], "version": group["LaunchTemplate"]["Version"],
        }],
        "load_balancers": [], "max_instance_lifetime": 0, "max_size": group["MaxSize"], "min_size": group["MinSize"],
        "mixed_instances_policy": [], "name": "drift-hosts", "name_prefix": "", "placement_group": "", "protect_from_scale_in": False,
        "service_linked_role_arn": group.get("ServiceLinkedRoleARN", ""), "suspended_processes": [],
        "tag": [{"key": one["Key"], "propagate_at_launch": one["PropagateAtLaunch"], "value": one["Value"]} for one in group["Tags"]],
        "target_group_arns": [], "termination_policies": [], "timeouts": None, "vpc_zone_identifier": group["VPCZoneIdentifier"].split(","),
        "wait_for_capacity_timeout": "10m", "warm_pool": [],
    })  # fmt: skip


def names(site, state):
    zone = site.nested("Zone")
    told = site.bed.route53.get_hosted_zone(Id=zone)
    name = told["HostedZone"]["Name"].rstrip(".")
    servers = (told.get("DelegationSet") or {}).get("NameServers", [])
    state.add("aws_route53_zone", "this", {
        "arn": f"arn:aws:route53:::hostedzone/{zone}", "comment": told["HostedZone"]["Config"].get("Comment", ""), "delegation_set_id": "",
        "force_destroy": False, "id": zone, "name": name, "name_servers": servers, "primary_name_server": (servers or [""])[0],
        "tags": None, "tags_all": {}, "vpc": [], "zone_id": zone,
    })  # fmt: skip
    for record in site.bed.route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]:
        if record["Type"] in ("NS", "SOA"):
            continue
        full = record["Name"].rstrip(".")
        # The provider keeps a text without its quotation marks.
        values = [one["Value"].strip('"') for one in record["ResourceRecords"]]
        state.add("aws_route53_record", "this", {
            "alias": [], "allow_overwrite": None, "cidr_routing_policy": [], "failover_routing_policy": [], "fqdn": full,
            "geolocation_routing_policy": [], "geoproximity_routing_policy": [], "health_check_id": "",
            "id": f"{zone}_{full}_{record['Type']}", "latency_routing_policy": [], "multivalue_answer_routing_policy": False, "name": full,
            "records": values, "set_identifier": "", "timeouts": None, "ttl": record["TTL"], "type": record["Type"],
            "weighted_routing_policy": [], "zone_id": zone,
        }, index=full.split(".")[0], schema=2)  # fmt: skip
    acl = next(one for one in site.bed.wafv2.list_web_acls(Scope="REGIONAL")["WebACLs"] if one["Name"] == "drift-payments")
    balancer = site.of(STACK, "Balancer")
    told = {"id": f"{acl['ARN']},{balancer}", "resource_arn": balancer, "timeouts": None, "web_acl_arn": acl["ARN"]}
    state.add("aws_wafv2_web_acl_association", "balancer", told)
