//! Asking a snapshot with SQL that a user wrote: one statement, reading only.

use anyhow::{Result, anyhow, bail};
use rusqlite::types::Value as SqlValue;
use serde_json::Value;

use super::near;
use crate::inventory::Snapshot;
use crate::services;

const ONLY_READS: &str = "a query is one SELECT: it reads, and nothing else";

/// What SQLite said to a statement, in words that help.
pub fn explained(error: rusqlite::Error) -> anyhow::Error {
    match error {
        rusqlite::Error::MultipleStatement => anyhow!("one statement at a time"),
        rusqlite::Error::SqlInputError { msg, offset, sql, .. } => {
            // Where SQLite names no place, it says -1.
            let before = usize::try_from(offset).ok().map(|at| &sql.as_bytes()[..at.min(sql.len())]);
            let line = before.map(|before| 1 + before.iter().filter(|byte| **byte == b'\n').count());
            hinted(line.map_or_else(String::new, |line| format!("line {line}: ")), &msg)
        }
        error if error.sqlite_error_code() == Some(rusqlite::ErrorCode::AuthorizationForStatementDenied) => anyhow!(ONLY_READS),
        rusqlite::Error::SqliteFailure(_, Some(message)) => hinted(String::new(), &message),
        error => error.into(),
    }
}

fn hinted(place: String, message: &str) -> anyhow::Error {
    let hint = match message.strip_prefix("no such table: ") {
        Some(typed) => near::question(&near::of(typed, &tables(), 3)),
        None => String::new(),
    };
    anyhow!("{place}{message}{hint} (driftlead list tables shows the tables, driftlead explain TABLE the columns)")
}

fn tables() -> Vec<&'static str> {
    let ledger = ["gap", "ledger", "coverage", "place", "snapshot"];
    let tables = services::tables().into_iter().map(|table| table.name);
    tables.chain(services::views().into_iter().map(|view| view.name)).chain(ledger).collect()
}

/// The columns and the rows of an answer.
pub type Answer = (Vec<String>, Vec<Vec<Value>>);

/// Asks.
pub fn ask(snapshot: &Snapshot, sql: &str) -> Result<Answer> {
    let mut statement = snapshot.connection().prepare(sql).map_err(explained)?;
    // ATTACH and its like call themselves reading; they have no columns to tell.
    if !statement.readonly() || statement.column_count() == 0 {
        bail!(ONLY_READS);
    }
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([]).map_err(explained)?;
    let mut answer = Vec::new();
    while let Some(row) = rows.next().map_err(explained)? {
        let cell = |i| row.get::<_, SqlValue>(i).map(value);
        answer.push((0..columns.len()).map(cell).collect::<Result<Vec<_>, _>>()?);
    }
    Ok((columns, answer))
}

fn value(value: SqlValue) -> Value {
    match value {
        SqlValue::Null => Value::Null,
        SqlValue::Integer(number) => number.into(),
        SqlValue::Real(number) => number.into(),
        SqlValue::Text(text) => text.into(),
        SqlValue::Blob(bytes) => format!("{} bytes", bytes.len()).into(),
    }
}
