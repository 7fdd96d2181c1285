//! `list`: what there is to ask, and of what.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use super::{Checks, Exit, Global, against, shelf};
use crate::check::waiver::cards;
use crate::framework::Mapped;
use crate::inventory::kind::Words;
use crate::inventory::table::one_line;
use crate::report::{print_rows, print_text};
use crate::services;
use crate::store::Entry;

/// List checks, tables, services, frameworks or snapshots
#[derive(Debug, Args)]
pub struct List {
    /// What to list
    #[arg(required_unless_present = "config_schema")]
    what: Option<What>,
    /// Print the JSON Schema of driftlead.toml, for editors
    #[arg(long, conflicts_with_all = ["what", "store", "account"], help_heading = "Configuration")]
    config_schema: bool,
    /// With snapshots: the folder (default: DRIFTLEAD_STORE, or a folder with the user's data)
    #[arg(long, value_name = "DIR", help_heading = "Snapshots")]
    store: Option<PathBuf>,
    /// With snapshots: only those of this account
    #[arg(long, value_name = "ID", help_heading = "Snapshots")]
    account: Option<String>,
    #[command(flatten)]
    checks: Checks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Checks with their severity, leg and family
    Checks,
    /// Tables and views
    Tables,
    /// Services that are read
    Services,
    /// Frameworks, with how many of their requirements have a check behind them
    Frameworks,
    /// Types of CloudFormation and Terraform that drift compares, with the columns
    Kinds,
    /// Snapshots in the store, the oldest first
    Snapshots,
}

impl List {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        let Some(what) = self.what else {
            print_text(&format!("{:#}", crate::config::schema()))?;
            return Ok(Exit::Clean);
        };
        if what != What::Snapshots && (self.store.is_some() || self.account.is_some()) {
            bail!("--store and --account go with driftlead list snapshots");
        }
        let style = global.style(0);
        let (heads, rows): (&[&str], Vec<Vec<String>>) = match what {
            // Five columns of a hundred checks do not fit a narrow terminal; `explain` tells the rest.
            What::Checks if style.is_bounded && style.width < 130 => {
                let three = |row: Vec<String>| [0, 1, 4].map(|i| row[i].clone()).to_vec();
                (&["id", "severity", "title"], self.list_checks()?.into_iter().map(three).collect())
            }
            What::Checks => (&["id", "severity", "leg", "family", "title"], self.list_checks()?),
            What::Tables => (&["table", "what"], tables()),
            What::Services => (&["service", "name", "tables"], list_services()),
            What::Kinds if style.is_bounded => {
                let two = |row: Vec<String>| row[..2].to_vec();
                (&["type", "table"], list_kinds().into_iter().map(two).collect())
            }
            What::Kinds => (&["type", "table", "columns"], list_kinds()),
            What::Frameworks => (&["framework", "requirements", "checked", "checks", "title"], self.list_frameworks()?),
            // On a terminal the files' names say when and whose; in a pipe there is room for all.
            What::Snapshots if style.is_bounded => {
                let short = |row: Vec<String>| [0, 3, 4, 5, 7].map(|i| row[i].clone()).to_vec();
                (&["file", "regions", "size", "calls", "state"], self.list_snapshots(global, true)?.into_iter().map(short).collect())
            }
            What::Snapshots => {
                (&["file", "started_at", "accounts", "regions", "size", "calls", "gaps", "state"], self.list_snapshots(global, false)?)
            }
        };
        print_rows(style, heads, &rows)?;
        Ok(Exit::Clean)
    }

    fn list_checks(&self) -> Result<Vec<Vec<String>>> {
        let row = |check: crate::check::Check| {
            let card = check.card;
            vec![check.id, card.severity.word().to_owned(), card.leg.word().to_owned(), card.family, card.title]
        };
        // What is asked of waivers is asked by no SELECT, and told like any other.
        let of_waivers = cards()
            .into_iter()
            .map(|card| vec![card.id, card.severity.word().to_owned(), card.leg.word().to_owned(), card.family, card.title]);
        let mut rows: Vec<Vec<String>> = self.checks.all()?.into_iter().map(row).chain(of_waivers).collect();
        rows.sort();
        Ok(rows)
    }

    fn list_snapshots(&self, global: &Global, in_few: bool) -> Result<Vec<Vec<String>>> {
        let store = shelf::store(self.store.as_deref())?;
        let mut entries = store.list()?;
        if let Some(account) = &self.account {
            // Of what cannot be read, the name says whose it was.
            entries.retain(|entry| entry.accounts().contains(account) || (entry.glance.is_err() && entry.name().contains(account)));
        }
        let of = self.account.as_ref().map_or_else(String::new, |account| format!(" of {account}"));
        match entries.is_empty() {
            true => global.remark(&format!("{} holds no snapshot{of}: driftlead scan puts one there.", store.folder().display())),
            false if in_few => global.remark(&format!("In {}:", store.folder().display())),
            false => {}
        }
        Ok(entries.iter().map(|entry| snapshot_row(entry, in_few)).collect())
    }

    /// A framework: its requirements, how many of them have a check, by how many checks; at the end what checks of the user's own
    /// name and no file describes.
    fn list_frameworks(&self) -> Result<Vec<Vec<String>>> {
        let all = self.checks.all()?;
        let shipped = against::shipped(&all)?;
        let row = |mapped: &Mapped| {
            let of = &mapped.framework;
            let checked = mapped.clauses().filter(|(_, checks)| !checks.is_empty()).count();
            let numbers = [of.clauses.len(), checked, mapped.checks().len()].map(|number| number.to_string());
            [vec![of.id.clone()], numbers.to_vec(), vec![of.full_title()]].concat()
        };
        let mut rows: Vec<Vec<String>> = shipped.iter().map(row).collect();
        let mut others: BTreeMap<&str, (BTreeSet<&str>, usize)> = BTreeMap::new();
        for check in &all {
            for (name, ids) in &check.card.frameworks {
                if !shipped.iter().any(|mapped| mapped.framework.id == *name) {
                    let other = others.entry(name).or_default();
                    other.0.extend(ids.iter().map(String::as_str));
                    other.1 += 1;
                }
            }
        }
        let unknown = "(no file: give one with scan --framework FILE)";
        let row = |(name, (ids, checks)): (&str, (BTreeSet<&str>, usize))| {
            vec![name.to_owned(), "-".to_owned(), ids.len().to_string(), checks.to_string(), unknown.to_owned()]
        };
        rows.extend(others.into_iter().map(row));
        Ok(rows)
    }
}

fn tables() -> Vec<Vec<String>> {
    let first = |doc: &str| one_line(doc).split_once(". ").map_or_else(|| one_line(doc), |(first, _)| format!("{first}."));
    let mut rows: Vec<Vec<String>> = services::tables().into_iter().map(|table| vec![table.name.to_owned(), first(table.doc)]).collect();
    rows.extend(services::views().into_iter().map(|view| vec![view.name.to_owned(), first(&view.doc())]));
    rows.sort();
    rows
}

/// A file of the store in all columns; in few, the file without its folder, the regions counted, and the gaps with the state.
fn snapshot_row(entry: &Entry, in_few: bool) -> Vec<String> {
    let file = if in_few { entry.name() } else { entry.path.display().to_string() };
    let none = || "-".to_owned();
    let glance = match &entry.glance {
        Ok(glance) => glance,
        Err(wrong) => return vec![file, none(), none(), none(), size(entry.size), none(), none(), wrong.clone()],
    };
    let meta = &glance.meta;
    let regions = if in_few { meta.regions.len().to_string() } else { meta.regions.join(",") };
    let mut state = if meta.complete { "complete" } else { "incomplete" }.to_owned();
    if in_few && glance.gaps > 0 {
        state += &format!(", {} gap{}", glance.gaps, if glance.gaps == 1 { "" } else { "s" });
    }
    if entry.is_sealed {
        state += ", sealed";
    }
    let (at, accounts) = (meta.started_at.as_str().to_owned(), meta.accounts.join(","));
    vec![file, at, accounts, regions, size(entry.size), glance.calls.to_string(), glance.gaps.to_string(), state]
}

/// Bytes for people, in a word: `1.2MB`.
fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    let found = units.into_iter().find(|(unit, _)| bytes >= *unit);
    found.map_or_else(|| format!("{bytes}B"), |(unit, name)| format!("{}{name}", tenths(unit)))
}

/// Every declared type and the tables that it fills, with the columns on which it can have an opinion.
fn list_kinds() -> Vec<Vec<String>> {
    let mut kinds: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for kind in services::kinds() {
        for words in [Words::CloudFormation, Words::Terraform] {
            for name in kind.types(words) {
                for (table, column, rule) in kind.rules() {
                    let is_told = !rule.paths(words).is_empty() || rule.is.is_some();
                    let columns = kinds.entry((name.clone(), table.to_owned())).or_default();
                    columns.extend((is_told && !column.is_empty()).then(|| column.to_owned()));
                }
            }
        }
    }
    kinds.retain(|_, columns| !columns.is_empty());
    let row = |((name, table), columns): ((String, String), BTreeSet<String>)| {
        vec![name, table, columns.into_iter().collect::<Vec<_>>().join(", ")]
    };
    kinds.into_iter().map(row).collect()
}

fn list_services() -> Vec<Vec<String>> {
    let row = |service: &&services::Service| {
        let tables = service.readers.iter().flat_map(|reader| reader.tables).map(|table| table.name);
        vec![service.name.to_owned(), service.title.to_owned(), tables.collect::<Vec<_>>().join(", ")]
    };
    services::ALL.iter().map(row).collect()
}
