//! What it means that a snapshot has no verdict of a check on a resource: not every resource is asked about, and what is not in a
//! list is gone only if that list was read to its end.

use anyhow::Result;
use rusqlite::params_from_iter;

use crate::inventory::{GLOBAL, Snapshot};
use crate::services;

/// Why there is no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// The resource is there, and the check is not about such.
    NotAsked,
    /// The resource is not there, and whatever would list it was read to its end.
    NotThere,
    /// Nobody knows, and why.
    Unread(String),
}

/// Why a check whose subject is this table says nothing of a resource. `region` may be `''` for one that tells none.
///
/// # Errors
/// When the snapshot cannot be asked.
pub fn absence(snapshot: &Snapshot, subject: &str, resource: &str, account: &str, region: &str) -> Result<Absence> {
    let is_there = |sql: &str, values: &[&str]| -> rusqlite::Result<bool> {
        let mut statement = snapshot.connection().prepare_cached(&format!("select exists ({sql})"))?;
        statement.query_row(params_from_iter(values), |row| row.get(0))
    };
    if is_there(&format!("select 1 from {subject} where arn = ? and account_id = ?"), &[resource, account])? {
        return Ok(Absence::NotAsked);
    }
    let guard = |name: &str| services::tables().into_iter().find(|table| table.name == name).and_then(|table| table.guard);
    let mut next = guard(subject);
    while let Some((parent, column)) = next {
        if is_there(&format!("select 1 from {parent} where {column} is null and account_id = ?"), &[account])? {
            return Ok(Absence::Unread(format!("{subject} was not read in full: {parent}.{column} is unread")));
        }
        next = guard(parent);
    }
    let covered = "select 1 from coverage where table_name = ? and account_id = ? and region in (?, 'global') and complete";
    if is_there(covered, &[subject, account, region])? {
        return Ok(Absence::NotThere);
    }
    let place = if region.is_empty() { GLOBAL } else { region };
    Ok(Absence::Unread(format!("{subject} was not read in {place} of {account}")))
}
