//! Internet gateways, and their egress-only kind for IPv6.

use aws_sdk_ec2::types;
use macro_rules_attribute::apply;

use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::ec2::{call, name, tags};
use crate::services::{identified, reader, text};

/// An attached gateway reports `available`, which the SDK's own enumeration lacks.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InternetGatewayAttachment.html>
const AVAILABLE: &[&str] = &["available"];

/// An internet gateway, as DescribeInternetGateways tells it.
#[apply(row!)]
#[table("aws_vpc_internet_gateway", key(arn))]
pub struct InternetGateway {
    /// ARN of the gateway.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `igw-…`.
    pub internet_gateway_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// VPC to which it is attached, or ''.
    pub vpc_id: String,
    /// State of the attachment: `available` or `attached` when it works; '' when there is none.
    pub attachment_state: Fact<String>,
    /// Account that owns it.
    pub owner_id: String,
    /// Tags, a map.
    pub tags: Json,
}

/// An egress-only internet gateway (IPv6), as DescribeEgressOnlyInternetGateways tells it.
#[apply(row!)]
#[table("aws_vpc_egress_only_internet_gateway", key(arn))]
pub struct EgressOnlyInternetGateway {
    /// ARN of the gateway.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `eigw-…`.
    pub egress_only_internet_gateway_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// VPC to which it is attached, or ''.
    pub vpc_id: String,
    /// State of the attachment, or ''.
    pub attachment_state: Fact<String>,
    /// Tags, a map.
    pub tags: Json,
}

reader! {
    "vpc/internet_gateway", Regional, fills [InternetGateway::TABLE], calls [call::DescribeInternetGateways], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages =
        cx.pages(call::DescribeInternetGateways, |token| ec2.describe_internet_gateways().max_results(1000).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for gateway in page.internet_gateways() {
            let id = identified!(cx, call::DescribeInternetGateways, gateway.internet_gateway_id());
            let owner_id = gateway.owner_id().unwrap_or(cx.account_id());
            let arn = cx.arn_of("ec2", owner_id, &format!("internet-gateway/{id}"));
            let (vpc_id, attachment_state) = attachment(&cx, InternetGateway::TABLE, &arn, gateway.attachments()).await;
            cx.emit(InternetGateway {
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                internet_gateway_id: id.to_owned(),
                name: name(gateway.tags()),
                vpc_id,
                attachment_state,
                owner_id: owner_id.to_owned(),
                tags: tags(gateway.tags()),
                arn,
            })
            .await;
        }
    }
    Ok(())
}

/// The VPC of an attachment and its state. A gateway has one attachment at the most.
async fn attachment(
    cx: &Cx,
    table: &'static crate::inventory::Table,
    arn: &str,
    attachments: &[types::InternetGatewayAttachment],
) -> (String, Fact<String>) {
    let first = attachments.first();
    let state = first.and_then(types::InternetGatewayAttachment::state);
    let state = cx.word(table, arn, &["attachment_state"], state, AVAILABLE).await;
    (text(first.and_then(types::InternetGatewayAttachment::vpc_id)), state)
}

/// The egress-only kind.
pub mod egress_only {
    use super::*;

    reader! {
        "vpc/egress_only_internet_gateway", Regional, fills [EgressOnlyInternetGateway::TABLE],
        calls [call::DescribeEgressOnlyInternetGateways], by read
    }

    async fn read(cx: Cx) -> Result<(), Unread> {
        let ec2: aws_sdk_ec2::Client = cx.client();
        let mut pages = cx.pages(call::DescribeEgressOnlyInternetGateways, |token| {
            ec2.describe_egress_only_internet_gateways().max_results(255).set_next_token(token).send()
        });
        while let Some(page) = pages.next(|page| page.next_token()).await? {
            for gateway in page.egress_only_internet_gateways() {
                let call = call::DescribeEgressOnlyInternetGateways;
                let id = identified!(cx, call, gateway.egress_only_internet_gateway_id());
                let arn = cx.arn("ec2", &format!("egress-only-internet-gateway/{id}"));
                let (vpc_id, attachment_state) = attachment(&cx, EgressOnlyInternetGateway::TABLE, &arn, gateway.attachments()).await;
                cx.emit(EgressOnlyInternetGateway {
                    account_id: cx.account_id().to_owned(),
                    region: cx.region().to_owned(),
                    egress_only_internet_gateway_id: id.to_owned(),
                    name: name(gateway.tags()),
                    vpc_id,
                    attachment_state,
                    tags: tags(gateway.tags()),
                    arn,
                })
                .await;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const TWO: &str = "<internetGatewaySet>
        <item><internetGatewayId>igw-1</internetGatewayId><ownerId>111122223333</ownerId>
            <attachmentSet><item><vpcId>vpc-1</vpcId><state>available</state></item></attachmentSet></item>
        <item><internetGatewayId>igw-2</internetGatewayId><ownerId>111122223333</ownerId></item>
    </internetGatewaySet>";
    const EGRESS: &str = "<egressOnlyInternetGatewaySet><item><egressOnlyInternetGatewayId>eigw-1</egressOnlyInternetGatewayId>
        <attachmentSet><item><vpcId>vpc-1</vpcId><state>attached</state></item></attachmentSet></item></egressOnlyInternetGatewaySet>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeInternetGateways", TWO);
        script.four_answers(READER, call::DescribeInternetGateways, "<internetGatewaySet/>", 2).await;
        let script = Script::default().on("DescribeEgressOnlyInternetGateways", EGRESS);
        let empty = "<egressOnlyInternetGatewaySet/>";
        script.four_answers(egress_only::READER, call::DescribeEgressOnlyInternetGateways, empty, 1).await;
    }

    #[tokio::test]
    async fn available_is_a_state_that_is_known() {
        let read = Script::default().on("DescribeInternetGateways", TWO).read(READER).await;
        let sql = "select internet_gateway_id, vpc_id, attachment_state from aws_vpc_internet_gateway order by 1";
        assert_eq!(read.all(sql), ["igw-1|vpc-1|available", "igw-2||"]);
    }
}
