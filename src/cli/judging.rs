//! How a snapshot is judged and reported on: what `scan`, `check` and `report` share.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::against::{Against, only_behind};
use super::exit::Threshold;
use super::judge::{Question, judge};
use super::notify::Notifying;
use super::output::{Outputs, PrintOn};
use super::since::{self, LAST};
use super::{Checks, Exit, Global, Reporting, vet};
use crate::check::{Check, Vetted, select};
use crate::config::Configuration;
use crate::finding::Severity;
use crate::framework::Mapped;
use crate::inventory::Snapshot;
use crate::notify::NotifySection;
use crate::report::Format;
use crate::services;
use crate::store::Store;

/// From which severity on a failure counts, unless the user says otherwise.
const THRESHOLD: Severity = Severity::Low;

/// The flags.
#[derive(Debug, Args)]
pub struct Judging {
    #[command(flatten)]
    checks: Checks,
    /// Compare with an earlier snapshot: what is new, what persists, what is resolved. The last one of the store (last), a file, or
    /// the last one by that time (2026-11-20, yesterday, 12h)
    #[arg(long, value_name = "last|FILE|TIME", help_heading = "Since last time")]
    since: Option<String>,
    /// From which severity on a failure counts for the exit code; with new: only what is new (repeatable) [default: low]
    #[arg(long, value_name = "[new:]SEVERITY", value_parser = Threshold::parser(), help_heading = "Output")]
    fail_on: Vec<Threshold>,
    /// When to print the report on standard output; files of -o are written in any case
    #[arg(long, value_name = "WHEN", default_value = "always", help_heading = "Output")]
    print_on: PrintOn,
    #[command(flatten)]
    reporting: Reporting,
}

/// What is to be asked, and around what; all checks, unless something is said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'w> {
    /// Patterns of ids.
    pub ids: &'w [String],
    /// Only this resource.
    pub resource: Option<&'w str>,
    /// What it is held against: then only the checks behind that are asked.
    pub against: Option<&'w Against>,
    /// The store's folder, where one was named.
    pub store: Option<&'w Path>,
    /// Where earlier snapshots are, for reports that draw.
    pub history: Option<&'w Store>,
    /// Whether webhooks may be told.
    pub notifying: Option<&'w Notifying>,
    /// An account is read, and no file.
    pub is_live: bool,
}

/// Everything that judging takes, made sure of before anything is read.
pub struct Prepared<'j> {
    judging: &'j Judging,
    wanted: Wanted<'j>,
    /// The checks that are asked.
    pub checks: Vec<(Check, Vetted)>,
    /// What was agreed.
    pub config: Configuration,
    frameworks: Vec<Mapped>,
}

impl Judging {
    /// Judges a snapshot that is there already.
    pub fn run_on(&self, global: &Global, path: &Path, wanted: Wanted<'_>) -> Result<Exit> {
        let prepared = self.prepare(wanted)?;
        let since = prepared.since()?;
        let outputs = self.outputs()?;
        if outputs.snapshot.is_some() {
            bail!("-o FILE.db keeps a snapshot that is being taken; with --from, and in driftlead report, there is one already");
        }
        let snapshot = Snapshot::open(path, &services::tables(), &services::views()).context("--from")?;
        prepared.judge(global, outputs, since, &snapshot, true, false)
    }

    /// Makes sure of what was asked for.
    pub fn prepare<'j>(&'j self, wanted: Wanted<'j>) -> Result<Prepared<'j>> {
        if self.since.is_none() && self.fail_on.iter().any(|threshold| threshold.only_new) {
            bail!("--fail-on new:… needs something to compare with: add --since last, or --since FILE");
        }
        if self.since.is_none() && self.print_on == PrintOn::Change {
            bail!("--print-on change needs something to compare with: add --since last, or --since FILE");
        }
        let all = self.checks.all()?;
        let config = self.checks.configuration(&all)?;
        let frameworks = wanted.against.map_or_else(|| Ok(Vec::new()), |against| against.load(&all))?;
        let checks = vet(only_behind(&frameworks, select(&all, wanted.ids)?))?;
        Ok(Prepared { judging: self, wanted, checks, config, frameworks })
    }

    /// Opens the files of `-o`.
    pub fn outputs(&self) -> Result<Outputs> {
        Outputs::open(&self.reporting)
    }

    /// Whether earlier snapshots are looked up: to compare with, or to draw how it went.
    pub fn looks_back(&self) -> bool {
        self.since.is_some() || self.reporting.formats().any(Format::draws)
    }
}

impl Prepared<'_> {
    fn notify(&self) -> Option<&NotifySection> {
        self.wanted.notifying.and_then(|notifying| notifying.section(&self.config.notify, self.wanted.is_live))
    }

    /// What is to be compared with, found before anything is read. News are news against something.
    pub fn since(&self) -> Result<Option<since::Wanted>> {
        let named = self.judging.since.as_deref();
        let what = named.or_else(|| self.notify().filter(|section| section.wants_news()).map(|_| LAST));
        let asks = match named {
            Some(_) => "--since",
            None => "[notify] tells what is new since the last snapshot of the store (--no-notify does without)",
        };
        what.map(|what| since::Wanted::of(what, self.wanted.store).context(asks)).transpose()
    }

    /// Judges a snapshot, and reports.
    pub fn judge(
        &self,
        global: &Global,
        outputs: Outputs,
        since: Option<since::Wanted>,
        snapshot: &Snapshot,
        is_kept: bool,
        was_cancelled: bool,
    ) -> Result<Exit> {
        let earlier = since.map(|since| since.earlier(global, snapshot)).transpose()?;
        let named = &self.judging.fail_on;
        let thresholds = if named.is_empty() { vec![Threshold::all(THRESHOLD)] } else { named.clone() };
        let question = Question {
            checks: &self.checks,
            config: &self.config.checks,
            frameworks: &self.frameworks,
            resource: self.wanted.resource,
            thresholds: Some(thresholds),
            earlier: earlier.as_ref(),
            is_kept,
            was_cancelled,
            notify: self.notify(),
            print_on: self.judging.print_on,
            history: self.wanted.history,
        };
        judge(global, &self.judging.reporting, outputs, snapshot, &question)
    }
}
