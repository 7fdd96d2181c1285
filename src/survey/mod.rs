//! THE SURVEYOR: makes exhibits of a snapshot, for reports that draw.
//!
//! What a map says of a link comes from the same tables and views that the checks read, and what it says of a subnet's whole way is
//! never better than what the checks on egress say. What was not read is unknown here too.

mod egress;
#[cfg(test)]
mod egress_test;
mod exits;
mod holes;
mod moment;
mod rows;
#[cfg(test)]
mod testing;
mod verdicts;
mod ways;

use std::cmp::Reverse;

use crate::check::{Check, Config, Standing, Vetted};
use crate::exhibit::{EgressMap, State};
use crate::inventory::{Snapshot, Table};

pub use moment::{counts, spread};
pub use verdicts::CHECKS;

/// VPCs that are drawn. A picture of each of a thousand would be looked at by nobody.
const MOST_VPCS: usize = 20;

/// The maps of a snapshot.
#[derive(Debug, Default)]
pub struct Egress {
    /// A map for each VPC, the one with most to see to first.
    pub maps: Vec<EgressMap>,
    /// VPCs that are left out because there are too many.
    pub left_out: u32,
    /// Places whose networks were not read, each a sentence with the reason.
    pub unread: Vec<String>,
}

/// Draws up the ways out of every VPC. `checks` are those of [`CHECKS`].
///
/// # Errors
/// When the snapshot cannot be read.
pub fn egress(snapshot: &Snapshot, tables: &[&'static Table], checks: &[(Check, Vetted)], config: &Config) -> rusqlite::Result<Egress> {
    let connection = snapshot.connection();
    let standing = Standing::of(connection)?;
    let verdicts = verdicts::Verdicts::of(snapshot, tables, checks, config)?;
    let mut maps = Vec::new();
    for vpc in rows::vpcs(connection)? {
        let holes = holes::Holes::of(&standing, &vpc.account, &vpc.region)?;
        maps.push(egress::map(connection, vpc, &holes, &verdicts)?);
    }
    let size = |map: &EgressMap| {
        let subnets = map.zones.iter().flat_map(|zone| &zone.subnets);
        let workloads: u32 = subnets.clone().filter_map(|subnet| subnet.workloads).sum();
        (workloads, subnets.count())
    };
    maps.sort_by_cached_key(|map| {
        let trouble = State::ALL.map(|state| state != State::Works && map.subnets_that(state) > 0);
        (Reverse(trouble), Reverse(size(map)), map.account.clone(), map.region.clone(), map.vpc_id.clone())
    });
    let left_out = u32::try_from(maps.len().saturating_sub(MOST_VPCS)).unwrap_or(u32::MAX);
    maps.truncate(MOST_VPCS);
    Ok(Egress { maps, left_out, unread: holes::unread_places(&standing)? })
}
