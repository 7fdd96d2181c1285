//! Keys.

use std::collections::HashMap;

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::statement::{emit_statements, statement_table};
use crate::services::{identified, reader, text, time};

/// A key, as ListKeys, DescribeKey and the calls about its settings tell it.
#[apply(row!)]
#[table("aws_kms_key", key(arn))]
pub struct Key {
    /// ARN of the key.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the key.
    pub key_id: String,
    /// Aliases, a list (ListAliases).
    pub aliases: Fact<Json>,
    /// Its description (DescribeKey).
    pub description: Fact<String>,
    /// `Enabled`, `Disabled`, `PendingDeletion`, … (DescribeKey).
    pub key_state: Fact<String>,
    /// `AWS` for keys that AWS makes and manages, `CUSTOMER` for the account's own (DescribeKey).
    pub key_manager: Fact<String>,
    /// `SYMMETRIC_DEFAULT`, `RSA_2048`, … (DescribeKey).
    pub key_spec: Fact<String>,
    /// `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, … (DescribeKey).
    pub key_usage: Fact<String>,
    /// `AWS_KMS`, `EXTERNAL`, … (DescribeKey).
    pub origin: Fact<String>,
    /// Whether it is a multi-region key (DescribeKey).
    pub multi_region: Fact<bool>,
    /// When it was made (DescribeKey).
    pub creation_date: Fact<Time>,
    /// When it will be deleted, or '' (DescribeKey).
    pub deletion_date: Fact<Time>,
    /// Whether AWS can rotate it by itself: a symmetric key of the account's own with material from KMS.
    #[is(derived)]
    pub can_rotate: Fact<bool>,
    /// Whether AWS rotates it by itself (GetKeyRotationStatus); false where it cannot.
    pub rotation_enabled: Fact<bool>,
    /// Policy as a JSON document (GetKeyPolicy).
    pub policy: Fact<String>,
    /// How many statements it has; they are in `aws_kms_key_policy_statement`.
    #[is(derived)]
    pub policy_statement_count: Fact<i64>,
    /// Tags, a map (ListResourceTags).
    pub tags: Fact<Json>,
}

statement_table! {
    "A statement of a key's policy."
    KeyStatement, "aws_kms_key_policy_statement", guard("aws_kms_key", "policy_statement_count")
}

const DESCRIBED: &[&str] = &[
    "description", "key_state", "key_manager", "key_spec", "key_usage", "origin", "multi_region", "creation_date", "deletion_date",
    "can_rotate", "rotation_enabled",
];

reader! {
    "kms/key", Regional, fills [Key::TABLE, KeyStatement::TABLE],
    calls [
        call::ListKeys, call::ListAliases, call::DescribeKey, call::GetKeyRotationStatus, call::GetKeyPolicy,
        call::ListResourceTags
    ], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let kms: aws_sdk_kms::Client = cx.client();
    let aliases = Fact::from(aliases(&cx.about_rows(Key::TABLE, &["aliases"])).await);
    let mut pages = cx.pages(call::ListKeys, |token| kms.list_keys().limit(1000).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.next_marker().filter(|_| page.truncated())).await? {
        let mut keys = Vec::new();
        for key in page.keys() {
            let arn = identified!(cx, call::ListKeys, key.key_arn());
            let id = identified!(cx, call::ListKeys, key.key_id());
            keys.push((arn.to_owned(), id.to_owned()));
        }
        cx.each(keys, |(arn, id)| read_one(&cx, arn, id, &aliases)).await;
    }
    Ok(())
}

async fn aliases(cx: &Cx) -> Result<HashMap<String, Vec<String>>, Unread> {
    let kms: aws_sdk_kms::Client = cx.client();
    let mut aliases: HashMap<String, Vec<String>> = HashMap::new();
    let mut pages = cx.pages(call::ListAliases, |token| kms.list_aliases().limit(100).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.next_marker().filter(|_| page.truncated())).await? {
        for alias in page.aliases() {
            if let (Some(key), Some(name)) = (alias.target_key_id(), alias.alias_name()) {
                aliases.entry(key.to_owned()).or_default().push(name.to_owned());
            }
        }
    }
    Ok(aliases)
}

async fn read_one(cx: &Cx, arn: String, id: String, aliases: &Fact<HashMap<String, Vec<String>>>) {
    let kms: aws_sdk_kms::Client = cx.client();
    let about = |columns| cx.about(Key::TABLE, &arn, columns);
    let told = about(DESCRIBED).call(call::DescribeKey, kms.describe_key().key_id(&id).send()).await;
    let key = Fact::from(told).and_then(|told| Fact::told(told.key_metadata));
    let key_manager = key.as_ref().and_then(|key| Fact::told(key.key_manager().cloned()));
    let key_manager = match key_manager {
        Fact::Known(word) => cx.word(Key::TABLE, &arn, &["key_manager"], Some(&word), &[]).await,
        Fact::Unread => Fact::Unread,
    };
    let state = key.as_ref().and_then(|key| Fact::told(key.key_state().cloned()));
    let key_state = match state {
        Fact::Known(word) => cx.word(Key::TABLE, &arn, &["key_state"], Some(&word), &[]).await,
        Fact::Unread => Fact::Unread,
    };
    let word = |get: fn(&aws_sdk_kms::types::KeyMetadata) -> Option<&str>| key.as_ref().map(|key| text(get(key)));
    let key_spec = word(|key| key.key_spec().map(|spec| spec.as_str()));
    let origin = word(|key| key.origin().map(|origin| origin.as_str()));
    let can_rotate = key_manager.as_ref().and_then(|manager| {
        let is_own = manager == "CUSTOMER";
        key_spec.as_ref().and_then(|spec| origin.as_ref().map(|origin| is_own && spec == "SYMMETRIC_DEFAULT" && origin == "AWS_KMS"))
    });
    let rotation_enabled = match can_rotate {
        Fact::Known(true) => {
            let ask = kms.get_key_rotation_status().key_id(&id).send();
            // A key that waits for its deletion has no rotation any more.
            let absent = &["KMSInvalidStateException", "UnsupportedOperationException"];
            let told = about(&["rotation_enabled"]).call_or_absent(call::GetKeyRotationStatus, absent, ask).await;
            Fact::from(told).map(|told| told.is_some_and(|told| told.key_rotation_enabled()))
        }
        Fact::Known(false) => Fact::Known(false),
        Fact::Unread => Fact::Unread,
    };
    let policy_columns: &[&str] = &["policy", "policy_statement_count"];
    let policy = about(policy_columns).call(call::GetKeyPolicy, kms.get_key_policy().key_id(&id).policy_name("default").send()).await;
    let policy = Fact::from(policy).and_then(|told| Fact::told(told.policy().map(str::to_owned)));
    let parent = (Key::TABLE, arn.as_str(), cx.region());
    let columns = &["policy_statement_count"];
    let count = emit_statements::<KeyStatement>(cx, parent, columns, call::GetKeyPolicy, &policy).await;
    cx.emit(Key {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        aliases: aliases.as_ref().map(|all| Json::set(all.get(&id).into_iter().flatten().cloned())),
        description: word(|key| key.description()),
        key_state,
        key_manager,
        key_spec,
        key_usage: word(|key| key.key_usage().map(|usage| usage.as_str())),
        origin,
        multi_region: key.as_ref().map(|key| key.multi_region() == Some(true)),
        creation_date: key.as_ref().map(|key| time(key.creation_date())),
        deletion_date: key.as_ref().map(|key| time(key.deletion_date())),
        can_rotate,
        rotation_enabled,
        policy,
        policy_statement_count: count,
        tags: tags(&about(&["tags"]), &id).await.into(),
        key_id: id.clone(),
        arn: arn.clone(),
    })
    .await;
}

async fn tags(cx: &Cx, id: &str) -> Result<Json, Unread> {
    let kms: aws_sdk_kms::Client = cx.client();
    let mut tags = Vec::new();
    let mut pages = cx.pages(call::ListResourceTags, |token| kms.list_resource_tags().key_id(id).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.next_marker().filter(|_| page.truncated())).await? {
        tags.extend(page.tags().iter().map(|tag| (tag.tag_key().to_owned(), tag.tag_value().to_owned())));
    }
    Ok(Json::map(tags))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    fn script() -> Script {
        Script::default()
            .on("ListKeys", r#"{"Keys": [{"KeyId": "k1", "KeyArn": "arn:aws:kms:us-east-1:1:key/k1"}], "Truncated": false}"#)
            .on("ListAliases", r#"{"Aliases": [{"AliasName": "alias/pay", "TargetKeyId": "k1"}]}"#)
            .on("DescribeKey", r#"{"KeyMetadata": {"KeyId": "k1", "KeyState": "Enabled", "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS"}}"#)
            .on("GetKeyRotationStatus", r#"{"KeyRotationEnabled": true}"#)
            .on("GetKeyPolicy", r#"{"Policy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::1:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}"#)
            .on("ListResourceTags", r#"{"Tags": [{"TagKey": "env", "TagValue": "dev"}]}"#)
    }

    const SQL: &str = "select aliases, key_state, can_rotate, rotation_enabled, policy_statement_count, tags from aws_kms_key";

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::ListKeys, r#"{"Keys": []}"#, 1).await;
    }

    #[tokio::test]
    async fn tells_state_and_rotation() {
        assert_eq!(script().read(READER).await.one(SQL), r#"["alias/pay"]|Enabled|1|1|1|{"env":"dev"}"#);
        let managed = Script::default()
            .on("DescribeKey", r#"{"KeyMetadata": {"KeyId": "k1", "KeyState": "Melted", "KeyManager": "AWS"}}"#)
            .followed_by(script());
        assert_eq!(managed.read(READER).await.one(SQL), r#"["alias/pay"]|unread|0|0|1|{"env":"dev"}"#);
    }

    #[tokio::test]
    async fn what_is_denied_is_unread() {
        let denied = |call| async move { script().read_with(READER, call, Fault::Denied).await.one(SQL) };
        assert_eq!(denied(call::DescribeKey).await, r#"["alias/pay"]|unread|unread|unread|1|{"env":"dev"}"#);
        assert_eq!(denied(call::GetKeyRotationStatus).await, r#"["alias/pay"]|Enabled|1|unread|1|{"env":"dev"}"#);
        assert_eq!(denied(call::GetKeyPolicy).await, r#"["alias/pay"]|Enabled|1|1|unread|{"env":"dev"}"#);
        assert_eq!(denied(call::ListAliases).await, r#"unread|Enabled|1|1|1|{"env":"dev"}"#);
        assert_eq!(denied(call::ListResourceTags).await, r#"["alias/pay"]|Enabled|1|1|1|unread"#);
    }
}
