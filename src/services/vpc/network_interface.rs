//! Network interfaces: where something really sits in a network.

use macro_rules_attribute::apply;

use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::ec2::{call, name, tags};
use crate::services::{identified, reader, text};

/// A network interface, as DescribeNetworkInterfaces tells it.
#[apply(row!)]
#[table("aws_ec2_network_interface", key(arn))]
pub struct NetworkInterface {
    /// ARN of the interface.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `eni-…`.
    pub network_interface_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// Its description; services write what they made it for.
    pub description: String,
    /// VPC.
    pub vpc_id: String,
    /// Subnet.
    pub subnet_id: String,
    /// Zone's name.
    pub availability_zone: String,
    /// `available`, `in-use`, `attaching`, `detaching` or `associated`.
    pub status: Fact<String>,
    /// `interface`, `natGateway`, `network_load_balancer`, `lambda`, `vpc_endpoint`, …
    pub interface_type: String,
    /// Whether a service made it.
    pub requester_managed: Fact<bool>,
    /// Whether traffic that is not for it or from it is dropped; a NAT instance needs this off.
    pub source_dest_check: Fact<bool>,
    /// First private IPv4 address.
    pub private_ip: String,
    /// Public IPv4 address, or ''.
    pub public_ip: String,
    /// IPv6 addresses, a list.
    pub ipv6_addresses: Json,
    /// Security groups, a list.
    pub group_ids: Json,
    /// Instance to which it is attached, or ''.
    pub instance_id: String,
    /// Account of that instance, or ''.
    pub instance_owner_id: String,
    /// Tags, a map.
    pub tags: Json,
}

reader! {
    "vpc/network_interface", Regional, fills [NetworkInterface::TABLE], calls [call::DescribeNetworkInterfaces], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages =
        cx.pages(call::DescribeNetworkInterfaces, |token| ec2.describe_network_interfaces().max_results(1000).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for interface in page.network_interfaces() {
            let id = identified!(cx, call::DescribeNetworkInterfaces, interface.network_interface_id());
            let arn = cx.arn_of("ec2", interface.owner_id().unwrap_or(cx.account_id()), &format!("network-interface/{id}"));
            let attachment = interface.attachment();
            cx.emit(NetworkInterface {
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                network_interface_id: id.to_owned(),
                name: name(interface.tag_set()),
                description: text(interface.description()),
                vpc_id: text(interface.vpc_id()),
                subnet_id: text(interface.subnet_id()),
                availability_zone: text(interface.availability_zone()),
                status: cx.word(NetworkInterface::TABLE, &arn, &["status"], interface.status(), &[]).await,
                interface_type: text(interface.interface_type().map(|kind| kind.as_str())),
                requester_managed: Fact::told(interface.requester_managed()),
                source_dest_check: Fact::told(interface.source_dest_check()),
                private_ip: text(interface.private_ip_address()),
                public_ip: text(interface.association().and_then(|association| association.public_ip())),
                ipv6_addresses: Json::set(interface.ipv6_addresses().iter().filter_map(|address| address.ipv6_address())),
                group_ids: Json::set(interface.groups().iter().filter_map(|group| group.group_id())),
                instance_id: text(attachment.and_then(|attachment| attachment.instance_id())),
                instance_owner_id: text(attachment.and_then(|attachment| attachment.instance_owner_id())),
                tags: tags(interface.tag_set()),
                arn,
            })
            .await;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const ONE: &str = "<networkInterfaceSet><item>
        <networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><status>in-use</status>
        <interfaceType>interface</interfaceType><sourceDestCheck>true</sourceDestCheck><ownerId>111122223333</ownerId>
        <association><publicIp>198.51.100.7</publicIp></association>
        <attachment><instanceId>i-1</instanceId><instanceOwnerId>111122223333</instanceOwnerId></attachment>
        <groupSet><item><groupId>sg-1</groupId></item></groupSet>
    </item></networkInterfaceSet>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeNetworkInterfaces", ONE);
        script.four_answers(READER, call::DescribeNetworkInterfaces, "<networkInterfaceSet/>", 1).await;
    }

    #[tokio::test]
    async fn tells_where_it_sits_and_what_it_drops() {
        let read = Script::default().on("DescribeNetworkInterfaces", ONE).read(READER).await;
        let sql = "select status, source_dest_check, requester_managed, public_ip, instance_id, group_ids from aws_ec2_network_interface";
        assert_eq!(read.one(sql), r#"in-use|1|unread|198.51.100.7|i-1|["sg-1"]"#);
    }
}
