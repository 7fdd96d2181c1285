//! Runs the plan: concurrent, bounded, cancellable; rows, ledger and gaps out.

mod enter;
mod graph;
pub mod outing;
mod sessions;
pub mod states;
#[cfg(test)]
mod states_test;
pub mod who;
#[cfg(test)]
mod who_test;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rusqlite::Connection;
use tokio::sync::watch;

use self::sessions::Sessions;
use crate::aws::recording::{Recording, RecordingError};
use crate::aws::{Identity, Limiter, Reader, Run, Session};
use crate::inventory::{Closed, Coverage, Place, Snapshot, SnapshotError, Time, Writer};
use crate::plan::Plan;
use crate::services;

/// The name and version in snapshots and recordings.
pub const TOOL: &str = concat!("driftlead ", env!("CARGO_PKG_VERSION"));

/// What to read, from where, into what.
pub struct Options {
    /// Whose accounts.
    pub identities: Vec<Identity>,
    /// The regions; empty for every region that the account has enabled.
    pub regions: Vec<String>,
    /// The snapshot's file.
    pub out: PathBuf,
    /// Where to write a recording.
    pub record: Option<PathBuf>,
    /// A recording to replay instead of asking AWS.
    pub replay: Option<Recording>,
    /// Turns true when the user cancels.
    pub cancelled: watch::Receiver<bool>,
    /// Is told how far it is.
    pub progress: Arc<dyn Fn(&Progress) + Send + Sync>,
    /// What is put between the SDK's clients and whatever answers them; the tests of truth put faults there.
    pub around: Option<Around>,
}

/// Wraps an HTTP client.
pub type Around = Arc<dyn Fn(SharedHttpClient) -> SharedHttpClient + Send + Sync>;

/// How far a run is.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Readers that have ended.
    pub done: u64,
    /// Readers that will have run.
    pub planned: u64,
    /// Calls made.
    pub calls: u64,
    /// What has just ended.
    pub last: String,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The credentials do not lead to an account.
    #[error("{session}: cannot find out which account this is: {why}\n  {hint}")]
    Identity {
        /// The credentials.
        session: String,
        /// What happened.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// Two sets of credentials lead to the same account.
    #[error("`{first}` and `{second}` lead to the same account {account}: leave one out")]
    SameAccount {
        /// The account.
        account: String,
        /// The first.
        first: String,
        /// The second.
        second: String,
    },
    /// A region that does not exist or is not enabled.
    #[error("{0}")]
    Region(String),
    /// The certificates of `AWS_CA_BUNDLE` cannot be read.
    #[error("AWS_CA_BUNDLE: {0}")]
    Certificates(std::io::Error),
    /// The snapshot cannot be written.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The recording cannot be written.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The growing snapshot could not be asked.
    #[error("the growing snapshot could not be asked: {0}")]
    Own(#[from] rusqlite::Error),
    /// The snapshot could not be written to its end.
    #[error("{}: {source} (what was read so far is in {})", path.display(), partial.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The unfinished file.
        partial: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The finished file could not get its name.
    #[error("{}: {source}", path.display())]
    Rename {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<Closed> for CollectError {
    fn from(_: Closed) -> Self {
        // The writer's own error, which says why, comes first in `fill`.
        Self::Own(rusqlite::Error::InvalidQuery)
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Collected {
    /// The snapshot, open for reading.
    pub snapshot: Snapshot,
    /// The user cancelled; the snapshot says that it is incomplete.
    pub was_cancelled: bool,
}

/// Reads what the plan says into a snapshot.
///
/// # Errors
/// When there is nothing to read with, or nothing to write to. What cannot be read on the way is no error but a gap.
pub async fn collect(plan: &Plan, options: Options) -> Result<Collected, CollectError> {
    let partial = with_suffix(&options.out, ".partial");
    let tables = services::tables();
    let views = services::views();
    let connection = Snapshot::create(Some(&partial), &tables, &views)?;
    let result = fill(plan, &options, connection, &partial).await;
    let was_cancelled = *options.cancelled.borrow();
    match result {
        Ok(recorder) => {
            std::fs::rename(&partial, &options.out).map_err(|source| CollectError::Rename { path: options.out.clone(), source })?;
            if let (Some(path), Some(recording)) = (&options.record, recorder) {
                recording.write(path)?;
            }
            let snapshot = Snapshot::reopen(&options.out, &tables, &views)?;
            Ok(Collected { snapshot, was_cancelled })
        }
        Err(error) => {
            if !matches!(error, CollectError::Write { .. }) {
                // Nothing of use is in it.
                let _ = std::fs::remove_file(&partial);
            }
            Err(error)
        }
    }
}

async fn fill(plan: &Plan, options: &Options, connection: Connection, partial: &Path) -> Result<Option<Recording>, CollectError> {
    let is_recorded = options.record.is_some();
    let opened =
        Sessions::open(&options.identities, &options.regions, options.replay.as_ref(), is_recorded, options.around.as_ref()).await?;
    let Sessions { all: sessions, recorder, header } = opened;
    let started_at = header.started_at;
    let write_error = |source| CollectError::Write { path: options.out.clone(), partial: partial.to_owned(), source };
    Snapshot::begin(&connection, TOOL, &Time::from_unix(started_at), &header.endpoint, &plan.tables()).map_err(write_error)?;

    let inserts = services::tables().into_iter().map(|table| (table.name, table.insert())).collect();
    let (writer, sink) = Writer::start(connection, inserts);
    let run = Arc::new(Run {
        sink,
        limiter: Limiter::new(options.replay.is_some()),
        clock: Time::from_unix(started_at),
        cancelled: options.cancelled.clone(),
        calls: AtomicU64::new(0),
    });
    let result = read_all(plan, options, &run, sessions).await;
    drop(run);
    let connection = writer.finish().map_err(write_error)?;
    result?;
    let ended = connection.query_row("select coalesce(max(started_at), '') from ledger", [], |row| row.get(0)).map_err(write_error)?;
    // A replay ends when the recorded run ended, so that it gives the same snapshot every time.
    let finished_at = if options.replay.is_some() { Time::from_text(ended) } else { Time::from_unix(jiff::Timestamp::now().as_second()) };
    Snapshot::end(&connection, &finished_at, !*options.cancelled.borrow()).map_err(write_error)?;
    drop(connection);
    Ok(recorder.map(|recorder| Recording { header, exchanges: recorder.exchanges() }))
}

async fn read_all(plan: &Plan, options: &Options, run: &Arc<Run>, sessions: Vec<Session>) -> Result<(), CollectError> {
    let mut accounts: Vec<enter::Account> = Vec::new();
    for session in sessions {
        let account = enter::enter(options, run, session).await?;
        if let Some(first) = accounts.iter().find(|other| other.account_id == account.account_id) {
            return Err(CollectError::SameAccount {
                account: account.account_id,
                first: first.session.name.clone(),
                second: account.session.name,
            });
        }
        accounts.push(account);
    }
    let off_everywhere = |region: &&String| accounts.iter().all(|account| account.regions.contains(&((*region).clone(), true)));
    if let Some(region) = options.regions.iter().find(off_everywhere) {
        let message = format!("{region} is not enabled in the account: enable it, or leave --region {region} out");
        return Err(CollectError::Region(message));
    }
    let places: Vec<Place> = accounts.iter().flat_map(|account| account.places.clone()).collect();
    run.sink.ask(move |connection| Snapshot::places(connection, &places)).await??;
    graph::read(plan, run, &accounts, &options.progress).await;
    Ok(())
}

async fn cover(run: &Arc<Run>, reader: &'static Reader, account_id: &str, region: &str, complete: bool) {
    for table in reader.tables {
        let coverage =
            Coverage { table: table.name, account_id: account_id.to_owned(), region: region.to_owned(), reader: reader.name, complete };
        run.sink.coverage(coverage).await;
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
