//! Services: what is to run, and what runs.
//!
//! `running_count` counts tasks that run, healthy or not, and sums old and new deployments while one replaces the other; what a
//! deployment has of its own is in `aws_ecs_deployment`.

use aws_sdk_ecs::types::{self, DeploymentControllerType, ServiceField};
use macro_rules_attribute::apply;

use super::cluster::Cluster;
use super::service_deployment::{ServiceDeployment, emit_deployments};
use super::service_parts::{Deployment, LoadBalancer, ServiceEvent, TaskSet, emit_parts};
use super::{call, is_whole, last_name, tags};
use crate::aws::{Cx, Unread, Word};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{Found, identified, reader, text, time};

/// A service, as DescribeServices tells it.
#[apply(row!)]
#[table("aws_ecs_service", key(arn))]
pub struct Service {
    /// ARN of the service.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name.
    pub name: String,
    /// Its cluster.
    pub cluster_arn: String,
    /// The cluster's name.
    #[is(derived)]
    pub cluster_name: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// `REPLICA`, or `DAEMON` for one task on every instance.
    pub scheduling_strategy: Fact<String>,
    /// Tasks that are to run; for a daemon AWS counts the instances.
    #[is(churn)]
    pub desired_count: i64,
    /// Tasks that run, of all its deployments.
    #[is(churn)]
    pub running_count: i64,
    /// Tasks that are being started.
    #[is(churn)]
    pub pending_count: i64,
    /// `FARGATE`, `EC2`, `EXTERNAL` or `MANAGED_INSTANCES`; '' where capacity providers decide.
    pub launch_type: String,
    /// Capacity providers of its strategy, a list.
    pub capacity_providers: Json,
    /// Fargate platform as it was asked for (`LATEST`, `1.4.0`), or ''.
    pub platform_version: String,
    /// Platform family (`Linux`, `Windows-…`), or ''.
    pub platform_family: String,
    /// ARN of the task definition that is to run; '' where task sets say it.
    pub task_definition: String,
    /// Who replaces tasks by new ones: `ECS` (also where AWS names nobody), `CODE_DEPLOY` or `EXTERNAL`.
    pub deployment_controller: Fact<String>,
    /// How ECS does it: `ROLLING` (also where AWS says nothing), `BLUE_GREEN`, `LINEAR` or `CANARY`.
    pub deployment_strategy: Fact<String>,
    /// Minutes that a deployment takes by design, apart from starting tasks: steps and baking.
    pub bake_minutes: f64,
    /// Whether the circuit breaker ends a deployment whose tasks do not start; off where AWS says nothing.
    pub circuit_breaker: bool,
    /// Whether it goes back to the last deployment that worked.
    pub circuit_breaker_rollback: bool,
    /// Whether alarms end a deployment.
    pub alarms_enabled: bool,
    /// Percent of the desired count that must stay running in a deployment; -1 where AWS says nothing.
    pub minimum_healthy_percent: i64,
    /// Percent of the desired count that may run in a deployment; -1 where AWS says nothing.
    pub maximum_percent: i64,
    /// Seconds for which failed health checks of a load balancer do not count after a task's start; 0 where AWS says nothing.
    pub health_check_grace_period_seconds: i64,
    /// Subnets of its tasks, a list.
    pub subnet_ids: Json,
    /// Security groups of its tasks, a list.
    pub security_group_ids: Json,
    /// Whether its tasks get public addresses; false where AWS says nothing.
    pub assign_public_ip: bool,
    /// Whether commands can be run in its containers (ECS Exec).
    pub enable_execute_command: bool,
    /// When it was made.
    pub created_at: Time,
    /// The service deployment that goes on or came last, or ''.
    #[is(churn)]
    pub current_service_deployment: String,
    /// Its newest service deployments, twenty at most; they are in `aws_ecs_service_deployment`. 0 where others than ECS are in charge.
    #[is(churn)]
    pub service_deployment_count: Fact<i64>,
    /// Tags, a map.
    pub tags: Json,
}

/// DescribeServices takes so many at once.
const AT_ONCE: usize = 10;

reader! {
    "ecs/service", Regional,
    fills [Service::TABLE, Deployment::TABLE, ServiceEvent::TABLE, LoadBalancer::TABLE, TaskSet::TABLE, ServiceDeployment::TABLE],
    calls [call::ListServices, call::DescribeServices, call::ListServiceDeployments, call::DescribeServiceDeployments],
    needs [Cluster::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select arn from aws_ecs_cluster where account_id = ?1 and region = ?2 and arn > ?3 order by arn limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(clusters) = found.next(|row| row.get::<_, String>(0)).await? {
        for cluster in clusters {
            read_cluster(&cx, &cluster).await?;
        }
    }
    Ok(())
}

async fn read_cluster(cx: &Cx, cluster: &str) -> Result<(), Unread> {
    let ecs: aws_sdk_ecs::Client = cx.client();
    // Without a cluster AWS silently takes the one that is named `default`.
    let mut pages =
        cx.pages(call::ListServices, |token| ecs.list_services().cluster(cluster).max_results(100).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for arns in page.service_arns().chunks(AT_ONCE) {
            let request = ecs.describe_services().cluster(cluster).set_services(Some(arns.to_vec())).include(ServiceField::Tags);
            let told = cx.call(call::DescribeServices, request.send()).await?;
            let mut services = Vec::new();
            for service in told.services() {
                let arn = identified!(cx, call::DescribeServices, service.service_arn());
                services.push((arn.to_owned(), service.clone()));
            }
            cx.each(services, |(arn, service)| emit(cx, cluster, arn, service)).await;
            if !is_whole(arns.len(), told.services().len(), told.failures()) {
                cx.malformed(call::DescribeServices, "leaves out a service").await;
            }
        }
    }
    Ok(())
}

async fn emit(cx: &Cx, cluster: &str, arn: String, service: types::Service) {
    emit_parts(cx, &arn, &service).await;
    let table = Service::TABLE;
    let deployment = service.deployment_configuration();
    let breaker = deployment.and_then(|deployment| deployment.deployment_circuit_breaker());
    let controller = service.deployment_controller().map(|controller| controller.r#type());
    let usual = DeploymentControllerType::Ecs;
    let deployment_controller = named(cx, &arn, &["deployment_controller"], controller, usual.as_str()).await;
    let service_deployment_count = match &deployment_controller {
        Fact::Known(controller) if controller == usual.as_str() => emit_deployments(cx, cluster, &arn).await,
        Fact::Known(_) => Fact::Known(0),
        Fact::Unread => Fact::Unread,
    };
    let strategy = deployment.and_then(|deployment| deployment.strategy());
    let network = service.network_configuration().and_then(|network| network.awsvpc_configuration());
    let providers = service.capacity_provider_strategy().iter().map(|item| item.capacity_provider().to_owned());
    let percent = |percent: Option<i32>| percent.map_or(-1, i64::from);
    cx.emit(Service {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        name: text(service.service_name()),
        cluster_arn: text(service.cluster_arn()),
        cluster_name: last_name(service.cluster_arn().unwrap_or(cluster)),
        status: text(service.status()),
        scheduling_strategy: cx.word(table, &arn, &["scheduling_strategy"], service.scheduling_strategy(), &[]).await,
        desired_count: service.desired_count().into(),
        running_count: service.running_count().into(),
        pending_count: service.pending_count().into(),
        launch_type: text(service.launch_type().map(|launch_type| launch_type.as_str())),
        capacity_providers: Json::set(providers),
        platform_version: text(service.platform_version()),
        platform_family: text(service.platform_family()),
        task_definition: text(service.task_definition()),
        deployment_controller,
        deployment_strategy: named(cx, &arn, &["deployment_strategy"], strategy, types::DeploymentStrategy::Rolling.as_str()).await,
        bake_minutes: deployment.into_iter().map(bake_minutes).fold(0.0, f64::max),
        circuit_breaker: breaker.is_some_and(|breaker| breaker.enable()),
        circuit_breaker_rollback: breaker.is_some_and(|breaker| breaker.rollback()),
        alarms_enabled: deployment.and_then(|deployment| deployment.alarms()).is_some_and(|alarms| alarms.enable()),
        minimum_healthy_percent: percent(deployment.and_then(|deployment| deployment.minimum_healthy_percent())),
        maximum_percent: percent(deployment.and_then(|deployment| deployment.maximum_percent())),
        health_check_grace_period_seconds: service.health_check_grace_period_seconds().into_iter().map(i64::from).sum(),
        subnet_ids: Json::set(network.into_iter().flat_map(|network| network.subnets().iter().cloned())),
        security_group_ids: Json::set(network.into_iter().flat_map(|network| network.security_groups().iter().cloned())),
        assign_public_ip: network.and_then(|network| network.assign_public_ip()) == Some(&types::AssignPublicIp::Enabled),
        enable_execute_command: service.enable_execute_command(),
        created_at: time(service.created_at()),
        current_service_deployment: text(service.current_service_deployment()),
        service_deployment_count,
        tags: tags(service.tags()),
        arn: arn.clone(),
    })
    .await;
}

/// A word that AWS leaves out where it is the usual one.
async fn named<W: Word>(cx: &Cx, arn: &str, columns: &'static [&'static str], word: Option<&W>, usual: &str) -> Fact<String> {
    match word {
        None => Fact::Known(usual.to_owned()),
        Some(_) => cx.word(Service::TABLE, arn, columns, word, &[]).await,
    }
}

/// Minutes that the steps of a deployment and the waiting between them take; none for what is not configured.
fn bake_minutes(deployment: &types::DeploymentConfiguration) -> f64 {
    let linear = deployment.linear_configuration().and_then(|linear| {
        let steps = (100.0 / linear.step_percent().filter(|percent| *percent > 0.0)?).ceil();
        Some(steps * f64::from(linear.step_bake_time_in_minutes()?))
    });
    let canary = deployment.canary_configuration().and_then(|canary| canary.canary_bake_time_in_minutes()).map(f64::from);
    let bake = deployment.bake_time_in_minutes().map(f64::from);
    [linear, canary, bake].into_iter().flatten().fold(0.0, |all, one| all + one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    const LIST: &str = r#"{"serviceArns": ["arn:aws:ecs:us-east-1:1:service/c/pay", "arn:aws:ecs:us-east-1:1:service/c/old"]}"#;
    const TOLD: &str = r#"{"services": [
        {"serviceArn": "arn:aws:ecs:us-east-1:1:service/c/pay", "serviceName": "pay", "clusterArn": "arn:aws:ecs:us-east-1:1:cluster/c",
         "status": "ACTIVE", "schedulingStrategy": "REPLICA", "desiredCount": 2, "runningCount": 1, "pendingCount": 1,
         "taskDefinition": "arn:aws:ecs:us-east-1:1:task-definition/pay:7", "deploymentController": {"type": "ECS"},
         "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": true, "rollback": true}, "minimumHealthyPercent": 50,
            "strategy": "LINEAR", "linearConfiguration": {"stepPercent": 30, "stepBakeTimeInMinutes": 5}, "bakeTimeInMinutes": 10},
         "loadBalancers": [{"targetGroupArn": "arn:tg/blue", "containerName": "app", "containerPort": 8080,
            "advancedConfiguration": {"alternateTargetGroupArn": "arn:tg/green", "productionListenerRule": "arn:rule"}}],
         "deployments": [{"id": "ecs-svc/1", "status": "PRIMARY", "rolloutState": "IN_PROGRESS", "failedTasks": 3, "createdAt": 1700000000},
            {"id": "ecs-svc/0", "status": "ACTIVE", "rolloutState": "HOVERING"}],
         "events": [{"id": "e1", "createdAt": 1700000000, "message": "(service pay) has reached a steady state."}]},
        {"serviceArn": "arn:aws:ecs:us-east-1:1:service/c/old", "serviceName": "old", "clusterArn": "arn:aws:ecs:us-east-1:1:cluster/c",
         "status": "ACTIVE", "schedulingStrategy": "SOMETIMES", "deploymentController": {"type": "CODE_DEPLOY"},
         "taskSets": [{"id": "ecs-svc/9", "taskSetArn": "arn:ts", "status": "PRIMARY", "computedDesiredCount": 2, "runningCount": 2,
            "stabilityStatus": "STEADY_STATE", "loadBalancers": [{"targetGroupArn": "arn:tg/steady", "containerName": "app"}]}]}]}"#;
    const BRIEF: &str = r#"{"serviceDeployments": [
        {"serviceDeploymentArn": "arn:sd/1", "status": "SUCCESSFUL", "createdAt": 1600000000},
        {"serviceDeploymentArn": "arn:sd/2", "status": "ROLLBACK_SUCCESSFUL", "statusReason": "circuit breaker", "createdAt": 1700000000}]}"#;
    const DETAIL: &str = r#"{"serviceDeployments": [{"serviceDeploymentArn": "arn:sd/2", "lifecycleStage": "BAKE_TIME",
        "rollback": {"reason": "Circuit breaker rollback initiated"}, "deploymentCircuitBreaker": {"status": "TRIGGERED", "failureCount": 3, "threshold": 3},
        "lifecycleHookDetails": [{"status": "AWAITING_ACTION"}]},
        {"serviceDeploymentArn": "arn:sd/1"}]}"#;

    fn script() -> Script {
        let cluster = format!("'arn:aws:ecs:us-east-1:1:cluster/c', '{ACCOUNT}', 'us-east-1', 'c'");
        Script::default()
            .on("ListServices", LIST)
            .on("DescribeServices", TOLD)
            .on("ListServiceDeployments", BRIEF)
            .on("DescribeServiceDeployments", DETAIL)
            .seed("aws_ecs_cluster (arn, account_id, region, name)", &cluster)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::ListServices, r#"{"serviceArns": []}"#, 2).await;
    }

    #[tokio::test]
    async fn what_aws_leaves_out_is_the_usual_and_what_is_not_known_is_unread() {
        let read = script().read(READER).await;
        let sql = "select name, scheduling_strategy, deployment_controller, deployment_strategy, bake_minutes, circuit_breaker,
            minimum_healthy_percent, service_deployment_count from aws_ecs_service order by 1";
        assert_eq!(read.all(sql), ["old|unread|CODE_DEPLOY|ROLLING|0|0|-1|0", "pay|REPLICA|ECS|LINEAR|30|1|50|2"]);
        let sql = "select deployment_id, rollout_state, failed_tasks from aws_ecs_deployment order by 1";
        assert_eq!(read.all(sql), ["ecs-svc/0|unread|0", "ecs-svc/1|IN_PROGRESS|3"]);
        let sql = "select arn, task_set_id, target_group_arn, alternate_target_group_arn, container_port from aws_ecs_service_load_balancer order by 1";
        let pay = "arn:aws:ecs:us-east-1:1:service/c/pay||arn:tg/blue|arn:tg/green|8080";
        assert_eq!(read.all(sql), ["arn:aws:ecs:us-east-1:1:service/c/old|ecs-svc/9|arn:tg/steady||-1", pay]);
        let sql = "select task_set_id, status, stability_status, computed_desired_count from aws_ecs_task_set";
        assert_eq!(read.one(sql), "ecs-svc/9|PRIMARY|STEADY_STATE|2");
        assert_eq!(read.one("select message from aws_ecs_service_event"), "(service pay) has reached a steady state.");
    }

    #[tokio::test]
    async fn deployments_tell_how_they_ended() {
        let sql = "select service_deployment_arn, status, rollback_reason, circuit_breaker_status, is_waiting_for_someone
            from aws_ecs_service_deployment order by 1";
        let read = script().read(READER).await;
        let newest = "arn:sd/2|ROLLBACK_SUCCESSFUL|Circuit breaker rollback initiated|TRIGGERED|1";
        assert_eq!(read.all(sql), ["arn:sd/1|SUCCESSFUL|||0", newest]);
        let read = script().read_with(READER, call::DescribeServiceDeployments, Fault::Denied).await;
        assert_eq!(read.all(sql)[1], "arn:sd/2|ROLLBACK_SUCCESSFUL|unread|unread|unread");
        let read = script().read_with(READER, call::ListServiceDeployments, Fault::Denied).await;
        assert_eq!(read.all("select service_deployment_count from aws_ecs_service order by name"), ["0", "unread"]);
        assert_eq!(read.count("aws_ecs_service_deployment"), 0);
    }
}
