//! `scan` and `check`: read what the checks need, ask them, report. The two differ only in which checks are asked.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::judge::{Question, judge};
use super::live::{Source, take};
use super::output::Outputs;
use super::shelf::{Shelf, Storing};
use super::{Checks, Exit, FailOn, Global, Reporting, Where, vet};
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
    /// From which severity on a failure counts for the exit code [default: low]
    #[arg(long, value_name = "SEVERITY", help_heading = "Output")]
    fail_on: Option<FailOn>,
    /// Print the calls that would be made, and make none
    #[arg(long, help_heading = "Account")]
    plan: bool,
    #[command(flatten)]
    reporting: Reporting,
}

/// Read the accounts, ask all checks, report
#[derive(Debug, Args)]
pub struct Scan {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    storing: Storing,
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
        self.common.run(global, &[], None, Some(&self.storing))
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
    fn run(&self, global: &Global, ids: &[String], resource: Option<&str>, storing: Option<&Storing>) -> Result<Exit> {
        let all = self.checks.all()?;
        let config = self.checks.configuration(&all)?;
        let checks = vet(select(&all, ids)?)?;
        if self.plan {
            return super::plan::print(&self.wanted(ids, &checks), global);
        }
        let outputs = Outputs::open(&self.reporting)?;
        let keep = outputs.snapshot.clone();
        let history = storing.and_then(|storing| storing.history(self.place.replay.is_some()));
        let question = |snapshot_is_kept, was_cancelled| Question {
            checks: &checks,
            config: &config.checks,
            resource,
            threshold: Some(THRESHOLD),
            is_kept: snapshot_is_kept,
            was_cancelled,
            history: history.as_ref(),
        };
        if let Some(path) = &self.from {
            if keep.is_some() {
                bail!("-o FILE.db keeps a snapshot that is being taken; with --from there is one already");
            }
            let snapshot = Snapshot::open(path, &services::tables(), &services::views()).context("--from")?;
            return judge(global, &self.reporting, self.fail_on, outputs, &snapshot, &question(true, false));
        }
        let plan = self.wanted(ids, &checks);
        let source = Source::of(&self.place, None)?;
        let shelf = storing.and_then(|storing| Shelf::open(global, storing, self.place.replay.is_some()));
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
        judge(global, &self.reporting, self.fail_on, outputs, &snapshot, &question(keep.is_some() || is_stored, was_cancelled))
    }

    /// A scan reads everything, so that its snapshot can be asked anything; a spot check reads what it needs.
    fn wanted(&self, ids: &[String], checks: &[(crate::check::Check, crate::check::Vetted)]) -> Plan {
        if ids.is_empty() { Plan::everything() } else { Plan::for_checks(checks.iter().map(|(_, vetted)| vetted)) }
    }
}
