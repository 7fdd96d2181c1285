//! Scalable targets of ECS.

use std::collections::HashMap;

use aws_sdk_applicationautoscaling::types::{ScalableTarget, ServiceNamespace};
use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row, Time};
use crate::services::{reader, time};

/// A service of ECS whose number of tasks may change by itself, as DescribeScalableTargets tells it.
#[apply(row!)]
#[table("aws_appautoscaling_target", key(arn, resource_id, scalable_dimension))]
pub struct Target {
    /// ARN of the target; '' for one that was made before targets had any.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `ecs`.
    pub service_namespace: String,
    /// `service/CLUSTER/SERVICE`.
    pub resource_id: String,
    /// `ecs:service:DesiredCount`.
    pub scalable_dimension: String,
    /// Fewest tasks.
    pub min_capacity: i64,
    /// Most tasks.
    pub max_capacity: i64,
    /// When it was registered.
    pub creation_time: Time,
    /// Its scaling policies.
    pub policy_count: Fact<i64>,
    /// Its scheduled actions.
    pub scheduled_action_count: Fact<i64>,
}

reader! {
    "applicationautoscaling/target", Regional, fills [Target::TABLE],
    calls [call::DescribeScalableTargets, call::DescribeScalingPolicies, call::DescribeScheduledActions], by read
}

/// Counts by resource.
type Counts = HashMap<String, i64>;

async fn read(cx: Cx) -> Result<(), Unread> {
    let scaling: aws_sdk_applicationautoscaling::Client = cx.client();
    let mut counts = None;
    let mut pages = cx.pages(call::DescribeScalableTargets, |token| {
        scaling.describe_scalable_targets().service_namespace(ServiceNamespace::Ecs).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        // Where nothing scales, nobody needs to ask by what.
        if counts.is_none() && !page.scalable_targets().is_empty() {
            let policies = Fact::from(policies(&cx.about_rows(Target::TABLE, &["policy_count"])).await);
            let actions = Fact::from(actions(&cx.about_rows(Target::TABLE, &["scheduled_action_count"])).await);
            counts = Some((policies, actions));
        }
        let Some((policies, actions)) = &counts else { continue };
        for target in page.scalable_targets() {
            emit(&cx, target, policies, actions).await;
        }
    }
    Ok(())
}

async fn emit(cx: &Cx, target: &ScalableTarget, policies: &Fact<Counts>, actions: &Fact<Counts>) {
    // Who is in no list has none.
    let count = |counts: &Fact<Counts>| counts.as_ref().map(|counts| counts.get(target.resource_id()).into_iter().sum::<i64>());
    cx.emit(Target {
        arn: crate::services::text(target.scalable_target_arn()),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        service_namespace: target.service_namespace().as_str().to_owned(),
        resource_id: target.resource_id().to_owned(),
        scalable_dimension: target.scalable_dimension().as_str().to_owned(),
        min_capacity: target.min_capacity().into(),
        max_capacity: target.max_capacity().into(),
        creation_time: time(Some(target.creation_time())),
        policy_count: count(policies),
        scheduled_action_count: count(actions),
    })
    .await;
}

async fn policies(cx: &Cx) -> Result<Counts, Unread> {
    let scaling: aws_sdk_applicationautoscaling::Client = cx.client();
    let mut counts = Counts::new();
    let mut pages = cx.pages(call::DescribeScalingPolicies, |token| {
        scaling.describe_scaling_policies().service_namespace(ServiceNamespace::Ecs).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        page.scaling_policies().iter().for_each(|policy| count_one(&mut counts, policy.resource_id()));
    }
    Ok(counts)
}

async fn actions(cx: &Cx) -> Result<Counts, Unread> {
    let scaling: aws_sdk_applicationautoscaling::Client = cx.client();
    let mut counts = Counts::new();
    let mut pages = cx.pages(call::DescribeScheduledActions, |token| {
        scaling.describe_scheduled_actions().service_namespace(ServiceNamespace::Ecs).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        page.scheduled_actions().iter().for_each(|action| count_one(&mut counts, action.resource_id()));
    }
    Ok(counts)
}

fn count_one(counts: &mut Counts, resource_id: &str) {
    counts.entry(resource_id.to_owned()).and_modify(|count| *count += 1).or_insert(1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    fn target(service: &str) -> String {
        format!(
            r#"{{"ServiceNamespace": "ecs", "ResourceId": "service/c/{service}", "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": 0, "MaxCapacity": 4, "RoleARN": "arn:role", "CreationTime": 1700000000}}"#
        )
    }

    fn script() -> Script {
        let policy = r#"{"PolicyARN": "arn:p", "PolicyName": "p", "ServiceNamespace": "ecs", "ResourceId": "service/c/a",
            "ScalableDimension": "ecs:service:DesiredCount", "PolicyType": "TargetTrackingScaling", "CreationTime": 1700000000}"#;
        Script::default()
            .on("DescribeScalableTargets", &format!(r#"{{"ScalableTargets": [{}, {}]}}"#, target("a"), target("b")))
            .on("DescribeScalingPolicies", &format!(r#"{{"ScalingPolicies": [{policy}]}}"#))
            .on("DescribeScheduledActions", "{}")
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::DescribeScalableTargets, r#"{"ScalableTargets": []}"#, 2).await;
    }

    #[tokio::test]
    async fn who_has_no_policy_has_none_and_what_was_denied_is_unread() {
        let sql = "select resource_id, max_capacity, policy_count, scheduled_action_count from aws_appautoscaling_target order by 1";
        assert_eq!(script().read(READER).await.all(sql), ["service/c/a|4|1|0", "service/c/b|4|0|0"]);
        let denied = script().read_with(READER, call::DescribeScalingPolicies, Fault::Denied).await;
        assert_eq!(denied.all(sql), ["service/c/a|4|unread|0", "service/c/b|4|unread|0"]);
    }
}
