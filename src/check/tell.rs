//! Puts a verdict into words: message, evidence, receipts, fix.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::digest::{digest, hex};
use super::file::Check;
use super::row::{Row, links, short};
use super::rules::Values;
use super::run::{Judge, RunError};
use super::standing::Missing;
use super::template::fill;
use super::vet::Vetted;
use crate::finding::{Finding, Receipt, Status};
use crate::inventory::GLOBAL;

impl Judge<'_> {
    /// The verdict of a row; `None` when the check does not apply to it.
    pub(super) fn finding(&self, check: &Check, vetted: &Vetted, row: &Row, values: &Values) -> Result<Option<Finding>, RunError> {
        let Some(status) = row.status else { return Ok(None) };
        let (account, region) = (row.place.0.as_str(), row.place.1.as_str());
        if status == Status::Pass && !self.with_passes {
            return Ok(Some(counted(check, account, region, &row.resource)));
        }
        let mut words = row.evidence.clone();
        for (name, value, from) in values.iter() {
            words.insert(name.to_owned(), Value::String(value.to_string()));
            words.insert(format!("{name}_from"), Value::String(from.to_owned()));
        }
        for (name, value) in [("resource", &row.resource), ("account", &row.place.0), ("region", &row.place.1), ("reason", &row.reason)] {
            words.entry(name.to_owned()).or_insert_with(|| Value::String(value.clone()));
        }
        let links = links(row);
        let card = &check.card;
        let meaning = card.reasons.get(&row.reason).map(|text| fill(text, &words));
        words.insert("meaning".to_owned(), Value::String(meaning.clone().unwrap_or_else(|| row.reason.clone())));
        let mut reason = row.reason.clone();
        let mut action = String::new();
        let message = match status {
            Status::Fail => fill(&card.message, &words),
            Status::Unknown => {
                let missing = self.standing.item_gap(&vetted.tables, &links, account, region)?;
                if let Some(missing) = &missing {
                    action.clone_from(&missing.action);
                }
                let why = match (meaning, missing) {
                    (Some(meaning), Some(missing)) => format!("{meaning} (unread here: {})", missing.sentence()),
                    (Some(meaning), None) => meaning,
                    (None, Some(missing)) => {
                        reason.clone_from(&missing.outcome);
                        missing.sentence()
                    }
                    (None, None) => {
                        "unread".clone_into(&mut reason);
                        UNTOLD.to_owned()
                    }
                };
                format!("{}: cannot say: {why}", row.name)
            }
            Status::Pass | Status::Muted => {
                format!("{}: {}", row.name, meaning.unwrap_or_else(|| "nothing of the kind was found".to_owned()))
            }
        };
        let calls = self.standing.receipts(&vetted.tables, &links, account, region)?;
        let observed_at = latest(&calls);
        // Where a parameter's value comes from does not matter, what it is does.
        let parameters = values.iter().map(|(name, value, _)| (name.to_owned(), Value::String(value.to_string())));
        let mut lasting: BTreeMap<String, Value> = parameters.collect();
        lasting.extend(
            row.evidence.iter().filter(|(name, _)| !vetted.volatile.contains(*name)).map(|(name, value)| (name.clone(), value.clone())),
        );
        let evidence_digest = digest(&[&check.id, account, region, &row.resource, &reason], lasting.iter());
        let mut evidence = row.evidence.clone();
        for (name, value, from) in values.iter() {
            evidence.entry(name.to_owned()).or_insert_with(|| Value::String(format!("{value} ({from})")));
        }
        let fix = if status == Status::Fail { fill(card.fixes.get(&reason).unwrap_or(&card.fix), &words) } else { String::new() };
        Ok(Some(Finding {
            severity: row.severity,
            message,
            reason,
            evidence,
            evidence_digest,
            calls,
            observed_at,
            fix,
            action,
            ..blank(check, status, account, region, &row.resource)
        }))
    }

    /// One resource, judged with every set of values that may hold for it: the same verdict, or none.
    pub(super) fn settle(&self, check: &Check, vetted: &Vetted, rows: &[Row]) -> Result<Option<Finding>, RunError> {
        let base = self.config.base(check);
        let agree = rows.iter().all(|row| row.status == rows[0].status);
        let mut row = rows[0].clone();
        if !agree {
            row.status = Some(Status::Unknown);
            row.reason = "parameter_undecided".to_owned();
        }
        let finding = self.finding(check, vetted, &row, &base)?;
        Ok(finding.map(|mut finding| {
            if finding.reason == "parameter_undecided" {
                let name = short(&finding.resource);
                finding.message =
                    format!("{name}: cannot say: its tags were not read, so it is open which rule of driftlead.toml holds for it");
            }
            finding
        }))
    }

    pub(super) fn unknown_place(
        &self,
        check: &Check,
        vetted: &Vetted,
        account: &str,
        region: &str,
        missing: &Missing,
    ) -> Result<Finding, RunError> {
        let place = if region == GLOBAL { account.to_owned() } else { format!("{account} in {region}") };
        let calls = self.standing.receipts(&vetted.tables, &[], account, region)?;
        let evidence = [("table", &missing.table), ("action", &missing.action), ("outcome", &missing.outcome)];
        let evidence: BTreeMap<String, Value> =
            evidence.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value.clone()))).collect();
        Ok(Finding {
            message: format!("{place}: cannot say: {}", missing.sentence()),
            reason: missing.outcome.clone(),
            evidence_digest: digest(&[&check.id, account, region, "", &missing.outcome], evidence.iter()),
            evidence,
            observed_at: latest(&calls),
            calls,
            action: missing.action.clone(),
            ..blank(check, Status::Unknown, account, region, "")
        })
    }

    /// A check that broke off says nothing for certain, anywhere.
    pub(super) fn broken(&self, check: &Check, error: &RunError) -> Vec<Finding> {
        let finding = |account: &str| Finding {
            message: format!("{account}: cannot say: the check itself broke off: {error} ({})", check.path.display()),
            reason: "check_error".to_owned(),
            evidence_digest: digest(&[&check.id, account, GLOBAL, "", "check_error"], std::iter::empty()),
            ..blank(check, Status::Unknown, account, GLOBAL, "")
        };
        self.standing.accounts().map(finding).collect()
    }
}

/// Why a fact is unread though every call was answered.
pub(super) const UNTOLD: &str = "AWS's answer leaves out what this needs";

pub(super) fn latest(calls: &[Receipt]) -> String {
    calls.iter().map(|call| call.at.as_str()).max().unwrap_or("").to_owned()
}

/// A pass that is only counted: without what only a report on it would tell.
fn counted(check: &Check, account: &str, region: &str, resource: &str) -> Finding {
    bare(check, Status::Pass, account, region, resource)
}

/// A verdict with nothing but its check and its place.
pub(super) fn blank(check: &Check, status: Status, account: &str, region: &str, resource: &str) -> Finding {
    Finding { frameworks: check.card.frameworks.clone(), ..bare(check, status, account, region, resource) }
}

fn bare(check: &Check, status: Status, account: &str, region: &str, resource: &str) -> Finding {
    Finding {
        check: check.id.clone(),
        status,
        severity: check.card.severity,
        leg: check.card.leg,
        family: check.card.family.clone(),
        account: account.to_owned(),
        region: region.to_owned(),
        resource: resource.to_owned(),
        title: check.card.title.clone(),
        message: String::new(),
        reason: String::new(),
        evidence: BTreeMap::new(),
        calls: Vec::new(),
        observed_at: String::new(),
        frameworks: BTreeMap::new(),
        fix: String::new(),
        fingerprint: fingerprint(&check.id, account, region, resource),
        evidence_digest: String::new(),
        configured_not_working: false,
        action: String::new(),
        waiver: None,
        since: None,
        was: None,
    }
}

/// What makes a verdict the same one in every run, in hexadecimal digits; of a place that cannot be judged with the resource `''`.
pub fn fingerprint(check: &str, account: &str, region: &str, resource: &str) -> String {
    hex(&Sha256::digest([check, account, region, resource].join("\0"))[..10])
}
