//! VPC peering connections.

use macro_rules_attribute::apply;

use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::ec2::{call, name, tags};
use crate::services::{identified, reader, text};

/// A VPC peering connection, as DescribeVpcPeeringConnections tells it.
#[apply(row!)]
#[table("aws_vpc_peering_connection", key(arn))]
pub struct Peering {
    /// ARN of the connection.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `pcx-…`.
    pub vpc_peering_connection_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// `active`, `pending-acceptance`, `expired`, `rejected`, `failed`, `deleted`, …
    pub status_code: Fact<String>,
    /// Why, in words.
    #[is(churn)]
    pub status_message: String,
    /// VPC that asked.
    pub requester_vpc_id: String,
    /// Its account.
    pub requester_owner_id: String,
    /// Its region.
    pub requester_region: String,
    /// Its range.
    pub requester_cidr_block: String,
    /// VPC that was asked.
    pub accepter_vpc_id: String,
    /// Its account.
    pub accepter_owner_id: String,
    /// Its region.
    pub accepter_region: String,
    /// Its range.
    pub accepter_cidr_block: String,
    /// Tags, a map.
    pub tags: Json,
}

reader! { "vpc/peering", Regional, fills [Peering::TABLE], calls [call::DescribeVpcPeeringConnections], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeVpcPeeringConnections, |token| {
        ec2.describe_vpc_peering_connections().max_results(1000).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for peering in page.vpc_peering_connections() {
            let id = identified!(cx, call::DescribeVpcPeeringConnections, peering.vpc_peering_connection_id());
            let arn = cx.arn("ec2", &format!("vpc-peering-connection/{id}"));
            let (requester, accepter) = (peering.requester_vpc_info(), peering.accepter_vpc_info());
            let status = peering.status();
            let code = status.and_then(|status| status.code());
            cx.emit(Peering {
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                vpc_peering_connection_id: id.to_owned(),
                name: name(peering.tags()),
                status_code: cx.word(Peering::TABLE, &arn, &["status_code"], code, &[]).await,
                status_message: text(status.and_then(|status| status.message())),
                requester_vpc_id: text(requester.and_then(|vpc| vpc.vpc_id())),
                requester_owner_id: text(requester.and_then(|vpc| vpc.owner_id())),
                requester_region: text(requester.and_then(|vpc| vpc.region())),
                requester_cidr_block: text(requester.and_then(|vpc| vpc.cidr_block())),
                accepter_vpc_id: text(accepter.and_then(|vpc| vpc.vpc_id())),
                accepter_owner_id: text(accepter.and_then(|vpc| vpc.owner_id())),
                accepter_region: text(accepter.and_then(|vpc| vpc.region())),
                accepter_cidr_block: text(accepter.and_then(|vpc| vpc.cidr_block())),
                tags: tags(peering.tags()),
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

    const ONE: &str = "<vpcPeeringConnectionSet><item><vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId>
        <status><code>active</code><message>Active</message></status>
        <requesterVpcInfo><vpcId>vpc-1</vpcId><ownerId>1</ownerId></requesterVpcInfo>
        <accepterVpcInfo><vpcId>vpc-2</vpcId><ownerId>2</ownerId><region>eu-west-1</region></accepterVpcInfo></item></vpcPeeringConnectionSet>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeVpcPeeringConnections", ONE);
        script.four_answers(READER, call::DescribeVpcPeeringConnections, "<vpcPeeringConnectionSet/>", 1).await;
    }

    #[tokio::test]
    async fn tells_both_sides() {
        let read = Script::default().on("DescribeVpcPeeringConnections", ONE).read(READER).await;
        let sql = "select status_code, requester_vpc_id, accepter_vpc_id, accepter_region from aws_vpc_peering_connection";
        assert_eq!(read.one(sql), "active|vpc-1|vpc-2|eu-west-1");
    }
}
