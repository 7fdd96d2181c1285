//! What replication really moves, as CloudWatch counted it.
//!
//! S3 publishes failed operations in the region of the source, and latency and what is pending in the region of the destination:
//! asked in one region alone, half of it looks like silence.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html>

use std::collections::BTreeMap;

use macro_rules_attribute::apply;

use super::bucket::ReplicationRule;
use super::replication_destination::Destination;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::cloudwatch::call;
use crate::services::cloudwatch::metric::{Series, Wanted, series_in};
use crate::services::{Found, reader};

/// What a replication rule did, by GetMetricData over six-hour points in both regions. Only rules that publish metrics have a row.
#[apply(row!)]
#[table(
    "aws_s3_bucket_replication_metric", key(arn, rule_index),
    guard("aws_s3_bucket", "replication_rule_count"),
    part_of("aws_s3_bucket", arn = arn),
    is(churn)
)]
pub struct ReplicationMetric {
    /// ARN of the source bucket.
    pub arn: String,
    /// Account that owns it.
    pub account_id: String,
    /// Region of the source bucket.
    pub region: String,
    /// The rule's place in the configuration, from 0.
    pub rule_index: i64,
    /// The rule's id.
    pub rule_id: String,
    /// Operations that failed in 7 days (OperationsFailedReplication, in the region of the source).
    pub operations_failed_7d: Fact<f64>,
    /// Operations in 7 days, failed or not (the sample count of the same metric).
    pub operations_7d: Fact<f64>,
    /// Points of ReplicationLatency in a day (in the region of the destination). 0: nothing was published there.
    pub latency_datapoints_1d: Fact<i64>,
    /// Most seconds in a day that the destination was behind the source (ReplicationLatency).
    pub latency_max_1d: Fact<f64>,
    /// Most operations in a day that waited (OperationsPendingReplication).
    pub operations_pending_max_1d: Fact<f64>,
    /// Most bytes in a day that waited (BytesPendingReplication).
    pub bytes_pending_max_1d: Fact<f64>,
}

const HERE: &[&str] = &["operations_failed_7d", "operations_7d"];
const THERE: &[&str] = &["latency_datapoints_1d", "latency_max_1d", "operations_pending_max_1d", "bytes_pending_max_1d"];

const OF_SOURCE: [(&str, &str); 2] = [("OperationsFailedReplication", "Sum"), ("OperationsFailedReplication", "SampleCount")];
const OF_DESTINATION: [(&str, &str); 3] =
    [("ReplicationLatency", "Maximum"), ("OperationsPendingReplication", "Maximum"), ("BytesPendingReplication", "Maximum")];

reader! {
    "s3/replication_metric", Global, fills [ReplicationMetric::TABLE], calls [call::GetMetricData],
    needs [ReplicationRule::TABLE, Destination::TABLE], by read
}

/// A rule that publishes metrics.
struct Rule {
    arn: String,
    region: String,
    index: i64,
    id: String,
    destination: String,
    destination_region: Option<String>,
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select r.arn || printf(' %05d', r.rule_index), r.arn, r.region, r.rule_index, r.rule_id,
            substr(r.destination_bucket_arn, instr(r.destination_bucket_arn, ':::') + 3), d.destination_region
        from aws_s3_bucket_replication_rule as r
        left join aws_s3_bucket_replication_destination as d
            on d.arn = r.arn and d.account_id = r.account_id and d.rule_index = r.rule_index
        where r.account_id = ?1 and ?2 = 'global' and r.metrics = 'Enabled' and r.arn || printf(' %05d', r.rule_index) > ?3
        order by 1 limit ?4";
    let mut found = Found::new(&cx, sql);
    let rule = |row: &rusqlite::Row<'_>| {
        Ok(Rule {
            arn: row.get(1)?,
            region: row.get(2)?,
            index: row.get(3)?,
            id: row.get(4)?,
            destination: row.get(5)?,
            destination_region: row.get(6)?,
        })
    };
    while let Some(rules) = found.next(rule).await? {
        read_some(&cx, rules).await;
    }
    Ok(())
}

async fn read_some(cx: &Cx, rules: Vec<Rule>) {
    let sources = ask(cx, &rules, HERE, &OF_SOURCE, |rule| Some(rule.region.clone())).await;
    let destinations = ask(cx, &rules, THERE, &OF_DESTINATION, |rule| rule.destination_region.clone()).await;
    for ((rule, here), there) in rules.into_iter().zip(sources).zip(destinations) {
        let [failed, all] = here;
        let [latency, operations, bytes] = there;
        cx.emit(ReplicationMetric {
            arn: rule.arn,
            account_id: cx.account_id().to_owned(),
            region: rule.region,
            rule_index: rule.index,
            rule_id: rule.id,
            operations_failed_7d: failed.map(|series| series.sum(7)),
            operations_7d: all.map(|series| series.sum(7)),
            latency_datapoints_1d: latency.as_ref().map(|series| series.count_in(1)),
            latency_max_1d: latency.map(|series| series.max(1)),
            operations_pending_max_1d: operations.map(|series| series.max(1)),
            bytes_pending_max_1d: bytes.map(|series| series.max(1)),
        })
        .await;
    }
}

/// The series of all rules, each asked in the region that `place` names. Where no bucket is (''), nothing is published, which is known.
async fn ask<const N: usize>(
    cx: &Cx,
    rules: &[Rule],
    columns: &'static [&'static str],
    metrics: &[(&'static str, &'static str); N],
    place: impl Fn(&Rule) -> Option<String>,
) -> Vec<[Fact<Series>; N]> {
    let mut answers: Vec<[Fact<Series>; N]> = Vec::new();
    let mut regions: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, rule) in rules.iter().enumerate() {
        let region = place(rule);
        answers.push(std::array::from_fn(|_| if region.as_deref() == Some("") { Fact::Known(Series::default()) } else { Fact::Unread }));
        if let Some(region) = region.filter(|region| !region.is_empty() && region != "unknown") {
            regions.entry(region).or_default().push(i);
        }
    }
    for (region, of) in regions {
        let wanted: Vec<Wanted> = of.iter().flat_map(|i| metrics.map(|metric| wanted(&rules[*i], metric))).collect();
        let mut told = series_in(&region, cx, ReplicationMetric::TABLE, columns, &wanted).await.into_iter();
        for i in of {
            answers[i] = std::array::from_fn(|_| Fact::told(told.next()).and_then(|series| series));
        }
    }
    answers
}

fn wanted(rule: &Rule, (metric, stat): (&'static str, &'static str)) -> Wanted {
    let source = rule.arn.rsplit(':').next().map(str::to_owned);
    let dimensions = [("SourceBucket", source), ("DestinationBucket", Some(rule.destination.clone())), ("RuleId", Some(rule.id.clone()))];
    let dimensions = dimensions.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    Wanted { arn: rule.arn.clone(), namespace: "AWS/S3", metric, stat, dimensions }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    const SQL: &str = "select rule_id, operations_failed_7d, operations_7d, latency_datapoints_1d, latency_max_1d,
        operations_pending_max_1d, bytes_pending_max_1d from aws_s3_bucket_replication_metric";

    fn script(destination_region: &str) -> Script {
        let rule = "aws_s3_bucket_replication_rule (arn, account_id, region, rule_index, rule_id, destination_bucket_arn, metrics)";
        let destination = "aws_s3_bucket_replication_destination (arn, account_id, region, rule_index, destination_region)";
        Script::default()
            .on(
                "GetMetricData",
                r#"{"MetricDataResults": [
                    {"Id": "m0", "StatusCode": "Complete", "Timestamps": [1795300000], "Values": [3]},
                    {"Id": "m1", "StatusCode": "Complete", "Timestamps": [1795300000], "Values": [40]},
                    {"Id": "m2", "StatusCode": "Complete", "Timestamps": [], "Values": []}]}"#,
            )
            .seed(rule, &format!("'arn:aws:s3:::docs', '{ACCOUNT}', 'us-east-1', 0, 'all', 'arn:aws:s3:::copy', 'Enabled'"))
            .seed(rule, &format!("'arn:aws:s3:::docs', '{ACCOUNT}', 'us-east-1', 1, 'quiet', 'arn:aws:s3:::copy', ''"))
            .seed(destination, &format!("'arn:aws:s3:::docs', '{ACCOUNT}', 'us-east-1', 0, {destination_region}"))
    }

    #[tokio::test]
    async fn both_regions_are_asked() {
        let read = script("'eu-west-1'").read(READER).await;
        assert_eq!(read.one(SQL), "all|3|40|1|3|40|0");
        assert_eq!(read.one("select count(*) from ledger"), "2");
    }

    #[tokio::test]
    async fn a_denial_leaves_the_row_with_unread_columns() {
        for fault in [Fault::Denied, Fault::CutAfterFirstPage] {
            let read = script("'eu-west-1'").read_with(READER, call::GetMetricData, fault).await;
            assert_eq!(read.one(SQL), "all|unread|unread|unread|unread|unread|unread", "{fault:?}");
            assert_eq!(read.gaps()[0].1, "arn:aws:s3:::docs");
        }
    }

    #[tokio::test]
    async fn a_region_that_nobody_knows_is_unread_and_a_bucket_that_is_gone_publishes_nothing() {
        assert_eq!(script("null").read(READER).await.one(SQL), "all|3|40|unread|unread|unread|unread");
        assert_eq!(script("''").read(READER).await.one(SQL), "all|3|40|0|0|0|0");
    }

    #[tokio::test]
    async fn without_metrics_nothing_is_asked() {
        let nothing = Script::default().read(READER).await;
        assert_eq!((nothing.count("aws_s3_bucket_replication_metric"), nothing.is_complete), (0, true));
    }
}
