//! Route tables, their routes, and which subnet uses which.

use aws_sdk_ec2::types;
use macro_rules_attribute::apply;

use super::bounds;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::ec2::{call, name, tags};
use crate::services::{identified, reader, text};

/// A route table, as DescribeRouteTables tells it.
#[apply(row!)]
#[table("aws_vpc_route_table", key(arn))]
pub struct RouteTable {
    /// ARN of the route table.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `rtb-…`.
    pub route_table_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// VPC that it belongs to.
    pub vpc_id: String,
    /// Account that owns it.
    pub owner_id: String,
    /// Whether it is the VPC's main table: the one of every subnet without an association of its own.
    #[is(derived)]
    pub is_main: bool,
    /// Virtual private gateways that may write routes into it, a list.
    pub propagating_vgws: Json,
    /// Tags, a map.
    pub tags: Json,
}

/// Which subnet or gateway uses which route table. AWS lists only what was associated on purpose: a subnet that is not here uses
/// its VPC's main table.
#[apply(row!)]
#[table("aws_vpc_route_table_association", key(arn, association_id), part_of("aws_vpc_route_table", arn = arn))]
pub struct Association {
    /// ARN of the route table.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `rtbassoc-…`.
    pub association_id: String,
    /// Route table.
    pub route_table_id: String,
    /// VPC of the route table.
    pub vpc_id: String,
    /// Subnet, or ''.
    pub subnet_id: String,
    /// Gateway, for an edge association, or ''.
    pub gateway_id: String,
    /// Whether it says that the table is the VPC's main one.
    pub is_main: bool,
    /// `associated`, `associating`, `disassociating`, `disassociated` or `failed`.
    pub state: Fact<String>,
}

/// A route, as DescribeRouteTables tells it.
#[apply(row!)]
#[table("aws_vpc_route", key(arn, destination), part_of("aws_vpc_route_table", arn = arn))]
pub struct Route {
    /// ARN of the route table.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Route table.
    pub route_table_id: String,
    /// VPC of the route table.
    pub vpc_id: String,
    /// Range or prefix list.
    pub destination: String,
    /// `ipv4`, `ipv6` or `prefix_list`.
    #[is(derived)]
    pub destination_kind: String,
    /// Length of the range's prefix; -1 for a prefix list.
    #[is(derived)]
    pub prefix_length: i64,
    /// First address of the range in hexadecimal, IPv4 mapped into IPv6; '' for a prefix list.
    #[is(derived)]
    pub cidr_first: String,
    /// Last address of the range in hexadecimal; '' for a prefix list.
    #[is(derived)]
    pub cidr_last: String,
    /// `internet_gateway`, `nat_gateway`, `network_interface`, `transit_gateway`, `vpc_peering_connection`, `vpc_endpoint`,
    /// `virtual_private_gateway`, `egress_only_internet_gateway`, `carrier_gateway`, `local_gateway`, `core_network`, `local`,
    /// `instance` (only where AWS names no interface), or `other` for a kind that this version does not know.
    #[is(derived)]
    pub target_kind: String,
    /// Id of the target.
    pub target_id: String,
    /// Instance behind a network interface, or ''.
    pub instance_id: String,
    /// Account of that instance, or ''.
    pub instance_owner_id: String,
    /// `active`, `blackhole` or `filtered`. Active is no proof that the target works.
    pub state: Fact<String>,
    /// `CreateRouteTable`, `CreateRoute`, `EnableVgwRoutePropagation`, …
    pub origin: String,
}

reader! {
    "vpc/route_table", Regional, fills [RouteTable::TABLE, Association::TABLE, Route::TABLE],
    calls [call::DescribeRouteTables], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeRouteTables, |token| ec2.describe_route_tables().max_results(100).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for table in page.route_tables() {
            let id = identified!(cx, call::DescribeRouteTables, table.route_table_id());
            let owner_id = table.owner_id().unwrap_or(cx.account_id());
            let arn = cx.arn_of("ec2", owner_id, &format!("route-table/{id}"));
            for association in table.associations() {
                emit_association(&cx, &arn, table, association).await;
            }
            for route in table.routes() {
                emit_route(&cx, &arn, table, route).await;
            }
            cx.emit(RouteTable {
                arn,
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                route_table_id: id.to_owned(),
                name: name(table.tags()),
                vpc_id: text(table.vpc_id()),
                owner_id: owner_id.to_owned(),
                is_main: table.associations().iter().any(|association| association.main() == Some(true)),
                propagating_vgws: Json::set(table.propagating_vgws().iter().filter_map(|vgw| vgw.gateway_id())),
                tags: tags(table.tags()),
            })
            .await;
        }
    }
    Ok(())
}

async fn emit_association(cx: &Cx, arn: &str, table: &types::RouteTable, association: &types::RouteTableAssociation) {
    let state = association.association_state().and_then(|state| state.state());
    let is_main = association.main() == Some(true);
    cx.emit(Association {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        association_id: text(association.route_table_association_id()),
        route_table_id: text(table.route_table_id()),
        vpc_id: text(table.vpc_id()),
        subnet_id: text(association.subnet_id()),
        gateway_id: text(association.gateway_id()),
        is_main,
        state: cx.word(Association::TABLE, arn, &["state"], state, &[]).await,
    })
    .await;
}

async fn emit_route(cx: &Cx, arn: &str, table: &types::RouteTable, route: &types::Route) {
    let (destination, destination_kind) = match (route.destination_cidr_block(), route.destination_ipv6_cidr_block()) {
        (Some(v4), _) => (v4, "ipv4"),
        (None, Some(v6)) => (v6, "ipv6"),
        (None, None) => (route.destination_prefix_list_id().unwrap_or(""), "prefix_list"),
    };
    let prefix_length = destination.split_once('/').and_then(|(_, length)| length.parse().ok());
    let (target_kind, target_id) = target(route);
    let range = if destination_kind == "prefix_list" { "" } else { destination };
    let (cidr_first, cidr_last) = bounds(cx, call::DescribeRouteTables, range).await;
    cx.emit(Route {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        route_table_id: text(table.route_table_id()),
        vpc_id: text(table.vpc_id()),
        destination: destination.to_owned(),
        destination_kind: destination_kind.to_owned(),
        prefix_length: prefix_length.unwrap_or(-1),
        cidr_first,
        cidr_last,
        target_kind: target_kind.to_owned(),
        target_id: target_id.to_owned(),
        instance_id: text(route.instance_id()),
        instance_owner_id: text(route.instance_owner_id()),
        state: cx.word(Route::TABLE, arn, &["state"], route.state(), &[]).await,
        origin: text(route.origin().map(|origin| origin.as_str())),
    })
    .await;
}

/// What a route leads to. AWS has a member for each kind of target, and puts several kinds into `GatewayId`.
fn target(route: &types::Route) -> (&'static str, &str) {
    let members = [
        ("nat_gateway", route.nat_gateway_id()),
        ("network_interface", route.network_interface_id()),
        ("instance", route.instance_id()),
        ("transit_gateway", route.transit_gateway_id()),
        ("vpc_peering_connection", route.vpc_peering_connection_id()),
        ("egress_only_internet_gateway", route.egress_only_internet_gateway_id()),
        ("carrier_gateway", route.carrier_gateway_id()),
        ("local_gateway", route.local_gateway_id()),
        ("core_network", route.core_network_arn()),
    ];
    if let Some(target) = members.into_iter().find_map(|(kind, id)| Some((kind, id?))) {
        return target;
    }
    match route.gateway_id() {
        Some("local") => ("local", "local"),
        Some(id) if id.starts_with("igw-") => ("internet_gateway", id),
        Some(id) if id.starts_with("vgw-") => ("virtual_private_gateway", id),
        Some(id) if id.starts_with("vpce-") => ("vpc_endpoint", id),
        Some(id) => ("other", id),
        None => ("other", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const ONE: &str = "<routeTableSet><item>
        <routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><ownerId>111122223333</ownerId>
        <associationSet>
            <item><routeTableAssociationId>a-1</routeTableAssociationId><main>true</main><associationState><state>associated</state></associationState></item>
            <item><routeTableAssociationId>a-2</routeTableAssociationId><subnetId>subnet-1</subnetId><main>false</main><associationState><state>melting</state></associationState></item>
        </associationSet>
        <routeSet>
            <item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state></item>
            <item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><natGatewayId>nat-1</natGatewayId><state>blackhole</state></item>
            <item><destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock><egressOnlyInternetGatewayId>eigw-1</egressOnlyInternetGatewayId><state>active</state></item>
            <item><destinationPrefixListId>pl-1</destinationPrefixListId><gatewayId>vpce-1</gatewayId><state>active</state></item>
            <item><destinationCidrBlock>10.9.0.0/16</destinationCidrBlock><instanceId>i-1</instanceId><networkInterfaceId>eni-1</networkInterfaceId><state>active</state></item>
        </routeSet>
    </item></routeTableSet>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeRouteTables", ONE);
        script.four_answers(READER, call::DescribeRouteTables, "<routeTableSet/>", 1).await;
    }

    #[tokio::test]
    async fn routes_name_their_targets() {
        let read = Script::default().on("DescribeRouteTables", ONE).read(READER).await;
        assert_eq!(
            read.all("select destination, target_kind, target_id, state, prefix_length from aws_vpc_route order by destination"),
            [
                "0.0.0.0/0|nat_gateway|nat-1|blackhole|0",
                "10.0.0.0/16|local|local|active|16",
                "10.9.0.0/16|network_interface|eni-1|active|16",
                "::/0|egress_only_internet_gateway|eigw-1|active|0",
                "pl-1|vpc_endpoint|vpce-1|active|-1",
            ]
        );
        assert_eq!(read.one("select is_main from aws_vpc_route_table"), "1");
    }

    #[tokio::test]
    async fn a_state_that_nobody_knows_is_unread_and_a_gap() {
        let read = Script::default().on("DescribeRouteTables", ONE).read(READER).await;
        let states = read.all("select state from aws_vpc_route_table_association order by association_id");
        assert_eq!(states, ["associated", "unread"]);
        assert!(read.is_complete, "the row is there, its state is not");
        assert_eq!(read.gaps()[0].3, "unrecognised");
    }
}
