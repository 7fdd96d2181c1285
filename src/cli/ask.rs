//! Asking a snapshot with SQL that a user wrote: one statement, reading only.

use anyhow::{Result, anyhow, bail};
use rusqlite::types::Value;

use crate::inventory::Snapshot;

/// What SQLite said to a statement, in words that help.
pub fn explained(error: rusqlite::Error) -> anyhow::Error {
    match error {
        rusqlite::Error::MultipleStatement => anyhow!("one statement at a time"),
        rusqlite::Error::SqlInputError { msg, offset, sql, .. } => {
            let at = usize::try_from(offset).unwrap_or(0).min(sql.len());
            let line = 1 + sql.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
            anyhow!("line {line}: {msg} (driftlead list tables shows the tables, driftlead explain TABLE the columns)")
        }
        error if error.sqlite_error_code() == Some(rusqlite::ErrorCode::AuthorizationForStatementDenied) => {
            anyhow!("a query only reads; this statement would do more")
        }
        error => error.into(),
    }
}

/// The columns and the rows of an answer; NULL is `None`.
pub type Answer = (Vec<String>, Vec<Vec<Option<String>>>);

/// Asks.
pub fn ask(snapshot: &Snapshot, sql: &str) -> Result<Answer> {
    let mut statement = snapshot.connection().prepare(sql).map_err(explained)?;
    if !statement.readonly() {
        bail!("a query only reads; this statement would write");
    }
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    let mut answer = Vec::new();
    while let Some(row) = rows.next()? {
        let cell = |i| row.get::<_, Value>(i).map(text);
        answer.push((0..columns.len()).map(cell).collect::<Result<Vec<_>, _>>()?);
    }
    Ok((columns, answer))
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        Value::Text(text) => Some(text),
        Value::Blob(bytes) => Some(format!("{} bytes", bytes.len())),
    }
}
