//! Amazon VPC: networks, their routes and gateways, and what may pass.

use super::Service;

pub mod address;
pub mod endpoint;
pub mod flow_log;
pub mod internet_gateway;
pub mod nat_gateway;
pub mod nat_gateway_metric;
pub mod network_acl;
pub mod network_interface;
pub mod peering;
pub mod route_table;
pub mod security_group;
pub mod subnet;
#[allow(clippy::module_inception)]
pub mod vpc;

/// The card.
pub const SERVICE: Service = Service {
    name: "vpc",
    title: "Amazon VPC",
    readers: &[
        vpc::READER,
        subnet::READER,
        route_table::READER,
        internet_gateway::READER,
        internet_gateway::egress_only::READER,
        nat_gateway::READER,
        nat_gateway_metric::READER,
        endpoint::READER,
        network_acl::READER,
        security_group::READER,
        security_group::rule::READER,
        network_interface::READER,
        address::READER,
        flow_log::READER,
        peering::READER,
    ],
    views: &[],
};
