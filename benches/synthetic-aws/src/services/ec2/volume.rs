//! Volumes and snapshots. The first as many volumes as there are instances are their root volumes.

use super::layout::Layout;
use super::{next, page, shown, tags};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::wire::Body;

/// The instance that a volume is attached to: the root volumes' own, and one for four in five of the others.
fn instance_of(ask: &Ask<'_>, volume: u64) -> Option<u64> {
    let instances = ask.count(Kind::Instance);
    if volume < instances {
        return Some(volume);
    }
    let dice = ask.dice(Kind::Volume, volume);
    (instances > 0 && dice.percent(1, 80)).then(|| dice.below(2, instances))
}

/// Whether a volume is encrypted: nine in ten are.
fn is_encrypted(ask: &Ask<'_>, volume: u64) -> bool {
    ask.dice(Kind::Volume, volume).percent(3, 90)
}

/// `DescribeVolumes`.
pub fn volumes(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    let shown = shown(ask, "VolumeId", ask.count(Kind::Volume), |id| ask.index(Kind::Volume, id))?;
    body.list("volumeSet", "item", shown.indices, |body, volume| {
        let dice = ask.dice(Kind::Volume, volume);
        let id = ask.id("vol", Kind::Volume, volume);
        let instance = instance_of(ask, volume);
        let made = ask.days_ago(1 + dice.below(4, 900));
        body.text("volumeId", &id);
        body.num("size", dice.pick(5, &[8, 20, 30, 50, 100, 500]));
        body.text("snapshotId", "");
        body.text("availabilityZone", &layout.zone(layout.subnet_for(instance.unwrap_or(volume))));
        body.text("status", if instance.is_some() { "in-use" } else { "available" });
        body.time("createTime", made);
        body.text("volumeType", dice.pick(6, &["gp3", "gp3", "gp3", "gp2", "io2"]));
        body.num("iops", 3_000);
        body.flag("encrypted", is_encrypted(ask, volume));
        if is_encrypted(ask, volume) {
            body.text("kmsKeyId", &ask.arn("kms", "key/00000000-5a7e-4c0d-8a11-ebsdefault00"));
        }
        body.list("attachmentSet", "item", instance, |body, instance| {
            body.text("volumeId", &id);
            body.text("instanceId", &ask.id("i", Kind::Instance, instance));
            body.text("device", if volume < ask.count(Kind::Instance) { "/dev/xvda" } else { "/dev/sdf" });
            body.text("status", "attached");
            body.time("attachTime", made);
            body.flag("deleteOnTermination", true);
        });
        tags(body, dice, Kind::Volume, volume);
    });
    next(body, shown.next);
    Ok(())
}

/// `DescribeSnapshots`: the account's own; one in two thousand is restorable by all.
pub fn snapshots(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, token) = page(ask, ask.count(Kind::Snapshot))?;
    let asks_public = ask.texts("RestorableBy").iter().any(|who| who == "all");
    let shown = range.filter(|snapshot| !asks_public || ask.dice(Kind::Snapshot, *snapshot).below(1, 2_000) == 0);
    let volumes = ask.count(Kind::Volume);
    body.list("snapshotSet", "item", shown, |body, snapshot| {
        let dice = ask.dice(Kind::Snapshot, snapshot);
        let volume = dice.below(2, volumes.max(1));
        body.text("snapshotId", &ask.id("snap", Kind::Snapshot, snapshot));
        body.text("volumeId", &ask.id("vol", Kind::Volume, volume));
        body.text("status", "completed");
        body.time("startTime", ask.days_ago(dice.below(3, 400)));
        body.text("progress", "100%");
        body.text("ownerId", &ask.account);
        body.num("volumeSize", dice.pick(4, &[8, 20, 50, 100]));
        body.text("description", "nightly");
        body.flag("encrypted", is_encrypted(ask, volume));
        tags(body, dice, Kind::Snapshot, snapshot);
    });
    next(body, token);
    Ok(())
}
