//! Snapshots of DB clusters: the account's own, made by hand or by a schedule.

use macro_rules_attribute::apply;

use super::{call, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// A snapshot of a cluster, as DescribeDBClusterSnapshots tells it. What others share is not here.
#[apply(row!)]
#[table("aws_rds_db_cluster_snapshot", key(arn), is(passing))]
pub struct ClusterSnapshot {
    /// ARN of the snapshot.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region in which it is kept.
    pub region: String,
    /// Its name.
    pub db_cluster_snapshot_identifier: String,
    /// Name of the cluster.
    pub db_cluster_identifier: String,
    /// `cluster-…`: the cluster's resource id, or ''.
    pub db_cluster_resource_id: String,
    /// `automated`, `manual` or `awsbackup`.
    pub snapshot_type: String,
    /// `creating`, `available`, `copying`, …
    pub status: String,
    /// When it was made, or '' while it is being made.
    pub snapshot_create_time: Time,
    /// ARN of the snapshot of which it is a copy, or ''.
    pub source_snapshot: String,
    /// Engine.
    pub engine: String,
    /// Version of the engine, or ''.
    pub engine_version: String,
    /// Whether it is encrypted.
    pub storage_encrypted: Fact<bool>,
    /// Key that encrypts it, or ''.
    pub kms_key_id: String,
    /// Tags, a map.
    pub tags: Json,
}

reader! {
    "rds/cluster_snapshot", Regional, fills [ClusterSnapshot::TABLE], calls [call::DescribeDBClusterSnapshots], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let rds: aws_sdk_rds::Client = cx.client();
    let mut pages =
        cx.pages(call::DescribeDBClusterSnapshots, |token| rds.describe_db_cluster_snapshots().max_records(100).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.marker()).await? {
        for snapshot in page.db_cluster_snapshots() {
            let arn = identified!(cx, call::DescribeDBClusterSnapshots, snapshot.db_cluster_snapshot_arn());
            cx.emit(ClusterSnapshot {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                db_cluster_snapshot_identifier: text(snapshot.db_cluster_snapshot_identifier()),
                db_cluster_identifier: text(snapshot.db_cluster_identifier()),
                db_cluster_resource_id: text(snapshot.db_cluster_resource_id()),
                snapshot_type: text(snapshot.snapshot_type()),
                status: text(snapshot.status()),
                snapshot_create_time: time(snapshot.snapshot_create_time()),
                source_snapshot: text(snapshot.source_db_cluster_snapshot_arn()),
                engine: text(snapshot.engine()),
                engine_version: text(snapshot.engine_version()),
                storage_encrypted: Fact::told(snapshot.storage_encrypted()),
                kms_key_id: text(snapshot.kms_key_id()),
                tags: tags(snapshot.tag_list()),
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

    const TWO: &str = "<DBClusterSnapshots>
        <DBClusterSnapshot><DBClusterSnapshotArn>arn:aws:rds:us-east-1:1:snapshot:a</DBClusterSnapshotArn><DBClusterIdentifier>pay</DBClusterIdentifier>
            <SnapshotType>automated</SnapshotType><Status>available</Status><SourceDBClusterSnapshotArn>arn:far</SourceDBClusterSnapshotArn>
            <SnapshotCreateTime>2026-11-22T03:00:00Z</SnapshotCreateTime></DBClusterSnapshot>
        <DBClusterSnapshot><DBClusterSnapshotArn>arn:aws:rds:us-east-1:1:snapshot:b</DBClusterSnapshotArn><DBClusterIdentifier>pay</DBClusterIdentifier>
            <SnapshotType>manual</SnapshotType><Status>creating</Status></DBClusterSnapshot>
    </DBClusterSnapshots>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeDBClusterSnapshots", TWO);
        script.four_answers(READER, call::DescribeDBClusterSnapshots, "<DBClusterSnapshots/>", 2).await;
    }

    #[tokio::test]
    async fn tells_where_it_came_from() {
        let read = Script::default().on("DescribeDBClusterSnapshots", TWO).read(READER).await;
        let sql = "select snapshot_type, status, snapshot_create_time, source_snapshot, storage_encrypted from aws_rds_db_cluster_snapshot order by 1";
        assert_eq!(read.all(sql), ["automated|available|2026-11-22T03:00:00Z|arn:far|unread", "manual|creating|||unread"]);
    }
}
