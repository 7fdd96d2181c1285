//! How much of the account's concurrency is really taken, as CloudWatch counted it.

use macro_rules_attribute::apply;

use super::account::Settings;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::cloudwatch::call;
use crate::services::cloudwatch::metric::{Series, Wanted, series};
use crate::services::{Found, reader};

/// What all functions of a region took together in the last day, by GetMetricData over six-hour points.
#[apply(row!)]
#[table("aws_lambda_account_metric", key(arn), part_of("aws_lambda_account_settings", arn = arn), is(churn))]
pub struct AccountMetric {
    /// ARN of the settings of Lambda in the region, `aws_lambda_account_settings.arn`.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Most concurrency that was taken at a time: what ran without a reservation, and all that is reserved or provisioned, idle or
    /// not. 0 when CloudWatch counted nothing.
    pub claimed_account_concurrency_max_1d: Fact<f64>,
    /// Most invocations at a time, all functions together.
    pub concurrent_executions_max_1d: Fact<f64>,
    /// Most invocations at a time of functions without a reservation.
    pub unreserved_concurrent_executions_max_1d: Fact<f64>,
    /// Invocations that were turned away.
    pub throttles_1d: Fact<f64>,
}

const COLUMNS: &[&str] =
    &["claimed_account_concurrency_max_1d", "concurrent_executions_max_1d", "unreserved_concurrent_executions_max_1d", "throttles_1d"];

const METRICS: [(&str, &str); 4] = [
    ("ClaimedAccountConcurrency", "Maximum"),
    ("ConcurrentExecutions", "Maximum"),
    ("UnreservedConcurrentExecutions", "Maximum"),
    ("Throttles", "Sum"),
];

reader! {
    "lambda/account_metric", Regional, fills [AccountMetric::TABLE], calls [call::GetMetricData], needs [Settings::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select arn from aws_lambda_account_settings
        where account_id = ?1 and region = ?2 and arn > ?3 order by arn limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(settings) = found.next(|row| row.get::<_, String>(0)).await? {
        let wanted: Vec<Wanted> = settings.iter().flat_map(|arn| METRICS.map(|metric| wanted(arn, metric))).collect();
        let mut answers = series(&cx, AccountMetric::TABLE, COLUMNS, &wanted).await.into_iter();
        for arn in settings {
            let of: [Fact<Series>; METRICS.len()] = std::array::from_fn(|_| answers.next().unwrap_or(Fact::Unread));
            let [claimed, concurrent, unreserved, throttles] = of;
            cx.emit(AccountMetric {
                arn,
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                claimed_account_concurrency_max_1d: claimed.map(|series| series.max(1)),
                concurrent_executions_max_1d: concurrent.map(|series| series.max(1)),
                unreserved_concurrent_executions_max_1d: unreserved.map(|series| series.max(1)),
                throttles_1d: throttles.map(|series| series.sum(1)),
            })
            .await;
        }
    }
    Ok(())
}

/// Of all functions together, so without a dimension.
fn wanted(arn: &str, (metric, stat): (&'static str, &'static str)) -> Wanted {
    Wanted { arn: arn.to_owned(), namespace: "AWS/Lambda", metric, stat, dimensions: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    const SQL: &str =
        "select claimed_account_concurrency_max_1d, concurrent_executions_max_1d, throttles_1d from aws_lambda_account_metric";

    fn script() -> Script {
        let answer = r#"{"MetricDataResults": [
            {"Id": "m0", "StatusCode": "Complete", "Timestamps": [1795300000], "Values": [48]},
            {"Id": "m1", "StatusCode": "Complete", "Timestamps": [], "Values": []},
            {"Id": "m3", "StatusCode": "InternalError", "Timestamps": [], "Values": []}]}"#;
        let values = format!("'arn:settings', '{ACCOUNT}', 'us-east-1'");
        Script::default().on("GetMetricData", answer).seed("aws_lambda_account_settings (arn, account_id, region)", &values)
    }

    #[tokio::test]
    async fn tells_what_was_counted_and_no_more() {
        assert_eq!(script().read(READER).await.one(SQL), "48|0|unread");
        let denied = script().read_with(READER, call::GetMetricData, Fault::Denied).await;
        assert_eq!(denied.one(SQL), "unread|unread|unread");
        let cut = script().read_with(READER, call::GetMetricData, Fault::CutAfterFirstPage).await;
        assert_eq!(cut.one(SQL), "unread|unread|unread");
        let nothing = Script::default().read(READER).await;
        assert_eq!((nothing.count("aws_lambda_account_metric"), nothing.is_complete), (0, true));
    }
}
