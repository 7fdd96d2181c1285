//! What functions really do, as CloudWatch counted it.

use macro_rules_attribute::apply;

use super::function::Function;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::cloudwatch::call;
use crate::services::cloudwatch::metric::{Series, Wanted, series};
use crate::services::{Found, reader};

/// What a function did in the last 14 days, by GetMetricData.
#[apply(row!)]
#[table("aws_lambda_function_metric", key(arn), part_of("aws_lambda_function", arn = arn), is(churn))]
pub struct FunctionMetric {
    /// ARN of the function.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name of the function.
    pub name: String,
    /// Times that it was invoked in 14 days; throttled invocations do not count.
    pub invocations_14d: Fact<f64>,
    /// Times that it was invoked in a day.
    pub invocations_1d: Fact<f64>,
    /// Invocations that failed in 14 days.
    pub errors_14d: Fact<f64>,
    /// Invocations that were turned away in a day.
    pub throttles_1d: Fact<f64>,
    /// Invocations in a day that provisioned concurrency was too small for.
    pub provisioned_concurrency_spillover_1d: Fact<f64>,
    /// Events of asynchronous invocations that were given up in 14 days without a run of the function.
    pub async_events_dropped_14d: Fact<f64>,
    /// Most invocations at a time in a day.
    pub concurrent_executions_max_1d: Fact<f64>,
    /// Most invocations at a time in 14 days.
    pub concurrent_executions_max_14d: Fact<f64>,
}

const COLUMNS: &[&str] = &[
    "invocations_14d", "invocations_1d", "errors_14d", "throttles_1d", "provisioned_concurrency_spillover_1d", "async_events_dropped_14d",
    "concurrent_executions_max_1d", "concurrent_executions_max_14d",
];

const METRICS: [(&str, &str); 6] = [
    ("Invocations", "Sum"),
    ("Errors", "Sum"),
    ("Throttles", "Sum"),
    ("ConcurrentExecutions", "Maximum"),
    ("ProvisionedConcurrencySpilloverInvocations", "Sum"),
    ("AsyncEventsDropped", "Sum"),
];

reader! {
    "lambda/function_metric", Regional, fills [FunctionMetric::TABLE], calls [call::GetMetricData], needs [Function::TABLE],
    by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select arn, name from aws_lambda_function
        where account_id = ?1 and region = ?2 and arn > ?3 order by arn limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(functions) = found.next(|row| Ok((row.get(0)?, row.get(1)?))).await? {
        let functions: Vec<(String, String)> = functions;
        let wanted: Vec<Wanted> = functions.iter().flat_map(|(arn, name)| METRICS.map(|metric| wanted(arn, name, metric))).collect();
        let mut answers = series(&cx, FunctionMetric::TABLE, COLUMNS, &wanted).await.into_iter();
        for (arn, name) in functions {
            let mut next = || answers.next().unwrap_or(Fact::Unread);
            let of: [Fact<Series>; METRICS.len()] = std::array::from_fn(|_| next());
            let [invocations, errors, throttles, concurrent, spillover, dropped] = of;
            cx.emit(FunctionMetric {
                arn,
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                name,
                invocations_14d: invocations.as_ref().map(|series| series.sum(14)),
                invocations_1d: invocations.map(|series| series.sum(1)),
                errors_14d: errors.map(|series| series.sum(14)),
                throttles_1d: throttles.map(|series| series.sum(1)),
                provisioned_concurrency_spillover_1d: spillover.map(|series| series.sum(1)),
                async_events_dropped_14d: dropped.map(|series| series.sum(14)),
                concurrent_executions_max_1d: concurrent.as_ref().map(|series| series.max(1)),
                concurrent_executions_max_14d: concurrent.map(|series| series.max(14)),
            })
            .await;
        }
    }
    Ok(())
}

fn wanted(arn: &str, name: &str, (metric, stat): (&'static str, &'static str)) -> Wanted {
    Wanted { arn: arn.to_owned(), namespace: "AWS/Lambda", metric, stat, dimensions: vec![("FunctionName", name.to_owned())] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    const SQL: &str = "select invocations_14d, errors_14d, throttles_1d, concurrent_executions_max_14d,
        provisioned_concurrency_spillover_1d, async_events_dropped_14d from aws_lambda_function_metric";

    fn script() -> Script {
        let answer = r#"{"MetricDataResults": [
            {"Id": "m0", "StatusCode": "Complete", "Timestamps": [1795300000], "Values": [12]},
            {"Id": "m1", "StatusCode": "Complete", "Timestamps": [], "Values": []},
            {"Id": "m2", "StatusCode": "Forbidden", "Timestamps": [], "Values": []},
            {"Id": "m5", "StatusCode": "Complete", "Timestamps": [1795300000], "Values": [7]}]}"#;
        let values = format!("'arn:f', '{ACCOUNT}', 'us-east-1', 'f'");
        Script::default().on("GetMetricData", answer).seed("aws_lambda_function (arn, account_id, region, name)", &values)
    }

    #[tokio::test]
    async fn a_series_without_an_answer_is_unread() {
        assert_eq!(script().read(READER).await.one(SQL), "12|0|unread|unread|unread|7");
        let denied = script().read_with(READER, call::GetMetricData, Fault::Denied).await;
        assert_eq!(denied.one(SQL), "unread|unread|unread|unread|unread|unread");
        let nothing = Script::default().read(READER).await;
        assert_eq!((nothing.count("aws_lambda_function_metric"), nothing.is_complete), (0, true));
    }
}
