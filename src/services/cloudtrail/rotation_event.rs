//! How the rotations of secrets went, as Secrets Manager itself told CloudTrail.

use macro_rules_attribute::apply;

use super::{Told, call, named, span};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Row, Time};
use crate::services::secretsmanager::secret::Secret;
use crate::services::{is_any_here, reader};

/// A step of a secret's rotation in the last 90 days, as LookupEvents tells it. That there is none proves nothing.
#[apply(row!)]
#[table("aws_secretsmanager_rotation_event", key(arn, event_id), part_of("aws_secretsmanager_secret", arn = arn), is(churn))]
pub struct RotationEvent {
    /// ARN of the secret.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the event.
    pub event_id: String,
    /// `RotationStarted`, `RotationSucceeded`, `RotationFailed` or `RotationAbandoned`. Tests of a rotation have other names.
    pub event_name: String,
    /// When it happened.
    pub event_time: Time,
    /// Why, in words, or ''.
    pub message: String,
}

/// The steps; a rotation that is only tested is none.
const STEPS: [&str; 4] = ["RotationStarted", "RotationSucceeded", "RotationFailed", "RotationAbandoned"];

/// Where the secret's ARN stands.
const SECRET: &[&str] = &["/additionalEventData/SecretId", "/additionalEventData/secretId", "/requestParameters/secretId"];

/// Where the words stand.
const MESSAGE: &[&str] = &["/errorMessage", "/additionalEventData/ErrorMessage", "/additionalEventData/errorMessage"];

reader! {
    "cloudtrail/rotation_event", Regional, fills [RotationEvent::TABLE], calls [call::LookupEvents], needs [Secret::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    // CloudTrail answers twice a second and no more: it is not asked about what is not there.
    let sql = "select arn from aws_secretsmanager_secret where account_id = ?1 and region = ?2 and arn > ?3 order by arn limit ?4";
    if !is_any_here(&cx, sql).await? {
        return Ok(());
    }
    let trail: aws_sdk_cloudtrail::Client = cx.client();
    let (start, end) = span(&cx);
    for step in STEPS {
        let mut pages = cx.pages(call::LookupEvents, |token| {
            trail
                .lookup_events()
                .set_lookup_attributes(named(step).map(|name| vec![name]))
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
                let is_secret = |name: &&str| name.contains(":secret:");
                let secret = told.text(SECRET).filter(is_secret).or(told.resources.iter().map(String::as_str).find(is_secret));
                let Some(arn) = secret.map(str::to_owned) else {
                    cx.malformed(call::LookupEvents, "holds an event that names no secret").await;
                    continue;
                };
                let message = told.text(MESSAGE).unwrap_or("").to_owned();
                cx.emit(RotationEvent {
                    arn,
                    account_id: cx.account_id().to_owned(),
                    region: cx.region().to_owned(),
                    event_id: told.id,
                    event_name: told.name,
                    event_time: told.time,
                    message,
                })
                .await;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf";

    fn event(name: &str, detail: &str) -> String {
        let detail = serde_json::Value::from(detail).to_string();
        format!(r#"{{"EventId": "{name}-1", "EventName": "{name}", "EventTime": 1795300000, "CloudTrailEvent": {detail}}}"#)
    }

    fn events(name: &str) -> String {
        let detail = format!(r#"{{"additionalEventData": {{"SecretId": "{SECRET}"}}, "errorMessage": "no such host"}}"#);
        format!(r#"{{"Events": [{}]}}"#, event(name, &detail))
    }

    /// A secret is there.
    fn account() -> Script {
        let values = format!("'{SECRET}', '111122223333', 'us-east-1'");
        Script::default().seed("aws_secretsmanager_secret (arn, account_id, region)", &values)
    }

    fn script() -> Script {
        account().on_match("LookupEvents", "RotationStarted", &events("RotationStarted")).on("LookupEvents", r#"{"Events": []}"#)
    }

    const SQL: &str = "select arn, event_name, event_time, message from aws_secretsmanager_rotation_event";

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::LookupEvents, r#"{"Events": []}"#, 1).await;
        let failed = account().on_match("LookupEvents", "RotationFailed", &events("RotationFailed"));
        let read = failed.on("LookupEvents", r#"{"Events": []}"#).read(READER).await;
        assert_eq!(read.one(SQL), format!("{SECRET}|RotationFailed|2026-11-21T22:26:40Z|no such host"));
    }

    #[tokio::test]
    async fn without_secrets_there_is_nothing_to_ask() {
        let read = Script::default().fails("LookupEvents", 400, "AccessDeniedException").read(READER).await;
        assert!(read.is_complete && read.gaps().is_empty(), "{:?}", read.gaps());
    }

    #[tokio::test]
    async fn an_event_that_names_no_secret_is_a_gap() {
        let odd = format!(r#"{{"Events": [{}]}}"#, event("RotationStarted", "{}"));
        let read = Script::default().on_match("LookupEvents", "RotationStarted", &odd).followed_by(script()).read(READER).await;
        assert_eq!((read.count("aws_secretsmanager_rotation_event"), read.is_complete), (0, false));
        assert_eq!(read.gaps()[0].3, "malformed");
    }
}
