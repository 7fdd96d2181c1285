//! Amazon Route 53: hosted zones, and where their names lead.

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client};

pub mod zone;

/// The API: one control plane for all regions, limited to five requests a second for the whole account.
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html>
pub const ROUTE_53: &Api = &Api { id: "Route 53", prefix: "route53", quota: Quota::shared(5.0, 8), wire: Wire::RestXmlWrapped };

calls! { ROUTE_53 "route53":
    ListHostedZones,
    ListResourceRecordSets,
}

client!(aws_sdk_route53, ROUTE_53);

/// The card.
pub const SERVICE: Service = Service { name: "route53", title: "Amazon Route 53", readers: &[zone::READER], views: &[] };
