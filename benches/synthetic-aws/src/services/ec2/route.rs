//! Route tables: the main one and a public one for each VPC, then those that were asked for.

use super::layout::Layout;
use super::{next, page, tags};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::wire::Body;

/// `DescribeRouteTables`.
pub fn tables(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    let count = if layout.vpcs == 0 { 0 } else { 2 * layout.vpcs + ask.count(Kind::RouteTable) };
    let (range, token) = page(ask, count)?;
    body.list("routeTableSet", "item", range, |body, table| {
        let vpc = table % layout.vpcs;
        let (is_main, is_public) = (table < layout.vpcs, (layout.vpcs..2 * layout.vpcs).contains(&table));
        let id = ask.id("rtb", Kind::RouteTable, table);
        body.text("routeTableId", &id);
        body.text("vpcId", &layout.vpc_id(vpc));
        body.text("ownerId", &ask.account);
        let nat = nat_of(&layout, vpc);
        // Private subnets of a VPC without a NAT gateway have no way out.
        let has_default = is_public || nat.is_some();
        body.list("routeSet", "item", [false, true].into_iter().take(1 + usize::from(has_default)), |body, is_default| {
            match (is_default, nat) {
                (false, _) => {
                    body.text("destinationCidrBlock", &layout.vpc_cidr(vpc));
                    body.text("gatewayId", "local");
                    body.text("origin", "CreateRouteTable");
                }
                (true, Some(nat)) if !is_public => {
                    body.text("destinationCidrBlock", "0.0.0.0/0");
                    body.text("natGatewayId", &ask.id("nat", Kind::NatGateway, nat));
                    body.text("origin", "CreateRoute");
                }
                (true, _) => {
                    body.text("destinationCidrBlock", "0.0.0.0/0");
                    body.text("gatewayId", &ask.id("igw", Kind::Vpc, vpc));
                    body.text("origin", "CreateRoute");
                }
            }
            body.text("state", "active");
        });
        if is_main {
            body.list("associationSet", "item", [()], |body, ()| {
                association(body, &ask.id("rtbassoc", Kind::RouteTable, table), &id, None)
            });
        }
        if is_public {
            let public = layout.subnets_of(vpc).filter(|subnet| layout.is_public(*subnet));
            body.list("associationSet", "item", public, |body, subnet| {
                association(body, &ask.id("rtbassoc", Kind::Subnet, subnet), &id, Some(layout.subnet_id(subnet)));
            });
        }
        tags(body, ask.dice(Kind::RouteTable, table), Kind::RouteTable, table);
    });
    next(body, token);
    Ok(())
}

/// A NAT gateway of a VPC.
fn nat_of(layout: &Layout<'_, '_>, vpc: u64) -> Option<u64> {
    (vpc < layout.nats && layout.vpc_of_subnet(layout.subnet_of_nat(vpc)) == vpc).then_some(vpc)
}

fn association(body: &mut Body, id: &str, table: &str, subnet: Option<String>) {
    body.text("routeTableAssociationId", id);
    body.text("routeTableId", table);
    if let Some(subnet) = &subnet {
        body.text("subnetId", subnet);
    }
    body.flag("main", subnet.is_none());
    body.member("associationState", |body| body.text("state", "associated"));
}
