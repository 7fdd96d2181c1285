//! AWS WAF: web ACLs, and what they guard.

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client};

pub mod web_acl;

/// The API. Its lists are limited to five a second. <https://docs.aws.amazon.com/waf/latest/developerguide/limits.html>
pub const WAFV2: &Api = &Api { id: "WAFV2", prefix: "wafv2", quota: Quota::shared(5.0, 10), wire: Wire::AwsJson };

calls! { WAFV2 "wafv2":
    ListResourcesForWebACL,
    ListWebACLs,
}

client!(aws_sdk_wafv2, WAFV2);

/// The card.
pub const SERVICE: Service = Service { name: "wafv2", title: "AWS WAF", readers: &[web_acl::READER], views: &[] };
