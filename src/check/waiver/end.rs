//! What is to be said of the waivers themselves, once all verdicts went by.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::apply::{Noted, State, Waiving};
use super::cards::Kind;
use crate::check::digest::digest;
use crate::check::standing::Standing;
use crate::check::tell::fingerprint;
use crate::check::template::fill;
use crate::finding::{Finding, Severity, Status};
use crate::inventory::{GLOBAL, Meta};

/// Days before its last one on which a waiver is told.
const SOON_DAYS: i32 = 14;

/// How much was asked.
#[derive(Debug)]
pub(in crate::check) struct Extent<'e> {
    /// The checks that were asked.
    pub(in crate::check) checks: BTreeSet<&'e str>,
    /// All that there are; none when nobody said.
    pub(in crate::check) known: &'e BTreeSet<String>,
}

/// A verdict on a waiver.
struct Verdict {
    kind: Kind,
    status: Status,
    severity: Severity,
    reason: &'static str,
    message: String,
    action: String,
    about: Vec<(&'static str, Value)>,
}

impl Waiving<'_> {
    /// The verdicts on the waivers: of those that are about something that was asked, in a place that was read.
    pub fn end(&self, extent: &Extent<'_>, standing: &Standing<'_>, meta: &Meta) -> Vec<Finding> {
        let places = standing.places();
        let mut findings = Vec::new();
        for state in &self.states {
            let waiver = state.waiver;
            let is_here = places.iter().any(|(account, region, in_scope)| *in_scope && waiver.may_be_in(account, region));
            if !is_here || !extent.checks.iter().any(|check| waiver.may_be_of(check)) {
                continue;
            }
            let is_whole = state.was_asked_whole(extent, &places, meta);
            findings.extend(state.verdicts(is_whole, self.at, meta).into_iter().map(|verdict| self.finding(state, verdict, meta)));
        }
        findings.sort_by(|a, b| (&a.check, &a.resource).cmp(&(&b.check, &b.resource)));
        findings
    }

    fn finding(&self, state: &State<'_>, verdict: Verdict, meta: &Meta) -> Finding {
        let waiver = state.waiver;
        let card = verdict.kind.card();
        let resource = format!("{}#waiver/{}", self.waivers.file, waiver.name);
        let named = waiver.selector.accounts();
        let account = match (&named[..], &meta.accounts[..]) {
            ([one], _) => (*one).to_owned(),
            ([], [one]) => one.clone(),
            _ => String::new(),
        };
        let mut evidence: BTreeMap<String, Value> = BTreeMap::from([
            ("waiver".to_owned(), json!(waiver.name)),
            ("waiver_reason".to_owned(), json!(waiver.reason)),
            ("owner".to_owned(), json!(waiver.owner)),
            ("expires".to_owned(), json!(waiver.expires.as_deref().unwrap_or(""))),
        ]);
        let digest = digest(&[&card.id, &account, GLOBAL, &resource, verdict.reason], evidence.iter());
        evidence.extend(verdict.about.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let words = [("waiver", quoted(&waiver.name)), ("config", quoted(&self.waivers.path))];
        let words = words.into_iter().map(|(name, text)| (name.to_owned(), Value::String(text))).collect();
        Finding {
            status: verdict.status,
            severity: verdict.severity,
            leg: card.leg,
            family: card.family,
            region: GLOBAL.to_owned(),
            title: card.title,
            message: format!("\"{}\" {}", waiver.name, verdict.message),
            reason: verdict.reason.to_owned(),
            evidence,
            calls: Vec::new(),
            observed_at: meta.started_at.as_str().to_owned(),
            frameworks: BTreeMap::new(),
            fix: if verdict.status == Status::Fail { fill(&card.fix, &words) } else { String::new() },
            fingerprint: fingerprint(&card.id, &account, GLOBAL, &resource),
            evidence_digest: digest,
            configured_not_working: false,
            action: verdict.action,
            waiver: None,
            since: None,
            was: None,
            check: card.id,
            account,
            resource,
        }
    }
}

impl State<'_> {
    /// Whether everything that it could match was asked, in all places where it could.
    fn was_asked_whole(&self, extent: &Extent<'_>, places: &[(String, String, bool)], meta: &Meta) -> bool {
        let waiver = self.waiver;
        let mut of_known = extent.known.iter().filter(|check| waiver.may_be_of(check));
        let is_left_out = |(account, region, in_scope): &(String, String, bool)| !in_scope && waiver.may_be_in(account, region);
        let is_elsewhere = |account: &&str| !meta.accounts.iter().any(|read| read == account);
        meta.complete
            && !extent.known.is_empty()
            && of_known.all(|check| extent.checks.contains(check.as_str()))
            && !places.iter().any(is_left_out)
            && !waiver.selector.accounts().iter().any(is_elsewhere)
    }

    fn verdicts(&self, is_whole: bool, at: &str, meta: &Meta) -> Vec<Verdict> {
        let expired = self.expired(is_whole).into_iter();
        let changed = self.changed().into_iter();
        // What holds whatever was found is told once, by the run that asks everything.
        let others = if is_whole { vec![self.expires_soon(at), self.no_expiry(), self.unmatched(meta)] } else { Vec::new() };
        expired.chain(changed).chain(others.into_iter().flatten()).collect()
    }

    fn expired(&self, is_whole: bool) -> Option<Verdict> {
        let last = self.waiver.expires.as_deref()?;
        let verdict = |status, severity, reason, message: String| Verdict {
            about: named("would_accept", &self.told_again),
            ..Verdict::new(Kind::Expired, status, severity, reason, message)
        };
        match (self.has_ended, self.told_again.number) {
            (false, _) if is_whole => Some(verdict(Status::Pass, Severity::Low, "holds", format!("holds until {last}"))),
            (true, 0) if is_whole => {
                let message = format!("ended on {last}, and nothing is told again because of that: take it out");
                Some(verdict(Status::Fail, Severity::Info, "ended", message))
            }
            (_, 0) => None,
            (_, number) => {
                let message = format!("ended on {last}: {} that it accepted {} told again", count(number), are(number));
                Some(verdict(Status::Fail, Severity::Low, "told_again", message))
            }
        }
    }

    fn changed(&self) -> Option<Verdict> {
        if !self.waiver.until_changed || self.has_ended || self.matched.number == 0 {
            return None;
        }
        let (changed, not_granted) = (self.changed.number, self.not_granted.number);
        let on = |number| format!("{}, which {} told", count(number), are(number));
        let (status, reason, message) = match (changed, not_granted) {
            (0, 0) => (Status::Pass, "unchanged", "is granted on all that it matches, as it is".to_owned()),
            (0, _) => (Status::Fail, "not_granted", format!("was never granted on {}: driftlead waive grants it", on(not_granted))),
            (_, 0) => (Status::Fail, "changed", format!("was granted on other evidence of {}", on(changed))),
            _ => (Status::Fail, "changed", format!("was granted on other evidence of {}, and never on {}", on(changed), on(not_granted))),
        };
        let about = [named("changed", &self.changed), named("not_granted", &self.not_granted)].concat();
        Some(Verdict { about, ..Verdict::new(Kind::Changed, status, Severity::Low, reason, message) })
    }

    fn expires_soon(&self, at: &str) -> Option<Verdict> {
        let last = self.waiver.expires.as_deref().filter(|_| !self.has_ended)?;
        let day = |text: &str| text.get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok());
        let left = (day(last)? - day(at)?).get_days();
        let days = if left == 1 { "1 day".to_owned() } else { format!("{left} days") };
        Some(match left <= SOON_DAYS {
            true => Verdict::new(Kind::ExpiresSoon, Status::Fail, Severity::Info, "soon", format!("ends in {days}, after {last}")),
            false => Verdict::new(Kind::ExpiresSoon, Status::Pass, Severity::Info, "later", format!("holds until {last}")),
        })
    }

    fn no_expiry(&self) -> Option<Verdict> {
        Some(match &self.waiver.expires {
            Some(last) => Verdict::new(Kind::NoExpiry, Status::Pass, Severity::Info, "has_expiry", format!("holds until {last}")),
            None if self.waiver.until_changed => {
                let message = "has no last day: it holds until the evidence changes, which may be never".to_owned();
                Verdict::new(Kind::NoExpiry, Status::Fail, Severity::Info, "no_expiry", message)
            }
            None => Verdict::new(Kind::NoExpiry, Status::Fail, Severity::Info, "no_expiry", "has no last day".to_owned()),
        })
    }

    fn unmatched(&self, meta: &Meta) -> Option<Verdict> {
        let verdict = |status, reason, message| Verdict::new(Kind::Unmatched, status, Severity::Info, reason, message);
        match (&self.open, self.matched.number) {
            (_, number) if number > 0 => Some(verdict(Status::Pass, "matched", format!("matches {}", count(number)))),
            // That it ended is said already.
            _ if self.has_ended || self.is_hushed => None,
            (Some(open), _) => {
                let message = format!("cannot be said to match nothing: {}", open.why);
                Some(Verdict { action: open.action.clone(), ..verdict(Status::Unknown, "cannot_say", message) })
            }
            (None, _) => {
                let message = format!("matches nothing in {}: take it out, or correct what it matches", meta.accounts.join(", "));
                Some(verdict(Status::Fail, "unmatched", message))
            }
        }
    }
}

impl Verdict {
    fn new(kind: Kind, status: Status, severity: Severity, reason: &'static str, message: String) -> Self {
        Self { kind, status, severity, reason, message, action: String::new(), about: Vec::new() }
    }
}

/// Verdicts as evidence: how many, and the first of them.
fn named(what: &'static str, noted: &Noted) -> Vec<(&'static str, Value)> {
    if noted.number == 0 {
        return Vec::new();
    }
    let list: Vec<Value> = noted
        .first
        .iter()
        .map(|(check, resource, fingerprint)| json!({"check": check, "resource": resource, "fingerprint": fingerprint}))
        .collect();
    let number = if what == "not_granted" { "not_granted_number" } else { "number" };
    vec![(number, json!(noted.number)), (what, Value::Array(list))]
}

fn count(number: u64) -> String {
    if number == 1 { "1 verdict".to_owned() } else { format!("{number} verdicts") }
}

fn are(number: u64) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./@:+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
