//! NAT gateways and their addresses.
//!
//! There are two kinds: zonal ones live in a subnet, regional ones span the zones of a VPC and have a route table of their own.
//! `available` says that a gateway was made, not that it works; what it moves is in `aws_vpc_nat_gateway_metric`.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html>

use aws_sdk_ec2::types;
use macro_rules_attribute::apply;

use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::ec2::{call, name, tags};
use crate::services::{identified, reader, text, time};

/// A NAT gateway, as DescribeNatGateways tells it. Deleted ones stay listed for about an hour, failed ones too.
#[apply(row!)]
#[table("aws_vpc_nat_gateway", key(arn))]
pub struct NatGateway {
    /// ARN of the gateway.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `nat-…`.
    pub nat_gateway_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// VPC that it belongs to.
    pub vpc_id: String,
    /// Subnet that it lives in; '' for a regional one.
    pub subnet_id: String,
    /// `pending`, `failed`, `available`, `deleting` or `deleted`.
    pub state: Fact<String>,
    /// Why it failed, AWS's code, or ''.
    #[is(churn)]
    pub failure_code: String,
    /// Why it failed, in words, or ''.
    #[is(churn)]
    pub failure_message: String,
    /// `public` or `private`. A private one leads to other networks, not to the internet.
    pub connectivity_type: Fact<String>,
    /// `zonal` or `regional`; a gateway of which AWS says neither is zonal.
    pub availability_mode: Fact<String>,
    /// For a regional one whether AWS adds zones by itself: `enabled` or `disabled`; '' for a zonal one.
    pub auto_provision_zones: String,
    /// Route table of a regional one, or ''.
    pub route_table_id: String,
    /// When it was made.
    pub create_time: Time,
    /// When it was deleted, or ''.
    #[is(churn)]
    pub delete_time: Time,
    /// Tags, a map.
    pub tags: Json,
}

/// An address of a NAT gateway.
#[apply(row!)]
#[table("aws_vpc_nat_gateway_address", key(arn, network_interface_id, private_ip, public_ip), part_of("aws_vpc_nat_gateway", arn = arn))]
pub struct Address {
    /// ARN of the NAT gateway.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// NAT gateway.
    pub nat_gateway_id: String,
    /// Elastic IP's allocation, or ''.
    pub allocation_id: String,
    /// Public address, or ''.
    pub public_ip: String,
    /// Private address, or ''.
    pub private_ip: String,
    /// Network interface, or ''.
    pub network_interface_id: String,
    /// `assigning`, `associating`, `succeeded`, `failed`, …
    pub status: Fact<String>,
    /// Why it failed, in words, or ''.
    #[is(churn)]
    pub failure_message: String,
    /// Zone's name; '' for a zonal gateway.
    pub availability_zone: String,
    /// Zone's id; '' for a zonal gateway.
    pub availability_zone_id: String,
}

reader! {
    "vpc/nat_gateway", Regional, fills [NatGateway::TABLE, Address::TABLE], calls [call::DescribeNatGateways], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeNatGateways, |token| ec2.describe_nat_gateways().max_results(1000).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for gateway in page.nat_gateways() {
            let id = identified!(cx, call::DescribeNatGateways, gateway.nat_gateway_id());
            emit(&cx, id, gateway).await;
        }
    }
    Ok(())
}

async fn emit(cx: &Cx, id: &str, gateway: &types::NatGateway) {
    let arn = cx.arn("ec2", &format!("natgateway/{id}"));
    for address in gateway.nat_gateway_addresses() {
        cx.emit(Address {
            arn: arn.clone(),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            nat_gateway_id: id.to_owned(),
            allocation_id: text(address.allocation_id()),
            public_ip: text(address.public_ip()),
            private_ip: text(address.private_ip()),
            network_interface_id: text(address.network_interface_id()),
            status: cx.word(Address::TABLE, &arn, &["status"], address.status(), &[]).await,
            failure_message: text(address.failure_message()),
            availability_zone: text(address.availability_zone()),
            availability_zone_id: text(address.availability_zone_id()),
        })
        .await;
    }
    let mode = gateway.availability_mode();
    let mode = match mode {
        None => Fact::Known("zonal".to_owned()),
        Some(_) => cx.word(NatGateway::TABLE, &arn, &["availability_mode"], mode, &[]).await,
    };
    cx.emit(NatGateway {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        nat_gateway_id: id.to_owned(),
        name: name(gateway.tags()),
        vpc_id: text(gateway.vpc_id()),
        subnet_id: text(gateway.subnet_id()),
        state: cx.word(NatGateway::TABLE, &arn, &["state"], gateway.state(), &[]).await,
        failure_code: text(gateway.failure_code()),
        failure_message: text(gateway.failure_message()),
        connectivity_type: cx.word(NatGateway::TABLE, &arn, &["connectivity_type"], gateway.connectivity_type(), &[]).await,
        availability_mode: mode,
        auto_provision_zones: text(gateway.auto_provision_zones().map(|word| word.as_str())),
        route_table_id: text(gateway.route_table_id()),
        create_time: time(gateway.create_time()),
        delete_time: time(gateway.delete_time()),
        tags: tags(gateway.tags()),
        arn,
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const TWO: &str = "<natGatewaySet>
        <item><natGatewayId>nat-1</natGatewayId><vpcId>vpc-1</vpcId><subnetId>subnet-1</subnetId><state>failed</state>
            <failureCode>Gateway.NotAttached</failureCode><connectivityType>public</connectivityType>
            <createTime>2026-11-01T00:00:00.000Z</createTime>
            <natGatewayAddressSet><item><publicIp>198.51.100.7</publicIp><networkInterfaceId>eni-1</networkInterfaceId><status>succeeded</status></item></natGatewayAddressSet>
        </item>
        <item><natGatewayId>nat-2</natGatewayId><vpcId>vpc-1</vpcId><state>thinking</state><availabilityMode>regional</availabilityMode></item>
    </natGatewaySet>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeNatGateways", TWO);
        script.four_answers(READER, call::DescribeNatGateways, "<natGatewaySet/>", 2).await;
    }

    #[tokio::test]
    async fn tells_state_and_mode_and_admits_what_it_does_not_know() {
        let read = Script::default().on("DescribeNatGateways", TWO).read(READER).await;
        let sql = "select nat_gateway_id, state, failure_code, availability_mode, create_time from aws_vpc_nat_gateway order by 1";
        assert_eq!(read.all(sql), ["nat-1|failed|Gateway.NotAttached|zonal|2026-11-01T00:00:00Z", "nat-2|unread||regional|"]);
        assert_eq!(read.one("select public_ip, status from aws_vpc_nat_gateway_address"), "198.51.100.7|succeeded");
    }
}
