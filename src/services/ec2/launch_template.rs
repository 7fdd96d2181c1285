//! Launch templates, and those of their versions that matter: the default one, the newest, and those that groups name. User data is
//! never kept.

use aws_sdk_ec2::types;
use macro_rules_attribute::apply;

use super::{call, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::autoscaling::group::Group;
use crate::services::{Found, identified, reader, text, time};

/// A launch template, as DescribeLaunchTemplates tells it.
#[apply(row!)]
#[table("aws_ec2_launch_template", key(arn))]
pub struct LaunchTemplate {
    /// ARN of the template.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `lt-…`.
    pub launch_template_id: String,
    /// Name of the template.
    pub name: String,
    /// Version that is used where none is named.
    pub default_version_number: Fact<i64>,
    /// Newest version.
    pub latest_version_number: Fact<i64>,
    /// When it was made.
    pub create_time: Time,
    /// Tags, a map.
    pub tags: Json,
}

/// A version of a launch template, as DescribeLaunchTemplateVersions tells it: the default one, the newest one, and those that Auto
/// Scaling groups name by number. Others are not read.
#[apply(row!)]
#[table("aws_ec2_launch_template_version", key(arn, version_number), part_of("aws_ec2_launch_template", arn = arn), is(partial))]
pub struct LaunchTemplateVersion {
    /// ARN of the template.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `lt-…`.
    pub launch_template_id: String,
    /// Number of the version.
    pub version_number: i64,
    /// Image: `ami-…`, or `resolve:ssm:PARAMETER`, which is looked up at each launch; '' when whoever launches has to name it.
    pub image_id: String,
    /// Type of the instances; '' when the template names none.
    pub instance_type: String,
    /// Whether it says which properties a type must have instead of naming one.
    pub has_instance_requirements: bool,
    /// Security groups of the instances, a list; '[]' when it names none, or names them for a network interface.
    pub security_group_ids: Json,
    /// ARN or name of the instance profile, as it was written; '' when it names none.
    pub iam_instance_profile: String,
    /// `required` when metadata needs a session token (IMDSv2), `optional`, or '' when the template does not say.
    pub metadata_http_tokens: String,
    /// When it was made.
    pub create_time: Time,
    /// Its description, or ''.
    pub version_description: String,
}

/// What AWS answers when a group names what is not there any more.
const GONE: &[&str] = &["InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.VersionNotFound"];

reader! {
    "ec2/launch_template", Regional, fills [LaunchTemplate::TABLE, LaunchTemplateVersion::TABLE],
    calls [call::DescribeLaunchTemplates, call::DescribeLaunchTemplateVersions], needs [Group::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages =
        cx.pages(call::DescribeLaunchTemplates, |token| ec2.describe_launch_templates().max_results(200).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for template in page.launch_templates() {
            let id = identified!(cx, call::DescribeLaunchTemplates, template.launch_template_id());
            cx.emit(LaunchTemplate {
                arn: cx.arn("ec2", &format!("launch-template/{id}")),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                launch_template_id: id.to_owned(),
                name: text(template.launch_template_name()),
                default_version_number: Fact::told(template.default_version_number()),
                latest_version_number: Fact::told(template.latest_version_number()),
                create_time: time(template.create_time()),
                tags: tags(template.tags()),
            })
            .await;
        }
    }
    // Without a template's id, these two words ask about all templates at once.
    let mut pages = cx.pages(call::DescribeLaunchTemplateVersions, |token| {
        let versions = ec2.describe_launch_template_versions().versions("$Default").versions("$Latest");
        versions.max_results(200).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        emit(&cx, page.launch_template_versions()).await;
    }
    read_named(&cx).await
}

/// Versions that groups name by number.
async fn read_named(cx: &Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let sql = "select distinct g.launch_template_id || ' ' || g.launch_template_version, g.launch_template_id, g.launch_template_version
        from aws_ec2_autoscaling_group as g
        where g.account_id = ?1 and g.region = ?2 and g.launch_template_id <> ''
            and g.launch_template_version not in ('', '$Default', '$Latest')
            and not exists (
                select 1 from aws_ec2_launch_template_version as v
                where v.launch_template_id = g.launch_template_id and v.account_id = g.account_id and v.region = g.region
                    and cast(v.version_number as text) = g.launch_template_version
            )
            and g.launch_template_id || ' ' || g.launch_template_version > ?3
        order by 1 limit ?4";
    let mut found = Found::new(cx, sql);
    while let Some(named) = found.next(|row| Ok((row.get::<_, String>(1)?, row.get::<_, String>(2)?))).await? {
        for (id, version) in named {
            let mut pages = cx.pages(call::DescribeLaunchTemplateVersions, |token| {
                ec2.describe_launch_template_versions().launch_template_id(&id).versions(&version).set_next_token(token).send()
            });
            while let Some(page) = pages.next_or_absent(GONE, |page| page.next_token()).await? {
                emit(cx, page.launch_template_versions()).await;
            }
        }
    }
    Ok(())
}

async fn emit(cx: &Cx, versions: &[types::LaunchTemplateVersion]) {
    for version in versions {
        let id = identified!(cx, call::DescribeLaunchTemplateVersions, version.launch_template_id());
        let number = identified!(cx, call::DescribeLaunchTemplateVersions, version.version_number());
        let data = version.launch_template_data();
        let profile = data.and_then(|data| data.iam_instance_profile());
        let tokens = data.and_then(|data| data.metadata_options()).and_then(|options| options.http_tokens());
        cx.emit(LaunchTemplateVersion {
            arn: cx.arn("ec2", &format!("launch-template/{id}")),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            launch_template_id: id.to_owned(),
            version_number: number,
            image_id: text(data.and_then(|data| data.image_id())),
            instance_type: text(data.and_then(|data| data.instance_type()).map(|kind| kind.as_str())),
            has_instance_requirements: data.is_some_and(|data| data.instance_requirements().is_some()),
            security_group_ids: Json::set(data.into_iter().flat_map(|data| data.security_group_ids())),
            iam_instance_profile: text(profile.and_then(|profile| profile.arn().or(profile.name()))),
            metadata_http_tokens: text(tokens.map(|tokens| tokens.as_str())),
            create_time: time(version.create_time()),
            version_description: text(version.version_description()),
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    const TEMPLATE: &str = "<launchTemplates><item><launchTemplateId>lt-1</launchTemplateId><launchTemplateName>web</launchTemplateName>
        <defaultVersionNumber>1</defaultVersionNumber><latestVersionNumber>4</latestVersionNumber></item></launchTemplates>";
    const TWO: &str = "<launchTemplateVersionSet>
        <item><launchTemplateId>lt-1</launchTemplateId><versionNumber>1</versionNumber><launchTemplateData><imageId>ami-1</imageId>
            <instanceType>t3.nano</instanceType><iamInstanceProfile><name>web</name></iamInstanceProfile>
            <securityGroupIdSet><item>sg-1</item></securityGroupIdSet><metadataOptions><httpTokens>required</httpTokens></metadataOptions>
            <userData>aHVudGVyMg==</userData></launchTemplateData></item>
        <item><launchTemplateId>lt-1</launchTemplateId><versionNumber>4</versionNumber><launchTemplateData>
            <imageId>resolve:ssm:/base/image</imageId></launchTemplateData></item></launchTemplateVersionSet>";
    const NAMED: &str = "<launchTemplateVersionSet><item><launchTemplateId>lt-1</launchTemplateId><versionNumber>2</versionNumber>
        <launchTemplateData><imageId>ami-2</imageId></launchTemplateData></item></launchTemplateVersionSet>";

    fn script() -> Script {
        let group = |arn: &str, id: &str, version: &str| format!("'{arn}', '{ACCOUNT}', 'us-east-1', '{id}', '{version}'");
        let columns = "aws_ec2_autoscaling_group (arn, account_id, region, launch_template_id, launch_template_version)";
        Script::default()
            .on("DescribeLaunchTemplates", TEMPLATE)
            .on_match("DescribeLaunchTemplateVersions", "LaunchTemplateId=lt-1", NAMED)
            .fails_match("DescribeLaunchTemplateVersions", "LaunchTemplateId=lt-9", 400, "InvalidLaunchTemplateId.NotFound")
            .on("DescribeLaunchTemplateVersions", TWO)
            .seed(columns, &group("arn:a", "lt-1", "2"))
            .seed(columns, &group("arn:b", "lt-1", "$Latest"))
            .seed(columns, &group("arn:c", "lt-9", "7"))
    }

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeLaunchTemplates", TEMPLATE);
        let script = script.on("DescribeLaunchTemplateVersions", "<launchTemplateVersionSet/>");
        script.four_answers(READER, call::DescribeLaunchTemplates, "<launchTemplates/>", 1).await;
    }

    #[tokio::test]
    async fn tells_the_versions_that_matter() {
        let read = script().read(READER).await;
        let sql = "select version_number, image_id, instance_type from aws_ec2_launch_template_version order by 1";
        assert_eq!(read.all(sql), ["1|ami-1|t3.nano", "2|ami-2|", "4|resolve:ssm:/base/image|"]);
        let sql = "select security_group_ids, iam_instance_profile, metadata_http_tokens from aws_ec2_launch_template_version order by version_number";
        assert_eq!(read.all(sql), [r#"["sg-1"]|web|required"#, "[]||", "[]||"]);
        assert_eq!((read.count("aws_ec2_launch_template"), read.is_complete), (1, true), "{:?}", read.gaps());
        assert!(!read.all("select * from aws_ec2_launch_template_version").concat().contains("aHVudGVyMg"));
    }

    #[tokio::test]
    async fn versions_that_were_denied_are_unread() {
        let read = script().read_with(READER, call::DescribeLaunchTemplateVersions, Fault::Denied).await;
        assert_eq!((read.count("aws_ec2_launch_template_version"), read.is_complete), (0, false));
    }
}
