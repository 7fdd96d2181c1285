//! Who changed it: the event history, asked about some resources.
//!
//! CloudTrail files an event under the names of the resources that it was about, whatever the service calls a name. Two ways lead
//! from a change to its events: one question for each name, or all writing events of the time in question, read once. What is
//! found says who and by what means; that nothing is found proves nothing.

mod errands;
mod event;
#[cfg(test)]
mod events_test;
mod identity;
mod means;
mod names;

pub use errands::{BY_NAME, Found, Named, PEEK, Peeked, SWEEP, Span, Sweep, Swept};
pub use event::Event;
pub use means::Means;
pub use names::{names_of, sources_of};

/// Seconds that an event may take until the history tells of it.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html>
pub const LATE: i64 = 15 * 60;

/// Where the events of services without regions are told.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events>
pub fn home_of_global(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}
