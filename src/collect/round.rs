//! One account after another, some at a time: entered, read, and let go, so that many cost no more memory than a few.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use rusqlite::Connection;
use tokio::sync::{Mutex, watch};

use super::enter::{Entered, Shut, enter, shut_places, tell_regions, wanted};
use super::graph::{self, Shared};
use super::roster::{self, Candidate, Way};
use super::sessions::Opener;
use super::{CollectError, Options, partial};
use crate::aws::recording::Refusal;
use crate::aws::{Members, Run, Session};
use crate::inventory::{Outcome, Sink, unfinished};
use crate::plan::Plan;

/// Accounts that are read at the same time: as many as keep the processors busy, since each takes some fifteen megabytes meanwhile. Of an
/// account in seventeen regions a processor has for half a second what AWS takes a second or two to tell.
fn accounts_at_once() -> usize {
    1 + 2 * std::thread::available_parallelism().map_or(1, usize::from)
}

/// How often what was read is put where a kill cannot take it.
const COMMIT: Duration = Duration::from_secs(1);

/// Passes on that the user cancelled.
pub(super) async fn pass_on(mut cancelled: watch::Receiver<bool>, stop: watch::Sender<bool>) {
    if cancelled.wait_for(|cancelled| *cancelled).await.is_ok() {
        let _ = stop.send(true);
    }
}

/// Commits every now and then.
pub(super) async fn commit(sink: Sink) {
    loop {
        tokio::time::sleep(COMMIT).await;
        sink.commit().await;
    }
}

/// What reading one account needs.
struct Round<'r> {
    plan: &'r Plan,
    options: &'r Options,
    run: &'r Arc<Run>,
    opener: &'r Opener,
    shared: Arc<Shared>,
    /// The credentials that led to each account. Held while one asks whose it is: two may lead to the same.
    known: Mutex<HashMap<String, String>>,
    accounts: usize,
}

/// Reads all accounts. Returns who was refused.
///
/// `stop` makes all that is under way end soon.
pub(super) async fn read_all(
    plan: &Plan,
    options: &Options,
    run: &Arc<Run>,
    sessions: Vec<Session>,
    members: Option<&Members>,
    opener: &Opener,
    stop: &watch::Sender<bool>,
) -> Result<Vec<Refusal>, CollectError> {
    let home_region = sessions.first().map_or_else(String::new, |session| session.home_region.clone());
    let (candidates, home) = match (members, sessions) {
        (Some(members), mut sessions) if !sessions.is_empty() => {
            let (candidates, home) = roster::of_members(run, members, sessions.swap_remove(0)).await?;
            (candidates, Some(home))
        }
        (_, sessions) => (roster::of_sessions(sessions), None),
    };
    if options.is_resumed {
        let ids: Vec<String> = candidates.iter().map(Candidate::expected).collect();
        let is_certain = candidates.iter().all(|candidate| candidate.account_id.is_some());
        let strange = run.sink.ask(move |connection| partial::strange_account(connection, &ids)).await??;
        if let Some(account) = strange.filter(|_| is_certain) {
            let why = format!("it was begun with account {account}, which is not to be read now: give the same accounts, or begin anew");
            return Err(CollectError::Resume { path: unfinished(&options.out), why });
        }
    }
    let count = candidates.len();
    let shared = Shared::new(Arc::clone(run), count, Arc::clone(&options.progress));
    let round = Round { plan, options, run, opener, shared, known: Mutex::default(), accounts: count };
    let mut reading = futures_util::stream::iter(candidates).map(|candidate| round.one(candidate)).buffer_unordered(accounts_at_once());
    let (mut shut, mut failed) = (Vec::new(), None);
    while let Some(result) = reading.next().await {
        match result {
            Ok(None) => {}
            Ok(Some(one)) => shut.push(one),
            Err(error) => {
                // What is under way has to end before the writer can.
                let _ = stop.send(true);
                failed = failed.or(Some(error));
            }
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    shut.sort_by(|a: &Shut, b: &Shut| a.session.cmp(&b.session));
    let was_cancelled = *run.cancelled.borrow();
    // Of a shard it says nothing that none of its accounts lets anybody in: it may have one.
    let is_part = members.is_some_and(|members| members.shard.is_some());
    match shut.first() {
        // Nobody knows more of the accounts than before.
        Some(first) if shut.len() == count && !was_cancelled && !is_part => return Err(first.clone().into()),
        Some(_) => {
            let ids: Vec<String> = shut.iter().map(|one| one.account_id.clone()).collect();
            let wanted = wanted(options).to_vec();
            if let Some(home) = home.filter(|_| wanted.is_empty()) {
                tell_regions(run, &home).await?;
            }
            run.sink.ask(move |connection| shut_places(connection, &ids, &wanted, &home_region)).await??;
        }
        None => {}
    }
    let refused = shut.into_iter().filter(|one| one.outcome != Outcome::Cancelled);
    let refusal =
        |one: Shut| Refusal { session: one.session, outcome: one.outcome.word().to_owned(), code: one.code, message: one.message };
    Ok(refused.map(refusal).collect())
}

impl Round<'_> {
    /// Reads one account, and lets go of all that it needed. What cannot be entered comes back.
    async fn one(&self, candidate: Candidate) -> Result<Option<Shut>, CollectError> {
        let name = candidate.session().to_owned();
        let expected = candidate.expected();
        if *self.run.cancelled.borrow() {
            // It was to be read, and was not.
            let (code, message) = (String::new(), "the run was cancelled".to_owned());
            return Ok(Some(Shut { account_id: expected, session: name, outcome: Outcome::Cancelled, code, message }));
        }
        if self.options.is_resumed && self.is_read(&expected).await? {
            self.shared.account_ended(format!("account {expected} was read before"));
            return Ok(None);
        }
        let entered = match &candidate.way {
            Way::Role { .. } => enter(self.options, self.run, self.opener, candidate, self.accounts).await?,
            Way::Own(_) => {
                let mut known = self.known.lock().await;
                let entered = enter(self.options, self.run, self.opener, candidate, self.accounts).await?;
                if let Entered::Open(account) = &entered
                    && let Some(first) = known.insert(account.account_id.clone(), name.clone())
                {
                    return Err(CollectError::SameAccount { account: account.account_id.clone(), first, second: name });
                }
                entered
            }
        };
        let account = match entered {
            Entered::Open(account) => account,
            Entered::Shut(shut) => {
                self.shared.account_ended(format!("account {} could not be entered", shut.account_id));
                return Ok(Some(shut));
            }
        };
        if self.accounts == 1
            && let Some(region) = self.options.regions.iter().find(|region| account.regions.contains(&((*region).clone(), true)))
        {
            let message = format!("{region} is not enabled in the account: enable it, or leave --region {region} out");
            return Err(CollectError::Region(message));
        }
        let id = account.account_id.clone();
        let before = match self.options.is_resumed {
            true => self.run.sink.ask(move |connection: &Connection| partial::read_before(connection, &id)).await??,
            false => HashSet::new(),
        };
        graph::read(self.plan, &self.shared, &account, &before).await;
        self.run.limiter.forget(&account.account_id);
        if self.accounts > 1 {
            self.run.sink.commit().await;
        }
        self.shared.account_ended(format!("account {}", account.account_id));
        Ok(None)
    }

    /// Whether an earlier part of this run read all of an account.
    async fn is_read(&self, account_id: &str) -> Result<bool, CollectError> {
        let (id, wanted) = (account_id.to_owned(), wanted(self.options).to_vec());
        if !self.run.sink.ask(move |connection: &Connection| partial::regions_fit(connection, &id, &wanted)).await?? {
            let why = format!("it was begun to read other regions of {account_id}: give the same ones; without --resume it begins anew");
            return Err(CollectError::Resume { path: unfinished(&self.options.out), why });
        }
        let (id, plan) = (account_id.to_owned(), self.plan.clone());
        Ok(self.run.sink.ask(move |connection: &Connection| partial::is_read(connection, &plan, &id)).await??)
    }
}
