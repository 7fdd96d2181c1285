//! The deadline of a run: when it is over nothing more is asked, and what is unread is a gap that says so.

use std::time::{Duration, Instant};

use super::outcome::Failure;
use crate::inventory::Outcome;

/// A moment after which nothing is asked.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    at: Instant,
    given: Duration,
}

impl Deadline {
    /// So long from now on. What nobody lives to see is no deadline.
    pub fn after(given: Duration) -> Option<Self> {
        Instant::now().checked_add(given).map(|at| Self { at, given })
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.at
    }

    /// Waits for its end, and gives the failure of a call that was not answered by then.
    pub async fn over(&self) -> Failure {
        tokio::time::sleep_until(self.at.into()).await;
        let message = format!("the deadline of the run was over, {} s after it began", self.given.as_secs_f64());
        Failure { outcome: Outcome::TimedOut, code: String::new(), message, status: None }
    }
}
