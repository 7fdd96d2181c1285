//! A framework as a page: its requirements with the checks behind them. Or one requirement of it.

use anyhow::{Result, bail};

use crate::check::Check;
use crate::cli::{against, near};
use crate::finding::Assessment;
use crate::framework::{Clause, Mapped};
use crate::report::page::Page;
use crate::report::text::count;

/// Writes the page of `pci-dss-4.0.1` or of `pci-dss-4.0.1/8.3.9`; false when no framework is meant.
pub fn explain(page: &mut Page, what: &str, all: &[Check]) -> Result<bool> {
    let (name, requirement) = what.split_once('/').map_or((what, None), |(name, requirement)| (name, Some(requirement)));
    let shipped = against::shipped(all)?;
    let Some(mapped) = shipped.iter().find(|mapped| mapped.framework.id == name) else { return Ok(false) };
    match requirement {
        None => whole(page, mapped),
        Some(id) => match mapped.clauses().find(|(clause, _)| clause.id == id) {
            Some((clause, checks)) => one(page, mapped, clause, checks, all),
            None => {
                let ids: Vec<&str> = mapped.clauses().map(|(clause, _)| clause.id.as_str()).collect();
                let near = near::question(&near::of(id, &ids, 3));
                bail!("{name} has no requirement {id} in driftlead's file of it{near} (driftlead explain {name} shows all)");
            }
        },
    }
    Ok(true)
}

/// The requirements that a check names in a framework, each with its title.
pub fn named(mapped: &[Mapped], framework: &str, ids: &[String]) -> String {
    let of = mapped.iter().find(|mapped| mapped.framework.id == framework);
    let title = |id: &String| of.and_then(|mapped| mapped.framework.clause(id)).map(|clause| clause.title.as_str());
    ids.iter().map(|id| title(id).map_or_else(|| id.clone(), |title| format!("{id} {title}"))).collect::<Vec<_>>().join("; ")
}

fn whole(page: &mut Page, mapped: &Mapped) {
    let of = &mapped.framework;
    page.title(&of.full_title(), &of.id);
    let checked = mapped.clauses().filter(|(_, checks)| !checks.is_empty()).count();
    page.prose(&format!(
        "{}. {}, {checked} of them with {} behind them. {}",
        of.publisher,
        count(of.clauses.len(), "requirement"),
        count(mapped.checks().len(), "check"),
        of.covers.trim()
    ));
    page.prose(Assessment::LIMITS);
    let clauses: Vec<(&Clause, &[String])> = mapped.clauses().collect();
    for section in clauses.chunk_by(|(one, _), (other, _)| one.section == other.section) {
        let heading = if section[0].0.section.is_empty() { "Requirements" } else { &section[0].0.section };
        let line = |(clause, checks): &(&Clause, &[String])| {
            let behind = if checks.is_empty() { "no check".to_owned() } else { count(checks.len(), "check") };
            (format!("{} ({behind})", clause.id), clause.title.clone())
        };
        page.terms(heading, section.iter().map(line));
    }
    page.lines("Sources", &of.sources.values().cloned().collect::<Vec<_>>());
}

fn one(page: &mut Page, mapped: &Mapped, clause: &Clause, checks: &[String], all: &[Check]) {
    let of = &mapped.framework;
    page.title(&clause.title, &format!("{} {}", of.full_title(), clause.id));
    if !clause.section.is_empty() {
        page.prose(&format!("In {}.", clause.section));
    }
    if checks.is_empty() {
        page.prose("No check is behind it: a report says that it is not assessed.");
    } else {
        page.prose(Assessment::LIMITS);
        let title = |id: &String| all.iter().find(|check| check.id == *id).map_or_else(String::new, |check| check.card.title.clone());
        page.terms("Checks behind it", checks.iter().map(|id| (id.clone(), title(id))));
        page.prose(&format!("driftlead scan --framework {} asks them.", of.id));
    }
    let pages: Vec<String> = clause.sources.iter().filter_map(|name| of.sources.get(name)).cloned().collect();
    page.lines("Found in", &pages);
}
