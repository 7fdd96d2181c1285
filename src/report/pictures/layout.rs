//! Where everything on a map stands: five columns from the subnets to the internet, zones one below the other.

use std::collections::BTreeMap;

use super::svg::lines;
use super::words;
use crate::exhibit::{EgressMap, Exit, Link, RouteTable, State, Subnet};

/// Width of a map.
pub(super) const WIDTH: f64 = 960.0;
/// Left edge and width of each column.
pub(super) const SUBNETS: (f64, f64) = (12.0, 296.0);
pub(super) const TABLES: (f64, f64) = (352.0, 150.0);
pub(super) const EXITS: (f64, f64) = (546.0, 174.0);
pub(super) const GATEWAYS: (f64, f64) = (758.0, 146.0);
pub(super) const INTERNET: (f64, f64) = (926.0, 26.0);
/// Height of the headings.
pub(super) const TOP: f64 = 30.0;
/// Height of a zone's heading.
pub(super) const ZONE_HEAD: f64 = 22.0;
/// Height of a line of small text.
pub(super) const LINE: f64 = 14.0;
/// Height of the legend.
pub(super) const BOTTOM: f64 = 34.0;
/// Between boxes.
const GAP: f64 = 8.0;
/// Columns of small text that fit into a subnet's and an exit's box.
const SUBNET_COLUMNS: usize = 44;
const EXIT_COLUMNS: usize = 29;

/// A box: its upper edge and its height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    pub y: f64,
    pub height: f64,
}

impl Span {
    /// Its middle.
    pub(super) fn middle(self) -> f64 {
        self.y + self.height / 2.0
    }

    fn end(self) -> f64 {
        self.y + self.height
    }

    fn overlaps(self, other: Self) -> bool {
        self.y < other.end() + GAP && other.y < self.end() + GAP
    }
}

/// A subnet in its place, with what is said of it.
pub(super) struct Placed<'m> {
    pub subnet: &'m Subnet,
    pub span: Span,
    pub state: Option<State>,
    pub remark: Vec<String>,
}

/// The plan of a map.
pub(super) struct Layout<'m> {
    pub height: f64,
    /// Each zone's band, in the map's order.
    pub zones: Vec<Span>,
    pub subnets: Vec<Placed<'m>>,
    pub tables: BTreeMap<&'m str, (&'m RouteTable, Span)>,
    pub exits: BTreeMap<&'m str, (&'m Exit, Span, Vec<String>)>,
    pub gateways: BTreeMap<&'m str, (&'m Exit, Span, Vec<String>)>,
}

impl<'m> Layout<'m> {
    /// Places everything on a map.
    pub(super) fn of(map: &'m EgressMap) -> Self {
        let (zones, subnets) = place_subnets(map);
        let end_of_zones = zones.last().map_or(TOP + 40.0, |zone| zone.end());
        let mut layout =
            Self { height: end_of_zones, zones, subnets, tables: BTreeMap::new(), exits: BTreeMap::new(), gateways: BTreeMap::new() };
        layout.place_tables(map);
        layout.place_exits(map);
        layout.place_gateways(map);
        layout.height += BOTTOM;
        layout
    }

    fn place_tables(&mut self, map: &'m EgressMap) {
        let mut wanted: Vec<(f64, &RouteTable, f64)> = Vec::new();
        for table in &map.tables {
            let users = self.subnets.iter().filter(|placed| placed.subnet.table.as_deref() == Some(&table.id));
            let height = 24.0 + LINE * table.routes.len().max(1) as f64;
            wanted.push((mean(users.map(|placed| placed.span.middle())).unwrap_or(TOP), table, height));
        }
        wanted.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
        let mut taken: Vec<Span> = Vec::new();
        for (middle, table, height) in wanted {
            let span = free(middle, height, &taken, &[]);
            taken.push(span);
            self.height = self.height.max(span.end() + GAP);
            self.tables.insert(&table.id, (table, span));
        }
    }

    fn place_exits(&mut self, map: &'m EgressMap) {
        // The straight lines of public subnets pass through this column: boxes keep out of their way where they can.
        let mut lines_through = Vec::new();
        let mut wanted: Vec<(f64, &Exit, Vec<String>)> = Vec::new();
        for exit in &map.exits {
            let leads_here = |(table, _): &&(&RouteTable, Span)| table.routes.iter().any(|route| route.exit == exit.id);
            let from: Vec<f64> = self.tables.values().filter(leads_here).map(|(_, span)| span.middle()).collect();
            if exit.kind.is_last() {
                lines_through.extend(from);
                continue;
            }
            let zone = map.zones.iter().position(|zone| !exit.zone.is_empty() && zone.id == exit.zone).map(|i| self.zones[i]);
            let in_zone = from.iter().copied().filter(|y| zone.is_none_or(|zone| (zone.y..zone.end()).contains(y)));
            let middle = mean(in_zone).or(zone.map(Span::middle)).or_else(|| mean(from.iter().copied()));
            let mut remark = remark(&worst(exit), EXIT_COLUMNS, 3);
            let is_behind = map.exits.iter().any(|other| other.onward.as_ref().is_some_and(|onward| onward.to == exit.id));
            if from.is_empty() && !is_behind {
                remark.push("no default route leads here".to_owned());
            }
            wanted.push((middle.unwrap_or(self.height / 2.0), exit, remark));
        }
        wanted.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
        let mut taken: Vec<Span> = Vec::new();
        for (middle, exit, remark) in wanted {
            let span = free(middle, 40.0 + LINE * remark.len() as f64, &taken, &lines_through);
            taken.push(span);
            self.height = self.height.max(span.end() + GAP);
            self.exits.insert(&exit.id, (exit, span, remark));
        }
    }

    /// Gateways are as high as the map, so that lines to them are straight; of several, the first has most of it.
    fn place_gateways(&mut self, map: &'m EgressMap) {
        let leads = |exit: &Exit| {
            let routes = map.tables.iter().flat_map(|table| &table.routes).filter(|route| route.exit == exit.id).count();
            let onward = map.exits.iter().filter(|other| other.onward.as_ref().is_some_and(|onward| onward.to == exit.id)).count();
            routes + onward
        };
        let mut gateways: Vec<&Exit> = map.exits.iter().filter(|exit| exit.kind.is_last()).collect();
        gateways.sort_by_key(|exit| std::cmp::Reverse(leads(exit)));
        let others: Vec<(&Exit, Vec<String>, f64)> = gateways
            .into_iter()
            .map(|exit| {
                let remark = remark(&exit.link, 24, 4);
                let height = 44.0 + LINE * remark.len() as f64;
                (exit, remark, height)
            })
            .collect();
        let least: f64 = others.iter().map(|(.., height)| height + GAP).sum();
        self.height = self.height.max(TOP + least);
        let mut spare = self.height - TOP - least;
        let mut y = TOP;
        for (exit, remark, height) in others {
            // The first takes what is left.
            let span = Span { y, height: height + std::mem::take(&mut spare) };
            y = span.end() + GAP;
            self.gateways.insert(&exit.id, (exit, span, remark));
        }
    }
}

/// Subnets from top to bottom, zone after zone, and the bands of the zones.
fn place_subnets(map: &EgressMap) -> (Vec<Span>, Vec<Placed<'_>>) {
    let (mut zones, mut subnets) = (Vec::new(), Vec::new());
    let mut y = TOP;
    for zone in &map.zones {
        let start = y;
        y += ZONE_HEAD;
        for subnet in &zone.subnets {
            let (state, text) = words::of_subnet(subnet);
            let remark = lines(&text, SUBNET_COLUMNS, 3);
            let span = Span { y, height: 38.0 + LINE * remark.len() as f64 };
            y = span.end() + GAP;
            subnets.push(Placed { subnet, span, state, remark });
        }
        zones.push(Span { y: start, height: y - start });
        y += GAP;
    }
    (zones, subnets)
}

/// How an exit stands, its own way on too.
pub(super) fn worst(exit: &Exit) -> Link {
    exit.onward.as_ref().map_or_else(|| exit.link.clone(), |onward| exit.link.clone().then(&onward.link))
}

fn remark(link: &Link, columns: usize, most: usize) -> Vec<String> {
    if link.why.is_empty() { Vec::new() } else { lines(&link.why, columns, most) }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The free place next to where something should stand, away from lines if that is possible.
fn free(middle: f64, height: f64, taken: &[Span], lines: &[f64]) -> Span {
    let at = |y: f64| Span { y: y.max(TOP), height };
    let is_free = |span: Span| !taken.iter().any(|other| span.overlaps(*other));
    let is_clear = |span: Span| is_free(span) && !lines.iter().any(|y| (span.y - 4.0..=span.end() + 4.0).contains(y));
    let start = middle - height / 2.0;
    let near =
        |reach: i32| (0..=reach).flat_map(|step| [f64::from(step) * 4.0, f64::from(step) * -4.0]).map(move |shift| at(start + shift));
    // As far as a zone or so away for a clear place; any distance for a free one.
    let far = || (0..).map(|step| at(start + f64::from(step) * 4.0)).find(|span| is_free(*span));
    near(30).find(|span| is_clear(*span)).or_else(|| near(60).find(|span| is_free(*span))).or_else(far).unwrap_or(at(start))
}
