//! OpenMetrics text, for the textfile collector of Prometheus' node exporter: numbers by check and place, no resource.
//!
//! The collector reads the older text format of Prometheus, which knows neither `info` nor `stateset` nor `unknown`, and refuses a file
//! with times on its samples; what both take is written here: gauges, each family in one piece, and the closing `# EOF`, which is a
//! comment to the one and the end to the other (<https://prometheus.io/docs/specs/om/open_metrics_spec/>,
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>).
//!
//! Where a check said anything of a place, its failures and unknowns are counted even when there are none, so that an alert can tell
//! "none" from "not asked".

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::Report;
use super::required::VERDICTS;
use super::text::printable;
use crate::finding::{Finding, Head, Leg, Requirement, Resolved, Severity, Since, Status, Summary};

/// The statuses in the order in which they are written.
const STATUSES: [Status; 4] = [Status::Fail, Status::Unknown, Status::Muted, Status::Pass];

/// The report.
pub struct OpenMetrics<'w> {
    out: Box<dyn Write + 'w>,
    head: Head,
    counts: BTreeMap<Place, [u64; STATUSES.len()]>,
    since: BTreeMap<(&'static str, Severity), u64>,
    requirements: Vec<Requirement>,
}

/// What is counted together: check, severity, family, leg, account, region.
type Place = (String, Severity, String, &'static str, String, String);

impl<'w> OpenMetrics<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>) -> Self {
        Self { out, head: Head::default(), counts: BTreeMap::new(), since: BTreeMap::new(), requirements: Vec::new() }
    }

    fn count(&mut self, finding: &Finding) {
        let text = String::clone;
        let (severity, leg) = (finding.severity, Leg::word(finding.leg));
        let place = (text(&finding.check), severity, text(&finding.family), leg, text(&finding.account), text(&finding.region));
        let counts = self.counts.entry(place).or_default();
        STATUSES.iter().position(|status| *status == finding.status).into_iter().for_each(|status| counts[status] += 1);
    }
}

impl Report for OpenMetrics<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        self.head = head.clone();
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        if let Some(since) = finding.since.filter(|_| finding.status == Status::Fail) {
            *self.since.entry((Since::word(since), finding.severity)).or_default() += 1;
        }
        self.count(finding);
        Ok(())
    }

    fn passed(&mut self, pass: &Finding) -> io::Result<()> {
        self.count(pass);
        Ok(())
    }

    fn resolved(&mut self, resolved: &Resolved) -> io::Result<()> {
        *self.since.entry(("resolved", resolved.was.severity)).or_default() += 1;
        Ok(())
    }

    fn requirement(&mut self, requirement: &Requirement) -> io::Result<()> {
        self.requirements.push(requirement.clone());
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        let mut text = self.about_the_snapshot();
        family(&mut text, "driftlead_configured_not_working", "Failures of something that is configured.");
        sample(&mut text, "driftlead_configured_not_working", &[], summary.configured_not_working);
        family(&mut text, "driftlead_findings", "Verdicts by check and place.");
        for ((check, severity, family, leg, account, region), counts) in &self.counts {
            for (status, number) in STATUSES.iter().zip(counts) {
                // Of what people alert on, none is a number too.
                if *number > 0 || matches!(status, Status::Fail | Status::Unknown) {
                    let place = [("check", check.as_str()), ("severity", severity.word()), ("family", family), ("leg", leg)];
                    let labels = [("account", account.as_str()), ("region", region), ("status", status.word())];
                    sample(&mut text, "driftlead_findings", &[&place[..], &labels[..]].concat(), *number);
                }
            }
        }
        if self.head.compared {
            family(&mut text, "driftlead_failures_since", "Failures beside an earlier snapshot's.");
            for (since, severity) in
                ["new", "persisting", "resolved"].iter().flat_map(|since| Severity::ALL.map(|severity| (since, severity)))
            {
                let number = self.since.get(&(*since, severity)).unwrap_or(&0);
                let labels = [("since", *since), ("severity", severity.word())];
                sample(&mut text, "driftlead_failures_since", &labels, number);
            }
        }
        if !self.requirements.is_empty() {
            family(&mut text, "driftlead_requirement", "1 for the verdict on a framework's requirement, 0 for the others.");
            for (requirement, verdict) in self.requirements.iter().flat_map(|it| VERDICTS.map(|verdict| (it, verdict))) {
                let labels =
                    [("framework", requirement.framework.as_str()), ("requirement", &requirement.id), ("verdict", verdict.words())];
                sample(&mut text, "driftlead_requirement", &labels, u64::from(requirement.verdict == verdict));
            }
        }
        text += "# EOF\n";
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

impl OpenMetrics<'_> {
    fn about_the_snapshot(&self) -> String {
        let (head, coverage) = (&self.head, &self.head.coverage);
        let mut text = String::new();
        family(&mut text, "driftlead_info", "The program that judged.");
        let version = head.tool.rsplit(' ').next().unwrap_or(&head.tool);
        sample(&mut text, "driftlead_info", &[("version", version)], 1);
        if let Ok(time) = head.started_at.parse::<jiff::Timestamp>() {
            family(&mut text, "driftlead_snapshot_timestamp_seconds", "When the snapshot was taken.");
            sample(&mut text, "driftlead_snapshot_timestamp_seconds", &[], time.as_second());
        }
        family(&mut text, "driftlead_snapshot_complete", "1 when every planned reader ran.");
        sample(&mut text, "driftlead_snapshot_complete", &[], u64::from(head.complete));
        family(&mut text, "driftlead_checks", "Checks that were asked.");
        sample(&mut text, "driftlead_checks", &[], head.checks.len());
        family(&mut text, "driftlead_calls", "Calls to AWS by how they ended.");
        let answered = coverage.calls.saturating_sub(coverage.denied + coverage.throttled + coverage.failed);
        let calls = [("answered", answered), ("denied", coverage.denied), ("throttled", coverage.throttled), ("failed", coverage.failed)];
        calls.iter().for_each(|(outcome, number)| sample(&mut text, "driftlead_calls", &[("outcome", outcome)], number));
        let mut gaps: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
        for gap in &coverage.gaps {
            *gaps.entry((&gap.account, &gap.region, &gap.action)).or_default() += 1;
        }
        if !gaps.is_empty() {
            family(&mut text, "driftlead_gaps", "What was not read, by the permission of the call that would have told.");
        }
        for ((account, region, action), number) in gaps {
            sample(&mut text, "driftlead_gaps", &[("account", account), ("region", region), ("action", action)], number);
        }
        text
    }
}

fn family(text: &mut String, name: &str, help: &str) {
    *text += &format!("# HELP {name} {help}\n# TYPE {name} gauge\n");
}

fn sample(text: &mut String, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{name}{labels} {value}");
}

/// A label's value; what a terminal would obey is spelt out first, so that its backslash is escaped as well.
fn escaped(value: &str) -> String {
    printable(value).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_ends_where_it_should() {
        assert_eq!(escaped("a\"b\\c\nd\x1b"), "a\\\"b\\\\c d\\\\u{1b}");
    }
}
