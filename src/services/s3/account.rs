//! What holds for every bucket of the account.

use macro_rules_attribute::apply;

use super::control::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, GLOBAL, Row};
use crate::services::reader;

/// The account's own public access block, as S3 Control's GetPublicAccessBlock tells it. It holds over every bucket's.
#[apply(row!)]
#[table("aws_s3_account_settings", key(arn))]
pub struct Settings {
    /// ARN of the account (`arn:PARTITION:s3::ACCOUNT:settings`, made by driftlead, since AWS has none).
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Whether new public ACLs are refused. False when the account never set it.
    pub block_public_acls: Fact<bool>,
    /// Whether public ACLs that are there are ignored.
    pub ignore_public_acls: Fact<bool>,
    /// Whether new public policies are refused.
    pub block_public_policy: Fact<bool>,
    /// Whether buckets with a public policy are closed to strangers.
    pub restrict_public_buckets: Fact<bool>,
}

const COLUMNS: &[&str] = &["block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"];

reader! { "s3/account", Global, fills [Settings::TABLE], calls [call::GetPublicAccessBlock], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let s3: aws_sdk_s3control::Client = cx.client();
    let arn = cx.global_arn("s3", cx.account_id(), "settings");
    let about = cx.about(Settings::TABLE, &arn, COLUMNS);
    let ask = s3.get_public_access_block().account_id(cx.account_id()).send();
    let told = about.call_or_absent(call::GetPublicAccessBlock, &["NoSuchPublicAccessBlockConfiguration"], ask).await;
    let of = |get: fn(&aws_sdk_s3control::types::PublicAccessBlockConfiguration) -> Option<bool>| match &told {
        Err(Unread) => Fact::Unread,
        Ok(None) => Fact::Known(false),
        // A switch that the answer leaves out is off.
        Ok(Some(told)) => Fact::told_or(told.public_access_block_configuration().and_then(get), false),
    };
    cx.emit(Settings {
        block_public_acls: of(|block| block.block_public_acls()),
        ignore_public_acls: of(|block| block.ignore_public_acls()),
        block_public_policy: of(|block| block.block_public_policy()),
        restrict_public_buckets: of(|block| block.restrict_public_buckets()),
        account_id: cx.account_id().to_owned(),
        region: GLOBAL.to_owned(),
        arn: arn.clone(),
    })
    .await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const SQL: &str = "select block_public_acls, restrict_public_buckets from aws_s3_account_settings";

    #[tokio::test]
    async fn tells_the_switches_or_that_there_are_none_or_nothing() {
        let on = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>";
        assert_eq!(Script::default().on("GetPublicAccessBlock", on).read(READER).await.one(SQL), "1|0");
        let never = Script::default().fails("GetPublicAccessBlock", 404, "NoSuchPublicAccessBlockConfiguration");
        assert_eq!(never.read(READER).await.one(SQL), "0|0");
        let denied = Script::default().read_with(READER, call::GetPublicAccessBlock, Fault::Denied).await;
        assert_eq!(denied.one(SQL), "unread|unread");
        assert_eq!(denied.gaps()[0].2, "s3:GetAccountPublicAccessBlock");
    }
}
