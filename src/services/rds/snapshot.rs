//! Snapshots of DB instances: the account's own, made by hand or by a schedule.

use macro_rules_attribute::apply;

use super::{call, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// A snapshot of an instance, as DescribeDBSnapshots tells it. What others share is not here.
#[apply(row!)]
#[table("aws_rds_db_snapshot", key(arn), is(passing))]
pub struct Snapshot {
    /// ARN of the snapshot.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region in which it is kept.
    pub region: String,
    /// Its name.
    pub db_snapshot_identifier: String,
    /// Name of the instance.
    pub db_instance_identifier: String,
    /// `db-…`: the instance's resource id, or ''.
    pub dbi_resource_id: String,
    /// `automated`, `manual` or `awsbackup`.
    pub snapshot_type: String,
    /// `creating`, `available`, `copying`, …
    pub status: String,
    /// When it was made, or '' while it is being made.
    pub snapshot_create_time: Time,
    /// Region from which it was copied, or ''.
    pub source_region: String,
    /// Snapshot of which it is a copy: an ARN when that one lives elsewhere, or ''.
    pub source_snapshot: String,
    /// Engine.
    pub engine: String,
    /// Version of the engine, or ''.
    pub engine_version: String,
    /// Whether it is encrypted.
    pub encrypted: Fact<bool>,
    /// Key that encrypts it, or ''.
    pub kms_key_id: String,
    /// Tags, a map.
    pub tags: Json,
}

reader! {
    "rds/snapshot", Regional, fills [Snapshot::TABLE], calls [call::DescribeDBSnapshots], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let rds: aws_sdk_rds::Client = cx.client();
    let mut pages = cx.pages(call::DescribeDBSnapshots, |token| rds.describe_db_snapshots().max_records(100).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.marker()).await? {
        for snapshot in page.db_snapshots() {
            let arn = identified!(cx, call::DescribeDBSnapshots, snapshot.db_snapshot_arn());
            cx.emit(Snapshot {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                db_snapshot_identifier: text(snapshot.db_snapshot_identifier()),
                db_instance_identifier: text(snapshot.db_instance_identifier()),
                dbi_resource_id: text(snapshot.dbi_resource_id()),
                snapshot_type: text(snapshot.snapshot_type()),
                status: text(snapshot.status()),
                snapshot_create_time: time(snapshot.snapshot_create_time()),
                source_region: text(snapshot.source_region()),
                source_snapshot: text(snapshot.source_db_snapshot_identifier()),
                engine: text(snapshot.engine()),
                engine_version: text(snapshot.engine_version()),
                encrypted: Fact::told(snapshot.encrypted()),
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

    const TWO: &str = "<DBSnapshots>
        <DBSnapshot><DBSnapshotArn>arn:aws:rds:us-east-1:1:snapshot:a</DBSnapshotArn><DBInstanceIdentifier>pay</DBInstanceIdentifier>
            <SnapshotType>automated</SnapshotType><Status>available</Status><SourceRegion>eu-west-1</SourceRegion>
            <SnapshotCreateTime>2026-11-22T03:00:00Z</SnapshotCreateTime></DBSnapshot>
        <DBSnapshot><DBSnapshotArn>arn:aws:rds:us-east-1:1:snapshot:b</DBSnapshotArn><DBInstanceIdentifier>pay</DBInstanceIdentifier>
            <SnapshotType>manual</SnapshotType><Status>creating</Status></DBSnapshot>
    </DBSnapshots>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeDBSnapshots", TWO);
        script.four_answers(READER, call::DescribeDBSnapshots, "<DBSnapshots/>", 2).await;
    }

    #[tokio::test]
    async fn tells_where_it_came_from() {
        let read = Script::default().on("DescribeDBSnapshots", TWO).read(READER).await;
        let sql = "select snapshot_type, status, snapshot_create_time, source_region, encrypted from aws_rds_db_snapshot order by 1";
        assert_eq!(read.all(sql), ["automated|available|2026-11-22T03:00:00Z|eu-west-1|unread", "manual|creating|||unread"]);
    }
}
