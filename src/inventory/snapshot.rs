//! The snapshot file: made once, read for years.
//!
//! A snapshot holds every table that this version knows, filled or not, so that any check can be prepared on it; which tables were
//! really read is what `coverage` says. It is written under a name of its own and renamed when it is whole or was cut short in an
//! orderly way, so a file under the name that the user gave is always readable.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

use super::functions::add_functions;
use super::ledger::{LEDGER_DDL, Place};
use super::lookup::make_lookups;
use super::table::{Table, Time};
use super::trust::{bound, objection, set_patience};
use super::view::View;

/// The version of the layout, also in SQLite's `user_version`. It grows when an older driftlead could misread a newer file.
pub const SCHEMA: i32 = 1;

/// The `application_id` that marks the file: "dlsn".
const APPLICATION_ID: i32 = 0x646c_736e;

/// How much of a file a connection keeps in memory, as SQLite counts it: 16 MiB. Sorters take as much again before they go to a file.
const CACHE: i32 = -16 * 1024;

/// From how many bytes on a file is worth being read ahead.
const LARGE: u64 = 16 << 20;

/// Why a snapshot cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// There is no such file, or it may not be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file, but not one of ours.
    #[error("{0} is not a driftlead snapshot (make one with `driftlead snapshot -o FILE`)")]
    NotASnapshot(PathBuf),
    /// Made by a later version.
    #[error("{path} has schema {found}, this driftlead reads up to schema {SCHEMA}: use the version that made it ({tool}) or a later one")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i32,
        /// The program that made it.
        tool: String,
    },
    /// Cut off or damaged.
    #[error("{path} is damaged: {detail} (copy it again, or take a new snapshot)")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        detail: String,
    },
    /// SQLite could not do what was asked.
    #[error("{path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

/// What a snapshot says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The program that made it.
    pub tool: String,
    /// The clock from which ages are counted.
    pub started_at: Time,
    /// When the last reader ended.
    pub finished_at: Time,
    /// Whether every planned reader ran.
    pub complete: bool,
    /// `''` for AWS itself; otherwise what answered in its place.
    pub endpoint: String,
    /// The accounts, sorted.
    pub accounts: Vec<String>,
    /// The regions that were to be read, sorted, without `global`.
    pub regions: Vec<String>,
}

/// What can be told of a snapshot by a look at its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// What it says of itself.
    pub meta: Meta,
    /// Calls in its ledger.
    pub calls: u32,
    /// Gaps: what those calls did not tell.
    pub gaps: u32,
}

/// A snapshot that is open for reading.
#[derive(Debug)]
pub struct Snapshot {
    /// Where it is.
    pub path: PathBuf,
    /// What it says of itself.
    pub meta: Meta,
    connection: Connection,
    /// What was added to the connection: tables that the file lacks, and the views.
    added: String,
}

impl Snapshot {
    /// Makes an empty snapshot in a file that does not exist yet, or in memory, ready for a [`super::Writer`].
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(path: Option<&Path>, tables: &[&Table], views: &[&View]) -> Result<Connection, SnapshotError> {
        let sqlite = |source| SnapshotError::Sqlite { path: path.unwrap_or(Path::new(":memory:")).to_owned(), source };
        let connection = match path {
            Some(path) => {
                // SQLite's own message for a folder that is not there or not writable is hard to understand.
                std::fs::File::create(path).map_err(|source| SnapshotError::File { path: path.to_owned(), source })?;
                Connection::open(path).map_err(sqlite)?
            }
            None => Connection::open_in_memory().map_err(sqlite)?,
        };
        let make = || -> rusqlite::Result<()> {
            connection.pragma_update(None, "application_id", APPLICATION_ID)?;
            connection.pragma_update(None, "user_version", SCHEMA)?;
            // A crash of the machine may cost the file; a crash of driftlead does not.
            connection.pragma_update(None, "synchronous", "off")?;
            connection.execute_batch("begin")?;
            connection.execute_batch(LEDGER_DDL)?;
            tables.iter().try_for_each(|table| connection.execute_batch(&table.ddl(false)))?;
            views.iter().try_for_each(|view| connection.execute_batch(&view.ddl(false)))?;
            connection.execute_batch("commit")
        };
        match (make(), path) {
            (Ok(()), _) => Ok(connection),
            (Err(source), path) => {
                drop(connection);
                // Without its tables it is of use to nobody.
                let _ = path.map(std::fs::remove_file);
                Err(sqlite(source))
            }
        }
    }

    /// Opens a snapshot that is not finished, to go on with it; `None` if what is there was never even laid out.
    ///
    /// # Errors
    /// When it is damaged, or not a snapshot of this layout.
    pub fn open_unfinished(path: &Path) -> Result<Option<Connection>, SnapshotError> {
        let connection = Connection::open(path).map_err(|error| broken(path, error))?;
        let pragma = |name: &str| connection.query_row(&format!("pragma {name}"), [], |row| row.get::<_, i32>(0));
        let (application_id, schema) = (pragma("application_id"), pragma("user_version"));
        match (application_id.map_err(|error| broken(path, error))?, schema.map_err(|error| broken(path, error))?) {
            (APPLICATION_ID, SCHEMA) => {}
            (0, 0) => return Ok(None),
            _ => return Err(SnapshotError::NotASnapshot(path.to_owned())),
        }
        let detail: String = connection.query_row("pragma quick_check(1)", [], |row| row.get(0)).map_err(|error| broken(path, error))?;
        if detail != "ok" {
            return Err(SnapshotError::Damaged { path: path.to_owned(), detail });
        }
        connection.pragma_update(None, "synchronous", "off").map_err(|error| broken(path, error))?;
        let has_head = connection.query_row("select count(*) from sqlite_schema where name = 'snapshot'", [], |row| row.get::<_, i64>(0));
        Ok((has_head.map_err(|error| broken(path, error))? > 0).then_some(connection))
    }

    /// Writes what a snapshot says of itself when it begins.
    ///
    /// # Errors
    /// When SQLite cannot write.
    pub fn begin(connection: &Connection, tool: &str, started_at: &Time, endpoint: &str, selection: &[&str]) -> rusqlite::Result<()> {
        let selection = serde_json::Value::from(selection.to_vec()).to_string();
        connection.execute(
            "insert into snapshot values (?, ?, ?, '', 0, ?, ?)",
            params![SCHEMA, tool, started_at.as_str(), endpoint, selection],
        )?;
        Ok(())
    }

    /// Writes the places of a run.
    ///
    /// # Errors
    /// When SQLite cannot write.
    pub fn places(connection: &Connection, places: &[Place]) -> rusqlite::Result<()> {
        for place in places {
            connection.execute("insert or replace into place values (?, ?, ?)", params![place.account_id, place.region, place.in_scope])?;
        }
        Ok(())
    }

    /// Marks a snapshot as ended.
    ///
    /// # Errors
    /// When SQLite cannot write.
    pub fn end(connection: &Connection, finished_at: &Time, complete: bool) -> rusqlite::Result<()> {
        // Readers run side by side; two replays of one recording must give the same numbers, and name the same gap first.
        renumber(connection, "ledger", "started_at, account_id, region, reader, action, resource, input")?;
        renumber(connection, "gap", "account_id, region, table_name, resource, action, outcome, columns, message")?;
        make_lookups(connection)?;
        // Last of all: what breaks off before this is not whole.
        connection.execute("update snapshot set finished_at = ?, complete = ?", params![finished_at.as_str(), complete])?;
        Ok(())
    }

    /// Opens a snapshot for reading; the views are this version's own, whichever version made the file.
    ///
    /// # Errors
    /// When the file is missing, damaged, not a snapshot, or of a later schema.
    pub fn open(path: &Path, tables: &[&Table], views: &[&View]) -> Result<Self, SnapshotError> {
        let mut connection = Self::open_file(path, tables)?;
        // Looking for damage takes as long as the file is large, and no longer.
        set_patience(&mut connection, None).map_err(|error| broken(path, error))?;
        let look = || connection.query_row("pragma quick_check(1)", [], |row| row.get::<_, String>(0));
        let detail = std::thread::scope(|scope| {
            scope.spawn(|| read_ahead(path));
            look()
        });
        let detail = detail.map_err(|error| broken(path, error))?;
        if detail != "ok" {
            return Err(SnapshotError::Damaged { path: path.to_owned(), detail });
        }
        Self::prepare(path, connection, tables, views)
    }

    /// Opens a snapshot that this very process has just written, without looking for damage.
    ///
    /// # Errors
    /// As [`Snapshot::open`].
    pub fn reopen(path: &Path, tables: &[&Table], views: &[&View]) -> Result<Self, SnapshotError> {
        let mut connection = Self::open_file(path, tables)?;
        set_patience(&mut connection, None).map_err(|error| broken(path, error))?;
        Self::prepare(path, connection, tables, views)
    }

    /// Looks at a snapshot's head without reading it to its end: quick for a folder full of them, and blind to damage further in.
    ///
    /// # Errors
    /// As [`Snapshot::open`], as far as the head tells.
    pub fn glance(path: &Path) -> Result<Glance, SnapshotError> {
        let connection = Self::open_file(path, &[])?;
        let look = || -> rusqlite::Result<Glance> {
            // Row by row: SQLite's own count of a whole table is one step, however long it takes.
            let count = |table: &str| connection.query_row(&format!("select count(*) from {table} where id > 0"), [], |row| row.get(0));
            Ok(Glance { meta: read_meta(&connection)?, calls: count("ledger")?, gaps: count("gap")? })
        };
        look().map_err(|error| broken(path, error))
    }

    /// A snapshot that was put together in memory, as the proofs of the checks are.
    ///
    /// # Errors
    /// When it was never begun.
    pub fn in_memory(connection: Connection, tables: &[&Table], views: &[&View]) -> Result<Self, SnapshotError> {
        Self::prepare(Path::new("memory"), connection, tables, views)
    }

    fn connect(path: &Path) -> Result<Connection, SnapshotError> {
        std::fs::File::open(path).map_err(|source| SnapshotError::File { path: path.to_owned(), source })?;
        if path.is_dir() {
            let source = std::io::Error::other("it is a folder; a snapshot is a file");
            return Err(SnapshotError::File { path: path.to_owned(), source });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(path, flags).map_err(|error| broken(path, error))
    }

    fn open_file(path: &Path, tables: &[&Table]) -> Result<Connection, SnapshotError> {
        let mut connection = Self::connect(path)?;
        let size = std::fs::metadata(path).map_err(|source| SnapshotError::File { path: path.to_owned(), source })?.len();
        // What is counted or listed at a glance takes some twenty steps a row, and a row of it has fifty bytes and more.
        set_patience(&mut connection, Some(size)).map_err(|error| broken(path, error))?;
        let pragma = |name: &str| connection.query_row(&format!("pragma {name}"), [], |row| row.get::<_, i32>(0));
        let application_id = pragma("application_id").map_err(|error| broken(path, error))?;
        let schema = pragma("user_version").map_err(|error| broken(path, error))?;
        if application_id != APPLICATION_ID {
            return Err(SnapshotError::NotASnapshot(path.to_owned()));
        }
        let objection = objection(&connection, tables).map_err(|error| broken(path, error))?;
        if schema > SCHEMA {
            let tool = || connection.query_row("select tool from snapshot", [], |row| row.get(0)).ok();
            let tool = if objection.is_some() { None } else { tool() };
            return Err(SnapshotError::Newer { path: path.to_owned(), found: schema, tool: tool.unwrap_or_else(|| "unknown".to_owned()) });
        }
        match objection {
            Some(detail) => Err(SnapshotError::Damaged { path: path.to_owned(), detail }),
            None => Ok(connection),
        }
    }

    fn prepare(path: &Path, connection: Connection, tables: &[&Table], views: &[&View]) -> Result<Self, SnapshotError> {
        let meta = read_meta(&connection).map_err(|error| broken(path, error))?;
        let finish = || -> rusqlite::Result<String> {
            bound(&connection)?;
            connection.pragma_update(None, "cache_size", CACHE)?;
            add_functions(&connection, meta.started_at.as_str())?;
            let names: HashSet<String> = connection
                .prepare("select name from sqlite_schema where type = 'table'")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            // A table that this version knows and an older file lacks is there, empty and without coverage: unread.
            let lacking = tables.iter().filter(|table| !names.contains(table.name));
            let made =
                lacking.map(|table| table.ddl(false).replace("create table ", "create temp table ").replace("index ", "index temp."));
            let added: String = made.chain(views.iter().map(|view| view.ddl(true))).collect();
            connection.execute_batch(&added)?;
            Ok(added)
        };
        let added = finish().map_err(|error| broken(path, error))?;
        Ok(Self { path: path.to_owned(), meta, connection, added })
    }

    /// The same snapshot once more, for another thread; nothing where there is no file to be opened again.
    pub fn again(&self) -> Option<Self> {
        let connection = Self::connect(&self.path).ok()?;
        let prepare = || -> rusqlite::Result<()> {
            bound(&connection)?;
            connection.pragma_update(None, "cache_size", CACHE)?;
            add_functions(&connection, self.meta.started_at.as_str())?;
            connection.execute_batch(&self.added)
        };
        prepare().ok()?;
        let is_same = read_meta(&connection).is_ok_and(|meta| meta == self.meta);
        is_same.then(|| Self { path: self.path.clone(), meta: self.meta.clone(), connection, added: self.added.clone() })
    }

    /// The connection, for questions.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// Gives rows the numbers that they would have in that order: all of them are written again, one after the other, which costs a
/// fraction of moving each to its place.
fn renumber(connection: &Connection, table: &str, order: &str) -> rusqlite::Result<()> {
    let list = |sql: &str| -> rusqlite::Result<Vec<String>> { connection.prepare(sql)?.query_map([table], |row| row.get(0))?.collect() };
    let columns = list("select name from pragma_table_info(?) where name <> 'id' order by cid")?.join(", ");
    let indexes = list("select name from sqlite_schema where type = 'index' and tbl_name = ? and sql is not null")?;
    let made = list("select sql from sqlite_schema where type = 'index' and tbl_name = ? and sql is not null")?;
    let without: String = indexes.iter().map(|name| format!("drop index {name};\n")).collect();
    connection.execute_batch(&format!(
        "begin;
         create temp table renumbered as select {columns} from {table} order by {order}, id;
         {without}
         delete from {table};
         insert into {table} (id, {columns}) select rowid, {columns} from temp.renumbered order by rowid;
         {};
         commit;
         drop table temp.renumbered;",
        made.join(";\n")
    ))
}

/// Reads a large file from its beginning to its end. Who looks for damage reads all of it too, but here and there, which takes a disk
/// ten times as long when the system does not have the file in memory yet.
fn read_ahead(path: &Path) {
    let Ok(mut file) = std::fs::File::open(path) else { return };
    if file.metadata().is_ok_and(|metadata| metadata.len() > LARGE) {
        let mut buffer = vec![0; 1 << 20];
        while matches!(file.read(&mut buffer), Ok(1..)) {}
    }
}

fn broken(path: &Path, error: rusqlite::Error) -> SnapshotError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, OperationInterrupted};
    match error.sqlite_error_code() {
        Some(NotADatabase) => SnapshotError::NotASnapshot(path.to_owned()),
        // Nothing else interrupts it.
        Some(OperationInterrupted) => SnapshotError::Damaged { path: path.to_owned(), detail: "a list in it has no end".to_owned() },
        Some(DatabaseCorrupt) => SnapshotError::Damaged { path: path.to_owned(), detail: error.to_string() },
        _ => SnapshotError::Sqlite { path: path.to_owned(), source: error },
    }
}

fn read_meta(connection: &Connection) -> rusqlite::Result<Meta> {
    let list = |sql: &str| -> rusqlite::Result<Vec<String>> { connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect() };
    let accounts = list("select distinct account_id from place order by 1")?;
    let regions = list("select distinct region from place where in_scope and region <> 'global' order by 1")?;
    connection.query_row("select tool, started_at, finished_at, complete, endpoint from snapshot", [], |row| {
        Ok(Meta {
            tool: row.get(0)?,
            started_at: Time::from_text(row.get(1)?),
            finished_at: Time::from_text(row.get(2)?),
            complete: row.get(3)?,
            endpoint: row.get(4)?,
            accounts,
            regions,
        })
    })
}
