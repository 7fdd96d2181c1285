//! Automated backups of DB clusters, of those too that were deleted.

use macro_rules_attribute::apply;

use super::{call, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// The automated backups of a cluster in a region, as DescribeDBClusterAutomatedBackups tells them.
#[apply(row!)]
#[table("aws_rds_db_cluster_automated_backup", key(arn), part_of("aws_rds_db_cluster", db_cluster_arn = arn))]
pub struct ClusterBackup {
    /// ARN of the automated backups; where AWS tells none, one made of the cluster's resource id.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region in which the backups are kept.
    pub region: String,
    /// ARN of the cluster, which may be gone, or live in another region.
    pub db_cluster_arn: String,
    /// Its name.
    pub db_cluster_identifier: String,
    /// `cluster-…`.
    pub db_cluster_resource_id: String,
    /// Region that AWS tells with the backups, or ''.
    pub source_region: String,
    /// `available`, `retained` (the cluster was deleted), …
    #[is(churn)]
    pub status: String,
    /// Earliest moment to which the cluster can be restored, or ''.
    #[is(churn)]
    pub earliest_restorable_time: Time,
    /// Latest moment to which the cluster can be restored, or ''.
    #[is(churn)]
    pub latest_restorable_time: Time,
    /// Days for which they are kept.
    pub backup_retention_period: Fact<i64>,
    /// Engine.
    pub engine: String,
    /// Whether they are encrypted.
    pub storage_encrypted: Fact<bool>,
    /// Tags, a map.
    pub tags: Json,
}

reader! {
    "rds/cluster_backup", Regional, fills [ClusterBackup::TABLE], calls [call::DescribeDBClusterAutomatedBackups], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let rds: aws_sdk_rds::Client = cx.client();
    let mut pages = cx.pages(call::DescribeDBClusterAutomatedBackups, |token| {
        rds.describe_db_cluster_automated_backups().max_records(100).set_marker(token).send()
    });
    while let Some(page) = pages.next(|page| page.marker()).await? {
        for backup in page.db_cluster_automated_backups() {
            let id = identified!(cx, call::DescribeDBClusterAutomatedBackups, backup.db_cluster_resource_id());
            let made = || cx.arn("rds", &format!("cluster-auto-backup:{id}"));
            let window = backup.restore_window();
            cx.emit(ClusterBackup {
                arn: backup.db_cluster_automated_backups_arn().map_or_else(made, str::to_owned),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                db_cluster_arn: text(backup.db_cluster_arn()),
                db_cluster_identifier: text(backup.db_cluster_identifier()),
                db_cluster_resource_id: id.to_owned(),
                source_region: text(backup.region()),
                status: text(backup.status()),
                earliest_restorable_time: time(window.and_then(|window| window.earliest_time())),
                latest_restorable_time: time(window.and_then(|window| window.latest_time())),
                backup_retention_period: Fact::told(backup.backup_retention_period().map(i64::from)),
                engine: text(backup.engine()),
                storage_encrypted: Fact::told(backup.storage_encrypted()),
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

    const TWO: &str = "<DBClusterAutomatedBackups>
        <DBClusterAutomatedBackup><DbClusterResourceId>cluster-A</DbClusterResourceId><Status>available</Status>
            <DBClusterArn>arn:aws:rds:us-east-1:1:cluster:pay</DBClusterArn><BackupRetentionPeriod>35</BackupRetentionPeriod>
            <RestoreWindow><LatestTime>2026-11-22T11:55:00Z</LatestTime></RestoreWindow></DBClusterAutomatedBackup>
        <DBClusterAutomatedBackup><DbClusterResourceId>cluster-B</DbClusterResourceId><Status>retained</Status></DBClusterAutomatedBackup>
    </DBClusterAutomatedBackups>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeDBClusterAutomatedBackups", TWO);
        script.four_answers(READER, call::DescribeDBClusterAutomatedBackups, "<DBClusterAutomatedBackups/>", 2).await;
    }

    #[tokio::test]
    async fn tells_the_window() {
        let read = Script::default().on("DescribeDBClusterAutomatedBackups", TWO).read(READER).await;
        let sql = "select db_cluster_resource_id, status, backup_retention_period, latest_restorable_time
            from aws_rds_db_cluster_automated_backup order by 1";
        assert_eq!(read.all(sql), ["cluster-A|available|35|2026-11-22T11:55:00Z", "cluster-B|retained|unread|"]);
    }
}
