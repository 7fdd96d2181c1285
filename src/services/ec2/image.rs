//! Images: those that the account owns, and those from which its instances were or will be started.

use macro_rules_attribute::apply;

use super::instance::Instance;
use super::launch_template::LaunchTemplateVersion;
use super::{call, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::autoscaling::launch_configuration::LaunchConfiguration;
use crate::services::{Found, identified, reader, text};

/// An image (AMI), as DescribeImages tells it: the account's own ones, and those that instances, launch templates and launch
/// configurations name. One that they name and that is not here is gone, or not shared any more.
#[apply(row!)]
#[table("aws_ec2_ami", key(arn), is(partial))]
pub struct Image {
    /// ARN of the image.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `ami-…`.
    pub image_id: String,
    /// Name of the image.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Account that owns it.
    pub owner_id: String,
    /// `amazon`, `aws-marketplace`, …, or ''.
    pub image_owner_alias: String,
    /// Whether the account that was read owns it.
    pub is_own: bool,
    /// Whether anyone may start instances from it.
    pub is_public: Fact<bool>,
    /// `available`, `pending`, `deregistered`, `disabled`, …
    pub state: String,
    /// When it was made, as AWS writes it.
    pub creation_date: String,
    /// When it is or was deprecated, as AWS writes it, or ''.
    pub deprecation_time: String,
    /// `x86_64`, `arm64`, …
    pub architecture: String,
    /// Tags, a map.
    pub tags: Json,
}

/// Values of one filter, AWS's limit.
const IDS_A_CALL: usize = 200;

reader! {
    "ec2/image", Regional, fills [Image::TABLE], calls [call::DescribeImages],
    needs [Instance::TABLE, LaunchTemplateVersion::TABLE, LaunchConfiguration::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let own = |token| {
        let images = ec2.describe_images().owners("self").include_deprecated(true).include_disabled(true);
        images.max_results(1000).set_next_token(token).send()
    };
    let mut pages = cx.pages(call::DescribeImages, own);
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        emit(&cx, page.images()).await;
    }
    let sql = "select image_id
        from (
            select image_id from aws_ec2_instance where account_id = ?1 and region = ?2
            union
            select image_id from aws_ec2_launch_template_version where account_id = ?1 and region = ?2 and image_id like 'ami-%'
            union
            select image_id from aws_ec2_launch_configuration where account_id = ?1 and region = ?2
        )
        where image_id > ?3 and image_id not in (select image_id from aws_ec2_ami where account_id = ?1 and region = ?2)
        order by 1 limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(ids) = found.next(|row| row.get::<_, String>(0)).await? {
        for ids in ids.chunks(IDS_A_CALL) {
            // By a filter, not by id: one id that is gone would fail the whole call.
            let filter = aws_sdk_ec2::types::Filter::builder().name("image-id").set_values(Some(ids.to_vec())).build();
            let used = |token| {
                let images = ec2.describe_images().filters(filter.clone()).include_deprecated(true).include_disabled(true);
                images.max_results(1000).set_next_token(token).send()
            };
            let mut pages = cx.pages(call::DescribeImages, used);
            while let Some(page) = pages.next(|page| page.next_token()).await? {
                emit(&cx, page.images()).await;
            }
        }
    }
    Ok(())
}

async fn emit(cx: &Cx, images: &[aws_sdk_ec2::types::Image]) {
    for image in images {
        let id = identified!(cx, call::DescribeImages, image.image_id());
        cx.emit(Image {
            arn: cx.arn_of("ec2", "", &format!("image/{id}")),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            image_id: id.to_owned(),
            name: text(image.name()),
            description: text(image.description()),
            owner_id: text(image.owner_id()),
            image_owner_alias: text(image.image_owner_alias()),
            is_own: image.owner_id() == Some(cx.account_id()),
            is_public: Fact::told(image.public()),
            state: text(image.state().map(|state| state.as_str())),
            creation_date: text(image.creation_date()),
            deprecation_time: text(image.deprecation_time()),
            architecture: text(image.architecture().map(|architecture| architecture.as_str())),
            tags: tags(image.tags()),
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{ACCOUNT, Script};

    const OWN: &str = "<imagesSet><item><imageId>ami-1</imageId><name>mine</name><imageOwnerId>111122223333</imageOwnerId>
        <isPublic>true</isPublic><imageState>available</imageState></item></imagesSet>";
    const USED: &str = "<imagesSet><item><imageId>ami-9</imageId><imageOwnerId>137112412989</imageOwnerId><imageOwnerAlias>amazon</imageOwnerAlias></item></imagesSet>";

    fn script() -> Script {
        let in_template = format!("'arn:lt-1', '{ACCOUNT}', 'us-east-1', 'resolve:ssm:/base/image'");
        let values = format!("'arn:i-1', '{ACCOUNT}', 'us-east-1', 'i-1', 'ami-9'");
        Script::default()
            .on_match("DescribeImages", "Owner.1=self", OWN)
            .on_match("DescribeImages", "ami-9", USED)
            .seed("aws_ec2_instance (arn, account_id, region, instance_id, image_id)", &values)
            .seed("aws_ec2_launch_template_version (arn, account_id, region, image_id)", &in_template)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeImages", OWN);
        script.four_answers(READER, call::DescribeImages, "<imagesSet/>", 1).await;
    }

    #[tokio::test]
    async fn tells_own_images_and_used_ones() {
        let read = script().read(READER).await;
        let sql = "select image_id, is_own, is_public, image_owner_alias from aws_ec2_ami order by 1";
        assert_eq!(read.all(sql), ["ami-1|1|1|", "ami-9|0|unread|amazon"]);
    }
}
