"""The payment platform's services: Fargate tasks behind target groups.

The emulator keeps services and tasks, and lets none of them come up: that a service is steady is a rule (T3), and so is every way in
which one is not.
"""

from lib import DAY
from payment_site import fails, fault
from payment_workload import SEVEN_YEARS, WORKLOAD, log_group

CLUSTER = "payment-prod"
PORT = 8080
SERVICES = ("payment-service", "payment-checkout", "payment-settlement", "payment-refunds", "payment-receipts")
PRODUCTION = [{"key": "env", "value": "production"}]
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}, "minimumHealthyPercent": 100, "maximumPercent": 200}


def build(site):
    bed, vpc = site.bed, site.vpcs["main"]
    # Fargate gives a task a name of its own, which needs this.
    bed.ec2.modify_vpc_attribute(VpcId=vpc.id, EnableDnsHostnames={"Value": True})
    site.service_group = bed.group(vpc.id, "payment-prod-tasks", ("10.0.0.0/16", "tcp", PORT, PORT))
    settings = [{"name": "containerInsights", "value": "enhanced"}]
    made = bed.ecs.create_cluster(clusterName=CLUSTER, settings=settings, tags=PRODUCTION)
    site.cluster = made["cluster"]["clusterArn"]
    # AWS tells both as texts; the emulator's numbers are no answer that an SDK takes.
    sizes = {f"tasks[].containers[].{key}": value for key, value in {"cpu": "256", "memory": "512"}.items()}
    bed.rule("ecs", "DescribeTasks", lasting=True, set=sizes)
    checks = {"HealthCheckPath": "/health", "Matcher": {"HttpCode": "200"}}
    target = {"Protocol": "HTTP", "Port": PORT, "VpcId": vpc.id, "TargetType": "ip", **checks}
    logical = {name: name.title().replace("-", "") for name in SERVICES}
    resources = {
        logical[name]: {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": {"Name": name, **target}} for name in SERVICES
    }
    groups = bed.stack("payment-prod-services", resources, env="production")
    site.target_groups = {name: groups[logical[name]] for name in SERVICES}
    service(site, "payment-service")
    follow_the_load(site, "payment-service")


def follow_the_load(site, name):
    """T2. Between two and six tasks, as the processors are busy."""
    scaling = site.bed.client("application-autoscaling")
    of = {"ServiceNamespace": "ecs", "ResourceId": f"service/payment-prod/{name}", "ScalableDimension": "ecs:service:DesiredCount"}
    scaling.register_scalable_target(**of, MinCapacity=2, MaxCapacity=6)
    metric = {"TargetValue": 60.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
    scaling.put_scaling_policy(
        **of, PolicyName="processors", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=metric
    )


def own_image(site, name):
    return f"{site.account}.dkr.ecr.{site.bed.region}.amazonaws.com/{name}:2026.11.3"


def definition(site, name, image):
    """A task definition with one container that logs."""
    options = {"awslogs-group": f"/payment/prod/{name}", "awslogs-region": site.bed.region, "awslogs-stream-prefix": "app"}
    container = {
        "name": "app", "image": image, "essential": True, "cpu": 256, "memory": 512, "portMappings": [{"containerPort": PORT}],
        "environment": [{"name": "LOG_LEVEL", "value": "INFO"}], "logConfiguration": {"logDriver": "awslogs", "options": options},
    }  # fmt: skip
    made = site.bed.ecs.register_task_definition(
        family=name, requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        taskRoleArn=site.roles["payment-prod-service-task"], executionRoleArn=site.roles["payment-prod-service-execution"],
        containerDefinitions=[container],
    )  # fmt: skip
    return made["taskDefinition"]["taskDefinitionArn"]


def service(site, name, image=None, count=2, has_logs=True, **arguments):
    """A service that is steady for a month, and its tasks. Returns its ARN."""
    bed = site.bed
    if has_logs:
        log_group(bed, f"/payment/prod/{name}", SEVEN_YEARS, **WORKLOAD)
    balancer = {"targetGroupArn": site.target_groups[name], "containerName": "app", "containerPort": PORT}
    arguments = {"launchType": "FARGATE", "platformVersion": "LATEST", **arguments}
    arn = bed.ecs.create_service(
        cluster=CLUSTER, serviceName=name, desiredCount=count, taskDefinition=definition(site, name, image or own_image(site, name)),
        loadBalancers=[balancer], networkConfiguration=network(site), tags=[*PRODUCTION, {"key": "workload", "value": "payment-prod"}],
        **arguments,
    )["service"]["serviceArn"]  # fmt: skip
    steady(site, name, count)
    tasks(site, name, count)
    return arn


def network(site):
    vpc = site.vpcs["main"]
    subnets = [vpc.subnets["Private", zone] for zone in "abc"]
    return {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [site.service_group], "assignPublicIp": "DISABLED"}}


def told(site, name):
    return site.bed.ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]


def steady(site, name, count=2, configuration=None):
    """What ECS says of a service whose deployment ended well a month ago."""
    bed, made = site.bed, f"services[serviceName={name}]"
    when = bed.now - 30 * DAY
    task_definition = told(site, name)["taskDefinition"]
    deployment = {
        "id": f"ecs-svc/{name}", "status": "PRIMARY", "taskDefinition": task_definition, "desiredCount": count, "runningCount": count,
        "pendingCount": 0, "failedTasks": 0, "createdAt": when, "updatedAt": when + 300, "rolloutState": "COMPLETED",
        "rolloutStateReason": f"ECS deployment ecs-svc/{name} completed.",
    }  # fmt: skip
    event = {"id": f"{name}-steady", "createdAt": when + 300, "message": f"(service {name}) has reached a steady state."}
    said = {
        "runningCount": count, "pendingCount": 0, "createdAt": bed.now - 100 * DAY, "deployments": [deployment], "events": [event],
        "deploymentConfiguration": configuration or BREAKER, "platformFamily": "Linux",
    }  # fmt: skip
    bed.rule("ecs", "DescribeServices", lasting=True, set={f"{made}.{key}": value for key, value in said.items()})


def tasks(site, name, count):
    """Tasks that run, each a healthy target."""
    made = start(site, name, count)
    for task in made:
        state = {"lastStatus": "RUNNING", "healthStatus": "UNKNOWN", "createdAt": 0, "startedAt": 60, "containers[].lastStatus": "RUNNING"}
        since = site.bed.now - 30 * DAY
        changes = {key: since + value if isinstance(value, int) else value for key, value in state.items()}
        changes["containers[].exitCode"] = None
        site.bed.rule("ecs", "DescribeTasks", lasting=True, set={f"tasks[taskArn={task}].{key}": value for key, value in changes.items()})
    group = site.target_groups[name]
    if made:
        targets = [{"Id": f"10.0.{16 + i}.{20 + SERVICES.index(name)}", "Port": PORT} for i in range(count)]
        site.bed.elbv2.register_targets(TargetGroupArn=group, Targets=targets)
    health(site, name, {"State": "healthy"}, lasting=True)
    return made


def start(site, name, count):
    if not count:
        return []
    return [
        task["taskArn"]
        for task in site.bed.ecs.run_task(
            cluster=CLUSTER, taskDefinition=told(site, name)["taskDefinition"], count=count, launchType="FARGATE",
            startedBy=f"ecs-svc/{name}", group=f"service:{name}", networkConfiguration=network(site),
        )["tasks"]
    ]  # fmt: skip


def health(site, name, state, **arguments):
    match = {"TargetGroupArn": site.target_groups[name]}
    site.bed.rule("elbv2", "DescribeTargetHealth", match=match, set={"TargetHealthDescriptions[].TargetHealth": state}, **arguments)


# ---------------------------------------------------------------- A1: a service that is not stable


@fault("A1")
def stock_image_that_has_no_such_page(site):
    """T2; what came of it is T3. The template's nginx was never changed, and the load balancer asks it for /health."""
    bed, name = site.bed, "payment-checkout"
    arn = service(site, name, image="nginx:latest")
    group = site.target_groups[name]
    made, since = f"services[serviceName={name}]", bed.now - 3 * DAY
    deployment = {"rolloutState": "IN_PROGRESS", "rolloutStateReason": f"ECS deployment ecs-svc/{name} in progress.", "createdAt": since}
    changes = {f"{made}.deployments[].{key}": value for key, value in deployment.items()}
    description = "Health checks failed with these codes: [404]"
    message = f"(service {name}) (port {PORT}) is unhealthy in (target-group {group}) due to (reason {description})."
    changes[f"{made}.events"] = [{"id": f"{name}-unhealthy", "createdAt": bed.now - 240, "message": message}]
    changes[f"{made}.deploymentConfiguration"] = {**BREAKER, "deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    bed.rule("ecs", "DescribeServices", set=changes)
    stopped = start(site, name, 4)
    for i, task in enumerate(stopped):
        bed.ecs.stop_task(cluster=CLUSTER, task=task)
        end = bed.now - 300 * (i + 1)
        said = {
            "stopCode": "ServiceSchedulerInitiated", "stoppedReason": f"Task failed ELB health checks in (target-group {group})",
            "startedAt": end - 200, "stoppingAt": end - 30, "stoppedAt": end, "containers[].exitCode": 0,
        }  # fmt: skip
        bed.rule("ecs", "DescribeTasks", set={f"tasks[taskArn={task}].{key}": value for key, value in said.items()})
    health(site, name, {"State": "unhealthy", "Reason": "Target.ResponseCodeMismatch", "Description": description})

    def repair():
        bed.ecs.update_service(cluster=CLUSTER, service=name, taskDefinition=definition(site, name, own_image(site, name)))
        steady(site, name)

    return [
        fails("ecs/service_rollout_failing", arn, "rollout_stuck"),
        fails("ecs/service_tasks_crash", arn, "crash_loop"),
        fails("ecs/service_targets_unhealthy", arn, "targets_response_code_mismatch"),
        fails("ecs/service_image_placeholder", arn, "placeholder_image"),
        fails("ecs/service_health_check_mismatch", arn, "health_path_not_served"),
        fails("ecs/service_circuit_breaker_off", arn, "circuit_breaker_off"),
    ], repair


@fault("A1")
def new_version_was_taken_back(site):
    """T2; how the deployment ended is T3. Everything is set up well, and the new version did not start: the old one runs on."""
    bed, name = site.bed, "payment-settlement"
    arn = service(site, name)
    deployment = bed.arn("ecs", f"service-deployment/{CLUSTER}/{name}/20261120")
    when = bed.now - 2 * DAY
    brief = {
        "serviceDeploymentArn": deployment, "serviceArn": arn, "clusterArn": site.cluster, "status": "ROLLBACK_SUCCESSFUL",
        "statusReason": "Service deployment rolled back because the circuit breaker threshold was exceeded.",
        "createdAt": when, "startedAt": when, "finishedAt": when + 900,
    }  # fmt: skip
    breaker = {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}
    rollback = {"reason": "Circuit breaker threshold was exceeded.", "startedAt": when + 600}
    detail = {**brief, "deploymentCircuitBreaker": breaker, "rollback": rollback}
    bed.rule("ecs", "ListServiceDeployments", match={"service": arn}, answer={"serviceDeployments": [brief]})
    match = {"serviceDeploymentArns": [deployment]}
    bed.rule("ecs", "DescribeServiceDeployments", match=match, answer={"serviceDeployments": [detail], "failures": []})
    # Mended by the next deployment, of which nothing is left to be said but that all is well.
    return [fails("ecs/service_rollout_failing", arn, "rolled_back")], None


@fault()
def parked_in_production(site):
    """T2. Scaled to zero for an afternoon, and forgotten."""
    name = "payment-refunds"
    arn = service(site, name, count=0)

    def repair():
        site.bed.ecs.update_service(cluster=CLUSTER, service=name, desiredCount=2)
        steady(site, name)
        tasks(site, name, 2)

    return [fails("ecs/service_scaled_to_zero", arn, "scaled_to_zero")], repair


@fault()
def receipts_on_an_old_platform_that_log_nowhere(site):
    """T2. Somebody cleaned up log groups; and the platform version was pinned years ago."""
    bed, name = site.bed, "payment-receipts"
    arn = service(site, name, has_logs=False, platformVersion="1.3.0")

    def repair():
        log_group(bed, f"/payment/prod/{name}", SEVEN_YEARS, **WORKLOAD)
        bed.rule("ecs", "DescribeServices", set={f"services[serviceName={name}].platformVersion": "LATEST"})

    return [
        fails("ecs/service_logs_missing", arn, "log_group_missing"),
        fails("ecs/service_platform_version_old", arn, "platform_old"),
    ], repair


@fault("A9")
def insights_in_their_older_form(site):
    """T2. The setting that CDK's older property makes."""
    client = site.bed.ecs

    def set_to(value):
        client.update_cluster(cluster=CLUSTER, settings=[{"name": "containerInsights", "value": value}])

    set_to("enabled")
    return [fails("ecs/cluster_container_insights_off", site.cluster, "not_enhanced")], lambda: set_to("enhanced")
