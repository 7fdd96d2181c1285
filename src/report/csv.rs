//! Comma-separated values: a row a finding, for spreadsheets.
//!
//! Columns keep their names and places; new ones come at the end. An unknown is a row with `status` `unknown` and, in `action`, the
//! permission that would end it; a failure that somebody answers for is one with `muted` and its waiver; what failed in the earlier
//! snapshot and does not any more is one with `resolved`, and `reason` says whether it passes now or is gone. Passes are rows only with
//! `--show pass`.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and names are written by strangers: such a cell, and
//! one that begins with white space other than a blank, gets a `'` before it
//! (<https://owasp.org/www-community/attacks/CSV_Injection>). Characters that a terminal would obey are written as `\u{1b}`.

use std::io::{self, Write};

use super::Report;
use super::json::write_json;
use super::text::visible;
use crate::finding::{Finding, Head, Resolved, Since, Summary};

/// The columns.
const COLUMNS: [&str; 29] = [
    "check", "status", "severity", "leg", "family", "account", "region", "resource", "title", "message", "reason", "evidence", "calls",
    "observed_at", "fix", "frameworks", "configured_not_working", "action", "since", "waiver", "waiver_reason", "waiver_owner",
    "waiver_expires", "waiver_was", "fingerprint", "evidence_digest", "snapshot", "snapshot_complete", "tool",
];

/// The report.
pub struct Csv<'w> {
    out: csv::Writer<Box<dyn Write + 'w>>,
    /// What every row says of the snapshot.
    snapshot: [String; 3],
}

impl<'w> Csv<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>) -> Self {
        Self { out: csv::Writer::from_writer(out), snapshot: Default::default() }
    }

    fn row(&mut self, finding: &Finding, status: &str, since: &str, reason: &str) -> io::Result<()> {
        let mut calls: Vec<&str> = finding.calls.iter().map(|call| call.action.as_str()).collect();
        calls.sort_unstable();
        calls.dedup();
        let mut frameworks = Vec::new();
        for (framework, controls) in &finding.frameworks {
            frameworks.extend(controls.iter().map(|control| format!("{framework} {control}")));
        }
        let waiver = finding.waiver.as_ref();
        let waived = waiver.map_or([""; 5], |waiver| [&waiver.name, &waiver.reason, &waiver.owner, &waiver.expires, waiver.was.word()]);
        let evidence = json(&finding.evidence)?;
        let (calls, frameworks) = (calls.join(" "), frameworks.join("; "));
        let fields: [&str; COLUMNS.len()] = [
            &finding.check,
            status,
            finding.severity.word(),
            finding.leg.word(),
            &finding.family,
            &finding.account,
            &finding.region,
            &finding.resource,
            &finding.title,
            &finding.message,
            reason,
            &evidence,
            &calls,
            &finding.observed_at,
            &finding.fix,
            &frameworks,
            if finding.configured_not_working { "true" } else { "false" },
            &finding.action,
            since,
            waived[0],
            waived[1],
            waived[2],
            waived[3],
            waived[4],
            &finding.fingerprint,
            &finding.evidence_digest,
            &self.snapshot[0],
            &self.snapshot[1],
            &self.snapshot[2],
        ];
        self.out.write_record(fields.map(cell))?;
        Ok(())
    }
}

impl Report for Csv<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        self.snapshot = [head.started_at.clone(), head.complete.to_string(), head.tool.clone()];
        self.out.write_record(COLUMNS)?;
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        self.row(finding, finding.status.word(), finding.since.map_or("", Since::word), &finding.reason)
    }

    fn resolved(&mut self, resolved: &Resolved) -> io::Result<()> {
        self.row(&resolved.was, "resolved", "resolved", resolved.now.word())
    }

    fn end(&mut self, _: &Summary) -> io::Result<()> {
        self.out.flush()
    }
}

/// A value in JSON, in which all characters show.
fn json(value: &impl serde::Serialize) -> io::Result<String> {
    let mut text = Vec::new();
    write_json(&mut text, value)?;
    String::from_utf8(text).map_err(io::Error::other)
}

/// A cell that no spreadsheet computes.
fn cell(text: &str) -> String {
    let text = visible(text);
    // The same signs in their full width are taken for them in some languages.
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\n', '＝', '＋', '－', '＠']);
    if is_formula { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "＝1"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        assert_eq!(cell("\r=1"), "\\u{d}=1");
        assert_eq!(cell("a=b, \"c\""), "a=b, \"c\"");
    }
}
