//! Launch configurations, the older form of launch templates. User data is never kept.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Row, Time};
use crate::services::{identified, reader, text, time};

/// A launch configuration, as DescribeLaunchConfigurations tells it.
#[apply(row!)]
#[table("aws_ec2_launch_configuration", key(arn))]
pub struct LaunchConfiguration {
    /// ARN of the launch configuration.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Image from which instances are started.
    pub image_id: String,
    /// Type of the instances.
    pub instance_type: String,
    /// When it was made.
    pub created_time: Time,
}

reader! {
    "autoscaling/launch_configuration", Regional, fills [LaunchConfiguration::TABLE], calls [call::DescribeLaunchConfigurations],
    by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let autoscaling: aws_sdk_autoscaling::Client = cx.client();
    let mut pages = cx.pages(call::DescribeLaunchConfigurations, |token| {
        autoscaling.describe_launch_configurations().max_records(100).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for one in page.launch_configurations() {
            let arn = identified!(cx, call::DescribeLaunchConfigurations, one.launch_configuration_arn());
            cx.emit(LaunchConfiguration {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                name: text(one.launch_configuration_name()),
                image_id: text(one.image_id()),
                instance_type: text(one.instance_type()),
                created_time: time(one.created_time()),
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

    const ONE: &str = "<LaunchConfigurations><member><LaunchConfigurationName>web-1</LaunchConfigurationName>
        <LaunchConfigurationARN>arn:web-1</LaunchConfigurationARN><ImageId>ami-1</ImageId><InstanceType>m3.large</InstanceType>
        <UserData>aHVudGVyMg==</UserData></member></LaunchConfigurations>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeLaunchConfigurations", ONE);
        script.clone().four_answers(READER, call::DescribeLaunchConfigurations, "<LaunchConfigurations/>", 1).await;
        let read = script.read(READER).await;
        assert_eq!(read.one("select name, image_id, instance_type from aws_ec2_launch_configuration"), "web-1|ami-1|m3.large");
        assert!(!read.one("select * from aws_ec2_launch_configuration").contains("aHVudGVyMg"));
    }
}
