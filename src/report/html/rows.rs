//! A verdict as the page holds it: a row of the index, in columns, and the details behind it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::book::Book;
use super::pack::{Kind, pack};
use crate::finding::{Finding, Now, Receipt, Severity, Since, Status, Waived};

/// Whether a row is of now, or of an earlier snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A verdict.
    Now,
    /// A failure that is none any more.
    Resolved(Now),
}

/// What the page calls the statuses, in the order in which it shows them; the index has their numbers.
pub const STATUSES: [&str; 5] = ["fail", "unknown", "muted", "resolved", "pass"];

/// What the page calls how a verdict stands to an earlier snapshot; the first when there was none.
pub const SINCES: [&str; 3] = ["", "new", "persisting"];

/// Rows in columns: they deflate to less, and the page reads a filter's column in one go.
#[derive(Debug, Default, Serialize)]
pub struct Index {
    /// The number of the row that is the first here.
    first: u32,
    check: Vec<usize>,
    status: Vec<u8>,
    severity: Vec<usize>,
    account: Vec<usize>,
    region: Vec<usize>,
    action: Vec<usize>,
    since: Vec<u8>,
    /// 1 where something is configured and does not work, and nobody accepted that.
    broken: Vec<u8>,
    resource: Vec<String>,
    message: Vec<String>,
    fingerprint: Vec<String>,
    #[serde(skip)]
    bytes: usize,
}

impl Index {
    /// Adds a verdict.
    pub fn push(&mut self, book: &mut Book, finding: &Finding, row: Row) {
        let status = match (row, finding.status) {
            (Row::Resolved(_), _) => 3,
            (Row::Now, Status::Fail) => 0,
            (Row::Now, Status::Unknown) => 1,
            (Row::Now, Status::Muted) => 2,
            (Row::Now, Status::Pass) => 4,
        };
        let since = match (row, finding.since) {
            (Row::Resolved(_), _) | (Row::Now, None) => 0,
            (Row::Now, Some(Since::New)) => 1,
            (Row::Now, Some(Since::Persisting)) => 2,
        };
        self.bytes += finding.resource.len() + finding.message.len() + finding.fingerprint.len();
        self.check.push(book.check(finding));
        self.status.push(status);
        self.severity.extend(Severity::ALL.iter().position(|severity| *severity == finding.severity));
        self.account.push(book.accounts.number(&finding.account));
        self.region.push(book.regions.number(&finding.region));
        self.action.push(book.actions.number(&finding.action));
        self.since.push(since);
        self.broken.push(u8::from(finding.configured_not_working && status == 0));
        self.resource.push(finding.resource.clone());
        self.message.push(finding.message.clone());
        self.fingerprint.push(finding.fingerprint.clone());
    }

    /// Rows that wait.
    pub fn len(&self) -> u32 {
        u32::try_from(self.check.len()).unwrap_or(u32::MAX)
    }

    /// The bytes of their texts.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Writes what waits, if anything does.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.check.is_empty() {
            return Ok(());
        }
        pack(out, Kind::Index, self)?;
        *self = Self { first: self.first + self.len(), ..Self::default() };
        Ok(())
    }
}

/// What is behind a row.
#[derive(Debug, Serialize)]
pub struct Details<'f> {
    reason: &'f str,
    evidence: &'f BTreeMap<String, Value>,
    calls: &'f [Receipt],
    observed_at: &'f str,
    fix: &'f str,
    evidence_digest: &'f str,
    waiver: Option<&'f Waived>,
    /// Of what is new: its verdict then, if that was another trouble.
    was: Option<Status>,
    /// Of what is resolved: what became of it.
    now: Option<Now>,
}

impl<'f> Details<'f> {
    /// Of a verdict.
    pub fn of(finding: &'f Finding, row: Row) -> Self {
        Self {
            reason: &finding.reason,
            evidence: &finding.evidence,
            calls: &finding.calls,
            observed_at: &finding.observed_at,
            fix: &finding.fix,
            evidence_digest: &finding.evidence_digest,
            waiver: finding.waiver.as_ref(),
            was: finding.was,
            now: match row {
                Row::Now => None,
                Row::Resolved(now) => Some(now),
            },
        }
    }
}
