//! Log groups.

use aws_sdk_cloudwatchlogs::types;
use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text};

/// A log group, as DescribeLogGroups tells it, with its tags.
#[apply(row!)]
#[table("aws_cloudwatch_log_group", key(arn))]
pub struct LogGroup {
    /// ARN of the group, without `:*`.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name of the group.
    pub name: String,
    /// When it was made.
    pub creation_time: Time,
    /// Days that events are kept, as it is in force; 0: they never expire.
    pub retention_in_days: i64,
    /// Account-level retention policy that is in force instead of the group's own setting, or ''.
    pub retention_policy_name: String,
    /// Bytes stored, as AWS counted some time ago. 0 does not prove that it is empty.
    #[is(churn)]
    pub stored_bytes: Fact<i64>,
    /// Key that encrypts it, or ''.
    pub kms_key_id: String,
    /// `STANDARD`, `INFREQUENT_ACCESS`, `DELIVERY`, …
    pub log_group_class: Fact<String>,
    /// Whether it is protected from deletion.
    pub deletion_protection_enabled: bool,
    /// Metric filters.
    pub metric_filter_count: Fact<i64>,
    /// Tags, a map (ListTagsForResource).
    pub tags: Fact<Json>,
}

/// A class that is newer than the SDK's model.
const CLASSES: &[&str] = &["ESSENTIALS"];

reader! {
    "logs/group", Regional, fills [LogGroup::TABLE], calls [call::DescribeLogGroups, call::ListTagsForResource], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let logs: aws_sdk_cloudwatchlogs::Client = cx.client();
    let mut pages = cx.pages(call::DescribeLogGroups, |token| logs.describe_log_groups().limit(50).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        let mut groups = Vec::new();
        for group in page.log_groups() {
            let name = identified!(cx, call::DescribeLogGroups, group.log_group_name());
            groups.push((name.to_owned(), group.clone()));
        }
        cx.each(groups, |(name, group)| read_one(&cx, name, group)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, name: String, group: types::LogGroup) {
    let arn = match group.log_group_arn().or(group.arn()) {
        Some(arn) => arn.trim_end_matches(":*").to_owned(),
        None => cx.arn("logs", &format!("log-group:{name}")),
    };
    let logs: aws_sdk_cloudwatchlogs::Client = cx.client();
    let about = cx.about(LogGroup::TABLE, &arn, &["tags"]);
    let tags = about.call(call::ListTagsForResource, logs.list_tags_for_resource().resource_arn(&arn).send()).await;
    let class = group.log_group_class();
    cx.emit(LogGroup {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        creation_time: group.creation_time().map_or_else(Time::never, |millis| Time::from_unix(millis / 1000)),
        retention_in_days: group.retention_in_days().map_or(0, i64::from),
        retention_policy_name: text(group.retention_policy_name()),
        stored_bytes: Fact::told(group.stored_bytes()),
        kms_key_id: text(group.kms_key_id()),
        log_group_class: match class {
            Some(_) => cx.word(LogGroup::TABLE, &arn, &["log_group_class"], class, CLASSES).await,
            // The class is older than the member: without it a group is a standard one.
            None => Fact::Known("STANDARD".to_owned()),
        },
        deletion_protection_enabled: group.deletion_protection_enabled() == Some(true),
        metric_filter_count: Fact::told(group.metric_filter_count().map(i64::from)),
        tags: Fact::from(tags).map(|told| Json::tags(told.tags())),
        name,
        arn: arn.clone(),
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const TWO: &str = r#"{"logGroups": [
        {"logGroupName": "/a", "arn": "arn:aws:logs:us-east-1:1:log-group:/a:*", "creationTime": 1700000000000, "retentionInDays": 7,
         "logGroupClass": "STANDARD", "storedBytes": 5},
        {"logGroupName": "/b", "logGroupClass": "GOLDEN", "retentionPolicyName": "seven-years", "retentionInDays": 2557}]}"#;

    fn script() -> Script {
        Script::default().on("DescribeLogGroups", TWO).on("ListTagsForResource", r#"{"tags": {"env": "dev"}}"#)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::DescribeLogGroups, r#"{"logGroups": []}"#, 2).await;
    }

    #[tokio::test]
    async fn never_expires_is_zero_and_an_unknown_class_is_unread() {
        let never = TWO.replace(r#""retentionInDays": 7,"#, "");
        let read = Script::default().on("DescribeLogGroups", &never).followed_by(script()).read(READER).await;
        let sql = "select arn, retention_in_days, retention_policy_name, log_group_class, tags from aws_cloudwatch_log_group order by 1";
        assert_eq!(
            read.all(sql),
            [
                r#"arn:aws:logs:us-east-1:111122223333:log-group:/b|2557|seven-years|unread|{"env":"dev"}"#,
                r#"arn:aws:logs:us-east-1:1:log-group:/a|0||STANDARD|{"env":"dev"}"#,
            ]
        );
    }

    #[tokio::test]
    async fn denied_tags_are_unread() {
        let read = script().read_with(READER, call::ListTagsForResource, Fault::Denied).await;
        assert_eq!(read.all("select tags from aws_cloudwatch_log_group"), ["unread", "unread"]);
        assert_eq!((read.is_complete, read.gaps()[0].2.as_str()), (true, "logs:ListTagsForResource"));
    }
}
