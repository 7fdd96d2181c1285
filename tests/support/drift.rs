//! Drift of a snapshot that is at hand, through the library.

use std::collections::BTreeSet;
use std::path::Path;

use driftlead::change::{Change, Kind, Scope};
use driftlead::check::Standing;
use driftlead::drift::between::{Side, between};
use driftlead::drift::cloudformation::Stacks;
use driftlead::drift::run::Against;
use driftlead::inventory::Snapshot;
use driftlead::services;

/// What is not as the stacks' own templates declare it, with what no template declares.
pub fn declared(found: &Snapshot) -> Result<Vec<Change>, String> {
    let (mut told, mut unmanaged) = (Vec::new(), Vec::new());
    let tables = services::tables();
    let comparison = Against { found: found.connection(), tables: &tables, kinds: services::kinds() };
    let take = |into: &mut Vec<Change>, change| {
        into.push(change);
        Ok(())
    };
    comparison
        .run(&[Box::new(Stacks::default())], &mut |change| take(&mut told, change), &mut |change| take(&mut unmanaged, change))
        .map_err(|error| format!("{error:#}"))?;
    Ok(told.into_iter().chain(unmanaged).collect())
}

/// What is not as it was.
pub fn since(older: &Snapshot, newer: &Snapshot) -> Result<Vec<Change>, String> {
    let (was, is) = (Standing::of(older.connection()), Standing::of(newer.connection()));
    let (was, is) = (was.map_err(|error| error.to_string())?, is.map_err(|error| error.to_string())?);
    let (before, after) = (Side { connection: older.connection(), standing: &was }, Side { connection: newer.connection(), standing: &is });
    let mut told = Vec::new();
    let mut take = |change| {
        told.push(change);
        Ok(())
    };
    between(&before, &after, &services::tables(), &mut Scope::default(), &mut take).map_err(|error| format!("{error:#}"))?;
    Ok(told)
}

/// What was said for certain of this snapshot and the whole one, the one as the older and as the newer: there is nothing of which they
/// could differ but what was not read.
pub fn certain_between(whole: &Path, other: &Snapshot) -> Result<Vec<String>, String> {
    let whole = Snapshot::reopen(whole, &services::tables(), &services::views()).map_err(|error| error.to_string())?;
    let mut certain = Vec::new();
    for (word, changes) in [("whole → faulted", since(&whole, other)?), ("faulted → whole", since(other, &whole)?)] {
        certain.extend(said(&changes).into_iter().map(|line| format!("{word}: {line}")));
    }
    Ok(certain)
}

/// All that is said for certain, a line for each change and column.
pub fn said(changes: &[Change]) -> BTreeSet<String> {
    let line =
        |change: &Change, column: &str| format!("{} {} {} {} {column}", change.kind.word(), change.table, change.account, change.resource);
    let certain = changes.iter().filter(|change| change.kind != Kind::Unknown);
    certain
        .flat_map(|change| match change.kind {
            Kind::Changed => change.columns.iter().map(|column| line(change, &column.column)).collect(),
            _ => vec![line(change, "")],
        })
        .collect()
}
