//! What can be wrong with a waiver, as checks are described: judged along with every scan, by no SELECT.

use std::collections::BTreeMap;

use crate::finding::{Asked, Leg, Severity};

/// What joins them.
pub const FAMILY: &str = "waivers";

/// What can be wrong with a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its last day is over.
    Expired,
    /// Its last day is near.
    ExpiresSoon,
    /// It matches nothing.
    Unmatched,
    /// It was granted on other evidence, or never.
    Changed,
    /// It has no last day.
    NoExpiry,
}

/// The words of a kind: id, title, severity, why, fix, reasons.
type Words = (&'static str, &'static str, Severity, &'static str, &'static str, &'static [(&'static str, &'static str)]);

impl Kind {
    /// All, by id.
    pub const ALL: [Self; 5] = [Self::Changed, Self::Expired, Self::ExpiresSoon, Self::NoExpiry, Self::Unmatched];

    fn words(self) -> Words {
        match self {
            Self::Changed => (
                "waiver/changed",
                "Waiver that was granted on something else",
                Severity::Low,
                "It was accepted as it was then. It is not so any more, or nobody ever granted it on what is there now: what it would \
                 mute is told until somebody looks at it and grants it again.",
                "driftlead waive --config {config} --only {waiver}",
                &[
                    ("changed", "the evidence is not what it was granted on"),
                    ("not_granted", "it matches what it was never granted on"),
                    ("unchanged", "all that it matches is as it was granted"),
                ],
            ),
            Self::Expired => (
                "waiver/expired",
                "Waiver that ended",
                Severity::Low,
                "Its last day is over by the snapshot's clock. What it accepted is told again as it is.",
                "Repair what it accepted, and take the waiver out of {config}; or let its owner give it another `expires`.",
                &[
                    ("told_again", "it ended, and what it accepted is told again"),
                    ("ended", "it ended, and what it accepted does not fail any more, as far as this run asked"),
                    ("holds", "its last day is not over"),
                ],
            ),
            Self::ExpiresSoon => (
                "waiver/expires_soon",
                "Waiver that ends within 14 days",
                Severity::Info,
                "From the day after its last one what it accepts is told again, and counts for the exit code.",
                "Repair what it accepts, or let its owner give it another `expires` in {config}.",
                &[("soon", "its last day is at most 14 days away"), ("later", "its last day is more than 14 days away")],
            ),
            Self::NoExpiry => (
                "waiver/no_expiry",
                "Waiver without an end",
                Severity::Info,
                "Nobody will look at it again: an exception without a last day outlives its reason.",
                "Give it a last day in {config}: expires = \"YYYY-MM-DD\"",
                &[("no_expiry", "it has no last day"), ("has_expiry", "it has a last day")],
            ),
            Self::Unmatched => (
                "waiver/unmatched",
                "Waiver that matches nothing",
                Severity::Info,
                "What it accepted is repaired or gone, or it never meant what its author thought. Left alone it will mute something one \
                 day that nobody meant.",
                "Take it out of {config}, or correct what it matches.",
                &[
                    ("unmatched", "all that it could match was read, and nothing of it fails"),
                    ("matched", "it matches something"),
                    ("cannot_say", "something that it could match cannot be said"),
                ],
            ),
        }
    }

    /// The id, as that of a check.
    pub fn id(self) -> &'static str {
        self.words().0
    }

    /// How it is described in reports.
    pub fn card(self) -> Asked {
        let (id, title, severity, why, fix, reasons) = self.words();
        Asked {
            id: id.to_owned(),
            title: title.to_owned(),
            severity,
            leg: Leg::Configured,
            family: FAMILY.to_owned(),
            why: why.to_owned(),
            fix: fix.to_owned(),
            reasons: reasons.iter().map(|(code, text)| ((*code).to_owned(), (*text).to_owned())).collect(),
            frameworks: BTreeMap::new(),
            references: Vec::new(),
        }
    }
}

/// All cards, by id.
pub fn cards() -> Vec<Asked> {
    Kind::ALL.into_iter().map(Kind::card).collect()
}
