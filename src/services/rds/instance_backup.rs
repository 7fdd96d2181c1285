//! Automated backups of DB instances, of those too that were deleted.

use macro_rules_attribute::apply;

use super::{call, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// The automated backups of an instance in a region, as DescribeDBInstanceAutomatedBackups tells them.
#[apply(row!)]
#[table("aws_rds_db_instance_automated_backup", key(arn), part_of("aws_rds_db_instance", db_instance_arn = arn))]
pub struct InstanceBackup {
    /// ARN of the automated backups; where AWS tells none, one made of the instance's resource id.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region in which the backups are kept.
    pub region: String,
    /// ARN of the instance, which may be gone, or live in another region.
    pub db_instance_arn: String,
    /// Its name.
    pub db_instance_identifier: String,
    /// `db-…`.
    pub dbi_resource_id: String,
    /// Region that AWS tells with the backups, or ''.
    pub source_region: String,
    /// `active`, `retained` (the instance was deleted), `creating`, `replicating`, …
    #[is(churn)]
    pub status: String,
    /// Earliest moment to which the instance can be restored, or ''.
    #[is(churn)]
    pub earliest_restorable_time: Time,
    /// Latest moment to which the instance can be restored, or ''.
    #[is(churn)]
    pub latest_restorable_time: Time,
    /// Days for which they are kept.
    pub backup_retention_period: Fact<i64>,
    /// Engine.
    pub engine: String,
    /// Whether they are encrypted.
    pub encrypted: Fact<bool>,
    /// Tags, a map.
    pub tags: Json,
}

reader! {
    "rds/instance_backup", Regional, fills [InstanceBackup::TABLE], calls [call::DescribeDBInstanceAutomatedBackups], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let rds: aws_sdk_rds::Client = cx.client();
    let mut pages = cx.pages(call::DescribeDBInstanceAutomatedBackups, |token| {
        rds.describe_db_instance_automated_backups().max_records(100).set_marker(token).send()
    });
    while let Some(page) = pages.next(|page| page.marker()).await? {
        for backup in page.db_instance_automated_backups() {
            let id = identified!(cx, call::DescribeDBInstanceAutomatedBackups, backup.dbi_resource_id());
            let made = || cx.arn("rds", &format!("auto-backup:{id}"));
            let window = backup.restore_window();
            cx.emit(InstanceBackup {
                arn: backup.db_instance_automated_backups_arn().map_or_else(made, str::to_owned),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                db_instance_arn: text(backup.db_instance_arn()),
                db_instance_identifier: text(backup.db_instance_identifier()),
                dbi_resource_id: id.to_owned(),
                source_region: text(backup.region()),
                status: text(backup.status()),
                earliest_restorable_time: time(window.and_then(|window| window.earliest_time())),
                latest_restorable_time: time(window.and_then(|window| window.latest_time())),
                backup_retention_period: Fact::told(backup.backup_retention_period().map(i64::from)),
                engine: text(backup.engine()),
                encrypted: Fact::told(backup.encrypted()),
                tags: tags(backup.tag_list()),
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

    const TWO: &str = "<DBInstanceAutomatedBackups>
        <DBInstanceAutomatedBackup><DBInstanceArn>arn:aws:rds:us-east-1:1:db:pay</DBInstanceArn><DbiResourceId>db-A</DbiResourceId>
            <Status>active</Status><RestoreWindow><EarliestTime>2026-10-18T00:00:00Z</EarliestTime>
            <LatestTime>2026-11-22T11:55:00Z</LatestTime></RestoreWindow></DBInstanceAutomatedBackup>
        <DBInstanceAutomatedBackup><DbiResourceId>db-B</DbiResourceId><Status>retained</Status>
            <DBInstanceAutomatedBackupsArn>arn:aws:rds:us-east-1:1:auto-backup:ab-1</DBInstanceAutomatedBackupsArn></DBInstanceAutomatedBackup>
    </DBInstanceAutomatedBackups>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeDBInstanceAutomatedBackups", TWO);
        script.four_answers(READER, call::DescribeDBInstanceAutomatedBackups, "<DBInstanceAutomatedBackups/>", 2).await;
    }

    #[tokio::test]
    async fn tells_the_window_and_makes_an_arn_where_there_is_none() {
        let read = Script::default().on("DescribeDBInstanceAutomatedBackups", TWO).read(READER).await;
        let sql = "select dbi_resource_id, status, latest_restorable_time, arn like '%:auto-backup:db-A' as is_made
            from aws_rds_db_instance_automated_backup order by 1";
        assert_eq!(read.all(sql), ["db-A|active|2026-11-22T11:55:00Z|1", "db-B|retained||0"]);
    }
}
