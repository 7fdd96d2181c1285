//! Settings of EC2 that hold for a region of the account.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::{reader, text};

/// What holds for everything that EC2 makes in a region of the account.
#[apply(row!)]
#[table("aws_ec2_regional_settings", key(arn))]
pub struct Settings {
    /// `arn:PARTITION:ec2:REGION:ACCOUNT:settings`: made by driftlead, since AWS has none.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Whether new volumes are encrypted without being asked (GetEbsEncryptionByDefault).
    pub ebs_encryption_by_default: Fact<bool>,
    /// `unblocked`, `block-all-sharing` or `block-new-sharing` (GetSnapshotBlockPublicAccessState).
    pub snapshot_block_public_access: Fact<String>,
    /// `unblocked` or `block-new-sharing` (GetImageBlockPublicAccessState).
    pub image_block_public_access: Fact<String>,
    /// Whether the serial console can be used (GetSerialConsoleAccessStatus).
    pub serial_console_access: Fact<bool>,
    /// Whether new instances need session tokens for metadata: `required`, `optional`, or '' for no preference
    /// (GetInstanceMetadataDefaults).
    pub metadata_http_tokens: Fact<String>,
    /// Whether instances can be started only from images that meet the account's criteria: `enabled`, `audit-mode` or `disabled`
    /// (GetAllowedImagesSettings).
    pub allowed_images: Fact<String>,
}

reader! {
    "ec2/settings", Regional, fills [Settings::TABLE],
    calls [
        call::GetEbsEncryptionByDefault, call::GetSnapshotBlockPublicAccessState, call::GetImageBlockPublicAccessState,
        call::GetSerialConsoleAccessStatus, call::GetInstanceMetadataDefaults, call::GetAllowedImagesSettings
    ], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let arn = cx.arn("ec2", "settings");
    let about = |columns| cx.about(Settings::TABLE, &arn, columns);
    let (ebs, snapshots, images, console, metadata, allowed) = (
        about(&["ebs_encryption_by_default"]),
        about(&["snapshot_block_public_access"]),
        about(&["image_block_public_access"]),
        about(&["serial_console_access"]),
        about(&["metadata_http_tokens"]),
        about(&["allowed_images"]),
    );
    let (ebs, snapshots, images, console, metadata, allowed) = tokio::join!(
        ebs.call(call::GetEbsEncryptionByDefault, ec2.get_ebs_encryption_by_default().send()),
        snapshots.call(call::GetSnapshotBlockPublicAccessState, ec2.get_snapshot_block_public_access_state().send()),
        images.call(call::GetImageBlockPublicAccessState, ec2.get_image_block_public_access_state().send()),
        console.call(call::GetSerialConsoleAccessStatus, ec2.get_serial_console_access_status().send()),
        metadata.call(call::GetInstanceMetadataDefaults, ec2.get_instance_metadata_defaults().send()),
        allowed.call(call::GetAllowedImagesSettings, ec2.get_allowed_images_settings().send()),
    );
    let metadata =
        Fact::from(metadata).map(|told| text(told.account_level().and_then(|level| level.http_tokens()).map(|tokens| tokens.as_str())));
    cx.emit(Settings {
        arn: arn.clone(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        ebs_encryption_by_default: Fact::from(ebs).and_then(|told| Fact::told(told.ebs_encryption_by_default())),
        snapshot_block_public_access: Fact::from(snapshots)
            .and_then(|told| Fact::told(told.state().map(|state| state.as_str().to_owned()))),
        image_block_public_access: Fact::from(images)
            .and_then(|told| Fact::told(told.image_block_public_access_state().map(str::to_owned))),
        serial_console_access: Fact::from(console).and_then(|told| Fact::told(told.serial_console_access_enabled())),
        metadata_http_tokens: metadata,
        allowed_images: Fact::from(allowed).and_then(|told| Fact::told(told.state().map(str::to_owned))),
    })
    .await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    fn script() -> Script {
        Script::default()
            .on("GetEbsEncryptionByDefault", "<ebsEncryptionByDefault>false</ebsEncryptionByDefault>")
            .on("GetSnapshotBlockPublicAccessState", "<state>unblocked</state>")
            .on("GetImageBlockPublicAccessState", "<imageBlockPublicAccessState>block-new-sharing</imageBlockPublicAccessState>")
            .on("GetSerialConsoleAccessStatus", "<serialConsoleAccessEnabled>false</serialConsoleAccessEnabled>")
            .on("GetInstanceMetadataDefaults", "<accountLevel/>")
            .on("GetAllowedImagesSettings", "<state>audit-mode</state>")
    }

    const SQL: &str = "select ebs_encryption_by_default, snapshot_block_public_access, image_block_public_access,
        serial_console_access, metadata_http_tokens, allowed_images from aws_ec2_regional_settings";

    #[tokio::test]
    async fn tells_every_setting() {
        assert_eq!(script().read(READER).await.one(SQL), "0|unblocked|block-new-sharing|0||audit-mode");
    }

    #[tokio::test]
    async fn an_empty_answer_tells_nothing() {
        let nothing = Script::default().on("GetEbsEncryptionByDefault", "").on("GetSnapshotBlockPublicAccessState", "");
        let nothing = nothing.on("GetImageBlockPublicAccessState", "").on("GetSerialConsoleAccessStatus", "");
        let nothing = nothing.on("GetAllowedImagesSettings", "");
        let read = nothing.on("GetInstanceMetadataDefaults", "").read(READER).await;
        assert_eq!(read.one(SQL), "unread|unread|unread|unread||unread");
    }

    #[tokio::test]
    async fn what_is_denied_is_unread_and_the_rest_is_told() {
        let read = script().read_with(READER, call::GetEbsEncryptionByDefault, Fault::Denied).await;
        assert_eq!(read.one(SQL), "unread|unblocked|block-new-sharing|0||audit-mode");
        assert_eq!((read.gaps().len(), read.is_complete), (1, true));
        let throttled = script().read_with(READER, call::GetSerialConsoleAccessStatus, Fault::Throttled).await;
        assert_eq!(throttled.gaps()[0].3, "throttled");
    }
}
