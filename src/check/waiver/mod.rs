//! Waivers: verdicts that somebody accepts, in driftlead.toml, each with a reason, an owner, and an end.
//!
//! A waiver mutes: the verdict keeps its severity, its message and its evidence, says who accepted it, and does not count for the
//! exit code. Whether a waiver still holds is asked of the snapshot's clock, never of the wall clock, so that an old snapshot is
//! judged the same for ever. What cannot be decided (by tags that were not read) is not muted. A waiver that ended, that matches
//! nothing, that was granted on other evidence, or that has no end, is a finding of its own.

mod apply;
mod cards;
mod end;
mod grants;
mod section;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(super) use apply::Waiving;
pub use cards::{Kind, cards};
pub(super) use end::Extent;
pub use grants::{Grant, Grants};
pub use section::{WaiverSection, Waivers, WaiversSection, day};

use super::selector::{Patterns, Selector, Subject, and};
use crate::finding::Status;

/// A waiver.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// What it is called; no other has this name.
    pub name: String,
    /// The line of the file where it begins.
    pub line: usize,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds (`2027-03-31`).
    pub expires: Option<String>,
    /// It ends when the evidence changes that it was granted on.
    pub until_changed: bool,
    /// What it was granted on: the digest of the evidence by the fingerprint of the finding.
    pub grants: BTreeMap<String, String>,
    accepts: Vec<Status>,
    checks: Option<Patterns>,
    selector: Selector,
}

impl Waiver {
    /// Whether it is about a verdict; `None` when that cannot be decided.
    pub(super) fn decide(&self, of: &Subject<'_>) -> Option<bool> {
        let is_check = match (&self.checks, of.check) {
            (None, _) => Some(true),
            (Some(checks), check) => check.map(|check| checks.is_match(check)),
        };
        and([is_check, self.selector.decide(of)].into_iter())
    }

    /// Whether its last day is over at the time of a snapshot, RFC 3339.
    pub fn has_ended(&self, at: &str) -> bool {
        self.expires.as_deref().is_some_and(|last| last < at.get(..10).unwrap_or(at))
    }

    /// Whether it is about a verdict that it accepts.
    pub(super) fn matches(&self, status: Status, of: &Subject<'_>) -> bool {
        self.accepts.contains(&status) && self.decide(of) == Some(true)
    }

    /// Whether it may be about something in this place.
    fn may_be_in(&self, account: &str, region: &str) -> bool {
        self.decide(&Subject { account: Some(account), region: Some(region), ..Subject::default() }) != Some(false)
    }

    /// Whether it may be about a verdict of this check.
    fn may_be_of(&self, check: &str) -> bool {
        self.decide(&Subject { check: Some(check), ..Subject::default() }) != Some(false)
    }
}
