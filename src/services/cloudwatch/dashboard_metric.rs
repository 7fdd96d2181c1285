//! Whether what dashboards show is there: the points of their metrics, in the region that each is taken from.
//!
//! A metric that is empty there is looked for in the other regions of the run: a widget may look the wrong way.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use macro_rules_attribute::apply;

use super::call;
use super::metric::{PERIOD, Series, answers};
use super::widget::WidgetMetric;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::{Found, reader};

/// What CloudWatch counted of a dashboard's metric in a region in the last 14 days, by GetMetricData: in the region that the metric is
/// taken from, and, where there is nothing, in the other regions of the run. Metrics of other accounts are not asked for.
#[apply(row!)]
#[table(
    "aws_cloudwatch_dashboard_metric_activity", key(arn, region, namespace, metric_name, dimensions),
    part_of("aws_cloudwatch_dashboard", arn = arn),
    is(churn)
)]
pub struct Activity {
    /// ARN of the dashboard.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region that was asked.
    pub region: String,
    /// Namespace.
    pub namespace: String,
    /// Metric.
    pub metric_name: String,
    /// Dimensions, a map.
    pub dimensions: Json,
    /// Points, each six hours wide; 0 means that CloudWatch has none.
    pub datapoints_14d: Fact<i64>,
}

reader! {
    "cloudwatch/dashboard_metric", Global, fills [Activity::TABLE], calls [call::GetMetricData], needs [WidgetMetric::TABLE], by read
}

/// A metric of a dashboard.
#[derive(Debug, Clone)]
struct Shown {
    arn: String,
    namespace: String,
    metric_name: String,
    /// As JSON text.
    dimensions: String,
    region: String,
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let regions = "select region from place where account_id = ?1 and ?2 = 'global' and region > ?3 and in_scope and region <> 'global'
        order by region limit ?4";
    let mut found = Found::new(&cx, regions);
    let mut regions = BTreeSet::new();
    while let Some(some) = found.next(|row| row.get::<_, String>(0)).await? {
        regions.extend(some);
    }
    let sql = "select key, arn, namespace, metric_name, dimensions, metric_region
        from (
            select distinct arn || ' ' || metric_region || ' ' || namespace || ' ' || metric_name || ' ' || dimensions as key,
                arn, namespace, metric_name, dimensions, metric_region
            from aws_cloudwatch_dashboard_metric
            where account_id = ?1 and metric_account_id in ('', ?1)
        )
        where ?2 = 'global' and key > ?3
        order by key limit ?4";
    let mut found = Found::new(&cx, sql);
    let shown = |row: &rusqlite::Row<'_>| {
        let (arn, namespace, metric_name) = (row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(Shown { arn, namespace, metric_name, dimensions: row.get(4)?, region: row.get(5)? })
    };
    while let Some(some) = found.next(shown).await? {
        let mut at: BTreeMap<String, Vec<Shown>> = BTreeMap::new();
        for one in some.into_iter().filter(|one| regions.contains(&one.region)) {
            at.entry(one.region.clone()).or_default().push(one);
        }
        let mut elsewhere: BTreeMap<String, Vec<Shown>> = BTreeMap::new();
        for (region, metrics) in at {
            for one in ask(&cx, &region, metrics).await {
                for other in regions.iter().filter(|other| **other != region) {
                    elsewhere.entry(other.clone()).or_default().push(one.clone());
                }
            }
        }
        for (region, metrics) in elsewhere {
            ask(&cx, &region, metrics).await;
        }
    }
    Ok(())
}

/// Asks for metrics in a region and stores the answers. Gives back those that are known to be empty there.
async fn ask(cx: &Cx, region: &str, metrics: Vec<Shown>) -> Vec<Shown> {
    let mut arns: Vec<String> = metrics.iter().map(|one| one.arn.clone()).collect();
    arns.sort();
    arns.dedup();
    let about = cx.about_all(Activity::TABLE, arns, &["datapoints_14d"]);
    let queries = metrics.iter().enumerate().map(|(i, one)| query(region, i, one)).collect();
    let told = match answers(&about, cx.client_in(region), queries).await {
        Ok(told) => told,
        Err(Unread) => metrics.iter().map(|_| Fact::Unread).collect(),
    };
    let mut empty = Vec::new();
    for (one, series) in metrics.into_iter().zip(told) {
        let datapoints = series.as_ref().map(Series::count);
        if datapoints == Fact::Known(0) {
            empty.push(one.clone());
        }
        cx.emit(Activity {
            arn: one.arn,
            account_id: cx.account_id().to_owned(),
            region: region.to_owned(),
            namespace: one.namespace,
            metric_name: one.metric_name,
            dimensions: Json(serde_json::Value::Object(dimensions(&one.dimensions))),
            datapoints_14d: datapoints,
        })
        .await;
    }
    empty
}

/// Dimensions as another reader stored them.
fn dimensions(json: &str) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str(json).into_iter().next().unwrap_or_else(serde_json::Map::new)
}

/// The region is a part of the id: the same metrics asked for in two regions are two questions, also in a recording.
fn query(region: &str, i: usize, one: &Shown) -> MetricDataQuery {
    let dimension =
        |(name, value): (String, serde_json::Value)| Dimension::builder().name(name).value(value.as_str().unwrap_or("")).build();
    let metric = Metric::builder()
        .namespace(&one.namespace)
        .metric_name(&one.metric_name)
        .set_dimensions(Some(dimensions(&one.dimensions).into_iter().map(dimension).collect()))
        .build();
    let stat = MetricStat::builder().metric(metric).period(PERIOD).stat("SampleCount").build();
    MetricDataQuery::builder().id(format!("{}_{i}", region.replace('-', ""))).metric_stat(stat).return_data(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    fn script() -> Script {
        let home = r#"{"MetricDataResults": [{"Id": "useast1_0", "StatusCode": "Complete", "Timestamps": [1795300000], "Values": [1]},
            {"Id": "useast1_1", "StatusCode": "Complete", "Timestamps": [], "Values": []}]}"#;
        let far = r#"{"MetricDataResults": [{"Id": "euwest1_0", "StatusCode": "Complete", "Timestamps": [1795300000], "Values": [1]}]}"#;
        let metric = |index: u8, name: &str, region: &str, of: &str| {
            format!(r#"'arn:d', '{ACCOUNT}', 'global', 0, {index}, 'AWS/Lambda', '{name}', '{{"FunctionName":"f"}}', '{region}', '{of}'"#)
        };
        let columns = "aws_cloudwatch_dashboard_metric (arn, account_id, region, widget_index, metric_index, namespace, metric_name,
            dimensions, metric_region, metric_account_id)";
        Script::default()
            .on_match("GetMetricData", "useast1_0", home)
            .on_match("GetMetricData", "euwest1_0", far)
            .seed("place (account_id, region, in_scope)", &format!("'{ACCOUNT}', 'us-east-1', 1"))
            .seed("place (account_id, region, in_scope)", &format!("'{ACCOUNT}', 'eu-west-1', 1"))
            .seed(columns, &metric(0, "Errors", "us-east-1", ""))
            .seed(columns, &metric(1, "Lost", "us-east-1", ""))
            .seed(columns, &metric(2, "Far", "ap-south-1", ""))
            .seed(columns, &metric(3, "Theirs", "us-east-1", "999988887777"))
    }

    const SQL: &str = "select metric_name, region, datapoints_14d from aws_cloudwatch_dashboard_metric_activity order by 1, 2";

    #[tokio::test]
    async fn looks_elsewhere_for_what_is_empty() {
        let read = script().read(READER).await;
        assert!(read.is_complete, "{:?}", read.gaps());
        assert_eq!(read.all(SQL), ["Errors|us-east-1|1", "Lost|eu-west-1|1", "Lost|us-east-1|0"]);
    }

    #[tokio::test]
    async fn what_is_denied_is_unread() {
        for fault in [Fault::Denied, Fault::CutAfterFirstPage] {
            let read = script().read_with(READER, call::GetMetricData, fault).await;
            assert_eq!(read.all(SQL), ["Errors|us-east-1|unread", "Lost|us-east-1|unread"], "{fault:?}");
            assert_eq!(read.gaps()[0].1, "arn:d");
        }
    }

    #[tokio::test]
    async fn without_metrics_nothing_is_asked() {
        let read = Script::default().read(READER).await;
        assert_eq!((read.count("aws_cloudwatch_dashboard_metric_activity"), read.is_complete), (0, true));
    }
}
