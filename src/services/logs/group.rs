//! Log groups.

use std::collections::HashMap;

use aws_sdk_cloudwatchlogs::types;
use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, tagging, text};

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
    /// Tags, a map (ListTagsForResource; in a region with more than a page of groups GetResources, which tells of a hundred at once).
    pub tags: Fact<Json>,
}

/// A class that is newer than the SDK's model.
const CLASSES: &[&str] = &["ESSENTIALS"];

/// The most groups on a page.
const PAGE: i32 = 50;

reader! {
    "logs/group", Regional, fills [LogGroup::TABLE],
    calls [call::DescribeLogGroups, call::ListTagsForResource, tagging::call::GetResources], by read
}

/// The tags of all groups of a region.
type RegionTags = Fact<HashMap<String, Json>>;

async fn read(cx: Cx) -> Result<(), Unread> {
    let logs: aws_sdk_cloudwatchlogs::Client = cx.client();
    let mut pages = cx.pages(call::DescribeLogGroups, |token| logs.describe_log_groups().limit(PAGE).set_next_token(token).send());
    let mut region_tags = None;
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        // A call for each of hundreds of thousands of groups takes days at AWS's rate.
        if region_tags.is_none() && page.next_token().is_some() {
            let about = cx.about_rows(LogGroup::TABLE, &["tags"]);
            region_tags = Some(Fact::from(tagging::of_kind(&about, "logs", "log-group").await));
        }
        let mut groups = Vec::new();
        for group in page.log_groups() {
            let name = identified!(cx, call::DescribeLogGroups, group.log_group_name());
            groups.push((name.to_owned(), group.clone()));
        }
        cx.each(groups, |(name, group)| read_one(&cx, name, group, region_tags.as_ref())).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, name: String, group: types::LogGroup, region_tags: Option<&RegionTags>) {
    let arn = match group.log_group_arn().or(group.arn()) {
        Some(arn) => arn.trim_end_matches(":*").to_owned(),
        None => cx.arn("logs", &format!("log-group:{name}")),
    };
    let tags = match region_tags {
        Some(Fact::Known(all)) => Fact::Known(all.get(&arn).cloned().unwrap_or_else(|| Json::tags(None))),
        Some(Fact::Unread) => Fact::Unread,
        None => tags_of(cx, &arn).await,
    };
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
        tags,
        name,
        arn: arn.clone(),
    })
    .await;
}

async fn tags_of(cx: &Cx, arn: &str) -> Fact<Json> {
    let logs: aws_sdk_cloudwatchlogs::Client = cx.client();
    let about = cx.about(LogGroup::TABLE, arn, &["tags"]);
    let told = about.call(call::ListTagsForResource, logs.list_tags_for_resource().resource_arn(arn).send()).await;
    Fact::from(told).map(|told| Json::tags(told.tags()))
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
        Script::default().on("DescribeLogGroups", TWO).on("ListTagsForResource", r#"{"tags": {"env": "dev"}}"#).on("GetResources", TAGGED)
    }

    /// What is tagged in the region: one group of the two, the way AWS has it in lists of streams.
    const TAGGED: &str = r#"{"PaginationToken": "", "ResourceTagMappingList": [
        {"ResourceARN": "arn:aws:logs:us-east-1:1:log-group:/a:*", "Tags": [{"Key": "env", "Value": "prod"}]}]}"#;

    /// More than a page of groups.
    fn many() -> Script {
        let more = TWO.replacen('{', r#"{"nextToken": "more","#, 1);
        let rest = r#"{"logGroups": [{"logGroupName": "/c"}]}"#;
        Script::default().on_match("DescribeLogGroups", "nextToken", rest).on("DescribeLogGroups", &more).followed_by(script())
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

    #[tokio::test]
    async fn the_tags_of_many_groups_are_asked_for_at_once() {
        let read = many().fails("ListTagsForResource", 400, "NeverAsked").read(READER).await;
        let sql = "select name, tags from aws_cloudwatch_log_group order by 1";
        assert_eq!(read.all(sql), [r#"/a|{"env":"prod"}"#, "/b|{}", "/c|{}"]);
        assert_eq!(read.gaps().iter().filter(|gap| gap.3 != "unrecognised").count(), 0, "{:?}", read.gaps());
    }

    #[tokio::test]
    async fn tags_that_were_not_all_told_are_unread_in_all_groups() {
        let lacking = many().read_with(READER, tagging::call::GetResources, Fault::Denied).await;
        assert_eq!(lacking.all("select tags from aws_cloudwatch_log_group"), ["unread", "unread", "unread"]);
        assert_eq!((lacking.is_complete, lacking.gaps()[0].2.as_str()), (true, "tag:GetResources"));
        let cut = many().read_with(READER, tagging::call::GetResources, Fault::CutAfterFirstPage).await;
        assert_eq!(cut.all("select distinct tags from aws_cloudwatch_log_group"), ["unread"]);
    }

    #[tokio::test]
    async fn tags_of_a_group_that_is_not_named_as_logs_names_it_leave_no_group_without_tags() {
        let one = |arn: &str| format!(r#""ResourceARN": "{arn}","#);
        let streams = one("arn:aws:logs:us-east-1:1:log-group:/a:log-stream:x");
        for arn in [String::new(), one("log-group:/a"), one("arn:aws:logs:us-east-1:1:log-group:"), streams] {
            let told = format!(r#"{{"ResourceTagMappingList": [{{{arn} "Tags": [{{"Key": "env", "Value": "prod"}}]}}]}}"#);
            let read = Script::default().on("GetResources", &told).followed_by(many()).read(READER).await;
            assert_eq!(read.all("select distinct tags from aws_cloudwatch_log_group"), ["unread"], "{arn}");
            assert_eq!((read.gaps()[0].2.as_str(), read.gaps()[0].3.as_str()), ("tag:GetResources", "malformed"), "{arn}");
        }
    }

    #[tokio::test]
    async fn tags_of_a_destination_are_no_groups() {
        let told = TAGGED.replacen('[', r#"[{"ResourceARN": "arn:aws:logs:us-east-1:1:destination:/b", "Tags": []},"#, 1);
        let read = Script::default().on("GetResources", &told).followed_by(many()).read(READER).await;
        let sql = "select name, tags from aws_cloudwatch_log_group order by 1";
        assert_eq!(read.all(sql), [r#"/a|{"env":"prod"}"#, "/b|{}", "/c|{}"]);
    }
}
