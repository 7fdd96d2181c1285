//! Network interfaces. The first as many as there are instances are theirs; the others are of services, or of nobody.

use super::layout::Layout;
use super::{next, shown, tags};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::wire::Body;

/// `DescribeNetworkInterfaces`.
pub fn interfaces(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    let shown = shown(ask, "NetworkInterfaceId", ask.count(Kind::NetworkInterface), |id| ask.index(Kind::NetworkInterface, id))?;
    let instances = ask.count(Kind::Instance);
    body.list("networkInterfaceSet", "item", shown.indices, |body, interface| {
        let dice = ask.dice(Kind::NetworkInterface, interface);
        let subnet = layout.subnet_for(interface);
        let vpc = layout.vpc_of_subnet(subnet);
        let address = layout.address(subnet, interface);
        let is_instances = interface < instances;
        // One in a hundred is left over.
        let is_free = !is_instances && dice.percent(1, 1);
        let is_lambdas = !is_instances && !is_free && dice.percent(2, 60);
        let group = layout.group_for(vpc, dice.number(3));
        body.text("networkInterfaceId", &ask.id("eni", Kind::NetworkInterface, interface));
        body.text("subnetId", &layout.subnet_id(subnet));
        body.text("vpcId", &layout.vpc_id(vpc));
        body.text("availabilityZone", &layout.zone(subnet));
        body.text("ownerId", &ask.account);
        body.flag("requesterManaged", !is_instances && !is_free);
        body.text("status", if is_free { "available" } else { "in-use" });
        body.fmt("macAddress", format_args!("02:{:02x}:{:02x}:{:02x}:00:01", interface & 255, interface >> 8 & 255, interface >> 16 & 255));
        body.text("privateIpAddress", &address);
        body.flag("sourceDestCheck", true);
        body.text("interfaceType", if is_lambdas { "lambda" } else { "interface" });
        match (is_instances, is_free, is_lambdas) {
            (true, ..) => body.text("description", ""),
            (_, true, _) => body.text("description", "left over"),
            (.., true) => body.fmt("description", format_args!("AWS Lambda VPC ENI-service-{interface:06}")),
            _ => body
                .fmt("description", format_args!("arn:aws:ecs:{}:{}:attachment/{:016x}", ask.region_name(), ask.account, dice.number(4))),
        }
        body.list("groupSet", "item", [group], |body, group| {
            body.text("groupId", &layout.group_id(group));
            body.text("groupName", &layout.group_name(group));
        });
        if !is_free {
            body.member("attachment", |body| {
                body.text("attachmentId", &ask.id("eni-attach", Kind::NetworkInterface, interface));
                if is_instances {
                    body.text("instanceId", &ask.id("i", Kind::Instance, interface));
                }
                body.text("instanceOwnerId", if is_instances { &ask.account } else { "amazon-aws" });
                body.num("deviceIndex", i64::from(!is_instances));
                body.text("status", "attached");
                body.time("attachTime", ask.days_ago(1 + dice.below(5, 300)));
                body.flag("deleteOnTermination", is_instances);
            });
        }
        body.list("privateIpAddressesSet", "item", [()], |body, ()| {
            body.text("privateIpAddress", &address);
            body.flag("primary", true);
        });
        tags(body, dice, Kind::NetworkInterface, interface);
    });
    next(body, shown.next);
    Ok(())
}
