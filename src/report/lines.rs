//! A finding in lines for people: its sentence, and what it stands on.

use std::collections::BTreeSet;

use super::text::{Ink, some_of};
use super::{Style, evidence};
use crate::finding::{Finding, Head, Receipt, Since};

/// The indent of what belongs to a label.
const REST: &str = "              ";

/// What is wrong, and where, as far as that tells it from the others of the report.
pub fn sentence(style: Style, head: &Head, finding: &Finding) -> String {
    let account = (head.accounts.len() > 1).then_some(finding.account.as_str());
    let region = (head.regions.len() > 1).then_some(finding.region.as_str());
    let place: Vec<&str> = account.into_iter().chain(region).collect();
    let place = if place.is_empty() { String::new() } else { format!(" [{}]", place.join(" ")) };
    let new = match (finding.since, finding.was) {
        (Some(Since::New), Some(was)) => format!("NEW ({} then) ", was.word()),
        (Some(Since::New), None) => "NEW ".to_owned(),
        (Some(Since::Persisting) | None, _) => String::new(),
    };
    style.wrap(&format!("{new}{}{place}", finding.message), "  • ", "    ")
}

/// The values, the calls and the fix, a line or more each.
pub fn proof(style: Style, finding: &Finding) -> Vec<String> {
    let mut lines = Vec::new();
    let evidence = evidence::words(finding);
    if !evidence.is_empty() {
        lines.push(style.paint(Ink::Dim, &style.wrap(&evidence, "    evidence  ", REST)));
    }
    // Calls about the resource itself say most, then those to its own service.
    let service = format!("{}:", finding.resource.split(':').nth(2).unwrap_or(""));
    let rank = |call: &Receipt| (call.resource.is_empty(), !call.action.starts_with(&service));
    let mut calls: Vec<_> = finding.calls.iter().map(|call| (rank(call), call.action.as_str())).collect();
    calls.sort_unstable();
    let mut seen = BTreeSet::new();
    let calls: Vec<&str> = calls.into_iter().map(|(_, action)| action).filter(|action| seen.insert(*action)).collect();
    if !calls.is_empty() {
        let text = format!("{}, {}", some_of(calls, 3, "call"), finding.observed_at);
        lines.push(style.paint(Ink::Dim, &style.wrap(&text, "    seen by   ", REST)));
    }
    if !finding.fix.is_empty() {
        lines.push(style.paint(Ink::Good, &style.command(&finding.fix, "    fix       ", REST)));
    }
    lines
}
