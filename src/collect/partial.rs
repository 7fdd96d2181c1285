//! The unfinished file of a run: held by one run at a time, and taken up again by the next one when it is asked to.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

use super::{CollectError, Options, TOOL};
use crate::aws::Scope;
use crate::inventory::{GLOBAL, Held, RESUMPTION_DDL, Snapshot, SnapshotError, Table, Time, View, unfinished};
use crate::plan::Plan;
use crate::services;

/// How old what is taken up again may be, in seconds. All ages are counted from its beginning: after a day it would tell of two days.
const OLDEST: i64 = 86_400;

/// An unfinished file that this run writes.
pub(super) struct Partial {
    /// Where it is.
    pub(super) path: PathBuf,
    /// The file, open for writing.
    pub(super) connection: Connection,
    /// When the run began that is taken up again.
    pub(super) started_at: Option<Time>,
    /// How many readers it had brought to their end.
    pub(super) resumed: Option<u64>,
    _held: Held,
}

impl Partial {
    /// Opens the unfinished file of a run: a new one, or the one that an earlier run left, if that is asked for and there is one.
    pub(super) fn open(options: &Options, plan: &Plan, tables: &[&Table], views: &[&View]) -> Result<Self, CollectError> {
        let path = unfinished(&options.out);
        let held = Held::take(&path).map_err(|source| SnapshotError::File { path: path.clone(), source })?;
        let held = held.ok_or_else(|| CollectError::Busy(path.clone()))?;
        if options.is_resumed {
            reuse_cancelled(options, &path)?;
            if path.exists()
                && let Some((connection, started_at)) = left(&path, options, plan)?
            {
                let done = keep_whole(&connection).map_err(|source| SnapshotError::Sqlite { path: path.clone(), source })?;
                return Ok(Self { path, connection, started_at: Some(started_at), resumed: Some(done), _held: held });
            }
        }
        // What a killed run left of its last transaction belongs to the file that is replaced.
        let mut journal = path.clone().into_os_string();
        journal.push("-journal");
        let _ = std::fs::remove_file(journal);
        let connection = Snapshot::create(Some(&path), tables, views)?;
        Ok(Self { path, connection, started_at: None, resumed: None, _held: held })
    }
}

/// A run that the user cancelled has its own name already, and says that it is incomplete: it can be gone on with all the same.
fn reuse_cancelled(options: &Options, partial: &Path) -> Result<(), CollectError> {
    if partial.exists() || !options.out.exists() {
        return Ok(());
    }
    match Snapshot::glance(&options.out) {
        Ok(glance) if !glance.meta.complete => {
            let io = |source| SnapshotError::File { path: partial.to_owned(), source };
            std::fs::copy(&options.out, partial).map(|_| ()).map_err(|source| io(source).into())
        }
        // A whole one, or none: there is nothing to go on with.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// What an earlier run left, if it had begun at all.
fn left(path: &Path, options: &Options, plan: &Plan) -> Result<Option<(Connection, Time)>, CollectError> {
    let Some(connection) = Snapshot::open_unfinished(path)? else { return Ok(None) };
    let sqlite = |source| SnapshotError::Sqlite { path: path.to_owned(), source };
    let head = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let head: Option<(String, String, String)> =
        connection.query_row("select tool, started_at, selection from snapshot", [], head).optional().map_err(sqlite)?;
    let Some((tool, started_at, selection)) = head else { return Ok(None) };
    let refuse = |why: String| Err(CollectError::Resume { path: path.to_owned(), why: format!("{why}; without --resume it begins anew") });
    if tool != TOOL {
        return refuse(format!("it was begun by {tool}, and this is {TOOL}"));
    }
    if serde_json::from_str::<Vec<String>>(&selection).ok().is_none_or(|tables| tables != plan.tables()) {
        return refuse("it was begun to read other tables".to_owned());
    }
    let started_at = Time::from_text(started_at);
    let now = options.replay.as_ref().map_or_else(|| jiff::Timestamp::now().as_second(), |recording| recording.header.started_at);
    if started_at.unix().is_none_or(|begun| now - begun > OLDEST) {
        return refuse(format!("it was begun at {}, more than a day ago, and would tell of two days as of one", started_at.as_str()));
    }
    Ok(Some((connection, started_at)))
}

/// Refuses to go on where something else answers than did before.
pub(super) fn endpoint_fits(connection: &Connection, path: &Path, endpoint: &str) -> Result<(), CollectError> {
    let before: String = connection.query_row("select endpoint from snapshot", [], |row| row.get(0))?;
    if before == endpoint {
        return Ok(());
    }
    let name = |endpoint: &str| if endpoint.is_empty() { "AWS".to_owned() } else { endpoint.to_owned() };
    let why = format!("{} answered then, and {} would now; without --resume it begins anew", name(&before), name(endpoint));
    Err(CollectError::Resume { path: path.to_owned(), why })
}

/// Throws away what was read in part, or not at all, and says how many readers had come to their end.
fn keep_whole(connection: &Connection) -> rusqlite::Result<u64> {
    connection.execute_batch("begin")?;
    connection.execute_batch(RESUMPTION_DDL)?;
    // The statistics are those of a cancelled run, and are made anew at the end.
    connection.execute_batch("update snapshot set finished_at = '', complete = 0; drop table if exists sqlite_stat1")?;
    let sql = "select distinct reader, account_id, region from coverage where complete = 0";
    let open: Vec<(String, String, String)> =
        connection.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<rusqlite::Result<_>>()?;
    for (name, account, region) in &open {
        let Some(reader) = services::readers().find(|reader| reader.name == name) else { continue };
        for table in reader.tables {
            // What is listed once for all regions has rows in any of them.
            let rows = format!("delete from {} where account_id = ?1 and (region = ?2 or ?3)", table.name);
            connection.prepare_cached(&rows)?.execute(params![account, region, reader.scope == Scope::Global])?;
            let gaps = "delete from gap where table_name = ? and account_id = ? and region = ?";
            connection.prepare_cached(gaps)?.execute([table.name, account, region])?;
        }
        // It may have said of another table's rows what it could not tell. Whose permission it is tells whose gap.
        let others = || services::readers().filter(|other| other.name != reader.name).flat_map(|other| other.calls);
        for own in reader.calls.iter().filter(|call| others().all(|other| other.permission != call.permission)) {
            let gaps = "delete from gap where action = ? and account_id = ? and region = ?";
            connection.prepare_cached(gaps)?.execute([own.permission, account, region])?;
        }
        let entries = "delete from ledger where reader = ? and account_id = ? and region = ?";
        connection.prepare_cached(entries)?.execute([name, account, region])?;
        let coverage = "delete from coverage where reader = ? and account_id = ? and region = ?";
        connection.prepare_cached(coverage)?.execute([name, account, region])?;
    }
    // Whoever asked who belongs to the organization is no reader, and asks again.
    connection.execute_batch(
        "delete from ledger where reader not in (select reader from coverage);
         delete from gap where table_name not in (select table_name from coverage)",
    )?;
    let done: u64 = connection.query_row("select count(*) from (select distinct reader, account_id, region from coverage)", [], |row| {
        row.get::<_, i64>(0).map(i64::unsigned_abs)
    })?;
    let now = Time::from_unix(jiff::Timestamp::now().as_second());
    connection.execute("insert into resumption values (?, ?)", params![now.as_str(), i64::try_from(done).unwrap_or(i64::MAX)])?;
    connection.execute_batch("commit")?;
    Ok(done)
}

/// An account of the unfinished file that is none of these.
pub(super) fn strange_account(connection: &Connection, accounts: &[String]) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare("select distinct account_id from coverage order by 1")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let account: String = row.get(0)?;
        if !accounts.contains(&account) {
            return Ok(Some(account));
        }
    }
    Ok(None)
}

/// Whether an account that is entered already was to be read in these regions; empty for all that it has.
pub(super) fn regions_fit(connection: &Connection, account_id: &str, wanted: &[String]) -> rusqlite::Result<bool> {
    let sql = "select count(*) from coverage where table_name = 'aws_account' and account_id = ? and complete = 1";
    if connection.query_row(sql, [account_id], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(true);
    }
    let sql = "select region, in_scope from place where account_id = ? and region <> 'global'";
    let places: Vec<(String, bool)> =
        connection.prepare_cached(sql)?.query_map([account_id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    Ok(places.iter().all(|(region, in_scope)| *in_scope == (wanted.is_empty() || wanted.contains(region))))
}

/// What speaks against going on with an account that the credentials have led to: the file was begun with `accounts` others, or to
/// read other regions.
pub(super) fn objection(connection: &Connection, account_id: &str, wanted: &[String], accounts: usize) -> rusqlite::Result<Option<String>> {
    let sql = "select distinct account_id from coverage where account_id <> ? order by 1";
    let others: Vec<String> = connection.prepare(sql)?.query_map([account_id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    if others.len() >= accounts {
        // Nothing of this account may stay in a file that is of others.
        connection.execute("delete from aws_account where account_id = ?", [account_id])?;
        connection.execute("delete from ledger where account_id = ?", [account_id])?;
        return Ok(Some(format!("it was begun with account {}, and these credentials lead to {account_id}", others.join(", "))));
    }
    let why = || format!("it was begun to read other regions of {account_id}: give the same ones");
    Ok((!regions_fit(connection, account_id, wanted)?).then(why))
}

/// The readers that came to their end in an account, each with its region.
pub(super) fn read_before(connection: &Connection, account_id: &str) -> rusqlite::Result<HashSet<(String, String)>> {
    let sql = "select reader, region from coverage where account_id = ? group by reader, region having min(complete) = 1";
    connection.prepare_cached(sql)?.query_map([account_id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Whether every reader of a plan came to its end in every place of an account that was to be read.
pub(super) fn is_read(connection: &Connection, plan: &Plan, account_id: &str) -> rusqlite::Result<bool> {
    let sql = "select region from place where account_id = ? and in_scope and region <> 'global'";
    let regions: Vec<String> =
        connection.prepare_cached(sql)?.query_map([account_id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let before = read_before(connection, account_id)?;
    let has = |reader: &str, region: &str| before.contains(&(reader.to_owned(), region.to_owned()));
    Ok(!before.is_empty()
        && plan.all().all(|reader| match reader.scope {
            Scope::Global => has(reader.name, GLOBAL),
            Scope::Regional => regions.iter().all(|region| has(reader.name, region)),
        }))
}
