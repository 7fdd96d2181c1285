//! What AWS Backup protects, and the recovery points that databases have.

use aws_sdk_backup::types;
use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row, Time};
use crate::services::{identified, reader, text, time};

/// A resource that AWS Backup lists as protected, as ListProtectedResources tells it. It is listed even when no backup of it is good.
#[apply(row!)]
#[table("aws_backup_protected_resource", key(arn), is(churn))]
pub struct ProtectedResource {
    /// ARN of the resource.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `RDS`, `Aurora`, `EBS`, `DynamoDB`, …
    pub resource_type: String,
    /// When it was last backed up, or ''.
    pub last_backup_time: Time,
    /// Vault of the last recovery point, or ''.
    pub last_backup_vault_arn: String,
    /// Last recovery point, whatever became of it, or ''.
    pub last_recovery_point_arn: String,
    /// How many recovery points it has; they are in `aws_backup_recovery_point`. Only those of RDS and Aurora are asked for: NULL for others.
    pub recovery_point_count: Fact<i64>,
}

/// A recovery point of a database, as ListRecoveryPointsByResource tells it.
#[apply(row!)]
#[table(
    "aws_backup_recovery_point", key(arn, recovery_point_arn),
    guard("aws_backup_protected_resource", "recovery_point_count"),
    part_of("aws_backup_protected_resource", arn = arn),
    is(churn)
)]
pub struct RecoveryPoint {
    /// ARN of the resource that was backed up.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// ARN of the recovery point.
    pub recovery_point_arn: String,
    /// `COMPLETED`, `AVAILABLE` (continuous), `PARTIAL`, `DELETING`, `EXPIRED`, `STOPPED`, `CREATING`.
    pub status: Fact<String>,
    /// Why, in words, or ''.
    pub status_message: String,
    /// When it was begun.
    pub creation_date: Time,
    /// Vault that holds it.
    pub backup_vault_name: String,
    /// Kind of that vault, or ''.
    pub vault_type: String,
    /// Key that encrypts it, or ''.
    pub encryption_key_arn: String,
}

reader! {
    "backup/protected_resource", Regional, fills [ProtectedResource::TABLE, RecoveryPoint::TABLE],
    calls [call::ListProtectedResources, call::ListRecoveryPointsByResource], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let backup: aws_sdk_backup::Client = cx.client();
    let mut pages =
        cx.pages(call::ListProtectedResources, |token| backup.list_protected_resources().max_results(1000).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        let mut found = Vec::new();
        for resource in page.results() {
            let arn = identified!(cx, call::ListProtectedResources, resource.resource_arn());
            found.push((arn.to_owned(), resource.clone()));
        }
        cx.each(found, |(arn, resource)| read_one(&cx, arn, resource)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, arn: String, resource: types::ProtectedResource) {
    let kind = text(resource.resource_type());
    let recovery_point_count = match kind.as_str() {
        "RDS" | "Aurora" => Fact::from(emit_points(cx, &arn).await),
        _ => Fact::Unread,
    };
    cx.emit(ProtectedResource {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        resource_type: kind,
        last_backup_time: time(resource.last_backup_time()),
        last_backup_vault_arn: text(resource.last_backup_vault_arn()),
        last_recovery_point_arn: text(resource.last_recovery_point_arn()),
        recovery_point_count,
        arn,
    })
    .await;
}

async fn emit_points(cx: &Cx, arn: &str) -> Result<i64, Unread> {
    let backup: aws_sdk_backup::Client = cx.client();
    let about = cx.about(ProtectedResource::TABLE, arn, &["recovery_point_count"]);
    let mut count = 0;
    let mut pages = about.pages(call::ListRecoveryPointsByResource, |token| {
        backup.list_recovery_points_by_resource().resource_arn(arn).max_results(1000).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for point in page.recovery_points() {
            let Some(point_arn) = point.recovery_point_arn() else {
                return Err(about.malformed(call::ListRecoveryPointsByResource, "lacks recovery_point_arn").await);
            };
            cx.emit(RecoveryPoint {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                recovery_point_arn: point_arn.to_owned(),
                status: cx.word(RecoveryPoint::TABLE, arn, &["status"], point.status(), &[]).await,
                status_message: text(point.status_message()),
                creation_date: time(point.creation_date()),
                backup_vault_name: text(point.backup_vault_name()),
                vault_type: text(point.vault_type().map(|word| word.as_str())),
                encryption_key_arn: text(point.encryption_key_arn()),
            })
            .await;
            count += 1;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const LIST: &str = r#"{"Results": [
        {"ResourceArn": "arn:aws:rds:us-east-1:1:db:pay", "ResourceType": "RDS", "LastBackupTime": 1700000000},
        {"ResourceArn": "arn:aws:ec2:us-east-1:1:volume/vol-1", "ResourceType": "EBS"}]}"#;
    const POINTS: &str = r#"{"RecoveryPoints": [
        {"RecoveryPointArn": "arn:aws:rds:us-east-1:1:snapshot:awsbackup:job-1", "Status": "COMPLETED", "CreationDate": 1700000000,
         "BackupVaultName": "vault"},
        {"RecoveryPointArn": "arn:aws:rds:us-east-1:1:snapshot:awsbackup:job-2", "Status": "DREAMING"}]}"#;

    fn script() -> Script {
        Script::default().on("ListProtectedResources", LIST).on("ListRecoveryPointsByResource", POINTS)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::ListProtectedResources, r#"{"Results": []}"#, 2).await;
    }

    #[tokio::test]
    async fn asks_for_the_points_of_databases() {
        let read = script().read(READER).await;
        let sql = "select resource_type, recovery_point_count from aws_backup_protected_resource order by 1";
        assert_eq!(read.all(sql), ["EBS|unread", "RDS|2"]);
        let sql = "select status, creation_date from aws_backup_recovery_point order by recovery_point_arn";
        assert_eq!(read.all(sql), ["COMPLETED|2023-11-14T22:13:20Z", "unread|"]);
    }

    #[tokio::test]
    async fn points_that_are_denied_are_unread() {
        let read = script().read_with(READER, call::ListRecoveryPointsByResource, Fault::Denied).await;
        assert_eq!(read.all("select distinct recovery_point_count from aws_backup_protected_resource"), ["unread"]);
    }
}
