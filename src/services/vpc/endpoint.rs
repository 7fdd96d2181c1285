//! VPC endpoints.

use macro_rules_attribute::apply;

use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::ec2::{call, name, tags};
use crate::services::{identified, reader, text, time};

/// A VPC endpoint, as DescribeVpcEndpoints tells it.
#[apply(row!)]
#[table("aws_vpc_endpoint", key(arn))]
pub struct Endpoint {
    /// ARN of the endpoint.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `vpce-…`.
    pub vpc_endpoint_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// `Interface`, `Gateway`, `GatewayLoadBalancer`, …
    pub vpc_endpoint_type: String,
    /// VPC.
    pub vpc_id: String,
    /// Service (`com.amazonaws.eu-west-1.s3`).
    pub service_name: String,
    /// `Available`, `Pending`, `PendingAcceptance`, `Failed`, …
    pub state: Fact<String>,
    /// Subnets of an interface endpoint, a list.
    pub subnet_ids: Json,
    /// Route tables of a gateway endpoint, a list.
    pub route_table_ids: Json,
    /// Security groups, a list.
    pub security_group_ids: Json,
    /// Whether the service's own name leads to the endpoint inside the VPC.
    pub private_dns_enabled: Fact<bool>,
    /// Policy as a JSON document, or ''.
    pub policy: String,
    /// Last error, in words, or ''.
    #[is(churn)]
    pub last_error: String,
    /// When it was made.
    pub creation_timestamp: Time,
    /// Account that owns it.
    pub owner_id: String,
    /// Tags, a map.
    pub tags: Json,
}

reader! { "vpc/endpoint", Regional, fills [Endpoint::TABLE], calls [call::DescribeVpcEndpoints], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages =
        cx.pages(call::DescribeVpcEndpoints, |token| ec2.describe_vpc_endpoints().max_results(1000).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for endpoint in page.vpc_endpoints() {
            let id = identified!(cx, call::DescribeVpcEndpoints, endpoint.vpc_endpoint_id());
            let owner_id = endpoint.owner_id().unwrap_or(cx.account_id());
            let arn = cx.arn_of("ec2", owner_id, &format!("vpc-endpoint/{id}"));
            cx.emit(Endpoint {
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                vpc_endpoint_id: id.to_owned(),
                name: name(endpoint.tags()),
                vpc_endpoint_type: text(endpoint.vpc_endpoint_type().map(|kind| kind.as_str())),
                vpc_id: text(endpoint.vpc_id()),
                service_name: text(endpoint.service_name()),
                // AWS answers `available` where its model has `Available`.
                state: cx.word(Endpoint::TABLE, &arn, &["state"], endpoint.state(), STATES).await.map(|state| capital(&state)),
                subnet_ids: Json::set(endpoint.subnet_ids()),
                route_table_ids: Json::set(endpoint.route_table_ids()),
                security_group_ids: Json::set(endpoint.groups().iter().filter_map(|group| group.group_id())),
                private_dns_enabled: Fact::told(endpoint.private_dns_enabled()),
                policy: text(endpoint.policy_document()),
                last_error: text(endpoint.last_error().and_then(|error| error.message())),
                creation_timestamp: time(endpoint.creation_timestamp()),
                owner_id: owner_id.to_owned(),
                tags: tags(endpoint.tags()),
                arn,
            })
            .await;
        }
    }
    Ok(())
}

/// Spellings of states that AWS sends besides those of its model.
const STATES: &[&str] = &["available", "pending", "pendingAcceptance", "rejected", "failed", "expired", "deleting", "deleted"];

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const ONE: &str = "<vpcEndpointSet><item>
        <vpcEndpointId>vpce-1</vpcEndpointId><vpcEndpointType>Gateway</vpcEndpointType><vpcId>vpc-1</vpcId><state>available</state>
        <serviceName>com.amazonaws.us-east-1.s3</serviceName><routeTableIdSet><item>rtb-2</item><item>rtb-1</item></routeTableIdSet>
        <ownerId>111122223333</ownerId>
    </item></vpcEndpointSet>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeVpcEndpoints", ONE);
        script.four_answers(READER, call::DescribeVpcEndpoints, "<vpcEndpointSet/>", 1).await;
    }

    #[tokio::test]
    async fn states_have_one_spelling() {
        let read = Script::default().on("DescribeVpcEndpoints", ONE).read(READER).await;
        let sql = "select state, route_table_ids, private_dns_enabled from aws_vpc_endpoint";
        assert_eq!(read.one(sql), r#"Available|["rtb-1","rtb-2"]|unread"#);
    }
}
