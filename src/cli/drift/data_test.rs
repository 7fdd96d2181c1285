//! Tests of kinds of storage and data services: what a template or a state says of them, and what is made of it.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::change::{Change, Origin};
use crate::check::Standing;
use crate::drift::compare::Comparison;
use crate::drift::source::{Desk, Resource};
use crate::inventory::kind::Words;
use crate::inventory::{Snapshot, Table};
use crate::services;

const ACCOUNT: &str = "111122223333";

/// An account with rows, of which only the columns that matter are told.
struct Account {
    connection: Connection,
    tables: Vec<&'static Table>,
}

impl Account {
    fn new() -> Self {
        let connection = Snapshot::create(None, &[], &[]).unwrap();
        let tables = services::tables();
        for table in &tables {
            connection.execute_batch(&table.ddl(true)).unwrap();
            let region = if table.name.starts_with("aws_s3_") { "global" } else { "us-east-1" };
            connection.execute("insert into coverage values (?, ?, ?, 'x', 1)", [table.name, ACCOUNT, region]).unwrap();
        }
        for region in ["us-east-1", "global"] {
            connection.execute("insert into place values (?, ?, 1)", [ACCOUNT, region]).unwrap();
        }
        Self { connection, tables }
    }

    fn with(self, table: &str, row: Value) -> Self {
        let mut row = row.as_object().unwrap().clone();
        row.insert("account_id".to_owned(), ACCOUNT.into());
        row.entry("region").or_insert("us-east-1".into());
        let names: Vec<&str> = row.keys().map(String::as_str).collect();
        let kinds = self.tables.iter().find(|known| known.name == table).unwrap();
        let values = row.iter().map(|(name, value)| crate::drift::shelf::sql(kinds.column(name).unwrap().kind, value));
        let marks = vec!["?"; names.len()].join(", ");
        let sql = format!("insert into {table} ({}) values ({marks})", names.join(", "));
        self.connection.execute(&sql, rusqlite::params_from_iter(values)).unwrap();
        self
    }

    /// What differs, as `kind table.column: wanted -> found`.
    fn drift(&self, words: Words, declared: &[(&str, &str, Value)]) -> Vec<String> {
        let mut desk = Desk::new(&self.connection, &self.tables, services::kinds()).unwrap();
        for (type_name, id, document) in declared {
            let origin = Origin { address: (*id).to_owned(), type_name: (*type_name).to_owned(), ..Origin::default() };
            let resource = Resource {
                words,
                document,
                physical_id: Some(id),
                account: ACCOUNT,
                region: "us-east-1",
                other_tags: &Map::new(),
                origin: &origin,
            };
            desk.take(&resource).unwrap();
        }
        let mut lines = Vec::new();
        let mut take = |change: Change| {
            let kind = format!("{:?}", change.kind).to_lowercase();
            if change.columns.is_empty() {
                lines.push(format!("{kind} {}", change.table));
            }
            let line =
                |one: &crate::change::ColumnChange| format!("{kind} {}.{}: {} -> {}", change.table, one.column, one.wanted, one.found);
            lines.extend(change.columns.iter().map(line));
            Ok(())
        };
        let standing = Standing::of(&self.connection).unwrap();
        let mut scope = std::mem::take(&mut desk.scope);
        Comparison::new(&self.connection, &standing, &self.tables).run(&desk.shelves, &mut scope, &mut take).unwrap();
        assert!(scope.unresolved.is_empty(), "{:?}", scope.unresolved);
        lines.sort();
        lines
    }
}

fn bucket() -> Value {
    json!({
        "arn": "arn:aws:s3:::docs", "region": "eu-west-1", "name": "docs", "versioning": "Enabled", "encryption": "AES256", "kms_key_id": "",
        "bucket_key_enabled": false, "block_public_acls": true, "ignore_public_acls": true, "block_public_policy": false,
        "restrict_public_buckets": false, "policy": "", "lifecycle_rules": [], "logging_target_bucket": "docs", "logging_target_prefix": "",
        "acl_grants": [{"grantee": "0123", "permission": "FULL_CONTROL"}], "object_ownership": "BucketOwnerEnforced",
        "object_lock_enabled": false, "object_lock_mode": "", "object_lock_days": 0, "notification_events": ["s3:ObjectCreated:*"],
        "replication_role_arn": "", "tags": {},
    })
}

#[test]
fn a_bucket_of_a_template_is_compared_with_what_aws_takes_for_the_rest() {
    let account = Account::new().with("aws_s3_bucket", bucket());
    let told = json!({
        "BucketName": "docs", "VersioningConfiguration": {"Status": "Enabled"}, "LoggingConfiguration": {},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "IgnorePublicAcls": "true"},
    });
    // Logs go to the bucket itself; what the block leaves out is off; who is told of events, nobody says.
    assert_eq!(account.drift(Words::CloudFormation, &[("AWS::S3::Bucket", "docs", told)]), [""; 0]);
    let told = json!({"PublicAccessBlockConfiguration": {"BlockPublicPolicy": true}, "AccessControl": "PublicRead"});
    assert_eq!(
        account.drift(Words::CloudFormation, &[("AWS::S3::Bucket", "docs", told)]),
        [
            r#"changed aws_s3_bucket.acl_grants: [{"grantee":"http://acs.amazonaws.com/groups/global/AllUsers","permission":"READ"},{"grantee":{"driftlead:hole":""},"permission":"FULL_CONTROL"}] -> [{"grantee":"0123","permission":"FULL_CONTROL"}]"#,
            "changed aws_s3_bucket.block_public_acls: false -> true",
            "changed aws_s3_bucket.block_public_policy: true -> false",
            "changed aws_s3_bucket.ignore_public_acls: false -> true",
            r#"changed aws_s3_bucket.logging_target_bucket: "" -> "docs""#,
        ]
    );
}

#[test]
fn what_another_resource_says_of_a_bucket_outranks_the_old_blocks_of_a_state() {
    let account = Account::new().with("aws_s3_bucket", bucket());
    let old = json!({
        "bucket": "docs", "versioning": [{"enabled": true, "mfa_delete": false}], "policy": "", "lifecycle_rule": [], "logging": [],
        "server_side_encryption_configuration": [], "replication_configuration": [], "object_lock_enabled": false, "tags_all": {},
    });
    assert_eq!(account.drift(Words::Terraform, &[("aws_s3_bucket", "docs", old.clone())]), [""; 0]);
    let policy = |document: &str| json!({"bucket": "docs", "policy": document});
    let versioning = |status: &str| json!({"bucket": "docs", "versioning_configuration": [{"status": status, "mfa_delete": ""}]});
    let all = [
        ("aws_s3_bucket", "docs", old),
        ("aws_s3_bucket_policy", "docs", policy(r#"{"Statement":[]}"#)),
        ("aws_s3_bucket_versioning", "docs", versioning("Suspended")),
    ];
    assert_eq!(
        account.drift(Words::Terraform, &all),
        [r#"changed aws_s3_bucket.policy: "{\"Statement\":[]}" -> """#, r#"changed aws_s3_bucket.versioning: "Suspended" -> "Enabled""#,]
    );
}

#[test]
fn a_key_may_have_other_names_besides() {
    let account = Account::new().with(
        "aws_kms_key",
        json!({"arn": "arn:aws:kms:us-east-1:1:key/ab", "key_id": "ab", "aliases": ["alias/a", "alias/b"], "key_state": "PendingDeletion", "rotation_enabled": false,
            "description": "", "key_spec": "SYMMETRIC_DEFAULT", "key_usage": "ENCRYPT_DECRYPT", "multi_region": false, "tags": {}}),
    );
    let alias = |name: &str| ("AWS::KMS::Alias", "alias", json!({"AliasName": name, "TargetKeyId": "arn:aws:kms:us-east-1:1:key/ab"}));
    assert_eq!(account.drift(Words::CloudFormation, &[alias("alias/a")]), [""; 0]);
    let told = account.drift(Words::CloudFormation, &[alias("alias/a"), alias("alias/c")]);
    assert_eq!(told, [r#"changed aws_kms_key.aliases: ["alias/a","alias/b","alias/c"] -> ["alias/a","alias/b"]"#]);
    // That it is not rotated either follows from its deletion.
    let told = account.drift(Words::CloudFormation, &[("AWS::KMS::Key", "ab", json!({"EnableKeyRotation": true}))]);
    assert_eq!(told, [r#"changed aws_kms_key.key_state: "Enabled" -> "PendingDeletion""#]);
}

#[test]
fn what_a_database_becomes_by_itself_is_no_drift() {
    let found = json!({
        "arn": "arn:aws:rds:us-east-1:1:db:pay", "db_instance_identifier": "pay", "engine": "postgres", "engine_version": "15.8",
        "db_cluster_identifier": "", "backup_retention_period": 7, "auto_minor_version_upgrade": true, "multi_az": false,
        "deletion_protection": false, "iam_database_authentication_enabled": false, "enabled_cloudwatch_logs_exports": [], "tags": {},
        "kms_key_id": "arn:aws:kms:us-east-1:1:key/ab",
    });
    let account = Account::new().with("aws_rds_db_instance", found);
    let told = |properties: Value| account.drift(Words::CloudFormation, &[("AWS::RDS::DBInstance", "pay", properties)]);
    // A default does not hold for what is restored, and a version moves on within its major one.
    assert_eq!(told(json!({"DBSnapshotIdentifier": "s", "EngineVersion": "15.4", "DBInstanceIdentifier": "Pay"})), [""; 0]);
    assert_eq!(told(json!({"EngineVersion": "15", "AutoMinorVersionUpgrade": false, "BackupRetentionPeriod": 7})).len(), 1);
    assert_eq!(
        told(json!({"EngineVersion": "14.9"})),
        ["changed aws_rds_db_instance.backup_retention_period: 1 -> 7", r#"changed aws_rds_db_instance.engine_version: "14.9" -> "15.8""#,]
    );
}

#[test]
fn a_rotation_that_is_off_is_told_without_what_follows_from_it() {
    let found = json!({
        "arn": "arn:aws:secretsmanager:us-east-1:1:secret:pay-x", "name": "pay", "rotation": "off", "rotation_interval_days": 0.0,
        "rotation_lambda_arn": "", "rotation_schedule": "", "rotation_window_hours": 24.0,
    });
    let account = Account::new().with("aws_secretsmanager_secret", found);
    let schedule = json!({"SecretId": "pay", "RotationLambdaARN": "arn:aws:lambda:us-east-1:1:function:f",
        "RotationRules": {"ScheduleExpression": "rate(10 days)", "Duration": "3h"}});
    let told = account.drift(Words::CloudFormation, &[("AWS::SecretsManager::RotationSchedule", "x", schedule)]);
    assert_eq!(told, [r#"changed aws_secretsmanager_secret.rotation: "on" -> "off""#]);
}

#[test]
fn rules_of_a_list_say_where_they_stand() {
    let kinds = services::kinds().iter().filter(|kind| kind.table == "aws_backup_plan").collect::<Vec<_>>();
    let document = json!({"BackupPlan": {"BackupPlanRule": [{"RuleName": "daily", "Lifecycle": {"DeleteAfterDays": "35"}}]}});
    let account = Account::new().with("aws_backup_plan", json!({"arn": "arn:plan", "backup_plan_id": "p"})).with(
        "aws_backup_plan_rule",
        json!({"arn": "arn:plan", "rule_id": "r", "rule_name": "daily", "delete_after_days": 7, "enable_continuous_backup": false, "copy_destination_vault_arns": []}),
    );
    let declaration = crate::drift::wanted::Declaration {
        kind: kinds[0],
        words: Words::CloudFormation,
        document: &document,
        physical_id: Some("p"),
        account: ACCOUNT,
        region: "us-east-1",
        other_tags: &Map::new(),
        origin: &Origin::default(),
    };
    let rows = declaration.rows(&account.connection).unwrap();
    assert_eq!(rows[1].cells["delete_after_days"].property, "BackupPlan.BackupPlanRule[].Lifecycle.DeleteAfterDays");
    let told = account.drift(Words::CloudFormation, &[("AWS::Backup::BackupPlan", "p", document)]);
    assert_eq!(told, [r#"changed aws_backup_plan_rule.delete_after_days: "35" -> 7"#]);
}
