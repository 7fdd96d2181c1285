//! Drift as Markdown: a table for a pull request, each change's details folded below it.

use std::io::{self, Write};

use super::super::Style;
use super::super::markup::{code, cut, safe};
use super::difference::differences;
use super::{Drift, counted, declared, named};
use crate::change::{Change, Kind};

/// Writes it.
pub fn write(out: &mut dyn Write, _: Style, drift: &Drift) -> io::Result<()> {
    let counts = counted(&drift.counts);
    let summary: Vec<String> = counts.iter().map(|(number, word)| format!("**{number}** {word}")).collect();
    writeln!(out, "## Drift: {}\n", if summary.is_empty() { "none".to_owned() } else { summary.join(", ") })?;
    let scope = &drift.scope;
    let place = format!("Account {}, {}, read {}.", scope.accounts.join(", "), scope.regions.join(", "), scope.started_at);
    writeln!(out, "{} {} rows and {} values were compared.\n", safe(&place), scope.compared, scope.values)?;
    let told: Vec<&Change> = drift.changes.iter().filter(|change| change.ignored.is_empty()).collect();
    if !told.is_empty() {
        writeln!(out, "| | what | where | difference | so what | who |")?;
        writeln!(out, "|---|---|---|---|---|---|")?;
        told.iter().try_for_each(|change| row(out, change))?;
        writeln!(out)?;
    }
    if !drift.verdicts.is_empty() {
        writeln!(out, "Verdicts that changed with them:\n")?;
        for flip in &drift.verdicts {
            writeln!(out, "- {} `{}`: {}", if flip.is_worse() { "❌" } else { "✅" }, code(&flip.check), safe(&flip.message))?;
        }
        writeln!(out)?;
    }
    let list = |out: &mut dyn Write, title: &str, items: Vec<String>| -> io::Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        writeln!(out, "<details><summary>{title}: {}</summary>\n", items.len())?;
        items.iter().try_for_each(|item| writeln!(out, "- {}", safe(item)))?;
        writeln!(out, "\n</details>\n")
    };
    let counted = |map: &std::collections::BTreeMap<String, u64>| map.iter().map(|(name, number)| format!("{name} × {number}")).collect();
    let accepted = drift.changes.iter().filter(|change| !change.ignored.is_empty());
    list(out, "Accepted by a rule", accepted.map(|change| format!("{} {}: {}", change.table, named(change), change.ignored)).collect())?;
    list(out, "Types that no table has", counted(&scope.unsupported))?;
    list(out, "Properties that no column has", counted(&scope.properties))?;
    list(out, "Not resolved", counted(&scope.unresolved))?;
    list(out, "Compared", scope.sources.clone())?;
    list(out, "Remarks", scope.rules.iter().chain(&scope.remarks).cloned().collect())?;
    if drift.unlisted > 0 {
        writeln!(out, "{} resources are in no declaration.", drift.unlisted)?;
    }
    Ok(())
}

fn row(out: &mut dyn Write, change: &Change) -> io::Result<()> {
    let what = format!("{} `{}`", change.kind.word(), code(&named(change)));
    let origin = declared(change);
    let place = if origin.is_empty() { safe(&change.table) } else { safe(&origin) };
    let mut lines = Vec::new();
    if matches!(change.kind, Kind::Changed | Kind::Added) {
        for column in &change.columns {
            for text in differences(&column.wanted, &column.found) {
                lines.push(format!("`{}`: {}", code(&column.column), safe(&cut(&text, LONG))));
            }
        }
    }
    if !change.reason.is_empty() {
        lines.push(safe(&change.reason));
    }
    let flips: Vec<String> =
        change.verdicts.iter().map(|flip| format!("{} `{}`", if flip.is_worse() { "❌" } else { "✅" }, code(&flip.check))).collect();
    let who: Vec<String> = change
        .who
        .iter()
        .flat_map(|who| &who.deeds)
        .take(1)
        .map(|deed| {
            safe(&format!(
                "{} {} ({}, {})",
                deed.time,
                deed.principal,
                deed.event,
                if deed.tool.is_empty() { &deed.source } else { &deed.tool }
            ))
        })
        .collect();
    writeln!(
        out,
        "| {} | {what} | {place} | {} | {} | {} |",
        change.severity.word(),
        lines.join("<br>"),
        flips.join("<br>"),
        who.join("<br>")
    )
}

/// Values that are longer say more than a table cell can hold.
const LONG: usize = 200;
