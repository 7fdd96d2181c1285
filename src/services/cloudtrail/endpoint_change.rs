//! When the default endpoints of REST APIs were opened or closed: API Gateway keeps no date of it.

use macro_rules_attribute::apply;

use super::{Told, call, named, span};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Row, Time};
use crate::services::reader;

/// A change of a REST API's default endpoint in the last 90 days, as LookupEvents tells it. That there is none proves nothing.
#[apply(row!)]
#[table("aws_api_gateway_endpoint_change", key(arn, event_id))]
pub struct EndpointChange {
    /// ARN of the REST API.
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

/// Where the API's id stands.
const API: &[&str] = &["/requestParameters/restApiId", "/requestParameters/restapiId"];

reader! {
    "cloudtrail/endpoint_change", Regional, fills [EndpointChange::TABLE], calls [call::LookupEvents], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let trail: aws_sdk_cloudtrail::Client = cx.client();
    let (start, end) = span(&cx);
    let mut pages = cx.pages(call::LookupEvents, |token| {
        trail
            .lookup_events()
            .set_lookup_attributes(named("UpdateRestApi").map(|name| vec![name]))
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
            // An attempt that failed changed nothing; other settings of an API are changed by the same call.
            let request = told.detail.pointer("/requestParameters").map(ToString::to_string);
            let is_about = request.is_some_and(|request| request.contains("disableExecuteApiEndpoint"));
            if told.detail.pointer("/errorCode").is_some() || !is_about {
                continue;
            }
            let Some(id) = told.text(API) else {
                cx.malformed(call::LookupEvents, "holds a change that names no API").await;
                continue;
            };
            cx.emit(EndpointChange {
                arn: cx.arn_of("apigateway", "", &format!("/restapis/{id}")),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                event_id: told.id,
                event_time: told.time,
            })
            .await;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

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
        let script = Script::default().on("LookupEvents", &events(&[CLOSED]));
        script.clone().four_answers(READER, call::LookupEvents, r#"{"Events": []}"#, 1).await;
        let sql = "select arn, event_time from aws_api_gateway_endpoint_change";
        assert_eq!(script.read(READER).await.one(sql), "arn:aws:apigateway:us-east-1::/restapis/a1|2026-11-21T22:26:40Z");
    }

    #[tokio::test]
    async fn other_changes_and_failed_ones_are_none() {
        let renamed = r#"{"requestParameters": {"restApiId": "a1", "patchOperations": [{"path": "/name"}]}}"#;
        let failed = CLOSED.replacen('{', r#"{"errorCode": "NotFoundException", "#, 1);
        let read = Script::default().on("LookupEvents", &events(&[renamed, &failed])).read(READER).await;
        assert_eq!((read.count("aws_api_gateway_endpoint_change"), read.is_complete), (0, true));
        let odd = Script::default().on("LookupEvents", &events(&[&CLOSED.replace("restApiId", "x")])).read(READER).await;
        assert!(!odd.is_complete);
    }
}
