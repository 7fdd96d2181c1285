//! A subnet's whole way out: its links one after the other, and never better than what the checks say.

use std::collections::BTreeMap;

use super::rows::{Effective, Subnet};
use super::verdicts::Verdict;
use crate::exhibit::{Exit, Family, Link, Route, State, SubnetKind, Way};

/// What is said of a subnet whose route table another account keeps to itself.
const NOT_VISIBLE: &str = "the route table that holds for it is not visible from here";
/// What is said of a route table whose association with the subnet is not settled.
const NOT_SETTLED: &str = "it was not read which route table holds for it";

/// Longest chain of exits: an endpoint, a NAT gateway, an internet gateway.
const MOST_EXITS: usize = 4;

/// The link from a subnet to its route table, and the way on from there, if there is one.
pub(super) struct Found {
    pub link: Link,
    pub way: Option<Way>,
}

/// Follows a default route through to the internet. `hole` says why the routes were not read, if they were not.
pub(super) fn follow(
    subnet: &Subnet,
    effective: &Effective,
    route: Option<&Route>,
    exits: &BTreeMap<String, Exit>,
    hole: Option<&str>,
    verdicts: &[&Verdict],
) -> Found {
    let family = effective.family;
    let known = match hole {
        Some(why) => Link::unknown(why),
        None if effective.table_arn.is_none() => Link::unknown(NOT_VISIBLE),
        None if effective.target_kind.is_none() => Link::unknown(NOT_SETTLED),
        None => Link::works(),
    };
    if known.state == State::Works && effective.target_kind.as_deref() == Some("none") {
        // Isolated, and fine unless a check misses a way out.
        let missed = verdicts.iter().filter(|verdict| verdict.is_about_route).map(|verdict| verdict.link.clone());
        return Found { link: known, way: missed.reduce(|all, next| all.then(&next)).map(|link| Way { family, link }) };
    }
    // What is wrong with the target says more than that its route is dead.
    let links = match route {
        Some(route) if known.state == State::Works => known.clone().then(&through(&route.exit, exits)).then(&route.link),
        _ => known.clone(),
    };
    // The checks are about ways through a NAT and its like; of one that leads straight to an internet gateway they say nothing.
    let is_public = effective.target_kind.as_deref() == Some("internet_gateway");
    let said = verdicts.iter().filter(|verdict| !(verdict.is_exposed || is_public && known.state == State::Works));
    let judged = said.fold(links.clone(), |all, verdict| all.then(&verdict.link));
    // What no link shows stops traffic at the subnet: its network ACL, say.
    let link = if judged.state == links.state { known } else { known.then(&judged) };
    let exposed = verdicts.iter().find(|verdict| verdict.is_exposed).map(|verdict| Link::weak(verdict.link.why.clone()));
    let depends = subnet.depends_on.as_deref().map(|zone| {
        Link::weak(match zone {
            "" => "the regional NAT gateway stays out of its zone".to_owned(),
            zone => format!("its NAT gateway is in {zone}: the loss of that zone cuts it off"),
        })
    });
    let way = [exposed, depends].into_iter().flatten().fold(judged, |all, weak| all.then(&weak));
    Found { link, way: Some(Way { family, link: way }) }
}

/// From an exit to the internet.
fn through(exit: &str, exits: &BTreeMap<String, Exit>) -> Link {
    let (mut link, mut next) = (Link::works(), exit);
    for _ in 0..MOST_EXITS {
        let Some(exit) = exits.get(next) else { return link };
        link = link.then(&named(exit, &exit.link));
        let Some(onward) = &exit.onward else { return link };
        link = link.then(&named(exit, &onward.link));
        next = &onward.to;
    }
    link
}

/// The same, saying of what.
fn named(exit: &Exit, link: &Link) -> Link {
    match link.why.is_empty() {
        true => link.clone(),
        false => Link { state: link.state, why: format!("{} {}: {}", exit.kind.words(), exit.id, link.why) },
    }
}

/// What its routes make of a subnet: IPv4 decides where it has any.
pub(super) fn kind(subnet: &Subnet, routes: &[&Effective], is_unread: bool) -> SubnetKind {
    let has = |family| if family == Family::Ipv4 { !subnet.range.is_empty() } else { !subnet.ipv6_ranges.is_empty() };
    let kinds: Vec<Option<&str>> = routes.iter().filter(|route| has(route.family)).map(|route| route.target_kind.as_deref()).collect();
    if is_unread || kinds.is_empty() || kinds.contains(&None) {
        return SubnetKind::Unknown;
    }
    let leads = |to: fn(&str) -> bool| kinds.iter().flatten().any(|kind| to(kind));
    if leads(|kind| kind == "internet_gateway") {
        SubnetKind::Public
    } else if leads(|kind| kind != "none") {
        SubnetKind::Private
    } else {
        SubnetKind::Isolated
    }
}
