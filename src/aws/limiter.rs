//! How much of an account's API budget is ours: a share of what AWS allows, per account, region and bucket of an API, and a bound on
//! what is in flight.
//!
//! An account's API budget belongs to what runs in it. A reader that is greedy can make autoscaling fail, so every bucket is drawn
//! from at a share of the rate that AWS documents, and slower where AWS throttles all the same: others draw from it too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::call::{Api, Call, Quota, Rate};
use super::pace::Pace;

/// Requests in flight over everything: at a tenth of a second each about what a processor has the time for.
const IN_FLIGHT: usize = 256;

/// The part of AWS's limits that driftlead may use, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(u32);

impl Share {
    /// Unless the user says otherwise.
    pub const DEFAULT: Self = Self(50);

    /// From 1 to 100 percent; of more there is nothing.
    pub fn percent(percent: u32) -> Option<Self> {
        (1..=100).contains(&percent).then_some(Self(percent))
    }

    /// What that is of a bucket. One request at once is always allowed.
    pub fn of(self, rate: Rate) -> Rate {
        let part = f64::from(self.0) / 100.0;
        Rate { per_second: rate.per_second * part, burst: ((f64::from(rate.burst) * part) as u32).max(1) }
    }

    /// How many seconds so many requests of a bucket take in one place at the least.
    pub fn seconds(self, rate: Rate, requests: u64) -> f64 {
        Pace::seconds(self.of(rate), requests as f64)
    }

    /// The bucket of an operation, and what of it is ours.
    pub fn bucket(self, quota: &Quota, action: &'static str) -> (&'static str, Rate) {
        let (bucket, rate) = quota.of(action);
        (bucket, self.of(rate))
    }
}

/// The limits of one run.
#[derive(Debug)]
pub struct Limiter {
    in_flight: Semaphore,
    share: Share,
    /// `None` when nothing has to be spared: a recording is being replayed.
    paces: Option<Mutex<Paces>>,
}

/// By account, region, API and bucket.
type Paces = HashMap<(String, String, &'static str, &'static str), Arc<Pace>>;

impl Limiter {
    /// Limits for calls to AWS, or none for a replay.
    pub fn new(share: Share, is_replay: bool) -> Self {
        Self { in_flight: Semaphore::new(IN_FLIGHT), share, paces: (!is_replay).then(Mutex::default) }
    }

    /// How long to wait before asking the same thing again; a recording answers at once.
    pub fn pause(&self) -> Duration {
        if self.paces.is_some() { Duration::from_secs(1) } else { Duration::ZERO }
    }

    /// How long so many calls of an API's shared bucket take in one place at the least.
    pub fn seconds_for(&self, api: &Api, calls: usize) -> u64 {
        self.share.seconds(api.quota.of("").1, calls as u64).ceil() as u64
    }

    /// The pace of a call in a place, which also hears how the call fares; `None` in a replay.
    pub fn pace(&self, account_id: &str, region: &str, call: &'static Call) -> Option<Arc<Pace>> {
        let (bucket, rate) = self.share.bucket(&call.api.quota, call.action);
        let key = (account_id.to_owned(), region.to_owned(), call.api.id, bucket);
        let mut paces = lock(self.paces.as_ref()?);
        Some(Arc::clone(paces.entry(key).or_insert_with(|| Arc::new(Pace::new(rate, Instant::now())))))
    }

    /// Waits until a request may be sent; the request is in flight while the permit lives.
    pub async fn admit(&self, pace: Option<&Pace>) -> SemaphorePermit<'_> {
        let wait = pace.map_or(Duration::ZERO, |pace| pace.take(Instant::now()));
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        match self.in_flight.acquire().await {
            Ok(permit) => permit,
            Err(_) => unreachable!("the semaphore is never closed"),
        }
    }

    /// Forgets an account that has been read.
    pub fn forget(&self, account_id: &str) {
        if let Some(paces) = &self.paces {
            lock(paces).retain(|(account, ..), _| account != account_id);
        }
    }
}

/// A lock is poisoned only if another thread panicked while it held it; what is inside is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{Class, Wire};

    const API: &Api = &Api { id: "T", prefix: "t", quota: Quota::shared(10.0, 1).but(&[("GetApart", 100.0, 9)]), wire: Wire::RestJson };

    const fn call(action: &'static str) -> Call {
        Call { api: API, action, permission: "t:Any", class: Class::Read }
    }
    const ONE: &Call = &call("GetOne");
    const TWO: &Call = &call("GetTwo");
    const APART: &Call = &call("GetApart");

    #[test]
    fn a_share_is_taken_of_rate_and_burst() {
        let half = Share::DEFAULT.of(Rate { per_second: 20.0, burst: 100 });
        assert_eq!(half, Rate { per_second: 10.0, burst: 50 });
        assert_eq!(Share::percent(1).map(|share| share.of(Rate { per_second: 5.0, burst: 8 }).burst), Some(1));
        assert_eq!((Share::percent(0), Share::percent(101)), (None, None));
    }

    #[test]
    fn operations_share_a_bucket_unless_they_stand_apart_and_accounts_and_regions_never_do() {
        let limiter = Limiter::new(Share::DEFAULT, false);
        let pace = |account: &str, region: &str, call| limiter.pace(account, region, call).expect("a live limiter has paces");
        assert!(Arc::ptr_eq(&pace("1", "r", ONE), &pace("1", "r", TWO)));
        assert!(!Arc::ptr_eq(&pace("1", "r", ONE), &pace("1", "r", APART)));
        assert!(!Arc::ptr_eq(&pace("1", "r", ONE), &pace("2", "r", ONE)));
        assert!(!Arc::ptr_eq(&pace("1", "r", ONE), &pace("1", "q", ONE)));
        assert!(Limiter::new(Share::DEFAULT, true).pace("1", "r", ONE).is_none());
    }

    #[test]
    fn an_account_that_was_read_is_forgotten() {
        let limiter = Limiter::new(Share::DEFAULT, false);
        limiter.pace("1", "r", ONE);
        limiter.pace("2", "r", ONE);
        limiter.forget("1");
        assert_eq!(lock(limiter.paces.as_ref().expect("live")).len(), 1);
    }
}
