//! `query`: SQL over a snapshot, or over the live account, of which only the tables in the query are read.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::ask::ask;
use super::live::{Source, take};
use super::{Exit, Global, Where};
use crate::check::{Vet, coverage, unread};
use crate::inventory::{FUNCTIONS, LEDGER_DDL, Snapshot};
use crate::plan::Plan;
use crate::report::text::count;
use crate::report::{print_answer, print_csv, print_json_rows};
use crate::services;

/// Ask a snapshot, or the live account, with SQL
///
/// NULL means that the value could not be read; the tables ledger, gap and coverage say why.
#[derive(Debug, Args)]
#[command(after_help = functions())]
pub struct Query {
    /// One SELECT
    sql: String,
    /// Ask a snapshot instead of the live account
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "role_arn", "region", "replay", "org", "accounts"], help_heading = "Account")]
    from: Option<PathBuf>,
    /// Format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    format: QueryFormat,
    #[command(flatten)]
    place: Where,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum QueryFormat {
    /// For people
    Table,
    /// Comma-separated values
    Csv,
    /// A JSON list of objects
    Json,
}

fn functions() -> String {
    let line = |(name, arguments, meaning): &(&str, &str, &str)| format!("  {name}({arguments}): {meaning}");
    format!("Functions besides SQLite's own:\n{}", FUNCTIONS.iter().map(line).collect::<Vec<_>>().join("\n"))
}

impl Query {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        if self.sql.trim().trim_end_matches(';').trim().is_empty() {
            bail!("query: it is empty: write one SELECT");
        }
        if let Some(path) = &self.from {
            let snapshot = Snapshot::open(path, &services::tables(), &services::views()).context("--from")?;
            return self.answer(global, &snapshot, &self.tables()?, false);
        }
        let tables = self.tables()?;
        let plan = Plan::for_tables(tables.iter().map(String::as_str));
        let is_about_the_ledger = |table: &String| matches!(table.as_str(), "ledger" | "gap" | "coverage" | "place" | "snapshot");
        if plan.readers().is_empty() && tables.iter().all(is_about_the_ledger) {
            bail!("query: it reads no table of AWS: ask a snapshot with --from FILE");
        }
        let taken = take(global, &plan, Source::of(&self.place, None)?, None)?;
        self.answer(global, &taken.collected.snapshot, &tables, taken.collected.was_cancelled)
    }

    /// The tables that the query reads, through views too.
    fn tables(&self) -> Result<BTreeSet<String>> {
        let vet = Vet::new(services::tables(), &services::views(), LEDGER_DDL).context("driftlead's own tables")?;
        vet.tables_of(&self.sql).map_err(super::ask::explained).context("query")
    }

    fn answer(&self, global: &Global, snapshot: &Snapshot, tables: &BTreeSet<String>, was_cancelled: bool) -> Result<Exit> {
        let (columns, rows) = ask(snapshot, &self.sql).context("query")?;
        let heads: Vec<&str> = columns.iter().map(String::as_str).collect();
        let is_twice = |(i, name): &(usize, &&str)| heads[..*i].contains(name);
        if let Some((_, name)) = heads.iter().enumerate().find(is_twice).filter(|_| self.format == QueryFormat::Json) {
            bail!("query: an object cannot have two columns `{name}`: name one of them with `as`");
        }
        match self.format {
            QueryFormat::Table => print_answer(global.style(0), &heads, &rows)?,
            QueryFormat::Csv => print_csv(&heads, &rows)?,
            QueryFormat::Json => print_json_rows(&heads, &rows)?,
        }
        // A table that was not read has no rows, and that is no answer.
        let unread = unread(snapshot.connection(), tables.iter().map(String::as_str))?;
        unread.iter().for_each(|sentence| global.remark(sentence));
        let gaps = coverage(snapshot.connection())?.gaps.len();
        if gaps > 0 {
            global.remark(&format!("{}: rows or values may be missing; `select * from gap` tells which", count(gaps, "gap")));
        }
        Ok(match (was_cancelled, gaps == 0 && unread.is_empty()) {
            (true, _) => Exit::Failed,
            (false, true) => Exit::Clean,
            (false, false) => Exit::Unknown,
        })
    }
}
