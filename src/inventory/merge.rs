//! Joining snapshots of different accounts into one, row by row: what one run over all of them would have written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::ledger::LEDGER_DDL;
use super::snapshot::{Snapshot, SnapshotError};
use super::table::{Table, Time};
use super::view::View;

/// When runs were taken up again that make up a snapshot; only a snapshot of such a run has it.
pub const RESUMPTION_DDL: &str = "
create table if not exists resumption (
  at text not null, -- When a run was taken up again that had not come to its end.
  readers integer not null -- How many readers, each in its place, had come to their end by then.
) strict;
";

/// Why snapshots cannot be joined.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// One of them, or the new one, cannot be used.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// Two of them do not fit together.
    #[error("{} and {}: {why}", first.display(), second.display())]
    Unlike {
        /// The first.
        first: PathBuf,
        /// The one that does not fit it.
        second: PathBuf,
        /// What is different, and what to do.
        why: String,
    },
    /// SQLite could not do what was asked.
    #[error("{}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

/// What the head of a snapshot says.
struct Head {
    path: PathBuf,
    schema: i32,
    tool: String,
    started_at: String,
    finished_at: String,
    complete: bool,
    endpoint: String,
    selection: String,
    accounts: Vec<String>,
}

/// Writes a new snapshot with all that several hold. It is `out` itself that is written: give it a name of its own until it is whole.
///
/// # Errors
/// When one of them cannot be read, or they do not fit together: other tables, another version, or an account that is in two.
pub fn merge(out: &Path, parts: &[PathBuf], tables: &[&Table], views: &[&View]) -> Result<(), MergeError> {
    let heads = parts.iter().map(|path| head(path, tables, views)).collect::<Result<Vec<_>, _>>()?;
    fit(&heads)?;
    let connection = Snapshot::create(Some(out), tables, views)?;
    let sqlite = |path: &Path| {
        let path = path.to_owned();
        move |source| MergeError::Sqlite { path, source }
    };
    if let Some(first) = heads.first() {
        let earliest = heads.iter().map(|head| head.started_at.as_str()).min().unwrap_or("");
        let values = params![first.schema, first.tool, earliest, first.endpoint, first.selection];
        connection.execute("insert into snapshot values (?, ?, ?, '', 0, ?, ?)", values).map_err(sqlite(out))?;
    }
    for head in &heads {
        copy(&connection, &head.path, tables).map_err(sqlite(&head.path))?;
    }
    let latest = heads.iter().map(|head| head.finished_at.as_str()).max().unwrap_or("");
    // A part that was cut short has no end of its own.
    let is_complete = heads.iter().all(|head| head.complete);
    Snapshot::end(&connection, &Time::from_text(latest.to_owned()), is_complete).map_err(sqlite(out))
}

fn head(path: &Path, tables: &[&Table], views: &[&View]) -> Result<Head, MergeError> {
    let snapshot = Snapshot::open(path, tables, views)?;
    let accounts = snapshot.meta.accounts.clone();
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Head {
            path: path.to_owned(),
            schema: row.get(0)?,
            tool: row.get(1)?,
            started_at: row.get(2)?,
            finished_at: row.get(3)?,
            complete: row.get(4)?,
            endpoint: row.get(5)?,
            selection: row.get(6)?,
            accounts: accounts.clone(),
        })
    };
    let sql = "select schema, tool, started_at, finished_at, complete, endpoint, selection from snapshot";
    let sqlite = |source| MergeError::Sqlite { path: path.to_owned(), source };
    snapshot.connection().query_row(sql, [], read).map_err(sqlite)
}

/// Refuses what one run could not have written.
fn fit(heads: &[Head]) -> Result<(), MergeError> {
    let Some((first, others)) = heads.split_first() else { return Ok(()) };
    for other in others {
        let unlike = |what: &str, a: &str, b: &str| {
            Err(MergeError::Unlike { first: first.path.clone(), second: other.path.clone(), why: format!("{what}: {a}, and {b}") })
        };
        if first.schema != other.schema {
            return unlike("they are of different layouts", &first.schema.to_string(), &other.schema.to_string());
        }
        if first.tool != other.tool {
            return unlike("they were made by different versions", &first.tool, &other.tool);
        }
        if first.endpoint != other.endpoint {
            let name = |endpoint: &str| if endpoint.is_empty() { "AWS".to_owned() } else { endpoint.to_owned() };
            return unlike("different ones answered", &name(&first.endpoint), &name(&other.endpoint));
        }
        if first.selection != other.selection {
            let (first, second) = (first.path.clone(), other.path.clone());
            let why =
                "they were taken to read different tables: a table that was not asked for would look as if it held nothing".to_owned();
            return Err(MergeError::Unlike { first, second, why });
        }
    }
    let mut owners: BTreeMap<&str, &Path> = BTreeMap::new();
    for head in heads {
        for account in &head.accounts {
            if let Some(other) = owners.insert(account, &head.path) {
                let why = format!("both hold account {account}: leave one of them out");
                return Err(MergeError::Unlike { first: other.to_owned(), second: head.path.clone(), why });
            }
        }
    }
    Ok(())
}

/// Copies all that a part holds but its head.
fn copy(connection: &Connection, path: &Path, tables: &[&Table]) -> rusqlite::Result<()> {
    // SQLite takes the name for bytes of UTF-8.
    connection.execute("attach database ? as part", [path.to_string_lossy()])?;
    let copied = (|| {
        connection.execute_batch("begin")?;
        for (table, order) in [("place", "account_id, region"), ("coverage", "table_name, account_id, region, reader")] {
            connection.execute_batch(&format!("insert into main.{table} select * from part.{table} order by {order}"))?;
        }
        // Numbers are given anew when all is there.
        for table in ["ledger", "gap"] {
            let columns = columns(table).join(", ");
            connection.execute_batch(&format!("insert into main.{table} ({columns}) select {columns} from part.{table} order by id"))?;
        }
        for table in tables {
            if has_table(connection, table.name)? {
                let columns: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
                let columns = columns.join(", ");
                connection.execute_batch(&format!("insert into main.{0} ({columns}) select {columns} from part.{0}", table.name))?;
            }
        }
        if has_table(connection, "resumption")? {
            connection.execute_batch(RESUMPTION_DDL)?;
            connection.execute_batch("insert into main.resumption select at, readers from part.resumption")?;
        }
        connection.execute_batch("commit")
    })();
    if copied.is_err() {
        // The first error is the one to tell.
        let _ = connection.execute_batch("rollback");
    }
    copied?;
    connection.execute_batch("detach database part")
}

fn has_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "select count(*) > 0 from part.sqlite_schema where type = 'table' and name = ?";
    connection.query_row(sql, [name], |row| row.get(0))
}

/// The columns of a table of the ledger, without its number.
fn columns(table: &str) -> Vec<&'static str> {
    let start = format!("create table {table} (");
    let lines = LEDGER_DDL.lines().skip_while(|line| **line != start).skip(1).take_while(|line| !line.starts_with(')'));
    lines.filter_map(|line| line.split_whitespace().next()).filter(|column| *column != "id").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Place;

    /// A snapshot of some accounts, each with an entry in the ledger, and a gap.
    fn part(folder: &Path, name: &str, started_at: &str, accounts: &[&str], change: impl Fn(&Connection)) -> PathBuf {
        let path = folder.join(name);
        let connection = Snapshot::create(Some(&path), &[], &[]).unwrap();
        Snapshot::begin(&connection, "driftlead test", &Time::from_text(started_at.to_owned()), "", &["aws_vpc"]).unwrap();
        for account in accounts {
            let place = Place { account_id: (*account).to_owned(), region: "global".to_owned(), in_scope: true };
            Snapshot::places(&connection, &[place]).unwrap();
            let entry = "insert into ledger values (null, ?, 'global', 's', 'A', 's:A', 'r', '', '', 'ok', '', '', 1, 1, ?, 1, 0, 0)";
            connection.execute(entry, [*account, started_at]).unwrap();
            connection.execute("insert into gap values (null, 't', ?, 'global', '', '[]', 's:A', 'denied', '', '')", [account]).unwrap();
            connection.execute("insert into coverage values ('t', ?, 'global', 'r', 1)", [account]).unwrap();
        }
        change(&connection);
        Snapshot::end(&connection, &Time::from_text(started_at.replace("10:", "11:")), true).unwrap();
        path
    }

    #[test]
    fn the_whole_is_what_one_run_would_have_written() {
        let folder = tempfile::tempdir().unwrap();
        let late = part(folder.path(), "late it's.db", "2026-11-20T10:05:00Z", &["3", "1"], |_| {});
        let early = part(folder.path(), "early.db", "2026-11-20T10:00:00Z", &["2"], |connection| {
            connection.execute_batch(RESUMPTION_DDL).unwrap();
            connection.execute("insert into resumption values ('2026-11-20T10:01:00Z', 7)", []).unwrap();
        });
        let none = part(folder.path(), "none.db", "2026-11-20T10:07:00Z", &[], |_| {});
        let out = folder.path().join("all.db");
        merge(&out, &[late, early, none], &[], &[]).unwrap();
        let whole = Snapshot::open(&out, &[], &[]).unwrap();
        assert_eq!(whole.meta.accounts, ["1", "2", "3"]);
        assert_eq!((whole.meta.started_at.as_str(), whole.meta.finished_at.as_str()), ("2026-11-20T10:00:00Z", "2026-11-20T11:07:00Z"));
        assert!(whole.meta.complete);
        let list = |sql: &str| -> Vec<String> {
            whole.connection().prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        assert_eq!(list("select id || ' ' || account_id from ledger order by id"), ["1 2", "2 1", "3 3"]);
        assert_eq!(list("select id || ' ' || account_id from gap order by id"), ["1 1", "2 2", "3 3"]);
        assert_eq!(list("select account_id from coverage order by 1"), ["1", "2", "3"]);
        assert_eq!(list("select at || ' ' || readers from resumption"), ["2026-11-20T10:01:00Z 7"]);
    }

    #[test]
    fn what_one_run_could_not_have_written_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let at = "2026-11-20T10:00:00Z";
        let first = part(folder.path(), "a.db", at, &["1", "2"], |_| {});
        let refused = |name: &str, accounts: &[&str], sql: &str| {
            let other = part(folder.path(), name, at, accounts, |connection| connection.execute_batch(sql).unwrap());
            merge(&folder.path().join("out.db"), &[first.clone(), other], &[], &[]).unwrap_err().to_string()
        };
        assert!(refused("b.db", &["3", "2"], "").contains("both hold account 2"));
        assert!(
            refused("c.db", &["3"], "update snapshot set tool = 'driftlead 9'")
                .contains("different versions: driftlead test, and driftlead 9")
        );
        assert!(refused("d.db", &["3"], "update snapshot set endpoint = 'http://x'").contains("AWS, and http://x"));
        assert!(refused("e.db", &["3"], "update snapshot set selection = '[]'").contains("different tables"));
        std::fs::write(folder.path().join("text.db"), "text").unwrap();
        let text = merge(&folder.path().join("out.db"), &[first.clone(), folder.path().join("text.db")], &[], &[]);
        assert!(matches!(text, Err(MergeError::Snapshot(SnapshotError::NotASnapshot(_)))), "{text:?}");
        assert!(!folder.path().join("out.db").exists(), "nothing is written before all fit");
    }

    #[test]
    fn a_part_that_was_cut_short_leaves_the_whole_incomplete() {
        let folder = tempfile::tempdir().unwrap();
        let at = "2026-11-20T10:00:00Z";
        let whole = part(folder.path(), "a.db", at, &["1"], |_| {});
        let cut = part(folder.path(), "b.db", at, &["2"], |_| {});
        Connection::open(&cut).unwrap().execute_batch("update snapshot set complete = 0").unwrap();
        let out = folder.path().join("out.db");
        merge(&out, &[whole, cut], &[], &[]).unwrap();
        assert!(!Snapshot::glance(&out).unwrap().meta.complete);
    }
}
