//! JSON, schema 1: one object. Its structs are its own, so that the inside of the program can change without it.
//!
//! `resolved` and `requirements` are there only where a report has any. What a terminal or a page would obey is escaped (`\u202e`);
//! to a reader of JSON that is the same text.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use super::Report;
use super::text::is_hidden;
use crate::finding::{Coverage, Finding, Head, Hole, Requirement, Resolved, Summary};

/// The version of what is written here. It grows when a reader of the old one would misunderstand the new one.
pub const SCHEMA: u32 = 1;

/// The report.
pub struct Json<'w> {
    out: Box<dyn Write + 'w>,
    /// The list that is open, and whether it has an item.
    list: (&'static str, bool),
}

impl<'w> Json<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>) -> Self {
        Self { out, list: ("findings", false) }
    }

    fn member(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        write!(self.out, "\"{name}\": ")?;
        write_json(&mut self.out, value)?;
        self.out.write_all(b",\n")
    }

    /// An item of a list; a list that is open and is another one ends.
    fn item(&mut self, list: &'static str, value: &impl Serialize) -> io::Result<()> {
        let (open, has_items) = self.list;
        if open != list {
            write!(self.out, "\n],\n\"{list}\": [\n")?;
        } else {
            self.out.write_all(if has_items { b",\n" } else { b"\n" })?;
        }
        self.list = (list, true);
        write_json(&mut self.out, value)
    }
}

/// What was read.
#[derive(Serialize)]
pub struct SnapshotV1<'h> {
    path: &'h str,
    started_at: &'h str,
    finished_at: &'h str,
    complete: bool,
    accounts: &'h [String],
    regions: &'h [String],
    endpoint: &'h str,
}

impl<'h> SnapshotV1<'h> {
    /// Of a report's head.
    pub fn of(head: &'h Head) -> Self {
        Self {
            path: &head.path,
            started_at: &head.started_at,
            finished_at: &head.finished_at,
            complete: head.complete,
            accounts: &head.accounts,
            regions: &head.regions,
            endpoint: &head.endpoint,
        }
    }
}

/// How much of it was read.
#[derive(Serialize)]
pub struct CoverageV1<'h> {
    calls: u32,
    denied: u32,
    throttled: u32,
    failed: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    gaps: Option<&'h [Hole]>,
}

impl<'h> CoverageV1<'h> {
    /// With the gaps.
    pub fn of(coverage: &'h Coverage) -> Self {
        Self { gaps: Some(&coverage.gaps), ..Self::numbers(coverage) }
    }

    /// Without them, where they stand elsewhere.
    pub fn numbers(coverage: &'h Coverage) -> Self {
        Self { calls: coverage.calls, denied: coverage.denied, throttled: coverage.throttled, failed: coverage.failed, gaps: None }
    }
}

impl Report for Json<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        self.out.write_all(b"{\n")?;
        self.member("schema", &SCHEMA)?;
        self.member("tool", &head.tool)?;
        self.member("snapshot", &SnapshotV1::of(head))?;
        self.member("coverage", &CoverageV1::of(&head.coverage))?;
        self.out.write_all(b"\"findings\": [")
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        self.item("findings", finding)
    }

    fn resolved(&mut self, resolved: &Resolved) -> io::Result<()> {
        self.item("resolved", resolved)
    }

    fn requirement(&mut self, requirement: &Requirement) -> io::Result<()> {
        self.item("requirements", requirement)
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.out.write_all(b"\n],\n\"summary\": ")?;
        write_json(&mut self.out, summary)?;
        self.out.write_all(b"\n}\n")?;
        self.out.flush()
    }
}

/// Writes a value in one line.
///
/// # Errors
/// When it cannot be written.
pub fn write_json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Escaping(CompactFormatter)))?;
    Ok(())
}

/// Compact JSON in whose texts every character shows.
struct Escaping(CompactFormatter);

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.bytes().all(|byte| byte.is_ascii() && byte != 0x7f) {
            return self.0.write_string_fragment(writer, fragment);
        }
        let mut rest = fragment;
        while let Some((at, hidden)) = rest.char_indices().find(|(_, character)| is_hidden(*character)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            // All of them have 16 bits at most.
            write!(writer, "\\u{:04x}", u32::from(hidden))?;
            rest = &rest[at + hidden.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_show_is_escaped_and_comes_back() {
        let hostile = "a\u{202e}b\u{7f}c\u{9b}d\0e\"\\\n</script>é🦀\u{2028}";
        let mut out = Vec::new();
        write_json(&mut out, &hostile).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.chars().any(is_hidden), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), hostile);
    }
}
