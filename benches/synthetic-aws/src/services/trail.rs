//! CloudTrail.

use super::{Does, Service};
use crate::wire::Wire;

/// The card.
pub const SERVICE: Service = Service {
    name: "cloudtrail",
    id: "CloudTrail",
    scope: "cloudtrail",
    wire: Wire::AwsJson11,
    target: Some("CloudTrail_20131101"),
    namespace: "",
    calls: &[("LookupEvents", Does::Says(r#""Events":[]"#))],
};
