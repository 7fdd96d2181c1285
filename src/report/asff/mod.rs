//! ASFF, the AWS Security Finding Format of 2018-10-08, as one JSON array: what Security Hub takes with `BatchImportFindings`.
//!
//! | verdict | `Compliance.Status` | `Workflow.Status` | `RecordState` |
//! |---|---|---|---|
//! | fail | `FAILED` | `NEW` | `ACTIVE` |
//! | unknown | `NOT_AVAILABLE` with its reason | `NEW` | `ACTIVE` |
//! | pass | `PASSED` | `NEW` (Security Hub makes it `RESOLVED`) | `ACTIVE` |
//! | muted | as without the waiver | `SUPPRESSED`, with a note | `ACTIVE` |
//! | resolved | `PASSED`, or `NOT_AVAILABLE` for what is gone | `RESOLVED` | `ARCHIVED` |
//!
//! A call takes 100 findings, a finding 240 KB, and the account that calls must be that of its findings. `Workflow` and `Note` are taken
//! for a finding that Security Hub does not have yet; later they change with `BatchUpdateFindings` only.

use std::collections::HashMap;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::Report;
use super::list::List;
use super::place::{api_region, partition, sentence, verdict};
use crate::finding::{Finding, Head, Now, Resolved, Severity, Since, Status, Summary};

mod fields;
mod kind;
mod limits;

use limits::{Text, text};

/// The largest finding that Security Hub takes, in bytes.
const MOST_BYTES: usize = 240_000;

/// Most controls that a finding may name.
const MOST_REQUIREMENTS: usize = 32;

/// The report.
pub struct Asff<'w> {
    out: List<'w>,
    head: Head,
    /// The first page on each check.
    pages: HashMap<String, String>,
}

/// How a finding stands.
struct Standing {
    compliance: &'static str,
    workflow: &'static str,
    record: &'static str,
    message: String,
    updated_at: String,
}

impl<'w> Asff<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>) -> Self {
        Self { out: List::new(out), head: Head::default(), pages: HashMap::new() }
    }

    fn write(&mut self, finding: &Finding, standing: &Standing) -> io::Result<()> {
        let whole = self.imported(finding, standing, Text::Field);
        // Evidence is the only part without a bound of its own that matters.
        let is_small = whole.to_string().len() <= MOST_BYTES;
        let item = if is_small { whole } else { self.imported(finding, standing, Text::ShortField) };
        self.out.item(&item)
    }

    fn imported(&self, finding: &Finding, standing: &Standing, field: Text) -> Value {
        let (partition, region, account) = (partition(finding), api_region(finding), &finding.account);
        let severity = json!({"Label": label(finding, standing), "Original": finding.severity.word()});
        let types = types(finding);
        let mut imported = json!({
            "SchemaVersion": "2018-10-08",
            "Id": format!("driftlead/{account}/{}/{}", finding.region, finding.fingerprint),
            "ProductArn": format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default"),
            "ProductName": "driftlead",
            "CompanyName": "driftlead",
            "GeneratorId": text(Text::Id, &finding.check),
            "AwsAccountId": account,
            "Types": types,
            "CreatedAt": self.seen(finding),
            "UpdatedAt": standing.updated_at,
            "LastObservedAt": self.seen(finding),
            "Severity": severity,
            "Title": text(Text::Title, if finding.title.is_empty() { &finding.check } else { &finding.title }),
            "Description": text(Text::Description, &standing.message),
            "ProductFields": fields::fields(finding, &self.head, field),
            "Resources": [resource(finding)],
            "Compliance": compliance(finding, standing),
            "Workflow": {"Status": standing.workflow},
            "RecordState": standing.record,
            "FindingProviderFields": {"Severity": severity, "Types": types},
        });
        if finding.since == Some(Since::New) {
            imported["FirstObservedAt"] = json!(self.seen(finding));
        }
        if let Some(remediation) = self.remediation(finding) {
            imported["Remediation"] = json!({"Recommendation": remediation});
        }
        if let Some(waiver) = &finding.waiver {
            let until = if waiver.expires.is_empty() { String::new() } else { format!(", until {}", waiver.expires) };
            let words = format!("Waiver {}{until}: {}", waiver.name, waiver.reason);
            let owner = text(Text::Id, &waiver.owner);
            imported["Note"] = json!({"Text": text(Text::Note, &words), "UpdatedBy": owner, "UpdatedAt": standing.updated_at});
        }
        imported
    }

    fn remediation(&self, finding: &Finding) -> Option<Value> {
        let words = match verdict(finding) {
            _ if !finding.fix.is_empty() => finding.fix.clone(),
            Status::Unknown if !finding.action.is_empty() => format!("Allow {} and scan again.", finding.action),
            _ => String::new(),
        };
        let mut remediation = Map::new();
        if !words.trim().is_empty() {
            remediation.insert("Text".into(), json!(text(Text::Remediation, &words)));
        }
        if let Some(page) = self.pages.get(&finding.check) {
            remediation.insert("Url".into(), json!(page));
        }
        (!remediation.is_empty()).then_some(Value::Object(remediation))
    }

    /// When a verdict was seen; where it stands on no call, when the snapshot was begun.
    fn seen<'f>(&'f self, finding: &'f Finding) -> &'f str {
        if finding.observed_at.is_empty() { &self.head.started_at } else { &finding.observed_at }
    }
}

impl Report for Asff<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        let page = |pages: &[String]| pages.iter().find(|page| page.starts_with("https://")).cloned();
        self.pages = head.checks.iter().filter_map(|asked| Some((asked.id.clone(), page(&asked.references)?))).collect();
        self.head.tool.clone_from(&head.tool);
        self.head.started_at.clone_from(&head.started_at);
        self.head.finished_at.clone_from(&head.finished_at);
        self.out.open()
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let standing = Standing {
            compliance: match verdict(finding) {
                Status::Pass => "PASSED",
                Status::Unknown => "NOT_AVAILABLE",
                Status::Fail | Status::Muted => "FAILED",
            },
            workflow: if finding.status == Status::Muted { "SUPPRESSED" } else { "NEW" },
            record: "ACTIVE",
            message: sentence(finding).to_owned(),
            updated_at: self.seen(finding).to_owned(),
        };
        self.write(finding, &standing)
    }

    fn resolved(&mut self, resolved: &Resolved) -> io::Result<()> {
        let was = sentence(&resolved.was);
        let (compliance, message) = match resolved.now {
            Now::Pass => ("PASSED", format!("No failure any more: the check passes. It was: {was}")),
            Now::Gone => ("NOT_AVAILABLE", format!("No failure any more: what it was about is gone. It was: {was}")),
        };
        let end = [&self.head.finished_at, &self.head.started_at].into_iter().find(|time| !time.is_empty());
        let updated_at = end.map_or_else(String::new, String::clone);
        self.write(&resolved.was, &Standing { compliance, workflow: "RESOLVED", record: "ARCHIVED", message, updated_at })
    }

    fn end(&mut self, _summary: &Summary) -> io::Result<()> {
        self.out.close()?;
        self.out.end()
    }
}

/// `INFORMATIONAL` where nothing is wrong; what cannot be said stays as grave as it may be.
fn label(finding: &Finding, standing: &Standing) -> &'static str {
    if verdict(finding) == Status::Pass || standing.record == "ARCHIVED" {
        return "INFORMATIONAL";
    }
    match finding.severity {
        Severity::Info => "INFORMATIONAL",
        Severity::Low => "LOW",
        Severity::Medium => "MEDIUM",
        Severity::High => "HIGH",
        Severity::Critical => "CRITICAL",
    }
}

/// What a finding is about, in the taxonomy of ASFF.
fn types(finding: &Finding) -> Vec<String> {
    let standard = |framework: &String| match framework.as_str() {
        "fsbp" => Some("AWS-Foundational-Security-Best-Practices".to_owned()),
        name if name.starts_with("cis-aws") => Some("CIS AWS Foundations Benchmark".to_owned()),
        name if name.starts_with("pci-dss") => Some("PCI-DSS".to_owned()),
        _ => None,
    };
    let mut types: Vec<String> = vec!["Software and Configuration Checks/AWS Security Best Practices".into()];
    for standard in finding.frameworks.keys().filter_map(standard) {
        let name = format!("Software and Configuration Checks/Industry and Regulatory Standards/{standard}");
        if !types.contains(&name) {
            types.push(name);
        }
    }
    types
}

fn compliance(finding: &Finding, standing: &Standing) -> Value {
    let requirements: Vec<String> = finding
        .frameworks
        .iter()
        .flat_map(|(framework, ids)| ids.iter().map(move |id| text(Text::Id, &format!("{framework} {id}"))))
        .take(MOST_REQUIREMENTS)
        .collect();
    let mut compliance = json!({"Status": standing.compliance});
    if !requirements.is_empty() {
        compliance["RelatedRequirements"] = json!(requirements);
    }
    if standing.compliance == "NOT_AVAILABLE" {
        let code = if standing.record == "ARCHIVED" { "gone" } else { &finding.reason };
        let code = limits::code(if code.is_empty() { "unread" } else { code });
        compliance["StatusReasons"] = json!([{"ReasonCode": code, "Description": text(Text::Description, &standing.message)}]);
    }
    compliance
}

/// The resource; of a verdict on a whole place the account.
fn resource(finding: &Finding) -> Value {
    let (id, kind) = if finding.resource.is_empty() {
        (format!("AWS::::Account:{}", finding.account), "AwsAccount")
    } else {
        (text(Text::Id, &finding.resource), kind::of(&finding.resource))
    };
    let mut resource = json!({"Type": kind, "Id": id, "Region": api_region(finding)});
    if let Some(partition) = limits::partition(partition(finding)) {
        resource["Partition"] = json!(partition);
    }
    resource
}

#[cfg(test)]
mod tests;
