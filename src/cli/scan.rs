//! `scan` and `check`: read what the checks need, ask them, report. The two differ only in which checks are asked.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::exit::Threshold;
use super::judge::{Question, judge};
use super::live::{Source, take};
use super::notify::Notifying;
use super::output::{Outputs, PrintOn};
use super::shelf::{Shelf, Storing};
use super::since::{LAST, Wanted};
use super::{Checks, Exit, Global, Reporting, Where, vet};
use crate::check::select;
use crate::finding::Severity;
use crate::inventory::Snapshot;
use crate::plan::Plan;
use crate::services;

/// From which severity on a failure counts, unless the user says otherwise.
const THRESHOLD: Severity = Severity::Low;

/// What `scan` and `check` share.
#[derive(Debug, Args)]
struct Common {
    /// Judge a snapshot instead of reading the account
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "role_arn", "region", "replay", "plan"], help_heading = "Account")]
    from: Option<PathBuf>,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    checks: Checks,
    /// Compare with an earlier snapshot: what is new, what persists, what is resolved. The last one of the store (last), a file, or
    /// the last one by that time (2026-11-20, yesterday, 12h)
    #[arg(long, value_name = "last|FILE|TIME", help_heading = "Since last time")]
    since: Option<String>,
    /// From which severity on a failure counts for the exit code; with new: only what is new (repeatable) [default: low]
    #[arg(long, value_name = "[new:]SEVERITY", value_parser = Threshold::parser(), help_heading = "Output")]
    fail_on: Vec<Threshold>,
    /// Print the calls that would be made, and make none
    #[arg(long, help_heading = "Account")]
    plan: bool,
    /// When to print the report on standard output; files of -o are written in any case
    #[arg(long, value_name = "WHEN", default_value = "always", help_heading = "Output")]
    print_on: PrintOn,
    #[command(flatten)]
    reporting: Reporting,
}

/// What only a scan of everything does.
struct WholeScan<'s> {
    storing: &'s Storing,
    notifying: &'s Notifying,
}

/// Read the accounts, ask all checks, report
#[derive(Debug, Args)]
pub struct Scan {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    storing: Storing,
    #[command(flatten)]
    notifying: Notifying,
}

/// Ask some checks, making only the calls that they need
#[derive(Debug, Args)]
pub struct Check {
    /// Ids of checks; patterns such as vpc/* are understood
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Report on this resource only
    #[arg(long, value_name = "ARN", help_heading = "Checks")]
    resource: Option<String>,
    #[command(flatten)]
    common: Common,
}

impl Scan {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        if self.common.from.is_some() && self.common.since.is_none() && self.storing.folder().is_some() {
            bail!("--store DIR has no part in --from FILE: nothing is kept, and without --since nothing is looked up");
        }
        self.common.run(global, &[], None, Some(&WholeScan { storing: &self.storing, notifying: &self.notifying }))
    }
}

impl Check {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        if self.resource.as_ref().is_some_and(|arn| !arn.starts_with("arn:")) {
            bail!("--resource takes an ARN, such as arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-0a1b2c");
        }
        self.common.run(global, &self.ids, self.resource.as_deref(), None)
    }
}

impl Common {
    fn run(&self, global: &Global, ids: &[String], resource: Option<&str>, whole: Option<&WholeScan<'_>>) -> Result<Exit> {
        let all = self.checks.all()?;
        let config = self.checks.configuration(&all)?;
        let checks = vet(select(&all, ids)?)?;
        if self.plan {
            return super::plan::print(&self.wanted(ids, &checks), global);
        }
        if self.since.is_none() && self.fail_on.iter().any(|threshold| threshold.only_new) {
            bail!("--fail-on new:… needs something to compare with: add --since last, or --since FILE");
        }
        if self.since.is_none() && self.print_on == PrintOn::Change {
            bail!("--print-on change needs something to compare with: add --since last, or --since FILE");
        }
        let storing = whole.map(|whole| whole.storing);
        let is_live = self.from.is_none() && self.place.replay.is_none();
        let notify = whole.and_then(|whole| whole.notifying.section(&config.notify, is_live));
        // News are news against something.
        let since = self.since.as_deref().or_else(|| notify.filter(|section| section.wants_news()).map(|_| LAST));
        let wanted = since.map(|what| Wanted::of(what, storing.and_then(Storing::folder)).context("--since")).transpose()?;
        let outputs = Outputs::open(&self.reporting)?;
        let keep = outputs.snapshot.clone();
        let mut thresholds = self.fail_on.clone();
        if thresholds.is_empty() {
            thresholds.push(Threshold::all(THRESHOLD));
        }
        let report = |outputs, snapshot: &Snapshot, is_kept, was_cancelled| {
            let earlier = wanted.map(|wanted| wanted.earlier(global, snapshot)).transpose()?;
            let (thresholds, earlier) = (Some(thresholds), earlier.as_ref());
            let question = Question {
                checks: &checks,
                config: &config.checks,
                resource,
                thresholds,
                earlier,
                is_kept,
                was_cancelled,
                notify,
                print_on: self.print_on,
            };
            judge(global, &self.reporting, outputs, snapshot, &question)
        };
        if let Some(path) = &self.from {
            if keep.is_some() {
                bail!("-o FILE.db keeps a snapshot that is being taken; with --from there is one already");
            }
            let snapshot = Snapshot::open(path, &services::tables(), &services::views()).context("--from")?;
            return report(outputs, &snapshot, true, false);
        }
        let plan = self.wanted(ids, &checks);
        let source = Source::of(&self.place, None)?;
        let shelf = storing.and_then(|storing| Shelf::open(storing, self.place.replay.is_some()));
        // Where the user names a file, the snapshot is taken there, and the store gets a copy.
        let out = keep.as_deref().or(shelf.as_ref().map(Shelf::path));
        let taken = take(global, &plan, source, out)?;
        let was_cancelled = taken.collected.was_cancelled;
        let (snapshot, is_stored) = match &shelf {
            Some(shelf) if keep.is_none() => shelf.keep(global, taken.collected.snapshot, &config.store)?,
            Some(shelf) => {
                shelf.copy(global, &taken.collected.snapshot, &config.store);
                (taken.collected.snapshot, true)
            }
            None => (taken.collected.snapshot, false),
        };
        report(outputs, &snapshot, keep.is_some() || is_stored, was_cancelled)
    }

    /// A scan reads everything, so that its snapshot can be asked anything; a spot check reads what it needs.
    fn wanted(&self, ids: &[String], checks: &[(crate::check::Check, crate::check::Vetted)]) -> Plan {
        if ids.is_empty() { Plan::everything() } else { Plan::for_checks(checks.iter().map(|(_, vetted)| vetted)) }
    }
}
