//! The verdicts in numbers.

use serde::Serialize;

use super::{Finding, Since, Status};

/// How the verdicts stand to an earlier snapshot, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// The earlier snapshot's clock; `''` when there was none to compare with, so that all is new.
    pub started_at: String,
    /// Its file, or `''`.
    pub path: String,
    /// Failures that were none then.
    pub new: u64,
    /// Failures that were there then.
    pub persisting: u64,
    /// What cannot be said now and could be said then.
    pub new_unknown: u64,
    /// Failures of then that are none any more.
    pub resolved: u64,
    /// Failures of then of which nobody can say whether they are still there: unread now, or out of this run's scope.
    pub not_compared: u64,
}

/// How many verdicts of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Passes.
    pub pass: u64,
    /// Failures.
    pub fail: u64,
    /// Unknowns.
    pub unknown: u64,
    /// Accepted by a waiver.
    pub muted: u64,
    /// Failures of something that is configured. Those that a waiver accepts are not among them, though each still says so of itself.
    pub configured_not_working: u64,
    /// How they stand to an earlier snapshot, where they were compared with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Compared>,
    /// The exit code with which the run is about to end, where that is known.
    #[serde(skip)]
    pub exit: Option<u8>,
}

impl Summary {
    /// Counts a finding.
    pub fn count(&mut self, finding: &Finding) {
        match finding.status {
            Status::Pass => self.pass += 1,
            Status::Fail => self.fail += 1,
            Status::Unknown => self.unknown += 1,
            Status::Muted => self.muted += 1,
        }
        self.configured_not_working += u64::from(finding.configured_not_working && finding.status == Status::Fail);
        if let Some(compared) = &mut self.since {
            match (finding.status, finding.since) {
                (Status::Fail, Some(Since::New)) => compared.new += 1,
                (Status::Fail, Some(Since::Persisting)) => compared.persisting += 1,
                (Status::Unknown, Some(Since::New)) => compared.new_unknown += 1,
                _ => {}
            }
        }
    }
}
