//! `scan` and `check`: read what the checks need, ask them, report. The two differ only in which checks are asked; `report` shares
//! the half that judges.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::against::{Against, only_behind};
use super::judge::{Question, judge};
use super::live::{Source, take};
use super::output::Outputs;
use super::shelf::{Shelf, Storing};
use super::{Checks, Exit, FailOn, Global, Reporting, Where, vet};
use crate::check::{self, Vetted, select};
use crate::config::Configuration;
use crate::finding::Severity;
use crate::framework::Mapped;
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
    /// Print the calls that would be made, and make none
    #[arg(long, help_heading = "Account")]
    plan: bool,
    #[command(flatten)]
    judging: Judging,
}

/// How a snapshot is judged and reported on: what `scan`, `check` and `report` share.
#[derive(Debug, Args)]
pub struct Judging {
    #[command(flatten)]
    checks: Checks,
    /// From which severity on a failure counts for the exit code [default: low]
    #[arg(long, value_name = "SEVERITY", help_heading = "Output")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    reporting: Reporting,
}

/// What is to be asked; all checks, unless something is said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'w> {
    /// Patterns of ids.
    pub ids: &'w [String],
    /// Only this resource.
    pub resource: Option<&'w str>,
    /// What it is held against: then only the checks behind that are asked.
    pub against: Option<&'w Against>,
}

/// What is asked, with everything that it takes.
struct Prepared {
    checks: Vec<(check::Check, Vetted)>,
    config: Configuration,
    frameworks: Vec<Mapped>,
}

/// Read the accounts, ask all checks, report
#[derive(Debug, Args)]
pub struct Scan {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    against: Against,
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
        self.common.run(global, &Wanted { against: Some(&self.against), ..Wanted::default() }, Some(&self.storing))
    }
}

impl Check {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        if self.resource.as_ref().is_some_and(|arn| !arn.starts_with("arn:")) {
            bail!("--resource takes an ARN, such as arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-0a1b2c");
        }
        self.common.run(global, &Wanted { ids: &self.ids, resource: self.resource.as_deref(), against: None }, None)
    }
}

impl Common {
    fn run(&self, global: &Global, wanted: &Wanted<'_>, storing: Option<&Storing>) -> Result<Exit> {
        if let Some(path) = &self.from {
            return self.judging.run_on(global, path, wanted);
        }
        let prepared = self.judging.prepare(wanted)?;
        // A scan reads everything, whatever it is held against, so that its snapshot can be asked anything; a spot check reads what
        // it needs.
        let plan =
            if wanted.ids.is_empty() { Plan::everything() } else { Plan::for_checks(prepared.checks.iter().map(|(_, vetted)| vetted)) };
        if self.plan {
            return super::plan::print(&plan, global);
        }
        let outputs = Outputs::open(&self.judging.reporting)?;
        let keep = outputs.snapshot.clone();
        let source = Source::of(&self.place, None)?;
        let shelf = storing.and_then(|storing| Shelf::open(global, storing, self.place.replay.is_some()));
        // Where the user names a file, the snapshot is taken there, and the store gets a copy.
        let out = keep.as_deref().or(shelf.as_ref().map(Shelf::path));
        let taken = take(global, &plan, source, out)?;
        let was_cancelled = taken.collected.was_cancelled;
        let (snapshot, is_stored) = match &shelf {
            Some(shelf) if keep.is_none() => shelf.keep(global, taken.collected.snapshot, &prepared.config.store)?,
            Some(shelf) => {
                shelf.copy(global, &taken.collected.snapshot, &prepared.config.store);
                (taken.collected.snapshot, true)
            }
            None => (taken.collected.snapshot, false),
        };
        let question = Question { is_kept: keep.is_some() || is_stored, was_cancelled, ..prepared.question(wanted) };
        judge(global, &self.judging.reporting, self.judging.fail_on, outputs, &snapshot, &question)
    }
}

impl Judging {
    /// Judges a snapshot that is there already.
    pub fn run_on(&self, global: &Global, path: &Path, wanted: &Wanted<'_>) -> Result<Exit> {
        let prepared = self.prepare(wanted)?;
        let outputs = Outputs::open(&self.reporting)?;
        if outputs.snapshot.is_some() {
            bail!("-o FILE.db keeps a snapshot that is being taken; with --from, and in driftlead report, there is one already");
        }
        let snapshot = Snapshot::open(path, &services::tables(), &services::views()).context("--from")?;
        judge(global, &self.reporting, self.fail_on, outputs, &snapshot, &prepared.question(wanted))
    }

    fn prepare(&self, wanted: &Wanted<'_>) -> Result<Prepared> {
        let all = self.checks.all()?;
        let config = self.checks.configuration(&all)?;
        let frameworks = wanted.against.map_or_else(|| Ok(Vec::new()), |against| against.load(&all))?;
        let checks = vet(only_behind(&frameworks, select(&all, wanted.ids)?))?;
        Ok(Prepared { checks, config, frameworks })
    }
}

impl Prepared {
    /// The question to a snapshot that is kept and whole.
    fn question<'q>(&'q self, wanted: &Wanted<'q>) -> Question<'q> {
        Question {
            checks: &self.checks,
            config: &self.config.checks,
            frameworks: &self.frameworks,
            resource: wanted.resource,
            threshold: Some(THRESHOLD),
            is_kept: true,
            was_cancelled: false,
        }
    }
}
