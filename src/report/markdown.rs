//! Markdown, for a comment on a pull request or a job summary: the numbers, what is configured and does not work, the failures by
//! severity, each check folded, what cannot be said, what is waived, new and resolved, requirements, and how much was read.
//!
//! GitHub takes 65,536 characters for a comment (a job summary may have 1 MiB). A report is made to fit: with fewer resources of each
//! check, then with no more than a line of the checks that matter least, and it says what is left out.

use std::io::{self, Write};

use super::groups::{Card, Groups, Section, Teller};
use super::markup::{code, cut, fenced, html, safe};
use super::text::{count, since_when, since_words, some_of};
use super::unknowns::{Cause, Unknowns};
use super::{Report, Style, evidence, required};
use crate::finding::{Assessment, Finding, Head, Requirement, Resolved, Severity, Since, Status, Summary};

/// The most bytes of a report, and so the most characters.
const MOST: usize = 65_536;

/// The most resources of a check.
const MOST_ROWS: usize = 20;

/// How much is shown, ever less: resources of each check, and lines of each list.
const LEVELS: [(usize, usize); 4] = [(MOST_ROWS, 1000), (10, 1000), (5, 400), (3, 200)];

/// The same where not every check has room for its resources.
const LEAST: (usize, usize) = (3, 40);

/// The longest text in a cell, and the longest name.
const LONG: usize = 300;

/// Where what is left out is to be found.
const REST: &str = "a report in JSON, CSV or HTML has all (`-o FILE`)";

/// The report.
pub struct Markdown<'w> {
    out: Box<dyn Write + 'w>,
    head: Head,
    groups: Groups,
    unknowns: Unknowns,
    requirements: Vec<Requirement>,
    failures: [u64; Severity::ALL.len()],
}

impl<'w> Markdown<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>, style: Style) -> Self {
        let limit = if style.limit == 0 { MOST_ROWS } else { style.limit.min(MOST_ROWS) };
        let (groups, unknowns) = (Groups::new(limit), Unknowns::default());
        Self { out, head: Head::default(), groups, unknowns, requirements: Vec::new(), failures: [0; 5] }
    }
}

impl Report for Markdown<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        self.head = head.clone();
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        match finding.status {
            Status::Fail => {
                let place = Severity::ALL.iter().position(|severity| *severity == finding.severity);
                place.into_iter().for_each(|place| self.failures[place] += 1);
            }
            Status::Unknown => self.unknowns.add(finding),
            Status::Pass | Status::Muted => {}
        }
        self.groups.add(finding)
    }

    fn resolved(&mut self, resolved: &Resolved) -> io::Result<()> {
        self.groups.add_resolved(resolved)
    }

    fn requirement(&mut self, requirement: &Requirement) -> io::Result<()> {
        self.requirements.push(requirement.clone());
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        let parts = self.parts(summary)?;
        let fits = |text: &String| text.len() <= MOST;
        let whole = LEVELS.iter().map(|(rows, lines)| composed(&parts, *rows, *lines, usize::MAX, usize::MAX)).find(fits);
        // The worst checks have their resources, the others a line; where even those are too many, the worst of them.
        let checks = parts.iter().filter(|part| matches!(part, Part::Check(_))).count();
        let least = |open, told| composed(&parts, LEAST.0, LEAST.1, open, told);
        let some = || (0..=checks).rev().map(|open| least(open, usize::MAX)).find(fits);
        let fewest = || (0..=checks).rev().step_by(8).chain([0]).map(|told| least(0, told)).find(fits);
        let text = whole.or_else(some).or_else(fewest).ok_or_else(|| io::Error::other("no room for the shortest report"))?;
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

/// A part of the report, in its order.
enum Part {
    /// Stays as it is.
    Text(String),
    /// A folded check.
    Check(Folded),
    /// Lines below each other.
    List { before: String, lines: Vec<String> },
}

/// A check with its resources.
#[derive(Default)]
struct Folded {
    /// As a line of its own.
    line: String,
    /// As a heading in HTML.
    summary: String,
    rows: Vec<String>,
    count: usize,
    proof: String,
}

/// The report with so many rows of each check, lines of each list, checks with their rows, and checks.
fn composed(parts: &[Part], rows: usize, lines: usize, open: usize, checks: usize) -> String {
    let (mut out, mut told, mut left_out) = (String::new(), 0, 0);
    for part in parts {
        match part {
            Part::Text(text) => {
                out += &left(&mut left_out);
                out += text;
            }
            Part::Check(_) if told >= checks => left_out += 1,
            Part::Check(check) => {
                if told == open {
                    out += "\n";
                }
                told += 1;
                out += &if told <= open { folded(check, rows) } else { format!("- {}\n", check.line) };
            }
            Part::List { before, lines: all } => {
                out += &left(&mut left_out);
                out += before;
                all.iter().take(lines).for_each(|line| out += line);
                if all.len() > lines {
                    out += &format!("\n… and {} more; {REST}.\n", all.len() - lines);
                }
            }
        }
    }
    out + &left(&mut left_out)
}

/// How many checks were left out since this was asked last.
fn left(number: &mut usize) -> String {
    match std::mem::take(number) {
        0 => String::new(),
        number => format!("\n… and {}; {REST}.\n", count(number, "more check")),
    }
}

fn folded(check: &Folded, rows: usize) -> String {
    let mut out = format!("<details><summary>{}</summary>\n\n| resource | what |\n|---|---|\n", check.summary);
    let shown = check.rows.len().min(rows);
    check.rows[..shown].iter().for_each(|row| out += row);
    if shown < check.count {
        out += &format!("\n… and {} more; {REST}.\n", check.count - shown);
    }
    out += &check.proof;
    out + "\n</details>\n"
}

impl Markdown<'_> {
    fn parts(&mut self, summary: &Summary) -> io::Result<Vec<Part>> {
        let mut parts = vec![Part::Text(self.top(summary))];
        for section in self.groups.sections() {
            let number = self.groups.count(|it| *it == section);
            let title = match &section {
                Section::NotWorking => format!("Configured, not working ({number})"),
                Section::Failing(severity) => format!("{} ({number})", capital(severity.0.word())),
                Section::Waived(name, reason, owner, expires) => {
                    let until = if expires.is_empty() { "without an end".to_owned() } else { format!("until {expires}") };
                    cut(&format!("Waived by {name}: {reason} ({owner}, {until}) ({number})"), LONG)
                }
                Section::Passing => format!("Passes ({number})"),
                Section::Resolved => format!("Resolved: passes now ({number})"),
                Section::Gone => format!("Resolved: gone ({number})"),
            };
            // What cannot be said comes after all failures.
            if !matches!(section, Section::NotWorking | Section::Failing(_)) {
                self.put_unknowns(&mut parts);
            }
            parts.push(Part::Text(format!("\n### {}\n\n", safe(&title))));
            if section == Section::NotWorking {
                parts.push(Part::Text("The setting is there, the thing does not work.\n\n".to_owned()));
            }
            let is_over = matches!(section, Section::Resolved | Section::Gone);
            let mut told = Told { head: &self.head, parts: &mut parts, current: Folded::default(), is_over };
            self.groups.tell(&section, &mut told)?;
        }
        self.put_unknowns(&mut parts);
        for (framework, of) in required::by_framework(&self.requirements) {
            let before = format!(
                "\n### {}: {}\n\n{}\n\n| requirement | verdict | checks |\n|---|---|---|\n",
                safe(framework),
                required::counted(&of),
                Assessment::LIMITS
            );
            let line = |requirement: &&Requirement| {
                let checks: Vec<String> = requirement.checks.iter().map(|asking| safe(&required::checked(asking))).collect();
                let name = format!("{} {}", requirement.id, requirement.title);
                format!("| {} | {} | {} |\n", safe(&cut(&name, LONG)), requirement.verdict.words(), checks.join("<br>"))
            };
            parts.push(Part::List { before, lines: of.iter().map(line).collect() });
        }
        parts.push(Part::Text(self.bottom(summary)));
        Ok(parts)
    }

    fn top(&self, summary: &Summary) -> String {
        let head = &self.head;
        let mut numbers = vec![(summary.fail, "fail"), (summary.unknown, "unknown"), (summary.pass, "pass")];
        numbers.extend((summary.muted > 0).then_some((summary.muted, "muted")));
        let numbers: Vec<String> = numbers.iter().map(|(number, word)| format!("**{number}** {word}")).collect();
        let mut text = format!("## driftlead: {}\n\n", numbers.join(", "));
        let place = format!("{} · {}", some_of(&head.accounts, 3, "account"), some_of(&head.regions, 3, "region"));
        text += &format!("{} on {place}, read {}.\n", count(head.checks.len(), "check"), safe(&head.started_at));
        if !head.endpoint.is_empty() {
            text += &format!("Answered by {}, not by AWS.\n", safe(&head.endpoint));
        }
        if !head.complete {
            text += "\n**INCOMPLETE**: the run was cut short; what was not read is unknown.\n";
        }
        let severities = Severity::ALL.iter().zip(self.failures).filter(|(_, number)| *number > 0);
        let severities: Vec<String> = severities.map(|(severity, number)| format!("{number} {}", severity.word())).collect();
        if !severities.is_empty() {
            text += &format!("\nFailures: {}.\n", severities.join(" · "));
        }
        if summary.configured_not_working > 0 {
            text += &format!("Of these **{}** configured, not working.\n", summary.configured_not_working);
        }
        if let Some(since) = &summary.since {
            let parts: Vec<String> = since_words(since).iter().map(|(number, word)| format!("{number} {word}")).collect();
            text += &format!("\nCompared with {}: {}.\n", safe(since_when(since).trim_start_matches("since ")), parts.join(" · "));
        }
        text
    }

    /// Puts what cannot be said behind what is there, once.
    fn put_unknowns(&mut self, parts: &mut Vec<Part>) {
        let unknowns = std::mem::take(&mut self.unknowns);
        if unknowns.count() == 0 {
            return;
        }
        let mut lines = Vec::new();
        for (cause, about) in unknowns.causes() {
            let words = match cause {
                Cause::Denied(action) => format!("**allow** `{}`", code(action)),
                _ => format!("Because {}", safe(&cut(&cause.words(about), LONG))),
            };
            let said = if about.said.is_empty() { String::new() } else { format!(" AWS says: {}", safe(&cut(&about.said, LONG))) };
            lines.push(format!("- {words}: {}: {}.{said}\n", count(about.count, "unknown"), safe(&cut(&about.words(), LONG))));
        }
        let before = format!("\n### Cannot say ({})\n\nWhat could not be read is unknown, never fine.\n\n", unknowns.count());
        parts.push(Part::List { before, lines });
    }

    fn bottom(&self, summary: &Summary) -> String {
        let coverage = &self.head.coverage;
        let mut text = "\n---\n\n".to_owned();
        if summary.fail + summary.unknown + summary.pass + summary.muted == 0 {
            text += "Nothing was found that these checks could be asked about.\n\n";
        }
        text += &format!("{} {}", coverage.calls, if coverage.calls == 1 { "call" } else { "calls" });
        for (number, word) in [(coverage.denied, "denied"), (coverage.throttled, "throttled"), (coverage.failed, "without an answer")] {
            if number > 0 {
                text += &format!(", {number} {word}");
            }
        }
        text += &format!("; {}.", count(coverage.gaps.len(), "gap"));
        let denied = coverage.gaps.iter().filter(|gap| gap.outcome == "denied" && !gap.action.is_empty());
        let mut actions: Vec<String> = denied.map(|gap| format!("`{}`", code(&gap.action))).collect();
        actions.sort_unstable();
        actions.dedup();
        if !actions.is_empty() {
            text += &format!(" To close the gaps allow {} (`driftlead permissions` prints the policy).", some_of(actions, 8, "action"));
        }
        format!("{text} {}, `driftlead explain CHECK` tells why a check matters.\n", safe(&self.head.tool))
    }
}

fn capital(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// How a check is put together.
struct Told<'t> {
    head: &'t Head,
    parts: &'t mut Vec<Part>,
    current: Folded,
    is_over: bool,
}

impl Teller for Told<'_> {
    fn group(&mut self, card: &Card<'_>) -> io::Result<()> {
        let times = if card.count > 1 { format!(" × {}", card.count) } else { String::new() };
        let (title, severity, check) = (cut(card.title, LONG), card.key.severity.0.word(), cut(&card.key.check, LONG));
        self.current = Folded {
            line: format!("{}{times} · {severity} · `{}`", safe(&title), code(&check)),
            summary: format!("<b>{}</b>{times} · {severity} · <code>{}</code>", html(&title), html(&check)),
            count: card.count,
            ..Folded::default()
        };
        Ok(())
    }

    fn finding(&mut self, number: usize, finding: &Finding) -> io::Result<()> {
        let new = if finding.since == Some(Since::New) { "**new** " } else { "" };
        let account = (self.head.accounts.len() > 1).then_some(finding.account.as_str());
        let region = (self.head.regions.len() > 1).then_some(finding.region.as_str());
        let place: Vec<&str> = account.into_iter().chain(region).collect();
        let place = if place.is_empty() { String::new() } else { format!("<br>{}", safe(&place.join(" "))) };
        let resource = code(&cut(&finding.resource, LONG));
        let resource = if resource.is_empty() { safe(&finding.account) } else { format!("`{resource}`") };
        self.current.rows.push(format!("| {resource}{place} | {new}{} |\n", safe(&cut(&finding.message, LONG))));
        if number == 0 && !self.is_over {
            let words = evidence::words(finding);
            if !words.is_empty() {
                self.current.proof += &format!("\nEvidence of the first: {}\n", safe(&cut(&words, 2 * LONG)));
            }
            if !finding.fix.is_empty() {
                self.current.proof += &format!("\nFix of the first:\n\n{}", fenced(&cut(&finding.fix, 5 * LONG)));
            }
        }
        Ok(())
    }

    fn end(&mut self, _: &Card<'_>) -> io::Result<()> {
        self.parts.push(Part::Check(std::mem::take(&mut self.current)));
        Ok(())
    }
}
