//! What is counted.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde::Serialize;

use crate::services;

/// Calls and throttles of one action or account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Requests, those throttled included.
    pub calls: u64,
    /// Answers that said: too often.
    pub throttled: u64,
}

/// What was counted up to a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Requests, those of unknown actions included.
    pub calls: u64,
    /// Answers that said: too often, for whatever reason.
    pub throttled: u64,
    /// Answers that said anything else than what was asked, throttles excepted: refusals, and what faults broke.
    pub errors: u64,
    /// Requests of actions that are not known.
    pub unknown: u64,
    /// Connections that were accepted.
    pub connections: u64,
    /// The most requests that were under way at once.
    pub max_concurrency: u64,
    /// By `service.Action`.
    pub by: BTreeMap<String, Count>,
    /// By account.
    pub by_account: BTreeMap<String, Count>,
    /// Requests of unknown actions, by `service.Action`.
    pub unknown_actions: BTreeMap<String, u64>,
}

#[derive(Debug, Default)]
struct Pair {
    calls: AtomicU64,
    throttled: AtomicU64,
}

impl Pair {
    fn load(&self) -> Count {
        Count { calls: self.calls.load(Relaxed), throttled: self.throttled.load(Relaxed) }
    }

    fn zero(&self) {
        self.calls.store(0, Relaxed);
        self.throttled.store(0, Relaxed);
    }
}

/// Counts as it goes. What is on the way of every call is an atomic of its own.
#[derive(Debug)]
pub struct Tally {
    all: Pair,
    errors: AtomicU64,
    unknown: AtomicU64,
    connections: AtomicU64,
    under_way: AtomicU64,
    max_concurrency: AtomicU64,
    by_action: Vec<Pair>,
    by_account: Vec<Pair>,
    unknown_actions: Mutex<BTreeMap<String, u64>>,
    first_account: u64,
}

impl Tally {
    /// For so many accounts.
    pub fn new(accounts: usize, first_account: u64) -> Self {
        let pairs = |count: usize| (0..count).map(|_| Pair::default()).collect();
        Self {
            all: Pair::default(),
            errors: AtomicU64::new(0),
            unknown: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            under_way: AtomicU64::new(0),
            max_concurrency: AtomicU64::new(0),
            by_action: pairs(services::actions().len()),
            by_account: pairs(accounts),
            unknown_actions: Mutex::new(BTreeMap::new()),
            first_account,
        }
    }

    /// A connection was accepted.
    pub fn connection(&self) {
        self.connections.fetch_add(1, Relaxed);
    }

    /// A request begins.
    pub fn begin(&self) {
        self.all.calls.fetch_add(1, Relaxed);
        let under_way = self.under_way.fetch_add(1, Relaxed) + 1;
        self.max_concurrency.fetch_max(under_way, Relaxed);
    }

    /// A request is answered, or will never be.
    pub fn end(&self) {
        // A reset in between must not make this less than nothing.
        let _ = self.under_way.fetch_update(Relaxed, Relaxed, |count| Some(count.saturating_sub(1)));
    }

    /// Which action of which account it was.
    pub fn of(&self, action: usize, account: Option<usize>) {
        self.by_action[action].calls.fetch_add(1, Relaxed);
        if let Some(account) = account {
            self.by_account[account].calls.fetch_add(1, Relaxed);
        }
    }

    /// It was throttled.
    pub fn throttled(&self, action: usize, account: Option<usize>) {
        self.all.throttled.fetch_add(1, Relaxed);
        self.by_action[action].throttled.fetch_add(1, Relaxed);
        if let Some(account) = account {
            self.by_account[account].throttled.fetch_add(1, Relaxed);
        }
    }

    /// It went wrong in another way.
    pub fn error(&self) {
        self.errors.fetch_add(1, Relaxed);
    }

    /// Its action is not known.
    pub fn unknown(&self, name: String) {
        self.unknown.fetch_add(1, Relaxed);
        if let Ok(mut unknown) = self.unknown_actions.lock() {
            *unknown.entry(name).or_default() += 1;
        }
    }

    /// What was counted.
    pub fn read(&self) -> Counters {
        let all = self.all.load();
        let by = services::actions().iter().zip(&self.by_action).map(|(action, pair)| (action.full_name(), pair.load()));
        let account = |index: usize| (self.first_account + index as u64).to_string();
        let by_account = self.by_account.iter().enumerate().map(|(index, pair)| (account(index), pair.load()));
        Counters {
            calls: all.calls,
            throttled: all.throttled,
            errors: self.errors.load(Relaxed),
            unknown: self.unknown.load(Relaxed),
            connections: self.connections.load(Relaxed),
            max_concurrency: self.max_concurrency.load(Relaxed),
            by: by.filter(|(_, count)| count.calls > 0).collect(),
            by_account: by_account.filter(|(_, count)| count.calls > 0).collect(),
            unknown_actions: self.unknown_actions.lock().map_or_else(|poisoned| poisoned.into_inner().clone(), |unknown| unknown.clone()),
        }
    }

    /// Forgets what was counted. What is under way goes on counting.
    pub fn reset(&self) {
        self.all.zero();
        for number in [&self.errors, &self.unknown, &self.connections, &self.max_concurrency] {
            number.store(0, Relaxed);
        }
        self.by_action.iter().chain(&self.by_account).for_each(Pair::zero);
        if let Ok(mut unknown) = self.unknown_actions.lock() {
            unknown.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_counted_and_forgotten() {
        let tally = Tally::new(2, 100);
        tally.begin();
        tally.of(0, Some(1));
        tally.begin();
        tally.of(0, Some(1));
        tally.throttled(0, Some(1));
        tally.end();
        tally.end();
        tally.unknown("x.Y".to_owned());
        let read = tally.read();
        assert_eq!((read.calls, read.throttled, read.max_concurrency, read.unknown), (2, 1, 2, 1));
        assert_eq!(read.by_account["101"], Count { calls: 2, throttled: 1 });
        assert_eq!(read.unknown_actions["x.Y"], 1);
        tally.reset();
        assert_eq!(tally.read(), Counters::default());
    }
}
