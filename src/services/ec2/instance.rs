//! Instances.

use aws_sdk_ec2::types;
use macro_rules_attribute::apply;

use super::{call, name, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// An instance, as DescribeInstances tells it. User data is never read.
#[apply(row!)]
#[table("aws_ec2_instance", key(arn))]
pub struct Instance {
    /// ARN of the instance.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `i-…`.
    pub instance_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// `pending`, `running`, `shutting-down`, `terminated`, `stopping` or `stopped`.
    pub state: Fact<String>,
    /// Type (`t3.micro`).
    pub instance_type: String,
    /// Image from which it was started.
    pub image_id: String,
    /// VPC.
    pub vpc_id: String,
    /// Subnet.
    pub subnet_id: String,
    /// Zone's name.
    pub availability_zone: String,
    /// First private IPv4 address.
    pub private_ip: String,
    /// Public IPv4 address, or ''.
    pub public_ip: String,
    /// Security groups, a list.
    pub security_group_ids: Json,
    /// ARN of the instance profile, or ''.
    pub iam_instance_profile_arn: String,
    /// Whether its first interface drops traffic that is not for it or from it; a NAT instance needs this off.
    pub source_dest_check: Fact<bool>,
    /// When it was started last.
    #[is(churn)]
    pub launch_time: Time,
    /// `required` when metadata needs a session token (IMDSv2), else `optional`.
    pub metadata_http_tokens: Fact<String>,
    /// `enabled` when the metadata service answers at all, else `disabled`.
    pub metadata_http_endpoint: Fact<String>,
    /// Network hops that an answer of the metadata service survives.
    pub metadata_hop_limit: Fact<i64>,
    /// `enabled`, `disabled`, …: detailed monitoring.
    pub monitoring: String,
    /// `windows`, or '' for everything else.
    pub platform: String,
    /// Network interfaces, a list.
    pub network_interface_ids: Json,
    /// EBS volumes, a list.
    pub volume_ids: Json,
    /// Tags, a map.
    pub tags: Json,
}

reader! { "ec2/instance", Regional, fills [Instance::TABLE], calls [call::DescribeInstances], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeInstances, |token| ec2.describe_instances().max_results(1000).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for instance in page.reservations().iter().flat_map(|reservation| reservation.instances()) {
            let id = identified!(cx, call::DescribeInstances, instance.instance_id());
            emit(&cx, id, instance).await;
        }
    }
    Ok(())
}

async fn emit(cx: &Cx, id: &str, instance: &types::Instance) {
    let arn = cx.arn("ec2", &format!("instance/{id}"));
    let table = Instance::TABLE;
    let state = instance.state().and_then(|state| state.name());
    let metadata = instance.metadata_options();
    let tokens = metadata.and_then(|options| options.http_tokens());
    let endpoint = metadata.and_then(|options| options.http_endpoint());
    let volumes = instance.block_device_mappings().iter().filter_map(|mapping| mapping.ebs()?.volume_id());
    cx.emit(Instance {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        instance_id: id.to_owned(),
        name: name(instance.tags()),
        state: cx.word(table, &arn, &["state"], state, &[]).await,
        instance_type: text(instance.instance_type().map(|kind| kind.as_str())),
        image_id: text(instance.image_id()),
        vpc_id: text(instance.vpc_id()),
        subnet_id: text(instance.subnet_id()),
        availability_zone: text(instance.placement().and_then(|placement| placement.availability_zone())),
        private_ip: text(instance.private_ip_address()),
        public_ip: text(instance.public_ip_address()),
        security_group_ids: Json::set(instance.security_groups().iter().filter_map(|group| group.group_id())),
        iam_instance_profile_arn: text(instance.iam_instance_profile().and_then(|profile| profile.arn())),
        source_dest_check: Fact::told(instance.source_dest_check()),
        launch_time: time(instance.launch_time()),
        metadata_http_tokens: match tokens {
            Some(_) => cx.word(table, &arn, &["metadata_http_tokens"], tokens, &[]).await,
            None => Fact::Unread,
        },
        metadata_http_endpoint: match endpoint {
            Some(_) => cx.word(table, &arn, &["metadata_http_endpoint"], endpoint, &[]).await,
            None => Fact::Unread,
        },
        metadata_hop_limit: Fact::told(metadata.and_then(|options| options.http_put_response_hop_limit()).map(i64::from)),
        monitoring: text(instance.monitoring().and_then(|monitoring| monitoring.state()).map(|state| state.as_str())),
        platform: text(instance.platform().map(|platform| platform.as_str())),
        network_interface_ids: Json::set(instance.network_interfaces().iter().filter_map(|eni| eni.network_interface_id())),
        volume_ids: Json::set(volumes),
        tags: tags(instance.tags()),
        arn,
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const TWO: &str = "<reservationSet><item><instancesSet>
        <item><instanceId>i-1</instanceId><imageId>ami-1</imageId><instanceState><code>16</code><name>running</name></instanceState>
            <instanceType>t3.nano</instanceType><subnetId>subnet-1</subnetId><sourceDestCheck>false</sourceDestCheck>
            <metadataOptions><httpTokens>optional</httpTokens><httpEndpoint>enabled</httpEndpoint></metadataOptions></item>
        <item><instanceId>i-2</instanceId><instanceState><name>dreaming</name></instanceState></item>
    </instancesSet></item></reservationSet>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeInstances", TWO);
        script.four_answers(READER, call::DescribeInstances, "<reservationSet/>", 2).await;
    }

    #[tokio::test]
    async fn tells_what_was_told() {
        let read = Script::default().on("DescribeInstances", TWO).read(READER).await;
        let sql = "select instance_id, state, source_dest_check, metadata_http_tokens from aws_ec2_instance order by 1";
        assert_eq!(read.all(sql), ["i-1|running|0|optional", "i-2|unread|unread|unread"]);
    }
}
