//! What a snapshot says about its own completeness, for the head and the foot of reports.

use rusqlite::Connection;

use super::standing::Standing;
use crate::finding::{Coverage, Hole};

/// Which of these tables were not read completely in some place of the snapshot, and why: a sentence for each table and cause.
///
/// # Errors
/// When the snapshot cannot be read.
pub fn unread<'t>(connection: &Connection, tables: impl IntoIterator<Item = &'t str>) -> rusqlite::Result<Vec<String>> {
    let standing = Standing::of(connection)?;
    let mut sentences = Vec::new();
    for table in tables {
        for account in standing.accounts() {
            for region in standing.places_of(table, account) {
                if let Some(missing) = standing.hole(table, account, &region)? {
                    sentences.push(format!("{table} was not read: {}", missing.sentence()));
                }
            }
        }
    }
    sentences.dedup();
    Ok(sentences)
}

/// Counts calls and lists gaps.
///
/// # Errors
/// When the snapshot cannot be read.
pub fn coverage(connection: &Connection) -> rusqlite::Result<Coverage> {
    let sql = "select count(*), coalesce(sum(outcome = 'denied'), 0), coalesce(sum(outcome = 'throttled'), 0),
        coalesce(sum(outcome not in ('ok', 'absent', 'denied', 'throttled')), 0) from ledger";
    let (calls, denied, throttled, failed) =
        connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let sql = "select table_name, account_id, region, resource, action, outcome, code, message from gap order by id";
    let mut statement = connection.prepare(sql)?;
    let hole = |row: &rusqlite::Row<'_>| {
        Ok(Hole {
            table: row.get(0)?,
            account: row.get(1)?,
            region: row.get(2)?,
            resource: row.get(3)?,
            action: row.get(4)?,
            outcome: row.get(5)?,
            code: row.get(6)?,
            message: row.get(7)?,
        })
    };
    let gaps = statement.query_map([], hole)?.collect::<rusqlite::Result<_>>()?;
    Ok(Coverage { calls, denied, throttled, failed, gaps })
}
