//! JSON Lines: an object a line, each with its `type`, for programs that take a report piece by piece.
//!
//! The first line is the `head` (schema, tool, snapshot, numbers of calls), then come the `gap`s, the `finding`s with the members that
//! they have in JSON schema 1, what is `resolved` and each `requirement` where there are any, and last the `summary`. A file without a
//! summary is one whose run was cut short.

use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use super::json::{CoverageV1, SCHEMA, SnapshotV1, write_json};
use crate::finding::{Finding, Head, Requirement, Resolved, Summary};

/// The report.
pub struct JsonLines<'w> {
    out: Box<dyn Write + 'w>,
}

#[derive(Serialize)]
struct Line<'l, T> {
    r#type: &'static str,
    #[serde(flatten)]
    members: &'l T,
}

#[derive(Serialize)]
struct HeadV1<'h> {
    schema: u32,
    tool: &'h str,
    snapshot: SnapshotV1<'h>,
    coverage: CoverageV1<'h>,
}

impl<'w> JsonLines<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>) -> Self {
        Self { out }
    }

    fn line(&mut self, r#type: &'static str, members: &impl Serialize) -> io::Result<()> {
        write_json(&mut self.out, &Line { r#type, members })?;
        self.out.write_all(b"\n")
    }
}

impl Report for JsonLines<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        let coverage = CoverageV1::numbers(&head.coverage);
        self.line("head", &HeadV1 { schema: SCHEMA, tool: &head.tool, snapshot: SnapshotV1::of(head), coverage })?;
        head.coverage.gaps.iter().try_for_each(|gap| self.line("gap", gap))
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        self.line("finding", finding)
    }

    fn resolved(&mut self, resolved: &Resolved) -> io::Result<()> {
        self.line("resolved", resolved)
    }

    fn requirement(&mut self, requirement: &Requirement) -> io::Result<()> {
        self.line("requirement", requirement)
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.line("summary", summary)?;
        self.out.flush()
    }
}
