//! How fast one bucket is drawn from: a token bucket whose rate learns.
//!
//! It begins at half of what is allowed to us, grows while nothing is throttled, and halves at every throttle. Where AWS throttled
//! is remembered: below that rate it grows quickly, above it slowly, so that one throttle buys hundreds of calls without one.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::call::Rate;

/// The part of the allowed rate with which a bucket begins.
const BEGIN: f64 = 0.5;

/// What is left of a rate after a throttle.
const BACK: f64 = 0.5;

/// The part of a rate that was throttled that is thought to be safe.
const SAFE: f64 = 0.8;

/// Seconds in which a rate would grow from nothing to what is safe.
const GROWS: f64 = 10.0;

/// Requests in which it would grow from there to twice that.
const PROBES: f64 = 1_000.0;

/// No rate falls below this part of what is allowed: where AWS throttles whatever is asked, waiting longer helps nobody.
const LEAST: f64 = 0.05;

/// Throttles that come within so short a time are one: they were all on their way before the first was heard of.
const ECHO: Duration = Duration::from_secs(1);

/// A bucket, and how fast it is drawn from.
#[derive(Debug)]
pub struct Pace {
    allowed: Rate,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// Up to when the numbers below hold.
    at: Instant,
    /// Tokens that are left; negative: how many are owed.
    tokens: f64,
    /// Requests a second, now.
    rate: f64,
    /// Up to here the rate grows quickly.
    safe: f64,
    /// When it was throttled last.
    throttled_at: Option<Instant>,
}

impl Pace {
    /// A full bucket.
    pub fn new(allowed: Rate, now: Instant) -> Self {
        let state = State {
            at: now,
            tokens: f64::from(allowed.burst),
            rate: allowed.per_second * BEGIN,
            safe: allowed.per_second,
            throttled_at: None,
        };
        Self { allowed, state: Mutex::new(state) }
    }

    /// How many seconds so many requests take at the least, if none is throttled.
    pub fn seconds(allowed: Rate, requests: f64) -> f64 {
        let over = requests - f64::from(allowed.burst);
        // It grows from the first rate to the allowed one in `GROWS * (1 - BEGIN)` seconds, and gives so many requests meanwhile.
        let growing = GROWS * (1.0 - BEGIN);
        let grown = allowed.per_second * (1.0 + BEGIN) / 2.0 * growing;
        if over <= 0.0 {
            0.0
        } else if over >= grown {
            growing + (over - grown) / allowed.per_second
        } else {
            // The rate is `allowed * (BEGIN + t / GROWS)`; its integral is solved for the time.
            let (half, slope) = (BEGIN * GROWS, 2.0 * GROWS * over / allowed.per_second);
            (half * half + slope).sqrt() - half
        }
    }

    /// Takes one token, on credit if there is none, and says how long to wait for it.
    pub fn take(&self, now: Instant) -> Duration {
        let mut state = self.now(now);
        state.tokens -= 1.0;
        if state.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-state.tokens / state.rate) }
    }

    /// AWS throttled: what comes now comes at half of the speed, and not at once.
    pub fn throttled(&self, now: Instant) {
        let mut state = self.now(now);
        let is_echo = state.throttled_at.is_some_and(|at| now.saturating_duration_since(at) < ECHO);
        if !is_echo {
            state.safe = (state.rate * SAFE).max(self.allowed.per_second * LEAST);
            state.rate = (state.rate * BACK).max(self.allowed.per_second * LEAST);
            state.tokens = state.tokens.min(0.0);
            state.throttled_at = Some(now);
        }
    }

    /// A request was sent again, unasked.
    pub fn sent_again(&self, now: Instant) {
        self.now(now).tokens -= 1.0;
    }

    /// The state as it has become by now.
    fn now(&self, now: Instant) -> MutexGuard<'_, State> {
        // A lock is poisoned only if another thread panicked while it held it; the numbers inside are still numbers.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(state.at).as_secs_f64();
        state.tokens = (state.tokens + passed * state.rate).min(f64::from(self.allowed.burst));
        let slope = if state.rate < state.safe { state.safe / GROWS } else { state.safe * state.rate / PROBES };
        state.rate = (state.rate + passed * slope).min(self.allowed.per_second);
        state.at = state.at.max(now);
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: Rate = Rate { per_second: 10.0, burst: 3 };

    /// What AWS would let through: a bucket with a rate of its own.
    struct Other {
        rate: f64,
        burst: f64,
        tokens: f64,
        at: Instant,
    }

    impl Other {
        fn takes(&mut self, now: Instant) -> bool {
            self.tokens = (self.tokens + (now - self.at).as_secs_f64() * self.rate).min(self.burst);
            self.at = now;
            let takes = self.tokens >= 1.0;
            self.tokens -= if takes { 1.0 } else { 0.0 };
            takes
        }
    }

    /// Sends for so long as fast as the pace lets, and says how many requests were sent and throttled in the last half of that time.
    fn run(pace: &Pace, start: Instant, other: &mut Other, seconds: u64) -> (u32, u32) {
        let (mut now, mut sent, mut throttled) = (start, 0, 0);
        let (half, end) = (start + Duration::from_secs(seconds / 2), start + Duration::from_secs(seconds));
        while now < end {
            now += pace.take(now);
            let is_through = other.takes(now);
            if !is_through {
                pace.throttled(now);
            }
            if now > half {
                sent += 1;
                throttled += u32::from(!is_through);
            }
        }
        (sent, throttled)
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_half_of_its_rate() {
        let start = Instant::now();
        let pace = Pace::new(ALLOWED, start);
        let waits: Vec<_> = (0..5).map(|_| pace.take(start).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 200, 400]);
        assert_eq!(pace.take(start + Duration::from_secs(1)), Duration::ZERO);
    }

    #[test]
    fn how_long_it_takes_can_be_told_before() {
        for requests in [2, 3, 4, 10, 30, 60, 200, 5_000] {
            let start = Instant::now();
            let pace = Pace::new(ALLOWED, start);
            let mut now = start;
            (0..requests).for_each(|_| now += pace.take(now));
            let (took, told) = ((now - start).as_secs_f64(), Pace::seconds(ALLOWED, f64::from(requests)));
            assert!((took - told).abs() <= 0.1 + 0.02 * told, "{requests}: {told} were told, {took} it took");
        }
    }

    #[test]
    fn it_grows_to_what_is_allowed_and_not_beyond() {
        let start = Instant::now();
        let pace = Pace::new(ALLOWED, start);
        let (sent, throttled) = run(&pace, start, &mut Other { rate: 1e9, burst: 1e9, tokens: 1e9, at: start }, 100);
        assert_eq!(throttled, 0);
        assert!((495..=501).contains(&sent), "{sent} in the last fifty seconds at ten a second");
    }

    #[test]
    fn it_learns_a_lower_limit_and_is_seldom_throttled_then() {
        for rate in [1.0, 3.0, 7.0] {
            let start = Instant::now();
            let pace = Pace::new(ALLOWED, start);
            let (sent, throttled) = run(&pace, start, &mut Other { rate, burst: 5.0, tokens: 5.0, at: start }, 2_000);
            assert!(f64::from(throttled) < 0.01 * f64::from(sent), "at {rate}: {throttled} of {sent}");
            assert!(f64::from(sent) > 0.6 * rate * 1_000.0, "at {rate}: only {sent}");
        }
    }

    #[test]
    fn throttles_that_come_together_count_once_and_no_throttle_stops_it() {
        let start = Instant::now();
        let pace = Pace::new(ALLOWED, start);
        (0..5).for_each(|_| pace.throttled(start));
        assert_eq!(pace.take(start).as_millis(), 400);
        for second in 0..600 {
            pace.throttled(start + Duration::from_secs(2 * second));
        }
        let late = start + Duration::from_secs(1_200);
        assert!(pace.take(late) <= Duration::from_secs_f64(2.0 / (LEAST * ALLOWED.per_second)));
    }

    #[test]
    fn what_is_sent_again_is_paid_for() {
        let start = Instant::now();
        let pace = Pace::new(ALLOWED, start);
        (0..3).for_each(|_| pace.sent_again(start));
        assert_eq!(pace.take(start).as_millis(), 200);
    }
}
