//! The report for people: the verdict in a line, what is configured and does not work, the failures by severity and family, what
//! cannot be said and why, what holds by family, and how much was read.
//!
//! Of each check's resources the first is shown with its evidence, its receipts and its fix, the others with their sentence; with
//! `--limit 0` all are shown in full.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::posture::Posture;
use super::text::{Ink, count, some_of};
use super::{Report, Style, lines, unknowns};
use crate::finding::{Finding, Head, Severity, Status, Summary};

/// The report.
pub struct Table<'w> {
    out: Box<dyn Write + 'w>,
    style: Style,
    head: Head,
    posture: Posture,
    fails: Vec<Finding>,
    unknowns: Vec<Finding>,
    passes: Vec<Finding>,
}

impl<'w> Table<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>, style: Style) -> Self {
        let (fails, unknowns, passes) = (Vec::new(), Vec::new(), Vec::new());
        Self { out, style, head: Head::default(), posture: Posture::default(), fails, unknowns, passes }
    }
}

impl Report for Table<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        self.head = head.clone();
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        self.posture.count(finding);
        match finding.status {
            Status::Fail => self.fails.push(finding.clone()),
            Status::Unknown => self.unknowns.push(finding.clone()),
            Status::Pass | Status::Muted => self.passes.push(finding.clone()),
        }
        Ok(())
    }

    fn passed(&mut self, pass: &Finding) -> io::Result<()> {
        self.posture.count(pass);
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.write_head(summary)?;
        let (not_working, fails): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.fails).into_iter().partition(|finding| finding.configured_not_working);
        if !not_working.is_empty() {
            self.heading(Ink::Critical, &format!(" CONFIGURED, NOT WORKING ({}) ", not_working.len()))?;
            self.line("The setting is there, the thing does not work. A look at the configuration alone says all is well.")?;
            self.by_check(&not_working, true)?;
        }
        for severity in Severity::ALL {
            let of: Vec<Finding> = fails.iter().filter(|finding| finding.severity == severity).cloned().collect();
            if !of.is_empty() {
                let ink = if severity >= Severity::High { Ink::Bad } else { Ink::Warn };
                self.heading(ink, &format!("{} ({})", severity.word().to_uppercase(), of.len()))?;
                self.by_check(&of, false)?;
            }
        }
        unknowns::write(&mut self.out, self.style, &self.unknowns)?;
        let passes = std::mem::take(&mut self.passes);
        if !passes.is_empty() {
            self.heading(Ink::Good, &format!("PASS ({})", passes.len()))?;
            self.by_check(&passes, false)?;
        }
        self.posture.write(&mut self.out, self.style)?;
        self.write_foot(summary)?;
        self.out.flush()
    }
}

impl Table<'_> {
    fn line(&mut self, text: &str) -> io::Result<()> {
        let text = self.style.wrap(text, "", "");
        writeln!(self.out, "{text}")
    }

    fn heading(&mut self, ink: Ink, text: &str) -> io::Result<()> {
        let text = self.style.paint(ink, text);
        writeln!(self.out, "\n{text}")
    }

    fn write_head(&mut self, summary: &Summary) -> io::Result<()> {
        let (head, style) = (self.head.clone(), self.style);
        let place = format!("{} · {}", some_of(&head.accounts, 3, "account"), some_of(&head.regions, 3, "region"));
        let line = style.wrap(&format!("{} · {place} · {}", head.tool, head.started_at), "", "");
        writeln!(self.out, "{}", style.paint(Ink::Dim, &line))?;
        if !head.endpoint.is_empty() {
            self.line(&format!("Answered by {}, not by AWS.", head.endpoint))?;
        }
        if !head.complete {
            let text = style.wrap("INCOMPLETE: the run was cut short; what was not read is unknown.", "", "");
            writeln!(self.out, "{}", style.paint(Ink::Warn, &text))?;
        }
        let part = |ink, number: u64, word: &str| {
            let text = format!("{number} {word}");
            style.paint(if number > 0 { ink } else { Ink::Dim }, &text)
        };
        let mut parts =
            vec![part(Ink::Bad, summary.fail, "fail"), part(Ink::Warn, summary.unknown, "unknown"), part(Ink::Good, summary.pass, "pass")];
        if summary.muted > 0 {
            parts.push(part(Ink::Dim, summary.muted, "muted"));
        }
        writeln!(self.out, "{}: {}", count(head.checks.len(), "check"), parts.join(", "))?;
        let mut by_severity = Vec::new();
        for severity in Severity::ALL {
            let number = self.fails.iter().filter(|finding| finding.severity == severity).count();
            if number > 0 {
                let ink = if severity >= Severity::High { Ink::Bad } else { Ink::Warn };
                by_severity.push(style.paint(ink, &format!("{number} {}", severity.word())));
            }
        }
        if !by_severity.is_empty() {
            writeln!(self.out, "failures: {}", by_severity.join(" · "))?;
        }
        if summary.configured_not_working > 0 {
            let text = style.paint(Ink::Bad, &format!("{} configured, not working", summary.configured_not_working));
            writeln!(self.out, "of these: {text}")?;
        }
        Ok(())
    }

    /// Findings by family and check, each check with its title once.
    fn by_check(&mut self, findings: &[Finding], names_severity: bool) -> io::Result<()> {
        let mut checks: BTreeMap<(Reverse<Severity>, &str, &str), Vec<&Finding>> = BTreeMap::new();
        for finding in findings {
            checks.entry((Reverse(finding.severity), &finding.family, &finding.check)).or_default().push(finding);
        }
        let style = self.style;
        for ((Reverse(severity), family, check), findings) in checks {
            let times = if findings.len() > 1 { format!(" × {}", findings.len()) } else { String::new() };
            let title = style.wrap(&format!("{}{times}", findings[0].title), "", "");
            let severity = if names_severity { format!("{} · ", severity.word()) } else { String::new() };
            let meta = style.wrap(&format!("{severity}{family} · {check}"), "  ", "  ");
            writeln!(self.out, "\n{}\n{}", style.paint(Ink::Bold, &title), style.paint(Ink::Dim, &meta))?;
            let shown = if style.limit == 0 { findings.len() } else { style.limit.min(findings.len()) };
            for (i, finding) in findings[..shown].iter().enumerate() {
                writeln!(self.out, "{}", lines::sentence(style, &self.head, finding))?;
                if i == 0 || style.limit == 0 {
                    lines::proof(style, finding).iter().try_for_each(|line| writeln!(self.out, "{line}"))?;
                }
            }
            if shown < findings.len() {
                writeln!(self.out, "{}", style.paint(Ink::Dim, &format!("  … and {} more", findings.len() - shown)))?;
            }
        }
        Ok(())
    }

    fn write_foot(&mut self, summary: &Summary) -> io::Result<()> {
        if summary.fail + summary.unknown + summary.pass + summary.muted == 0 {
            writeln!(self.out)?;
            self.line("Nothing was found that these checks could be asked about.")?;
        }
        let coverage = self.head.coverage.clone();
        let mut line = count(usize::try_from(coverage.calls).unwrap_or(usize::MAX), "call");
        for (number, word) in [(coverage.denied, "denied"), (coverage.throttled, "throttled"), (coverage.failed, "without an answer")] {
            if number > 0 {
                line += &format!(", {number} {word}");
            }
        }
        line += &format!("; {}.", count(coverage.gaps.len(), "gap"));
        writeln!(self.out)?;
        self.line(&line)?;
        let denied = coverage.gaps.iter().filter(|gap| gap.outcome == "denied" && !gap.action.is_empty());
        let actions: BTreeSet<&str> = denied.map(|gap| gap.action.as_str()).collect();
        if !actions.is_empty() {
            let actions = some_of(actions, 8, "action");
            self.line(&format!("To close the gaps allow {actions} (driftlead permissions prints the policy)."))?;
        }
        if summary.fail > 0 {
            self.line("driftlead explain CHECK tells why a check matters. --limit 0 shows every resource with evidence and fix.")?;
        }
        Ok(())
    }
}
