//! `explain`: one check or one table, at length, from the same texts that the program itself works with.

use anyhow::{Result, bail};
use clap::Args;

use super::{Checks, Exit, Global, near, vet};
use crate::check::{Check, select};
use crate::inventory::table::one_line;
use crate::plan::Plan;
use crate::report::page::Page;
use crate::services;

/// Explain a check or a table
#[derive(Debug, Args)]
pub struct Explain {
    /// A check's id or a table's name
    what: String,
    #[command(flatten)]
    checks: Checks,
}

impl Explain {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        let mut page = Page::new(global.style(0));
        if let Some(table) = services::tables().into_iter().find(|table| table.name == self.what) {
            explain_table(&mut page, table);
        } else if let Some(view) = services::views().into_iter().find(|view| view.name == self.what) {
            page.title(view.name, "view");
            page.prose(&view.doc());
            page.terms("Columns", view.columns().into_iter().map(|(name, doc)| (name.to_owned(), doc.to_owned())));
            page.block("SQL", view.sql);
        } else {
            let all = self.checks.all()?;
            let Some(check) = all.iter().find(|check| check.id == self.what) else {
                if self.what.starts_with("aws_") {
                    let mut names: Vec<&str> = services::tables().into_iter().map(|table| table.name).collect();
                    names.extend(services::views().into_iter().map(|view| view.name));
                    let near = near::question(&near::of(&self.what, &names, 3));
                    bail!("no table is called `{}`{near} (driftlead list tables shows all)", self.what);
                }
                select(&all, std::slice::from_ref(&self.what))?;
                bail!("explain takes one id, not a pattern");
            };
            explain_check(&mut page, check)?;
        }
        page.print()?;
        Ok(Exit::Clean)
    }
}

fn explain_table(page: &mut Page, table: &'static crate::inventory::Table) {
    page.title(table.name, "table");
    page.prose(&one_line(table.doc));
    let column = |column: &crate::inventory::Column| {
        let unread = if column.can_be_unread { ", NULL when unread" } else { "" };
        (format!("{} ({}{unread})", column.name, column.kind.word()), one_line(column.doc))
    };
    page.terms("Columns", table.columns.iter().map(column));
    if let Some((guard_table, guard_column)) = table.guard {
        page.prose(&format!("These rows are missing when they could not be read; {guard_table}.{guard_column} is NULL then."));
    }
    if let Some(reader) = services::reader_of(table.name) {
        let calls: Vec<&str> = reader.calls.iter().map(|call| call.permission).collect();
        page.terms("Read by", [(reader.name.to_owned(), calls.join(", "))]);
    }
}

fn explain_check(page: &mut Page, check: &Check) -> Result<()> {
    let card = &check.card;
    page.title(&card.title, &check.id);
    let legs = match card.leg {
        crate::finding::Leg::Configured => "what was declared on the resource",
        crate::finding::Leg::Working => "that it really works: a state, a time, an event, a metric or an object says so",
    };
    page.prose(&format!("{}. Family {}. This leg proves {legs}.", card.severity.word(), card.family));
    page.heading("Why it matters");
    page.prose(&card.why);
    page.terms("Reasons", card.reasons.iter().map(|(code, meaning)| (code.clone(), meaning.clone())));
    let param = |(name, param): (&String, &crate::check::Param)| (format!("{name} = {}", param.default), param.doc.clone());
    page.terms("Parameters (driftlead.toml)", card.params.iter().map(param));
    page.block("Fix", &card.fix);
    for (reason, fix) in &card.fixes {
        page.block(&format!("Fix for {reason}"), fix);
    }
    let vetted = vet(vec![check.clone()])?;
    let (_, vetted) = &vetted[0];
    page.terms(
        "How it is observed",
        [
            ("tables".to_owned(), vetted.tables.iter().cloned().collect::<Vec<_>>().join(", ")),
            ("permissions".to_owned(), Plan::for_checks([vetted]).permissions().into_iter().collect::<Vec<_>>().join(", ")),
        ],
    );
    let framework = |(name, controls): (&String, &Vec<String>)| (name.clone(), controls.join(", "));
    page.terms("Frameworks", card.frameworks.iter().map(framework));
    page.lines("References", &card.references);
    page.block("The question", check.select());
    Ok(())
}
