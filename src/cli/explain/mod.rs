//! `explain`: one check, one table or one framework, at length, from the same texts that the program itself works with.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::{Checks, Exit, Global, near};
use crate::check::select;
use crate::check::waiver::cards;
use crate::inventory::table::one_line;
use crate::inventory::{Column, Parent, Table};
use crate::report::page::Page;
use crate::services;

mod check;
mod framework;

/// Explain a check, a table, a framework or one of its requirements
#[derive(Debug, Args)]
pub struct Explain {
    /// A check's id, a table's name, or a framework: pci-dss-4.0.1, or pci-dss-4.0.1/8.3.9
    what: String,
    /// Say what the check finds in this snapshot, too
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// With --from: the most resources to show, the first in full; 0 for all, all in full
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
    /// Show the check's SELECT, too
    #[arg(long)]
    sql: bool,
    #[command(flatten)]
    checks: Checks,
}

impl Explain {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        let mut page = Page::new(global.style(self.limit));
        let is_table = self.what.starts_with("aws_");
        if is_table && self.from.is_some() {
            bail!("--from goes with a check; what a snapshot has in a table, driftlead query says");
        }
        if let Some(table) = services::tables().into_iter().find(|table| table.name == self.what) {
            explain_table(&mut page, table);
        } else if let Some(view) = services::views().into_iter().find(|view| view.name == self.what) {
            page.title(view.name, "view");
            page.prose(&view.doc());
            page.terms("Columns", view.columns().into_iter().map(|(name, doc)| (name.to_owned(), doc.to_owned())));
            page.block("SQL", view.sql);
        } else if is_table {
            let mut names: Vec<&str> = services::tables().into_iter().map(|table| table.name).collect();
            names.extend(services::views().into_iter().map(|view| view.name));
            let near = near::question(&near::of(&self.what, &names, 3));
            bail!("no table is called `{}`{near} (driftlead list tables shows all)", self.what);
        } else if let Some(card) = cards().into_iter().find(|card| card.id == self.what) {
            if self.from.is_some() || self.sql {
                bail!("{} is no SELECT: what is wrong with waivers, driftlead scan --from SNAPSHOT says", self.what);
            }
            check::explain_waiver(&mut page, &card);
        } else {
            let all = self.checks.all()?;
            if framework::explain(&mut page, &self.what, &all)? {
                if self.from.is_some() {
                    bail!("--from goes with a check; what a snapshot says of a framework, driftlead report --framework says");
                }
                page.print()?;
                return Ok(Exit::Clean);
            }
            let Some(one) = all.iter().find(|check| check.id == self.what) else {
                select(&all, std::slice::from_ref(&self.what))?;
                bail!("explain takes one id, not a pattern");
            };
            let own = self.from.as_deref().map(|path| check::found(path, &all, one, &self.checks)).transpose()?;
            check::explain(&mut page, one, &all, own.as_ref(), self.sql)?;
        }
        page.print()?;
        Ok(Exit::Clean)
    }
}

/// What the words beside the columns mean, in a line; `None` where there are none.
fn words_of(table: &Table) -> Option<String> {
    let has = |word: &str| table.columns.iter().any(|column| column.mark() == Some(word));
    let meanings = [
        ("churns", "changes without anybody changing anything, which is no drift"),
        ("derived", "follows from other columns or tables, and is no drift of its own"),
        ("ordered", "a list whose order counts"),
    ];
    let told: Vec<String> = meanings.iter().filter(|(word, _)| has(word)).map(|(word, meaning)| format!("{word}: {meaning}")).collect();
    (!told.is_empty()).then(|| format!("{}.", told.join("; ")))
}

/// A parent's table and how a row finds its own: `aws_vpc_security_group (by group_id)`.
fn parent(parent: &Parent) -> String {
    let by = |(own, theirs): &(&str, &str)| if own == theirs { (*own).to_owned() } else { format!("{own} = {theirs}") };
    format!("{} (by {})", parent.table, parent.columns.iter().map(by).collect::<Vec<_>>().join(" and "))
}

fn explain_table(page: &mut Page, table: &'static Table) {
    page.title(table.name, "table");
    page.prose(&one_line(table.doc));
    if let Some(nature) = table.nature.about_table() {
        page.prose(nature);
    }
    let column = |column: &Column| {
        let unread = if column.can_be_unread { ", NULL when unread" } else { "" };
        let mark = column.mark().map_or_else(String::new, |word| format!(", {word}"));
        (format!("{} ({}{unread}{mark})", column.name, column.kind.word()), one_line(column.doc))
    };
    page.terms("Columns", table.columns.iter().map(column));
    if let Some(words) = words_of(table) {
        page.prose(&words);
    }
    if !table.parents.is_empty() {
        let parents: Vec<String> = table.parents.iter().map(parent).collect();
        page.prose(&format!("A row is part of a row of {}.", parents.join(" or ")));
    }
    if let Some((guard_table, guard_column)) = table.guard {
        page.prose(&format!("These rows are missing when they could not be read; {guard_table}.{guard_column} is NULL then."));
    }
    if let Some(reader) = services::reader_of(table.name) {
        let calls: Vec<&str> = reader.calls.iter().map(|call| call.permission).collect();
        page.terms("Read by", [(reader.name.to_owned(), calls.join(", "))]);
    }
}
