//! What a bucket does by itself, out of [`Facts`]: lifecycle, logging, object lock, notifications; and its tags.

use serde_json::json;

use super::bucket_facts::Facts;
use crate::aws::Unread;
use crate::inventory::{Fact, Json};
use crate::services::{text, time};

impl Facts {
    /// What happens to objects with time.
    pub fn lifecycle(&self) -> Fact<Json> {
        let told = match &self.lifecycle {
            Err(Unread) => return Fact::Unread,
            Ok(None) => return Fact::Known(Json(json!([]))),
            Ok(Some(told)) => told,
        };
        #[allow(deprecated)]
        let rule = |rule: &aws_sdk_s3::types::LifecycleRule| {
            let filter = rule.filter();
            let prefix = filter.and_then(|filter| filter.prefix().or(filter.and().and_then(|and| and.prefix()))).or(rule.prefix());
            json!({
                "id": text(rule.id()),
                "status": rule.status().as_str(),
                "prefix": text(prefix),
                "expiration_days": rule.expiration().and_then(|expiration| expiration.days()).unwrap_or(0),
                "expiration_date": time(rule.expiration().and_then(|expiration| expiration.date())).as_str(),
                "noncurrent_days": rule.noncurrent_version_expiration().and_then(|old| old.noncurrent_days()).unwrap_or(0),
                "abort_multipart_days":
                    rule.abort_incomplete_multipart_upload().and_then(|abort| abort.days_after_initiation()).unwrap_or(0),
                "transitions": rule.transitions().len(),
            })
        };
        Fact::Known(Json(told.rules().iter().map(rule).collect()))
    }

    /// Where access is logged.
    pub fn logging(&self) -> (Fact<String>, Fact<String>) {
        let Ok(Some(told)) = &self.logging else { return (Fact::Unread, Fact::Unread) };
        let target = told.logging_enabled();
        (Fact::Known(text(target.map(|target| target.target_bucket()))), Fact::Known(text(target.map(|target| target.target_prefix()))))
    }

    /// Whether objects are locked, how, and for how long.
    pub fn object_lock(&self) -> (Fact<bool>, Fact<String>, Fact<i64>) {
        let told = match &self.lock {
            Err(Unread) => return (Fact::Unread, Fact::Unread, Fact::Unread),
            Ok(None) => return (Fact::Known(false), Fact::Known(String::new()), Fact::Known(0)),
            Ok(Some(told)) => told.object_lock_configuration(),
        };
        let enabled = told.and_then(|lock| lock.object_lock_enabled()).is_some_and(|word| word.as_str() == "Enabled");
        let default = told.and_then(|lock| lock.rule()).and_then(|rule| rule.default_retention());
        let days = default.map_or(0, |default| i64::from(default.days().unwrap_or(0)) + 365 * i64::from(default.years().unwrap_or(0)));
        let mode = text(default.and_then(|default| default.mode()).map(|mode| mode.as_str()));
        (Fact::Known(enabled), Fact::Known(mode), Fact::Known(days))
    }

    /// Of what somebody is told.
    pub fn notification_events(&self) -> Fact<Json> {
        let Ok(Some(told)) = &self.notification else { return Fact::Unread };
        let topics = told.topic_configurations().iter().flat_map(|topic| topic.events());
        let queues = told.queue_configurations().iter().flat_map(|queue| queue.events());
        let functions = told.lambda_function_configurations().iter().flat_map(|function| function.events());
        let mut events: Vec<&str> = topics.chain(queues).chain(functions).map(|event| event.as_str()).collect();
        if told.event_bridge_configuration().is_some() {
            events.push("EventBridge");
        }
        events.dedup();
        Fact::Known(Json::set(events))
    }

    /// Tags.
    pub fn tags(&self) -> Fact<Json> {
        match &self.tagging {
            Err(Unread) => Fact::Unread,
            Ok(None) => Fact::Known(Json::tags(None)),
            Ok(Some(told)) => {
                let pair = |tag: &aws_sdk_s3::types::Tag| (tag.key().to_owned(), tag.value().to_owned());
                Fact::Known(Json::map(told.tag_set().iter().map(pair)))
            }
        }
    }
}
