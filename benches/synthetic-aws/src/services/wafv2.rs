//! WAF.

use super::{Does, Service};
use crate::wire::Wire;

/// The card.
pub const SERVICE: Service = Service {
    name: "wafv2",
    id: "WAFV2",
    scope: "wafv2",
    wire: Wire::AwsJson11,
    target: Some("AWSWAF_20190729"),
    namespace: "",
    calls: &[("ListResourcesForWebACL", Does::Says(r#""ResourceArns":[]"#)), ("ListWebACLs", Does::Says(r#""WebACLs":[]"#))],
};
