//! When the default endpoints of APIs were opened or closed: API Gateway keeps no date of it.

use macro_rules_attribute::apply;

use super::{Told, call, named, span};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Row, Time};
use crate::services::apigateway::http_api::HttpApi;
use crate::services::apigateway::rest_api::RestApi;
use crate::services::{is_any_here, reader};

/// A change of the default endpoint of a REST, HTTP or WebSocket API in the last 90 days, as LookupEvents tells it. That there is none proves nothing.
#[apply(row!)]
#[table(
    "aws_api_gateway_endpoint_change", key(arn, event_id),
    part_of("aws_api_gateway_rest_api", arn = arn),
    part_of("aws_api_gatewayv2_api", arn = arn),
    is(churn)
)]
pub struct EndpointChange {
    /// ARN of the API.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the event.
    pub event_id: String,
    /// When it happened.
    pub event_time: Time,
}

/// The calls that change it, what is before the id in the API's ARN, and where the id stands.
const CHANGES: [(&str, &str, &[&str]); 2] = [
    ("UpdateRestApi", "restapis", &["/requestParameters/restApiId", "/requestParameters/restapiId"]),
    ("UpdateApi", "apis", &["/requestParameters/apiId", "/requestParameters/ApiId"]),
];

reader! {
    "cloudtrail/endpoint_change", Regional, fills [EndpointChange::TABLE], calls [call::LookupEvents],
    needs [RestApi::TABLE, HttpApi::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    // CloudTrail answers twice a second and no more: it is not asked about what is not there.
    let sql = "select arn from (
            select arn, account_id, region from aws_api_gateway_rest_api union all select arn, account_id, region from aws_api_gatewayv2_api
        ) where account_id = ?1 and region = ?2 and arn > ?3 order by arn limit ?4";
    if !is_any_here(&cx, sql).await? {
        return Ok(());
    }
    let trail: aws_sdk_cloudtrail::Client = cx.client();
    let (start, end) = span(&cx);
    for (name, folder, places) in CHANGES {
        let mut pages = cx.pages(call::LookupEvents, |token| {
            trail
                .lookup_events()
                .set_lookup_attributes(named(name).map(|name| vec![name]))
                .start_time(start)
                .end_time(end)
                .max_results(50)
                .set_next_token(token)
                .send()
        });
        while let Some(page) = pages.next(|page| page.next_token()).await? {
            for event in page.events() {
                let Some(told) = Told::of(event) else {
                    cx.malformed(call::LookupEvents, "holds an event without id, name, time or detail").await;
                    continue;
                };
                if !is_change(&told) {
                    continue;
                }
                let Some(id) = told.text(places) else {
                    cx.malformed(call::LookupEvents, "holds a change that names no API").await;
                    continue;
                };
                cx.emit(EndpointChange {
                    arn: cx.arn_of("apigateway", "", &format!("/{folder}/{id}")),
                    account_id: cx.account_id().to_owned(),
                    region: cx.region().to_owned(),
                    event_id: told.id,
                    event_time: told.time,
                })
                .await;
            }
        }
    }
    Ok(())
}

/// Whether an event changed a default endpoint. An attempt that failed changed nothing; other settings of an API are changed by the
/// same calls, and another service has one of the same name.
fn is_change(told: &Told) -> bool {
    let request = told.detail.pointer("/requestParameters").map(|request| request.to_string().to_lowercase());
    let is_about = request.is_some_and(|request| request.contains("disableexecuteapiendpoint"));
    is_about && told.detail.pointer("/errorCode").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    /// An API is there.
    fn account() -> Script {
        Script::default().seed("aws_api_gateway_rest_api (arn, account_id, region)", "'arn:a1', '111122223333', 'us-east-1'")
    }

    fn events(details: &[&str]) -> String {
        let event = |(i, detail): (usize, &&str)| {
            let detail = serde_json::Value::from(*detail).to_string();
            format!(r#"{{"EventId": "e{i}", "EventName": "UpdateRestApi", "EventTime": 1795300000, "CloudTrailEvent": {detail}}}"#)
        };
        format!(r#"{{"Events": [{}]}}"#, details.iter().enumerate().map(event).collect::<Vec<_>>().join(", "))
    }

    const CLOSED: &str = r#"{"requestParameters": {"restApiId": "a1", "patchOperations": [{"path": "/disableExecuteApiEndpoint"}]}}"#;

    #[tokio::test]
    async fn stands_all_answers() {
        let script = account().on_match("LookupEvents", "UpdateRestApi", &events(&[CLOSED])).on("LookupEvents", r#"{"Events": []}"#);
        script.clone().four_answers(READER, call::LookupEvents, r#"{"Events": []}"#, 1).await;
        let sql = "select arn, event_time from aws_api_gateway_endpoint_change";
        assert_eq!(script.read(READER).await.one(sql), "arn:aws:apigateway:us-east-1::/restapis/a1|2026-11-21T22:26:40Z");
    }

    #[tokio::test]
    async fn http_apis_have_a_call_of_their_own() {
        let closed = r#"{"requestParameters": {"apiId": "h1", "disableExecuteApiEndpoint": true}}"#;
        let script = account().on_match("LookupEvents", "UpdateApi", &events(&[closed])).on("LookupEvents", r#"{"Events": []}"#);
        let read = script.read(READER).await;
        assert_eq!(read.one("select arn from aws_api_gateway_endpoint_change"), "arn:aws:apigateway:us-east-1::/apis/h1");
    }

    #[tokio::test]
    async fn without_apis_there_is_nothing_to_ask() {
        let read = Script::default().fails("LookupEvents", 400, "AccessDeniedException").read(READER).await;
        assert!(read.is_complete && read.gaps().is_empty(), "{:?}", read.gaps());
    }

    #[tokio::test]
    async fn other_changes_and_failed_ones_are_none() {
        let renamed = r#"{"requestParameters": {"restApiId": "a1", "patchOperations": [{"path": "/name"}]}}"#;
        let failed = CLOSED.replacen('{', r#"{"errorCode": "NotFoundException", "#, 1);
        let read = account().on("LookupEvents", &events(&[renamed, &failed])).read(READER).await;
        assert_eq!((read.count("aws_api_gateway_endpoint_change"), read.is_complete), (0, true));
        let odd = account().on("LookupEvents", &events(&[&CLOSED.replace("restApiId", "x")])).read(READER).await;
        assert!(!odd.is_complete);
    }
}
