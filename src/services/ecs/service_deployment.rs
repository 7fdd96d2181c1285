//! Service deployments: how each change of a service ended. AWS keeps them for 90 days.

use aws_sdk_ecs::types;
use macro_rules_attribute::apply;

use super::call;
use super::service::Service;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row, Time};
use crate::services::{text, time};

/// One of the twenty newest deployments of a service, as ListServiceDeployments and DescribeServiceDeployments tell it.
#[apply(row!)]
#[table(
    "aws_ecs_service_deployment", key(arn, service_deployment_arn),
    guard("aws_ecs_service", "service_deployment_count"),
    part_of("aws_ecs_service", arn = arn),
    is(churn)
)]
pub struct ServiceDeployment {
    /// ARN of the service.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// ARN of the deployment.
    pub service_deployment_arn: String,
    /// Whether no other one of the service is newer.
    pub is_newest: bool,
    /// `PENDING`, `IN_PROGRESS`, `SUCCESSFUL`, `STOP_REQUESTED`, `STOPPED`, `ROLLBACK_REQUESTED`, `ROLLBACK_IN_PROGRESS`,
    /// `ROLLBACK_SUCCESSFUL` or `ROLLBACK_FAILED`.
    pub status: Fact<String>,
    /// Why, in AWS's words, or ''.
    pub status_reason: String,
    /// When it was asked for.
    pub created_at: Time,
    /// When it began, or ''.
    pub started_at: Time,
    /// When it ended, or ''.
    pub finished_at: Time,
    /// Revision that it was to bring.
    pub target_service_revision_arn: String,
    /// Stage of a blue/green deployment (`TEST_TRAFFIC_SHIFT`, `BAKE_TIME`, …), or ''.
    pub lifecycle_stage: Fact<String>,
    /// Whether it waits until somebody lets it go on: one of its hooks awaits an action.
    pub is_waiting_for_someone: Fact<bool>,
    /// Why it was taken back, in AWS's words, or ''.
    pub rollback_reason: Fact<String>,
    /// `TRIGGERED`, `MONITORING`, `MONITORING_COMPLETE` or `DISABLED`; '' where AWS says nothing.
    pub circuit_breaker_status: Fact<String>,
}

/// How many are kept; DescribeServiceDeployments takes no more at once.
const NEWEST: usize = 20;

/// Stores the newest deployments of a service, and says how many there are.
pub(super) async fn emit_deployments(cx: &Cx, cluster: &str, arn: &str) -> Fact<i64> {
    let about = cx.about(Service::TABLE, arn, &["service_deployment_count"]);
    let Ok(mut listed) = list(&about, cluster, arn).await else { return Fact::Unread };
    listed.sort_by_key(|deployment| std::cmp::Reverse(deployment.created_at().map(|moment| moment.as_nanos())));
    listed.truncate(NEWEST);
    let details = Fact::from(describe(cx, arn, &listed).await);
    for (index, deployment) in listed.iter().enumerate() {
        let arn_of = deployment.service_deployment_arn();
        let detail =
            details.as_ref().and_then(|details| Fact::told(details.iter().find(|detail| detail.service_deployment_arn() == arn_of)));
        let is_waiting = |detail: &types::ServiceDeployment| {
            detail.lifecycle_hook_details().iter().any(|hook| hook.status().is_some_and(|status| status.as_str() == "AWAITING_ACTION"))
        };
        let breaker = |detail: &types::ServiceDeployment| {
            text(detail.deployment_circuit_breaker().and_then(|breaker| breaker.status()).map(|status| status.as_str()))
        };
        cx.emit(ServiceDeployment {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            service_deployment_arn: text(arn_of),
            is_newest: index == 0,
            status: cx.word(ServiceDeployment::TABLE, arn, &["status"], deployment.status(), &[]).await,
            status_reason: text(deployment.status_reason()),
            created_at: time(deployment.created_at()),
            started_at: time(deployment.started_at()),
            finished_at: time(deployment.finished_at()),
            target_service_revision_arn: text(deployment.target_service_revision_arn()),
            lifecycle_stage: detail.as_ref().map(|detail| text(detail.lifecycle_stage().map(|stage| stage.as_str()))),
            is_waiting_for_someone: detail.as_ref().map(|detail| is_waiting(detail)),
            rollback_reason: detail.as_ref().map(|detail| text(detail.rollback().and_then(|rollback| rollback.reason()))),
            circuit_breaker_status: detail.as_ref().map(|detail| breaker(detail)),
        })
        .await;
    }
    Fact::Known(listed.len() as i64)
}

async fn list(cx: &Cx, cluster: &str, arn: &str) -> Result<Vec<types::ServiceDeploymentBrief>, Unread> {
    let ecs: aws_sdk_ecs::Client = cx.client();
    let mut listed = Vec::new();
    let mut pages = cx.pages(call::ListServiceDeployments, |token| {
        ecs.list_service_deployments().cluster(cluster).service(arn).max_results(100).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        listed.extend_from_slice(page.service_deployments());
    }
    Ok(listed)
}

async fn describe(cx: &Cx, arn: &str, listed: &[types::ServiceDeploymentBrief]) -> Result<Vec<types::ServiceDeployment>, Unread> {
    let arns: Vec<String> = listed.iter().filter_map(|deployment| deployment.service_deployment_arn().map(str::to_owned)).collect();
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let ecs: aws_sdk_ecs::Client = cx.client();
    let columns = &["lifecycle_stage", "is_waiting_for_someone", "rollback_reason", "circuit_breaker_status"];
    let about = cx.about(ServiceDeployment::TABLE, arn, columns);
    let request = ecs.describe_service_deployments().set_service_deployment_arns(Some(arns));
    let told = about.call(call::DescribeServiceDeployments, request.send()).await?;
    Ok(told.service_deployments().to_vec())
}
