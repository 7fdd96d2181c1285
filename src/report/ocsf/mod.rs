//! OCSF: Compliance Finding (class 2003) of version 1.5.0 with the profile `cloud`, as one JSON array.
//!
//! 1.5.0 is the version that consumers implement (py-ocsf-models); OCSF's minor versions only add, so that the same events hold for the
//! later ones, against which they are tested too. Source for all names and numbers: schema.ocsf.io, as compiled in ocsf-json-schema.
//!
//! | verdict | `compliance.status_id` | `status_id` |
//! |---|---|---|
//! | fail | 3 Fail | 1 New |
//! | unknown | 0 Unknown | 1 New |
//! | pass | 1 Pass | 1 New |
//! | muted | as without the waiver | 3 Suppressed |
//! | resolved | 1 Pass, or 99 Gone | 4 Resolved, activity 3 Close |

use std::collections::HashMap;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::Report;
use super::list::List;
use super::place::{Arn, name, partition, sentence, verdict};
use crate::finding::{Asked, Finding, Head, Now, Resolved, Severity, Since, Status, Summary};

const VERSION: &str = "1.5.0";
const CLASS: u32 = 2003;

/// A number of OCSF and its caption.
type Id = (u32, &'static str);

const CREATE: Id = (1, "Create");
const UPDATE: Id = (2, "Update");
const CLOSE: Id = (3, "Close");

/// The report.
pub struct Ocsf<'w> {
    out: List<'w>,
    head: Head,
    checks: HashMap<String, Asked>,
    /// The snapshot's clock and end, in milliseconds since 1970.
    started_at: i64,
    finished_at: i64,
}

/// How an event stands.
struct Standing {
    activity: Id,
    status: Id,
    compliance: Id,
    time: i64,
    message: String,
}

impl<'w> Ocsf<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>) -> Self {
        Self { out: List::new(out), head: Head::default(), checks: HashMap::new(), started_at: 0, finished_at: 0 }
    }

    fn event(&self, finding: &Finding, standing: &Standing) -> Value {
        let Standing { activity, status, compliance, time, message } = standing;
        let asked = self.checks.get(&finding.check);
        let severity = severity(if compliance.1 == "Pass" || activity.0 == CLOSE.0 { Severity::Info } else { finding.severity });
        let (tool, version) = self.head.tool.split_once(' ').unwrap_or((&self.head.tool, ""));
        let mut event = json!({
            "activity_id": activity.0,
            "activity_name": activity.1,
            "category_uid": CLASS / 1000,
            "category_name": "Findings",
            "class_uid": CLASS,
            "class_name": "Compliance Finding",
            "type_uid": CLASS * 100 + activity.0,
            "type_name": format!("Compliance Finding: {}", activity.1),
            "time": time,
            "severity_id": severity.0,
            "severity": severity.1,
            "status_id": status.0,
            "status": status.1,
            "message": message,
            "metadata": {
                "version": VERSION,
                "profiles": ["cloud"],
                "event_code": finding.check,
                "product": {"name": tool, "vendor_name": "driftlead", "version": version},
            },
            "cloud": {
                "provider": "AWS",
                "region": finding.region,
                // Nothing that is read names an account; consumers ask for a name all the same.
                "account": {"uid": finding.account, "name": finding.account, "type_id": 10, "type": "AWS Account"},
            },
            "compliance": self.compliance(finding, *compliance, message),
            "finding_info": self.info(finding, *time, message),
            "resources": [resource(finding)],
            "evidences": [{"name": "evidence", "data": finding.evidence}, {"name": "calls", "data": {"calls": finding.calls}}],
            "unmapped": {
                "status": finding.status,
                "leg": finding.leg,
                "family": finding.family,
                "frameworks": finding.frameworks,
                "configured_not_working": finding.configured_not_working,
                "fix": finding.fix,
                "action": finding.action,
                "waiver": finding.waiver,
                "since": finding.since,
            },
        });
        if !finding.resource.is_empty() {
            let observable = json!({"name": "resources.uid", "type_id": 10, "type": "Resource UID", "value": finding.resource});
            event["observables"] = json!([observable]);
        }
        if let Some(remediation) = remediation(finding, asked) {
            event["remediation"] = remediation;
        }
        if let Some(waiver) = &finding.waiver {
            let until = if waiver.expires.is_empty() { String::new() } else { format!(", until {}", waiver.expires) };
            event["comment"] = json!(format!("{} ({}{until})", waiver.reason, waiver.owner));
        }
        event
    }

    fn compliance(&self, finding: &Finding, status: Id, message: &str) -> Value {
        let standards: Vec<&String> = finding.frameworks.keys().collect();
        let requirements: Vec<String> =
            finding.frameworks.iter().flat_map(|(framework, ids)| ids.iter().map(move |id| format!("{framework} {id}"))).collect();
        let own = severity(finding.severity);
        let mut check = json!({
            "uid": finding.check,
            "name": finding.title,
            "severity_id": own.0,
            "severity": own.1,
            "standards": standards,
            "status_id": status.0,
            "status": status.1,
        });
        let mut compliance = Map::new();
        let mut add = |name: &str, value: Value| drop(compliance.insert(name.to_owned(), value));
        if let Some(asked) = self.checks.get(&finding.check) {
            check["desc"] = json!(asked.why);
            add("desc", json!(asked.why));
        }
        add("control", json!(finding.check));
        add("standards", json!(standards));
        add("requirements", json!(requirements));
        add("status_id", json!(status.0));
        add("status", json!(status.1));
        add("status_code", json!(finding.reason));
        add("status_details", json!([message]));
        add("checks", json!([check]));
        Value::Object(compliance)
    }

    fn info(&self, finding: &Finding, time: i64, message: &str) -> Value {
        let mut info = json!({
            "uid": finding.fingerprint,
            "title": if finding.title.is_empty() { &finding.check } else { &finding.title },
            "desc": message,
            "types": ["Software and Configuration Checks"],
            "analytic": {"uid": finding.check, "name": finding.title, "type_id": 1, "type": "Rule"},
            "data_sources": sources(finding),
            "last_seen_time": self.seen(finding),
        });
        // When it was first seen is known only where an earlier snapshot says that it was not there.
        if finding.since == Some(Since::New) {
            info["first_seen_time"] = json!(time);
        }
        info
    }

    /// When a verdict was seen; where it stands on no call, when the snapshot was begun.
    fn seen(&self, finding: &Finding) -> i64 {
        milliseconds(&finding.observed_at).unwrap_or(self.started_at)
    }
}

impl Report for Ocsf<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        let no_time = || io::Error::new(io::ErrorKind::InvalidData, format!("the snapshot's clock, `{}`, is no time", head.started_at));
        self.started_at = milliseconds(&head.started_at).ok_or_else(no_time)?;
        self.finished_at = milliseconds(&head.finished_at).unwrap_or(self.started_at);
        self.checks = head.checks.iter().map(|asked| (asked.id.clone(), asked.clone())).collect();
        self.head.tool.clone_from(&head.tool);
        self.out.open()
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let standing = Standing {
            activity: if finding.since == Some(Since::Persisting) { UPDATE } else { CREATE },
            status: if finding.status == Status::Muted { (3, "Suppressed") } else { (1, "New") },
            compliance: match verdict(finding) {
                Status::Pass => (1, "Pass"),
                Status::Unknown => (0, "Unknown"),
                Status::Fail | Status::Muted => (3, "Fail"),
            },
            time: self.seen(finding),
            message: sentence(finding).to_owned(),
        };
        self.out.item(&self.event(finding, &standing))
    }

    fn resolved(&mut self, resolved: &Resolved) -> io::Result<()> {
        let was = sentence(&resolved.was);
        let (compliance, message) = match resolved.now {
            Now::Pass => ((1, "Pass"), format!("No failure any more: the check passes. It was: {was}")),
            Now::Gone => ((99, "Gone"), format!("No failure any more: what it was about is gone. It was: {was}")),
        };
        let standing = Standing { activity: CLOSE, status: (4, "Resolved"), compliance, time: self.finished_at, message };
        self.out.item(&self.event(&resolved.was, &standing))
    }

    fn end(&mut self, _summary: &Summary) -> io::Result<()> {
        self.out.close()?;
        self.out.end()
    }
}

fn milliseconds(time: &str) -> Option<i64> {
    time.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

fn severity(severity: Severity) -> Id {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

/// The operations that a verdict stands on, each once.
fn sources(finding: &Finding) -> Vec<&str> {
    let mut sources: Vec<&str> = finding.calls.iter().map(|call| call.action.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}

/// The resource; of a verdict on a whole place the account.
fn resource(finding: &Finding) -> Value {
    let kind = match Arn::of(&finding.resource) {
        Some(arn) if arn.noun().is_empty() => arn.service.to_owned(),
        Some(arn) => format!("{}:{}", arn.service, arn.noun()),
        None if finding.resource.is_empty() => "account".to_owned(),
        None => "unknown".to_owned(),
    };
    let uid = if finding.resource.is_empty() { &finding.account } else { &finding.resource };
    json!({"uid": uid, "name": name(finding), "type": kind, "region": finding.region, "cloud_partition": partition(finding)})
}

/// How it is repaired: the command for this very resource, or what to allow.
fn remediation(finding: &Finding, asked: Option<&Asked>) -> Option<Value> {
    let desc = match verdict(finding) {
        _ if !finding.fix.is_empty() => finding.fix.clone(),
        Status::Unknown if !finding.action.is_empty() => format!("Allow {} and scan again.", finding.action),
        _ => return None,
    };
    let references = asked.map(|asked| asked.references.as_slice()).filter(|references| !references.is_empty());
    Some(references.map_or_else(|| json!({"desc": desc}), |references| json!({"desc": desc, "references": references})))
}

#[cfg(test)]
mod tests;
