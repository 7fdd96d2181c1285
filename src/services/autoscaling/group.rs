//! Auto Scaling groups.

use aws_sdk_autoscaling::types::{self, LaunchTemplateSpecification};
use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// An Auto Scaling group, as DescribeAutoScalingGroups tells it.
#[apply(row!)]
#[table("aws_ec2_autoscaling_group", key(arn))]
pub struct Group {
    /// ARN of the group.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name of the group.
    pub name: String,
    /// Launch template from which it starts instances, its own or that of its mixed instances policy; '' without one.
    pub launch_template_id: String,
    /// The template's name, or ''.
    pub launch_template_name: String,
    /// The template's version: a number, `$Default` or `$Latest`; '' means the default one.
    pub launch_template_version: String,
    /// Launch configuration, the older form, or ''.
    pub launch_configuration_name: String,
    /// Overrides of its mixed instances policy that name another template or another image.
    pub override_source_count: i64,
    /// Least number of instances.
    pub min_size: Fact<i64>,
    /// Greatest number of instances.
    pub max_size: Fact<i64>,
    /// Wanted number of instances.
    #[is(churn)]
    pub desired_capacity: Fact<i64>,
    /// Instances that it has, a list.
    #[is(churn)]
    pub instance_ids: Json,
    /// Subnets in which it starts instances, a list.
    pub subnet_ids: Json,
    /// Target groups in which it registers its instances, a list.
    pub target_group_arns: Json,
    /// Whose word counts besides EC2's when an instance is to be replaced: `EC2`, `ELB`, …, with commas between several.
    pub health_check_type: String,
    /// Seconds after its start in which an instance is not replaced.
    pub health_check_grace_period_seconds: Fact<i64>,
    /// Processes that are suspended (`Launch`, `ReplaceUnhealthy`, …), a list.
    pub suspended_processes: Json,
    /// When it was made.
    pub created_time: Time,
    /// `Delete in progress`, or ''.
    pub status: String,
    /// Tags, a map.
    pub tags: Json,
}

reader! {
    "autoscaling/group", Regional, fills [Group::TABLE], calls [call::DescribeAutoScalingGroups], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let autoscaling: aws_sdk_autoscaling::Client = cx.client();
    let mut pages = cx.pages(call::DescribeAutoScalingGroups, |token| {
        autoscaling.describe_auto_scaling_groups().max_records(100).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for group in page.auto_scaling_groups() {
            let arn = identified!(cx, call::DescribeAutoScalingGroups, group.auto_scaling_group_arn());
            emit(&cx, arn, group).await;
        }
    }
    Ok(())
}

async fn emit(cx: &Cx, arn: &str, group: &types::AutoScalingGroup) {
    let mixed = group.mixed_instances_policy().and_then(|policy| policy.launch_template());
    let template = group.launch_template().or_else(|| mixed?.launch_template_specification());
    let of = |member: fn(&LaunchTemplateSpecification) -> Option<&str>| text(template.and_then(member));
    let overrides = mixed.into_iter().flat_map(|mixed| mixed.overrides());
    let has_own_source =
        |other: &&types::LaunchTemplateOverrides| other.launch_template_specification().is_some() || other.image_id().is_some();
    let tag = |tag: &types::TagDescription| Some((tag.key()?.to_owned(), text(tag.value())));
    cx.emit(Group {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        name: text(group.auto_scaling_group_name()),
        launch_template_id: of(LaunchTemplateSpecification::launch_template_id),
        launch_template_name: of(LaunchTemplateSpecification::launch_template_name),
        launch_template_version: of(LaunchTemplateSpecification::version),
        launch_configuration_name: text(group.launch_configuration_name()),
        override_source_count: overrides.filter(has_own_source).count() as i64,
        min_size: Fact::told(group.min_size().map(i64::from)),
        max_size: Fact::told(group.max_size().map(i64::from)),
        desired_capacity: Fact::told(group.desired_capacity().map(i64::from)),
        instance_ids: Json::set(group.instances().iter().filter_map(|instance| instance.instance_id())),
        subnet_ids: Json::set(group.vpc_zone_identifier().into_iter().flat_map(|list| list.split(',')).filter(|id| !id.is_empty())),
        target_group_arns: Json::set(group.target_group_arns()),
        health_check_type: text(group.health_check_type()),
        health_check_grace_period_seconds: Fact::told(group.health_check_grace_period().map(i64::from)),
        suspended_processes: Json::set(group.suspended_processes().iter().filter_map(|process| process.process_name())),
        created_time: time(group.created_time()),
        status: text(group.status()),
        tags: Json::map(group.tags().iter().filter_map(tag)),
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const TWO: &str = "<AutoScalingGroups>
        <member><AutoScalingGroupName>web</AutoScalingGroupName><AutoScalingGroupARN>arn:web</AutoScalingGroupARN>
            <LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><Version>$Latest</Version></LaunchTemplate>
            <MinSize>1</MinSize><VPCZoneIdentifier>subnet-2,subnet-1</VPCZoneIdentifier><HealthCheckType>ELB</HealthCheckType><Instances><member><InstanceId>i-1</InstanceId></member></Instances>
            <Tags><member><Key>env</Key><Value>production</Value></member></Tags></member>
        <member><AutoScalingGroupName>batch</AutoScalingGroupName><AutoScalingGroupARN>arn:batch</AutoScalingGroupARN>
            <MixedInstancesPolicy><LaunchTemplate>
                <LaunchTemplateSpecification><LaunchTemplateId>lt-2</LaunchTemplateId><Version>3</Version></LaunchTemplateSpecification>
                <Overrides><member><InstanceType>c7g.large</InstanceType>
                    <LaunchTemplateSpecification><LaunchTemplateId>lt-3</LaunchTemplateId></LaunchTemplateSpecification></member>
                    <member><InstanceType>c7i.large</InstanceType></member></Overrides>
            </LaunchTemplate></MixedInstancesPolicy><MinSize>0</MinSize></member>
        </AutoScalingGroups>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeAutoScalingGroups", TWO);
        script.four_answers(READER, call::DescribeAutoScalingGroups, "<AutoScalingGroups/>", 2).await;
    }

    #[tokio::test]
    async fn tells_the_template_wherever_it_is_named() {
        let read = Script::default().on("DescribeAutoScalingGroups", TWO).read(READER).await;
        let sql = "select name, launch_template_id, launch_template_version, override_source_count, min_size, instance_ids, tags
            from aws_ec2_autoscaling_group order by 1";
        assert_eq!(read.all(sql), [r#"batch|lt-2|3|1|0|[]|{}"#, r#"web|lt-1|$Latest|0|1|["i-1"]|{"env":"production"}"#]);
        let sql = "select subnet_ids, health_check_type, health_check_grace_period_seconds from aws_ec2_autoscaling_group order by name";
        assert_eq!(read.all(sql), ["[]||unread", r#"["subnet-1","subnet-2"]|ELB|unread"#]);
    }
}
