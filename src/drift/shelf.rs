//! The shelf: wanted rows beside the found ones, in temporary tables of the snapshot's connection, so that any number of them is
//! compared in little memory.

use std::collections::BTreeMap;

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};
use serde_json::{Map, Value, json};

use super::same::range;
use super::wanted::{Cell, Wanted};
use crate::change::Origin;
use crate::declared::is_hole;
use crate::inventory::{Kind, Table};

/// The most columns that name a row of any kind.
pub const MOST_KEYS: usize = 10;

/// Makes the shelf.
///
/// # Errors
/// When SQLite cannot.
pub fn make(connection: &Connection) -> rusqlite::Result<()> {
    let keys: String = (0..MOST_KEYS).map(|i| format!("k{i}, ")).collect();
    connection.execute_batch(&format!(
        "drop table if exists temp.wanted; drop table if exists temp.matched;
         drop table if exists temp.claimed; drop table if exists temp.unplaced; drop table if exists temp.gist;
         create temp table wanted (seq integer primary key, shelf integer, account_id text, region text, {keys} row text);
         create index temp.wanted_shelf on wanted (shelf);
         create temp table matched (table_name text, rid integer, is_part integer, primary key (table_name, rid)) without rowid;
         create temp table claimed (
            table_name text, rid integer, column_name text, among text, primary key (table_name, rid, column_name, among)
         ) without rowid;
         create temp table gist (
            shelf integer, column_name text, gist text, seq integer, primary key (shelf, column_name, gist, seq)
         ) without rowid;
         create temp table unplaced (table_name text, account_id text, region text, why text, lost_in text);"
    ))
}

/// Rows that are found in the same way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shelf {
    /// The table.
    pub table: String,
    /// The columns by which its rows are found.
    pub columns: Vec<String>,
    /// What is still listed though it is gone.
    pub gone: String,
    /// Its rows set columns of rows that other resources declare.
    pub is_part: bool,
    /// It is not said where its rows are: they are found in any region.
    pub is_anywhere: bool,
}

/// Puts wanted rows on shelves.
#[derive(Debug, Default)]
pub struct Shelves {
    /// Each, in the order of its number.
    pub all: Vec<Shelf>,
}

impl Shelves {
    /// Puts a row on its shelf. `Err` tells why it cannot be placed: what names it is not known.
    ///
    /// # Errors
    /// When SQLite cannot.
    pub fn put(&mut self, connection: &Connection, table: &Table, row: &Wanted) -> rusqlite::Result<Result<(), String>> {
        if let Some(why) = row.id.values().find_map(is_hole) {
            unplaced(connection, (&row.table, &row.account, &row.region), why, &row.lost_in)?;
            return Ok(Err(why.to_owned()));
        }
        let shelf = Shelf {
            table: row.table.clone(),
            columns: row.id.keys().cloned().collect(),
            gone: row.gone.clone(),
            is_part: row.is_part,
            is_anywhere: row.region.is_empty(),
        };
        let number = match self.all.iter().position(|known| *known == shelf) {
            Some(number) => number,
            None => {
                self.all.push(shelf);
                self.all.len() - 1
            }
        };
        let mut values = vec![Sql::Integer(number as i64), Sql::Text(row.account.clone()), Sql::Text(row.region.clone())];
        for (name, value) in &row.id {
            let kind = table.column(name).map_or(Kind::Text, |column| column.kind);
            values.push(match sql(kind, value) {
                // As AWS writes it, not as somebody typed it.
                Sql::Text(text) if kind == Kind::Text => Sql::Text(range(&text)),
                other => other,
            });
        }
        values.resize(3 + MOST_KEYS, Sql::Null);
        values.push(Sql::Text(pack(row).to_string()));
        let marks = vec!["?"; values.len()].join(", ");
        connection.prepare_cached(&format!("insert into temp.wanted values (null, {marks})"))?.execute(params_from_iter(values))?;
        Ok(Ok(()))
    }
}

/// Notes that something of a table is declared of which it is not known which row it is: no row there can be called undeclared.
/// `lost_in` is the table of what it hangs on, if that was not found.
///
/// # Errors
/// When SQLite cannot.
pub fn unplaced(connection: &Connection, (table, account, region): (&str, &str, &str), why: &str, lost_in: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("insert into temp.unplaced values (?, ?, ?, ?, ?)")?.execute([table, account, region, why, lost_in])?;
    Ok(())
}

/// A value as SQLite stores it in a column.
pub fn sql(kind: Kind, value: &Value) -> Sql {
    let whole = |text: &str| text.parse::<i64>().map_or_else(|_| Sql::Text(text.to_owned()), Sql::Integer);
    match (kind, value) {
        (_, Value::Null) => Sql::Null,
        (_, Value::Bool(switch)) if kind != Kind::Text => Sql::Integer(i64::from(*switch)),
        (Kind::Bool, Value::String(text)) => match text.to_lowercase().as_str() {
            "true" => Sql::Integer(1),
            "false" => Sql::Integer(0),
            other => Sql::Text(other.to_owned()),
        },
        (Kind::Integer, Value::String(text)) => whole(text),
        (Kind::Integer | Kind::Bool, Value::Number(number)) => {
            whole_number(number).map_or_else(|| Sql::Real(number.as_f64().unwrap_or(f64::NAN)), Sql::Integer)
        }
        (Kind::Real, Value::Number(number)) => number.as_f64().map_or(Sql::Null, Sql::Real),
        (_, Value::String(text)) => Sql::Text(text.clone()),
        (_, other) => Sql::Text(other.to_string()),
    }
}

/// `80` and `80.0` are the same whole number.
fn whole_number(number: &serde_json::Number) -> Option<i64> {
    let real = || number.as_f64().filter(|real| real.fract() == 0.0 && real.abs() < 9e15);
    number.as_i64().or_else(|| real().map(|real| real as i64))
}

fn pack(row: &Wanted) -> Value {
    let cells: Map<String, Value> =
        row.cells.iter().map(|(column, cell)| (column.clone(), json!([cell.value, cell.property, cell.only, cell.is_among]))).collect();
    let origin = &row.origin;
    json!({
        "id": row.id, "cells": cells, "tags": row.other_tags, "part": row.is_part, "optional": row.is_optional, "quiet": row.is_quiet,
        "origin": [origin.source, origin.unit, origin.name, origin.address, origin.type_name],
    })
}

/// What [`Shelves::put`] has put away.
#[derive(Debug)]
pub struct Packed {
    /// By which columns it is found.
    pub id: BTreeMap<String, Value>,
    /// What is wanted.
    pub cells: BTreeMap<String, Cell>,
    /// Tags that may be there as well.
    pub other_tags: Map<String, Value>,
    /// It is told nothing of: it only keeps what it declares from being called undeclared.
    pub is_quiet: bool,
    /// It sets columns of a row that another resource declares.
    pub is_part: bool,
    /// It may be there and need not.
    pub is_optional: bool,
    /// Where it was declared.
    pub origin: Origin,
}

/// Takes a row from the text that it was stored as.
pub fn unpack(text: &str) -> Packed {
    let mut value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let mut map = |name: &str| value.get_mut(name).and_then(Value::as_object_mut).map_or_else(Map::new, std::mem::take);
    let (id, cells, other_tags) = (map("id"), map("cells"), map("tags"));
    let origin = |at: usize| value["origin"][at].as_str().unwrap_or("").to_owned();
    let cell = |(column, mut cell): (String, Value)| {
        let text = |at: usize| cell[at].as_str().unwrap_or("").to_owned();
        let (property, only, is_among) = (text(1), text(2), cell[3] == Value::Bool(true));
        (column, Cell { value: cell[0].take(), property, only, is_among })
    };
    Packed {
        id: id.into_iter().collect(),
        cells: cells.into_iter().map(cell).collect(),
        other_tags,
        is_quiet: value["quiet"] == Value::Bool(true),
        is_part: value["part"] == Value::Bool(true),
        is_optional: value["optional"] == Value::Bool(true),
        origin: Origin { source: origin(0), unit: origin(1), name: origin(2), address: origin(3), type_name: origin(4) },
    }
}
