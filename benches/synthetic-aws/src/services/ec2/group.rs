//! Security groups, each with three rules.

use super::layout::Layout;
use super::{next, page, shown, tags};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::wire::Body;

/// Rules of a group: one out, two in.
const RULES: u64 = 3;

/// Where a rule lets traffic from.
enum Peer {
    Cidr(String),
    Group(String),
}

struct Rule {
    is_egress: bool,
    protocol: &'static str,
    ports: (i64, i64),
    peer: Peer,
}

/// A group's rule: out to everywhere; in from its own kind, and from the VPC, the internet on 443, or, of one in fifty, on 22.
fn rule(ask: &Ask<'_>, layout: &Layout<'_, '_>, group: u64, number: u64) -> Rule {
    let dice = ask.dice(Kind::SecurityGroup, group);
    let everywhere = || Peer::Cidr("0.0.0.0/0".to_owned());
    match number {
        0 => Rule { is_egress: true, protocol: "-1", ports: (-1, -1), peer: everywhere() },
        1 => Rule { is_egress: false, protocol: "-1", ports: (-1, -1), peer: Peer::Group(layout.group_id(group)) },
        _ => {
            let (port, peer) = match dice.below(3, 100) {
                0..2 if group >= layout.vpcs => (22, everywhere()),
                2..20 if group >= layout.vpcs => (443, everywhere()),
                _ => (dice.pick(4, &[443, 5_432, 8_080, 6_379]), Peer::Cidr(layout.vpc_cidr(layout.vpc_of_group(group)))),
            };
            Rule { is_egress: false, protocol: "tcp", ports: (port, port), peer }
        }
    }
}

/// `DescribeSecurityGroups`.
pub fn groups(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    let all = layout.all_groups();
    let shown = shown(ask, "GroupId", all, |id| (0..all).find(|group| layout.group_id(*group) == id))?;
    body.list("securityGroupInfo", "item", shown.indices, |body, group| {
        let id = layout.group_id(group);
        body.text("groupId", &id);
        body.text("groupName", &layout.group_name(group));
        body.text("groupDescription", if group < layout.vpcs { "default VPC security group" } else { "made by a stack" });
        body.text("ownerId", &ask.account);
        body.text("vpcId", &layout.vpc_id(layout.vpc_of_group(group)));
        body.text("securityGroupArn", &ask.arn("ec2", &format!("security-group/{id}")));
        for (set, is_egress) in [("ipPermissions", false), ("ipPermissionsEgress", true)] {
            let rules = (0..RULES).map(|number| rule(ask, &layout, group, number)).filter(|rule| rule.is_egress == is_egress);
            body.list(set, "item", rules, |body, rule| permission(ask, body, &rule));
        }
        tags(body, ask.dice(Kind::SecurityGroup, group), Kind::SecurityGroup, group);
    });
    next(body, shown.next);
    Ok(())
}

fn permission(ask: &Ask<'_>, body: &mut Body, rule: &Rule) {
    body.text("ipProtocol", rule.protocol);
    if rule.protocol != "-1" {
        body.num("fromPort", rule.ports.0);
        body.num("toPort", rule.ports.1);
    }
    match &rule.peer {
        Peer::Cidr(cidr) => body.list("ipRanges", "item", [cidr], |body, cidr| body.text("cidrIp", cidr)),
        Peer::Group(group) => body.list("groups", "item", [group], |body, group| {
            body.text("groupId", group);
            body.text("userId", &ask.account);
        }),
    }
}

/// `DescribeSecurityGroupRules`.
pub fn rules(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    let (range, token) = page(ask, layout.all_groups() * RULES)?;
    body.list("securityGroupRuleSet", "item", range, |body, index| {
        let group = index / RULES;
        let rule = rule(ask, &layout, group, index % RULES);
        body.text("securityGroupRuleId", &ask.id("sgr", Kind::SecurityGroup, index));
        body.text("groupId", &layout.group_id(group));
        body.text("groupOwnerId", &ask.account);
        body.flag("isEgress", rule.is_egress);
        body.text("ipProtocol", rule.protocol);
        body.num("fromPort", rule.ports.0);
        body.num("toPort", rule.ports.1);
        match &rule.peer {
            Peer::Cidr(cidr) => body.text("cidrIpv4", cidr),
            Peer::Group(group) => body.member("referencedGroupInfo", |body| {
                body.text("groupId", group);
                body.text("userId", &ask.account);
            }),
        }
    });
    next(body, token);
    Ok(())
}
