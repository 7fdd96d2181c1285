//! How fast: a token bucket per account, region and API, and a bound on what is in flight.
//!
//! An account's API budget belongs to what runs in it. A reader that is greedy can make autoscaling fail, so every API has a rate
//! below what AWS documents, and nothing waits in memory beyond the bound.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::call::{Api, Rate};

/// Requests in flight over everything.
const IN_FLIGHT: usize = 64;

/// The limits of one run.
#[derive(Debug)]
pub struct Limiter {
    in_flight: Semaphore,
    /// `None` when nothing has to be spared: a recording is being replayed.
    buckets: Option<Mutex<Buckets>>,
}

/// By session, region and API.
type Buckets = HashMap<(String, String, &'static str), Arc<Bucket>>;

#[derive(Debug)]
struct Bucket {
    rate: Rate,
    /// When the next token is there, and how many are over by then (negative: how many are owed).
    state: Mutex<(Instant, f64)>,
}

impl Limiter {
    /// Limits for calls to AWS, or none for a replay.
    pub fn new(is_replay: bool) -> Self {
        Self { in_flight: Semaphore::new(IN_FLIGHT), buckets: (!is_replay).then(Mutex::default) }
    }

    /// How long to wait before asking the same thing again; a recording answers at once.
    pub fn pause(&self) -> Duration {
        if self.buckets.is_some() { Duration::from_secs(1) } else { Duration::ZERO }
    }

    /// Waits until a request may be sent; the request is in flight while the permit lives.
    pub async fn admit(&self, session: &str, region: &str, api: &'static Api) -> SemaphorePermit<'_> {
        if let Some(buckets) = &self.buckets {
            let key = (session.to_owned(), region.to_owned(), api.id);
            let bucket = Arc::clone(lock(buckets).entry(key).or_insert_with(|| Arc::new(Bucket::full(api.rate))));
            let wait = bucket.take(Instant::now());
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
        }
        match self.in_flight.acquire().await {
            Ok(permit) => permit,
            Err(_) => unreachable!("the semaphore is never closed"),
        }
    }
}

impl Bucket {
    fn full(rate: Rate) -> Self {
        Self { rate, state: Mutex::new((Instant::now(), f64::from(rate.burst))) }
    }

    /// Takes one token, on credit if there is none, and says how long to wait for it.
    fn take(&self, now: Instant) -> Duration {
        let mut state = lock(&self.state);
        let earned = now.duration_since(state.0).as_secs_f64() * self.rate.per_second;
        let tokens = (state.1 + earned).min(f64::from(self.rate.burst)) - 1.0;
        *state = (now, tokens);
        if tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-tokens / self.rate.per_second) }
    }
}

/// A lock is poisoned only if another thread panicked while it held it; the numbers inside are still numbers.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let bucket = Bucket::full(Rate { per_second: 10.0, burst: 3 });
        let start = bucket.state.lock().unwrap().0;
        let waits: Vec<_> = (0..5).map(|_| bucket.take(start).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 100, 200]);
        assert_eq!(bucket.take(start + Duration::from_secs(1)), Duration::ZERO);
    }
}
