//! An outing: sessions that are opened for errands, outside of a plan, with a ledger of their own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::enter::identify;
use super::sessions::{Sessions, Whose};
use super::{Around, CollectError, Progress, TOOL};
use crate::aws::recording::{Header, Recorder, Recording};
use crate::aws::{Api, Cx, Errand, Identity, Limiter, Run, Session, Share, Timing, Unread};
use crate::inventory::{Outcome, Snapshot, Time, Writer};
use crate::services::account::account;

/// How often progress is told.
const TICK: Duration = Duration::from_millis(250);

/// With whose credentials an outing goes, and who is told of it.
pub struct Trip {
    /// Whose accounts.
    pub identities: Vec<Identity>,
    /// The part of the accounts' API limits that it may use.
    pub share: Share,
    /// Where to write a recording.
    pub record: Option<PathBuf>,
    /// A recording to replay instead of asking AWS.
    pub replay: Option<Recording>,
    /// Turns true when the user cancels.
    pub cancelled: watch::Receiver<bool>,
    /// Is told how far it is.
    pub progress: Arc<dyn Fn(&Progress) + Send + Sync>,
    /// What is put between the SDK's clients and whatever answers them.
    pub around: Option<Around>,
}

/// An account that can be asked.
#[derive(Debug)]
pub struct Party {
    session: Session,
    /// Its id.
    pub account_id: String,
    /// The partition that it is in.
    pub partition: String,
}

impl Party {
    /// The region of its configuration.
    pub fn home_region(&self) -> &str {
        &self.session.home_region
    }
}

/// A question that stayed open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Where.
    pub account_id: String,
    /// Where.
    pub region: String,
    /// What it was about; '' for the whole place.
    pub matter: String,
    /// The IAM permission of the call that would have told.
    pub action: String,
    /// Why.
    pub outcome: Outcome,
    /// AWS's error code, or ''.
    pub code: String,
    /// What happened, in words.
    pub message: String,
}

impl Open {
    /// Why it stayed open, in words: `cloudtrail:LookupEvents: denied (AccessDeniedException: …)`.
    pub fn why(&self) -> String {
        let detail = [self.code.as_str(), self.message.as_str()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
        let detail = if detail.is_empty() { detail } else { format!(" ({detail})") };
        format!("{}: {}{detail}", self.action, self.outcome.word())
    }
}

/// What is left of an outing.
#[derive(Debug)]
pub struct Returned {
    /// Its ledger, as a snapshot in memory.
    pub ledger: Snapshot,
    /// What stayed open.
    pub open: Vec<Open>,
    /// Calls that were made.
    pub calls: u64,
    /// The user cancelled.
    pub was_cancelled: bool,
}

/// Sessions that are open for errands.
pub struct Outing {
    run: Arc<Run>,
    parties: Vec<Party>,
    writer: Writer,
    recorder: Option<(Recorder, PathBuf)>,
    header: Header,
    planned: Arc<AtomicU64>,
    doing: Arc<Mutex<String>>,
    teller: JoinHandle<()>,
}

impl Outing {
    /// Opens the sessions and finds out to which accounts they lead.
    ///
    /// # Errors
    /// When credentials lead to no account, or two of them to the same.
    pub async fn open(trip: Trip) -> Result<Self, CollectError> {
        let is_recorded = trip.record.is_some();
        let whose = Whose { identities: &trip.identities, members: None, regions: &[] };
        let sessions = Sessions::open(&whose, trip.replay.as_ref(), is_recorded, trip.around.as_ref(), &Timing::REPLAY).await?;
        let connection = Snapshot::create(None, account::READER.tables, &[])?;
        let started_at = Time::from_unix(sessions.header.started_at);
        Snapshot::begin(&connection, TOOL, &started_at, &sessions.header.endpoint, &[])?;
        let inserts = account::READER.tables.iter().map(|table| (table.name, table.insert())).collect();
        let (writer, sink) = Writer::start(connection, inserts);
        let run = Arc::new(Run {
            sink,
            limiter: Limiter::new(trip.share, trip.replay.is_some()),
            clock: started_at,
            cancelled: trip.cancelled,
            deadline: None,
            calls: AtomicU64::new(0),
        });
        let mut parties: Vec<Party> = Vec::new();
        for session in sessions.all {
            let (account_id, partition) = identify(&run, &session, "").await?.map_err(CollectError::from)?;
            if let Some(first) = parties.iter().find(|party| party.account_id == account_id) {
                return Err(CollectError::SameAccount { account: account_id, first: first.session.name.clone(), second: session.name });
            }
            parties.push(Party { session, account_id, partition });
        }
        let (planned, doing) = (Arc::<AtomicU64>::default(), Arc::<Mutex<String>>::default());
        let teller = tokio::spawn(tell(Arc::clone(&run), Arc::clone(&planned), Arc::clone(&doing), trip.progress));
        let recorder = sessions.recorder.zip(trip.record);
        Ok(Self { run, parties, writer, recorder, header: sessions.header, planned, doing, teller })
    }

    /// The outing's clock.
    pub fn clock(&self) -> &Time {
        &self.run.clock
    }

    /// The accounts that can be asked.
    pub fn parties(&self) -> &[Party] {
        &self.parties
    }

    /// An account, if credentials lead to it.
    pub fn party(&self, account_id: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.account_id == account_id)
    }

    /// How long so many calls of an API take in one place at the least.
    pub fn seconds_for(&self, api: &Api, calls: usize) -> u64 {
        self.run.limiter.seconds_for(api, calls)
    }

    /// How many calls there will have been, for the progress line.
    pub fn plan(&self, calls: u64) {
        self.planned.store(self.run.calls.load(Ordering::Relaxed) + calls, Ordering::Relaxed);
    }

    /// Sends an errand to an account in a region.
    ///
    /// # Errors
    /// [`Unread`] when AWS did not answer; what stayed open is told by [`Outing::close`].
    pub async fn send<Q, A>(&self, errand: &'static Errand<Q, A>, party: &Party, region: &str, question: Q) -> Result<A, Unread> {
        *self.doing.lock().unwrap_or_else(PoisonError::into_inner) = format!("{} in {region}", errand.warrant.name);
        let site = Arc::new(party.session.site(&party.account_id, &party.partition, region, false));
        (errand.run)(Cx::new(Arc::clone(&self.run), site, errand.warrant), question).await
    }

    /// Ends the outing: its ledger, and what stayed open.
    ///
    /// # Errors
    /// When the ledger or the recording cannot be written.
    pub async fn close(self) -> Result<Returned, CollectError> {
        self.teller.abort();
        // It holds the run, and with it the way to the ledger, until it has stopped.
        let _ = self.teller.await;
        let calls = self.run.calls.load(Ordering::Relaxed);
        let was_cancelled = *self.run.cancelled.borrow();
        let finished_at = Time::from_unix(self.header.started_at);
        drop(self.run);
        let connection = self.writer.finish()?;
        Snapshot::end(&connection, &finished_at, !was_cancelled)?;
        let open = open_questions(&connection)?;
        let ledger = Snapshot::in_memory(connection, account::READER.tables, &[])?;
        if let Some((recorder, path)) = self.recorder {
            Recording { header: self.header, exchanges: recorder.exchanges() }.write(&path)?;
        }
        Ok(Returned { ledger, open, calls, was_cancelled })
    }
}

async fn tell(run: Arc<Run>, planned: Arc<AtomicU64>, doing: Arc<Mutex<String>>, progress: Arc<dyn Fn(&Progress) + Send + Sync>) {
    loop {
        tokio::time::sleep(TICK).await;
        let calls = run.calls.load(Ordering::Relaxed);
        let planned = planned.load(Ordering::Relaxed).max(calls);
        let last = doing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        progress(&Progress { done: calls, planned, calls, accounts_done: 0, accounts: 1, last });
    }
}

fn open_questions(connection: &Connection) -> rusqlite::Result<Vec<Open>> {
    let sql = "select account_id, region, resource, action, outcome, code, message from gap order by id";
    let open = |row: &rusqlite::Row<'_>| {
        Ok(Open {
            account_id: row.get(0)?,
            region: row.get(1)?,
            matter: row.get(2)?,
            action: row.get(3)?,
            outcome: Outcome::from_word(&row.get::<_, String>(4)?),
            code: row.get(5)?,
            message: row.get(6)?,
        })
    };
    connection.prepare(sql)?.query_map([], open)?.collect()
}
