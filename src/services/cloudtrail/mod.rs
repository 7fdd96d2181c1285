//! AWS CloudTrail's event history: what happened in the last 90 days. It keeps management events of every account by itself, in each
//! region for itself, and some minutes late. That it tells of nothing proves nothing.

use aws_sdk_cloudtrail::types::{Event, LookupAttribute, LookupAttributeKey};
use aws_smithy_types::DateTime;
use serde_json::Value;

use super::Service;
use crate::aws::{Api, Cx, Quota, Wire, calls, client};
use crate::inventory::Time;

pub mod endpoint_change;
pub mod history;
pub mod rotation_event;

/// The CloudTrail API. LookupEvents is allowed twice a second in an account and region.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
pub const CLOUD_TRAIL: &Api = &Api { id: "CloudTrail", prefix: "cloudtrail", quota: Quota::shared(2.0, 4), wire: Wire::AwsJson };

calls! { CLOUD_TRAIL "cloudtrail": LookupEvents }

client!(aws_sdk_cloudtrail, CLOUD_TRAIL);

/// The card.
pub const SERVICE: Service =
    Service { name: "cloudtrail", title: "AWS CloudTrail", readers: &[rotation_event::READER, endpoint_change::READER], views: &[] };

/// Days that the event history goes back.
pub const DAYS: i64 = 90;

/// What an event tells, as far as readers ask for it.
struct Told {
    id: String,
    name: String,
    time: Time,
    detail: Value,
    resources: Vec<String>,
}

impl Told {
    /// An event, if it has all that names one.
    fn of(event: &Event) -> Option<Self> {
        Some(Self {
            id: event.event_id()?.to_owned(),
            name: event.event_name()?.to_owned(),
            time: Time::from_unix(event.event_time()?.secs()),
            detail: serde_json::from_str(event.cloud_trail_event()?).ok()?,
            resources: event.resources().iter().filter_map(|resource| resource.resource_name()).map(str::to_owned).collect(),
        })
    }

    /// The first of some places (`/additionalEventData/SecretId`) that holds a text.
    fn text(&self, places: &[&str]) -> Option<&str> {
        places.iter().find_map(|place| self.detail.pointer(place)?.as_str()).filter(|text| !text.is_empty())
    }
}

/// The span of the event history.
fn span(cx: &Cx) -> (DateTime, DateTime) {
    let clock = cx.clock().unix().unwrap_or(0);
    (DateTime::from_secs(clock - DAYS * 86_400), DateTime::from_secs(clock))
}

/// A question for the events of one name.
fn named(name: &str) -> Option<LookupAttribute> {
    LookupAttribute::builder().attribute_key(LookupAttributeKey::EventName).attribute_value(name).build().ok()
}
