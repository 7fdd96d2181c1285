//! The writer: one thread that owns the snapshot while it grows.
//!
//! Readers are many and asynchronous, SQLite is one and is not; they meet at a bounded channel. A full channel makes readers wait,
//! which is what keeps memory flat however fast AWS answers. Questions of later readers ("which NAT gateways were found?") go
//! through the same channel and so see every row sent before them.

use std::panic::AssertUnwindSafe;
use std::thread::JoinHandle;

use rusqlite::types::Value;
use rusqlite::{Connection, params};
use tokio::sync::{mpsc, oneshot};

use super::ledger::{Coverage, Entry, Gap};
use super::table::Row;

/// Rows in one transaction. Large enough that commits cost nothing, small enough that a kill loses little.
const BATCH: usize = 2_000;

/// Messages that may wait. At some 500 bytes a row this bounds the queue to a few megabytes.
const QUEUE: usize = 4_096;

enum Message {
    Row(&'static str, Vec<Value>),
    Entry(Box<Entry>),
    Gap(Box<Gap>),
    Coverage(Coverage),
    Ask(Box<dyn FnOnce(&Connection) + Send>),
    Commit,
}

/// The end of the channel that readers hold.
#[derive(Clone, Debug)]
pub struct Sink {
    channel: mpsc::Sender<Message>,
}

/// The writer ended early (the disk is full, say); [`Writer::finish`] tells why.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the snapshot cannot be written any more")]
pub struct Closed;

impl Sink {
    /// Stores a row.
    pub async fn row<R: Row>(&self, row: R) {
        self.send(Message::Row(R::TABLE.name, row.cells())).await;
    }

    /// Stores how a call ended.
    pub async fn entry(&self, entry: Entry) {
        self.send(Message::Entry(Box::new(entry))).await;
    }

    /// Stores what could not be read.
    pub async fn gap(&self, gap: Gap) {
        self.send(Message::Gap(Box::new(gap))).await;
    }

    /// Stores how far a table was read.
    pub async fn coverage(&self, coverage: Coverage) {
        self.send(Message::Coverage(coverage)).await;
    }

    /// Asks the snapshot as it is now, with every row that was sent before.
    ///
    /// # Errors
    /// [`Closed`] when the writer has stopped.
    pub async fn ask<T, F>(&self, question: F) -> Result<T, Closed>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> T + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        let ask = Box::new(move |connection: &Connection| {
            // Nobody waits for the answer when the run was cancelled.
            let _ = answer.send(question(connection));
        });
        self.send(Message::Ask(ask)).await;
        wait.await.map_err(|_| Closed)
    }

    /// Puts what was sent so far where a kill cannot take it.
    pub async fn commit(&self) {
        self.send(Message::Commit).await;
    }

    async fn send(&self, message: Message) {
        // The receiver is gone only when the writer failed, and then `Writer::finish` returns its error and nothing is judged.
        let _ = self.channel.send(message).await;
    }

    /// Whether the writer has stopped taking rows.
    pub fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }
}

/// The thread that writes.
#[derive(Debug)]
pub struct Writer {
    thread: JoinHandle<rusqlite::Result<Connection>>,
}

impl Writer {
    /// Starts writing into a snapshot.
    pub fn start(connection: Connection, inserts: Vec<(&'static str, String)>) -> (Self, Sink) {
        let (channel, inbox) = mpsc::channel(QUEUE);
        let thread = std::thread::spawn(move || write(connection, inserts, inbox));
        (Self { thread }, Sink { channel })
    }

    /// Waits until everything sent is stored and gives the connection back. Every [`Sink`] must be gone.
    ///
    /// # Errors
    /// What SQLite said when a row could not be written.
    pub fn finish(self) -> rusqlite::Result<Connection> {
        match self.thread.join() {
            Ok(result) => result,
            Err(_) => Err(rusqlite::Error::UserFunctionError("the writer broke off, which is a fault of driftlead".into())),
        }
    }
}

fn write(connection: Connection, inserts: Vec<(&'static str, String)>, mut inbox: mpsc::Receiver<Message>) -> rusqlite::Result<Connection> {
    connection.set_prepared_statement_cache_capacity(inserts.len() + 8);
    let inserts: std::collections::HashMap<_, _> = inserts.into_iter().collect();
    let mut pending = 0;
    connection.execute_batch("begin")?;
    while let Some(message) = inbox.blocking_recv() {
        let mut is_due = false;
        match message {
            Message::Row(table, cells) => {
                let Some(sql) = inserts.get(table) else { unreachable!("{table} has no reader that declares it") };
                connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(cells))?;
            }
            Message::Entry(entry) => write_entry(&connection, &entry)?,
            Message::Gap(gap) => write_gap(&connection, &gap)?,
            Message::Coverage(coverage) => write_coverage(&connection, &coverage)?,
            // One that breaks off is not answered, and who asked hears so.
            Message::Ask(question) => drop(std::panic::catch_unwind(AssertUnwindSafe(|| question(&connection)))),
            Message::Commit => is_due = true,
        }
        pending += 1;
        if pending >= BATCH || is_due {
            connection.execute_batch("commit; begin")?;
            pending = 0;
        }
    }
    connection.execute_batch("commit")?;
    Ok(connection)
}

fn write_entry(connection: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    let sql = "insert into ledger (account_id, region, service, action, permission, reader, resource, input, outcome, code,
        message, pages, attempts, started_at, millis, throttles, metrics) values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    connection.prepare_cached(sql)?.execute(params![
        entry.account_id,
        entry.region,
        entry.service,
        entry.action,
        entry.permission,
        entry.reader,
        entry.resource,
        entry.input,
        entry.outcome.word(),
        entry.code,
        entry.message,
        entry.pages,
        entry.attempts,
        entry.started_at.as_str(),
        i64::try_from(entry.millis).unwrap_or(i64::MAX),
        entry.throttles,
        entry.metrics,
    ])?;
    Ok(())
}

fn write_gap(connection: &Connection, gap: &Gap) -> rusqlite::Result<()> {
    let sql = "insert into gap (table_name, account_id, region, resource, columns, action, outcome, code, message)
        values (?,?,?,?,?,?,?,?,?)";
    let columns = serde_json::Value::from(gap.columns.to_vec()).to_string();
    connection.prepare_cached(sql)?.execute(params![
        gap.table,
        gap.account_id,
        gap.region,
        gap.resource,
        columns,
        gap.action,
        gap.outcome.word(),
        gap.code,
        gap.message,
    ])?;
    Ok(())
}

fn write_coverage(connection: &Connection, coverage: &Coverage) -> rusqlite::Result<()> {
    let sql = "insert or replace into coverage values (?,?,?,?,?)";
    connection
        .prepare_cached(sql)?
        .execute(params![coverage.table, coverage.account_id, coverage.region, coverage.reader, coverage.complete,])?;
    Ok(())
}
