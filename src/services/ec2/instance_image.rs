//! What AWS still knows of the images that instances were started from, even when an image is gone.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::{identified, reader, text};

/// The image of an instance, as DescribeInstanceImageMetadata tells it: deprecated, deregistered and unshared ones included.
#[apply(row!)]
#[table("aws_ec2_instance_image_metadata", key(arn), part_of("aws_ec2_instance", arn = arn))]
pub struct InstanceImage {
    /// ARN of the instance.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Instance.
    #[is(derived)]
    pub instance_id: String,
    /// Image from which it was started; '' when AWS knows nothing of it any more.
    #[is(derived)]
    pub image_id: String,
    /// Name of the image, or ''.
    pub name: String,
    /// Account that owns the image, or ''.
    pub owner_id: String,
    /// `amazon`, `aws-marketplace`, …, or ''.
    pub image_owner_alias: String,
    /// `available`, `deregistered`, `disabled`, …; '' when AWS does not say.
    pub state: Fact<String>,
    /// Whether it meets the account's criteria for allowed images. They bind only where they are enabled:
    /// `aws_ec2_regional_settings.allowed_images`.
    pub image_allowed: Fact<bool>,
    /// Whether anyone may start instances from it.
    pub is_public: Fact<bool>,
    /// When it was made, as AWS writes it, or ''.
    pub creation_date: String,
    /// When it is or was deprecated, as AWS writes it, or ''.
    pub deprecation_time: String,
}

reader! {
    "ec2/instance_image", Regional, fills [InstanceImage::TABLE], calls [call::DescribeInstanceImageMetadata], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeInstanceImageMetadata, |token| {
        ec2.describe_instance_image_metadata().max_results(1000).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for instance in page.instance_image_metadata() {
            let id = identified!(cx, call::DescribeInstanceImageMetadata, instance.instance_id());
            let arn = cx.arn("ec2", &format!("instance/{id}"));
            let image = instance.image_metadata();
            cx.emit(InstanceImage {
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                instance_id: id.to_owned(),
                image_id: text(image.and_then(|image| image.image_id())),
                name: text(image.and_then(|image| image.name())),
                owner_id: text(image.and_then(|image| image.owner_id())),
                image_owner_alias: text(image.and_then(|image| image.image_owner_alias())),
                state: cx.word(InstanceImage::TABLE, &arn, &["state"], image.and_then(|image| image.state()), &[]).await,
                image_allowed: Fact::told(image.and_then(|image| image.image_allowed())),
                is_public: Fact::told(image.and_then(|image| image.is_public())),
                creation_date: text(image.and_then(|image| image.creation_date())),
                deprecation_time: text(image.and_then(|image| image.deprecation_time())),
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

    const THREE: &str = "<instanceImageMetadataSet>
        <item><instanceId>i-1</instanceId><imageMetadata><imageId>ami-1</imageId><name>al2023-ami</name><imageState>deregistered</imageState>
            <imageOwnerAlias>amazon</imageOwnerAlias><deprecationTime>2026-01-01T00:00:00.000Z</deprecationTime>
            <imageAllowed>true</imageAllowed></imageMetadata></item>
        <item><instanceId>i-2</instanceId><imageMetadata><imageId>ami-2</imageId><imageState>melted</imageState></imageMetadata></item>
        <item><instanceId>i-3</instanceId></item></instanceImageMetadataSet>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeInstanceImageMetadata", THREE);
        script.four_answers(READER, call::DescribeInstanceImageMetadata, "<instanceImageMetadataSet/>", 3).await;
    }

    #[tokio::test]
    async fn tells_what_aws_still_knows() {
        let read = Script::default().on("DescribeInstanceImageMetadata", THREE).read(READER).await;
        let sql = "select image_id, name, state, image_allowed, deprecation_time from aws_ec2_instance_image_metadata order by arn";
        assert_eq!(read.all(sql), ["ami-1|al2023-ami|deregistered|1|2026-01-01T00:00:00.000Z", "ami-2||unread|unread|", "|||unread|"]);
    }
}
