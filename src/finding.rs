//! THE ONE NOUN that reports know: a check's verdict on a resource, with its receipts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

mod requirement;
mod stand;
mod summary;

pub use requirement::{Asking, Assessment, Requirement};
pub use stand::{Stand, stand};
pub use summary::{Compared, Summary};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Untidy, or costs money.
    Low,
    /// Wrong, without an immediate danger.
    Medium,
    /// Dangerous, or a promise that is not kept.
    High,
    /// Drop everything.
    Critical,
}

impl Severity {
    /// All, the worst first.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }

    /// The severity of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.word() == word)
    }
}

/// What a check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// True, with evidence.
    Pass,
    /// Accepted by a waiver.
    Muted,
    /// Cannot be said: something that the verdict needs was not read, or does not allow one yet.
    Unknown,
    /// False, with evidence.
    Fail,
}

impl Status {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Muted => "muted",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        }
    }
}

/// What a check proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// What was declared on the resource.
    Configured,
    /// What a state, a time, an event, a metric or an object proves.
    Working,
}

impl Leg {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Configured => "configured",
            Self::Working => "working",
        }
    }
}

/// A call that a verdict stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The number of the call in the snapshot's ledger.
    pub id: i64,
    /// The operation, as IAM names it (`ec2:DescribeSubnets`).
    pub action: String,
    /// The region that was asked.
    pub region: String,
    /// The ARN that it was about, or `''`.
    pub resource: String,
    /// How it ended.
    pub outcome: String,
    /// When.
    pub at: String,
}

/// A verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The check's id (`vpc/private_subnet_egress_broken`).
    pub check: String,
    /// The verdict.
    pub status: Status,
    /// How bad a failure is.
    pub severity: Severity,
    /// What the check proves.
    pub leg: Leg,
    /// What joins the legs.
    pub family: String,
    /// The account.
    pub account: String,
    /// The region, or `global`.
    pub region: String,
    /// The ARN, or `''` for a verdict on a whole place that could not be read.
    pub resource: String,
    /// The check's title.
    pub title: String,
    /// One sentence that names the resource.
    pub message: String,
    /// A short code: why.
    pub reason: String,
    /// The values that it stands on.
    pub evidence: BTreeMap<String, Value>,
    /// The calls that it stands on.
    pub calls: Vec<Receipt>,
    /// When the last of those calls was made.
    pub observed_at: String,
    /// The controls of frameworks that ask for it, by framework and version.
    pub frameworks: BTreeMap<String, Vec<String>>,
    /// A command that repairs this very resource, or `''`.
    pub fix: String,
    /// The same for the same check, account, region and resource in every run.
    pub fingerprint: String,
    /// The same while nothing changes that the verdict stands on: a digest of its reason and of the evidence without what changes by
    /// itself (ages, measurements, times of last use). `''` for a pass that is only counted.
    pub evidence_digest: String,
    /// The other leg of the family passes for this resource: it is configured, and it does not work.
    pub configured_not_working: bool,
    /// Of an unknown: the permission of the call that would have told (`ec2:DescribeSubnets`), or `''`.
    pub action: String,
    /// The waiver that mutes it.
    pub waiver: Option<Waived>,
    /// How it stands to an earlier snapshot, where it was compared with one.
    pub since: Option<Since>,
    /// Of what is new: its verdict then, if that was another trouble. What passed then, or was not there, has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Status>,
}

/// Who accepted a verdict, why and until when: what a waiver says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waived {
    /// The waiver's name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds (`2027-03-31`), or `''`.
    pub expires: String,
    /// What the verdict would be without it: a failure, or something that cannot be said.
    pub was: Status,
}

/// How a verdict stands to an earlier snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// It was not so then.
    New,
    /// It was so then.
    Persisting,
}

impl Since {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Persisting => "persisting",
        }
    }
}

/// A failure of an earlier snapshot that is none any more.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Resolved {
    /// The verdict as it was then.
    pub was: Finding,
    /// What it is now.
    pub now: Now,
}

/// What became of a failure. What is unknown now is not resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Now {
    /// The check passes.
    Pass,
    /// The resource is gone, or the check does not apply to it any more, and the place was read completely.
    Gone,
}

impl Now {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Gone => "gone",
        }
    }
}

/// A check that was asked, for reports that describe it once beside its verdicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Its id (`vpc/private_subnet_egress_broken`).
    pub id: String,
    /// The fault in a few words.
    pub title: String,
    /// How bad a failure is, unless the verdict says otherwise.
    pub severity: Severity,
    /// What it proves.
    pub leg: Leg,
    /// What joins the legs.
    pub family: String,
    /// Why it matters.
    pub why: String,
    /// How it is repaired, with `{column}` where a verdict has a value.
    pub fix: String,
    /// What each reason code means.
    pub reasons: BTreeMap<String, String>,
    /// Controls by framework and version.
    pub frameworks: BTreeMap<String, Vec<String>>,
    /// Pages that say more.
    pub references: Vec<String>,
}

#[cfg(test)]
impl Finding {
    /// A failure, for tests that need one.
    pub fn sample() -> Self {
        Self {
            check: "s/f".into(),
            status: Status::Fail,
            severity: Severity::High,
            leg: Leg::Configured,
            family: "f".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            resource: "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1".into(),
            title: String::new(),
            message: String::new(),
            reason: "code".into(),
            evidence: BTreeMap::new(),
            calls: Vec::new(),
            observed_at: String::new(),
            frameworks: BTreeMap::new(),
            fix: String::new(),
            fingerprint: String::new(),
            evidence_digest: String::new(),
            configured_not_working: false,
            action: String::new(),
            waiver: None,
            since: None,
            was: None,
        }
    }
}

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
