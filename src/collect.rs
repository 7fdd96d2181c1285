//! Runs the plan: concurrent, bounded, cancellable; rows, ledger and gaps out.
//!
//! An account is read as a graph: a reader starts when the readers that it needs have ended, in the places where it needs them, well
//! or badly. What ended badly makes the readers that hang on it incomplete too, since nobody knows what they would have found.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rusqlite::Connection;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::aws::recording::{self, Recorder, Recording, RecordingError, Replayer};
use crate::aws::{Cx, Failure, Identity, Limiter, Reader, Run, Scope, Session, Site};
use crate::inventory::{Closed, Coverage, GLOBAL, Outcome, Place, Snapshot, SnapshotError, Table, Time, Writer};
use crate::plan::Plan;
use crate::services;
use crate::services::account::{account, region};

/// Readers that run at the same time. Each holds at most a page of rows.
const READERS_AT_ONCE: usize = 32;

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
}

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

/// An account that is being read.
struct Account {
    session: Session,
    account_id: String,
    partition: String,
    /// The regions in scope, and whether each is off.
    regions: Vec<(String, bool)>,
    places: Vec<Place>,
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
            std::fs::rename(&partial, &options.out)
                .map_err(|source| CollectError::Rename { path: options.out.clone(), source })?;
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

async fn fill(
    plan: &Plan,
    options: &Options,
    connection: Connection,
    partial: &Path,
) -> Result<Option<Recording>, CollectError> {
    let http = crate::aws::http::client(std::env::var("AWS_CA_BUNDLE").ok().as_deref()).map_err(CollectError::Certificates)?;
    let recorder = options.record.is_some().then(|| Recorder::new(http.clone()));
    let service_http = recorder.as_ref().map_or_else(|| http.clone(), |recorder| SharedHttpClient::new(recorder.clone()));
    let sessions = match &options.replay {
        Some(recording) => {
            let replayer = SharedHttpClient::new(Replayer::new(recording.exchanges.clone()));
            let header = &recording.header;
            header.sessions.iter().map(|name| Session::replay(name, &header.home_region, &replayer)).collect()
        }
        None => {
            let mut sessions = Vec::new();
            for identity in &options.identities {
                sessions.push(Session::load(identity, &http, &service_http).await);
            }
            sessions
        }
    };
    let now = jiff::Timestamp::now().as_second();
    let started_at = options.replay.as_ref().map_or(now, |recording| recording.header.started_at);
    let home = sessions.first();
    let endpoint = match &options.replay {
        Some(recording) => recording.header.endpoint.clone(),
        None => home.map_or("", Session::endpoint).to_owned(),
    };
    let header = recording::Header {
        driftlead_recording: recording::format(),
        tool: TOOL.to_owned(),
        started_at,
        sessions: sessions.iter().map(|session| session.name.clone()).collect(),
        regions: options.regions.clone(),
        home_region: home.map_or("", |session| &session.home_region).to_owned(),
        endpoint: endpoint.clone(),
    };
    let write_error = |source| CollectError::Write { path: options.out.clone(), partial: partial.to_owned(), source };
    Snapshot::begin(&connection, TOOL, &Time::from_unix(started_at), &endpoint, &plan.tables()).map_err(write_error)?;

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
    let finished_at =
        if options.replay.is_some() { Time::from_text(ended) } else { Time::from_unix(jiff::Timestamp::now().as_second()) };
    Snapshot::end(&connection, &finished_at, !*options.cancelled.borrow()).map_err(write_error)?;
    drop(connection);
    Ok(recorder.map(|recorder| Recording { header, exchanges: recorder.exchanges() }))
}

async fn read_all(plan: &Plan, options: &Options, run: &Arc<Run>, sessions: Vec<Session>) -> Result<(), CollectError> {
    let mut accounts: Vec<Account> = Vec::new();
    for session in sessions {
        let account = enter(options, run, session).await?;
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
    let planned = accounts.iter().map(|account| count(plan, account)).sum::<usize>() as u64;
    let progress = Arc::new(Counter { done: AtomicU64::new(0), planned, tell: Arc::clone(&options.progress) });
    let gate = Arc::new(Semaphore::new(READERS_AT_ONCE));
    for account in accounts {
        read_account(plan, run, account, &gate, &progress).await;
    }
    Ok(())
}

fn count(plan: &Plan, account: &Account) -> usize {
    let places = |reader: &&'static Reader| if reader.scope == Scope::Global { 1 } else { account.regions.len() };
    plan.readers().iter().map(places).sum()
}

struct Counter {
    done: AtomicU64,
    planned: u64,
    tell: Arc<dyn Fn(&Progress) + Send + Sync>,
}

/// Finds out which account the credentials lead to and which regions it has.
async fn enter(options: &Options, run: &Arc<Run>, session: Session) -> Result<Account, CollectError> {
    // The account is not known yet; what is written about these calls is put right below.
    let site = Arc::new(session.site("", "aws", GLOBAL, false));
    let cx = Cx::new(Arc::clone(run), site, account::READER);
    let result = (account::READER.read)(cx).await;
    let name = session.name.clone();
    let known = run.sink.ask(move |connection| known_account(connection, &name)).await??;
    let (account_id, partition) = match known {
        Ok(known) if result.is_ok() => known,
        Ok(_) => return Err(Closed.into()),
        Err((outcome, why)) => {
            return Err(CollectError::Identity { session: session.name, why, hint: hint(Outcome::from_word(&outcome)) });
        }
    };
    cover(run, account::READER, &account_id, GLOBAL, true).await;

    let site = Arc::new(session.site(&account_id, &partition, GLOBAL, false));
    let cx = Cx::new(Arc::clone(run), site, region::READER);
    let has_regions = (region::READER.read)(cx.clone()).await.is_ok() && cx.is_complete();
    cover(run, region::READER, &account_id, GLOBAL, has_regions).await;
    let id = account_id.clone();
    let known = run.sink.ask(move |connection| known_regions(connection, &id)).await??;
    let wanted = match &options.replay {
        Some(recording) => &recording.header.regions,
        None => &options.regions,
    };
    let regions = choose(&known, wanted, has_regions, &session.home_region)?;
    let in_scope = |name: &str| regions.iter().any(|(region, _)| region == name);
    let mut names: Vec<&String> = known.iter().filter(|(_, enabled)| *enabled).map(|(name, _)| name).collect();
    names.extend(regions.iter().map(|(name, _)| name));
    names.sort_unstable();
    names.dedup();
    let place = |region: &str, in_scope| Place { account_id: account_id.clone(), region: region.to_owned(), in_scope };
    let mut places = vec![place(GLOBAL, true)];
    places.extend(names.iter().map(|name| place(name, in_scope(name))));
    Ok(Account { account_id: account_id.clone(), partition, regions, places, session })
}

/// The regions to read, each with whether it is off. Prose in `services/account/region.rs`.
fn choose(
    known: &[(String, bool)],
    wanted: &[String],
    is_known: bool,
    home_region: &str,
) -> Result<Vec<(String, bool)>, CollectError> {
    if wanted.is_empty() {
        if !is_known {
            // The list is a gap of its own; the region of the configuration is better than nothing.
            return Ok(vec![(home_region.to_owned(), false)]);
        }
        return Ok(known.iter().filter(|(_, enabled)| *enabled).map(|(name, _)| (name.clone(), false)).collect());
    }
    let mut regions = Vec::new();
    for name in wanted {
        match known.iter().find(|(region, _)| region == name) {
            Some((_, enabled)) => regions.push((name.clone(), !enabled)),
            None if !is_known => regions.push((name.clone(), false)),
            None => {
                let names: Vec<&str> = known.iter().filter(|(_, enabled)| *enabled).map(|(name, _)| name.as_str()).collect();
                let message = format!("there is no region `{name}`; this account has {}", names.join(", "));
                return Err(CollectError::Region(message));
            }
        }
    }
    regions.sort();
    regions.dedup();
    Ok(regions)
}

/// The account and its partition, or how the question ended and what was said.
type Known = Result<(String, String), (String, String)>;

fn known_account(connection: &Connection, session: &str) -> rusqlite::Result<Known> {
    let mut statement = connection.prepare("select account_id, partition from aws_account where session = ?")?;
    let mut rows = statement.query([session])?;
    if let Some(row) = rows.next()? {
        let known: (String, String) = (row.get(0)?, row.get(1)?);
        connection.execute("update ledger set account_id = ? where account_id = ''", [&known.0])?;
        return Ok(Ok(known));
    }
    let sql = "select outcome, outcome || iif(message = '', '', ': ' || message) from gap where account_id = '' order by id desc limit 1";
    connection.query_row(sql, [], |row| Ok(Err((row.get(0)?, row.get(1)?))))
}

fn known_regions(connection: &Connection, account_id: &str) -> rusqlite::Result<Vec<(String, bool)>> {
    let sql = "select region, is_enabled from aws_region where account_id = ? order by region";
    connection.prepare(sql)?.query_map([account_id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn hint(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Credentials => {
            "set AWS_PROFILE or --profile, run `aws sso login`, or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; \
             `driftlead demo` needs none"
        }
        Outcome::Unreachable | Outcome::TimedOut => "check the network, the proxy, and AWS_ENDPOINT_URL if it is set",
        Outcome::Unrecorded => "the recording was made with other credentials or by another version: record it again",
        _ => "ask the account's administrator; sts:GetCallerIdentity needs no permission",
    }
}

async fn cover(run: &Arc<Run>, reader: &'static Reader, account_id: &str, region: &str, complete: bool) {
    for table in reader.tables {
        let coverage = Coverage {
            table: table.name,
            account_id: account_id.to_owned(),
            region: region.to_owned(),
            reader: reader.name,
            complete,
        };
        run.sink.coverage(coverage).await;
    }
}

/// Where a reader runs.
fn regions_of<'a>(reader: &Reader, account: &'a Account) -> Vec<&'a str> {
    match reader.scope {
        Scope::Global => vec![GLOBAL],
        Scope::Regional => account.regions.iter().map(|(region, _)| region.as_str()).collect(),
    }
}

async fn read_account(plan: &Plan, run: &Arc<Run>, account: Account, gate: &Arc<Semaphore>, counter: &Arc<Counter>) {
    let site = |region: &str, off| Arc::new(account.session.site(&account.account_id, &account.partition, region, off));
    let mut sites: HashMap<&str, Arc<Site>> = HashMap::from([(GLOBAL, site(GLOBAL, false))]);
    for (region, off) in &account.regions {
        sites.insert(region, site(region, *off));
    }
    let mut ended: HashMap<(&str, &str), watch::Receiver<bool>> = HashMap::new();
    let mut tasks = JoinSet::new();
    // The plan has every reader after those that it needs, so what one waits for is already in `ended`.
    for reader in plan.readers() {
        for region in regions_of(reader, &account) {
            cover(run, reader, &account.account_id, region, false).await;
            let mut waits = Vec::new();
            for needed in Plan::needs(reader) {
                let regions = if needed.scope == Scope::Regional && reader.scope == Scope::Regional {
                    vec![region]
                } else {
                    regions_of(needed, &account)
                };
                waits.extend(regions.into_iter().filter_map(|region| ended.get(&(needed.name, region)).cloned()));
            }
            let (end, wait) = watch::channel(false);
            ended.insert((reader.name, region), wait);
            let node = Node {
                run: Arc::clone(run),
                site: Arc::clone(&sites[region]),
                reader,
                gate: Arc::clone(gate),
                counter: Arc::clone(counter),
            };
            tasks.spawn(async move {
                for mut wait in waits {
                    // The sender is gone only when its task ended.
                    let _ = wait.wait_for(|ended| *ended).await;
                }
                node.read().await;
                let _ = end.send(true);
            });
        }
    }
    while let Some(result) = tasks.join_next().await {
        if let Err(error) = result
            && error.is_panic()
        {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

/// A reader in a place.
struct Node {
    run: Arc<Run>,
    site: Arc<Site>,
    reader: &'static Reader,
    gate: Arc<Semaphore>,
    counter: Arc<Counter>,
}

impl Node {
    async fn read(self) {
        let Ok(_slot) = self.gate.acquire().await else { return };
        let cx = Cx::new(Arc::clone(&self.run), Arc::clone(&self.site), self.reader);
        for table in self.reader.needs {
            self.inherit(&cx, table).await;
        }
        if self.site.region_off {
            cx.region_is_off().await;
        }
        let can_read = !self.site.region_off && !self.run.sink.is_closed();
        let result = if can_read { (self.reader.read)(cx.clone()).await } else { Ok(()) };
        let complete = result.is_ok() && cx.is_complete() && !self.run.sink.is_closed();
        cover(&self.run, self.reader, &self.site.account_id, &self.site.region, complete).await;
        let done = self.counter.done.fetch_add(1, Ordering::Relaxed) + 1;
        (self.counter.tell)(&Progress {
            done,
            planned: self.counter.planned,
            calls: self.run.calls.load(Ordering::Relaxed),
            last: format!("{} in {}", self.reader.name, self.site.region),
        });
    }

    /// A table that this reader needs and that is incomplete makes this reader's tables incomplete too.
    async fn inherit(&self, cx: &Cx, table: &'static Table) {
        let (account, region) = (self.site.account_id.clone(), self.site.region.clone());
        let is_global = self.site.is_global();
        let incomplete = move |connection: &Connection| -> rusqlite::Result<Option<(String, String, String)>> {
            let sql = "select coalesce(g.action, ''), coalesce(g.outcome, 'cancelled'), coalesce(g.message, 'it was not read')
                from coverage as c left join gap as g on g.table_name = c.table_name and g.account_id = c.account_id
                    and g.region = c.region and g.resource = ''
                where c.table_name = ?1 and c.account_id = ?2 and (c.region in (?3, 'global') or ?4) and c.complete = 0
                order by g.id limit 1";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(rusqlite::params![table.name, account, region, is_global])?;
            rows.next()?.map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).transpose()
        };
        match self.run.sink.ask(incomplete).await {
            Ok(Ok(None)) => {}
            Ok(Ok(Some((action, outcome, message)))) => {
                let failure = Failure { outcome: Outcome::from_word(&outcome), code: String::new(), message, status: None };
                cx.needed(table.name, action, &failure).await;
            }
            Ok(Err(_)) | Err(Closed) => {
                let message = "the snapshot could not be asked".to_owned();
                let failure = Failure { outcome: Outcome::Failed, code: String::new(), message, status: None };
                cx.needed(table.name, String::new(), &failure).await;
            }
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
