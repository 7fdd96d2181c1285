//! What cannot be said, by what would have told: one permission to allow can end many unknowns.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde_json::Value;

use super::Style;
use super::text::{Ink, count, some_of};
use crate::finding::Finding;

/// Why something cannot be said, in the order in which a reader can do something about it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    /// A permission that is missing.
    Denied(String),
    /// A call that was not answered for another reason: the action and how it ended.
    Call(String, String),
    /// Everything was read, and it does not allow a verdict.
    Open(String),
}

impl Cause {
    fn rank(&self) -> u8 {
        match self {
            Self::Denied(_) => 0,
            Self::Call(..) => 1,
            Self::Open(_) => 2,
        }
    }
}

/// Writes them.
///
/// # Errors
/// When they cannot be written.
pub fn write(out: &mut dyn Write, style: Style, findings: &[Finding]) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", style.paint(Ink::Warn, &format!("CANNOT SAY ({})", findings.len())))?;
    writeln!(out, "{}", style.wrap("What could not be read is unknown, never fine.", "", ""))?;
    let mut causes: BTreeMap<Cause, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        causes.entry(cause(finding)).or_default().push(finding);
    }
    let mut causes: Vec<(Cause, Vec<&Finding>)> = causes.into_iter().collect();
    causes.sort_by_key(|(cause, findings)| (cause.rank(), Reverse(findings.len())));
    for (cause, findings) in causes {
        match cause {
            Cause::Denied(action) => {
                writeln!(out, "{}", style.paint(Ink::Warn, &format!("• allow {action}")))?;
                write_about(out, style, &findings)?;
                if let Some(said) = findings.iter().map(|finding| aws_says(finding, &action)).find(|said| !said.is_empty()) {
                    writeln!(out, "{}", style.paint(Ink::Dim, &style.wrap(said, "    AWS says: ", "    ")))?;
                }
            }
            Cause::Call(..) | Cause::Open(_) => {
                writeln!(out, "{}", style.wrap(sentence(findings[0]), "• ", "  "))?;
                write_about(out, style, &findings)?;
            }
        }
    }
    Ok(())
}

/// AWS's own words about a denial; what hangs on a list that was denied passes them on.
fn aws_says<'f>(finding: &'f Finding, action: &str) -> &'f str {
    let told = sentence(finding);
    let said = told.strip_prefix(action).and_then(|rest| rest.strip_prefix(" was denied")).unwrap_or(told);
    let said = said.split_once("which was not read completely").map_or(said, |(_, passed_on)| passed_on);
    said.trim_start_matches([':', ' '])
}

/// Which checks, and about what.
fn write_about(out: &mut dyn Write, style: Style, findings: &[&Finding]) -> io::Result<()> {
    let checks: BTreeSet<&str> = findings.iter().map(|finding| finding.check.as_str()).collect();
    let mut text = some_of(checks, 3, "check");
    let names: BTreeSet<&str> = findings.iter().filter_map(|finding| name(finding)).collect();
    if names.is_empty() {
        let places: BTreeSet<String> = findings.iter().map(|finding| format!("{} {}", finding.account, finding.region)).collect();
        text += &format!(" in {}", some_of(places, 3, "place"));
    } else {
        text += &format!(" about {}", some_of(names, 3, "resource"));
    }
    let unknowns = if findings.len() > 1 { format!("{}: ", count(findings.len(), "unknown")) } else { String::new() };
    writeln!(out, "{}", style.paint(Ink::Dim, &style.wrap(&format!("{unknowns}{text}"), "    ", "    ")))
}

fn cause(finding: &Finding) -> Cause {
    match missing(finding) {
        Some(action) if finding.reason == "denied" => Cause::Denied(action),
        Some(action) => Cause::Call(action, finding.reason.clone()),
        None => Cause::Open(sentence(finding).to_owned()),
    }
}

/// The permission of the call that would have told, if a call would have.
fn missing(finding: &Finding) -> Option<String> {
    let named = finding.evidence.get("action").and_then(Value::as_str).filter(|action| !action.is_empty());
    let is_it = |call: &&crate::finding::Receipt| call.outcome == finding.reason && !matches!(call.outcome.as_str(), "ok" | "absent");
    // The judge's sentence begins with the action; a receipt with the same end is the second best witness.
    let begins = |call: &&crate::finding::Receipt| sentence(finding).starts_with(&format!("{} ", call.action));
    let failed = || finding.calls.iter().filter(is_it).find(begins).or_else(|| finding.calls.iter().find(is_it));
    named.map(str::to_owned).or_else(|| failed().map(|call| call.action.clone()))
}

/// Why, without the name of the resource.
fn sentence(finding: &Finding) -> &str {
    finding.message.split_once("cannot say: ").map_or(finding.message.as_str(), |(_, cause)| cause)
}

/// The name of the resource; a verdict on a whole place has none.
fn name(finding: &Finding) -> Option<&str> {
    let named = finding.message.split_once(": cannot say: ").map(|(name, _)| name);
    named.filter(|name| !finding.resource.is_empty() && !name.is_empty())
}
