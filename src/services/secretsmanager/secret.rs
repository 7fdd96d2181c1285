//! Secrets: their rotation, their versions, who may read them.

use std::collections::HashMap;

use aws_sdk_secretsmanager::types;
use macro_rules_attribute::apply;
use serde_json::json;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::statement::{emit_statements, statement_table};
use crate::services::{identified, reader, text, time};

/// A secret, as ListSecrets, DescribeSecret and GetResourcePolicy tell it. Its value is never read.
#[apply(row!)]
#[table("aws_secretsmanager_secret", key(arn))]
pub struct Secret {
    /// ARN of the secret.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name of the secret.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Service that owns and rotates it (`rds`, …), or ''.
    pub owning_service: String,
    /// Region of the primary, if this is a replica or has replicas, or ''.
    pub primary_region: String,
    /// Key that encrypts it; '' for AWS's own `aws/secretsmanager`.
    pub kms_key_id: String,
    /// `on`; `off` when it was on and was turned off; `never` when it never was configured.
    pub rotation: String,
    /// ARN of the rotation function as it was configured, or ''.
    pub rotation_lambda_arn: String,
    /// The same without an alias or version, as in `aws_lambda_function.arn`.
    #[is(derived)]
    pub rotation_function_arn: String,
    /// Days from one rotation to the next: AWS's own number, or that of a `rate(…)` expression. NULL when rotation is on and AWS
    /// says neither; 0 when it is not on.
    pub rotation_interval_days: Fact<f64>,
    /// Schedule as an expression, or ''.
    pub rotation_schedule: String,
    /// Hours that a rotation may take from its start: the schedule's own, 1 for an hourly one, else up to 24.
    pub rotation_window_hours: f64,
    /// When it was made.
    pub created_date: Time,
    /// When its value or its settings were changed, or ''.
    #[is(churn)]
    pub last_changed_date: Time,
    /// Day on which it was read, or ''.
    #[is(churn)]
    pub last_accessed_date: Time,
    /// When rotation last came to its end, or ''. AWS leaves it out, too, after rotation is turned off.
    #[is(churn)]
    pub last_rotated_date: Time,
    /// By when the next rotation should happen, or ''. In the past when rotations fail.
    #[is(churn)]
    pub next_rotation_date: Time,
    /// When it was marked for deletion, or ''.
    pub deleted_date: Time,
    /// Versions with a stage; they are in `aws_secretsmanager_secret_version`.
    #[is(derived)]
    pub version_count: Fact<i64>,
    /// Replicas, a list of `{"region", "status", "message"}`.
    pub replicas: Fact<Json>,
    /// Resource policy as a JSON document, or ''.
    pub policy: Fact<String>,
    /// How many statements it has; they are in `aws_secretsmanager_secret_policy_statement`.
    #[is(derived)]
    pub policy_statement_count: Fact<i64>,
    /// Tags, a map.
    pub tags: Json,
}

/// A version of a secret that has a stage, as DescribeSecret and ListSecretVersionIds tell it.
#[apply(row!)]
#[table(
    "aws_secretsmanager_secret_version", key(arn, version_id),
    guard("aws_secretsmanager_secret", "version_count"),
    part_of("aws_secretsmanager_secret", arn = arn),
    is(churn)
)]
pub struct Version {
    /// ARN of the secret.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the version.
    pub version_id: String,
    /// Its stages, a list.
    pub stages: Json,
    /// Whether it is the one in use (`AWSCURRENT`).
    pub is_current: bool,
    /// Whether a rotation works on it (`AWSPENDING`). On the current version that is normal after success; on another one a rotation
    /// has begun and not ended.
    pub is_pending: bool,
    /// Whether it holds a value: DescribeSecret lists versions without one, ListSecretVersionIds does not.
    pub has_value: Fact<bool>,
    /// When it was made; '' for a version without a value.
    pub created_date: Fact<Time>,
}

statement_table! {
    "A statement of a secret's resource policy."
    SecretStatement, "aws_secretsmanager_secret_policy_statement", guard("aws_secretsmanager_secret", "policy_statement_count")
}

reader! {
    "secretsmanager/secret", Regional, fills [Secret::TABLE, Version::TABLE, SecretStatement::TABLE],
    calls [call::ListSecrets, call::DescribeSecret, call::ListSecretVersionIds, call::GetResourcePolicy], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let secrets: aws_sdk_secretsmanager::Client = cx.client();
    let mut pages = cx.pages(call::ListSecrets, |token| {
        secrets.list_secrets().include_planned_deletion(true).max_results(100).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        let mut found = Vec::new();
        for secret in page.secret_list() {
            let arn = identified!(cx, call::ListSecrets, secret.arn());
            found.push((arn.to_owned(), secret.clone()));
        }
        cx.each(found, |(arn, secret)| read_one(&cx, arn, secret)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, arn: String, secret: types::SecretListEntry) {
    let client: aws_sdk_secretsmanager::Client = cx.client();
    let table = Secret::TABLE;
    let about = cx.about(table, &arn, &["version_count", "replicas"]);
    let detail = Fact::from(about.call(call::DescribeSecret, client.describe_secret().secret_id(&arn).send()).await);
    let stages = detail.as_ref().map(|detail| detail.version_ids_to_stages().cloned().unwrap_or_else(HashMap::new));
    let version_count = emit_versions(cx, &arn, stages).await;
    let about = cx.about(table, &arn, &["policy", "policy_statement_count"]);
    let policy = about.call(call::GetResourcePolicy, client.get_resource_policy().secret_id(&arn).send()).await;
    let policy = Fact::from(policy).map(|told| text(told.resource_policy()));
    let parent = (table, arn.as_str(), cx.region());
    let columns = &["policy_statement_count"];
    let policy_statement_count = emit_statements::<SecretStatement>(cx, parent, columns, call::GetResourcePolicy, &policy).await;
    let rules = secret.rotation_rules();
    let rotation = match secret.rotation_enabled() {
        Some(true) => "on",
        Some(false) => "off",
        None => "never",
    };
    let schedule = rules.and_then(|rules| rules.schedule_expression()).unwrap_or("");
    let days = rules.and_then(|rules| rules.automatically_after_days()).map(|days| days as f64);
    let tag = |tag: &types::Tag| Some((tag.key()?.to_owned(), text(tag.value())));
    cx.emit(Secret {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        name: text(secret.name()),
        description: text(secret.description()),
        owning_service: text(secret.owning_service()),
        primary_region: text(secret.primary_region()),
        kms_key_id: text(secret.kms_key_id()),
        rotation: rotation.to_owned(),
        rotation_lambda_arn: text(secret.rotation_lambda_arn()),
        rotation_function_arn: unqualified(secret.rotation_lambda_arn().unwrap_or("")),
        rotation_interval_days: if rotation == "on" { Fact::told(days.or_else(|| rate_days(schedule))) } else { Fact::Known(0.0) },
        rotation_schedule: schedule.to_owned(),
        rotation_window_hours: window_hours(rules.and_then(|rules| rules.duration()), schedule),
        created_date: time(secret.created_date()),
        last_changed_date: time(secret.last_changed_date()),
        last_accessed_date: time(secret.last_accessed_date()),
        last_rotated_date: time(secret.last_rotated_date()),
        next_rotation_date: time(secret.next_rotation_date()),
        deleted_date: time(secret.deleted_date()),
        version_count,
        replicas: detail.map(|detail| Json(detail.replication_status().iter().map(replica).collect())),
        policy,
        policy_statement_count,
        tags: Json::map(secret.tags().iter().filter_map(tag)),
        arn: arn.clone(),
    })
    .await;
}

fn replica(status: &types::ReplicationStatusType) -> serde_json::Value {
    json!({
        "region": text(status.region()),
        "status": text(status.status().map(|status| status.as_str())),
        "message": text(status.status_message()),
    })
}

/// Stores the versions that have a stage; which of them hold a value only their list tells.
async fn emit_versions(cx: &Cx, arn: &str, stages: Fact<HashMap<String, Vec<String>>>) -> Fact<i64> {
    let Fact::Known(stages) = stages else { return Fact::Unread };
    let created = Fact::from(version_dates(cx, arn).await);
    let count = stages.len() as i64;
    for (version_id, stages) in stages {
        let has = |stage: &str| stages.iter().any(|one| one == stage);
        let date = created.as_ref().map(|created| created.get(&version_id).cloned());
        cx.emit(Version {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            is_current: has("AWSCURRENT"),
            is_pending: has("AWSPENDING"),
            stages: Json::set(stages),
            has_value: date.as_ref().map(Option::is_some),
            created_date: date.map(|date| date.unwrap_or_else(Time::never)),
            version_id,
        })
        .await;
    }
    Fact::Known(count)
}

async fn version_dates(cx: &Cx, arn: &str) -> Result<HashMap<String, Time>, Unread> {
    let client: aws_sdk_secretsmanager::Client = cx.client();
    let about = cx.about(Version::TABLE, arn, &["has_value", "created_date"]);
    let mut dates = HashMap::new();
    let mut pages = about.pages(call::ListSecretVersionIds, |token| {
        client.list_secret_version_ids().secret_id(arn).max_results(100).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        let date = |version: &types::SecretVersionsListEntry| Some((version.version_id()?.to_owned(), time(version.created_date())));
        dates.extend(page.versions().iter().filter_map(date));
    }
    Ok(dates)
}

/// A function's ARN without alias or version: seven fields.
fn unqualified(arn: &str) -> String {
    arn.split(':').take(7).collect::<Vec<_>>().join(":")
}

/// `rate(4 hours)`, `rate(10 days)` in days; `None` for anything else.
fn rate_days(expression: &str) -> Option<f64> {
    let (number, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let number: f64 = number.trim().parse().ok()?;
    match unit.trim().trim_end_matches('s') {
        "hour" => Some(number / 24.0),
        "day" => Some(number),
        _ => None,
    }
}

/// `3h` in hours. <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html>
///
/// Without a duration the window of an hourly schedule closes after an hour, any other at the end of the day.
fn window_hours(duration: Option<&str>, schedule: &str) -> f64 {
    let is_hourly = schedule.starts_with("rate(") && schedule.contains("hour");
    let told = duration.and_then(|duration| duration.strip_suffix('h')?.parse().ok());
    told.unwrap_or(if is_hourly { 1.0 } else { 24.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const LIST: &str = r#"{"SecretList": [
        {"ARN": "arn:aws:secretsmanager:us-east-1:1:secret:db-a", "Name": "db", "RotationEnabled": true, "CreatedDate": 1700000000,
         "RotationLambdaARN": "arn:aws:lambda:us-east-1:1:function:rot:live", "RotationRules": {"ScheduleExpression": "rate(10 days)", "Duration": "3h"}},
        {"ARN": "arn:aws:secretsmanager:us-east-1:1:secret:api-b", "Name": "api"}]}"#;
    const DETAIL: &str = r#"{"VersionIdsToStages": {"v1": ["AWSCURRENT"], "v2": ["AWSPENDING"]},
        "ReplicationStatus": [{"Region": "eu-west-1", "Status": "Failed", "StatusMessage": "no"}]}"#;
    const VERSIONS: &str = r#"{"Versions": [{"VersionId": "v1", "CreatedDate": 1700000000, "VersionStages": ["AWSCURRENT"]}]}"#;
    const POLICY: &str = r#"{"ResourcePolicy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"*\"}]}"}"#;

    fn script() -> Script {
        Script::default()
            .on("ListSecrets", LIST)
            .on("DescribeSecret", DETAIL)
            .on("ListSecretVersionIds", VERSIONS)
            .on_match("GetResourcePolicy", "db-a", POLICY)
            .on("GetResourcePolicy", "{}")
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::ListSecrets, r#"{"SecretList": []}"#, 2).await;
    }

    #[tokio::test]
    async fn never_off_and_on_are_three_things() {
        let read = script().read(READER).await;
        let sql = "select name, rotation, rotation_interval_days, rotation_window_hours, rotation_function_arn, policy_statement_count
            from aws_secretsmanager_secret order by 1";
        assert_eq!(read.all(sql), ["api|never|0|24||0", "db|on|10|3|arn:aws:lambda:us-east-1:1:function:rot|1"]);
    }

    #[tokio::test]
    async fn a_version_without_a_value_is_told_apart() {
        let read = script().read(READER).await;
        let sql =
            "select version_id, is_current, is_pending, has_value from aws_secretsmanager_secret_version where arn like '%db-a' order by 1";
        assert_eq!(read.all(sql), ["v1|1|0|1", "v2|0|1|0"]);
    }

    #[tokio::test]
    async fn what_is_denied_is_unread() {
        let denied = |call| async move { script().read_with(READER, call, Fault::Denied).await };
        let sql = "select version_count, replicas from aws_secretsmanager_secret where name = 'db'";
        assert_eq!(denied(call::DescribeSecret).await.one(sql), "unread|unread");
        let values = denied(call::ListSecretVersionIds).await.all("select distinct has_value from aws_secretsmanager_secret_version");
        assert_eq!(values, ["unread"]);
        let policies = denied(call::GetResourcePolicy).await.all("select distinct policy_statement_count from aws_secretsmanager_secret");
        assert_eq!(policies, ["unread"]);
    }

    #[test]
    fn schedules_in_days() {
        assert_eq!(
            (rate_days("rate(4 hours)"), rate_days("rate(1 day)"), rate_days("cron(0 8 1 * ? *)")),
            (Some(4.0 / 24.0), Some(1.0), None)
        );
        assert_eq!((window_hours(Some("3h"), ""), window_hours(None, "")), (3.0, 24.0));
        assert_eq!((window_hours(None, "rate(4 hours)"), window_hours(None, "rate(4 days)")), (1.0, 24.0));
    }
}
