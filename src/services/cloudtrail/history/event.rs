//! An event as a report tells it. What was sent and what was answered is never kept: it can hold anything.

use serde::Serialize;
use serde_json::Value;

use super::identity::Principal;
use super::means::{Means, means};
use crate::inventory::Time;

/// A writing call that succeeded, or what a service did by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// The operation (`AuthorizeSecurityGroupIngress`).
    pub name: String,
    /// Whose operation it is (`ec2.amazonaws.com`).
    pub source: String,
    /// When it happened.
    #[serde(serialize_with = "text")]
    pub time: Time,
    /// Who, to be read: `role/Admin via alice@example.com`, `user/bob`, `root`, `autoscaling.amazonaws.com`.
    pub principal: String,
    /// ARN of the principal; '' where CloudTrail gives none.
    pub principal_arn: String,
    /// By what means.
    pub means: Means,
    /// The means in words: `Terraform 1.9.5, GitHub Actions`, `AWS CLI 2.17.0`, `console`.
    pub tool: String,
    /// The address that the call came from, or the service that made it.
    pub source_ip: String,
    /// Where the console shows the event.
    pub url: String,
    /// What it was about, in CloudTrail's own names.
    pub resources: Vec<String>,
}

fn text<S: serde::Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(time.as_str())
}

/// What an answer of LookupEvents says of an event.
pub(super) enum Told {
    /// It changed something.
    Change(Box<Event>),
    /// It read, or it failed: no change.
    NoChange,
    /// What names an event is missing, or its detail is none.
    Malformed,
}

impl Told {
    /// Reads an event. `region` is the one that was asked.
    pub(super) fn of(told: &aws_sdk_cloudtrail::types::Event, partition: &str, region: &str) -> Self {
        let (Some(id), Some(name), Some(time)) = (told.event_id(), told.event_name(), told.event_time()) else { return Self::Malformed };
        let Some(detail) = told.cloud_trail_event().and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
            return Self::Malformed;
        };
        let reads = told.read_only().map_or_else(|| flag(&detail, "/readOnly"), |reads| reads == "true");
        if reads || detail.pointer("/errorCode").is_some_and(|code| !code.is_null()) {
            return Self::NoChange;
        }
        let principal = Principal::of(&detail);
        let (means, tool) = means(&detail);
        let mut resources: Vec<String> =
            told.resources().iter().filter_map(|resource| resource.resource_name()).map(str::to_owned).collect();
        let arns = detail.pointer("/resources").and_then(Value::as_array).into_iter().flatten();
        resources.extend(arns.filter_map(|resource| resource.get("ARN")?.as_str()).map(str::to_owned));
        resources.sort_unstable();
        resources.dedup();
        Self::Change(Box::new(Event {
            id: id.to_owned(),
            name: name.to_owned(),
            source: told.event_source().map_or_else(|| member(&detail, "/eventSource").to_owned(), str::to_owned),
            time: Time::from_unix(time.secs()),
            principal: principal.words,
            principal_arn: principal.arn,
            means,
            tool,
            source_ip: member(&detail, "/sourceIPAddress").to_owned(),
            url: url(partition, region, id),
            resources,
        }))
    }
}

/// A member's text, or ''.
pub(super) fn member<'v>(detail: &'v Value, pointer: &str) -> &'v str {
    detail.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// A member that says yes; CloudTrail writes some of them as texts.
pub(super) fn flag(detail: &Value, pointer: &str) -> bool {
    detail.pointer(pointer).is_some_and(|value| value.as_bool() == Some(true) || value.as_str() == Some("true"))
}

/// The event's page in the console.
fn url(partition: &str, region: &str, id: &str) -> String {
    let host = match partition {
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    format!("https://{region}.{host}/cloudtrailv2/home?region={region}#/events/{id}")
}
