//! Facts about the instance types that are in use, or will be at the next launch.

use macro_rules_attribute::apply;

use super::call;
use super::instance::Instance;
use super::launch_template::LaunchTemplateVersion;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::autoscaling::launch_configuration::LaunchConfiguration;
use crate::services::{Found, identified, reader};

/// An instance type that an instance, a launch template or a launch configuration names, as DescribeInstanceTypes tells it. What a region does not offer is not here.
#[apply(row!)]
#[table("aws_ec2_instance_type", key(account_id, region, instance_type), is(reference))]
pub struct InstanceType {
    /// `arn:PARTITION:ec2:REGION::instance-type/TYPE`: made by driftlead, since AWS has none.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region; the same type can be current in one and previous in another.
    pub region: String,
    /// Type (`t3.micro`).
    pub instance_type: String,
    /// Whether AWS counts it among the current generation.
    pub current_generation: Fact<bool>,
    /// Virtual CPUs.
    pub vcpus: Fact<i64>,
    /// Memory in MiB.
    pub memory_mib: Fact<i64>,
    /// `xen`, `nitro`, or '' for bare metal.
    pub hypervisor: String,
    /// Whether its local and EBS volumes can be encrypted: `supported` or `unsupported`, or ''.
    pub ebs_encryption_support: String,
}

/// Values of one filter, AWS's limit.
const TYPES_A_CALL: usize = 200;

reader! {
    "ec2/instance_type", Regional, fills [InstanceType::TABLE], calls [call::DescribeInstanceTypes],
    needs [Instance::TABLE, LaunchTemplateVersion::TABLE, LaunchConfiguration::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let sql = "select instance_type
        from (
            select instance_type from aws_ec2_instance where account_id = ?1 and region = ?2
            union
            select instance_type from aws_ec2_launch_template_version where account_id = ?1 and region = ?2
            union
            select instance_type from aws_ec2_launch_configuration where account_id = ?1 and region = ?2
        )
        where instance_type > ?3 order by 1 limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(types) = found.next(|row| row.get::<_, String>(0)).await? {
        for types in types.chunks(TYPES_A_CALL) {
            let filter = aws_sdk_ec2::types::Filter::builder().name("instance-type").set_values(Some(types.to_vec())).build();
            let mut pages = cx.pages(call::DescribeInstanceTypes, |token| {
                ec2.describe_instance_types().filters(filter.clone()).max_results(100).set_next_token(token).send()
            });
            while let Some(page) = pages.next(|page| page.next_token()).await? {
                for kind in page.instance_types() {
                    let name = identified!(cx, call::DescribeInstanceTypes, kind.instance_type()).as_str();
                    cx.emit(InstanceType {
                        arn: cx.arn_of("ec2", "", &format!("instance-type/{name}")),
                        account_id: cx.account_id().to_owned(),
                        region: cx.region().to_owned(),
                        instance_type: name.to_owned(),
                        current_generation: Fact::told(kind.current_generation()),
                        vcpus: Fact::told(kind.v_cpu_info().and_then(|info| info.default_v_cpus()).map(i64::from)),
                        memory_mib: Fact::told(kind.memory_info().and_then(|info| info.size_in_mib())),
                        hypervisor: kind.hypervisor().map_or_else(String::new, |word| word.as_str().to_owned()),
                        ebs_encryption_support: kind
                            .ebs_info()
                            .and_then(|info| info.encryption_support())
                            .map_or_else(String::new, |word| word.as_str().to_owned()),
                    })
                    .await;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{ACCOUNT, Script};

    const ONE: &str = "<instanceTypeSet><item><instanceType>m3.large</instanceType><currentGeneration>false</currentGeneration>
        <vCpuInfo><defaultVCpus>2</defaultVCpus></vCpuInfo></item></instanceTypeSet>";

    fn script() -> Script {
        let values = format!("'arn:i-1', '{ACCOUNT}', 'us-east-1', 'i-1', 'm3.large'");
        Script::default()
            .on("DescribeInstanceTypes", ONE)
            .seed("aws_ec2_instance (arn, account_id, region, instance_id, instance_type)", &values)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::DescribeInstanceTypes, "<instanceTypeSet/>", 1).await;
    }

    #[tokio::test]
    async fn asks_only_about_types_in_use() {
        assert_eq!(
            script().read(READER).await.one("select current_generation, vcpus, memory_mib from aws_ec2_instance_type"),
            "0|2|unread"
        );
        let nothing = Script::default().read(READER).await;
        assert_eq!((nothing.count("aws_ec2_instance_type"), nothing.is_complete), (0, true));
    }
}
