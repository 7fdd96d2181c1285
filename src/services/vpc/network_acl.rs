//! Network ACLs: stateless filters between subnets.

use macro_rules_attribute::apply;

use super::bounds;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::ec2::{call, name, tags};
use crate::services::{identified, reader, text};

/// A network ACL, as DescribeNetworkAcls tells it.
#[apply(row!)]
#[table("aws_vpc_network_acl", key(arn))]
pub struct NetworkAcl {
    /// ARN of the ACL.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `acl-…`.
    pub network_acl_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// VPC.
    pub vpc_id: String,
    /// Whether it is the VPC's default ACL.
    pub is_default: Fact<bool>,
    /// Account that owns it.
    pub owner_id: String,
    /// Subnets that it filters, a list.
    #[is(derived)]
    pub subnet_ids: Json,
    /// Tags, a map.
    pub tags: Json,
}

/// A rule of a network ACL. The lowest matching number decides; 32767 is the last rule, which denies.
#[apply(row!)]
#[table("aws_vpc_network_acl_entry", key(arn, is_egress, rule_number, cidr), part_of("aws_vpc_network_acl", arn = arn))]
pub struct Entry {
    /// ARN of the ACL.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// ACL.
    pub network_acl_id: String,
    /// Whether it filters what leaves the subnet.
    pub is_egress: bool,
    /// Its number.
    pub rule_number: i64,
    /// `allow` or `deny`.
    pub rule_action: Fact<String>,
    /// Protocol number; -1 for all.
    pub protocol: String,
    /// IPv4 or IPv6 range.
    pub cidr: String,
    /// First address of the range in hexadecimal.
    #[is(derived)]
    pub cidr_first: String,
    /// Last address of the range in hexadecimal.
    #[is(derived)]
    pub cidr_last: String,
    /// First port; 0 when the rule names none.
    pub from_port: i64,
    /// Last port; 65535 when the rule names none.
    pub to_port: i64,
}

/// Which network ACL filters which subnet.
#[apply(row!)]
#[table("aws_vpc_network_acl_association", key(arn, subnet_id), part_of("aws_vpc_network_acl", arn = arn))]
pub struct Association {
    /// ARN of the ACL.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// ACL.
    pub network_acl_id: String,
    /// Subnet.
    pub subnet_id: String,
}

reader! {
    "vpc/network_acl", Regional, fills [NetworkAcl::TABLE, Entry::TABLE, Association::TABLE],
    calls [call::DescribeNetworkAcls], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeNetworkAcls, |token| ec2.describe_network_acls().max_results(1000).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for acl in page.network_acls() {
            let id = identified!(cx, call::DescribeNetworkAcls, acl.network_acl_id());
            let owner_id = acl.owner_id().unwrap_or(cx.account_id());
            let arn = cx.arn_of("ec2", owner_id, &format!("network-acl/{id}"));
            for association in acl.associations() {
                cx.emit(Association {
                    arn: arn.clone(),
                    account_id: cx.account_id().to_owned(),
                    region: cx.region().to_owned(),
                    network_acl_id: id.to_owned(),
                    subnet_id: text(association.subnet_id()),
                })
                .await;
            }
            for entry in acl.entries() {
                emit_entry(&cx, &arn, id, entry).await;
            }
            cx.emit(NetworkAcl {
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                network_acl_id: id.to_owned(),
                name: name(acl.tags()),
                vpc_id: text(acl.vpc_id()),
                is_default: Fact::told(acl.is_default()),
                owner_id: owner_id.to_owned(),
                subnet_ids: Json::set(acl.associations().iter().filter_map(|association| association.subnet_id())),
                tags: tags(acl.tags()),
                arn,
            })
            .await;
        }
    }
    Ok(())
}

async fn emit_entry(cx: &Cx, arn: &str, id: &str, entry: &aws_sdk_ec2::types::NetworkAclEntry) {
    let cidr = entry.cidr_block().or(entry.ipv6_cidr_block()).unwrap_or("");
    let (cidr_first, cidr_last) = bounds(cx, call::DescribeNetworkAcls, cidr).await;
    // Without its direction and its place an entry says nothing.
    let (Some(is_egress), Some(rule_number)) = (entry.egress(), entry.rule_number()) else {
        cx.malformed(call::DescribeNetworkAcls, "lacks an entry's direction or number").await;
        return;
    };
    let ports = entry.port_range();
    cx.emit(Entry {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        network_acl_id: id.to_owned(),
        is_egress,
        rule_number: i64::from(rule_number),
        rule_action: cx.word(Entry::TABLE, arn, &["rule_action"], entry.rule_action(), &[]).await,
        protocol: text(entry.protocol()),
        cidr: cidr.to_owned(),
        cidr_first,
        cidr_last,
        from_port: ports.and_then(|ports| ports.from()).map_or(0, i64::from),
        to_port: ports.and_then(|ports| ports.to()).map_or(65_535, i64::from),
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const ONE: &str = "<networkAclSet><item>
        <networkAclId>acl-1</networkAclId><vpcId>vpc-1</vpcId><default>true</default><ownerId>111122223333</ownerId>
        <entrySet>
            <item><ruleNumber>100</ruleNumber><protocol>6</protocol><ruleAction>allow</ruleAction><egress>true</egress>
                <cidrBlock>0.0.0.0/0</cidrBlock><portRange><from>443</from><to>443</to></portRange></item>
            <item><ruleNumber>32767</ruleNumber><protocol>-1</protocol><ruleAction>deny</ruleAction><egress>true</egress><cidrBlock>0.0.0.0/0</cidrBlock></item>
        </entrySet>
        <associationSet><item><networkAclId>acl-1</networkAclId><subnetId>subnet-1</subnetId></item></associationSet>
    </item></networkAclSet>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeNetworkAcls", ONE);
        script.four_answers(READER, call::DescribeNetworkAcls, "<networkAclSet/>", 1).await;
    }

    #[tokio::test]
    async fn rules_keep_their_ports() {
        let read = Script::default().on("DescribeNetworkAcls", ONE).read(READER).await;
        let sql = "select rule_number, is_egress, rule_action, from_port, to_port from aws_vpc_network_acl_entry order by 1";
        assert_eq!(read.all(sql), ["100|1|allow|443|443", "32767|1|deny|0|65535"]);
        assert_eq!(read.one("select subnet_id from aws_vpc_network_acl_association"), "subnet-1");
    }
}
