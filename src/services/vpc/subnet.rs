//! Subnets.

use aws_sdk_ec2::types;
use macro_rules_attribute::apply;

use super::bounds;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::ec2::{call, name, tags};
use crate::services::{identified, reader, text};

/// A subnet, as DescribeSubnets tells it. Which way its traffic goes is in `aws_vpc_effective_route`, not here.
#[apply(row!)]
#[table("aws_vpc_subnet", key(arn))]
pub struct Subnet {
    /// ARN of the subnet. It names the owner's account, which for a shared subnet is another one.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `subnet-…`.
    pub subnet_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// VPC that it belongs to.
    pub vpc_id: String,
    /// IPv4 range; '' for a subnet with IPv6 only.
    pub cidr_block: String,
    /// First address of the IPv4 range in hexadecimal, IPv4 mapped into IPv6, for comparison.
    #[is(derived)]
    pub cidr_first: String,
    /// Last address of the IPv4 range in hexadecimal.
    #[is(derived)]
    pub cidr_last: String,
    /// Associated IPv6 ranges, a list.
    pub ipv6_cidr_blocks: Json,
    /// Name of the availability zone. The same name is another zone in another account.
    pub availability_zone: String,
    /// Id of the availability zone, the same in every account.
    pub availability_zone_id: String,
    /// Account that owns it.
    pub owner_id: String,
    /// Whether it is another account's, shared through AWS RAM: its routes, gateways and ACLs may then not be visible.
    #[is(derived)]
    pub is_shared: bool,
    /// `available`, `pending`, …
    pub state: String,
    /// Whether network interfaces get a public IPv4 address by default.
    pub map_public_ip_on_launch: Fact<bool>,
    /// Whether the resolver synthesises IPv6 addresses for IPv4-only names.
    pub enable_dns64: Fact<bool>,
    /// Unused IPv4 addresses.
    #[is(churn)]
    pub available_ip_address_count: Fact<i64>,
    /// Block Public Access as it is in force here: `off`, `block-bidirectional` or `block-ingress`.
    pub internet_gateway_block_mode: Fact<String>,
    /// ARN of the Outpost that it lies on, or ''.
    pub outpost_arn: String,
    /// Tags, a map.
    pub tags: Json,
}

reader! { "vpc/subnet", Regional, fills [Subnet::TABLE], calls [call::DescribeSubnets], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeSubnets, |token| ec2.describe_subnets().max_results(1000).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for subnet in page.subnets() {
            let id = identified!(cx, call::DescribeSubnets, subnet.subnet_id());
            let bounds = bounds(&cx, call::DescribeSubnets, subnet.cidr_block().unwrap_or("")).await;
            cx.emit(row(&cx, id, subnet, bounds)).await;
        }
    }
    Ok(())
}

fn row(cx: &Cx, id: &str, subnet: &types::Subnet, (cidr_first, cidr_last): (String, String)) -> Subnet {
    let owner_id = subnet.owner_id().unwrap_or(cx.account_id());
    let ipv6 = subnet.ipv6_cidr_block_association_set().iter().filter_map(|set| set.ipv6_cidr_block());
    let block_mode = subnet.block_public_access_states().and_then(|states| states.internet_gateway_block_mode());
    Subnet {
        arn: subnet.subnet_arn().map_or_else(|| cx.arn("ec2", &format!("subnet/{id}")), str::to_owned),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        subnet_id: id.to_owned(),
        name: name(subnet.tags()),
        vpc_id: text(subnet.vpc_id()),
        cidr_block: text(subnet.cidr_block()),
        cidr_first,
        cidr_last,
        ipv6_cidr_blocks: Json::set(ipv6),
        availability_zone: text(subnet.availability_zone()),
        availability_zone_id: text(subnet.availability_zone_id()),
        is_shared: owner_id != cx.account_id(),
        owner_id: owner_id.to_owned(),
        state: text(subnet.state().map(|state| state.as_str())),
        map_public_ip_on_launch: Fact::told(subnet.map_public_ip_on_launch()),
        enable_dns64: Fact::told(subnet.enable_dns64()),
        available_ip_address_count: Fact::told(subnet.available_ip_address_count().map(i64::from)),
        internet_gateway_block_mode: Fact::told(block_mode.map(|mode| mode.as_str().to_owned())),
        outpost_arn: text(subnet.outpost_arn()),
        tags: tags(subnet.tags()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const TWO: &str = "<subnetSet>
        <item>
            <subnetId>subnet-1</subnetId><subnetArn>arn:aws:ec2:us-east-1:111122223333:subnet/subnet-1</subnetArn>
            <vpcId>vpc-1</vpcId><cidrBlock>10.0.1.0/24</cidrBlock><ownerId>111122223333</ownerId><state>available</state>
            <availabilityZone>us-east-1a</availabilityZone><availabilityZoneId>use1-az1</availabilityZoneId>
            <mapPublicIpOnLaunch>false</mapPublicIpOnLaunch>
            <tagSet><item><key>Name</key><value>private-a</value></item></tagSet>
        </item>
        <item><subnetId>subnet-2</subnetId><ownerId>999988887777</ownerId></item>
    </subnetSet>";

    #[tokio::test]
    async fn stands_all_answers() {
        Script::default().on("DescribeSubnets", TWO).four_answers(READER, call::DescribeSubnets, "<subnetSet/>", 2).await;
    }

    #[tokio::test]
    async fn tells_what_aws_told_and_no_more() {
        let read = Script::default().on("DescribeSubnets", TWO).read(READER).await;
        let of = |column: &str| read.all(&format!("select {column} from aws_vpc_subnet order by subnet_id"));
        assert_eq!(of("map_public_ip_on_launch"), ["0", "unread"]);
        assert_eq!(of("name"), ["private-a", ""]);
        assert_eq!(of("is_shared"), ["0", "1"]);
        assert_eq!(of("tags"), [r#"{"Name":"private-a"}"#, "{}"]);
        assert_eq!(of("arn")[1], "arn:aws:ec2:us-east-1:111122223333:subnet/subnet-2");
    }

    #[tokio::test]
    async fn a_subnet_without_an_id_makes_the_list_incomplete() {
        let read = Script::default().on("DescribeSubnets", "<subnetSet><item><vpcId>vpc-1</vpcId></item></subnetSet>").read(READER).await;
        assert!(!read.is_complete);
        assert_eq!(read.gaps()[0].3, "malformed");
    }
}
