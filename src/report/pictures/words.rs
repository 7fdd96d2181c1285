//! What a map says in words: of a subnet, of the whole map, and to those who do not see it.

use super::svg::cut;
use crate::exhibit::{EgressMap, State, Subnet, SubnetKind};
use crate::report::text::count;

/// How a subnet stands, and the sentence in its box; no state for one without a way out that nobody misses.
pub(super) fn of_subnet(subnet: &Subnet) -> (Option<State>, String) {
    let Some(state) = subnet.state() else {
        return match subnet.kind {
            SubnetKind::Isolated => (None, "no way out, and none is expected".to_owned()),
            _ => (Some(State::Unknown), "nothing was read of its way out".to_owned()),
        };
    };
    let told = subnet.ways.iter().filter(|way| way.link.state == state && !way.link.why.is_empty());
    let several = subnet.ways.len() > 1;
    let told = told.map(|way| if several { format!("{}: {}", way.family.words(), way.link.why) } else { way.link.why.clone() });
    (Some(state), told.collect::<Vec<_>>().join("; "))
}

/// The name of something in a VPC, without what it has from the VPC's own name; its id where it has none.
pub(super) fn name<'n>(name: &'n str, id: &'n str, vpc_name: &str) -> &'n str {
    let own = name.strip_prefix(vpc_name).and_then(|rest| rest.strip_prefix(['/', '-', '_', '.', ' ']));
    match own.filter(|own| !own.is_empty() && !vpc_name.is_empty()).unwrap_or(name) {
        "" => id,
        own => own,
    }
}

/// A map's title: what and where, and how many subnets cannot get out.
pub(super) fn title(map: &EgressMap) -> String {
    let called = if map.name.is_empty() { map.vpc_id.clone() } else { format!("{} ({})", cut(&map.name, 60), map.vpc_id) };
    format!("{called}, {} of {}: {}", map.region, map.account, state_of(map))
}

/// How a map stands, in words.
fn state_of(map: &EgressMap) -> String {
    let all: usize = map.zones.iter().map(|zone| zone.subnets.len()).sum();
    let [broken, unknown, weak, _] = State::ALL.map(|state| map.subnets_that(state));
    let silent = map.zones.iter().flat_map(|zone| &zone.subnets).filter(|subnet| of_subnet(subnet).0 == Some(State::Unknown)).count();
    let unknown = unknown.max(silent);
    let mut parts = Vec::new();
    if broken > 0 {
        parts.push(format!("{broken} of {} without a working way out", count(all, "subnet")));
    }
    if unknown > 0 {
        parts.push(format!("{unknown} of {} unknown", count(all, "subnet")));
    }
    if weak > 0 {
        parts.push(format!("{} with a weak way out", count(weak, "subnet")));
    }
    match (parts.is_empty(), all) {
        (false, _) => parts.join(", "),
        (true, 0) => "no subnets were read".to_owned(),
        (true, _) => format!("{}, nothing broken", count(all, "subnet")),
    }
}

/// What is not on a map, and what was not read for it.
pub(super) fn caption(map: &EgressMap) -> String {
    let mut parts = vec![
        "From left to right: the subnets of each zone, the route table that holds for each, where its default route leads, \
        the gateway, the internet. Hold the pointer over a box for its full name."
            .to_owned(),
    ];
    if map.subnets_left_out > 0 {
        let number = count(map.subnets_left_out as usize, "more subnet");
        parts.push(format!("{number} of this VPC not drawn, healthy ones first."));
    }
    parts.extend(map.unread.iter().map(|sentence| format!("Unknown: {sentence}.")));
    parts.join(" ")
}

/// The same map in words.
pub(super) fn description(map: &EgressMap) -> String {
    let mut parts = Vec::new();
    for zone in &map.zones {
        for subnet in &zone.subnets {
            let (state, why) = of_subnet(subnet);
            let state = state.map_or("isolated", State::word);
            let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
            let by = subnet.table.as_ref().map_or_else(|| "an unread route table".to_owned(), Clone::clone);
            parts.push(format!(
                "{} {} in {} by {by}: {state}{why}.",
                subnet.kind.word(),
                name(&subnet.name, &subnet.id, &map.name),
                zone.name
            ));
        }
    }
    parts.join(" ")
}

/// All that is known of a subnet, for the pointer.
pub(super) fn of_subnet_in_full(subnet: &Subnet) -> String {
    let (state, why) = of_subnet(subnet);
    let workloads = subnet.workloads.map_or_else(
        || "its network interfaces were not read".to_owned(),
        |number| format!("{} in use", count(number as usize, "network interface")),
    );
    let shared = if subnet.is_shared { "; another account shares it" } else { "" };
    let verdict = state.map_or("isolated", State::word);
    let colon = if why.is_empty() { "" } else { ": " };
    format!("{} {} {} ({})\n{workloads}{shared}\n{verdict}{colon}{why}", subnet.name, subnet.id, subnet.range, subnet.kind.word())
}
