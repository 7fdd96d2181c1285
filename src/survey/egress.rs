//! The map of one VPC, put together.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::exits::Exits;
use super::holes::{Holes, List};
use super::rows::{self, Effective, Vpc};
use super::verdicts::{Verdict, Verdicts};
use super::ways::{follow, kind};
use crate::exhibit::{EgressMap, Exit, Family, Link, Route, RouteTable, State, Subnet, Way, Zone};

/// Subnets that are drawn of one VPC; beyond that a picture is a wall.
const MOST_SUBNETS: usize = 48;

/// Makes the map of a VPC.
pub(super) fn map(connection: &Connection, vpc: Vpc, holes: &Holes, verdicts: &Verdicts) -> rusqlite::Result<EgressMap> {
    let routes_hole = holes.of_list(List::Routes);
    let effective = rows::effective_routes(connection, &vpc)?;
    let mut exits = Exits::of(connection, &vpc, holes, &effective)?;
    let mut tables: BTreeMap<String, RouteTable> = BTreeMap::new();
    let cards = rows::tables(connection, &vpc)?;
    // A table whose list was not read to its end may not be the one that holds.
    for route in effective.iter().filter(|_| routes_hole.is_none()) {
        let (Some(arn), Some(id)) = (&route.table_arn, &route.table_id) else { continue };
        let card = cards.iter().find(|(own, ..)| own == arn);
        let table = tables.entry(id.clone()).or_insert_with(|| RouteTable {
            arn: arn.clone(),
            id: id.clone(),
            name: card.map_or_else(String::new, |(_, name, _)| name.clone()),
            is_main: card.is_some_and(|(.., is_main)| *is_main),
            routes: Vec::new(),
        });
        let Some((kind, drawn)) = drawn(route) else { continue };
        if !table.routes.iter().any(|own| own.family == drawn.family) {
            exits.lead_to(kind, &drawn.exit)?;
            table.routes.push(drawn);
        }
    }
    tables.values_mut().for_each(|table| table.routes.sort_by_key(|route| route.family));
    let exits = exits.all();
    let mut subnets = Vec::new();
    for row in rows::subnets(connection, &vpc)? {
        let own: Vec<&Effective> = effective.iter().filter(|route| route.subnet == row.arn).collect();
        let (mut link, mut ways): (Link, Vec<Way>) = (Link::works(), Vec::new());
        for route in &own {
            let has_addresses = if route.family == Family::Ipv4 { !row.range.is_empty() } else { !row.ipv6_ranges.is_empty() };
            if !has_addresses {
                continue;
            }
            let table = route.table_id.as_ref().and_then(|id| tables.get(id));
            let default = table.and_then(|table| table.routes.iter().find(|own| own.family == route.family));
            let said: Vec<&Verdict> = verdicts.on(&vpc.account, &vpc.region, &row.arn, route.family).collect();
            let found = follow(&row, route, default, &exits, routes_hole, &said);
            link = link.then(&found.link);
            ways.extend(found.way);
        }
        let table = own.first().and_then(|route| route.table_id.clone()).filter(|id| tables.contains_key(id));
        let kind = kind(&row, &own, routes_hole.is_some());
        let workloads = row.workloads.filter(|_| holes.of_list(List::Interfaces).is_none());
        let range = if row.range.is_empty() { row.ipv6_ranges.first().cloned().unwrap_or_else(String::new) } else { row.range };
        let (arn, id, name, is_shared) = (row.arn, row.id, row.name, row.is_shared);
        subnets.push((row.zone_id, row.zone, Subnet { arn, id, name, range, kind, workloads, is_shared, table, link, ways }));
    }
    let left_out = keep_worst(&mut subnets);
    let zones = zones(subnets);
    let (tables, exits) = still_seen(&zones, tables, exits);
    Ok(EgressMap {
        account: vpc.account,
        region: vpc.region,
        arn: vpc.arn,
        vpc_id: vpc.vpc_id,
        name: vpc.name,
        ranges: vpc.ranges,
        zones,
        subnets_left_out: left_out,
        tables,
        exits,
        unread: holes.sentences(),
    })
}

/// The default route as it is drawn, with the kind of its target; `None` without one.
fn drawn(route: &Effective) -> Option<(&str, Route)> {
    let kind = route.target_kind.as_deref().filter(|kind| *kind != "none")?;
    let target = route.target_id.as_deref().unwrap_or("");
    let link = match (kind, route.state.as_deref()) {
        ("split", _) => Link::unknown("the default route is in halves that lead to different targets"),
        (_, Some("active")) => Link::works(),
        (_, Some("blackhole")) => Link::broken("AWS says that the route leads nowhere (blackhole)"),
        (_, Some("filtered")) => Link::broken("AWS does not use the route: a route server filters it"),
        (_, Some(state)) => Link::broken(format!("the route is {state}")),
        (_, None) => Link::unknown("the state of the route was not read"),
    };
    let destination = match route.destination.as_deref() {
        Some("0.0.0.0/1") => "0.0.0.0/1 and 128.0.0.0/1".to_owned(),
        Some("::/1") => "::/1 and 8000::/1".to_owned(),
        Some(destination) => destination.to_owned(),
        None => String::new(),
    };
    let exit = if target.is_empty() { "different targets".to_owned() } else { target.to_owned() };
    Some((kind, Route { family: route.family, destination, exit, link }))
}

/// Leaves out what is too much, the healthy ones first. How many are left out.
fn keep_worst(subnets: &mut Vec<(String, String, Subnet)>) -> u32 {
    let too_many = subnets.len().saturating_sub(MOST_SUBNETS);
    if too_many > 0 {
        let is_healthy = |subnet: &Subnet| matches!(subnet.state(), None | Some(State::Works));
        subnets.sort_by_cached_key(|(zone, _, subnet)| (is_healthy(subnet), zone.clone(), subnet.id.clone()));
        subnets.truncate(MOST_SUBNETS);
    }
    u32::try_from(too_many).unwrap_or(u32::MAX)
}

fn zones(subnets: Vec<(String, String, Subnet)>) -> Vec<Zone> {
    let mut zones: BTreeMap<(String, String), Vec<Subnet>> = BTreeMap::new();
    for (id, name, subnet) in subnets {
        zones.entry((name, id)).or_default().push(subnet);
    }
    let zone = |((name, id), mut subnets): ((String, String), Vec<Subnet>)| {
        subnets.sort_by_key(|subnet| subnet.kind);
        Zone { id, name, subnets }
    };
    zones.into_iter().map(zone).collect()
}

/// Tables and exits of the subnets that are drawn, and what lies behind.
fn still_seen(zones: &[Zone], mut tables: BTreeMap<String, RouteTable>, mut exits: BTreeMap<String, Exit>) -> (Vec<RouteTable>, Vec<Exit>) {
    let all_exits: BTreeSet<String> = tables.values().flat_map(|table| &table.routes).map(|route| route.exit.clone()).collect();
    let held: BTreeSet<&String> = zones.iter().flat_map(|zone| &zone.subnets).filter_map(|subnet| subnet.table.as_ref()).collect();
    tables.retain(|id, _| held.contains(id));
    let led: BTreeSet<&String> = tables.values().flat_map(|table| &table.routes).map(|route| &route.exit).collect();
    // An exit that only tables lead to that are not drawn would look as if nothing led there.
    exits.retain(|id, exit| led.contains(id) || exit.kind.is_last() || !all_exits.contains(id));
    (tables.into_values().collect(), exits.into_values().collect())
}
