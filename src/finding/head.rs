//! What a report begins and ends with: what was read, how much of it, and how many verdicts of each kind.

use serde::Serialize;

use super::{Asked, Finding, Since, Status};

/// What was read and what was not, for the foot of every report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hole {
    /// The table whose rows or columns are missing.
    pub table: String,
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// The ARN whose columns are unread, or `''`.
    pub resource: String,
    /// The permission of the call that would have told.
    pub action: String,
    /// Why, in a word: denied, throttled, …
    pub outcome: String,
    /// AWS's code.
    pub code: String,
    /// What happened.
    pub message: String,
}

/// Numbers of calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Calls made.
    pub calls: u32,
    /// Of these denied.
    pub denied: u32,
    /// Of these throttled out.
    pub throttled: u32,
    /// Of these ended without an answer in another way.
    pub failed: u32,
    /// What is missing because of them.
    pub gaps: Vec<Hole>,
}

/// What a report begins with: what was read, when, and how much of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The program and version that judges.
    pub tool: String,
    /// The snapshot's file; `''` when it was not kept.
    pub path: String,
    /// The snapshot's clock.
    pub started_at: String,
    /// When the last reader ended.
    pub finished_at: String,
    /// Whether every planned reader ran.
    pub complete: bool,
    /// The accounts.
    pub accounts: Vec<String>,
    /// The regions.
    pub regions: Vec<String>,
    /// `''` for AWS itself; otherwise what answered in its place.
    pub endpoint: String,
    /// Whether verdicts are held against an earlier snapshot, so that each failure is new or persisting.
    pub compared: bool,
    /// The checks that were asked.
    pub checks: Vec<Asked>,
    /// What was read and what was not.
    pub coverage: Coverage,
}

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
