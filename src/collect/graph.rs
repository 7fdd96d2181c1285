//! Reading accounts, each as a graph: a reader starts when the readers that it needs have ended, in the places where it needs them,
//! well or badly. What ended badly makes the readers that hang on it incomplete too, since nobody knows what they would have found.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::join_all;
use rusqlite::Connection;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::enter::Account;
use super::{Progress, cover};
use crate::aws::{Cx, Failure, Reader, Run, Scope, Site};
use crate::inventory::{Closed, GLOBAL, Outcome, Table};
use crate::plan::Plan;

/// Readers that run at the same time. Each holds at most a page of rows.
const READERS_AT_ONCE: usize = 32;

type Tell = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Reads all accounts at the same time.
pub(super) async fn read(plan: &Plan, run: &Arc<Run>, accounts: &[Account], tell: &Tell) {
    let planned = accounts.iter().map(|account| count(plan, account)).sum::<usize>() as u64;
    let counter = Arc::new(Counter { done: AtomicU64::new(0), planned, tell: Arc::clone(tell) });
    let gate = Arc::new(Semaphore::new(READERS_AT_ONCE));
    join_all(accounts.iter().map(|account| read_account(plan, run, account, &gate, &counter))).await;
}

fn count(plan: &Plan, account: &Account) -> usize {
    let places = |reader: &&'static Reader| if reader.scope == Scope::Global { 1 } else { account.regions.len() };
    plan.readers().iter().map(places).sum()
}

struct Counter {
    done: AtomicU64,
    planned: u64,
    tell: Tell,
}

/// Where a reader runs.
fn regions_of<'a>(reader: &Reader, account: &'a Account) -> Vec<&'a str> {
    match reader.scope {
        Scope::Global => vec![GLOBAL],
        Scope::Regional => account.regions.iter().map(|(region, _)| region.as_str()).collect(),
    }
}

async fn read_account(plan: &Plan, run: &Arc<Run>, account: &Account, gate: &Arc<Semaphore>, counter: &Arc<Counter>) {
    let site = |region: &str, off| Arc::new(account.session.site(&account.account_id, &account.partition, region, off));
    let mut sites: HashMap<&str, Arc<Site>> = HashMap::from([(GLOBAL, site(GLOBAL, false))]);
    for (region, off) in &account.regions {
        sites.insert(region, site(region, *off));
    }
    let mut ended: HashMap<(&str, &str), watch::Receiver<bool>> = HashMap::new();
    let mut tasks = JoinSet::new();
    // The plan has every reader after those that it needs, so what one waits for is already in `ended`.
    for reader in plan.readers() {
        for region in regions_of(reader, account) {
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
