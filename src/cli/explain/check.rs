//! A check as a page to be forwarded: what it finds, why that matters, what it says of an account, how it is observed, how to mend it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};

use super::framework::named;
use crate::aws::Reader;
use crate::check::{Check, Judge, Param, Vetted};
use crate::cli::judge::head;
use crate::cli::{Checks, against, vet};
use crate::finding::{Asked, Finding, Head, Leg, Status};
use crate::inventory::Snapshot;
use crate::plan::Plan;
use crate::report::page::Page;
use crate::services;

/// What a check says of an account.
pub struct Own {
    head: Head,
    findings: Vec<Finding>,
}

/// Asks a snapshot. The whole family is asked, so that what is configured and does not work is told apart.
pub fn found(path: &Path, all: &[Check], check: &Check, checks: &Checks) -> Result<Own> {
    let config = checks.configuration(all)?.checks;
    let snapshot = Snapshot::open(path, &services::tables(), &services::views()).context("--from")?;
    let family = vet(all.iter().filter(|other| other.card.family == check.card.family).cloned().collect())?;
    let tables = services::tables();
    let judge = Judge::new(&snapshot, &tables, &config, false).context("the snapshot's ledger")?;
    let mut findings = Vec::new();
    let mut keep = |finding: Finding| -> Result<()> {
        if finding.check == check.id {
            findings.push(finding);
        }
        Ok(())
    };
    judge.run_all(&family, None, &mut keep)?;
    Ok(Own { head: head(&snapshot, &family, true)?, findings })
}

/// Writes the page.
pub fn explain(page: &mut Page, check: &Check, all: &[Check], own: Option<&Own>, with_sql: bool) -> Result<()> {
    let card = &check.card;
    page.title(&card.title, &check.id);
    let proves = match card.leg {
        Leg::Configured => "Looks at what was declared",
        Leg::Working => "Looks at what really happens: a state, a time, an event, a metric or an object",
    };
    page.prose(&format!("{} severity. {proves}. Family: {}.", capital(card.severity.word()), card.family));
    page.heading("Why it matters");
    page.prose(&card.why);
    match own {
        Some(own) => explain_own(page, own),
        None => {
            page.heading("In your account");
            page.prose(&format!(
                "driftlead check {id} asks it now; driftlead explain {id} --from SNAPSHOT puts a snapshot's answer here.",
                id = check.id
            ));
        }
    }
    page.block("Fix", &card.fix);
    for (reason, fix) in &card.fixes {
        page.block(&format!("Fix for {reason}"), fix);
    }
    page.terms("What it can say", card.reasons.iter().map(|(code, meaning)| (code.clone(), meaning.clone())));
    let vetted = vet(vec![check.clone()])?;
    explain_sources(page, &vetted[0].1);
    let param = |(name, param): (&String, &Param)| (format!("{name} = {}", param.default), param.doc.clone());
    page.terms("Parameters (driftlead.toml)", card.params.iter().map(param));
    let shipped = against::shipped(all)?;
    let framework = |(name, ids): (&String, &Vec<String>)| (name.clone(), named(&shipped, name, ids));
    page.terms("Frameworks", card.frameworks.iter().map(framework));
    page.lines("References", &card.references);
    if with_sql {
        page.block("The question", check.select());
    }
    Ok(())
}

/// Writes the page of what is asked of every waiver.
pub fn explain_waiver(page: &mut Page, card: &Asked) {
    page.title(&card.title, &card.id);
    page.prose(&format!(
        "{} severity. Asked of every [[waiver]] in driftlead.toml. Family: {}.",
        capital(card.severity.word()),
        card.family
    ));
    page.heading("Why it matters");
    page.prose(&card.why);
    page.block("Fix", &card.fix);
    page.terms("What it can say", card.reasons.iter().map(|(code, meaning)| (code.clone(), meaning.clone())));
}

fn explain_own(page: &mut Page, own: &Own) {
    let of = |status| own.findings.iter().filter(move |finding| finding.status == status);
    let (fail, unknown, pass) = (of(Status::Fail).count(), of(Status::Unknown).count(), of(Status::Pass).count());
    let muted = of(Status::Muted).count();
    page.heading(&format!("In {}, {}", own.head.accounts.join(", "), own.head.started_at));
    let not_working = of(Status::Fail).filter(|finding| finding.configured_not_working).count();
    let class = if not_working > 0 { format!(" Configured, not working: {not_working}.") } else { String::new() };
    let accepted = if muted > 0 { format!(", {muted} muted") } else { String::new() };
    page.prose(&format!("{fail} fail, {unknown} unknown, {pass} pass{accepted}.{class}"));
    for status in [Status::Fail, Status::Unknown, Status::Muted] {
        page.findings(&own.head, &of(status).cloned().collect::<Vec<_>>());
    }
}

/// Which calls tell it, and into which tables their answers go.
fn explain_sources(page: &mut Page, vetted: &Vetted) {
    let mut tables: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for table in &vetted.tables {
        for permission in services::reader_of(table).into_iter().flat_map(told_by) {
            tables.entry(permission).or_default().push(table);
        }
    }
    let way = Plan::for_checks([vetted]).permissions();
    let more: Vec<&str> = way.into_iter().filter(|permission| !tables.contains_key(permission)).collect();
    page.terms("How it is observed", tables.into_iter().map(|(call, tables)| (call.to_owned(), tables.join(", "))));
    if !more.is_empty() {
        page.prose(&format!("On the way there: {}.", more.join(", ")));
    }
}

/// The permissions of the calls that a reader makes; of one that only computes, of those that it computes from.
fn told_by(reader: &'static Reader) -> BTreeSet<&'static str> {
    let makers = if reader.calls.is_empty() { Plan::needs(reader) } else { vec![reader] };
    makers.into_iter().flat_map(|maker| maker.calls).map(|call| call.permission).collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
