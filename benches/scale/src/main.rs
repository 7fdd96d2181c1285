//! Measures driftlead: `scale [SCENARIO…]` against its targets, `scale peer` beside the most used peer, `scale page FILE` as Markdown.
//!
//! What each figure means, and the commands that reproduce README's tables, are in `benches/README.md`.

mod account;
mod bed;
mod bound;
mod machine;
mod measure;
mod page;
mod peer;
mod row;
mod run;
mod scenario;
mod server;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use serde_json::{Value, json};

use crate::run::Tools;

/// What this driver returns; whoever reads an error can only read it.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Measures driftlead against a synthetic AWS.
#[derive(Debug, Parser)]
#[command(name = "scale", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Task>,
    #[command(flatten)]
    scale: Scale,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run driftlead and Prowler on the same accounts
    Peer(peer::Peer),
    /// Print the figures of a file as Markdown
    Page {
        /// What --json wrote
        file: PathBuf,
    },
    /// List the scenarios
    List,
    /// Run a command and say what it cost
    #[command(hide = true)]
    Measure {
        #[arg(long)]
        to: PathBuf,
        #[arg(long)]
        limit: u64,
        #[arg(last = true)]
        command: Vec<String>,
    },
}

/// Which scenarios, and what is run.
#[derive(Debug, clap::Args)]
struct Scale {
    /// Scenarios to run [default: the quick ones]
    #[arg(value_name = "SCENARIO")]
    names: Vec<String>,
    /// All scenarios
    #[arg(long, conflicts_with = "names")]
    full: bool,
    #[command(flatten)]
    common: Common,
}

/// What all measuring is told.
#[derive(Debug, clap::Args)]
pub struct Common {
    /// Write the figures there
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// driftlead [default: beside this program]
    #[arg(long, value_name = "FILE")]
    driftlead: Option<PathBuf>,
    /// The synthetic AWS [default: beside this program]
    #[arg(long, value_name = "FILE")]
    synthetic: Option<PathBuf>,
    /// Folder for snapshots meanwhile: 2 GB for the largest [default: that of the system]
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
}

impl Common {
    /// The programs to run.
    pub fn tools(&self) -> Outcome<Tools> {
        let me = std::env::current_exe()?;
        let beside = |given: &Option<PathBuf>, name: &str| -> Outcome<PathBuf> {
            let path = given.clone().or_else(|| Some(me.parent()?.join(name))).ok_or("this program lies in no folder")?;
            path.canonicalize().map_err(|error| format!("{}: {error} (build it: see benches/README.md)", path.display()).into())
        };
        let driftlead = beside(&self.driftlead, "driftlead")?;
        Ok(Tools { driftlead, synthetic: beside(&self.synthetic, "synthetic-aws")?, scratch: self.scratch.clone() })
    }

    /// Writes figures where they were asked for, and prints their tables.
    pub fn tell(&self, figures: &Value) -> Outcome<()> {
        print!("\n{}", page::page(figures));
        if let Some(path) = &self.json {
            std::fs::write(path, serde_json::to_string_pretty(figures)? + "\n")?;
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        None => scale(&arguments.scale),
        Some(Task::Peer(peer)) => peer.run(),
        Some(Task::Page { file }) => print(file),
        Some(Task::List) => {
            scenario::ALL.iter().for_each(|one| println!("{:<18} {:<6} {}", one.name, if one.is_quick { "quick" } else { "" }, one.about));
            Ok(())
        }
        Some(Task::Measure { to, limit, command }) => measure::only_child(to, *limit, command).map(|_| ()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scale: {error}");
            ExitCode::from(2)
        }
    }
}

fn print(file: &Path) -> Outcome<()> {
    print!("{}", page::page(&serde_json::from_slice(&std::fs::read(file)?)?));
    Ok(())
}

fn scale(asked: &Scale) -> Outcome<()> {
    let unknown = asked.names.iter().find(|name| *name != "start" && !scenario::ALL.iter().any(|one| one.name == **name));
    if let Some(name) = unknown {
        return Err(format!("there is no scenario `{name}`: see scale list").into());
    }
    let is_wanted = |one: &&scenario::Scenario| {
        asked.full || asked.names.iter().any(|name| name == one.name) || (asked.names.is_empty() && one.is_quick)
    };
    let tools = asked.common.tools()?;
    let mut figures = head("scale");
    let mut rows = Vec::new();
    let mut tell = |row: row::Row| {
        let met = row.targets.iter().map(|aim| if aim.met { "met" } else { "MISSED" }).collect::<Vec<_>>().join(", ");
        eprintln!(
            "{:<18} {:<10} {:>9.3} s {:>9.3} CPU s {:>7.1} MB  {met} {}",
            row.name, row.phase, row.wall_s, row.cpu_s, row.peak_mb, row.note
        );
        rows.push(row);
    };
    if asked.names.is_empty() || asked.names.iter().any(|name| name == "start") {
        run::starts(&tools, &mut tell)?;
    }
    for one in scenario::ALL.iter().filter(is_wanted) {
        run::run(&tools, one, &mut tell)?;
    }
    let slope = run::slope(&rows);
    rows.extend(slope);
    figures["scenarios"] = serde_json::to_value(rows)?;
    asked.common.tell(&figures)
}

/// What all figures begin with.
pub fn head(kind: &str) -> Value {
    let date = std::process::Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"]).output();
    json!({
        "kind": kind,
        "measured_at": date.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).ok(),
        "machine": machine::machine(),
        "commit": machine::commit(Path::new(env!("CARGO_MANIFEST_DIR"))),
    })
}
