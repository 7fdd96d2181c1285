//! SARIF 2.1.0 with errata 01 (OASIS): one run, its rules the checks that were asked, its results the verdicts.
//!
//! | verdict | `kind` | `level` | |
//! |---|---|---|---|
//! | fail | `fail` | by severity | |
//! | unknown | `open` (not enough was read to say) | `none` | |
//! | pass | `pass` | `none` | |
//! | muted | as without the waiver | | one in `suppressions` |
//!
//! A failure that is none any more comes last, with `baselineState` `absent`. What could not be read is a notification of the invocation.
//! GitHub takes 25,000 results of a run, shows the 5,000 gravest, and takes files of at most 10 MB when packed
//! (docs.github.com, "SARIF results exceed one or more limits"); nothing is left out here for that: who uploads may filter.

use std::collections::HashMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::Report;
use super::list::List;
use crate::finding::{Finding, Head, Hole, Requirement, Resolved, Summary};

mod result;
mod rule;
mod text;

use text::plain;

/// The schema's own name.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Accounts that the name of a run has room for.
const NAMED_ACCOUNTS: usize = 8;

/// The report.
pub struct Sarif<'w> {
    out: List<'w>,
    /// The places of the rules by check.
    rules: HashMap<String, usize>,
    /// The list of results is closed, and that of requirements is open.
    is_past_results: bool,
    is_compared: bool,
}

impl<'w> Sarif<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>) -> Self {
        Self { out: List::new(out), rules: HashMap::new(), is_past_results: false, is_compared: false }
    }

    fn invocation(&mut self, head: &Head) -> io::Result<()> {
        let mut invocation = json!({"executionSuccessful": head.complete});
        for (name, time) in [("startTimeUtc", &head.started_at), ("endTimeUtc", &head.finished_at)] {
            if !time.is_empty() {
                invocation[name] = json!(time);
            }
        }
        let text = invocation.to_string();
        self.out.raw(&format!("\"invocations\": [{}, \"toolExecutionNotifications\": ", text.trim_end_matches('}')))?;
        self.out.open()?;
        for hole in &head.coverage.gaps {
            self.out.item(&notification(hole))?;
        }
        self.out.close()?;
        self.out.raw("}],\n")
    }

    fn past_results(&mut self) -> io::Result<()> {
        if !self.is_past_results {
            self.is_past_results = true;
            self.out.close()?;
            self.out.raw(",\n\"properties\": {\"requirements\": ")?;
            self.out.open()?;
        }
        Ok(())
    }
}

impl Report for Sarif<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        self.is_compared = head.compared;
        self.out.raw(&format!("{{\n\"version\": \"2.1.0\",\n\"$schema\": \"{SCHEMA}\",\n\"runs\": [{{\n"))?;
        let (name, version) = head.tool.split_once(' ').unwrap_or((&head.tool, ""));
        self.out.raw("\"tool\": {\"driver\": {\"name\": ")?;
        self.out.value(&if name.is_empty() { "driftlead" } else { name })?;
        if !version.is_empty() {
            self.out.raw(", \"semanticVersion\": ")?;
            self.out.value(&version)?;
        }
        self.out.raw(", \"rules\": ")?;
        self.out.open()?;
        for (i, asked) in head.checks.iter().enumerate() {
            self.rules.insert(asked.id.clone(), i);
            self.out.item(&rule::rule(asked))?;
        }
        self.out.close()?;
        self.out.raw("}},\n\"automationDetails\": ")?;
        self.out.value(&json!({"id": run_id(head)}))?;
        self.out.raw(",\n")?;
        self.invocation(head)?;
        self.out.raw("\"results\": ")?;
        self.out.open()
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let rule = self.rules.get(&finding.check).copied();
        self.out.item(&result::result(finding, rule, self.is_compared))
    }

    fn resolved(&mut self, resolved: &Resolved) -> io::Result<()> {
        let rule = self.rules.get(&resolved.was.check).copied();
        self.out.item(&result::absent(resolved, rule))
    }

    fn requirement(&mut self, requirement: &Requirement) -> io::Result<()> {
        self.past_results()?;
        self.out.item(requirement)
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.past_results()?;
        self.out.close()?;
        self.out.raw(",\n\"summary\": ")?;
        self.out.value(summary)?;
        self.out.raw("}\n}]\n}")?;
        self.out.end()
    }
}

/// What keeps the uploads of several accounts apart: GitHub replaces the results of the same tool and id.
fn run_id(head: &Head) -> String {
    match &head.accounts[..] {
        [] => "driftlead/".to_owned(),
        accounts if accounts.len() <= NAMED_ACCOUNTS => format!("driftlead/{}/", accounts.join("+")),
        [first, others @ ..] => format!("driftlead/{first}+{}/", others.len()),
    }
}

/// What could not be read.
fn notification(hole: &Hole) -> Value {
    let mut notification = json!({
        "level": "warning",
        "message": {"text": plain(&format!("{}: {}", hole.table, hole.message))},
        "descriptor": {"id": if hole.outcome.is_empty() { "unread" } else { &hole.outcome }},
        "properties": hole,
    });
    if !hole.resource.is_empty() {
        let logical = json!([{"fullyQualifiedName": hole.resource, "kind": "resource"}]);
        notification["locations"] = json!([{"logicalLocations": logical}]);
    }
    notification
}

#[cfg(test)]
mod tests;
