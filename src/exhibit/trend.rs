//! Snapshots of the same account over time, in numbers.

use serde::Serialize;

use crate::finding::{Finding, Severity, Status};

/// The same account over time: the snapshots of the store, each judged with today's checks, and this one as the last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Trend {
    /// The oldest first.
    pub moments: Vec<Moment>,
    /// Earlier snapshots that are not shown because there are too many.
    pub left_out: u32,
    /// Earlier snapshots that cannot be read, each with the reason.
    pub unreadable: Vec<String>,
}

/// A snapshot among others of the same account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// The snapshot's clock.
    pub started_at: String,
    /// Its regions.
    pub regions: Vec<String>,
    /// Whether every planned reader ran.
    pub complete: bool,
    /// What it could not read.
    pub gaps: u32,
    /// Its verdicts; `None` for an earlier one that was cut short, which says little of what it lacks.
    pub counts: Option<Counts>,
}

/// Verdicts by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Failures by severity, in the order of [`Severity::ALL`].
    pub fail: [u64; 5],
    /// Unknowns.
    pub unknown: u64,
    /// Passes.
    pub pass: u64,
    /// Muted failures.
    pub muted: u64,
}

impl Counts {
    /// Counts a verdict.
    pub fn count(&mut self, finding: &Finding) {
        match finding.status {
            Status::Pass => self.pass += 1,
            Status::Unknown => self.unknown += 1,
            Status::Muted => self.muted += 1,
            Status::Fail => {
                for (i, severity) in Severity::ALL.iter().enumerate() {
                    self.fail[i] += u64::from(*severity == finding.severity);
                }
            }
        }
    }

    /// All failures.
    pub fn failures(&self) -> u64 {
        self.fail.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_counted_by_kind_and_failures_by_severity() {
        let mut counts = Counts::default();
        for status in [Status::Fail, Status::Fail, Status::Unknown, Status::Muted, Status::Pass] {
            counts.count(&Finding { status, ..Finding::sample() });
        }
        assert_eq!(counts, Counts { fail: [0, 2, 0, 0, 0], unknown: 1, pass: 1, muted: 1 });
        assert_eq!(counts.failures(), 2);
    }
}
