//! EBS volumes and snapshots.

use macro_rules_attribute::apply;

use super::{call, name, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// An EBS volume, as DescribeVolumes tells it.
#[apply(row!)]
#[table("aws_ebs_volume", key(arn))]
pub struct Volume {
    /// ARN of the volume.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `vol-…`.
    pub volume_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// `creating`, `available`, `in-use`, `deleting`, `deleted` or `error`.
    pub state: Fact<String>,
    /// Size in GiB.
    pub size_gib: Fact<i64>,
    /// `gp3`, `io2`, …
    pub volume_type: String,
    /// Whether it is encrypted.
    pub encrypted: Fact<bool>,
    /// ARN of the key, or ''.
    pub kms_key_id: String,
    /// Snapshot from which it was made, or ''.
    pub snapshot_id: String,
    /// Zone's name.
    pub availability_zone: String,
    /// Instances to which it is attached, a list.
    pub instance_ids: Json,
    /// When it was made.
    pub create_time: Time,
    /// Tags, a map.
    pub tags: Json,
}

/// An EBS snapshot of the account, as DescribeSnapshots tells it.
#[apply(row!)]
#[table("aws_ebs_snapshot", key(arn), is(passing))]
pub struct Snapshot {
    /// ARN of the snapshot.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `snap-…`.
    pub snapshot_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// Volume from which it was made.
    pub volume_id: String,
    /// `pending`, `completed`, `error`, …
    pub state: String,
    /// Whether it is encrypted.
    pub encrypted: Fact<bool>,
    /// Whether anyone may make a volume from it: it is in the list of what everybody can restore.
    pub is_public: Fact<bool>,
    /// Its description.
    pub description: String,
    /// When it was made.
    pub start_time: Time,
    /// Tags, a map.
    pub tags: Json,
}

reader! { "ec2/volume", Regional, fills [Volume::TABLE], calls [call::DescribeVolumes], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeVolumes, |token| ec2.describe_volumes().max_results(500).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for volume in page.volumes() {
            let id = identified!(cx, call::DescribeVolumes, volume.volume_id());
            let arn = cx.arn("ec2", &format!("volume/{id}"));
            cx.emit(Volume {
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                volume_id: id.to_owned(),
                name: name(volume.tags()),
                state: cx.word(Volume::TABLE, &arn, &["state"], volume.state(), &[]).await,
                size_gib: Fact::told(volume.size().map(i64::from)),
                volume_type: text(volume.volume_type().map(|kind| kind.as_str())),
                encrypted: Fact::told(volume.encrypted()),
                kms_key_id: text(volume.kms_key_id()),
                snapshot_id: text(volume.snapshot_id()),
                availability_zone: text(volume.availability_zone()),
                instance_ids: Json::set(volume.attachments().iter().filter_map(|attachment| attachment.instance_id())),
                create_time: time(volume.create_time()),
                tags: tags(volume.tags()),
                arn,
            })
            .await;
        }
    }
    Ok(())
}

/// Snapshots.
pub mod snapshot {
    use std::collections::BTreeSet;

    use super::*;

    reader! { "ec2/snapshot", Regional, fills [Snapshot::TABLE], calls [call::DescribeSnapshots], by read }

    async fn read(cx: Cx) -> Result<(), Unread> {
        let public = Fact::from(public_ids(&cx.about_rows(Snapshot::TABLE, &["is_public"])).await);
        let ec2: aws_sdk_ec2::Client = cx.client();
        let mut pages = cx.pages(call::DescribeSnapshots, |token| {
            ec2.describe_snapshots().owner_ids("self").max_results(1000).set_next_token(token).send()
        });
        while let Some(page) = pages.next(|page| page.next_token()).await? {
            for snapshot in page.snapshots() {
                let id = identified!(cx, call::DescribeSnapshots, snapshot.snapshot_id());
                cx.emit(Snapshot {
                    arn: cx.arn_of("ec2", "", &format!("snapshot/{id}")),
                    account_id: cx.account_id().to_owned(),
                    region: cx.region().to_owned(),
                    snapshot_id: id.to_owned(),
                    name: name(snapshot.tags()),
                    volume_id: text(snapshot.volume_id()),
                    state: text(snapshot.state().map(|state| state.as_str())),
                    encrypted: Fact::told(snapshot.encrypted()),
                    is_public: public.as_ref().map(|public| public.contains(id)),
                    description: text(snapshot.description()),
                    start_time: time(snapshot.start_time()),
                    tags: tags(snapshot.tags()),
                })
                .await;
            }
        }
        Ok(())
    }

    /// The account's snapshots that everybody can restore. One list instead of one call a snapshot.
    async fn public_ids(cx: &Cx) -> Result<BTreeSet<String>, Unread> {
        let ec2: aws_sdk_ec2::Client = cx.client();
        let mut ids = BTreeSet::new();
        let mut pages = cx.pages(call::DescribeSnapshots, |token| {
            let snapshots = ec2.describe_snapshots().owner_ids("self").restorable_by_user_ids("all");
            snapshots.max_results(1000).set_next_token(token).send()
        });
        while let Some(page) = pages.next(|page| page.next_token()).await? {
            ids.extend(page.snapshots().iter().filter_map(|snapshot| snapshot.snapshot_id().map(str::to_owned)));
        }
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const VOLUME: &str = "<volumeSet><item><volumeId>vol-1</volumeId><status>in-use</status><size>8</size><encrypted>false</encrypted>
        <attachmentSet><item><instanceId>i-1</instanceId></item></attachmentSet></item></volumeSet>";
    const SNAPSHOTS: &str = "<snapshotSet><item><snapshotId>snap-1</snapshotId><encrypted>true</encrypted></item>
        <item><snapshotId>snap-2</snapshotId></item></snapshotSet>";
    const PUBLIC: &str = "<snapshotSet><item><snapshotId>snap-2</snapshotId></item></snapshotSet>";

    fn snapshots() -> Script {
        Script::default().on_match("DescribeSnapshots", "RestorableBy.1=all", PUBLIC).on("DescribeSnapshots", SNAPSHOTS)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        Script::default().on("DescribeVolumes", VOLUME).four_answers(READER, call::DescribeVolumes, "<volumeSet/>", 1).await;
        let one = Script::default().on("DescribeSnapshots", SNAPSHOTS);
        one.four_answers(snapshot::READER, call::DescribeSnapshots, "<snapshotSet/>", 2).await;
    }

    #[tokio::test]
    async fn tells_who_can_restore_a_snapshot() {
        let sql = "select snapshot_id, encrypted, is_public from aws_ebs_snapshot order by 1";
        assert_eq!(snapshots().read(snapshot::READER).await.all(sql), ["snap-1|1|0", "snap-2|unread|1"]);
    }

    #[tokio::test]
    async fn when_the_public_list_is_denied_nobody_knows() {
        let script = Script::default().fails_match("DescribeSnapshots", "RestorableBy.1=all", 403, "UnauthorizedOperation");
        let read = script.on("DescribeSnapshots", SNAPSHOTS).read(snapshot::READER).await;
        assert_eq!(read.all("select is_public from aws_ebs_snapshot"), ["unread", "unread"]);
        assert!(read.is_complete, "the rows are all there");
        assert_eq!(read.gaps()[0].1, "*");
    }
}
