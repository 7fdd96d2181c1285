//! Virtual private clouds.

use macro_rules_attribute::apply;

use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::ec2::{call, name, tags};
use crate::services::{identified, reader, text};

/// A virtual private cloud, as DescribeVpcs tells it.
#[apply(row!)]
#[table("aws_vpc", key(arn))]
pub struct Vpc {
    /// ARN of the VPC. It names the owner's account, which for a shared VPC is another one.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `vpc-…`.
    pub vpc_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// First IPv4 range.
    pub cidr_block: String,
    /// All associated IPv4 ranges, a list.
    pub cidr_blocks: Json,
    /// All associated IPv6 ranges, a list.
    pub ipv6_cidr_blocks: Json,
    /// Whether AWS made it when the account was made.
    pub is_default: Fact<bool>,
    /// `available` or `pending`.
    pub state: String,
    /// Account that owns it.
    pub owner_id: String,
    /// `default` or `dedicated`.
    pub instance_tenancy: String,
    /// DHCP options in use.
    pub dhcp_options_id: String,
    /// Tags, a map.
    pub tags: Json,
}

reader! { "vpc/vpc", Regional, fills [Vpc::TABLE], calls [call::DescribeVpcs], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeVpcs, |token| ec2.describe_vpcs().max_results(1000).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for vpc in page.vpcs() {
            let id = identified!(cx, call::DescribeVpcs, vpc.vpc_id());
            let owner_id = vpc.owner_id().unwrap_or(cx.account_id());
            let v4 = vpc.cidr_block_association_set().iter().filter_map(|set| set.cidr_block());
            let v6 = vpc.ipv6_cidr_block_association_set().iter().filter_map(|set| set.ipv6_cidr_block());
            cx.emit(Vpc {
                arn: cx.arn_of("ec2", owner_id, &format!("vpc/{id}")),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                vpc_id: id.to_owned(),
                name: name(vpc.tags()),
                cidr_block: text(vpc.cidr_block()),
                cidr_blocks: Json::set(v4),
                ipv6_cidr_blocks: Json::set(v6),
                is_default: Fact::told(vpc.is_default()),
                state: text(vpc.state().map(|state| state.as_str())),
                owner_id: owner_id.to_owned(),
                instance_tenancy: text(vpc.instance_tenancy().map(|tenancy| tenancy.as_str())),
                dhcp_options_id: text(vpc.dhcp_options_id()),
                tags: tags(vpc.tags()),
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

    const ONE: &str = "<vpcSet><item>
        <vpcId>vpc-1</vpcId><ownerId>111122223333</ownerId><cidrBlock>10.0.0.0/16</cidrBlock><isDefault>false</isDefault>
        <cidrBlockAssociationSet><item><cidrBlock>10.1.0.0/16</cidrBlock></item><item><cidrBlock>10.0.0.0/16</cidrBlock></item></cidrBlockAssociationSet>
        <tagSet><item><key>Name</key><value>main</value></item></tagSet>
    </item></vpcSet>";

    #[tokio::test]
    async fn stands_all_answers() {
        Script::default().on("DescribeVpcs", ONE).four_answers(READER, call::DescribeVpcs, "<vpcSet/>", 1).await;
    }

    #[tokio::test]
    async fn tells_ranges_sorted() {
        let read = Script::default().on("DescribeVpcs", ONE).read(READER).await;
        assert_eq!(
            read.one("select arn, name, is_default, cidr_blocks from aws_vpc"),
            r#"arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1|main|0|["10.0.0.0/16","10.1.0.0/16"]"#
        );
    }
}
