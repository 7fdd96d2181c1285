//! What users sign in with: access keys, passwords, second factors.

use macro_rules_attribute::apply;

use super::call;
use super::principal::User;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, GLOBAL, Row, Time};
use crate::services::{Found, identified, reader, text, time};

/// What a user signs in with (ListAccessKeys, GetLoginProfile, ListMFADevices).
#[apply(row!)]
#[table("aws_iam_user_credentials", key(arn), part_of("aws_iam_user", arn = arn))]
pub struct Credentials {
    /// ARN of the user.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Name of the user.
    pub name: String,
    /// Access keys; they are in `aws_iam_access_key`.
    #[is(derived)]
    pub access_key_count: Fact<i64>,
    /// Whether the user can sign in to the console with a password.
    pub has_console_password: Fact<bool>,
    /// Second factors.
    pub mfa_device_count: Fact<i64>,
}

/// An access key of a user (ListAccessKeys, GetAccessKeyLastUsed). The secret part is known to nobody but its owner.
#[apply(row!)]
#[table(
    "aws_iam_access_key", key(arn, access_key_id),
    guard("aws_iam_user_credentials", "access_key_count"),
    part_of("aws_iam_user_credentials", arn = arn)
)]
pub struct AccessKey {
    /// ARN of the user.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Name of the user.
    pub user_name: String,
    /// `AKIA…`.
    pub access_key_id: String,
    /// `Active` or `Inactive`.
    pub status: Fact<String>,
    /// When it was made.
    pub create_date: Time,
    /// When it was used; '' for never since AWS keeps track (2015).
    #[is(churn)]
    pub last_used_date: Fact<Time>,
    /// Service that it was used for, or ''.
    #[is(churn)]
    pub last_used_service: Fact<String>,
    /// Region in which it was used, or ''.
    #[is(churn)]
    pub last_used_region: Fact<String>,
}

reader! {
    "iam/user_credentials", Global, fills [Credentials::TABLE, AccessKey::TABLE],
    calls [call::ListAccessKeys, call::GetAccessKeyLastUsed, call::GetLoginProfile, call::ListMFADevices],
    needs [User::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select arn, name from aws_iam_user where account_id = ?1 and ?2 = 'global' and arn > ?3 order by arn limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(users) = found.next(|row| Ok((row.get(0)?, row.get(1)?))).await? {
        cx.each(users, |(arn, name): (String, String)| read_one(&cx, arn, name)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, arn: String, name: String) {
    let about = |columns| cx.about(Credentials::TABLE, &arn, columns);
    let iam: aws_sdk_iam::Client = cx.client();
    let login = about(&["has_console_password"]);
    let absent = &["NoSuchEntity", "NoSuchEntityException"];
    let login = login.call_or_absent(call::GetLoginProfile, absent, iam.get_login_profile().user_name(&name).send()).await;
    cx.emit(Credentials {
        access_key_count: access_keys(cx, &about(&["access_key_count"]), &arn, &name).await.into(),
        has_console_password: Fact::from(login).map(|login| login.is_some()),
        mfa_device_count: mfa_devices(&about(&["mfa_device_count"]), &name).await.into(),
        account_id: cx.account_id().to_owned(),
        region: GLOBAL.to_owned(),
        name: name.clone(),
        arn: arn.clone(),
    })
    .await;
}

async fn mfa_devices(cx: &Cx, name: &str) -> Result<i64, Unread> {
    let iam: aws_sdk_iam::Client = cx.client();
    let mut count = 0;
    let mut pages = cx.pages(call::ListMFADevices, |token| iam.list_mfa_devices().user_name(name).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.marker().filter(|_| page.is_truncated())).await? {
        count += page.mfa_devices().len() as i64;
    }
    Ok(count)
}

async fn access_keys(cx: &Cx, about: &Cx, arn: &str, name: &str) -> Result<i64, Unread> {
    let iam: aws_sdk_iam::Client = cx.client();
    let mut count = 0;
    let mut pages = about.pages(call::ListAccessKeys, |token| iam.list_access_keys().user_name(name).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.marker().filter(|_| page.is_truncated())).await? {
        for key in page.access_key_metadata() {
            let id = identified!(about, call::ListAccessKeys, key.access_key_id());
            count += 1;
            let used = cx.about(AccessKey::TABLE, arn, &["last_used_date", "last_used_service", "last_used_region"]);
            let used = used.call(call::GetAccessKeyLastUsed, iam.get_access_key_last_used().access_key_id(id).send()).await;
            let used = Fact::from(used).map(|used| used.access_key_last_used);
            // N/A is AWS's word for never.
            let word = |get: fn(&aws_sdk_iam::types::AccessKeyLastUsed) -> &str| {
                used.as_ref().map(|used| used.as_ref().map(get).filter(|word| *word != "N/A").unwrap_or("").to_owned())
            };
            cx.emit(AccessKey {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: GLOBAL.to_owned(),
                user_name: name.to_owned(),
                access_key_id: text(key.access_key_id()),
                status: cx.word(AccessKey::TABLE, arn, &["status"], key.status(), &[]).await,
                create_date: time(key.create_date()),
                last_used_date: used.as_ref().map(|used| time(used.as_ref().and_then(|used| used.last_used_date()))),
                last_used_service: word(|used| used.service_name()),
                last_used_region: word(|used| used.region()),
            })
            .await;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    fn script() -> Script {
        Script::default()
            .on(
                "ListAccessKeys",
                "<AccessKeyMetadata><member><AccessKeyId>AKIA1</AccessKeyId><Status>Active</Status>
                <CreateDate>2025-01-01T00:00:00Z</CreateDate></member></AccessKeyMetadata><IsTruncated>false</IsTruncated>",
            )
            .on("GetAccessKeyLastUsed", "<AccessKeyLastUsed><ServiceName>N/A</ServiceName><Region>N/A</Region></AccessKeyLastUsed>")
            .fails("GetLoginProfile", 404, "NoSuchEntity")
            .on("ListMFADevices", "<MFADevices/><IsTruncated>false</IsTruncated>")
            .seed("aws_iam_user (arn, account_id, region, name)", &format!("'arn:ann', '{ACCOUNT}', 'global', 'ann'"))
    }

    const SQL: &str = "select access_key_count, has_console_password, mfa_device_count from aws_iam_user_credentials";
    const KEY: &str = "select access_key_id, status, last_used_date, last_used_service from aws_iam_access_key";

    #[tokio::test]
    async fn never_used_is_known() {
        let read = script().read(READER).await;
        assert_eq!((read.one(SQL).as_str(), read.one(KEY).as_str()), ("1|0|0", "AKIA1|Active||"));
    }

    #[tokio::test]
    async fn what_is_denied_is_unread() {
        let denied = |call| async move { script().read_with(READER, call, Fault::Denied).await };
        assert_eq!(denied(call::ListAccessKeys).await.one(SQL), "unread|0|0");
        assert_eq!(denied(call::GetLoginProfile).await.one(SQL), "1|unread|0");
        assert_eq!(denied(call::ListMFADevices).await.one(SQL), "1|0|unread");
        assert_eq!(denied(call::GetAccessKeyLastUsed).await.one(KEY), "AKIA1|Active|unread|unread");
        let cut = script().read_with(READER, call::ListAccessKeys, Fault::CutAfterFirstPage).await;
        assert_eq!(cut.one(SQL), "unread|0|0", "a part of the keys is not their number");
    }

    #[tokio::test]
    async fn without_users_nothing_is_asked() {
        let read = Script::default().read(READER).await;
        assert_eq!((read.count("aws_iam_user_credentials"), read.is_complete), (0, true));
    }
}
