//! What a webhook is told: the object that goes out as JSON, schema 1, and from which the other formats are made.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Webhook;
use crate::finding::{Finding, Head, Leg, Severity, Since, Status, Summary};

/// The version of the object. It grows when a reader of the old one would misunderstand the new one.
const SCHEMA: u32 = 1;

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// The version of this object.
    pub schema: u32,
    /// The same for every try to tell the same webhook of the same scan.
    pub id: String,
    /// `scan`, or `test` for a message that says nothing but that it arrived.
    pub kind: &'static str,
    /// The program and its version.
    pub tool: String,
    /// The webhook's name.
    pub webhook: String,
    /// What was read.
    pub snapshot: Read,
    /// All verdicts in numbers, and how they stand to the earlier snapshot.
    pub summary: Summary,
    /// What this webhook is told of, in numbers: failures by severity, and unknowns.
    pub counts: BTreeMap<&'static str, u64>,
    /// The worst of it.
    pub findings: Vec<Notice>,
    /// How many more there are than `findings` shows.
    pub more: u64,
}

/// What was read: times in RFC 3339 UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Read {
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
}

/// A finding as it goes out. What is made of values is there only where the webhook asks for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Notice {
    /// The check's id.
    pub check: String,
    /// `fail` or `unknown`.
    pub status: Status,
    /// How bad it is.
    pub severity: Severity,
    /// What the check proves.
    pub leg: Leg,
    /// What joins the legs.
    pub family: String,
    /// The account.
    pub account: String,
    /// The region, or `global`.
    pub region: String,
    /// The ARN, or `''` for a whole place that could not be read.
    pub resource: String,
    /// The check's title.
    pub title: String,
    /// A short code: why.
    pub reason: String,
    /// Of an unknown: the permission of the call that would have told, or `''`.
    pub action: String,
    /// How it stands to the earlier snapshot.
    pub since: Option<Since>,
    /// Its verdict then, if that was another trouble.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Status>,
    /// The same in every run.
    pub fingerprint: String,
    /// The sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The values that it stands on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<BTreeMap<String, Value>>,
    /// A command that repairs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Message {
    /// Of a scan.
    pub(super) fn of(webhook: &Webhook, head: &Head, summary: &Summary, fails: [u64; 5], unknown: u64, findings: &[Finding]) -> Self {
        let mut summary = summary.clone();
        if let Some(compared) = &mut summary.since {
            // Where files lie on the machine that scans is nobody else's business.
            compared.path.clear();
        }
        let counts: BTreeMap<&str, u64> =
            Severity::ALL.iter().map(|severity| severity.word()).zip(fails).chain([("unknown", unknown)]).collect();
        let number: u64 = counts.values().sum();
        Self {
            schema: SCHEMA,
            id: id(&[&webhook.name, &head.started_at, &head.accounts.join(",")]),
            kind: "scan",
            tool: head.tool.clone(),
            webhook: webhook.name.clone(),
            snapshot: Read {
                started_at: head.started_at.clone(),
                finished_at: head.finished_at.clone(),
                complete: head.complete,
                accounts: head.accounts.clone(),
                regions: head.regions.clone(),
            },
            summary,
            counts,
            findings: findings.iter().map(|finding| Notice::of(finding, webhook.include_evidence)).collect(),
            more: number - findings.len() as u64,
        }
    }

    /// How many findings it is about.
    pub fn number(&self) -> u64 {
        self.counts.values().sum()
    }
}

impl Notice {
    fn of(finding: &Finding, with_evidence: bool) -> Self {
        let finding = finding.clone();
        Self {
            check: finding.check,
            status: finding.status,
            severity: finding.severity,
            leg: finding.leg,
            family: finding.family,
            account: finding.account,
            region: finding.region,
            resource: finding.resource,
            title: finding.title,
            reason: finding.reason,
            action: finding.action,
            since: finding.since,
            was: finding.was,
            fingerprint: finding.fingerprint,
            message: with_evidence.then_some(finding.message),
            evidence: with_evidence.then_some(finding.evidence),
            fix: with_evidence.then_some(finding.fix),
        }
    }
}

fn id(parts: &[&str]) -> String {
    let hash = Sha256::digest(parts.join("\0"));
    hash.iter().take(10).map(|byte| format!("{byte:02x}")).collect()
}
