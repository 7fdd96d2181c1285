//! THE OTHER NOUN that reports know: what is not as it was declared, or as it was.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::finding::{Severity, Status};

/// In what way something is not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It is there, with other values.
    Changed,
    /// It was, or is declared, and is not there.
    Missing,
    /// It is there, and was not, or hangs on something declared without being declared itself.
    Added,
    /// A whole resource that no declaration names.
    Unmanaged,
    /// It cannot be said: one of the two sides was not read, or could not be resolved.
    Unknown,
}

impl Kind {
    /// All, in the order of reports.
    pub const ALL: [Self; 5] = [Self::Missing, Self::Changed, Self::Added, Self::Unmanaged, Self::Unknown];

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Added => "added",
            Self::Unmanaged => "unmanaged",
            Self::Unknown => "unknown",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// How bad it is by itself; a check that fails because of it says more.
    pub fn severity(self) -> Severity {
        match self {
            Self::Missing => Severity::Medium,
            Self::Changed | Self::Added => Severity::Low,
            Self::Unmanaged | Self::Unknown => Severity::Info,
        }
    }
}

/// A column whose value is another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnChange {
    /// The column.
    pub column: String,
    /// The property or attribute that declares it (`NatGatewayId`); `''` between snapshots.
    pub property: String,
    /// What was declared, or what was.
    pub wanted: Value,
    /// What is.
    pub found: Value,
}

/// Where something was declared.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Origin {
    /// `cloudformation`, `template`, `terraform` or `snapshot`.
    pub source: String,
    /// The stack's ARN, the state's file, the snapshot's.
    pub unit: String,
    /// The stack's name, or the last part of the file's: for people.
    pub name: String,
    /// The logical id or the address.
    pub address: String,
    /// The type in the declaration's words (`AWS::EC2::Route`).
    #[serde(rename = "type")]
    pub type_name: String,
}

/// A verdict that is not what it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flip {
    /// The check.
    pub check: String,
    /// How bad a failure is.
    pub severity: Severity,
    /// The resource that it is about.
    pub resource: String,
    /// The verdict as declared, or as it was; none where there was nothing to judge.
    pub before: Option<Status>,
    /// The verdict now.
    pub after: Option<Status>,
    /// What it says now.
    pub message: String,
}

impl Flip {
    /// Whether it fails now and did not.
    pub fn is_worse(&self) -> bool {
        self.after == Some(Status::Fail)
    }
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deed {
    /// When, RFC 3339.
    pub time: String,
    /// The event (`ReplaceRoute`).
    pub event: String,
    /// Who, for people (`role/Admin via alice@example.com`).
    pub principal: String,
    /// The ARN of who.
    pub principal_arn: String,
    /// By which way: `console`, `cli`, `sdk`, `terraform`, `cloudformation`, `pipeline`, `service` or `unknown`.
    pub source: String,
    /// The tool or the service by its name, as far as the event tells (`Terraform 1.9.8`), or `''`.
    pub tool: String,
    /// From which address.
    pub source_ip: String,
    /// The event's id.
    pub event_id: String,
    /// Where the console shows it.
    pub url: String,
}

/// What `--who` found out about a change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Who {
    /// What was done, the newest first.
    pub deeds: Vec<Deed>,
    /// What keeps it from being told, in words, or `''`.
    pub note: String,
}

/// Something that is not as it was declared, or as it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// In what way.
    pub kind: Kind,
    /// How bad: that of the worst check that fails because of it, or the kind's own.
    pub severity: Severity,
    /// The table.
    pub table: String,
    /// The account.
    pub account: String,
    /// The region, or `global`.
    pub region: String,
    /// The row's ARN; where none is known, what names it (`subnet_id=subnet-1`).
    pub resource: String,
    /// What names the row within the table, column by column.
    pub key: BTreeMap<String, Value>,
    /// The columns, for [`Kind::Changed`] and for what could not be compared.
    pub columns: Vec<ColumnChange>,
    /// Where it was declared.
    pub declared: Option<Origin>,
    /// Why it cannot be said, for [`Kind::Unknown`], or a remark.
    pub reason: String,
    /// Verdicts that changed with it.
    pub verdicts: Vec<Flip>,
    /// Who did it, if that was asked.
    pub who: Option<Who>,
    /// The reason of the rule in driftlead.toml that accepts it, or `''`.
    pub ignored: String,
    /// The same for the same change in every run.
    pub fingerprint: String,
    /// The row's number in the snapshot; 0 where there is none.
    #[serde(skip)]
    pub row: i64,
}

impl Change {
    /// The change with its fingerprint.
    pub fn sealed(mut self) -> Self {
        let origin = self.declared.as_ref().map_or_else(String::new, |origin| format!("{} {}", origin.name, origin.address));
        let columns: Vec<&str> = self.columns.iter().map(|column| column.column.as_str()).collect();
        let text = [self.kind.word(), &self.table, &self.account, &self.region, &self.resource, &origin, &columns.join(",")].join("\n");
        self.fingerprint = Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        self
    }
}

#[cfg(test)]
impl Change {
    /// A change, for tests that need one.
    pub fn sample() -> Self {
        Self {
            kind: Kind::Changed,
            severity: Severity::Low,
            table: "aws_lambda_function".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            resource: "arn:aws:lambda:eu-west-1:111122223333:function:pay".into(),
            key: BTreeMap::new(),
            columns: Vec::new(),
            declared: None,
            reason: String::new(),
            verdicts: Vec::new(),
            who: None,
            ignored: String::new(),
            fingerprint: String::new(),
            row: 0,
        }
    }
}

/// What was compared with what, and how much of it could be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// What was declared or was: a sentence for each source (`stack payment-prod, 12 resources`).
    pub sources: Vec<String>,
    /// What is: the snapshot's file, or `''` when it was not kept.
    pub snapshot: String,
    /// When that was read.
    pub started_at: String,
    /// The accounts.
    pub accounts: Vec<String>,
    /// The regions.
    pub regions: Vec<String>,
    /// Resources or rows that were declared, or were.
    pub declared: u64,
    /// Of these those that were compared.
    pub compared: u64,
    /// Values that were compared.
    pub values: u64,
    /// Types that no table has, with how many resources.
    pub unsupported: BTreeMap<String, u64>,
    /// Properties that no column has, by type and name, with how many.
    pub properties: BTreeMap<String, u64>,
    /// Why values could not be resolved, with how many.
    pub unresolved: BTreeMap<String, u64>,
    /// Rules in driftlead.toml that matched nothing or have expired.
    pub rules: Vec<String>,
    /// What else whoever reads this must know.
    pub remarks: Vec<String>,
}

/// How many changes of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Changed rows.
    pub changed: u64,
    /// Missing rows.
    pub missing: u64,
    /// Added rows.
    pub added: u64,
    /// Unmanaged resources.
    pub unmanaged: u64,
    /// What cannot be said.
    pub unknown: u64,
    /// Changes that a rule accepts.
    pub ignored: u64,
    /// Checks that fail and did not.
    pub worse: u64,
}

impl Counts {
    /// Counts a change.
    pub fn count(&mut self, change: &Change) {
        if !change.ignored.is_empty() {
            self.ignored += 1;
            return;
        }
        match change.kind {
            Kind::Changed => self.changed += 1,
            Kind::Missing => self.missing += 1,
            Kind::Added => self.added += 1,
            Kind::Unmanaged => self.unmanaged += 1,
            Kind::Unknown => self.unknown += 1,
        }
    }
}
