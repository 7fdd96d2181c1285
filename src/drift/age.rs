//! Snapshots of other versions: which columns they have, and what cannot be asked of them.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::shelf::Shelf;
use crate::inventory::Table;

/// The columns that a table has in a snapshot, which may be older than this version.
pub(super) fn columns_of(connection: &Connection, table: &str) -> rusqlite::Result<BTreeSet<String>> {
    connection.prepare_cached("select name from pragma_table_info(?1)")?.query_map([table], |row| row.get(0))?.collect()
}

/// A column that finding the rows of a shelf needs, and that the snapshot does not have.
pub(super) fn lacking(shelf: &Shelf, kept: &BTreeSet<String>) -> Option<String> {
    shelf.columns.iter().cloned().chain(words_of(&shelf.gone)).find(|column| !kept.contains(column))
}

/// The columns of `it` that SQL reads.
pub(super) fn words_of(sql: &str) -> Vec<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let starts = sql.match_indices("it.").filter(|(at, _)| !sql[..*at].ends_with(is_word)).map(|(at, _)| &sql[at + 3..]);
    starts.map(|rest| rest.split(|c| !is_word(c)).next().unwrap_or("").to_owned()).collect()
}

/// Why a column is not in a snapshot.
pub(super) fn before(table: &Table, column: &str) -> String {
    format!("{}.{column} is not in this snapshot, which an older driftlead took", table.name)
}
