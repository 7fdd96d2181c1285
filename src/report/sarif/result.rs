//! A verdict as a result of SARIF.

use serde_json::{Value, json};

use super::super::place::{name, sentence, verdict};
use super::rule::level;
use super::text::{address, plain};
use crate::finding::{Finding, Now, Resolved, Since, Status, Waived};

/// A verdict; `rule` is the place of its check among the rules. Where verdicts were compared with earlier ones every result has a state
/// (§3.27.24), so also a pass and what a waiver accepts, which nobody is to act on.
pub fn result(finding: &Finding, rule: Option<usize>, is_compared: bool) -> Value {
    let (kind, level) = match verdict(finding) {
        Status::Pass => ("pass", "none"),
        Status::Unknown => ("open", "none"),
        Status::Fail | Status::Muted => ("fail", level(finding.severity)),
    };
    let state = match finding.since {
        // It was there then, as another trouble: something that nobody could say, say.
        Some(Since::New) if finding.was.is_some() => Some("updated"),
        Some(Since::New) => Some("new"),
        Some(Since::Persisting) => Some("unchanged"),
        None => is_compared.then_some("unchanged"),
    };
    let suppressions = if finding.status == Status::Muted { vec![suppression(finding.waiver.as_ref())] } else { Vec::new() };
    let mut result = written(finding, rule, kind, level, sentence(finding), state);
    // In all results or in none: an empty list says that it is not suppressed, and none at all that nobody knows (§3.27.23).
    result["suppressions"] = json!(suppressions);
    result
}

/// A failure that is none any more.
pub fn absent(resolved: &Resolved, rule: Option<usize>) -> Value {
    let was = &resolved.was;
    let (kind, message) = match resolved.now {
        Now::Pass => ("pass", format!("No failure any more: the check passes. It was: {}", sentence(was))),
        Now::Gone => ("notApplicable", format!("No failure any more: what it was about is gone. It was: {}", sentence(was))),
    };
    let mut result = written(was, rule, kind, "none", &message, Some("absent"));
    result["suppressions"] = json!([]);
    result["properties"]["now"] = json!(resolved.now);
    result
}

fn written(finding: &Finding, rule: Option<usize>, kind: &str, level: &str, message: &str, state: Option<&str>) -> Value {
    let mut result = json!({"ruleId": finding.check, "kind": kind, "level": level, "message": {"text": plain(message)}});
    if let Some(rule) = rule {
        result["ruleIndex"] = json!(rule);
    }
    if let Some(state) = state {
        result["baselineState"] = json!(state);
    }
    // GitHub shows no result without an artifact and a line, though a resource is a name and has none.
    let mut location = json!({"physicalLocation": {"artifactLocation": {"uri": address(finding)}, "region": {"startLine": 1}}});
    if !finding.resource.is_empty() {
        location["logicalLocations"] = json!([{"name": name(finding), "fullyQualifiedName": finding.resource, "kind": "resource"}]);
    }
    result["locations"] = json!([location]);
    // GitHub goes by the first, which it would make from the line of a file otherwise.
    result["partialFingerprints"] = json!({"primaryLocationLineHash": finding.fingerprint, "driftlead/v1": finding.fingerprint});
    result["properties"] = json!({
        "fingerprint": finding.fingerprint,
        "status": finding.status,
        "severity": finding.severity,
        "account": finding.account,
        "region": finding.region,
        "leg": finding.leg,
        "family": finding.family,
        "title": finding.title,
        "reason": finding.reason,
        "evidence": finding.evidence,
        "calls": finding.calls,
        "observed_at": finding.observed_at,
        "frameworks": finding.frameworks,
        "configured_not_working": finding.configured_not_working,
        "fix": finding.fix,
        "action": finding.action,
    });
    result
}

fn suppression(waiver: Option<&Waived>) -> Value {
    let Some(waiver) = waiver else { return json!({"kind": "external", "status": "accepted"}) };
    let until = if waiver.expires.is_empty() { String::new() } else { format!(", until {}", waiver.expires) };
    let justification = format!("{} ({}{until})", waiver.reason, waiver.owner);
    json!({"kind": "external", "status": "accepted", "justification": justification, "properties": waiver})
}
