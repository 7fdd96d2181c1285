//! The account as IAM counts it, its aliases and its password policy.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, GLOBAL, Json, Row};
use crate::services::reader;

/// The account as GetAccountSummary, ListAccountAliases and GetAccountPasswordPolicy tell it.
#[apply(row!)]
#[table("aws_iam_account_summary", key(arn))]
pub struct Summary {
    /// `arn:PARTITION:iam::ACCOUNT:root`.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Aliases, a list.
    pub aliases: Fact<Json>,
    /// Whether the root user has a second factor.
    pub root_mfa_enabled: Fact<bool>,
    /// How many access keys the root user has.
    pub root_access_keys: Fact<i64>,
    /// Users.
    #[is(churn)]
    pub users: Fact<i64>,
    /// Roles.
    #[is(churn)]
    pub roles: Fact<i64>,
    /// Customer-managed policies.
    #[is(churn)]
    pub policies: Fact<i64>,
    /// Whether there is a password policy; without one AWS asks for eight characters and nothing else.
    pub has_password_policy: Fact<bool>,
    /// Fewest characters of a password; 8 without a policy.
    pub minimum_password_length: Fact<i64>,
    /// Whether a password needs a symbol; false without a policy.
    pub require_symbols: Fact<bool>,
    /// Whether a password needs a digit; false without a policy.
    pub require_numbers: Fact<bool>,
    /// Whether a password needs an upper-case letter; false without a policy.
    pub require_uppercase: Fact<bool>,
    /// Whether a password needs a lower-case letter; false without a policy.
    pub require_lowercase: Fact<bool>,
    /// Former passwords that cannot be used again; 0 for none.
    pub password_reuse_prevention: Fact<i64>,
    /// Days after which a password expires; 0 for never.
    pub max_password_age: Fact<i64>,
}

const COUNTS: &[&str] = &["root_mfa_enabled", "root_access_keys", "users", "roles", "policies"];
const PASSWORDS: &[&str] = &[
    "has_password_policy", "minimum_password_length", "require_symbols", "require_numbers", "require_uppercase", "require_lowercase",
    "password_reuse_prevention", "max_password_age",
];

reader! {
    "iam/account_summary", Global, fills [Summary::TABLE],
    calls [call::GetAccountSummary, call::ListAccountAliases, call::GetAccountPasswordPolicy], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let iam: aws_sdk_iam::Client = cx.client();
    let arn = cx.global_arn("iam", cx.account_id(), "root");
    let counts = cx.about(Summary::TABLE, &arn, COUNTS).call(call::GetAccountSummary, iam.get_account_summary().send()).await;
    let about = cx.about(Summary::TABLE, &arn, PASSWORDS);
    let ask = iam.get_account_password_policy().send();
    let passwords = about.call_or_absent(call::GetAccountPasswordPolicy, &["NoSuchEntity", "NoSuchEntityException"], ask).await;
    let count = |name: &str| match &counts {
        Err(Unread) => Fact::Unread,
        Ok(told) => Fact::told(told.summary_map().and_then(|map| map.get(&name.into()).copied()).map(i64::from)),
    };
    let policy = Fact::from(passwords).map(|told| told.and_then(|told| told.password_policy));
    let number = |none: i64, get: fn(&aws_sdk_iam::types::PasswordPolicy) -> Option<i32>| {
        policy.as_ref().map(|policy| policy.as_ref().and_then(get).map_or(none, i64::from))
    };
    let switch = |get: fn(&aws_sdk_iam::types::PasswordPolicy) -> bool| policy.as_ref().map(|policy| policy.as_ref().is_some_and(get));
    cx.emit(Summary {
        aliases: aliases(&cx.about(Summary::TABLE, &arn, &["aliases"])).await.into(),
        root_mfa_enabled: count("AccountMFAEnabled").map(|count| count > 0),
        root_access_keys: count("AccountAccessKeysPresent"),
        users: count("Users"),
        roles: count("Roles"),
        policies: count("Policies"),
        has_password_policy: policy.as_ref().map(Option::is_some),
        minimum_password_length: number(8, |policy| policy.minimum_password_length()),
        require_symbols: switch(|policy| policy.require_symbols()),
        require_numbers: switch(|policy| policy.require_numbers()),
        require_uppercase: switch(|policy| policy.require_uppercase_characters()),
        require_lowercase: switch(|policy| policy.require_lowercase_characters()),
        password_reuse_prevention: number(0, |policy| policy.password_reuse_prevention()),
        max_password_age: number(0, |policy| policy.max_password_age()),
        account_id: cx.account_id().to_owned(),
        region: GLOBAL.to_owned(),
        arn: arn.clone(),
    })
    .await;
    Ok(())
}

async fn aliases(cx: &Cx) -> Result<Json, Unread> {
    let iam: aws_sdk_iam::Client = cx.client();
    let mut aliases = Vec::new();
    let mut pages = cx.pages(call::ListAccountAliases, |token| iam.list_account_aliases().set_marker(token).send());
    while let Some(page) = pages.next(|page| page.marker()).await? {
        aliases.extend(page.account_aliases().iter().cloned());
    }
    Ok(Json::set(aliases))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    fn script() -> Script {
        Script::default()
            .on(
                "GetAccountSummary",
                "<SummaryMap><entry><key>AccountMFAEnabled</key><value>0</value></entry>
                <entry><key>AccountAccessKeysPresent</key><value>1</value></entry></SummaryMap>",
            )
            .on("ListAccountAliases", "<AccountAliases><member>pay</member></AccountAliases><IsTruncated>false</IsTruncated>")
            .on(
                "GetAccountPasswordPolicy",
                "<PasswordPolicy><MinimumPasswordLength>6</MinimumPasswordLength><RequireSymbols>true</RequireSymbols></PasswordPolicy>",
            )
    }

    const SQL: &str = "select root_mfa_enabled, root_access_keys, users, aliases, has_password_policy, minimum_password_length,
        require_symbols, max_password_age from aws_iam_account_summary";

    #[tokio::test]
    async fn tells_counts_aliases_and_passwords() {
        assert_eq!(script().read(READER).await.one(SQL), r#"0|1|unread|["pay"]|1|6|1|0"#);
        let none = Script::default().fails("GetAccountPasswordPolicy", 404, "NoSuchEntity").followed_by(script());
        assert_eq!(none.read(READER).await.one(SQL), r#"0|1|unread|["pay"]|0|8|0|0"#);
    }

    #[tokio::test]
    async fn what_is_denied_is_unread() {
        let denied = |call| async move { script().read_with(READER, call, Fault::Denied).await.one(SQL) };
        assert_eq!(denied(call::GetAccountSummary).await, r#"unread|unread|unread|["pay"]|1|6|1|0"#);
        assert_eq!(denied(call::GetAccountPasswordPolicy).await, r#"0|1|unread|["pay"]|unread|unread|unread|unread"#);
        assert_eq!(denied(call::ListAccountAliases).await, "0|1|unread|unread|1|6|1|0");
        let cut = script().read_with(READER, call::ListAccountAliases, Fault::CutAfterFirstPage).await;
        assert_eq!(cut.one("select aliases from aws_iam_account_summary"), "unread");
    }
}
