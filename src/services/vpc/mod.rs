//! Amazon VPC: networks, their routes and gateways, and what may pass.

use super::Service;
use crate::aws::{Call, Cx};
use crate::inventory::{View, cidr_bounds};

pub mod address;
pub mod availability_zone;
pub mod endpoint;
pub mod flow_log;
pub mod internet_gateway;
pub mod nat_gateway;
pub mod nat_gateway_metric;
pub mod network_acl;
pub mod network_interface;
pub mod peering;
pub mod prefix_list;
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
        availability_zone::READER,
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
        prefix_list::READER,
    ],
    views: &[EFFECTIVE_ROUTE, SUBNET_ACL, NAT_PATH, NAT_INSTANCE_PATH, NAT_USE],
};

const EFFECTIVE_ROUTE: &View = &View { name: "aws_vpc_effective_route", sql: include_str!("effective_route.sql") };
const SUBNET_ACL: &View = &View { name: "aws_vpc_subnet_acl", sql: include_str!("subnet_acl.sql") };
const NAT_PATH: &View = &View { name: "aws_vpc_nat_path", sql: include_str!("nat_path.sql") };
const NAT_INSTANCE_PATH: &View = &View { name: "aws_vpc_nat_instance_path", sql: include_str!("nat_instance_path.sql") };
const NAT_USE: &View = &View { name: "aws_vpc_nat_use", sql: include_str!("nat_use.sql") };

/// The first and the last address of a range. `''` has none; a text that is no range makes the table incomplete.
async fn bounds(cx: &Cx, call: &'static Call, cidr: &str) -> (String, String) {
    match cidr_bounds(cidr) {
        Some(bounds) => bounds,
        None => {
            if !cidr.is_empty() {
                cx.malformed(call, &format!("names a range that is none: {cidr}")).await;
            }
            (String::new(), String::new())
        }
    }
}
