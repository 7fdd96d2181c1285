//! Shapes of what buckets, secrets, keys and backup plans are declared with.

use serde_json::{Map, Value, json};

use super::anything;
use crate::declared::{hole, is_hole, path};

/// The first of some paths that leads to something; `otherwise` where none does.
pub(super) fn first(item: &Value, paths: &[&str], otherwise: Value) -> Value {
    let found = paths.iter().find_map(|path| path::get(item, path).filter(|value| !value.is_null() && value.as_str() != Some("")));
    found.unwrap_or(otherwise)
}

/// Lifecycle rules as `aws_s3_bucket.lifecycle_rules` has them: from CloudFormation's rules, from those of
/// `aws_s3_bucket_lifecycle_configuration`, and from the blocks in `aws_s3_bucket`.
pub(super) fn lifecycle_rules(value: &Value) -> Value {
    let Value::Array(rules) = value else { return value.clone() };
    rules.iter().map(lifecycle_rule).collect()
}

fn lifecycle_rule(rule: &Value) -> Value {
    if is_hole(rule).is_some() {
        return rule.clone();
    }
    let number = |paths: &[&str]| first(rule, paths, 0.into());
    let status = match rule.get("enabled") {
        Some(Value::Bool(true)) => "Enabled".into(),
        Some(Value::Bool(false)) => "Disabled".into(),
        _ => first(rule, &["Status", "status"], anything()),
    };
    let one = usize::from(rule.get("Transition").is_some());
    let several = first(rule, &["Transitions", "transition"], Value::Array(Vec::new()));
    let transitions = several.as_array().map_or_else(anything, |several| (several.len() + one).into());
    json!({
        // S3 makes up a name where there is none.
        "id": first(rule, &["Id", "id"], anything()),
        "status": status,
        "prefix": first(rule, &["Prefix", "filter[0].prefix", "filter[0].and[0].prefix", "prefix"], "".into()),
        "expiration_days": number(&["ExpirationInDays", "expiration[0].days"]),
        "expiration_date": moment(first(rule, &["ExpirationDate", "expiration[0].date"], "".into())),
        "noncurrent_days": number(&[
            "NoncurrentVersionExpiration.NoncurrentDays", "NoncurrentVersionExpirationInDays",
            "noncurrent_version_expiration[0].noncurrent_days", "noncurrent_version_expiration[0].days",
        ]),
        "abort_multipart_days": number(&[
            "AbortIncompleteMultipartUpload.DaysAfterInitiation", "abort_incomplete_multipart_upload[0].days_after_initiation",
            "abort_incomplete_multipart_upload_days",
        ]),
        "transitions": transitions,
    })
}

/// A day is its midnight, and to the second is enough.
fn moment(date: Value) -> Value {
    match date.as_str() {
        Some(day) if day.len() == 10 => format!("{day}T00:00:00Z").into(),
        Some(moment) => moment.replace(".000Z", "Z").into(),
        None => date,
    }
}

/// Replication rules that have a name.
pub(super) fn named_replication(value: &Value) -> Value {
    replication(value, true)
}

/// Replication rules whose name S3 made up.
pub(super) fn unnamed_replication(value: &Value) -> Value {
    replication(value, false)
}

/// Replication rules by the names of the columns of `aws_s3_bucket_replication_rule`: from CloudFormation, from
/// `aws_s3_bucket_replication_configuration`, and from the block in `aws_s3_bucket`. What is null has no default.
fn replication(value: &Value, named: bool) -> Value {
    let Value::Array(rules) = value else { return value.clone() };
    let is_named = |rule: &&Value| !first(rule, &["Id", "id"], Value::Null).is_null();
    // Of a hole nobody knows whether it has a name: it is told once.
    rules.iter().filter(|rule| if is_hole(rule).is_some() { named } else { is_named(rule) == named }).map(replication_rule).collect()
}

fn replication_rule(rule: &Value) -> Value {
    if is_hole(rule).is_some() {
        return rule.clone();
    }
    let text = |paths: &[&str]| first(rule, paths, "".into());
    let promise = text(&["Destination.ReplicationTime.Status", "destination[0].replication_time[0].status"]);
    let minutes = [
        "Destination.ReplicationTime.Time.Minutes",
        "destination[0].replication_time[0].time[0].minutes",
        "destination[0].replication_time[0].minutes",
    ];
    let encrypted = match first(rule, &["source_selection_criteria[0].sse_kms_encrypted_objects[0].enabled"], Value::Null) {
        Value::Bool(switch) => if switch { "Enabled" } else { "Disabled" }.into(),
        _ => text(&[
            "SourceSelectionCriteria.SseKmsEncryptedObjects.Status",
            "source_selection_criteria[0].sse_kms_encrypted_objects[0].status",
        ]),
    };
    json!({
        "rule_id": first(rule, &["Id", "id"], Value::Null),
        "priority": first(rule, &["Priority", "priority"], Value::Null),
        "status": first(rule, &["Status", "status"], Value::Null),
        "prefix": text(&["Filter.Prefix", "Filter.And.Prefix", "Prefix", "filter[0].prefix", "filter[0].and[0].prefix", "prefix"]),
        "filter_tags": filter_tags(rule),
        "destination_bucket_arn": first(rule, &["Destination.Bucket", "destination[0].bucket"], Value::Null),
        "destination_account": text(&["Destination.Account", "destination[0].account", "destination[0].account_id"]),
        "replica_owner": text(&["Destination.AccessControlTranslation.Owner", "destination[0].access_control_translation[0].owner"]),
        "replica_storage_class": text(&["Destination.StorageClass", "destination[0].storage_class"]),
        "replica_kms_key_id": text(&[
            "Destination.EncryptionConfiguration.ReplicaKmsKeyID",
            "destination[0].encryption_configuration[0].replica_kms_key_id", "destination[0].replica_kms_key_id",
        ]),
        "sse_kms_objects": encrypted,
        "replica_modifications": text(&[
            "SourceSelectionCriteria.ReplicaModifications.Status", "source_selection_criteria[0].replica_modifications[0].status",
        ]),
        "delete_marker_replication": first(
            rule,
            &["DeleteMarkerReplication.Status", "delete_marker_replication[0].status", "delete_marker_replication_status"],
            Value::Null,
        ),
        "metrics": text(&["Destination.Metrics.Status", "destination[0].metrics[0].status"]),
        "replication_time_minutes": match promise.as_str() {
            Some("Enabled") => first(rule, &minutes, Value::Null),
            Some(_) => 0.into(),
            None => promise,
        },
    })
}

fn filter_tags(rule: &Value) -> Value {
    let single = ["Filter.TagFilter", "filter[0].tag[0]"].iter().find_map(|path| path::get(rule, path));
    match single.filter(|tag| !tag.is_null()) {
        Some(tag) => super::tags(&Value::Array(vec![tag])),
        None => super::tags(&first(rule, &["Filter.And.TagFilters", "filter[0].and[0].tags", "filter[0].tags"], json!({}))),
    }
}

/// A canned ACL as the grants that it makes. The owner is always among them, by an id that no declaration knows.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
pub(super) fn canned_acl(value: &Value) -> Value {
    const EVERYBODY: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
    const WITH_ACCOUNT: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
    const LOGS: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";
    let Some(word) = value.as_str() else { return value.clone() };
    let others: &[(&str, &str)] = match word.replace('-', "").to_lowercase().as_str() {
        // What these say of the bucket's owner is about objects.
        "private" | "bucketownerread" | "bucketownerfullcontrol" => &[],
        "publicread" => &[(EVERYBODY, "READ")],
        "publicreadwrite" => &[(EVERYBODY, "READ"), (EVERYBODY, "WRITE")],
        "authenticatedread" => &[(WITH_ACCOUNT, "READ")],
        "logdeliverywrite" => &[(LOGS, "WRITE"), (LOGS, "READ_ACP")],
        _ => return Value::Null,
    };
    let grant = |(grantee, permission): &(&str, &str)| json!({"grantee": grantee, "permission": permission});
    let owner = json!({"grantee": anything(), "permission": "FULL_CONTROL"});
    others.iter().map(grant).chain([owner]).collect()
}

/// The bucket that logs go to: where logging is declared without one, the bucket itself.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-s3-bucket-loggingconfiguration.html>
pub(super) fn logging_bucket(value: &Value) -> Value {
    match value {
        Value::Object(_) if is_hole(value).is_none() => first(value, &["DestinationBucketName"], super::ITSELF.into()),
        other => other.clone(),
    }
}

/// Days of a default retention: years count 365.
pub(super) fn retention_days(value: &Value) -> Value {
    if value.is_number() || is_hole(value).is_some() {
        return value.clone();
    }
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
    match (first(value, &["Days", "days"], 0.into()), first(value, &["Years", "years"], 0.into())) {
        (days, years) if is_hole(&days).is_some() || is_hole(&years).is_some() => anything(),
        (days, years) => match (number(&days), number(&years)) {
            (Some(days), Some(years)) => (days + 365 * years).into(),
            _ => Value::Null,
        },
    }
}

/// Versioning as a block in `aws_s3_bucket` says it: that it is off can mean two things, so that is no opinion.
pub(super) fn versioning_on(value: &Value) -> Value {
    if *value == Value::Bool(true) { "Enabled".into() } else { Value::Null }
}

/// Of which events somebody is told, as `aws_s3_bucket.notification_events` has them.
pub(super) fn notification_events(value: &Value) -> Value {
    let mut events = Vec::new();
    for list in ["LambdaConfigurations", "QueueConfigurations", "TopicConfigurations", "lambda_function", "queue", "topic"] {
        let of = |item: &Value| match item.get("Event").or_else(|| item.get("events")).unwrap_or(item) {
            Value::Array(several) => several.clone(),
            one => vec![one.clone()],
        };
        match value.get(list) {
            Some(Value::Array(items)) => events.extend(items.iter().flat_map(of)),
            Some(Value::Null) | None => {}
            Some(open) => return open.clone(),
        }
    }
    let bridge = value.get("EventBridgeConfiguration");
    // Its one member is true unless it is declared to be false.
    let is_on =
        |given: &Value| given.get("EventBridgeEnabled").is_none_or(|word| *word != Value::Bool(false) && word.as_str() != Some("false"));
    if bridge.is_some_and(is_on) || value.get("eventbridge") == Some(&Value::Bool(true)) {
        events.push("EventBridge".into());
    }
    let mut set: Vec<Value> = Vec::new();
    events.into_iter().for_each(|event| {
        if !set.contains(&event) {
            set.push(event)
        }
    });
    set.into()
}

/// Replicas of a secret as `aws_secretsmanager_secret.replicas` has them, by their region alone.
pub(super) fn replicas(value: &Value) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    let region = |item: &Value| first(item, &["Region", "region"], anything());
    items.iter().map(|item| json!({"region": region(item), "status": anything(), "message": anything()})).collect()
}

/// `3h` is 3.
pub(super) fn hours(value: &Value) -> Value {
    match value.as_str() {
        Some(text) => text.trim_end_matches('h').parse::<f64>().map_or(Value::Null, Value::from),
        None => value.clone(),
    }
}

/// The last part of an ARN or a path.
pub(super) fn last_part(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| text.rsplit('/').next().unwrap_or(text).into())
}

/// A key where AWS always answers with its ARN: of an alias, which key it stands for is not known here.
pub(super) fn key(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if text.starts_with("alias/") || text.contains(":alias/") => hole(&format!("the key of {text}")),
        _ => value.clone(),
    }
}

/// Tags that a backup selection asks for, as `aws_backup_selection.list_of_tags` has them.
pub(super) fn backup_tags(value: &Value) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    items.iter().map(|item| pair(item, Map::new())).collect()
}

/// Conditions of a backup selection, as `aws_backup_selection.conditions` has them: from CloudFormation's map of operators, and from
/// Terraform's blocks.
pub(super) fn backup_conditions(value: &Value) -> Value {
    if is_hole(value).is_some() {
        return value.clone();
    }
    const OPERATORS: [[&str; 2]; 4] = [
        ["StringEquals", "string_equals"],
        ["StringNotEquals", "string_not_equals"],
        ["StringLike", "string_like"],
        ["StringNotLike", "string_not_like"],
    ];
    let blocks: Vec<&Value> = value.as_array().map_or_else(|| vec![value], |blocks| blocks.iter().collect());
    let mut all = Vec::new();
    for (block, names) in blocks.into_iter().flat_map(|block| OPERATORS.map(|names| (block, names))) {
        match names.iter().find_map(|name| block.get(*name)) {
            Some(Value::Array(items)) => {
                all.extend(items.iter().map(|item| pair(item, Map::from_iter([("operator".to_owned(), names[0].into())]))));
            }
            Some(open) if is_hole(open).is_some() => return open.clone(),
            _ => {}
        }
    }
    all.into()
}

fn pair(item: &Value, mut into: Map<String, Value>) -> Value {
    if is_hole(item).is_some() {
        return item.clone();
    }
    into.insert("key".to_owned(), first(item, &["ConditionKey", "key"], "".into()));
    into.insert("value".to_owned(), first(item, &["ConditionValue", "value"], "".into()));
    into.into()
}

/// A type of account policies of CloudWatch Logs. Only these are read, so of others nobody can say that they are missing.
pub(super) fn read_log_policy(value: &Value) -> Value {
    match value.as_str() {
        Some("RETENTION_POLICY" | "DATA_PROTECTION_POLICY" | "SUBSCRIPTION_FILTER_POLICY") | None => value.clone(),
        Some(other) => hole(&format!("account policies of the type {other} are not read")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::shape::shape;

    #[test]
    fn a_lifecycle_rule_is_one_in_three_forms() {
        let template = json!([{"Id": "cold", "Status": "Enabled", "Prefix": "a/", "ExpirationInDays": 400,
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 90}]}]);
        let own = json!([{"id": "cold", "status": "Enabled", "prefix": "", "filter": [{"prefix": "a/", "and": [], "tag": []}],
            "expiration": [{"days": 400, "date": null}], "noncurrent_version_expiration": [{"noncurrent_days": 30}],
            "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}], "transition": [{"days": 90}]}]);
        let block = json!([{"id": "cold", "enabled": true, "prefix": "a/", "expiration": [{"days": 400, "date": ""}],
            "noncurrent_version_expiration": [{"days": 30}], "abort_incomplete_multipart_upload_days": 7, "transition": [{"days": 90}]}]);
        let expected = json!([{"id": "cold", "status": "Enabled", "prefix": "a/", "expiration_days": 400, "expiration_date": "",
            "noncurrent_days": 30, "abort_multipart_days": 7, "transitions": 1}]);
        for given in [template, own, block] {
            assert_eq!(shape("lifecycle_rules", &given), expected, "{given}");
        }
        let bare = shape("lifecycle_rules", &json!([{"Status": "Disabled", "ExpirationDate": "2027-01-01"}]));
        assert_eq!((&bare[0]["id"], &bare[0]["expiration_date"]), (&anything(), &json!("2027-01-01T00:00:00Z")));
        assert_eq!(shape("lifecycle_rules", &json!([hole("x")])), json!([hole("x")]));
    }

    #[test]
    fn a_replication_rule_is_one_in_three_forms() {
        let template = json!([{"Id": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": "a/"},
            "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": "arn:aws:s3:::b", "StorageClass": "GLACIER",
            "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}}}}]);
        let own = json!([{"id": "all", "status": "Enabled", "priority": 1, "prefix": "", "filter": [{"prefix": "a/", "and": [], "tag": []}],
            "delete_marker_replication": [{"status": "Disabled"}], "source_selection_criteria": [], "destination": [{"bucket": "arn:aws:s3:::b",
            "storage_class": "GLACIER", "account": "", "metrics": [], "replication_time": [{"status": "Enabled", "time": [{"minutes": 15}]}]}]}]);
        let block = json!([{"id": "all", "status": "Enabled", "priority": 1, "prefix": "", "filter": [{"prefix": "a/", "tags": {}}],
            "delete_marker_replication_status": "Disabled", "source_selection_criteria": [], "destination": [{"bucket": "arn:aws:s3:::b",
            "storage_class": "GLACIER", "account_id": "", "replication_time": [{"status": "Enabled", "minutes": 15}]}]}]);
        let expected = shape("named_replication", &template);
        assert_eq!(expected[0]["replication_time_minutes"], 15);
        assert_eq!(expected[0]["delete_marker_replication"], "Disabled");
        for given in [own, block] {
            assert_eq!(shape("named_replication", &given), expected, "{given}");
            assert_eq!(shape("unnamed_replication", &given), json!([]));
        }
        let unnamed = json!([{"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::b"}}, hole("x")]);
        assert_eq!(shape("unnamed_replication", &unnamed).as_array().unwrap().len(), 1);
        assert_eq!(shape("named_replication", &unnamed), json!([hole("x")]));
    }

    #[test]
    fn acls_become_grants_and_words_that_are_none_no_opinion() {
        let private = json!([{"grantee": anything(), "permission": "FULL_CONTROL"}]);
        assert_eq!((shape("canned_acl", &json!("Private")), shape("canned_acl", &json!("private"))), (private.clone(), private));
        assert_eq!(shape("canned_acl", &json!("public-read"))[0]["permission"], "READ");
        assert_eq!(shape("canned_acl", &json!("AwsExecRead")), Value::Null);
    }

    #[test]
    fn what_buckets_are_declared_with_becomes_plain() {
        assert_eq!(shape("logging_bucket", &json!({"LogFilePrefix": "a"})), super::super::ITSELF);
        assert_eq!(shape("logging_bucket", &json!("")), "");
        assert_eq!(shape("retention_days", &json!({"Mode": "GOVERNANCE", "Years": "2"})), 730);
        assert_eq!(shape("retention_days", &json!({"mode": "GOVERNANCE", "days": 5, "years": 0})), 5);
        assert_eq!((shape("versioning_on", &json!(true)), shape("versioning_on", &json!(false))), (json!("Enabled"), Value::Null));
        let told = json!({"QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": "q"}], "EventBridgeConfiguration": {}});
        assert_eq!(shape("notification_events", &told), json!(["s3:ObjectCreated:*", "EventBridge"]));
        let told = json!({"lambda_function": [{"events": ["a", "b"]}], "topic": [{"events": ["a"]}], "queue": [], "eventbridge": false});
        assert_eq!(shape("notification_events", &told), json!(["a", "b"]));
    }

    #[test]
    fn what_others_are_declared_with_becomes_plain() {
        assert_eq!(shape("hours", &json!("3h")), 3.0);
        assert_eq!(shape("last_part", &json!("arn:aws:kms:eu-west-1:1:key/ab")), "ab");
        assert!(is_hole(&shape("key", &json!("alias/aws/rds"))).is_some() && is_hole(&shape("key", &json!("ab"))).is_none());
        let tags = json!([{"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "daily"}]);
        assert_eq!(shape("backup_tags", &tags), json!([{"key": "backup", "value": "daily"}]));
        assert_eq!(
            shape("backup_tags", &json!([{"type": "STRINGEQUALS", "key": "backup", "value": "daily"}])),
            shape("backup_tags", &tags)
        );
        let template = json!({"StringLike": [{"ConditionKey": "aws:ResourceTag/a", "ConditionValue": "b*"}]});
        let terraform = json!([{"string_equals": [], "string_like": [{"key": "aws:ResourceTag/a", "value": "b*"}]}]);
        assert_eq!(shape("backup_conditions", &template), json!([{"operator": "StringLike", "key": "aws:ResourceTag/a", "value": "b*"}]));
        assert_eq!(shape("backup_conditions", &terraform), shape("backup_conditions", &template));
        assert!(is_hole(&shape("read_log_policy", &json!("FIELD_INDEX_POLICY"))).is_some());
        assert_eq!(shape("replicas", &json!([{"Region": "eu-west-1"}]))[0]["region"], "eu-west-1");
    }
}
