//! So what: the verdicts that changed with the changes. Checks are asked on both sides; against declarations, the one side is the
//! snapshot as it would be if all were as declared.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::Context;
use rusqlite::{Connection, params_from_iter};
use serde_json::Value;

use super::age::columns_of;
use super::cause::{Trials, relaxed};
use super::shelf::sql;
use crate::change::{Change, ColumnChange, Flip, Kind};
use crate::check::{Check, Config, Judge, Vetted};
use crate::finding::{Finding, Status};
use crate::inventory::{Column, GLOBAL, Kind as ColumnKind, Nature, Snapshot, Table, View};

/// What is asked on both sides.
pub struct Question<'q> {
    /// The checks.
    pub checks: &'q [(Check, Vetted)],
    /// Their parameters.
    pub config: &'q Config,
    /// Every table.
    pub tables: &'q [&'static Table],
    /// Every view.
    pub views: &'q [&'static View],
}

/// Joins verdicts to changes; gives back those that belong to none of them alone.
///
/// # Errors
/// When a snapshot cannot be asked.
pub fn join(question: &Question<'_>, before: &Snapshot, after: &Snapshot, changes: &mut [Change]) -> anyhow::Result<Vec<Flip>> {
    let mut was: HashMap<String, Status> = HashMap::new();
    let mut note = |finding: Finding| -> anyhow::Result<()> {
        was.insert(finding.fingerprint, finding.status);
        Ok(())
    };
    let asked = |snapshot| Judge::new(snapshot, question.tables, question.config, false).context("the snapshot's ledger");
    asked(before)?.run_all(question.checks, None, &mut note)?;
    let checks: BTreeMap<&str, &(Check, Vetted)> = question.checks.iter().map(|check| (check.0.id.as_str(), check)).collect();
    let mut turned: Vec<(Finding, Option<Status>)> = Vec::new();
    let mut compare = |finding: Finding| -> anyhow::Result<()> {
        let before = was.get(&finding.fingerprint).copied();
        let is_turn = match (before, finding.status) {
            (Some(Status::Pass) | None, Status::Fail) | (Some(Status::Fail), Status::Pass) => !finding.resource.is_empty(),
            _ => false,
        };
        if is_turn {
            turned.push((finding, before));
        }
        Ok(())
    };
    asked(after)?.run_all(question.checks, None, &mut compare)?;
    drop(was);
    let names = names(changes);
    let mut trials = None;
    let mut left = Vec::new();
    for (finding, before) in turned {
        let Some(check) = checks.get(finding.check.as_str()) else { continue };
        let mut named: BTreeSet<usize> = words(&finding).iter().filter_map(|word| names.get(word.as_str())).flatten().copied().collect();
        named.retain(|at| check.1.tables.contains(&changes[*at].table));
        let is_new = |at: &usize| matches!(changes[*at].kind, Kind::Added | Kind::Unmanaged);
        // What was not there before, and is not new either, was not judged then: that is no turn.
        if before.is_none() && !named.iter().any(is_new) {
            continue;
        }
        let causes = causes(question, after, changes, check, &finding, named, &mut trials)?;
        let flip = Flip {
            check: finding.check,
            severity: finding.severity,
            resource: finding.resource,
            before,
            after: Some(finding.status),
            message: finding.message,
        };
        match causes.is_empty() {
            true => left.push(flip),
            false => causes.into_iter().for_each(|at| changes[at].verdicts.push(flip.clone())),
        }
    }
    for change in changes {
        let worst = change.verdicts.iter().filter(|flip| flip.is_worse()).map(|flip| flip.severity).max();
        change.severity = worst.map_or(change.severity, |worst| worst.max(change.severity));
    }
    Ok(left)
}

/// Changes that are tried where a finding names none of them.
const MOST_UNNAMED: usize = 20;

/// The changes without which the verdict would not have turned; where none is it alone, those that the finding names.
fn causes<'q>(
    question: &'q Question<'q>,
    after: &Snapshot,
    changes: &[Change],
    check: &(Check, Vetted),
    finding: &Finding,
    named: BTreeSet<usize>,
    trials: &mut Option<Trials<'q>>,
) -> anyhow::Result<BTreeSet<usize>> {
    let is_candidate = |change: &Change| {
        let is_near = change.account == finding.account && [finding.region.as_str(), GLOBAL].contains(&change.region.as_str());
        is_near && change.ignored.is_empty() && change.kind != Kind::Unknown && check.1.tables.contains(&change.table)
    };
    let candidates: Vec<usize> = match named.is_empty() {
        true => (0..changes.len()).filter(|at| is_candidate(&changes[*at])).take(MOST_UNNAMED + 1).collect(),
        false if named.len() == 1 => return Ok(named),
        false => named.iter().copied().collect(),
    };
    if candidates.len() > MOST_UNNAMED {
        return Ok(named);
    }
    let mut causes = BTreeSet::new();
    for at in candidates {
        let trials = match trials {
            Some(trials) => trials,
            None => trials.insert(Trials::of(after, question)?),
        };
        match trials.turns_back(&changes[at], check, finding)? {
            Some(true) => {
                causes.insert(at);
            }
            Some(false) => {}
            None => return Ok(named),
        }
    }
    Ok(if causes.is_empty() { named } else { causes })
}

/// By which words a finding may name a changed row: its ARN, and ids that are nobody else's.
fn names(changes: &[Change]) -> HashMap<String, Vec<usize>> {
    let mut names: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, change) in changes.iter().enumerate().filter(|(_, change)| !matches!(change.kind, Kind::Unknown)) {
        let ids = change.key.values().filter_map(Value::as_str).filter(|text| text.len() > 3);
        let words: BTreeSet<&str> = ids.chain([change.resource.as_str()]).flat_map(|word| [word, tail(word)]).collect();
        words.into_iter().for_each(|word| names.entry(word.to_owned()).or_default().push(at));
    }
    names
}

/// The last part of an ARN, or the text itself.
fn tail(text: &str) -> &str {
    if text.starts_with("arn:") { text.rsplit(['/', ':']).next().unwrap_or(text) } else { text }
}

/// The words by which a finding names things.
fn words(finding: &Finding) -> Vec<String> {
    let mut words = vec![finding.resource.clone(), tail(&finding.resource).to_owned()];
    for value in finding.evidence.values() {
        match value {
            Value::String(text) => words.extend([text.clone(), tail(text).to_owned()]),
            Value::Array(items) => words.extend(items.iter().filter_map(Value::as_str).map(str::to_owned)),
            _ => {}
        }
    }
    words
}

/// The snapshot as it would be if all were as declared: a copy with the changes taken back.
///
/// # Errors
/// When the copy cannot be written.
pub fn as_declared(
    found: &Snapshot,
    changes: &[Change],
    copy: &Path,
    tables: &[&'static Table],
    views: &[&'static View],
) -> anyhow::Result<Snapshot> {
    let mut connection = relaxed(&found.path, copy)?;
    let transaction = connection.transaction()?;
    // What was never made is no row that could be put back.
    let is_row = |change: &&Change| change.ignored.is_empty() && (change.row > 0 || !change.key.is_empty());
    let table_of = |name: &str| tables.iter().find(|table| table.name == name).copied();
    for change in changes.iter().filter(is_row) {
        if let Some(table) = table_of(&change.table) {
            take_back(&transaction, table, change)?;
        }
    }
    transaction.commit()?;
    drop(connection);
    Ok(Snapshot::reopen(copy, tables, views)?)
}

pub(super) fn take_back(connection: &Connection, table: &Table, change: &Change) -> rusqlite::Result<()> {
    let kind_of = |name: &str| table.column(name).map_or(ColumnKind::Text, |column| column.kind);
    // What an older snapshot lacks cannot be put back into it.
    let kept = columns_of(connection, table.name)?;
    let columns: Vec<&ColumnChange> = change.columns.iter().filter(|column| kept.contains(&column.column)).collect();
    match change.kind {
        Kind::Changed if columns.is_empty() => {}
        Kind::Changed => {
            let mut sets: Vec<String> = columns.iter().map(|column| format!("\"{}\" = ?", column.column)).collect();
            // What is computed from them is not known any more.
            let is_computed = columns.iter().any(|column| column.column != "tags");
            let is_derived = |column: &&Column| column.nature == Nature::Derived && column.name != "name" && kept.contains(column.name);
            let derived = table.columns.iter().filter(|column| is_computed && is_derived(column));
            sets.extend(derived.map(|column| format!("\"{}\" = null", column.name)));
            let mut values: Vec<_> = columns.iter().map(|column| stored(kind_of(&column.column), &column.wanted)).collect();
            values.push(change.row.into());
            connection.execute(&format!("update {} set {} where rowid = ?", table.name, sets.join(", ")), params_from_iter(values))?;
        }
        Kind::Added if kept.is_empty() => {}
        Kind::Added => {
            connection.execute(&format!("delete from {} where rowid = ?", table.name), [change.row])?;
        }
        // What was never made is no row that could be put back.
        Kind::Missing if change.key.is_empty() || kept.is_empty() => {}
        Kind::Missing => {
            let mut cells: BTreeMap<&str, &Value> = change.key.iter().map(|(name, value)| (name.as_str(), value)).collect();
            cells.extend(columns.iter().map(|column| (column.column.as_str(), &column.wanted)));
            cells.retain(|name, _| kept.contains(*name) && !["account_id", "region"].contains(name));
            let mut names = vec!["account_id".to_owned(), "region".to_owned()];
            let mut values = vec![change.account.clone().into(), change.region.clone().into()];
            if !cells.contains_key("arn") {
                names.push("arn".to_owned());
                values.push(change.resource.clone().into());
            }
            for (name, value) in cells {
                names.push(format!("\"{name}\""));
                values.push(stored(kind_of(name), value));
            }
            let marks = vec!["?"; values.len()].join(", ");
            connection.execute(
                &format!("insert or ignore into {} ({}) values ({marks})", table.name, names.join(", ")),
                params_from_iter(values),
            )?;
        }
        Kind::Unmanaged | Kind::Unknown => {}
    }
    Ok(())
}

/// A wanted value in a column; one with a hole is unread.
fn stored(kind: ColumnKind, value: &Value) -> rusqlite::types::Value {
    if crate::declared::holes(value).is_empty() { sql(kind, value) } else { rusqlite::types::Value::Null }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Row;
    use crate::inventory::table::row;
    use crate::inventory::{Fact, Json};
    use macro_rules_attribute::apply;
    use serde_json::json;

    /// A thing.
    #[apply(row!)]
    #[table("aws_test_thing", key(arn))]
    pub struct Thing {
        /// Its ARN.
        pub arn: String,
        /// Its account.
        pub account_id: String,
        /// Its region.
        pub region: String,
        /// How large it is.
        pub size: Fact<i64>,
        /// How large it is in words.
        #[is(derived)]
        pub size_in_words: Fact<String>,
        /// Its tags.
        pub tags: Json,
        /// What an older version did not know.
        pub colour: Fact<String>,
    }

    fn older() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        let sql = "create table aws_test_thing (arn text, account_id text, region text, size integer, size_in_words text, tags text);
            create unique index k on aws_test_thing (arn);
            insert into aws_test_thing values ('a', '1', 'r', 7, 'seven', '{}');";
        connection.execute_batch(sql).unwrap();
        connection
    }

    fn change(kind: Kind, columns: &[(&str, Value)]) -> Change {
        let column = |(name, wanted): &(&str, Value)| ColumnChange {
            column: (*name).to_owned(),
            property: String::new(),
            wanted: wanted.clone(),
            found: Value::Null,
        };
        let key = [("arn".to_owned(), json!("b"))].into();
        Change { kind, row: 1, resource: "b".to_owned(), key, columns: columns.iter().map(column).collect(), ..Change::sample() }
    }

    fn rows(connection: &Connection) -> Vec<String> {
        let sql =
            "select arn || ' ' || coalesce(size, 'unread') || ' ' || coalesce(size_in_words, 'unread') from aws_test_thing order by 1";
        connection.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    #[test]
    fn a_change_is_taken_back_and_what_is_computed_from_it_is_unread() {
        let connection = older();
        take_back(&connection, Thing::TABLE, &change(Kind::Changed, &[("size", json!(9)), ("colour", json!("red"))])).unwrap();
        assert_eq!(rows(&connection), ["a 9 unread"]);
        take_back(&connection, Thing::TABLE, &change(Kind::Changed, &[("colour", json!("red"))])).unwrap();
        take_back(&connection, Thing::TABLE, &change(Kind::Missing, &[("size", json!(1)), ("colour", json!("red"))])).unwrap();
        assert_eq!(rows(&connection), ["a 9 unread", "b 1 unread"]);
        take_back(&connection, Thing::TABLE, &change(Kind::Added, &[])).unwrap();
        assert_eq!(rows(&connection), ["b 1 unread"]);
    }

    #[test]
    fn what_could_not_be_resolved_is_unread() {
        let connection = older();
        take_back(&connection, Thing::TABLE, &change(Kind::Changed, &[("size", crate::declared::hole("x"))])).unwrap();
        assert_eq!(rows(&connection), ["a unread unread"]);
    }
}
