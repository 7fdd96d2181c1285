//! Reading an account as a graph: a reader starts when the readers that it needs have ended, in the places where it needs them,
//! well or badly. What ended badly makes the readers that hang on it incomplete too, since nobody knows what they would have found.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt;
use rusqlite::Connection;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::enter::Account;
use super::{Progress, cover};
use crate::aws::{Cx, Failure, Reader, Run, Scope, Site, Unread};
use crate::inventory::{Closed, GLOBAL, Outcome, Table};
use crate::plan::Plan;
use crate::services;

/// Readers that run at the same time: enough to keep the limiter's requests in flight, and no more, since each holds what it is about.
/// Their large answers share the ration of `aws/ration.rs`.
const READERS_AT_ONCE: usize = 192;

/// The same of a single account: most of its readers find nothing, and nobody else has anything to ask meanwhile.
const READERS_OF_ONE: usize = 384;

pub(super) type Tell = Arc<dyn Fn(&Progress) + Send + Sync>;

/// What the accounts of a run share.
pub(super) struct Shared {
    run: Arc<Run>,
    gate: Semaphore,
    done: AtomicU64,
    planned: AtomicU64,
    accounts_done: AtomicU64,
    accounts: u64,
    tell: Tell,
}

impl Shared {
    pub(super) fn new(run: Arc<Run>, accounts: usize, tell: Tell) -> Arc<Self> {
        let readers = if accounts == 1 { READERS_OF_ONE } else { READERS_AT_ONCE };
        Arc::new(Self {
            run,
            gate: Semaphore::new(readers),
            done: AtomicU64::new(0),
            planned: AtomicU64::new(0),
            accounts_done: AtomicU64::new(0),
            accounts: accounts as u64,
            tell,
        })
    }

    /// An account is done, or cannot be entered.
    pub(super) fn account_ended(&self, last: String) {
        self.accounts_done.fetch_add(1, Ordering::Relaxed);
        self.show(last);
    }

    fn show(&self, last: String) {
        (self.tell)(&Progress {
            done: self.done.load(Ordering::Relaxed),
            planned: self.planned.load(Ordering::Relaxed),
            calls: self.run.calls.load(Ordering::Relaxed),
            accounts_done: self.accounts_done.load(Ordering::Relaxed),
            accounts: self.accounts,
            last,
        });
    }
}

/// Where a reader runs.
fn regions_of<'a>(reader: &Reader, account: &'a Account) -> Vec<&'a str> {
    match reader.scope {
        Scope::Global => vec![GLOBAL],
        Scope::Regional => account.regions.iter().map(|(region, _)| region.as_str()).collect(),
    }
}

/// Reads an account. `read_before` has the readers that came to their end in an earlier part of the run, with their regions.
pub(super) async fn read(plan: &Plan, shared: &Arc<Shared>, account: &Account, read_before: &HashSet<(String, String)>) {
    let run = &shared.run;
    let site = |region: &str, off| Arc::new(account.session.site(&account.account_id, &account.partition, region, off));
    let mut sites: HashMap<&str, Arc<Site>> = HashMap::from([(GLOBAL, site(GLOBAL, false))]);
    for (region, off) in &account.regions {
        sites.insert(region, site(region, *off));
    }
    let planned = plan.readers().iter().map(|reader| regions_of(reader, account).len() as u64).sum();
    shared.planned.fetch_add(planned, Ordering::Relaxed);
    let mut ended: HashMap<(&str, &str), watch::Receiver<bool>> = HashMap::new();
    let mut tasks = JoinSet::new();
    // The plan has every reader after those that it needs, so what one waits for is already in `ended`.
    for reader in plan.readers() {
        for region in regions_of(reader, account) {
            // Nobody waits for what has ended already.
            if read_before.contains(&(reader.name.to_owned(), region.to_owned())) {
                shared.done.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            cover(run, reader, &account.account_id, region, false).await;
            let mut waits = Vec::new();
            for needed in Plan::needs(reader) {
                let regions = if needed.scope == Scope::Regional && reader.scope == Scope::Regional {
                    vec![region]
                } else {
                    regions_of(needed, account)
                };
                waits.extend(regions.into_iter().filter_map(|region| ended.get(&(needed.name, region)).cloned()));
            }
            let (end, wait) = watch::channel(false);
            ended.insert((reader.name, region), wait);
            let node = Node { shared: Arc::clone(shared), site: Arc::clone(&sites[region]), reader };
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
    // A reader's own panic is a gap; whatever else breaks off here leaves its tables uncovered, and so unread.
    while tasks.join_next().await.is_some() {}
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it said nothing")
}

/// A reader in a place.
struct Node {
    shared: Arc<Shared>,
    site: Arc<Site>,
    reader: &'static Reader,
}

impl Node {
    async fn read(self) {
        let run = &self.shared.run;
        let Ok(_slot) = self.shared.gate.acquire().await else { return };
        let cx = Cx::new(Arc::clone(run), Arc::clone(&self.site), self.reader);
        for table in self.reader.needs {
            self.inherit(&cx, table).await;
        }
        if self.site.region_off {
            cx.region_is_off().await;
        }
        let can_read = !self.site.region_off && !run.sink.is_closed();
        // A reader that breaks off costs its own tables, and nobody else's.
        let read = AssertUnwindSafe(async { if can_read { (self.reader.read)(cx.clone()).await } else { Ok(()) } });
        let result = match read.catch_unwind().await {
            Ok(result) => result,
            Err(panic) => {
                cx.panicked(said(panic.as_ref())).await;
                Err(Unread)
            }
        };
        let complete = result.is_ok() && cx.is_complete() && !run.sink.is_closed();
        cover(run, self.reader, &self.site.account_id, &self.site.region, complete).await;
        self.shared.done.fetch_add(1, Ordering::Relaxed);
        self.shared.show(format!("{} in {}", self.reader.name, self.site.region));
    }

    /// A table that this reader needs and that is incomplete makes this reader's tables incomplete too. What is needed of all regions is
    /// incomplete also where nobody knows which regions there are.
    async fn inherit(&self, cx: &Cx, table: &'static Table) {
        let (account, region) = (self.site.account_id.clone(), self.site.region.clone());
        let is_global = self.site.is_global();
        let is_of_all = is_global && services::reader_of(table.name).is_some_and(|reader| reader.scope == Scope::Regional);
        let incomplete = move |connection: &Connection| -> rusqlite::Result<Option<(String, String, String)>> {
            let sql = "select coalesce(g.action, ''), coalesce(g.outcome, 'cancelled'), coalesce(g.message, 'it was not read'), g.id
                from coverage as c left join gap as g on g.table_name = c.table_name and g.account_id = c.account_id
                    and g.region = c.region and g.resource = ''
                where c.table_name = ?1 and c.account_id = ?2 and (c.region in (?3, 'global') or ?4) and c.complete = 0
                union all
                select action, outcome, message, id from gap where table_name = 'place' and account_id = ?2 and ?5
                order by 4 limit 1";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(rusqlite::params![table.name, account, region, is_global, is_of_all])?;
            rows.next()?.map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).transpose()
        };
        match self.shared.run.sink.ask(incomplete).await {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{ACCOUNT, NOW};
    use crate::aws::{Limiter, Session, Share, Timing};
    use crate::inventory::{Snapshot, Time, Writer};
    use crate::services::account::account;

    static CLUMSY: Reader = Reader {
        name: "test/clumsy",
        scope: Scope::Global,
        tables: account::READER.tables,
        calls: &[],
        needs: &[],
        read: |cx| Box::pin(async move { panic!("index out of bounds in {}", cx.region()) }),
    };

    #[tokio::test]
    async fn a_reader_that_panics_costs_its_tables_and_not_the_run() {
        let connection = Snapshot::create(None, CLUMSY.tables, &[]).unwrap();
        let (writer, sink) = Writer::start(connection, Vec::new());
        let (_keep, cancelled) = watch::channel(false);
        let clock = Time::from_text(NOW.to_owned());
        let run =
            Arc::new(Run { sink, limiter: Limiter::new(Share::DEFAULT, true), clock, cancelled, deadline: None, calls: AtomicU64::new(0) });
        let nobody = aws_smithy_runtime_api::client::http::SharedHttpClient::new(crate::aws::recording::Replayer::new([]));
        let site = Arc::new(Session::replay("default", "us-east-1", &nobody, &Timing::REPLAY).site(ACCOUNT, "aws", GLOBAL, false));
        let shared = Shared::new(run, 1, Arc::new(|_| {}));
        Node { shared, site, reader: &CLUMSY }.read().await;
        let connection = writer.finish().unwrap();
        let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(one("select outcome from gap"), "failed");
        let message = one("select message from gap");
        assert_eq!(message, "test/clumsy broke off, which is a fault of driftlead: index out of bounds in global");
        assert_eq!(one("select cast(complete as text) from coverage"), "0");
    }
}
