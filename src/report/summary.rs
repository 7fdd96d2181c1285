//! One line for a log: `driftlead key=value …`, as logfmt has it. It grows neither with findings nor with accounts.

use std::io::{self, Write};

use super::Report;
use crate::finding::{self, Finding, Head, Severity, Status};

/// Accounts that are named; of more, how many more.
const MOST_ACCOUNTS: usize = 5;

/// The report.
pub struct Summary<'w> {
    out: Box<dyn Write + 'w>,
    /// What is known from the beginning: what was read, and what of it.
    read: Vec<(&'static str, String)>,
    known: Vec<(&'static str, String)>,
    /// Failures by severity, the worst first.
    fails: [u64; Severity::ALL.len()],
}

impl<'w> Summary<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>) -> Self {
        Self { out, read: Vec::new(), known: Vec::new(), fails: [0; Severity::ALL.len()] }
    }
}

impl Report for Summary<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        let mut accounts = head.accounts.iter().take(MOST_ACCOUNTS).map(String::as_str).collect::<Vec<_>>().join(",");
        if head.accounts.len() > MOST_ACCOUNTS {
            accounts += &format!("+{}", head.accounts.len() - MOST_ACCOUNTS);
        }
        self.read = vec![("time", head.started_at.clone()), ("account", accounts), ("regions", head.regions.len().to_string())];
        let coverage = &head.coverage;
        self.known = vec![
            ("calls", coverage.calls.to_string()),
            ("denied", coverage.denied.to_string()),
            ("throttled", coverage.throttled.to_string()),
            ("failed", coverage.failed.to_string()),
            ("gaps", coverage.gaps.len().to_string()),
            ("complete", head.complete.to_string()),
            ("snapshot", head.path.clone()),
        ];
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        if finding.status == Status::Fail {
            let rank = Severity::ALL.iter().take_while(|severity| **severity != finding.severity).count();
            self.fails[rank] += 1;
        }
        Ok(())
    }

    fn end(&mut self, summary: &finding::Summary) -> io::Result<()> {
        let mut pairs = std::mem::take(&mut self.read);
        let mut number = |name, number: u64| pairs.push((name, number.to_string()));
        number("fail", summary.fail);
        Severity::ALL.into_iter().zip(self.fails).for_each(|(severity, fails)| number(severity.word(), fails));
        number("unknown", summary.unknown);
        number("muted", summary.muted);
        number("pass", summary.pass);
        number("configured_not_working", summary.configured_not_working);
        if let Some(since) = &summary.since {
            number("new", since.new);
            number("persisting", since.persisting);
            number("new_unknown", since.new_unknown);
            number("resolved", since.resolved);
            number("not_compared", since.not_compared);
            pairs.push(("since", since.started_at.clone()));
        }
        pairs.append(&mut self.known);
        if let Some(exit) = summary.exit {
            pairs.push(("exit", exit.to_string()));
        }
        self.out.write_all(b"driftlead")?;
        pairs.iter().try_for_each(|(name, value)| write!(self.out, " {name}={}", quoted(value)))?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}

/// A value that stays one value, on one line, whatever is in it.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._:/+,@%-".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_ascii_graphic() || c == ' ' || c.is_alphanumeric() => quoted.push(c),
            c => quoted.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}"))),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_value_on_one_line() {
        assert_eq!(quoted("/var/lib/2026-11-20T10-00-00Z_1.db"), "/var/lib/2026-11-20T10-00-00Z_1.db");
        assert_eq!(quoted(""), "\"\"");
        assert_eq!(quoted("a b=\"c\\"), "\"a b=\\\"c\\\\\"");
        assert_eq!(quoted("a\nexit=0\u{202e}\u{1b}é\u{1f600}"), "\"a\\u000aexit=0\\u202e\\u001bé\\ud83d\\ude00\"");
    }
}
