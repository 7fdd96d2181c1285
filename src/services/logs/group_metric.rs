//! What log groups really receive, as CloudWatch counted it.

use macro_rules_attribute::apply;

use super::group::LogGroup;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::cloudwatch::call;
use crate::services::cloudwatch::metric::{Series, Wanted, series};
use crate::services::{Found, reader};

/// What a log group received in the last 14 days, by GetMetricData.
#[apply(row!)]
#[table("aws_cloudwatch_log_group_metric", key(arn), part_of("aws_cloudwatch_log_group", arn = arn), is(churn))]
pub struct LogGroupMetric {
    /// ARN of the log group.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name of the log group.
    pub name: String,
    /// Points that CloudWatch has; it has none for a group that received nothing.
    pub datapoints_14d: Fact<i64>,
    /// Bytes received in 14 days, before compression.
    pub incoming_bytes_14d: Fact<f64>,
    /// Bytes received in a day.
    pub incoming_bytes_1d: Fact<f64>,
}

const COLUMNS: &[&str] = &["datapoints_14d", "incoming_bytes_14d", "incoming_bytes_1d"];

reader! {
    "logs/group_metric", Regional, fills [LogGroupMetric::TABLE], calls [call::GetMetricData], needs [LogGroup::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select arn, name from aws_cloudwatch_log_group
        where account_id = ?1 and region = ?2 and arn > ?3 order by arn limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(groups) = found.next(|row| Ok((row.get(0)?, row.get(1)?))).await? {
        let groups: Vec<(String, String)> = groups;
        let wanted: Vec<Wanted> = groups
            .iter()
            .map(|(arn, name)| Wanted {
                arn: arn.clone(),
                namespace: "AWS/Logs",
                metric: "IncomingBytes",
                stat: "Sum",
                dimensions: vec![("LogGroupName", name.clone())],
            })
            .collect();
        let answers = series(&cx, LogGroupMetric::TABLE, COLUMNS, &wanted).await;
        for ((arn, name), bytes) in groups.into_iter().zip(answers) {
            cx.emit(LogGroupMetric {
                arn,
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                name,
                datapoints_14d: bytes.as_ref().map(Series::count),
                incoming_bytes_14d: bytes.as_ref().map(|series| series.sum(14)),
                incoming_bytes_1d: bytes.map(|series| series.sum(1)),
            })
            .await;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    const SQL: &str = "select datapoints_14d, incoming_bytes_14d, incoming_bytes_1d from aws_cloudwatch_log_group_metric";

    fn script() -> Script {
        let answer =
            r#"{"MetricDataResults": [{"Id": "m0", "StatusCode": "Complete", "Timestamps": [1795300000, 1794600000], "Values": [3, 4]}]}"#;
        let values = format!("'arn:/a', '{ACCOUNT}', 'us-east-1', '/a'");
        Script::default().on("GetMetricData", answer).seed("aws_cloudwatch_log_group (arn, account_id, region, name)", &values)
    }

    #[tokio::test]
    async fn counts_bytes_and_a_denial_is_unread() {
        assert_eq!(script().read(READER).await.one(SQL), "2|7|3");
        let denied = script().read_with(READER, call::GetMetricData, Fault::Denied).await;
        assert_eq!(denied.one(SQL), "unread|unread|unread");
        let nothing = Script::default().read(READER).await;
        assert_eq!((nothing.count("aws_cloudwatch_log_group_metric"), nothing.is_complete), (0, true));
    }
}
