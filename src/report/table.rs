//! The report for people: the verdict in a line, what is configured and does not work, the failures by severity and family, what
//! cannot be said and why, what somebody answers for, what is over, what holds by family, and how much was read.
//!
//! Of each check's resources the first is shown with its evidence, its receipts and its fix, the others with their sentence; with
//! `--limit 0` all are shown in full.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::groups::{Card, Groups, Section, Teller};
use super::posture::Posture;
use super::text::{Ink, count, since_when, since_words, some_of};
use super::unknowns::Unknowns;
use super::{Report, Style, lines, required};
use crate::finding::{Finding, Head, Requirement, Resolved, Severity, Status, Summary};

/// The report.
pub struct Table<'w> {
    out: Box<dyn Write + 'w>,
    style: Style,
    head: Head,
    posture: Posture,
    failures: BTreeMap<Severity, u64>,
    groups: Groups,
    unknowns: Unknowns,
    requirements: Vec<Requirement>,
}

impl<'w> Table<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>, style: Style) -> Self {
        Self {
            out,
            style,
            head: Head::default(),
            posture: Posture::default(),
            failures: BTreeMap::new(),
            groups: Groups::new(style.limit),
            unknowns: Unknowns::default(),
            requirements: Vec::new(),
        }
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
            Status::Fail => *self.failures.entry(finding.severity).or_default() += 1,
            Status::Unknown => self.unknowns.add(finding),
            Status::Pass | Status::Muted => {}
        }
        self.groups.add(finding)
    }

    fn passed(&mut self, pass: &Finding) -> io::Result<()> {
        self.posture.count(pass);
        Ok(())
    }

    fn resolved(&mut self, resolved: &Resolved) -> io::Result<()> {
        self.groups.add_resolved(resolved)
    }

    fn requirement(&mut self, requirement: &Requirement) -> io::Result<()> {
        self.requirements.push(requirement.clone());
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.write_head(summary)?;
        let sections = self.groups.sections();
        for section in sections.iter().filter(|section| **section < WAIVED) {
            match section {
                Section::NotWorking => {
                    self.heading(Ink::Critical, &format!(" CONFIGURED, NOT WORKING ({}) ", self.groups.count(|it| it == section)))?;
                    self.line("The setting is there, the thing does not work. A look at the configuration alone says all is well.")?;
                }
                Section::Failing(severity) => {
                    let ink = if severity.0 >= Severity::High { Ink::Bad } else { Ink::Warn };
                    let number = self.groups.count(|it| it == section);
                    self.heading(ink, &format!("{} ({number})", severity.0.word().to_uppercase()))?;
                }
                _ => {}
            }
            self.by_check(section)?;
        }
        self.unknowns.write(&mut self.out, self.style)?;
        self.write_waived(&sections)?;
        let passing = self.groups.count(|it| *it == Section::Passing);
        if passing > 0 {
            self.heading(Ink::Good, &format!("PASS ({passing})"))?;
            self.by_check(&Section::Passing)?;
        }
        self.write_resolved()?;
        required::write(&mut self.out, self.style, &self.requirements)?;
        self.posture.write(&mut self.out, self.style)?;
        self.write_foot(summary)?;
        self.out.flush()
    }
}

/// What comes before all waivers, and after all failures.
const WAIVED: Section = Section::Waived(String::new(), String::new(), String::new(), String::new());

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
            if let Some(number) = self.failures.get(&severity) {
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
        if let Some(since) = &summary.since {
            let inks = [Ink::Bad, Ink::Warn, Ink::Good, Ink::Warn, Ink::Warn];
            let words = since_words(since);
            let parts: Vec<String> = words.iter().zip(inks).map(|((number, word), ink)| part(ink, *number, word)).collect();
            writeln!(self.out, "{}: {}", since_when(since), parts.join(" · "))?;
        }
        Ok(())
    }

    /// A section's findings by family and check, each check with its title once.
    fn by_check(&mut self, section: &Section) -> io::Result<()> {
        let mut told = Told { out: &mut self.out, style: self.style, head: &self.head, section };
        self.groups.tell(section, &mut told)
    }

    /// Failures that somebody answers for, by waiver.
    fn write_waived(&mut self, sections: &[Section]) -> io::Result<()> {
        let number = self.groups.count(|it| matches!(it, Section::Waived(..)));
        if number > 0 {
            self.heading(Ink::Dim, &format!("WAIVED ({number})"))?;
            self.line("They fail or cannot be said, and somebody answers for that.")?;
        }
        for section in sections {
            let Section::Waived(name, reason, owner, expires) = section else { continue };
            let until = if expires.is_empty() { "without an end".to_owned() } else { format!("until {expires}") };
            let number = self.groups.count(|it| it == section);
            let text = self.style.wrap(&format!("{name}: {reason} ({owner}, {until}) × {number}"), "• ", "  ");
            writeln!(self.out, "\n{}", self.style.paint(Ink::Warn, &text))?;
            self.by_check(section)?;
        }
        Ok(())
    }

    /// Failures of an earlier snapshot that are none any more.
    fn write_resolved(&mut self) -> io::Result<()> {
        let number = self.groups.count(|it| matches!(it, Section::Resolved | Section::Gone));
        if number > 0 {
            self.heading(Ink::Good, &format!("RESOLVED ({number})"))?;
            self.line("They failed in the earlier snapshot.")?;
            self.by_check(&Section::Resolved)?;
            self.by_check(&Section::Gone)?;
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

/// How a check of a section is told.
struct Told<'t, 'w> {
    out: &'t mut Box<dyn Write + 'w>,
    style: Style,
    head: &'t Head,
    section: &'t Section,
}

impl Teller for Told<'_, '_> {
    fn group(&mut self, card: &Card<'_>) -> io::Result<()> {
        let style = self.style;
        let times = if card.count > 1 { format!(" × {}", card.count) } else { String::new() };
        let title = style.wrap(&format!("{}{times}", card.title), "", "");
        let severity = card.key.severity.0.word();
        let more = match self.section {
            Section::NotWorking => format!("{severity} · "),
            Section::Waived(..) => format!("waived · {severity} · "),
            Section::Resolved => format!("passes now · {severity} · "),
            Section::Gone => format!("gone · {severity} · "),
            Section::Failing(_) | Section::Passing => String::new(),
        };
        let meta = style.wrap(&format!("{more}{} · {}", card.key.family, card.key.check), "  ", "  ");
        writeln!(self.out, "\n{}\n{}", style.paint(Ink::Bold, &title), style.paint(Ink::Dim, &meta))
    }

    fn finding(&mut self, number: usize, finding: &Finding) -> io::Result<()> {
        writeln!(self.out, "{}", lines::sentence(self.style, self.head, finding))?;
        // What is over needs no proof and no repair.
        let is_over = matches!(self.section, Section::Resolved | Section::Gone);
        if (number == 0 || self.style.limit == 0) && !is_over {
            lines::proof(self.style, finding).iter().try_for_each(|line| writeln!(self.out, "{line}"))?;
        }
        Ok(())
    }

    fn end(&mut self, card: &Card<'_>) -> io::Result<()> {
        match card.count - card.shown {
            0 => Ok(()),
            more => writeln!(self.out, "{}", self.style.paint(Ink::Dim, &format!("  … and {more} more"))),
        }
    }
}
