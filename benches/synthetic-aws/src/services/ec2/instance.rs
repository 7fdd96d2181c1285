//! Instances, what they were started from, and their types.

use super::layout::Layout;
use super::{next, page, shown, tags};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::seed::Dice;
use crate::wire::Body;

/// Types in use: name, vCPUs, MiB, current generation, hypervisor.
const TYPES: &[(&str, i64, i64, bool, &str)] = &[
    ("t3.medium", 2, 4_096, true, "nitro"),
    ("m6i.large", 2, 8_192, true, "nitro"),
    ("m6i.2xlarge", 8, 32_768, true, "nitro"),
    ("c7g.xlarge", 4, 8_192, true, "nitro"),
    ("r6g.large", 2, 16_384, true, "nitro"),
    ("m4.large", 2, 8_192, false, "xen"),
];

/// Amazon's images that instances are started from.
const AMAZON_IMAGES: u64 = 8;

fn image_of(dice: Dice) -> String {
    format!("ami-0amazon{:010x}", dice.below(20, AMAZON_IMAGES))
}

/// Nine in ten run; the others are stopped.
fn runs(dice: Dice) -> bool {
    dice.percent(1, 90)
}

fn kind_of(dice: Dice) -> &'static str {
    // One in thirty is of an old generation.
    if dice.percent(2, 3) { "m4.large" } else { TYPES[dice.below(3, 5) as usize].0 }
}

/// `DescribeInstances`.
pub fn instances(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    let shown = shown(ask, "InstanceId", ask.count(Kind::Instance), |id| ask.index(Kind::Instance, id))?;
    body.list("reservationSet", "item", shown.indices, |body, instance| {
        body.text("reservationId", &ask.id("r", Kind::Instance, instance));
        body.text("ownerId", &ask.account);
        body.list("instancesSet", "item", [instance], |body, instance| one(ask, body, &layout, instance));
    });
    next(body, shown.next);
    Ok(())
}

fn one(ask: &Ask<'_>, body: &mut Body, layout: &Layout<'_, '_>, instance: u64) {
    let dice = ask.dice(Kind::Instance, instance);
    let subnet = layout.subnet_for(instance);
    let vpc = layout.vpc_of_subnet(subnet);
    let group = layout.group_for(vpc, dice.number(4));
    body.text("instanceId", &ask.id("i", Kind::Instance, instance));
    body.text("imageId", &image_of(dice));
    body.member("instanceState", |body| {
        body.num("code", if runs(dice) { 16 } else { 80 });
        body.text("name", if runs(dice) { "running" } else { "stopped" });
    });
    body.text("instanceType", kind_of(dice));
    body.time("launchTime", ask.days_ago(1 + dice.below(5, 400)));
    body.member("placement", |body| {
        body.text("availabilityZone", &layout.zone(subnet));
        body.text("tenancy", "default");
    });
    body.member("monitoring", |body| body.text("state", "disabled"));
    body.text("subnetId", &layout.subnet_id(subnet));
    body.text("vpcId", &layout.vpc_id(vpc));
    body.text("privateIpAddress", &layout.address(subnet, instance));
    body.flag("sourceDestCheck", true);
    body.list("groupSet", "item", [group], |body, group| {
        body.text("groupId", &layout.group_id(group));
        body.text("groupName", &layout.group_name(group));
    });
    body.text("architecture", "x86_64");
    body.text("rootDeviceType", "ebs");
    body.text("rootDeviceName", "/dev/xvda");
    body.list("blockDeviceMapping", "item", (instance < ask.count(Kind::Volume)).then_some(instance), |body, volume| {
        body.text("deviceName", "/dev/xvda");
        body.member("ebs", |body| {
            body.text("volumeId", &ask.id("vol", Kind::Volume, volume));
            body.text("status", "attached");
            body.flag("deleteOnTermination", true);
        });
    });
    body.list("networkInterfaceSet", "item", (instance < ask.count(Kind::NetworkInterface)).then_some(instance), |body, interface| {
        body.text("networkInterfaceId", &ask.id("eni", Kind::NetworkInterface, interface));
        body.text("status", "in-use");
        body.text("privateIpAddress", &layout.address(subnet, interface));
    });
    body.member("metadataOptions", |body| {
        body.text("state", "applied");
        body.text("httpTokens", if dice.percent(6, 88) { "required" } else { "optional" });
        body.num("httpPutResponseHopLimit", 2);
        body.text("httpEndpoint", "enabled");
    });
    tags(body, dice, Kind::Instance, instance);
}

/// `DescribeInstanceStatus`: one running instance in three hundred is impaired.
pub fn statuses(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    let (range, token) = page(ask, ask.count(Kind::Instance))?;
    let asks_all = ask.text("IncludeAllInstances").is_some_and(|all| all == "true");
    let shown = range.filter(|instance| asks_all || runs(ask.dice(Kind::Instance, *instance)));
    body.list("instanceStatusSet", "item", shown, |body, instance| {
        let dice = ask.dice(Kind::Instance, instance);
        let is_running = runs(dice);
        body.text("instanceId", &ask.id("i", Kind::Instance, instance));
        body.text("availabilityZone", &layout.zone(layout.subnet_for(instance)));
        body.member("instanceState", |body| {
            body.num("code", if is_running { 16 } else { 80 });
            body.text("name", if is_running { "running" } else { "stopped" });
        });
        let is_impaired = dice.below(7, 300) == 0;
        for (name, is_well) in [("instanceStatus", !is_impaired), ("systemStatus", true)] {
            body.member(name, |body| {
                body.text(
                    "status",
                    if !is_running {
                        "not-applicable"
                    } else if is_well {
                        "ok"
                    } else {
                        "impaired"
                    },
                )
            });
        }
    });
    next(body, token);
    Ok(())
}

/// `DescribeInstanceImageMetadata`.
pub fn image_metadata(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, token) = page(ask, ask.count(Kind::Instance))?;
    body.list("instanceImageMetadataSet", "item", range, |body, instance| {
        let dice = ask.dice(Kind::Instance, instance);
        body.text("instanceId", &ask.id("i", Kind::Instance, instance));
        body.text("instanceType", kind_of(dice));
        body.text("instanceOwnerId", &ask.account);
        body.member("imageMetadata", |body| {
            body.text("imageId", &image_of(dice));
            body.text("name", "al2023-ami-2023.9.20251117.1-kernel-6.1-x86_64");
            body.text("imageOwnerId", "137112412989");
            body.text("imageState", "available");
            body.text("imageOwnerAlias", "amazon");
            body.text("creationDate", "2025-11-17T00:00:00.000Z");
            body.flag("imageAllowed", true);
            body.flag("isPublic", true);
        });
    });
    next(body, token);
    Ok(())
}

/// `DescribeInstanceTypes`: those that are in use, or that are named.
pub fn types(ask: &Ask<'_>, body: &mut Body) -> Made {
    let named = ask.texts("InstanceType");
    let shown = TYPES.iter().filter(|(name, ..)| named.is_empty() || named.iter().any(|wanted| wanted == name));
    body.list("instanceTypeSet", "item", shown, |body, (name, vcpus, mib, is_current, hypervisor)| {
        body.text("instanceType", name);
        body.flag("currentGeneration", *is_current);
        body.text("hypervisor", hypervisor);
        body.member("vCpuInfo", |body| body.num("defaultVCpus", *vcpus));
        body.member("memoryInfo", |body| body.num("sizeInMiB", *mib));
        body.member("ebsInfo", |body| body.text("encryptionSupport", "supported"));
    });
    Ok(())
}

/// `DescribeImages`: the account's own, or Amazon's that are named.
pub fn images(ask: &Ask<'_>, body: &mut Body) -> Made {
    let named = ask.texts("ImageId");
    let amazons: Vec<&String> = named.iter().filter(|id| id.starts_with("ami-0amazon")).collect();
    if !amazons.is_empty() {
        body.list("imagesSet", "item", amazons, |body, id| image(body, id, "137112412989", true, "2025-11-17T00:00:00.000Z"));
        return Ok(());
    }
    let shown = shown(ask, "ImageId", ask.count(Kind::Image), |id| ask.index(Kind::Image, id))?;
    let asks_public = ask.texts("ExecutableBy").iter().any(|who| who == "all");
    let indices = shown.indices.into_iter().filter(|_| !asks_public);
    body.list("imagesSet", "item", indices, |body, index| {
        image(body, &ask.id("ami", Kind::Image, index), &ask.account, false, "2026-01-01T00:00:00.000Z");
        tags(body, ask.dice(Kind::Image, index), Kind::Image, index);
    });
    next(body, shown.next);
    Ok(())
}

fn image(body: &mut Body, id: &str, owner: &str, is_public: bool, made: &str) {
    body.text("imageId", id);
    body.fmt("name", format_args!("image-{id}"));
    body.text("imageState", "available");
    body.text("imageOwnerId", owner);
    body.flag("isPublic", is_public);
    body.text("architecture", "x86_64");
    body.text("imageType", "machine");
    body.text("rootDeviceType", "ebs");
    body.text("creationDate", made);
}
