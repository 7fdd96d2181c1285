//! Status checks of instances.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::{identified, reader};

/// What AWS's own checks say of an instance, as DescribeInstanceStatus tells it, stopped ones included.
#[apply(row!)]
#[table("aws_ec2_instance_status", key(arn), part_of("aws_ec2_instance", arn = arn), is(churn))]
pub struct InstanceStatus {
    /// ARN of the instance.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Instance.
    pub instance_id: String,
    /// The instance itself: `ok`, `impaired`, `initializing`, `insufficient-data` or `not-applicable`.
    pub instance_status: Fact<String>,
    /// The system below it, in the same words.
    pub system_status: Fact<String>,
}

reader! {
    "ec2/instance_status", Regional, fills [InstanceStatus::TABLE], calls [call::DescribeInstanceStatus], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeInstanceStatus, |token| {
        ec2.describe_instance_status().include_all_instances(true).max_results(1000).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for status in page.instance_statuses() {
            let id = identified!(cx, call::DescribeInstanceStatus, status.instance_id());
            let arn = cx.arn("ec2", &format!("instance/{id}"));
            let word = |summary: Option<&aws_sdk_ec2::types::InstanceStatusSummary>| summary.and_then(|summary| summary.status().cloned());
            let (instance, system) = (word(status.instance_status()), word(status.system_status()));
            cx.emit(InstanceStatus {
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                instance_id: id.to_owned(),
                instance_status: cx.word(InstanceStatus::TABLE, &arn, &["instance_status"], instance.as_ref(), &[]).await,
                system_status: cx.word(InstanceStatus::TABLE, &arn, &["system_status"], system.as_ref(), &[]).await,
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

    const ONE: &str = "<instanceStatusSet><item><instanceId>i-1</instanceId><systemStatus><status>ok</status></systemStatus>
        <instanceStatus><status>impaired</status></instanceStatus></item></instanceStatusSet>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeInstanceStatus", ONE);
        script.four_answers(READER, call::DescribeInstanceStatus, "<instanceStatusSet/>", 1).await;
    }

    #[tokio::test]
    async fn tells_both_checks() {
        let read = Script::default().on("DescribeInstanceStatus", ONE).read(READER).await;
        assert_eq!(read.one("select instance_status, system_status from aws_ec2_instance_status"), "impaired|ok");
    }
}
