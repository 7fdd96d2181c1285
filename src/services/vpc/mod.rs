//! Amazon VPC: networks, their routes and gateways, and what may pass.

use super::Service;

pub mod subnet;

/// The card.
pub const SERVICE: Service =
    Service { name: "vpc", title: "Amazon VPC", readers: &[subnet::READER], views: &[] };
