"""Services that look broken and are not (T2; what ECS says of them is T3).

blue-green     one colour serves, and the other has no target: ecs/service_targets_unhealthy
parked         nothing is to run in development: ecs/service_scaled_to_zero
nightly        nothing is to run by day, in production, and a schedule starts it: the same
collector      a daemon without a load balancer, which answers for its health itself: ecs/service_tasks_crash
by-codedeploy  ECS tells no rollout state, and the first target group is idle: ecs/service_rollout_failing, …_targets_unhealthy
front          a stock nginx that serves an application beside it: ecs/service_image_placeholder, ecs/service_health_check_mismatch
tool           a task by itself that a person stopped, and one that crashed: ecs/service_tasks_crash
"""

from lib import DAY

CLUSTER = "shared"
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


class Cluster:
    """What runs in it; it is told when all is there."""

    def __init__(self, site):
        self.site, self.bed, self.tasks, self.changes = site, site.bed, [], {}
        self.since = site.bed.now - 30 * DAY
        made = site.bed.ecs.create_cluster(clusterName=CLUSTER, settings=[{"name": "containerInsights", "value": "enhanced"}])
        self.arn = made["cluster"]["clusterArn"]

    def image(self, name):
        return f"{self.site.account}.dkr.ecr.{self.bed.region}.amazonaws.com/{name}:7"

    def definition(self, family, *containers):
        containers = [{"essential": True, "cpu": 64, "memory": 128, **container} for container in containers]
        task, execution = (self.site.roles[f"payment-prod-service-{role}"] for role in ("task", "execution"))
        made = self.bed.ecs.register_task_definition(
            family=family, containerDefinitions=containers, taskRoleArn=task, executionRoleArn=execution
        )
        return made["taskDefinition"]["taskDefinitionArn"]

    def group(self, name, *states):
        """A target group, and its targets. That it is one of addresses is a rule, so that it needs no network."""
        made = self.bed.elbv2.create_target_group(Name=name, TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
        kind = {"TargetType": "ip", "Protocol": "HTTP", "Port": 8080, "HealthCheckPath": "/health", "Matcher": {"HttpCode": "200"}}
        path = f"TargetGroups[TargetGroupArn={made}]"
        self.bed.rule("elbv2", "DescribeTargetGroups", lasting=True, set={f"{path}.{key}": value for key, value in kind.items()})
        targets = [{"Target": {"Id": f"10.9.0.{i}", "Port": 8080}, "TargetHealth": state} for i, state in enumerate(states)]
        answer = {"TargetHealthDescriptions": targets}
        self.bed.rule("elbv2", "DescribeTargetHealth", lasting=True, match={"TargetGroupArn": made}, answer=answer)
        return made

    def service(self, name, definition, count=2, env="production", says=None, **arguments):
        """A service, and what ECS says of it apart from being steady for a month."""
        tags = [{"key": "env", "value": env}]
        self.bed.ecs.create_service(
            cluster=CLUSTER, serviceName=name, desiredCount=count, taskDefinition=definition, tags=tags, **arguments
        )
        when, identifier = self.since, f"ecs-svc/{name}"
        deployment = {
            "id": identifier, "status": "PRIMARY", "taskDefinition": definition, "desiredCount": count, "runningCount": count,
            "pendingCount": 0, "failedTasks": 0, "createdAt": when, "updatedAt": when, "rolloutState": "COMPLETED",
        }  # fmt: skip
        steady = {"id": name, "createdAt": when + 300, "message": f"(service {name}) has reached a steady state."}
        said = {"runningCount": count, "pendingCount": 0, "createdAt": when, "deployments": [deployment], "events": [steady],
                "deploymentConfiguration": BREAKER, **(says or {})}  # fmt: skip
        self.changes.update({f"services[serviceName={name}].{key}": value for key, value in said.items()})
        for i in range(count):
            self.task(f"{name}-{i}", definition, f"service:{name}", identifier)

    def task(self, name, definition, group, started_by, **says):
        described = self.bed.ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]["containerDefinitions"]
        self.tasks.append({
            "taskArn": self.bed.arn("ecs", f"task/{CLUSTER}/{name}"), "clusterArn": self.arn, "group": group, "startedBy": started_by,
            "taskDefinitionArn": definition, "desiredStatus": "RUNNING", "lastStatus": "RUNNING", "healthStatus": "UNKNOWN",
            "createdAt": self.since, "startedAt": self.since + 60,
            "containers": [{"name": one["name"], "image": one["image"], "lastStatus": "RUNNING"} for one in described], **says,
        })  # fmt: skip

    def tell(self):
        self.bed.rule("ecs", "DescribeServices", lasting=True, set=self.changes)
        for status in ("RUNNING", "STOPPED"):
            told = [task for task in self.tasks if task["desiredStatus"] == status]
            arns = [task["taskArn"] for task in told]
            self.bed.rule("ecs", "ListTasks", lasting=True, match={"desiredStatus": status}, answer={"taskArns": arns})
            self.bed.rule("ecs", "DescribeTasks", lasting=True, match={"tasks": arns}, answer={"tasks": told, "failures": []})


def build(site):
    cluster, healthy = Cluster(site), {"State": "healthy"}

    app = cluster.definition("shop", {"name": "app", "image": cluster.image("shop")})
    green, blue = cluster.group("shop-green", healthy, healthy), cluster.group("shop-blue")
    advanced = {"alternateTargetGroupArn": green, "productionListenerRule": "arn:rule", "roleArn": site.roles["payment-prod-service-task"]}
    balancer = {"targetGroupArn": blue, "containerName": "app", "containerPort": 8080}
    strategy = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 10}
    says = {"loadBalancers": [{**balancer, "advancedConfiguration": advanced}], "deploymentConfiguration": strategy}
    cluster.service("blue-green", app, says=says)

    cluster.service("parked", app, count=0, env="dev")

    cluster.service("nightly", app, count=0)
    scaling = site.bed.client("application-autoscaling")
    target = {"ServiceNamespace": "ecs", "ResourceId": f"service/{CLUSTER}/nightly", "ScalableDimension": "ecs:service:DesiredCount"}
    scaling.register_scalable_target(**target, MinCapacity=0, MaxCapacity=4)
    action = {"MinCapacity": 2, "MaxCapacity": 4}
    scaling.put_scheduled_action(**target, ScheduledActionName="at-night", Schedule="cron(0 22 * * ? *)", ScalableTargetAction=action)

    check = {"command": ["CMD-SHELL", "curl -f http://localhost:13133/ || exit 1"]}
    agent = cluster.definition("collector", {"name": "agent", "image": cluster.image("collector"), "healthCheck": check})
    cluster.service("collector", agent, schedulingStrategy="DAEMON")
    for task in cluster.tasks:
        if task["group"] == "service:collector":
            task["healthStatus"] = "HEALTHY"

    idle, steady = cluster.group("ledger-1", {"State": "unused", "Reason": "Target.NotInUse"}), cluster.group("ledger-2", healthy, healthy)
    task_set = {
        "id": "ecs-svc/by-codedeploy", "taskSetArn": site.bed.arn("ecs", f"task-set/{CLUSTER}/by-codedeploy/1"), "status": "PRIMARY",
        "taskDefinition": app, "computedDesiredCount": 2, "runningCount": 2, "pendingCount": 0, "createdAt": cluster.since,
        "stabilityStatus": "STEADY_STATE", "stabilityStatusAt": cluster.since, "loadBalancers": [{**balancer, "targetGroupArn": steady}],
    }  # fmt: skip
    balancers = [{**balancer, "targetGroupArn": idle}]
    says = {"deployments": [], "taskSets": [task_set], "loadBalancers": balancers, "deploymentConfiguration": {}}
    cluster.service("by-codedeploy", app, says=says, deploymentController={"type": "CODE_DEPLOY"})

    mount = {"sourceVolume": "site", "containerPath": "/etc/nginx/conf.d", "readOnly": True}
    proxy = {"name": "nginx", "image": "public.ecr.aws/nginx/nginx:1.29", "mountPoints": [mount]}
    front = cluster.definition("front", proxy, {"name": "app", "image": cluster.image("front")})
    serving = cluster.group("front", healthy, healthy)
    cluster.service("front", front, says={"loadBalancers": [{**balancer, "targetGroupArn": serving, "containerName": "nginx"}]})

    tool, end = cluster.definition("tool", {"name": "tool", "image": "busybox", "command": ["true"]}), site.bed.now - 600
    stopped = {"desiredStatus": "STOPPED", "lastStatus": "STOPPED", "stoppingAt": end - 30, "stoppedAt": end}
    person = {"stopCode": "UserInitiated", "stoppedReason": "Task stopped by user"}
    cluster.task("tool-1", tool, "family:tool", "a.okafor", **stopped, **person)
    crash = {"stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited"}
    cluster.task("tool-2", tool, "family:tool", "cron", **stopped, **crash)
    cluster.task("shop-old", app, "service:blue-green", "ecs-svc/blue-green", **stopped, **person)
    cluster.tell()
