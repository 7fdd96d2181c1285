//! WHAT THE USER SAID: every flag, grouped by what it is about; its doc comment is its help.
//!
//! One file a command. A command turns what was typed into what is to be done and hands back an [`Exit`]; it neither judges nor
//! prints by itself, except for the lists and texts that it exists for.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::check::{self, Check, Vet, Vetted};
use crate::config::Configuration;
use crate::finding::Severity;
use crate::inventory::LEDGER_DDL;
use crate::report::{Format, Style};
use crate::services;

mod absence;
mod against;
pub mod ask;
pub mod bisect;
mod demo;
mod drift;
mod errand;
mod exhibits;
#[cfg(test)]
mod exhibits_test;
mod exit;
mod explain;
pub mod help;
mod init;
mod judge;
mod judging;
mod list;
mod live;
mod merge;
mod near;
mod notify;
mod output;
mod permissions;
mod plan;
mod query;
mod report;
mod scan;
mod seal;
mod selftest;
mod shelf;
mod shell;
mod since;
mod snapshot;
mod verify;
mod waive;
mod whose;

pub use exit::Exit;
use whose::Where;

/// Reads live AWS accounts and says what is true there, with receipts.
///
/// Nothing is ever changed in an account: every call is declared, and a call that does not read is refused before it is sent.
/// What could not be read is unknown, never fine.
#[derive(Debug, Parser)]
#[command(name = "driftlead", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 all read, nothing found · 1 found · 2 could not run · 3 nothing found, but something is unknown")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read the accounts, ask all checks, report
    Scan(scan::Scan),
    /// Ask some checks, making only the calls that they need
    Check(scan::Check),
    /// Judge a stored snapshot again, and report
    Report(report::Report),
    /// Read the accounts into a file, to be judged later or elsewhere
    Snapshot(snapshot::Snapshot),
    /// Join snapshots of different accounts into one
    Merge(merge::Merge),
    /// Sign what a snapshot holds, so that it can be proven later
    Seal(seal::Seal),
    /// Prove that a snapshot is what was sealed, or say what is not
    Verify(verify::Verify),
    /// Ask a snapshot, or the live account, with SQL
    Query(query::Query),
    /// Compare what is with what was declared, or with what was
    Drift(drift::Drift),
    /// Accept what is found, with a reason, an owner and an end
    Waive(waive::Waive),
    /// Write a driftlead.toml that explains every setting
    Init(init::Init),
    /// List checks, tables, services, frameworks or snapshots
    List(list::List),
    /// Explain a check, a table, a framework or one of its requirements
    Explain(explain::Explain),
    /// Print the least-privilege policy for what is to be read
    Permissions(permissions::Permissions),
    /// Show a scan of a broken platform: no account, no network
    Demo(demo::Demo),
    /// Prove that faults on the way to AWS make no verdict wrong
    Selftest(selftest::Selftest),
    /// Print completions for a shell
    Completions(shell::Completions),
    /// Write the manual pages into a folder, or print the first of them
    Man(shell::Man),
}

/// Flags of every command.
#[derive(Debug, Args)]
struct Global {
    /// Say nothing on standard error but errors
    #[arg(long, short, global = true, help_heading = "Output")]
    quiet: bool,
    /// Show no progress
    #[arg(long, global = true, help_heading = "Output")]
    no_progress: bool,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    color: ColorChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Which checks there are.
#[derive(Debug, Args)]
struct Checks {
    /// Folder with checks of your own: SERVICE/FAULT.sql (repeatable)
    #[arg(long, value_name = "DIR", help_heading = "Checks")]
    checks: Vec<PathBuf>,
    /// Configuration with parameters, rules and more (default: driftlead.toml, if it is there)
    #[arg(long, value_name = "FILE", help_heading = "Checks")]
    config: Option<PathBuf>,
}

/// How to report.
#[derive(Debug, Args)]
struct Reporting {
    /// Format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    format: Format,
    /// Write a report to a file as well; the format goes by the suffix, .db keeps the snapshot (repeatable)
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Vec<PathBuf>,
    /// Show passes too, not only count them
    #[arg(long, value_name = "STATUS", help_heading = "Output")]
    show: Option<Show>,
    /// Most resources to show of one check in the table, the first of them in full; 0 for all, in full
    #[arg(long, value_name = "N", default_value_t = 5, help_heading = "Output")]
    limit: usize,
}

impl Reporting {
    /// The formats that are written, as far as the files' names say them.
    fn formats(&self) -> impl Iterator<Item = Format> {
        self.output.iter().filter_map(|path| Format::of(path)).chain([self.format])
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Show {
    /// Passes with their evidence
    Pass,
}

/// From which severity on a failure counts for the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Critical,
    High,
    Medium,
    Low,
    Info,
}

impl From<FailOn> for Severity {
    fn from(word: FailOn) -> Self {
        match word {
            FailOn::Critical => Self::Critical,
            FailOn::High => Self::High,
            FailOn::Medium => Self::Medium,
            FailOn::Low => Self::Low,
            FailOn::Info => Self::Info,
        }
    }
}

/// Runs what was typed.
///
/// # Errors
/// Whatever kept it from running; `main` prints it and ends with [`Exit::Failed`].
pub fn run(cli: Cli) -> Result<Exit> {
    let global = &cli.global;
    match cli.command {
        Command::Scan(scan) => scan.run(global),
        Command::Check(check) => check.run(global),
        Command::Report(report) => report.run(global),
        Command::Snapshot(snapshot) => snapshot.run(global),
        Command::Merge(merge) => merge.run(global),
        Command::Seal(seal) => seal.run(global),
        Command::Verify(verify) => verify.run(global),
        Command::Query(query) => query.run(global),
        Command::Drift(drift) => drift.run(global),
        Command::Waive(waive) => waive.run(global),
        Command::Init(init) => init.run(global),
        Command::List(list) => list.run(global),
        Command::Explain(explain) => explain.run(global),
        Command::Permissions(permissions) => permissions.run(global),
        Command::Demo(demo) => demo.run(global),
        Command::Selftest(selftest) => selftest.run(global),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    }
}

impl Global {
    /// How to write for people on standard output.
    fn style(&self, limit: usize) -> Style {
        use std::io::IsTerminal;
        let is_terminal = std::io::stdout().is_terminal();
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let color = match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                !set("NO_COLOR") && (set("CLICOLOR_FORCE") || (is_terminal && std::env::var("TERM").as_deref() != Ok("dumb")))
            }
        };
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let terminal = is_terminal.then(terminal_size::terminal_size).flatten().map(|(width, _)| usize::from(width.0));
        let wanted = terminal.or(columns);
        let width = wanted.unwrap_or(100).clamp(60, 140);
        Style { color, width, is_bounded: wanted.is_some(), limit }
    }

    fn shows_progress(&self) -> bool {
        use std::io::IsTerminal;
        !self.quiet && !self.no_progress && std::io::stderr().is_terminal()
    }

    /// A remark on standard error.
    fn remark(&self, text: &str) {
        if !self.quiet {
            crate::report::remark(text);
        }
    }
}

impl Checks {
    /// All checks, the shipped ones and the user's, sorted by id.
    fn all(&self) -> Result<Vec<Check>> {
        let mut checks = check::shipped()?;
        for folder in &self.checks {
            let own = check::from_folder(folder).context("--checks")?;
            if own.is_empty() {
                bail!("--checks {}: there is no SERVICE/FAULT.sql in it", folder.display());
            }
            check::join(&mut checks, own).context("--checks")?;
        }
        Ok(checks)
    }

    /// The configuration, made sure that it fits the checks.
    fn configuration(&self, checks: &[Check]) -> Result<Configuration> {
        let default = PathBuf::from("driftlead.toml");
        let mut config = match &self.config {
            Some(path) => Configuration::read(path)?,
            None if default.is_file() => Configuration::read(&default)?,
            None => Configuration::default(),
        };
        config.checks.fits(checks)?;
        Ok(config)
    }
}

/// Vets checks: asks SQLite what they read.
fn vet(checks: Vec<Check>) -> Result<Vec<(Check, Vetted)>> {
    let vet = Vet::new(services::tables(), &services::views(), LEDGER_DDL).context("driftlead's own tables")?;
    checks.into_iter().map(|check| Ok((vet.vet(&check).map(|vetted| (check, vetted)))?)).collect()
}
