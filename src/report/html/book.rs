//! What the rows refer to by number: checks, accounts, regions, permissions; and what is counted of each check. As large as there are
//! checks and places, however many verdicts.

use std::collections::HashMap;

use serde::Serialize;

use super::rows::{SINCES, STATUSES};
use crate::finding::{Asked, Assessment, Finding, Head, Severity, Status, Summary};

/// Names, each with the number that stands for it.
#[derive(Debug, Default)]
pub struct Names {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Names {
    fn of(names: &[String]) -> Self {
        let mut all = Self::default();
        for name in names {
            all.number(name);
        }
        all
    }

    /// The number of a name.
    pub fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }
}

/// A check's card, and how often it said what.
#[derive(Debug, Serialize)]
struct Card {
    #[serde(flatten)]
    asked: Asked,
    pass: u64,
    fail: u64,
    unknown: u64,
    muted: u64,
    broken: u64,
}

impl Card {
    fn of(asked: Asked) -> Self {
        Self { asked, pass: 0, fail: 0, unknown: 0, muted: 0, broken: 0 }
    }
}

/// The names, and the counts.
#[derive(Debug, Default)]
pub struct Book {
    checks: Vec<Card>,
    check_numbers: HashMap<String, usize>,
    /// Accounts.
    pub accounts: Names,
    /// Regions, `global` among them.
    pub regions: Names,
    /// Permissions that would end an unknown, and `''`.
    pub actions: Names,
}

/// How the page gets it.
#[derive(Debug, Serialize)]
pub struct Page<'b> {
    tool: &'b str,
    accounts: &'b [String],
    regions: &'b [String],
    actions: &'b [String],
    severities: [&'static str; 5],
    statuses: [&'static str; 5],
    sinces: [&'static str; 3],
    checks: &'b [Card],
    summary: &'b Summary,
    /// What a verdict on a requirement does not say.
    limits: &'static str,
    calls: u32,
    denied: u32,
    throttled: u32,
    failed: u32,
}

impl Book {
    /// With what is known before the first verdict.
    pub fn of(head: &Head) -> Self {
        Self {
            check_numbers: head.checks.iter().enumerate().map(|(i, asked)| (asked.id.clone(), i)).collect(),
            checks: head.checks.iter().cloned().map(Card::of).collect(),
            accounts: Names::of(&head.accounts),
            regions: Names::of(&head.regions),
            actions: Names::default(),
        }
    }

    /// The number of a verdict's check. One that was not asked now, such as that of an earlier failure, gets the card that the verdict
    /// itself is.
    pub fn check(&mut self, finding: &Finding) -> usize {
        if let Some(number) = self.check_numbers.get(&finding.check) {
            return *number;
        }
        self.checks.push(Card::of(Asked {
            id: finding.check.clone(),
            title: finding.title.clone(),
            severity: finding.severity,
            leg: finding.leg,
            family: finding.family.clone(),
            why: String::new(),
            fix: String::new(),
            reasons: std::collections::BTreeMap::new(),
            frameworks: finding.frameworks.clone(),
            references: Vec::new(),
        }));
        self.check_numbers.insert(finding.check.clone(), self.checks.len() - 1);
        self.checks.len() - 1
    }

    /// Counts a verdict for its check.
    pub fn count(&mut self, finding: &Finding) {
        let number = self.check(finding);
        let card = &mut self.checks[number];
        match finding.status {
            Status::Pass => card.pass += 1,
            Status::Fail => card.fail += 1,
            Status::Unknown => card.unknown += 1,
            Status::Muted => card.muted += 1,
        }
        card.broken += u64::from(finding.configured_not_working && finding.status == Status::Fail);
    }

    /// As the page gets it.
    pub fn page<'b>(&'b self, head: &'b Head, summary: &'b Summary) -> Page<'b> {
        Page {
            tool: &head.tool,
            accounts: &self.accounts.names,
            regions: &self.regions.names,
            actions: &self.actions.names,
            severities: Severity::ALL.map(Severity::word),
            statuses: STATUSES,
            sinces: SINCES,
            checks: &self.checks,
            summary,
            limits: Assessment::LIMITS,
            calls: head.coverage.calls,
            denied: head.coverage.denied,
            throttled: head.coverage.throttled,
            failed: head.coverage.failed,
        }
    }
}
