//! ECS: clusters, services with one task and one deployment each, task definitions.

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::seed::Dice;
use crate::wire::{Body, Refusal, Wire};

/// The card.
pub const SERVICE: Service = Service {
    name: "ecs",
    id: "ECS",
    scope: "ecs",
    wire: Wire::AwsJson11,
    target: Some("AmazonEC2ContainerServiceV20141113"),
    namespace: "",
    calls: &[
        ("DescribeClusters", Does::Makes(describe_clusters)),
        ("DescribeServiceDeployments", Does::Makes(describe_deployments)),
        ("DescribeServices", Does::Makes(describe_services)),
        ("DescribeTaskDefinition", Does::Makes(describe_definition)),
        ("DescribeTasks", Does::Makes(describe_tasks)),
        ("ListClusters", Does::Makes(clusters)),
        ("ListServiceDeployments", Does::Makes(deployments)),
        ("ListServices", Does::Makes(services)),
        ("ListTaskDefinitions", Does::Makes(definitions)),
        ("ListTasks", Does::Makes(tasks)),
    ],
};

/// The most items of a list on a page.
const PAGE: u64 = 100;

fn cluster_name(ask: &Ask<'_>, index: u64) -> String {
    format!("cluster-{}", ask.hex(Kind::EcsCluster, index))
}

fn cluster_arn(ask: &Ask<'_>, index: u64) -> String {
    ask.arn("ecs", &format!("cluster/{}", cluster_name(ask, index)))
}

/// The cluster of a service.
fn cluster_of(ask: &Ask<'_>, service: u64) -> u64 {
    service % ask.count(Kind::EcsCluster).max(1)
}

fn service_name(ask: &Ask<'_>, index: u64) -> String {
    format!("service-{}", ask.hex(Kind::EcsService, index))
}

/// An ARN of a part of a service: `service`, `task`, `service-deployment`.
fn part_arn(ask: &Ask<'_>, part: &str, index: u64) -> String {
    let cluster = cluster_name(ask, cluster_of(ask, index));
    ask.arn(
        "ecs",
        &format!("{part}/{cluster}/{}", if part == "task" { ask.hex(Kind::EcsService, index) } else { service_name(ask, index) }),
    )
}

fn definition_arn(ask: &Ask<'_>, index: u64) -> String {
    let revision = 1 + ask.dice(Kind::TaskDefinition, index).below(1, 90);
    ask.arn("ecs", &format!("task-definition/app-{}:{revision}", ask.hex(Kind::TaskDefinition, index)))
}

/// The definition that a service runs.
fn definition_of(ask: &Ask<'_>, service: u64) -> String {
    definition_arn(ask, service % ask.count(Kind::TaskDefinition).max(1))
}

fn next(body: &mut Body, next: Option<String>) {
    if let Some(next) = next {
        body.text("nextToken", &next);
    }
}

/// Those of a list of names that exist, and the others as failures.
fn found(ask: &Ask<'_>, kind: Kind, parameter: &str, body: &mut Body) -> Vec<u64> {
    let named = ask.texts(parameter);
    let missing = named.iter().filter(|name| ask.index(kind, name).is_none());
    body.list("failures", "", missing, |body, name| {
        body.text("arn", name);
        body.text("reason", "MISSING");
    });
    named.iter().filter_map(|name| ask.index(kind, name)).collect()
}

fn clusters(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, token) = ask.page(Kind::EcsCluster, "nextToken", ask.num("maxResults").unwrap_or(PAGE).clamp(1, PAGE))?;
    body.texts("clusterArns", "", range.map(|index| cluster_arn(ask, index)));
    next(body, token);
    Ok(())
}

fn describe_clusters(ask: &Ask<'_>, body: &mut Body) -> Made {
    let found = found(ask, Kind::EcsCluster, "clusters", body);
    body.list("clusters", "", found, |body, index| {
        let services = services_of(ask, index).count() as i64;
        body.text("clusterArn", &cluster_arn(ask, index));
        body.text("clusterName", &cluster_name(ask, index));
        body.text("status", "ACTIVE");
        body.num("registeredContainerInstancesCount", 0);
        body.num("runningTasksCount", services);
        body.num("pendingTasksCount", 0);
        body.num("activeServicesCount", services);
        body.list("statistics", "", [] as [u64; 0], |_, _| {});
        body.list("tags", "", [] as [u64; 0], |_, _| {});
        body.list("settings", "", [()], |body, ()| {
            body.text("name", "containerInsights");
            body.text("value", if ask.dice(Kind::EcsCluster, index).percent(1, 70) { "enabled" } else { "disabled" });
        });
        body.texts("capacityProviders", "", ["FARGATE"]);
    });
    Ok(())
}

/// The services of a cluster.
fn services_of(ask: &Ask<'_>, cluster: u64) -> impl Iterator<Item = u64> + use<> {
    (cluster..ask.count(Kind::EcsService)).step_by(ask.count(Kind::EcsCluster).max(1) as usize)
}

/// The cluster that a call names, and a page of its services: indices, and the token of the next.
fn page(ask: &Ask<'_>) -> Result<(Vec<u64>, Option<String>), Refusal> {
    let asked = ask.text("cluster").unwrap_or_default();
    let missing = || Refusal::new(400, "ClusterNotFoundException", "Cluster not found.");
    let cluster = ask.index(Kind::EcsCluster, &asked).ok_or_else(missing)?;
    let from = ask.from("nextToken")?;
    let size = ask.num("maxResults").unwrap_or(10).clamp(1, PAGE) as usize;
    let mut rest = services_of(ask, cluster).skip_while(move |service| *service < from);
    let page: Vec<u64> = rest.by_ref().take(size).collect();
    Ok((page, rest.next().map(|service| ask.token(service))))
}

fn services(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (page, token) = page(ask)?;
    body.texts("serviceArns", "", page.into_iter().map(|index| part_arn(ask, "service", index)));
    next(body, token);
    Ok(())
}

fn describe_services(ask: &Ask<'_>, body: &mut Body) -> Made {
    let found = found(ask, Kind::EcsService, "services", body);
    body.list("services", "", found, |body, index| service(ask, body, index));
    Ok(())
}

/// One service in forty runs nothing of what it should.
fn is_down(dice: Dice) -> bool {
    dice.below(1, 40) == 0
}

fn service(ask: &Ask<'_>, body: &mut Body, index: u64) {
    let dice = ask.dice(Kind::EcsService, index);
    let running = i64::from(!is_down(dice));
    let counts = |body: &mut Body| {
        body.num("desiredCount", 1);
        body.num("runningCount", running);
        body.num("pendingCount", 0);
    };
    body.text("serviceArn", &part_arn(ask, "service", index));
    body.text("serviceName", &service_name(ask, index));
    body.text("clusterArn", &cluster_arn(ask, cluster_of(ask, index)));
    body.text("status", "ACTIVE");
    counts(body);
    body.text("launchType", "FARGATE");
    body.text("platformVersion", "LATEST");
    body.text("platformFamily", "Linux");
    body.text("taskDefinition", &definition_of(ask, index));
    body.text("schedulingStrategy", "REPLICA");
    body.member("deploymentController", |body| body.text("type", "ECS"));
    body.member("deploymentConfiguration", |body| {
        body.member("deploymentCircuitBreaker", |body| {
            body.flag("enable", dice.percent(2, 85));
            body.flag("rollback", dice.percent(2, 85));
        });
        body.num("maximumPercent", 200);
        body.num("minimumHealthyPercent", 100);
        body.text("strategy", "ROLLING");
    });
    body.list("deployments", "", [()], |body, ()| {
        body.fmt("id", format_args!("ecs-svc/{}", ask.hex(Kind::EcsService, index)));
        body.text("status", "PRIMARY");
        body.text("taskDefinition", &definition_of(ask, index));
        counts(body);
        body.num("failedTasks", if is_down(dice) { 12 } else { 0 });
        body.time("createdAt", ask.days_ago(3 + dice.below(3, 60)));
        body.time("updatedAt", ask.days_ago(2));
        body.text("rolloutState", if is_down(dice) { "IN_PROGRESS" } else { "COMPLETED" });
        body.text("rolloutStateReason", "as it was drawn");
    });
    body.list("events", "", [()], |body, ()| {
        body.text("id", &ask.uuid(Kind::EcsService, index));
        body.time("createdAt", ask.days_ago(0));
        let text = if is_down(dice) { "was unable to place a task" } else { "has reached a steady state." };
        body.fmt("message", format_args!("(service {}) {text}", service_name(ask, index)));
    });
    body.list("loadBalancers", "", [] as [u64; 0], |_, _| {});
    body.list("taskSets", "", [] as [u64; 0], |_, _| {});
    body.member("networkConfiguration", |body| {
        body.member("awsvpcConfiguration", |body| {
            body.texts("subnets", "", [ask.id("subnet", Kind::Subnet, index % ask.count(Kind::Subnet).max(1))]);
            body.texts("securityGroups", "", [ask.id("sg", Kind::SecurityGroup, 0)]);
            body.text("assignPublicIp", "DISABLED");
        });
    });
    body.flag("enableExecuteCommand", dice.percent(4, 5));
    body.flag("enableECSManagedTags", true);
    body.time("createdAt", ask.days_ago(100 + dice.below(5, 600)));
    body.list("tags", "", [()], |body, ()| {
        body.text("key", "env");
        body.text("value", dice.pick(6, &["prod", "staging", "dev"]));
    });
}

/// The service that a call about deployments names.
fn deployed(ask: &Ask<'_>) -> Result<u64, Refusal> {
    let asked = ask.text("service").unwrap_or_default();
    ask.index(Kind::EcsService, &asked).ok_or_else(|| Refusal::new(400, "ServiceNotFoundException", "Service not found."))
}

fn deployment(ask: &Ask<'_>, body: &mut Body, index: u64) {
    let dice = ask.dice(Kind::EcsService, index);
    let begun = ask.days_ago(3 + dice.below(3, 60));
    body.text("serviceDeploymentArn", &part_arn(ask, "service-deployment", index));
    body.text("serviceArn", &part_arn(ask, "service", index));
    body.text("clusterArn", &cluster_arn(ask, cluster_of(ask, index)));
    body.text("status", if is_down(dice) { "IN_PROGRESS" } else { "SUCCESSFUL" });
    body.time("createdAt", begun);
    body.time("startedAt", begun);
    if !is_down(dice) {
        body.time("finishedAt", begun + 300);
    }
}

fn deployments(ask: &Ask<'_>, body: &mut Body) -> Made {
    let service = deployed(ask)?;
    body.list("serviceDeployments", "", [service], |body, index| deployment(ask, body, index));
    Ok(())
}

fn describe_deployments(ask: &Ask<'_>, body: &mut Body) -> Made {
    let found = found(ask, Kind::EcsService, "serviceDeploymentArns", body);
    body.list("serviceDeployments", "", found, |body, index| deployment(ask, body, index));
    Ok(())
}

fn tasks(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (page, token) = page(ask)?;
    let is_running = ask.text("desiredStatus").is_none_or(|status| status == "RUNNING");
    let running = page.into_iter().filter(|index| is_running && !is_down(ask.dice(Kind::EcsService, *index)));
    body.texts("taskArns", "", running.map(|index| part_arn(ask, "task", index)));
    next(body, token);
    Ok(())
}

fn describe_tasks(ask: &Ask<'_>, body: &mut Body) -> Made {
    let found = found(ask, Kind::EcsService, "tasks", body);
    body.list("tasks", "", found, |body, index| {
        let arn = part_arn(ask, "task", index);
        body.text("taskArn", &arn);
        body.text("clusterArn", &cluster_arn(ask, cluster_of(ask, index)));
        body.text("taskDefinitionArn", &definition_of(ask, index));
        body.text("group", &format!("service:{}", service_name(ask, index)));
        body.fmt("startedBy", format_args!("ecs-svc/{}", ask.hex(Kind::EcsService, index)));
        body.text("launchType", "FARGATE");
        body.text("lastStatus", "RUNNING");
        body.text("desiredStatus", "RUNNING");
        body.text("healthStatus", "HEALTHY");
        body.text("connectivity", "CONNECTED");
        body.time("createdAt", ask.days_ago(3));
        body.time("startedAt", ask.days_ago(3) + 30);
        body.list("containers", "", [()], |body, ()| {
            body.text("containerArn", &ask.arn("ecs", &format!("container/{}", ask.uuid(Kind::EcsService, index))));
            body.text("taskArn", &arn);
            body.text("name", "app");
            body.text("lastStatus", "RUNNING");
            body.text("healthStatus", "HEALTHY");
        });
        body.list("attachments", "", [] as [u64; 0], |_, _| {});
    });
    Ok(())
}

fn definitions(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, token) = ask.page(Kind::TaskDefinition, "nextToken", ask.num("maxResults").unwrap_or(PAGE).clamp(1, PAGE))?;
    body.texts("taskDefinitionArns", "", range.map(|index| definition_arn(ask, index)));
    next(body, token);
    Ok(())
}

fn describe_definition(ask: &Ask<'_>, body: &mut Body) -> Made {
    let asked = ask.text("taskDefinition").unwrap_or_default();
    let (family, _) = asked.rsplit('/').next().unwrap_or_default().split_once(':').unwrap_or((asked.as_ref(), ""));
    let missing = || Refusal::new(400, "ClientException", "Unable to describe task definition.");
    let index = ask.index(Kind::TaskDefinition, family).ok_or_else(missing)?;
    let dice = ask.dice(Kind::TaskDefinition, index);
    let arn = definition_arn(ask, index);
    let role = |name: &str| format!("arn:aws:iam::{}:role/{name}", ask.account);
    body.member("taskDefinition", |body| {
        body.text("taskDefinitionArn", &arn);
        body.list("containerDefinitions", "", [()], |body, ()| {
            body.text("name", "app");
            body.fmt("image", format_args!("{}.dkr.ecr.{}.amazonaws.com/app:{}", ask.account, ask.region_name(), dice.below(2, 900)));
            body.num("cpu", 256);
            body.num("memory", 512);
            body.list("portMappings", "", [()], |body, ()| body.num("containerPort", 8_080));
            body.flag("essential", true);
            body.list("environment", "", [()], |body, ()| {
                body.text("name", "LOG_LEVEL");
                body.text("value", "info");
            });
            if dice.percent(3, 95) {
                body.member("logConfiguration", |body| {
                    body.text("logDriver", "awslogs");
                    body.member("options", |body| {
                        let groups = ask.count(Kind::LogGroup);
                        let group =
                            if groups > 0 { super::logs::name(ask, groups - 1 - index % groups) } else { "/ecs/service".to_owned() };
                        body.text("awslogs-group", &group);
                        body.text("awslogs-region", ask.region_name());
                    });
                });
            }
            body.flag("privileged", dice.percent(4, 1));
            body.flag("readonlyRootFilesystem", dice.percent(5, 50));
        });
        body.text("family", family);
        body.text("taskRoleArn", &role("app-task"));
        body.text("executionRoleArn", &role("app-execution"));
        body.text("networkMode", "awsvpc");
        body.num("revision", 1 + dice.below(1, 90) as i64);
        body.list("volumes", "", [] as [u64; 0], |_, _| {});
        body.text("status", "ACTIVE");
        body.texts("compatibilities", "", ["EC2", "FARGATE"]);
        body.texts("requiresCompatibilities", "", ["FARGATE"]);
        body.text("cpu", "256");
        body.text("memory", "512");
    });
    body.list("tags", "", [] as [u64; 0], |_, _| {});
    Ok(())
}
