//! Runs the plan: concurrent, bounded, cancellable; rows, ledger and gaps out.

mod enter;
mod graph;
pub mod outing;
mod partial;
mod round;
mod roster;
mod sessions;
pub mod states;
#[cfg(test)]
mod states_test;
pub mod who;
#[cfg(test)]
mod who_test;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rusqlite::Connection;
use tokio::sync::watch;

use self::partial::Partial;
use self::sessions::{Sessions, Whose};
use crate::aws::recording::{Recording, RecordingError};
use crate::aws::{Deadline, Identity, Limiter, Members, Reader, Run, Share, Timing};
use crate::inventory::{Closed, Coverage, Snapshot, SnapshotError, Time, Writer};
use crate::plan::Plan;
use crate::services;

/// The name and version in snapshots and recordings.
pub const TOOL: &str = concat!("driftlead ", env!("CARGO_PKG_VERSION"));

/// What to read, from where, into what.
pub struct Options {
    /// Whose accounts.
    pub identities: Vec<Identity>,
    /// Many accounts behind the first of them, instead of its own.
    pub members: Option<Members>,
    /// The regions; empty for every region that the account has enabled.
    pub regions: Vec<String>,
    /// The part of the accounts' API limits that it may use.
    pub share: Share,
    /// The snapshot's file.
    pub out: PathBuf,
    /// Where to write a recording.
    pub record: Option<PathBuf>,
    /// A recording to replay instead of asking AWS.
    pub replay: Option<Recording>,
    /// Go on with what an earlier run of the same left in the unfinished file, if there is one.
    pub is_resumed: bool,
    /// Turns true when the user cancels.
    pub cancelled: watch::Receiver<bool>,
    /// Is told how far it is.
    pub progress: Arc<dyn Fn(&Progress) + Send + Sync>,
    /// What is put between the SDK's clients and whatever answers them; the tests of truth put faults there.
    pub around: Option<Around>,
    /// How long a replay waits for what; AWS has a timing of its own.
    pub timing: Timing,
    /// How long reading may take: what is unread by then is a gap.
    pub deadline: Option<Duration>,
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
    /// Accounts that are done.
    pub accounts_done: u64,
    /// Accounts that will be.
    pub accounts: u64,
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
    /// Many accounts were to be read, and it cannot be told which, or how.
    #[error("{0}")]
    Members(String),
    /// Another run writes the same file.
    #[error("{}: another driftlead is writing it: wait for it, or name another file", .0.display())]
    Busy(PathBuf),
    /// What an earlier run left does not go on as this one would.
    #[error("--resume: {}: {why}", path.display())]
    Resume {
        /// The unfinished file.
        path: PathBuf,
        /// Why not, and what to do.
        why: String,
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
    /// Readers that an earlier run had brought to their end; `None` when there was nothing to go on with.
    pub resumed: Option<u64>,
    /// The deadline was over before all was read; the gaps say what was not.
    pub was_late: bool,
    /// Calls that were made.
    pub calls: u64,
}

/// Reads what the plan says into a snapshot.
///
/// # Errors
/// When there is nothing to read with, or nothing to write to. What cannot be read on the way is no error but a gap.
pub async fn collect(plan: &Plan, options: Options) -> Result<Collected, CollectError> {
    let (tables, views) = (services::tables(), services::views());
    let (replay, around) = (options.replay.as_ref(), options.around.as_ref());
    let members = replay.map_or(options.members.as_ref(), |recording| recording.header.members.as_ref());
    let whose = Whose { identities: &options.identities, members, regions: &options.regions };
    // The tables are laid out while another thread loads the certificates.
    let (opened, partial) = tokio::join!(Sessions::open(&whose, replay, options.record.is_some(), around, &options.timing), async {
        Partial::open(&options, plan, &tables, &views)
    });
    let partial = partial?;
    let (path, resumed) = (partial.path.clone(), partial.resumed);
    let result = match opened {
        Ok(opened) => fill(plan, &options, opened, partial.connection, &path, partial.started_at.as_ref()).await,
        Err(error) => Err(error),
    };
    let was_cancelled = *options.cancelled.borrow();
    match result {
        Ok(Filled { recording, was_late, calls }) => {
            std::fs::rename(&path, &options.out).map_err(|source| CollectError::Rename { path: options.out.clone(), source })?;
            if let (Some(path), Some(recording)) = (&options.record, recording) {
                recording.write(path)?;
            }
            let snapshot = Snapshot::reopen(&options.out, &tables, &views)?;
            Ok(Collected { snapshot, was_cancelled, resumed, was_late, calls })
        }
        Err(error) => {
            if !matches!(error, CollectError::Write { .. }) && resumed.is_none() {
                // Nothing of use is in it.
                let _ = std::fs::remove_file(&path);
            }
            Err(error)
        }
    }
}

/// What came of filling a snapshot.
struct Filled {
    recording: Option<Recording>,
    was_late: bool,
    calls: u64,
}

/// Fills the unfinished file; `begun_at` is the clock of the run that goes on in this one.
async fn fill(
    plan: &Plan,
    options: &Options,
    opened: Sessions,
    connection: Connection,
    partial: &Path,
    begun_at: Option<&Time>,
) -> Result<Filled, CollectError> {
    let Sessions { all: sessions, opener, recorder, mut header } = opened;
    let members = header.members.clone();
    let write_error = |source| CollectError::Write { path: options.out.clone(), partial: partial.to_owned(), source };
    let clock = match begun_at {
        Some(clock) => {
            partial::endpoint_fits(&connection, partial, &header.endpoint)?;
            clock.clone()
        }
        None => {
            let clock = Time::from_unix(header.started_at);
            Snapshot::begin(&connection, TOOL, &clock, &header.endpoint, &plan.tables()).map_err(write_error)?;
            clock
        }
    };

    let inserts = services::tables().into_iter().map(|table| (table.name, table.insert())).collect();
    let (writer, sink) = Writer::start(connection, inserts);
    let (stop, stopped) = watch::channel(false);
    let run = Arc::new(Run {
        sink,
        limiter: Limiter::new(options.share, options.replay.is_some()),
        clock,
        cancelled: stopped,
        deadline: options.deadline.and_then(Deadline::after),
        calls: AtomicU64::new(0),
    });
    let helpers = [tokio::spawn(round::pass_on(options.cancelled.clone(), stop.clone())), tokio::spawn(round::commit(run.sink.clone()))];
    let result = round::read_all(plan, options, &run, sessions, members.as_ref(), &opener, &stop).await;
    for helper in helpers {
        helper.abort();
        // It holds the way to the writer until it has stopped.
        let _ = helper.await;
    }
    let was_late = run.deadline.is_some_and(|deadline| deadline.is_over());
    let calls = run.calls.load(Ordering::Relaxed);
    drop(run);
    let connection = writer.finish().map_err(write_error)?;
    header.refused = result?;
    let ended = connection.query_row("select coalesce(max(started_at), '') from ledger", [], |row| row.get(0)).map_err(write_error)?;
    // A replay ends when the recorded run ended, so that it gives the same snapshot every time.
    let finished_at = if options.replay.is_some() { Time::from_text(ended) } else { Time::from_unix(jiff::Timestamp::now().as_second()) };
    Snapshot::end(&connection, &finished_at, !*options.cancelled.borrow()).map_err(write_error)?;
    drop(connection);
    Ok(Filled { recording: recorder.map(|recorder| Recording { header, exchanges: recorder.exchanges() }), was_late, calls })
}

async fn cover(run: &Arc<Run>, reader: &'static Reader, account_id: &str, region: &str, complete: bool) {
    for table in reader.tables {
        let coverage =
            Coverage { table: table.name, account_id: account_id.to_owned(), region: region.to_owned(), reader: reader.name, complete };
        run.sink.coverage(coverage).await;
    }
}
