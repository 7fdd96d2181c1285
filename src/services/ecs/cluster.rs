//! Clusters.

use aws_sdk_ecs::types::{self, ClusterField};
use macro_rules_attribute::apply;

use super::{call, is_whole, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::{identified, reader, text};

/// A cluster, as DescribeClusters tells it.
#[apply(row!)]
#[table("aws_ecs_cluster", key(arn))]
pub struct Cluster {
    /// ARN of the cluster.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name.
    pub name: String,
    /// `ACTIVE`, `PROVISIONING`, `DEPROVISIONING`, `FAILED` or `INACTIVE`.
    pub status: String,
    /// Container Insights: `disabled`, `enabled` or `enhanced`. NULL where AWS does not tell the setting.
    pub container_insights: Fact<String>,
    /// Services that are active.
    #[is(churn)]
    pub active_service_count: i64,
    /// Tasks that run.
    #[is(churn)]
    pub running_task_count: i64,
    /// Tasks that are to run.
    #[is(churn)]
    pub pending_task_count: i64,
    /// Instances of its own that are registered; Fargate needs none.
    #[is(churn)]
    pub container_instance_count: i64,
    /// Capacity providers, a list.
    pub capacity_providers: Json,
    /// Counts by launch type as AWS names them (`runningFargateTasksCount`, …), a map.
    #[is(churn)]
    pub statistics: Json,
    /// Tags, a map.
    pub tags: Json,
}

/// DescribeClusters takes so many at once.
const AT_ONCE: usize = 100;

reader! {
    "ecs/cluster", Regional, fills [Cluster::TABLE], calls [call::ListClusters, call::DescribeClusters], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let ecs: aws_sdk_ecs::Client = cx.client();
    let mut pages = cx.pages(call::ListClusters, |token| ecs.list_clusters().max_results(AT_ONCE as i32).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for arns in page.cluster_arns().chunks(AT_ONCE) {
            let fields = [ClusterField::Settings, ClusterField::Statistics, ClusterField::Tags];
            let request = ecs.describe_clusters().set_clusters(Some(arns.to_vec())).set_include(Some(fields.into()));
            let told = cx.call(call::DescribeClusters, request.send()).await?;
            for cluster in told.clusters() {
                let arn = identified!(cx, call::DescribeClusters, cluster.cluster_arn());
                emit(&cx, arn, cluster).await;
            }
            if !is_whole(arns.len(), told.clusters().len(), told.failures()) {
                cx.malformed(call::DescribeClusters, "leaves out a cluster").await;
            }
        }
    }
    Ok(())
}

async fn emit(cx: &Cx, arn: &str, cluster: &types::Cluster) {
    let insights = cluster.settings().iter().find(|setting| setting.name().is_some_and(|name| name.as_str() == "containerInsights"));
    let statistic = |pair: &types::KeyValuePair| Some((pair.name()?.to_owned(), text(pair.value())));
    cx.emit(Cluster {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        name: text(cluster.cluster_name()),
        status: text(cluster.status()),
        container_insights: Fact::told(insights.and_then(|setting| setting.value()).map(str::to_owned)),
        active_service_count: cluster.active_services_count().into(),
        running_task_count: cluster.running_tasks_count().into(),
        pending_task_count: cluster.pending_tasks_count().into(),
        container_instance_count: cluster.registered_container_instances_count().into(),
        capacity_providers: Json::set(cluster.capacity_providers().iter().cloned()),
        statistics: Json::map(cluster.statistics().iter().filter_map(statistic)),
        tags: tags(cluster.tags()),
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const LIST: &str = r#"{"clusterArns": ["arn:aws:ecs:us-east-1:1:cluster/a", "arn:aws:ecs:us-east-1:1:cluster/b"]}"#;
    const TOLD: &str = r#"{"clusters": [
        {"clusterArn": "arn:aws:ecs:us-east-1:1:cluster/a", "clusterName": "a", "status": "ACTIVE", "activeServicesCount": 2,
         "settings": [{"name": "containerInsights", "value": "enhanced"}], "tags": [{"key": "env", "value": "production"}],
         "statistics": [{"name": "runningFargateTasksCount", "value": "4"}]},
        {"clusterArn": "arn:aws:ecs:us-east-1:1:cluster/b", "clusterName": "b", "status": "ACTIVE"}], "failures": []}"#;

    fn script() -> Script {
        Script::default().on("ListClusters", LIST).on("DescribeClusters", TOLD)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::ListClusters, r#"{"clusterArns": []}"#, 2).await;
    }

    #[tokio::test]
    async fn a_setting_that_is_not_told_is_unread() {
        let read = script().read(READER).await;
        let sql = "select name, container_insights, active_service_count, tags from aws_ecs_cluster order by 1";
        assert_eq!(read.all(sql), [r#"a|enhanced|2|{"env":"production"}"#, "b|unread|0|{}"]);
        assert!(!script().read_with(READER, call::DescribeClusters, Fault::Denied).await.is_complete);
    }

    #[tokio::test]
    async fn a_cluster_that_went_meanwhile_is_no_gap() {
        let failure = |reason: &str| format!(r#"{{"arn": "arn:x", "reason": "{reason}"}}"#);
        let told = |reason: &str| format!(r#"{{"clusters": [], "failures": [{0}, {0}]}}"#, failure(reason));
        let read = |reason: &str| Script::default().on("ListClusters", LIST).on("DescribeClusters", &told(reason));
        assert!(read("MISSING").read(READER).await.is_complete);
        assert!(!read("UNKNOWN").read(READER).await.is_complete);
        let silent = Script::default().on("ListClusters", LIST).on("DescribeClusters", "{}");
        assert!(!silent.read(READER).await.is_complete, "what was asked for and not told is no answer");
    }
}
