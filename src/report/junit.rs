//! JUnit XML, which every CI shows: a suite a check, a case a resource.
//!
//! A failure is a `failure`; what cannot be said is an `error`, so that a build is not green for what nobody could read; what somebody
//! answers for is `skipped`, with the waiver's words; a pass is a case without a word. The form is that of Jenkins' schema
//! (`jenkins-junit.xsd`), in which `skipped` has text and no attributes.
//!
//! A suite begins with its numbers, so its cases wait until the check is through: small ones in memory, others in a temporary file.
//! XML 1.0 has no place for most control characters; they are written as `\u{1b}`.

use std::io::{self, Seek, Write};

use quick_xml::escape::escape;
use tempfile::SpooledTempFile;

use super::text::{printable, visible};
use super::{Report, evidence};
use crate::finding::{Finding, Head, Status, Summary};

/// How much of a suite is held in memory.
const IN_MEMORY: usize = 256 * 1024;

/// The report.
pub struct Junit<'w> {
    out: Box<dyn Write + 'w>,
    started_at: String,
    tool: String,
    suite: Option<Suite>,
}

/// The cases of a check.
struct Suite {
    /// One of its verdicts, for what all share.
    name: String,
    properties: [(&'static str, String); 4],
    tests: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
    cases: SpooledTempFile,
}

impl<'w> Junit<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>) -> Self {
        Self { out, started_at: String::new(), tool: String::new(), suite: None }
    }

    /// The suite of a verdict's check; that of another check ends.
    fn suite(&mut self, finding: &Finding) -> io::Result<&mut Suite> {
        if self.suite.as_ref().is_some_and(|suite| suite.name != finding.check) {
            self.end_suite()?;
        }
        Ok(self.suite.get_or_insert_with(|| Suite::of(finding)))
    }

    fn end_suite(&mut self) -> io::Result<()> {
        let Some(mut suite) = self.suite.take() else { return Ok(()) };
        let name = attribute(&suite.name);
        write!(self.out, "<testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\"", suite.tests, suite.failures)?;
        write!(self.out, " errors=\"{}\" skipped=\"{}\"", suite.errors, suite.skipped)?;
        writeln!(self.out, " timestamp=\"{}\">", attribute(&self.started_at))?;
        self.out.write_all(b"<properties>\n")?;
        let tool = [("tool", self.tool.clone())];
        for (name, value) in suite.properties.iter().chain(&tool) {
            writeln!(self.out, "<property name=\"{name}\" value=\"{}\"/>", attribute(value))?;
        }
        self.out.write_all(b"</properties>\n")?;
        suite.cases.rewind()?;
        io::copy(&mut suite.cases, &mut self.out)?;
        self.out.write_all(b"</testsuite>\n")
    }
}

impl Report for Junit<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        self.started_at.clone_from(&head.started_at);
        self.tool.clone_from(&head.tool);
        self.out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"driftlead\">\n")
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        self.suite(finding)?.add(finding)
    }

    fn passed(&mut self, pass: &Finding) -> io::Result<()> {
        self.suite(pass)?.add(pass)
    }

    fn end(&mut self, _: &Summary) -> io::Result<()> {
        self.end_suite()?;
        self.out.write_all(b"</testsuites>\n")?;
        self.out.flush()
    }
}

impl Suite {
    fn of(finding: &Finding) -> Self {
        let properties = [
            ("title", finding.title.clone()),
            ("severity", finding.severity.word().to_owned()),
            ("leg", finding.leg.word().to_owned()),
            ("family", finding.family.clone()),
        ];
        let cases = SpooledTempFile::new(IN_MEMORY);
        Self { name: finding.check.clone(), properties, tests: 0, failures: 0, errors: 0, skipped: 0, cases }
    }

    fn add(&mut self, finding: &Finding) -> io::Result<()> {
        self.tests += 1;
        // A dot is what CI servers take for the end of a package.
        let class = attribute(&finding.check.replace('/', "."));
        write!(self.cases, "<testcase classname=\"{class}\" name=\"{}\"", attribute(&name(finding)))?;
        match finding.status {
            Status::Pass => return self.cases.write_all(b"/>\n"),
            Status::Fail => {
                self.failures += 1;
                self.told("failure", finding)?;
            }
            Status::Unknown => {
                self.errors += 1;
                self.told("error", finding)?;
            }
            Status::Muted => {
                self.skipped += 1;
                let waived = finding.waiver.as_ref().map_or_else(String::new, |waiver| {
                    let until = if waiver.expires.is_empty() { "without an end".to_owned() } else { format!("until {}", waiver.expires) };
                    format!("waived: {} ({}, {until}): ", waiver.reason, waiver.owner)
                });
                write!(self.cases, "><skipped>{}</skipped>", content(&format!("{waived}{}", finding.message)))?;
            }
        }
        self.cases.write_all(b"</testcase>\n")
    }

    fn told(&mut self, element: &str, finding: &Finding) -> io::Result<()> {
        let (reason, message) = (attribute(&finding.reason), attribute(&finding.message));
        write!(self.cases, "><{element} type=\"{reason}\" message=\"{message}\">{}</{element}>", content(&proof(finding)))
    }
}

/// What a case is called: the resource, and where the ARN does not say so its place.
fn name(finding: &Finding) -> String {
    let place = format!("{} {}", finding.account, finding.region);
    let mut parts = finding.resource.splitn(6, ':').skip(3);
    match (finding.resource.is_empty(), parts.next(), parts.next()) {
        (true, ..) => place,
        (false, Some(region), Some(account)) if region == finding.region && account == finding.account => finding.resource.clone(),
        _ => format!("{} ({place})", finding.resource),
    }
}

/// What it stands on, and how it is repaired.
fn proof(finding: &Finding) -> String {
    let mut calls: Vec<&str> = finding.calls.iter().map(|call| call.action.as_str()).collect();
    calls.sort_unstable();
    calls.dedup();
    let configured = if finding.configured_not_working { "configured, not working" } else { "" };
    let lines = [
        ("", finding.message.as_str()),
        ("severity: ", finding.severity.word()),
        ("", configured),
        ("since the earlier snapshot: ", finding.since.map_or("", crate::finding::Since::word)),
        ("resource: ", &finding.resource),
        ("evidence: ", &evidence::words(finding)),
        ("missing permission: ", &finding.action),
        ("seen by: ", &calls.join(", ")),
        ("at: ", &finding.observed_at),
        ("fix: ", &finding.fix),
        ("fingerprint: ", &finding.fingerprint),
    ];
    let lines = lines.iter().filter(|(_, value)| !value.is_empty()).map(|(label, value)| format!("{label}{value}\n"));
    lines.collect()
}

/// The value of an attribute: a parser would make blanks of line breaks.
fn attribute(text: &str) -> String {
    escape(printable(text)).into_owned()
}

/// The text of an element.
fn content(text: &str) -> String {
    escape(visible(text)).into_owned()
}
