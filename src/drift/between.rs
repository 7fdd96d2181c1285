//! What was against what is: two snapshots, table by table, both read once in the order of their keys.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, Rows};
use serde_json::Value;

use super::absence::Absence;
use super::compare::{Place, Take};
use super::fold::{Folds, depth};
use super::same::{cell, same};
use crate::change::{Change, ColumnChange, Kind, Scope};
use crate::check::Standing;
use crate::inventory::{Column, Nature, Table, listed_in_use};

/// A snapshot on one side.
pub struct Side<'s> {
    /// The file.
    pub connection: &'s Connection,
    /// What was read of it.
    pub standing: &'s Standing<'s>,
}

/// Compares two snapshots.
///
/// # Errors
/// When one of them cannot be asked, or a change cannot be taken.
pub fn between(
    before: &Side<'_>,
    after: &Side<'_>,
    tables: &[&'static Table],
    scope: &mut Scope,
    take: &mut Take<'_>,
) -> anyhow::Result<()> {
    let is_compared = |table: &&&Table| matches!(table.nature, Nature::Setting | Nature::Passing | Nature::Partial);
    let mut order: Vec<&'static Table> = tables.iter().filter(is_compared).copied().collect();
    // What hangs on something comes after it.
    order.sort_by_key(|table| depth(table, tables));
    let mut folds = Folds::new(tables);
    let mut without = BTreeSet::new();
    for table in order {
        let columns = common(table, before.connection, after.connection)?;
        // A table that one of them was made without is not empty there.
        if columns.is_empty() {
            without.insert(table.name.to_owned());
            continue;
        }
        let lacks =
            table.columns.iter().filter(|column| column.nature == Nature::Setting && !columns.iter().any(|of| of.name == column.name));
        without.extend(lacks.map(|column| format!("{}.{}", table.name, column.name)));
        let mut walk = Walk { before, after, tables, table, columns, folds: &mut folds, unread: BTreeMap::new() };
        walk.run(scope, take)?;
        walk.tell_unread(take)?;
    }
    if !without.is_empty() {
        let without: Vec<String> = without.into_iter().collect();
        scope.remarks.push(format!("Not compared, since one of the snapshots was taken by another version: {}.", without.join(", ")));
    }
    Ok(())
}

/// The columns that both files have, in this version's order; none if one lacks the table or its key.
fn common(table: &'static Table, before: &Connection, after: &Connection) -> rusqlite::Result<Vec<&'static Column>> {
    let of = |connection: &Connection| -> rusqlite::Result<BTreeSet<String>> {
        connection.prepare("select name from pragma_table_info(?1, 'main')")?.query_map([table.name], |row| row.get(0))?.collect()
    };
    let (a, b) = (of(before)?, of(after)?);
    let columns: Vec<&Column> = table.columns.iter().filter(|column| a.contains(column.name) && b.contains(column.name)).collect();
    let has_key = table.key.iter().all(|key| columns.iter().any(|column| column.name == *key));
    Ok(if has_key { columns } else { Vec::new() })
}

struct Walk<'w, 's> {
    before: &'w Side<'s>,
    after: &'w Side<'s>,
    tables: &'w [&'static Table],
    table: &'static Table,
    columns: Vec<&'static Column>,
    folds: &'w mut Folds,
    /// How many rows of a place only one side has, because the other was not read there: by account, region and why.
    unread: BTreeMap<(String, String, String), u64>,
}

/// A row in the order of its key.
struct Row {
    key: Vec<Sql>,
    cells: Vec<Sql>,
    number: i64,
}

impl Walk<'_, '_> {
    fn run(&mut self, scope: &mut Scope, take: &mut Take<'_>) -> anyhow::Result<()> {
        let sql = self.select();
        let (mut old_statement, mut new_statement) = (self.before.connection.prepare(&sql)?, self.after.connection.prepare(&sql)?);
        let (mut old_rows, mut new_rows) = (old_statement.query([])?, new_statement.query([])?);
        let (mut old, mut new) = (self.next(&mut old_rows)?, self.next(&mut new_rows)?);
        loop {
            let order = match (&old, &new) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => compare(&a.key, &b.key),
            };
            match (order, &old, &new) {
                (Ordering::Less, Some(row), _) => {
                    scope.declared += 1;
                    self.one_sided(Kind::Missing, row, self.after, take)?;
                    old = self.next(&mut old_rows)?;
                }
                (Ordering::Greater, _, Some(row)) => {
                    self.one_sided(Kind::Added, row, self.before, take)?;
                    new = self.next(&mut new_rows)?;
                }
                (_, Some(a), Some(b)) => {
                    scope.declared += 1;
                    scope.compared += 1;
                    self.both(a, b, scope, take)?;
                    old = self.next(&mut old_rows)?;
                    new = self.next(&mut new_rows)?;
                }
                _ => return Ok(()),
            }
        }
    }

    fn select(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let keys: Vec<String> = self.key().iter().map(|column| format!("\"{column}\"")).collect();
        format!("select {}, rowid, {} from main.{} order by {}", keys.join(", "), names.join(", "), self.table.name, keys.join(", "))
    }

    /// As the table's unique index has it, so that SQLite need not sort.
    fn key(&self) -> Vec<&'static str> {
        let account = (!self.table.key.contains(&"account_id")).then_some("account_id");
        self.table.key.iter().copied().chain(account).collect()
    }

    fn next(&self, rows: &mut Rows<'_>) -> rusqlite::Result<Option<Row>> {
        let Some(row) = rows.next()? else { return Ok(None) };
        let keys = self.key().len();
        let key = (0..keys).map(|i| row.get(i)).collect::<rusqlite::Result<_>>()?;
        let cells = (0..self.columns.len()).map(|i| row.get(keys + 1 + i)).collect::<rusqlite::Result<_>>()?;
        Ok(Some(Row { key, cells, number: row.get(keys)? }))
    }

    fn value(&self, row: &Row, name: &str) -> Option<Value> {
        value(&self.columns, row, name)
    }

    fn place(&self, row: &Row) -> Place {
        let text = |name| self.value(row, name).as_ref().and_then(Value::as_str).unwrap_or("").to_owned();
        Place { table: self.table, account: text("account_id"), region: text("region") }
    }

    fn change(&self, kind: Kind, row: &Row) -> Change {
        let key: BTreeMap<String, Value> =
            self.table.key.iter().filter_map(|name| Some(((*name).to_owned(), self.value(row, name)?))).collect();
        let arn = self.value(row, "arn").as_ref().and_then(Value::as_str).unwrap_or("").to_owned();
        let mut change = self.place(row).change(kind, &arn, &key, None);
        change.row = row.number;
        change
    }

    /// A row that one side has. On the other it was not there, or nobody looked.
    fn one_sided(&mut self, kind: Kind, row: &Row, other: &Side<'_>, take: &mut Take<'_>) -> anyhow::Result<()> {
        let place = self.place(row);
        let is_folded = self.folds.has(self.table, &place.account, kind.word(), &|name| self.value(row, name));
        let is_in_use = listed_in_use(self.table.name).is_some_and(|column| self.value(row, column) == Some(Value::Bool(true)));
        if self.table.nature != Nature::Setting || is_folded || is_in_use {
            self.note(kind, row, &place);
            return Ok(());
        }
        let region = if other.standing.is_global(self.table.name) { crate::inventory::GLOBAL } else { &place.region };
        let all = self.columns.iter().filter_map(|column| Some((column.name.to_owned(), self.value(row, column.name)?))).collect();
        if let Some(hole) = other.standing.hole(self.table.name, &place.account, region)? {
            // Of what was not read as a whole it is enough to say so once.
            *self.unread.entry((place.account, place.region, hole.sentence())).or_default() += 1;
            return Ok(());
        }
        let doubt = Absence::new(other.connection, other.standing, self.tables, self.table, &[]).doubt(&place.account, region, &all)?;
        if doubt.is_none() {
            self.note(kind, row, &place);
        }
        let mut change = self.change(if doubt.is_some() { Kind::Unknown } else { kind }, row);
        change.reason = doubt.unwrap_or_else(String::new);
        if change.kind != Kind::Unknown {
            let column = |column: &&Column| {
                let value = self.value(row, column.name).filter(|value| !is_empty(value))?;
                let (wanted, found) = if kind == Kind::Missing { (value, Value::Null) } else { (Value::Null, value) };
                Some(ColumnChange { column: column.name.to_owned(), property: String::new(), wanted, found })
            };
            let told = |column: &&&Column| column.nature == Nature::Setting && !["arn", "account_id", "region"].contains(&column.name);
            change.columns = self.columns.iter().filter(told).filter_map(column).collect();
        }
        take(change.sealed())
    }

    /// What hangs on it is not told besides it.
    fn note(&mut self, kind: Kind, row: &Row, place: &Place) {
        let (columns, table) = (&self.columns, self.table);
        let value = |name: &str| value(columns, row, name);
        self.folds.note(table.name, &place.account, kind.word(), &value);
    }

    /// Places in which rows are on one side only because nobody read the other.
    fn tell_unread(&mut self, take: &mut Take<'_>) -> anyhow::Result<()> {
        for ((account, region, why), count) in std::mem::take(&mut self.unread) {
            let place = Place { table: self.table, account, region };
            let mut change = place.change(Kind::Unknown, "", &BTreeMap::new(), None);
            change.reason = format!("{why} ({count} {} on one side only)", if count == 1 { "row is" } else { "rows are" });
            take(change.sealed())?;
        }
        Ok(())
    }

    fn both(&self, before: &Row, after: &Row, scope: &mut Scope, take: &mut Take<'_>) -> anyhow::Result<()> {
        let (mut changed, mut unread) = (Vec::new(), Vec::new());
        for (i, column) in self.columns.iter().enumerate() {
            if column.nature != Nature::Setting {
                continue;
            }
            scope.values += 1;
            let (was, is) = (&before.cells[i], &after.cells[i]);
            if was == is {
                continue;
            }
            let (was, is) = (known(column, was), known(column, is));
            let change = |was: Option<Value>, is: Option<Value>| ColumnChange {
                column: column.name.to_owned(),
                property: String::new(),
                wanted: was.unwrap_or(Value::Null),
                found: is.unwrap_or(Value::Null),
            };
            match (&was, &is) {
                (Some(a), Some(b)) if same(a, b, column.is_ordered) => {}
                (Some(_), Some(_)) => changed.push(change(was, is)),
                _ => unread.push(change(was, is)),
            }
        }
        if !changed.is_empty() {
            let mut change = self.change(Kind::Changed, after);
            change.columns = changed;
            take(change.sealed())?;
        }
        if !unread.is_empty() {
            let mut change = self.change(Kind::Unknown, after);
            let side = if unread.iter().any(|column| column.found.is_null()) { self.after } else { self.before };
            let tables = BTreeSet::from([self.table.name.to_owned()]);
            let gap = side.standing.item_gap(&tables, &[change.resource.clone()], &change.account, &change.region)?;
            change.reason = gap.map_or_else(|| "AWS did not tell".to_owned(), |gap| gap.sentence());
            change.columns = unread;
            take(change.sealed())?;
        }
        Ok(())
    }
}

fn value(columns: &[&'static Column], row: &Row, name: &str) -> Option<Value> {
    let at = columns.iter().position(|column| column.name == name)?;
    known(columns[at], &row.cells[at])
}

/// A cell's value; `None` for what was not read.
fn known(column: &Column, value: &Sql) -> Option<Value> {
    // Where a bucket lives cannot be NULL, and is not always told.
    cell(column.kind, value.into()).filter(|value| column.name != "region" || value != "unknown")
}

/// What says nothing on a row that is new or gone.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// SQLite's order: NULL, numbers, text by bytes.
fn compare(a: &[Sql], b: &[Sql]) -> Ordering {
    let rank = |value: &Sql| match value {
        Sql::Null => 0,
        Sql::Integer(_) | Sql::Real(_) => 1,
        Sql::Text(_) => 2,
        Sql::Blob(_) => 3,
    };
    let one = |(a, b): (&Sql, &Sql)| match (a, b) {
        (Sql::Integer(a), Sql::Integer(b)) => a.cmp(b),
        (Sql::Text(a), Sql::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Sql::Real(a), Sql::Real(b)) => a.total_cmp(b),
        (a, b) => rank(a).cmp(&rank(b)),
    };
    a.iter().zip(b).map(one).find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
}
