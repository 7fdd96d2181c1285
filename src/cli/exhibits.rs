//! What a report draws besides verdicts: maps of the snapshot, and how it went over time, from the store.

use anyhow::{Context, Result};

use super::judge::Question;
use super::vet;
use crate::check::{Check, Config, Vetted, select, shipped};
use crate::exhibit::{Counts, Exhibits, Moment, Trend};
use crate::inventory::{Meta, Snapshot};
use crate::report::error_text;
use crate::services;
use crate::store::Store;
use crate::survey::{self, Egress};

/// Moments of a trend, this snapshot's too.
pub(super) const MOST_MOMENTS: usize = 30;
/// Bytes of earlier snapshots that are judged anew for a trend. Time grows with size (one of 3 MB takes a second or two in a build that is
/// not optimised): this is a bound on time that gives the same picture on every machine.
const MOST_BYTES: u64 = 256 << 20;
/// Earlier snapshots that are judged whatever their size: less is no trend.
pub(super) const LEAST_EARLIER: usize = 4;

/// Everything that there is to draw. `counts` are this snapshot's own verdicts.
pub fn exhibits(snapshot: &Snapshot, question: &Question<'_>, counts: Counts) -> Result<Exhibits> {
    let checks = vet(select(&shipped()?, &survey::CHECKS.map(str::to_owned))?)?;
    let egress = survey::egress(snapshot, &services::tables(), &checks, question.config).unwrap_or_else(|error| {
        // A report without its maps is still a report, and says so.
        Egress { unread: vec![format!("the maps could not be drawn: {error}")], ..Egress::default() }
    });
    let gaps = snapshot.connection().query_row("select count(*) from gap", [], |row| row.get(0)).context("the snapshot's ledger")?;
    let mut trend = match question.history {
        // A report without its history is still a report, and says so.
        Some(store) => earlier(store, &snapshot.meta, question.checks, question.config)
            .unwrap_or_else(|error| Trend { unreadable: vec![error_text(&error)], ..Trend::default() }),
        None => Trend::default(),
    };
    trend.moments.push(moment(&snapshot.meta, gaps, Some(counts)));
    Ok(Exhibits { egress: egress.maps, egress_left_out: egress.left_out, egress_unread: egress.unread, trend })
}

/// The earlier snapshots of the same accounts, each judged with the same checks.
pub(super) fn earlier(store: &Store, now: &Meta, checks: &[(Check, Vetted)], config: &Config) -> Result<Trend> {
    let entries = store.list().context("the store")?;
    let mut trend = Trend::default();
    let mut same = Vec::new();
    for entry in entries {
        match &entry.glance {
            Err(error) => trend.unreadable.push(format!("{}: {error}", entry.name())),
            Ok(glance) if is_earlier(&glance.meta, now) => same.push(entry),
            Ok(_) => {}
        }
    }
    let sizes: Vec<u64> = same.iter().map(|entry| entry.size).collect();
    let chosen = survey::spread(same.len(), affordable(&sizes));
    trend.left_out = u32::try_from(same.len() - chosen.len()).unwrap_or(u32::MAX);
    let tables = services::tables();
    for entry in chosen.into_iter().map(|i| &same[i]) {
        let Ok(glance) = &entry.glance else { continue };
        let counts = || -> Result<Counts> {
            let snapshot = Snapshot::open(&entry.path, &tables, &services::views())?;
            Ok(survey::counts(&snapshot, &tables, checks, config)?)
        };
        match glance.meta.complete.then(counts).transpose() {
            Ok(counts) => trend.moments.push(moment(&glance.meta, glance.gaps, counts)),
            Err(error) => trend.unreadable.push(format!("{}: {}", entry.name(), error_text(&error))),
        }
    }
    Ok(trend)
}

/// Whether a snapshot is an earlier one of the same accounts, of AWS or of what answered in its place.
fn is_earlier(then: &Meta, now: &Meta) -> bool {
    then.accounts == now.accounts && then.endpoint == now.endpoint && then.started_at.as_str() < now.started_at.as_str()
}

/// How many of these to judge, by their sizes in bytes.
pub(super) fn affordable(sizes: &[u64]) -> usize {
    let mean = sizes.iter().sum::<u64>().checked_div(sizes.len() as u64).map_or(1, |mean| mean.max(1));
    usize::try_from(MOST_BYTES / mean).unwrap_or(usize::MAX).clamp(LEAST_EARLIER, MOST_MOMENTS - 1)
}

fn moment(meta: &Meta, gaps: u32, counts: Option<Counts>) -> Moment {
    Moment { started_at: meta.started_at.as_str().to_owned(), regions: meta.regions.clone(), complete: meta.complete, gaps, counts }
}
