//! `drift`: what was declared, or what was, against what is.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::exit::Exit;
use super::live::{Source as Live, Taken, take};
use super::{Checks, FailOn, Global, Where, vet};
use crate::change::{Change, Counts, Kind, Scope};
use crate::check::select;
use crate::finding::Severity;
use crate::inventory::Snapshot;
use crate::plan::Plan;
use crate::report::drift::{Drift as Told, DriftFormat};
use crate::services;

mod against;
#[cfg(test)]
mod data_test;
mod since;
mod who;

/// From which severity on a change counts, unless the user says otherwise.
const THRESHOLD: Severity = Severity::Low;

/// Compare what is with what was declared, or with what was
///
/// Without a flag the latest two snapshots of the store are compared.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 no drift · 1 drift · 2 could not run · 3 no drift, but something is unknown")]
pub struct Drift {
    /// Compare with this snapshot: a file, or the last one in the store by that time (2026-11-20, yesterday, 12h)
    #[arg(long, value_name = "FILE|TIME", help_heading = "With what", conflicts_with_all = DECLARED)]
    since: Option<String>,
    /// Compare two snapshots: files or times, the older first
    #[arg(long, value_names = ["OLDER", "NEWER"], num_args = 2, help_heading = "With what", conflicts_with_all = DECLARED)]
    between: Option<Vec<String>>,
    /// Compare every stack with its own template, parameters and resources
    #[arg(long, visible_alias = "cfn", help_heading = "With what")]
    cloudformation: bool,
    /// Only stacks of this name; patterns such as payment-* are understood (repeatable). With --template: the stack that it is for
    #[arg(long, value_name = "NAME", help_heading = "With what")]
    stack: Vec<String>,
    /// A template, or a cdk.out folder, against its stack (repeatable)
    #[arg(long, value_name = "FILE|FOLDER", help_heading = "With what")]
    template: Vec<PathBuf>,
    /// A Terraform or OpenTofu state: a file, or s3://BUCKET/KEY (repeatable)
    #[arg(long, value_name = "FILE|URL", help_heading = "With what")]
    state: Vec<String>,
    /// List what is in no declaration too, not only how much
    #[arg(long, help_heading = "What to tell")]
    unmanaged: bool,
    /// Ask CloudTrail who made each change
    #[arg(long, help_heading = "What to tell")]
    who: bool,
    /// Most lookups of CloudTrail, two a second
    #[arg(long, value_name = "N", default_value_t = 600, requires = "who", help_heading = "What to tell")]
    who_limit: usize,
    /// Do not ask the checks what the changes mean
    #[arg(long, help_heading = "What to tell")]
    no_verdicts: bool,
    /// In the snapshots of the store: when did this check's verdict on this resource turn?
    #[arg(long, value_names = ["CHECK", "RESOURCE"], num_args = 2, help_heading = "What to tell", conflicts_with_all = ["since", "between", "who"], conflicts_with_all = DECLARED)]
    bisect: Option<Vec<String>>,
    /// Compare a snapshot instead of reading the account
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "role_arn", "region", "replay", "org", "accounts"], help_heading = "Account")]
    from: Option<PathBuf>,
    /// The account, where the store has snapshots of several
    #[arg(long, value_name = "ID", help_heading = "Account")]
    account: Option<String>,
    /// Folder with snapshots (default: DRIFTLEAD_STORE, or a folder with the user's data)
    #[arg(long, value_name = "DIR", help_heading = "Account")]
    store: Option<PathBuf>,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    checks: Checks,
    /// From which severity on a change counts for the exit code [default: low]
    #[arg(long, value_name = "SEVERITY", help_heading = "Output")]
    fail_on: Option<FailOn>,
    /// Format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    format: DriftFormat,
    /// Write it to a file as well; the format goes by the suffix: .txt, .json, .md (repeatable)
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Vec<PathBuf>,
    /// Most differences to show of one value in the table; 0 for all
    #[arg(long, value_name = "N", default_value_t = 5, help_heading = "Output")]
    limit: usize,
}

/// The flags that name declarations.
const DECLARED: [&str; 3] = ["cloudformation", "template", "state"];

/// What a comparison came to, before it is told.
struct Compared {
    /// When all was as it was, RFC 3339; '' if nobody knows.
    since: String,
    scope: Scope,
    changes: Vec<Change>,
    verdicts: Vec<crate::change::Flip>,
    unlisted: u64,
    is_complete: bool,
}

impl Drift {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        let files = self.files()?;
        let is_declared = self.cloudformation || !self.template.is_empty() || !self.state.is_empty();
        if !self.stack.is_empty() && !is_declared {
            bail!("--stack goes with --cloudformation or --template");
        }
        if self.unmanaged && !is_declared {
            bail!("--unmanaged goes with what declares: --cloudformation, --template or --state");
        }
        let all = self.checks.all()?;
        let config = self.checks.configuration(&all)?;
        if let Some([check, resource]) = self.bisect.as_deref() {
            return self.bisect(global, &all, &config, check, resource);
        }
        let mut compared = if is_declared { self.against(global, &all, &config)? } else { self.since(global, &all, &config)? };
        if self.who {
            self.ask_who(global, &mut compared)?;
        }
        self.tell(global, files, compared)
    }

    fn files(&self) -> Result<Vec<(DriftFormat, PathBuf)>> {
        let mut seen = BTreeSet::new();
        let mut files = Vec::new();
        for path in &self.output {
            let Some(format) = DriftFormat::of(path) else {
                bail!("-o {}: no format has this suffix; known are .{}", path.display(), DriftFormat::SUFFIXES.join(", ."));
            };
            if path.is_dir() {
                bail!("-o {}: it is a folder", path.display());
            }
            if !seen.insert(path) {
                bail!("-o {}: it is there twice", path.display());
            }
            files.push((format, path.clone()));
        }
        Ok(files)
    }

    /// The snapshot that is compared: a file, or the account as it is now.
    fn found(&self, global: &Global) -> Result<Found> {
        if let Some(path) = &self.from {
            let snapshot = Snapshot::open(path, &services::tables(), &services::views()).context("--from")?;
            return Ok(Found::File(snapshot));
        }
        let plan = if self.no_verdicts {
            let kinds = services::kinds().iter();
            let tables = kinds.flat_map(|kind| kind.rows.iter().map(|rows| rows.table.as_str()).chain([kind.table.as_str()]));
            Plan::for_tables(tables.chain(against::ALWAYS))
        } else {
            Plan::everything()
        };
        Ok(Found::Taken(take(global, &plan, Live::of(&self.place, None)?, None)?))
    }

    fn bisect(
        &self,
        global: &Global,
        all: &[crate::check::Check],
        config: &crate::config::Configuration,
        check: &str,
        resource: &str,
    ) -> Result<Exit> {
        let format = match self.format {
            DriftFormat::Table => crate::report::Format::Table,
            DriftFormat::Json => crate::report::Format::Json,
            DriftFormat::Markdown => bail!("--bisect: the formats are table and json"),
        };
        if !self.output.is_empty() {
            bail!("--bisect prints on standard output; -o has no part in it");
        }
        let store = super::shelf::store(self.store.as_deref())?;
        let check = super::bisect::one(all, check)?;
        let asked = super::bisect::Asked { check: &check, config: &config.checks, resource, account: self.account.as_deref() };
        let turn = super::bisect::bisect(&store, &asked)?;
        turn.print(global.style(self.limit), format)?;
        Ok(super::bisect::exit(&turn))
    }

    fn tell(&self, global: &Global, files: Vec<(DriftFormat, PathBuf)>, compared: Compared) -> Result<Exit> {
        let Compared { scope, mut changes, verdicts, unlisted, is_complete, .. } = compared;
        let order = |change: &Change| (std::cmp::Reverse(change.severity), change.table.clone(), change.resource.clone(), change.kind);
        changes.sort_by_cached_key(order);
        let mut counts = Counts::default();
        changes.iter().for_each(|change| counts.count(change));
        // One verdict may have turned with several changes.
        let told = changes.iter().filter(|change| change.ignored.is_empty()).flat_map(|change| &change.verdicts).chain(&verdicts);
        let worse: BTreeSet<(&str, &str)> =
            told.filter(|flip| flip.is_worse()).map(|flip| (flip.check.as_str(), flip.resource.as_str())).collect();
        counts.worse = worse.len() as u64;
        let told = Told { scope, counts, changes, verdicts, unlisted, is_judged: !self.no_verdicts };
        let style = global.style(self.limit);
        for (format, path) in files {
            let style = crate::report::Style { color: false, limit: 0, ..style };
            let mut out = BufWriter::new(File::create(&path).with_context(|| format!("-o {}", path.display()))?);
            format.write(&mut out, style, &told).with_context(|| format!("-o {}", path.display()))?;
        }
        let mut out: Box<dyn Write> = Box::new(BufWriter::new(std::io::stdout().lock()));
        self.format.write(&mut out, style, &told)?;
        Ok(self.exit(&told, is_complete))
    }

    fn exit(&self, told: &Told, is_complete: bool) -> Exit {
        let threshold = self.fail_on.map_or(THRESHOLD, Severity::from);
        let is_told = |change: &&Change| change.ignored.is_empty();
        let is_drift = |change: &Change| change.kind != Kind::Unknown && change.severity >= threshold;
        if !is_complete {
            Exit::Failed
        } else if told.changes.iter().filter(is_told).any(is_drift) {
            Exit::Found
        } else if told.changes.iter().filter(is_told).any(|change| change.kind == Kind::Unknown) {
            Exit::Unknown
        } else {
            Exit::Clean
        }
    }
}

/// What is compared, and the folder that keeps it while it is needed.
enum Found {
    File(Snapshot),
    Taken(Taken),
}

impl Found {
    fn snapshot(&self) -> &Snapshot {
        match self {
            Self::File(snapshot) => snapshot,
            Self::Taken(taken) => &taken.collected.snapshot,
        }
    }

    fn was_cancelled(&self) -> bool {
        matches!(self, Self::Taken(taken) if taken.collected.was_cancelled)
    }
}

/// What a comparison with a snapshot begins with.
fn scope_of(scope: Scope, snapshot: &Snapshot, is_kept: bool) -> Scope {
    let meta = &snapshot.meta;
    Scope {
        snapshot: if is_kept { snapshot.path.display().to_string() } else { String::new() },
        started_at: meta.started_at.as_str().to_owned(),
        accounts: meta.accounts.clone(),
        regions: meta.regions.clone(),
        ..scope
    }
}

/// The checks that are asked what the changes mean.
fn judged(all: &[crate::check::Check]) -> Result<Vec<(crate::check::Check, crate::check::Vetted)>> {
    vet(select(all, &[])?)
}
