//! What DescribeServices tells inside of a service: deployments, events, load balancers, task sets.

use aws_sdk_ecs::types;
use macro_rules_attribute::apply;

use crate::aws::Cx;
use crate::inventory::table::row;
use crate::inventory::{Fact, Row, Time};
use crate::services::{text, time};

/// A deployment of a service that ECS itself replaces tasks for, as DescribeServices tells it.
#[apply(row!)]
#[table("aws_ecs_deployment", key(arn, deployment_id), part_of("aws_ecs_service", arn = arn), is(churn))]
pub struct Deployment {
    /// ARN of the service.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `ecs-svc/…`; the service's tasks name it in `aws_ecs_task.started_by`.
    pub deployment_id: String,
    /// `PRIMARY` for the newest, `ACTIVE` for older ones that still have tasks, `INACTIVE`.
    pub status: String,
    /// `COMPLETED`, `IN_PROGRESS` or `FAILED`; '' where AWS says none: behind a Classic Load Balancer, and where ECS is not in charge.
    pub rollout_state: Fact<String>,
    /// Why, in AWS's words, or ''.
    pub rollout_state_reason: String,
    /// ARN of its task definition.
    pub task_definition: String,
    /// Tasks that it is to run.
    pub desired_count: i64,
    /// Tasks that it runs.
    pub running_count: i64,
    /// Tasks that it is starting.
    pub pending_count: i64,
    /// Tasks in a row that did not start; AWS counts from 0 again as soon as one runs.
    pub failed_tasks: i64,
    /// When it began.
    pub created_at: Time,
    /// When it changed last.
    pub updated_at: Time,
}

/// What a service said of itself; AWS keeps the 100 newest.
#[apply(row!)]
#[table("aws_ecs_service_event", key(arn, event_id), part_of("aws_ecs_service", arn = arn), is(churn))]
pub struct ServiceEvent {
    /// ARN of the service.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the event.
    pub event_id: String,
    /// When it was said.
    pub created_at: Time,
    /// What was said.
    pub message: String,
}

/// A load balancer in front of a service, or of one of its task sets.
#[apply(row!)]
#[table(
    "aws_ecs_service_load_balancer", key(arn, task_set_id, target_group_arn, load_balancer_name, container_name),
    part_of("aws_ecs_service", arn = arn)
)]
pub struct LoadBalancer {
    /// ARN of the service.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Task set that it is in front of; '' for the service itself.
    pub task_set_id: String,
    /// Target group, or '' for a Classic Load Balancer.
    pub target_group_arn: String,
    /// The other target group of a blue/green pair, or ''. Either of the two can be the one in use.
    pub alternate_target_group_arn: String,
    /// Listener rule that carries production traffic in blue/green deployments, or ''.
    pub production_listener_rule: String,
    /// Name of a Classic Load Balancer, or ''.
    pub load_balancer_name: String,
    /// Container that gets the traffic.
    pub container_name: String,
    /// Its port; -1 where AWS names none.
    pub container_port: i64,
}

/// A task set: what a deployment is where CodeDeploy or somebody else is in charge of it.
#[apply(row!)]
#[table("aws_ecs_task_set", key(arn, task_set_id), part_of("aws_ecs_service", arn = arn), is(churn))]
pub struct TaskSet {
    /// ARN of the service.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `ecs-svc/…`; its tasks name it in `aws_ecs_task.started_by`.
    pub task_set_id: String,
    /// `PRIMARY` for the one that serves, `ACTIVE`, `DRAINING`.
    pub status: String,
    /// `STEADY_STATE` or `STABILIZING`.
    pub stability_status: Fact<String>,
    /// Since when.
    pub stability_status_at: Time,
    /// ARN of its task definition.
    pub task_definition: String,
    /// Tasks that it is to run.
    pub computed_desired_count: i64,
    /// Tasks that it runs.
    pub running_count: i64,
    /// Tasks that it is starting.
    pub pending_count: i64,
    /// When it was made.
    pub created_at: Time,
}

/// Stores what a service tells besides itself.
pub(super) async fn emit_parts(cx: &Cx, arn: &str, service: &types::Service) {
    for deployment in service.deployments() {
        let state = deployment.rollout_state();
        cx.emit(Deployment {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            deployment_id: text(deployment.id()),
            status: text(deployment.status()),
            rollout_state: cx.word(Deployment::TABLE, arn, &["rollout_state"], state, &[]).await,
            rollout_state_reason: text(deployment.rollout_state_reason()),
            task_definition: text(deployment.task_definition()),
            desired_count: deployment.desired_count().into(),
            running_count: deployment.running_count().into(),
            pending_count: deployment.pending_count().into(),
            failed_tasks: deployment.failed_tasks().into(),
            created_at: time(deployment.created_at()),
            updated_at: time(deployment.updated_at()),
        })
        .await;
    }
    for event in service.events() {
        cx.emit(ServiceEvent {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            event_id: text(event.id()),
            created_at: time(event.created_at()),
            message: text(event.message()),
        })
        .await;
    }
    emit_load_balancers(cx, arn, "", service.load_balancers()).await;
    for set in service.task_sets() {
        let id = text(set.id());
        emit_load_balancers(cx, arn, &id, set.load_balancers()).await;
        cx.emit(TaskSet {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            task_set_id: id,
            status: text(set.status()),
            stability_status: cx.word(TaskSet::TABLE, arn, &["stability_status"], set.stability_status(), &[]).await,
            stability_status_at: time(set.stability_status_at()),
            task_definition: text(set.task_definition()),
            computed_desired_count: set.computed_desired_count().into(),
            running_count: set.running_count().into(),
            pending_count: set.pending_count().into(),
            created_at: time(set.created_at()),
        })
        .await;
    }
}

async fn emit_load_balancers(cx: &Cx, arn: &str, task_set_id: &str, balancers: &[types::LoadBalancer]) {
    for balancer in balancers {
        let advanced = balancer.advanced_configuration();
        cx.emit(LoadBalancer {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            task_set_id: task_set_id.to_owned(),
            target_group_arn: text(balancer.target_group_arn()),
            alternate_target_group_arn: text(advanced.and_then(|advanced| advanced.alternate_target_group_arn())),
            production_listener_rule: text(advanced.and_then(|advanced| advanced.production_listener_rule())),
            load_balancer_name: text(balancer.load_balancer_name()),
            container_name: text(balancer.container_name()),
            container_port: balancer.container_port().map_or(-1, i64::from),
        })
        .await;
    }
}
