//! What stages of APIs really answer, as CloudWatch counted it.

use macro_rules_attribute::apply;

use super::{http_api, rest_api};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::cloudwatch::call;
use crate::services::cloudwatch::metric::{Wanted, series};
use crate::services::{Found, reader};

/// The requests to a stage of a REST or an HTTP API in the last 14 days, by GetMetricData. Those to WebSocket APIs are not counted.
#[apply(row!)]
#[table(
    "aws_api_gateway_stage_metric", key(arn),
    part_of("aws_api_gateway_stage", arn = arn),
    part_of("aws_api_gatewayv2_stage", arn = arn),
    is(churn)
)]
pub struct StageMetric {
    /// ARN of the stage.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the API.
    pub api_id: String,
    /// Name of the stage.
    pub name: String,
    /// Whether the numbers are this API's alone: REST APIs of one name are counted together.
    pub is_own: bool,
    /// Requests in 14 days.
    pub requests_14d: Fact<f64>,
    /// Requests in a day.
    pub requests_1d: Fact<f64>,
}

const COLUMNS: &[&str] = &["requests_14d", "requests_1d"];

reader! {
    "apigateway/stage_metric", Regional, fills [StageMetric::TABLE], calls [call::GetMetricData],
    needs [rest_api::RestApi::TABLE, rest_api::Stage::TABLE, http_api::Stage::TABLE], by read
}

/// A stage, and the dimension that names its API.
struct Stage {
    arn: String,
    api_id: String,
    name: String,
    dimension: &'static str,
    api: String,
    is_own: bool,
}

impl Stage {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let is_rest: bool = row.get(4)?;
        Ok(Self {
            arn: row.get(0)?,
            api_id: row.get(1)?,
            name: row.get(2)?,
            api: row.get(3)?,
            dimension: if is_rest { "ApiName" } else { "ApiId" },
            is_own: row.get(5)?,
        })
    }
}

async fn read(cx: Cx) -> Result<(), Unread> {
    // CloudWatch knows REST APIs by their name.
    let sql = "select arn, api_id, name, api, is_rest, is_own
        from (
            select s.arn, s.account_id, s.region, s.rest_api_id as api_id, s.name, a.name as api, 1 as is_rest,
                not exists (
                    select 1 from aws_api_gateway_rest_api as o
                    where o.name = a.name and o.arn <> a.arn and o.account_id = a.account_id and o.region = a.region
                ) as is_own
            from aws_api_gateway_stage as s
            join aws_api_gateway_rest_api as a
                on a.rest_api_id = s.rest_api_id and a.account_id = s.account_id and a.region = s.region
            union all
            select arn, account_id, region, api_id, name, api_id, 0, 1 from aws_api_gatewayv2_stage
        )
        where account_id = ?1 and region = ?2 and arn > ?3 order by arn limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(stages) = found.next(Stage::of).await? {
        let wanted: Vec<Wanted> = stages.iter().map(wanted).collect();
        let answers = series(&cx, StageMetric::TABLE, COLUMNS, &wanted).await;
        for (stage, requests) in stages.into_iter().zip(answers) {
            cx.emit(StageMetric {
                arn: stage.arn,
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                api_id: stage.api_id,
                name: stage.name,
                is_own: stage.is_own,
                requests_14d: requests.as_ref().map(|series| series.sum(14)),
                requests_1d: requests.map(|series| series.sum(1)),
            })
            .await;
        }
    }
    Ok(())
}

fn wanted(stage: &Stage) -> Wanted {
    Wanted {
        arn: stage.arn.clone(),
        namespace: "AWS/ApiGateway",
        metric: "Count",
        stat: "Sum",
        dimensions: vec![(stage.dimension, stage.api.clone()), ("Stage", stage.name.clone())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    const SQL: &str = "select arn, is_own, requests_14d, requests_1d from aws_api_gateway_stage_metric order by arn";

    fn script() -> Script {
        let answer = r#"{"MetricDataResults": [
            {"Id": "m0", "StatusCode": "Complete", "Timestamps": [1795300000, 1794600000], "Values": [3, 4]},
            {"Id": "m1", "StatusCode": "Complete", "Timestamps": [], "Values": []}]}"#;
        let apis = "aws_api_gateway_rest_api (arn, account_id, region, rest_api_id, name)";
        Script::default()
            .on("GetMetricData", answer)
            .seed(apis, &format!("'api1', '{ACCOUNT}', 'us-east-1', 'a1', 'pay'"))
            .seed(apis, &format!("'api2', '{ACCOUNT}', 'us-east-1', 'a2', 'pay'"))
            .seed(
                "aws_api_gateway_stage (arn, account_id, region, rest_api_id, name)",
                &format!("'s1', '{ACCOUNT}', 'us-east-1', 'a1', 'prod'"),
            )
            .seed(
                "aws_api_gatewayv2_stage (arn, account_id, region, api_id, name)",
                &format!("'s2', '{ACCOUNT}', 'us-east-1', 'h1', 'live'"),
            )
    }

    #[tokio::test]
    async fn counts_requests_and_a_denial_is_unread() {
        assert_eq!(script().read(READER).await.all(SQL), ["s1|0|7|3", "s2|1|0|0"]);
        let denied = script().read_with(READER, call::GetMetricData, Fault::Denied).await;
        assert_eq!(denied.all(SQL), ["s1|0|unread|unread", "s2|1|unread|unread"]);
        let nothing = Script::default().read(READER).await;
        assert_eq!((nothing.count("aws_api_gateway_stage_metric"), nothing.is_complete), (0, true));
    }

    #[test]
    fn an_api_is_named_as_cloudwatch_knows_it() {
        let stage = |dimension, api: &str| Stage {
            arn: "s".to_owned(),
            api_id: "a1".to_owned(),
            name: "prod".to_owned(),
            dimension,
            api: api.to_owned(),
            is_own: true,
        };
        let of = |dimension, api| wanted(&stage(dimension, api)).dimensions;
        assert_eq!(of("ApiName", "pay"), [("ApiName", "pay".to_owned()), ("Stage", "prod".to_owned())]);
        assert_eq!(of("ApiId", "h1"), [("ApiId", "h1".to_owned()), ("Stage", "prod".to_owned())]);
    }
}
