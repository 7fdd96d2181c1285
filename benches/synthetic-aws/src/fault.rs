//! What goes wrong with a request: drawn from seed, request and how often that request came, so that it is the same every time and
//! that another attempt may succeed.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::seed::{happens, mix};
use crate::world::Faults;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The answer says: too often.
    Throttle,
    /// The answer is a 500.
    Internal,
    /// The connection is reset in the middle of the body.
    Reset,
    /// The body is shorter than it says, and then the connection ends.
    Truncated,
    /// The body cannot be parsed.
    Malformed,
    /// The answer comes a byte a second.
    Slow,
}

/// Different requests that are told apart when counting attempts; two that fall together share a count.
const SEEN: usize = 1 << 16;

/// Draws faults.
#[derive(Debug)]
pub struct Fate {
    seed: u64,
    faults: Faults,
    seen: Vec<AtomicU32>,
}

impl Fate {
    /// Of a world's faults.
    pub fn new(seed: u64, faults: Faults) -> Self {
        let has_any = [faults.throttle, faults.internal, faults.reset, faults.truncated, faults.malformed, faults.slow]
            .iter()
            .any(|share| *share > 0.0);
        let seen = if has_any { SEEN } else { 0 };
        Self { seed, faults, seen: (0..seen).map(|_| AtomicU32::new(0)).collect() }
    }

    /// Whether requests need a number at all.
    pub fn is_kind(&self) -> bool {
        self.seen.is_empty()
    }

    /// What happens to a request of this number, this time.
    pub fn draw(&self, request: u64) -> Option<Fault> {
        if self.is_kind() {
            return None;
        }
        let attempt = self.seen[request as usize % SEEN].fetch_add(1, Relaxed);
        let chances = [
            (Fault::Throttle, self.faults.throttle),
            (Fault::Internal, self.faults.internal),
            (Fault::Reset, self.faults.reset),
            (Fault::Truncated, self.faults.truncated),
            (Fault::Malformed, self.faults.malformed),
            (Fault::Slow, self.faults.slow),
        ];
        // Each is drawn by itself: shares that add up to more than one are no error.
        chances.into_iter().enumerate().find_map(|(index, (fault, share))| {
            happens(mix(&[self.seed, request, u64::from(attempt), index as u64]), share).then_some(fault)
        })
    }

    /// Forgets how often requests came.
    pub fn reset(&self) {
        self.seen.iter().for_each(|seen| seen.store(0, Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_as_often_as_said_and_the_same_again() {
        let fate = Fate::new(7, Faults { throttle: 0.3, reset: 0.05, ..Faults::default() });
        let drawn: Vec<Option<Fault>> = (0..10_000).map(|request| fate.draw(request)).collect();
        let throttles = drawn.iter().filter(|fault| **fault == Some(Fault::Throttle)).count();
        assert!((2_800..3_200).contains(&throttles), "{throttles}");
        fate.reset();
        assert_eq!(drawn, (0..10_000).map(|request| fate.draw(request)).collect::<Vec<_>>());
    }

    #[test]
    fn another_attempt_may_succeed() {
        let fate = Fate::new(7, Faults { internal: 0.5, ..Faults::default() });
        assert!((0..64).map(|_| fate.draw(1)).any(|fault| fault.is_none()));
    }

    #[test]
    fn nothing_happens_unless_said() {
        assert_eq!(Fate::new(1, Faults::default()).draw(1), None);
    }
}
