//! Drift for people: what was compared, in a line what is different, each change with its values, its consequences and its author,
//! and what could not be compared.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::super::Style;
use super::super::text::{Ink, count, some_of};
use super::difference::{differences, shown};
use super::{Drift, counted, declared, named};
use crate::change::{Change, ColumnChange, Flip, Kind, Scope, Who};
use crate::finding::{Severity, Status};

/// Differences of one value that are shown; a file shows all.
const SHORT: usize = 6;

/// Writes it.
pub fn write(out: &mut dyn Write, style: Style, drift: &Drift) -> io::Result<()> {
    let scope = &drift.scope;
    let place = format!("{} · {}", some_of(&scope.accounts, 3, "account"), some_of(&scope.regions, 3, "region"));
    let tool = concat!("driftlead ", env!("CARGO_PKG_VERSION"));
    writeln!(out, "{}", style.paint(Ink::Dim, &style.wrap(&format!("{tool} · {place} · {}", scope.started_at), "", "")))?;
    for source in some(&scope.sources, style.limit.max(SHORT), "source") {
        writeln!(out, "{}", style.paint(Ink::Dim, &style.wrap(&source, "", "  ")))?;
    }
    headline(out, style, drift)?;
    let (ignored, told): (Vec<&Change>, Vec<&Change>) = drift.changes.iter().partition(|change| !change.ignored.is_empty());
    let (unknown, told): (Vec<&Change>, Vec<&Change>) = told.into_iter().partition(|change| change.kind == Kind::Unknown);
    for severity in Severity::ALL {
        let of: Vec<&Change> = told.iter().filter(|change| change.severity == severity).copied().collect();
        if !of.is_empty() {
            let ink = if severity >= Severity::High { Ink::Bad } else { Ink::Warn };
            writeln!(out, "\n{}", style.paint(ink, &format!("{} ({})", severity.word().to_uppercase(), of.len())))?;
            of.iter().try_for_each(|change| one(out, style, scope, change))?;
        }
    }
    if !drift.verdicts.is_empty() {
        writeln!(out, "\n{}", style.paint(Ink::Warn, "VERDICTS THAT CHANGED WITH THEM"))?;
        drift.verdicts.iter().try_for_each(|flip| verdict(out, style, flip, true))?;
    }
    write_unknown(out, style, &unknown)?;
    if !ignored.is_empty() {
        writeln!(out, "\n{}", style.paint(Ink::Dim, &format!("ACCEPTED ({})", ignored.len())))?;
        for change in ignored {
            let text = format!("{} {} {}: {}", change.kind.word(), change.table, named(change), change.ignored);
            writeln!(out, "{}", style.paint(Ink::Dim, &style.wrap(&text, "  • ", "    ")))?;
        }
    }
    foot(out, style, drift)
}

fn headline(out: &mut dyn Write, style: Style, drift: &Drift) -> io::Result<()> {
    let counts = &drift.counts;
    let parts: Vec<String> = counted(counts)
        .into_iter()
        .map(|(number, word)| {
            let ink = match word {
                "missing" | "changed" | "added" => Ink::Bad,
                "unknown" => Ink::Warn,
                _ => Ink::Dim,
            };
            style.paint(ink, &format!("{number} {word}"))
        })
        .collect();
    let all = format!("{} compared, {}", count(number(drift.scope.compared), "row"), count(number(drift.scope.values), "value"));
    match parts.is_empty() {
        true => writeln!(out, "{}: {}", all, style.paint(Ink::Good, "no drift"))?,
        false => writeln!(out, "{}: {}", all, parts.join(", "))?,
    }
    if counts.worse > 0 {
        writeln!(out, "{}", style.paint(Ink::Bad, &format!("{} because of it", verb(counts.worse))))?;
    }
    Ok(())
}

fn verb(worse: u64) -> String {
    if worse == 1 { "1 check fails".to_owned() } else { format!("{worse} checks fail") }
}

fn number(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn some(items: &[String], most: usize, noun: &str) -> Vec<String> {
    let mut shown: Vec<String> = items.iter().take(most).cloned().collect();
    if items.len() > most {
        shown.push(format!("… and {} more", count(items.len() - most, noun)));
    }
    shown
}

fn one(out: &mut dyn Write, style: Style, scope: &Scope, change: &Change) -> io::Result<()> {
    let account = (scope.accounts.len() > 1).then_some(change.account.as_str());
    let region = (scope.regions.len() > 1).then_some(change.region.as_str());
    let place: Vec<&str> = account.into_iter().chain(region).collect();
    let place = if place.is_empty() { String::new() } else { format!(" [{}]", place.join(" ")) };
    let line = format!("{} {} {}{place}", change.kind.word(), change.table, named(change));
    writeln!(out, "\n{}", style.paint(Ink::Bold, &style.wrap(&line, "", "  ")))?;
    let declared = declared(change);
    if !declared.is_empty() {
        writeln!(out, "{}", style.paint(Ink::Dim, &style.wrap(&declared, "  ", "    ")))?;
    }
    let most = if style.limit == 0 { usize::MAX } else { SHORT };
    // Of what is not there or new, the values are many and say little.
    let columns = if change.kind == Kind::Changed { &change.columns[..] } else { &change.columns[..change.columns.len().min(most)] };
    for column in columns {
        values(out, style, column, most)?;
    }
    if columns.len() < change.columns.len() {
        writeln!(out, "{}", style.paint(Ink::Dim, &format!("    … and {}", count(change.columns.len() - columns.len(), "more column"))))?;
    }
    if !change.reason.is_empty() {
        writeln!(out, "{}", style.wrap(&change.reason, "    ", "    "))?;
    }
    change.verdicts.iter().try_for_each(|flip| verdict(out, style, flip, flip.resource != change.resource))?;
    change.who.iter().try_for_each(|who| author(out, style, who))
}

fn values(out: &mut dyn Write, style: Style, column: &ColumnChange, most: usize) -> io::Result<()> {
    let name = if column.property.is_empty() || column.property == column.column {
        column.column.clone()
    } else {
        format!("{} ({})", column.column, column.property)
    };
    let told = differences(&column.wanted, &column.found);
    let told = if told.is_empty() { vec![format!("{} → {}", shown(&column.wanted), shown(&column.found))] } else { told };
    let lines = some(&told, most, "difference");
    match &lines[..] {
        [line] => writeln!(out, "{}", style.wrap(&format!("{name}: {line}"), "    ", "      ")),
        lines => {
            writeln!(out, "    {name}:")?;
            lines.iter().try_for_each(|line| writeln!(out, "{}", style.wrap(line, "      ", "        ")))
        }
    }
}

fn verdict(out: &mut dyn Write, style: Style, flip: &Flip, names_resource: bool) -> io::Result<()> {
    let (ink, mark) = if flip.is_worse() { (Ink::Bad, "✗") } else { (Ink::Good, "✓") };
    let word = |status: Option<Status>| status.map_or("was not there", Status::word);
    let resource = if names_resource { format!(" on {}", flip.resource) } else { String::new() };
    let message = if flip.message.is_empty() { String::new() } else { format!(": {}", flip.message) };
    let text = format!("{mark} {} {} ({} before){resource}{message}", flip.check, word(flip.after), word(flip.before));
    writeln!(out, "{}", style.paint(ink, &style.wrap(&text, "    ", "      ")))
}

fn author(out: &mut dyn Write, style: Style, who: &Who) -> io::Result<()> {
    let mut told: Vec<(String, usize)> = Vec::new();
    for deed in &who.deeds {
        let means = if deed.tool.is_empty() { &deed.source } else { &deed.tool };
        let text = format!("{} {} by {}, {means}", deed.time, deed.event, deed.principal);
        match told.last_mut() {
            Some((last, times)) if *last == text => *times += 1,
            _ => told.push((text, 1)),
        }
    }
    for (text, times) in told {
        let times = if times > 1 { format!(" × {times}") } else { String::new() };
        writeln!(out, "{}", style.wrap(&format!("{text}{times}"), "    who  ", "         "))?;
    }
    if !who.note.is_empty() {
        writeln!(out, "{}", style.paint(Ink::Dim, &style.wrap(&who.note, "    who  ", "         ")))?;
    }
    Ok(())
}

fn write_unknown(out: &mut dyn Write, style: Style, unknown: &[&Change]) -> io::Result<()> {
    if unknown.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", style.paint(Ink::Warn, &format!("UNKNOWN ({})", unknown.len())))?;
    // One cause hides many rows: it is told once.
    let mut by_reason: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in unknown {
        by_reason.entry(&change.reason).or_default().push(change);
    }
    for (reason, changes) in by_reason {
        let names = some_of(changes.iter().map(|change| format!("{} {}", change.table, named(change))), 3, "row");
        writeln!(out, "{}", style.wrap(&format!("{reason}: {names}"), "  • ", "    "))?;
    }
    Ok(())
}

fn foot(out: &mut dyn Write, style: Style, drift: &Drift) -> io::Result<()> {
    let scope = &drift.scope;
    writeln!(out)?;
    let mut line = |text: String| writeln!(out, "{}", style.paint(Ink::Dim, &style.wrap(&text, "", "  ")));
    let most = if style.limit == 0 { usize::MAX } else { 4 };
    let told = |map: &BTreeMap<String, u64>| {
        let mut all: Vec<(&String, &u64)> = map.iter().collect();
        all.sort_by_key(|(name, number)| (std::cmp::Reverse(**number), (*name).clone()));
        let more = all.len().saturating_sub(most);
        let shown: Vec<String> = all.into_iter().take(most).map(|(name, number)| format!("{name} × {number}")).collect();
        if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
    };
    let sum = |map: &BTreeMap<String, u64>| number(map.values().sum());
    if !scope.unsupported.is_empty() {
        line(format!(
            "Not compared: {} of types that no table has: {}.",
            count(sum(&scope.unsupported), "resource"),
            told(&scope.unsupported)
        ))?;
    }
    if !scope.properties.is_empty() {
        let number = sum(&scope.properties);
        let noun = if number == 1 { "1 property".to_owned() } else { format!("{number} properties") };
        line(format!("Not compared: {noun} that no column has: {}.", told(&scope.properties)))?;
    }
    if !scope.unresolved.is_empty() {
        line(format!("Not resolved: {}: {}.", count(sum(&scope.unresolved), "expression"), told(&scope.unresolved)))?;
    }
    if drift.unlisted > 0 {
        let text = format!("{} in no declaration; --unmanaged lists them.", count(number(drift.unlisted), "resource"));
        line(text)?;
    }
    scope.rules.iter().chain(&scope.remarks).try_for_each(|text| line(text.clone()))?;
    if drift.is_judged && drift.counts.worse > 0 {
        line("driftlead explain CHECK tells why a check matters.".to_owned())?;
    }
    Ok(())
}
