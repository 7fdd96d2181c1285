//! The exit codes, once, and what counts for them.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::finding::{Finding, Severity, Since, Status};

/// What `--fail-on` takes.
const FAIL_ON: [&str; 10] = ["critical", "high", "medium", "low", "info", "new:critical", "new:high", "new:medium", "new:low", "new:info"];

/// Which failures count: those from a severity on, all of them or only what is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// From here on.
    pub severity: Severity,
    /// Only what did not fail in the earlier snapshot.
    pub only_new: bool,
}

impl Threshold {
    /// All failures from a severity on.
    pub fn all(severity: Severity) -> Self {
        Self { severity, only_new: false }
    }

    /// Reads `high` or `new:high`.
    pub fn parser() -> impl TypedValueParser<Value = Self> {
        PossibleValuesParser::new(FAIL_ON).try_map(|word| {
            let (only_new, severity) = word.strip_prefix("new:").map_or((false, word.as_str()), |severity| (true, severity));
            Severity::from_word(severity).map(|severity| Self { severity, only_new }).ok_or("no severity")
        })
    }

    fn counts(self, finding: &Finding) -> bool {
        finding.severity >= self.severity && (!self.only_new || finding.since == Some(Since::New))
    }
}

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
#[derive(Debug, Clone)]
pub struct Tally {
    /// None for a show.
    thresholds: Option<Vec<Threshold>>,
    found: bool,
    unknown: bool,
}

impl Tally {
    /// A failure counts that one of the thresholds lets count; `None` for a show, which ends well whatever it shows.
    pub fn new(thresholds: Option<Vec<Threshold>>) -> Self {
        Self { thresholds, found: false, unknown: false }
    }

    /// Counts a verdict.
    pub fn count(&mut self, finding: &Finding) {
        let Some(thresholds) = &self.thresholds else { return };
        match finding.status {
            Status::Fail => self.found |= thresholds.iter().any(|threshold| threshold.counts(finding)),
            Status::Unknown => self.unknown = true,
            Status::Pass | Status::Muted => {}
        }
    }

    /// Counts a question that got no answer.
    pub fn leave_open(&mut self) {
        self.unknown = true;
    }

    /// The code. A snapshot with gaps that no check asked about still was not all read.
    pub fn exit(&self, has_gaps: bool, is_complete: bool) -> Exit {
        match (&self.thresholds, is_complete) {
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
