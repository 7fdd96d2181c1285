//! The exit codes, once.

use crate::finding::{Finding, Severity, Status};

/// How a run ended, for whoever started it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything was read, and nothing at or above the threshold was found.
    Clean = 0,
    /// Something at or above the threshold was found.
    Found = 1,
    /// Nothing could be said: usage, configuration, credentials, or a run that was cut short.
    Failed = 2,
    /// Nothing was found, but something could not be said.
    Unknown = 3,
}

/// Watches verdicts go by. 2 beats 1 beats 3.
#[derive(Debug, Clone, Copy)]
pub struct Tally {
    threshold: Option<Severity>,
    found: bool,
    unknown: bool,
}

impl Tally {
    /// `None` for a show, which ends well whatever it shows.
    pub fn new(threshold: Option<Severity>) -> Self {
        Self { threshold, found: false, unknown: false }
    }

    /// Counts a verdict.
    pub fn count(&mut self, finding: &Finding) {
        let Some(threshold) = self.threshold else { return };
        match finding.status {
            Status::Fail => self.found |= finding.severity >= threshold,
            Status::Unknown => self.unknown = true,
            Status::Pass | Status::Muted => {}
        }
    }

    /// Counts a question that got no answer.
    pub fn leave_open(&mut self) {
        self.unknown = true;
    }

    /// The code. A snapshot with gaps that no check asked about still was not all read.
    pub fn exit(self, has_gaps: bool, is_complete: bool) -> Exit {
        match (self.threshold, is_complete) {
            (_, false) => Exit::Failed,
            (None, true) => Exit::Clean,
            (Some(_), true) if self.found => Exit::Found,
            (Some(_), true) if self.unknown || has_gaps => Exit::Unknown,
            (Some(_), true) => Exit::Clean,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
