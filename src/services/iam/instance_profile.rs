//! Instance profiles: how instances come by a role.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{GLOBAL, Json, Row, Time};
use crate::services::{reader, time};

/// An instance profile, as ListInstanceProfiles tells it.
#[apply(row!)]
#[table("aws_iam_instance_profile", key(arn))]
pub struct InstanceProfile {
    /// ARN of the profile.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Name of the profile.
    pub name: String,
    /// Path.
    pub path: String,
    /// When it was made.
    pub create_date: Time,
    /// ARNs of its roles, a list with one at the most.
    pub role_arns: Json,
}

reader! {
    "iam/instance_profile", Global, fills [InstanceProfile::TABLE], calls [call::ListInstanceProfiles], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let iam: aws_sdk_iam::Client = cx.client();
    let mut pages = cx.pages(call::ListInstanceProfiles, |token| iam.list_instance_profiles().max_items(1000).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.marker().filter(|_| page.is_truncated())).await? {
        for profile in page.instance_profiles() {
            cx.emit(InstanceProfile {
                arn: profile.arn().to_owned(),
                account_id: cx.account_id().to_owned(),
                region: GLOBAL.to_owned(),
                name: profile.instance_profile_name().to_owned(),
                path: profile.path().to_owned(),
                create_date: time(Some(profile.create_date())),
                role_arns: Json::set(profile.roles().iter().map(|role| role.arn())),
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

    const ONE: &str =
        "<InstanceProfiles><member><Path>/</Path><InstanceProfileName>web</InstanceProfileName><InstanceProfileId>A</InstanceProfileId>
        <Arn>arn:aws:iam::1:instance-profile/web</Arn><CreateDate>2025-01-01T00:00:00Z</CreateDate><Roles/></member></InstanceProfiles>
        <IsTruncated>false</IsTruncated>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("ListInstanceProfiles", ONE);
        let empty = "<InstanceProfiles/><IsTruncated>false</IsTruncated>";
        script.four_answers(READER, call::ListInstanceProfiles, empty, 1).await;
        let read = Script::default().on("ListInstanceProfiles", ONE).read(READER).await;
        assert_eq!(read.one("select name, role_arns from aws_iam_instance_profile"), "web|[]");
    }
}
