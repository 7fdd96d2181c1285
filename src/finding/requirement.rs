//! What a framework asks for, and what the verdicts say of it.

use serde::Serialize;

/// A requirement of a framework, and what the checks behind it say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// The framework with its version (`pci-dss-4.0.1`).
    pub framework: String,
    /// The requirement's number (`8.3.9`).
    pub id: String,
    /// What it asks for, in our words.
    pub title: String,
    /// What can be said.
    pub verdict: Assessment,
    /// The checks behind it, each with its verdicts.
    pub checks: Vec<Asking>,
}

/// What can be said of a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Assessment {
    /// Something fails.
    Fail,
    /// Nothing fails, and something cannot be said.
    Unknown,
    /// Nothing fails that nobody accepted.
    Muted,
    /// All verdicts pass, and there is one.
    Pass,
    /// There are checks, and nothing in what was read to which they apply.
    NothingToJudge,
    /// No check is behind it, or none of them was asked.
    NotAssessed,
}

impl Assessment {
    /// What a verdict on a requirement does not say; for the place where a report explains its requirements.
    pub const LIMITS: &'static str = "A requirement passes when the checks behind it pass. That is evidence for it, not a certificate: \
        what no check looks at, processes and people above all, is not judged.";

    /// The words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Muted => "muted",
            Self::Pass => "pass",
            Self::NothingToJudge => "nothing to judge",
            Self::NotAssessed => "not assessed",
        }
    }
}

/// A check behind a requirement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Asking {
    /// Its id.
    pub check: String,
    /// Its verdicts.
    pub pass: u64,
    /// Its verdicts.
    pub fail: u64,
    /// Its verdicts.
    pub unknown: u64,
    /// Its verdicts.
    pub muted: u64,
}
