//! The report for people: the verdict in a line, what is configured and does not work, the failures by severity and family, what
//! cannot be said and why, and how much was read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde_json::Value;

use super::text::{Ink, printable, rows};
use super::{Report, Style};
use crate::finding::{Finding, Head, Leg, Severity, Status, Summary};

/// The report.
pub struct Table<'w> {
    out: Box<dyn Write + 'w>,
    style: Style,
    head: Head,
    posture: BTreeMap<String, BTreeMap<(Leg, Status), u64>>,
    fails: Vec<Finding>,
    unknowns: Vec<Finding>,
    passes: Vec<Finding>,
}

impl<'w> Table<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>, style: Style) -> Self {
        let (fails, unknowns, passes) = (Vec::new(), Vec::new(), Vec::new());
        Self { out, style, head: Head::default(), posture: BTreeMap::new(), fails, unknowns, passes }
    }
}

impl Report for Table<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        self.head = head.clone();
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let family = self.posture.entry(finding.family.clone()).or_default();
        *family.entry((finding.leg, finding.status)).or_default() += 1;
        match finding.status {
            Status::Fail => self.fails.push(finding.clone()),
            Status::Unknown => self.unknowns.push(finding.clone()),
            // A pass that is not to be shown comes without words.
            Status::Pass | Status::Muted if !finding.message.is_empty() => self.passes.push(finding.clone()),
            Status::Pass | Status::Muted => {}
        }
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.write_head(summary)?;
        let (not_working, fails): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.fails).into_iter().partition(|finding| finding.configured_not_working);
        if !not_working.is_empty() {
            let count = not_working.len();
            self.heading(Ink::Critical, &format!(" CONFIGURED, NOT WORKING ({count}) "))?;
            self.line("The setting is there, the thing does not work. A look at the configuration alone says all is well.")?;
            self.by_check(&not_working)?;
        }
        for severity in Severity::ALL {
            let of: Vec<Finding> = fails.iter().filter(|finding| finding.severity == severity).cloned().collect();
            if !of.is_empty() {
                let ink = if severity >= Severity::High { Ink::Bad } else { Ink::Warn };
                self.heading(ink, &format!("{} ({})", severity.word().to_uppercase(), of.len()))?;
                self.by_check(&of)?;
            }
        }
        self.write_unknowns()?;
        let passes = std::mem::take(&mut self.passes);
        if !passes.is_empty() {
            self.heading(Ink::Good, &format!("PASS ({})", passes.len()))?;
            self.by_check(&passes)?;
        }
        self.write_posture()?;
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
        let head = self.head.clone();
        let place = format!("{} · {}", head.accounts.join(", "), list(&head.regions, 4, "regions"));
        let line = format!("{} · {place} · {}", head.tool, head.started_at);
        let line = self.style.paint(Ink::Dim, &line);
        writeln!(self.out, "{line}")?;
        if !head.endpoint.is_empty() {
            self.line(&format!("Answered by {}, not by AWS.", head.endpoint))?;
        }
        if !head.complete {
            let text = self.style.paint(Ink::Warn, "INCOMPLETE: the run was cut short; what was not read is unknown.");
            writeln!(self.out, "{text}")?;
        }
        let part = |style: &Style, ink, count: u64, word: &str| {
            let text = format!("{count} {word}");
            if count > 0 { style.paint(ink, &text) } else { style.paint(Ink::Dim, &text) }
        };
        let style = self.style;
        let parts = [
            part(&style, Ink::Bad, summary.fail, "fail"),
            part(&style, Ink::Warn, summary.unknown, "unknown"),
            part(&style, Ink::Good, summary.pass, "pass"),
        ];
        let mut line = format!("{} checks: {}", head.checks, parts.join(", "));
        if summary.configured_not_working > 0 {
            let text = format!("{} configured, not working", summary.configured_not_working);
            line += &format!("; {}", style.paint(Ink::Bad, &text));
        }
        writeln!(self.out, "{line}")
    }

    /// Findings by family and check, each check with its sentence once.
    fn by_check(&mut self, findings: &[Finding]) -> io::Result<()> {
        let mut checks: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
        for finding in findings {
            checks.entry((&finding.family, &finding.check)).or_default().push(finding);
        }
        for ((family, check), findings) in checks {
            let first = findings[0];
            let style = self.style;
            let count = if findings.len() > 1 { format!(" × {}", findings.len()) } else { String::new() };
            let title = style.paint(Ink::Bold, &format!("{}{count}", first.title));
            let meta = style.paint(Ink::Dim, &format!("{} · {family} · {check}", first.severity.word()));
            writeln!(self.out, "\n{title}\n  {meta}")?;
            let shown = if style.limit == 0 { findings.len() } else { style.limit.min(findings.len()) };
            for finding in &findings[..shown] {
                self.one(finding)?;
            }
            if shown < findings.len() {
                let more = format!("  … {} more: --limit 0 shows all, -o FILE.json keeps all", findings.len() - shown);
                writeln!(self.out, "{more}")?;
            }
        }
        Ok(())
    }

    fn one(&mut self, finding: &Finding) -> io::Result<()> {
        let style = self.style;
        let place = format!("[{} {}]", finding.account, finding.region);
        let message = style.wrap(&format!("{} {place}", finding.message), "  • ", "    ");
        writeln!(self.out, "{message}")?;
        let evidence = evidence(finding);
        if !evidence.is_empty() {
            let text = style.wrap(&evidence, "    evidence  ", "              ");
            writeln!(self.out, "{}", style.paint(Ink::Dim, &text))?;
        }
        let calls: BTreeSet<&str> = finding.calls.iter().map(|call| call.action.as_str()).collect();
        if !calls.is_empty() {
            let calls = calls.into_iter().collect::<Vec<_>>().join(", ");
            let text = style.wrap(&format!("{calls} at {}", finding.observed_at), "    seen by   ", "              ");
            writeln!(self.out, "{}", style.paint(Ink::Dim, &text))?;
        }
        if !finding.fix.is_empty() {
            // A command is never broken: it is there to be copied.
            for (i, line) in finding.fix.trim().lines().enumerate() {
                let label = if i == 0 { "    fix       " } else { "              " };
                writeln!(self.out, "{label}{}", style.paint(Ink::Good, &printable(line)))?;
            }
        }
        Ok(())
    }

    /// Unknowns by what would have told, since one denied call can silence many checks.
    fn write_unknowns(&mut self) -> io::Result<()> {
        let unknowns = std::mem::take(&mut self.unknowns);
        if unknowns.is_empty() {
            return Ok(());
        }
        self.heading(Ink::Warn, &format!("CANNOT SAY ({})", unknowns.len()))?;
        let mut causes: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
        for finding in &unknowns {
            let cause = finding.message.split_once("cannot say: ").map_or(finding.message.as_str(), |(_, cause)| cause);
            causes.entry(cause.to_owned()).or_default().push(finding);
        }
        let style = self.style;
        for (cause, findings) in causes {
            writeln!(self.out, "{}", style.wrap(&cause, "• ", "  "))?;
            let checks: BTreeSet<&str> = findings.iter().map(|finding| finding.check.as_str()).collect();
            let place = |finding: &&Finding| format!("{} {}", finding.account, finding.region);
            let places: BTreeSet<String> = findings.iter().map(place).collect();
            let about: BTreeSet<&str> = findings.iter().map(|finding| last(&finding.resource)).filter(|name| !name.is_empty()).collect();
            let mut text = format!("{} in {}", list_of(&checks, 4, "checks"), list_of(&places, 3, "places"));
            if !about.is_empty() {
                text += &format!(", about {}", list_of(&about, 4, "resources"));
            }
            writeln!(self.out, "{}", style.paint(Ink::Dim, &style.wrap(&text, "    ", "    ")))?;
        }
        Ok(())
    }

    /// One line a family: what is configured, what works.
    fn write_posture(&mut self) -> io::Result<()> {
        self.heading(Ink::Bold, "FAMILIES")?;
        let posture = std::mem::take(&mut self.posture);
        let cell = |counts: &BTreeMap<(Leg, Status), u64>, leg| {
            let of = |status| counts.get(&(leg, status)).copied().unwrap_or(0);
            let words = [(Status::Fail, "fail"), (Status::Unknown, "unknown"), (Status::Pass, "pass")];
            let some: Vec<String> =
                words.iter().filter(|(status, _)| of(*status) > 0).map(|(status, word)| format!("{} {word}", of(*status))).collect();
            if some.is_empty() { "–".to_owned() } else { some.join(", ") }
        };
        let lines: Vec<Vec<String>> = posture
            .iter()
            .map(|(family, counts)| vec![family.clone(), cell(counts, Leg::Configured), cell(counts, Leg::Working)])
            .collect();
        if lines.is_empty() {
            return self.line("Nothing was found that these checks could be asked about.");
        }
        rows(&mut self.out, self.style, &["family", "configured", "working"], &lines)
    }

    fn write_foot(&mut self, summary: &Summary) -> io::Result<()> {
        let coverage = self.head.coverage.clone();
        let mut line = format!("{} calls", coverage.calls);
        for (count, word) in [(coverage.denied, "denied"), (coverage.throttled, "throttled"), (coverage.failed, "without an answer")] {
            if count > 0 {
                line += &format!(", {count} {word}");
            }
        }
        line += &format!("; {} gaps.", coverage.gaps.len());
        writeln!(self.out)?;
        self.line(&line)?;
        let actions: BTreeSet<&str> = coverage.gaps.iter().filter(|gap| gap.outcome == "denied").map(|gap| gap.action.as_str()).collect();
        if !actions.is_empty() {
            let actions: Vec<&str> = actions.into_iter().collect();
            self.line(&format!("To close the gaps allow {} (driftlead permissions prints the policy).", actions.join(", ")))?;
        }
        if summary.fail > 0 {
            self.line("driftlead explain CHECK tells why a check matters; -o FILE.json keeps everything.")?;
        }
        Ok(())
    }
}

/// Evidence as `name value`, without what is empty.
fn evidence(finding: &Finding) -> String {
    let is_said = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    };
    let show = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect::<Vec<_>>().join(" ")
        }
        Value::Number(number) if number.is_f64() => format!("{:.1}", number.as_f64().unwrap_or(f64::NAN)),
        other => other.to_string(),
    };
    let mut parts = Vec::new();
    if !finding.reason.is_empty() {
        parts.push(finding.reason.clone());
    }
    let said = finding.evidence.iter().filter(|(_, value)| is_said(value));
    parts.extend(said.map(|(name, value)| format!("{name} {}", show(value))));
    parts.join(" · ")
}

fn last(arn: &str) -> &str {
    arn.rsplit([':', '/']).next().unwrap_or(arn)
}

fn list_of<T: AsRef<str>>(items: &BTreeSet<T>, most: usize, noun: &str) -> String {
    let items: Vec<String> = items.iter().map(|item| item.as_ref().to_owned()).collect();
    list(&items, most, noun)
}

/// The items, or how many there are.
fn list(items: &[String], most: usize, noun: &str) -> String {
    if items.len() <= most { items.join(", ") } else { format!("{} {noun}", items.len()) }
}
