//! `--plan`: the calls that would be made, and what they would cost.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use super::shelf::store;
use super::{Exit, Global, Where};
use crate::inventory::Snapshot;
use crate::plan::{Forecast, Like, Plan, Step};
use crate::report::print_rows;
use crate::report::text::count;
use crate::services;

/// Planning instead of reading.
#[derive(Debug, Args)]
pub struct Planning {
    /// Print the calls that would be made, and make none; with an earlier snapshot also how many, how long and at what cost
    #[arg(long, help_heading = "Account")]
    plan: bool,
    /// Snapshot that tells how much there is to read (default: the newest in the store)
    #[arg(long, value_name = "FILE", requires = "plan", help_heading = "Account")]
    like: Option<PathBuf>,
}

impl Planning {
    /// Whether nothing is to be read.
    pub fn is_wanted(&self) -> bool {
        self.plan
    }

    /// Prints the plan. Nothing is called. `folder` is the store that was named, if one was.
    pub fn print(&self, plan: &Plan, global: &Global, place: &Where, folder: Option<&Path>) -> Result<Exit> {
        let earlier = self.earlier(folder)?;
        let like = Like { regions: &place.region, share: place.api_share };
        let forecast = match &earlier {
            Some(snapshot) => Some(Forecast::of(plan, &like, snapshot.connection()).context("the snapshot's ledger")?),
            None => None,
        };
        let row = |step: Step| {
            let mut row = vec![step.call.permission.to_owned(), step.reader.name.to_owned(), step.how_often()];
            row.extend(forecast.as_ref().map(|forecast| forecast.requests_of(&step).to_string()));
            row
        };
        let rows: Vec<Vec<String>> = plan.steps().into_iter().map(row).collect();
        let mut head = vec!["permission", "reader", "how often"];
        head.extend(forecast.as_ref().map(|_| "requests"));
        print_rows(global.style(0), &head, &rows)?;
        match earlier.zip(forecast) {
            Some((snapshot, forecast)) => tell(global, &snapshot, &forecast),
            None => {
                global.remark("How many requests that makes, an earlier snapshot tells: driftlead scan keeps one, --like FILE names one.")
            }
        }
        Ok(Exit::Clean)
    }

    /// The snapshot that was named, or the newest one; none if there is none.
    fn earlier(&self, folder: Option<&Path>) -> Result<Option<Snapshot>> {
        let path = match &self.like {
            Some(path) => path.clone(),
            None => {
                let newest = store(folder).and_then(|store| store.of_account(None));
                // Whatever keeps the store from telling is no reason not to show the plan.
                let Some(entry) = newest.ok().and_then(|mut entries| entries.pop()) else { return Ok(None) };
                entry.path
            }
        };
        Ok(Some(Snapshot::open(&path, &services::tables(), &services::views())?))
    }
}

fn tell(global: &Global, snapshot: &Snapshot, forecast: &Forecast) {
    let requests = count(usize::try_from(forecast.requests).unwrap_or(usize::MAX), "request");
    let bill = match forecast.metrics.zip(forecast.dollars()) {
        Some((metrics, dollars)) => {
            format!("CloudWatch bills about ${dollars:.2} for {}", count(usize::try_from(metrics).unwrap_or(usize::MAX), "metric"))
        }
        None => "what CloudWatch bills is not known: that snapshot did not count metrics".to_owned(),
    };
    global.remark(&format!(
        "{requests} in about {}; {bill}. Told from {} of {}.",
        duration(forecast.seconds),
        snapshot.path.display(),
        snapshot.meta.started_at.as_str()
    ));
    if !forecast.unknown_regions.is_empty() {
        global.remark(&format!("Nothing is known of {}: that snapshot does not have it.", forecast.unknown_regions.join(", ")));
    }
}

/// `1 s`, `2 min 5 s`, `3 h 20 min`.
fn duration(seconds: f64) -> String {
    let seconds = seconds.ceil().max(1.0) as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_told_as_people_say_them() {
        assert_eq!((duration(0.2), duration(125.0), duration(12_000.0)), ("1 s".into(), "2 min 5 s".into(), "3 h 20 min".into()));
    }
}
