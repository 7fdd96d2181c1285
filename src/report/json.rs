//! JSON, schema 1: one object. Its structs are its own, so that the inside of the program can change without it.

use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use crate::finding::{Finding, Head, Hole, Requirement, Summary};

/// The version of what is written here. It grows when a reader of the old one would misunderstand the new one.
const SCHEMA: u32 = 1;

/// The report.
pub struct Json<'w> {
    out: Box<dyn Write + 'w>,
    is_first: bool,
    has_requirements: bool,
}

impl<'w> Json<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>) -> Self {
        Self { out, is_first: true, has_requirements: false }
    }

    fn member(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        write!(self.out, "\"{name}\": ")?;
        serde_json::to_writer(&mut self.out, value)?;
        self.out.write_all(b",\n")
    }
}

#[derive(Serialize)]
struct SnapshotV1<'h> {
    path: &'h str,
    started_at: &'h str,
    finished_at: &'h str,
    complete: bool,
    accounts: &'h [String],
    regions: &'h [String],
    endpoint: &'h str,
}

#[derive(Serialize)]
struct CoverageV1<'h> {
    calls: u32,
    denied: u32,
    throttled: u32,
    failed: u32,
    gaps: &'h [Hole],
}

impl Report for Json<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        self.out.write_all(b"{\n")?;
        self.member("schema", &SCHEMA)?;
        self.member("tool", &head.tool)?;
        let snapshot = SnapshotV1 {
            path: &head.path,
            started_at: &head.started_at,
            finished_at: &head.finished_at,
            complete: head.complete,
            accounts: &head.accounts,
            regions: &head.regions,
            endpoint: &head.endpoint,
        };
        self.member("snapshot", &snapshot)?;
        let coverage = &head.coverage;
        let coverage = CoverageV1 {
            calls: coverage.calls,
            denied: coverage.denied,
            throttled: coverage.throttled,
            failed: coverage.failed,
            gaps: &coverage.gaps,
        };
        self.member("coverage", &coverage)?;
        self.out.write_all(b"\"findings\": [")
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        self.out.write_all(if self.is_first { b"\n" } else { b",\n" })?;
        self.is_first = false;
        serde_json::to_writer(&mut self.out, finding)?;
        Ok(())
    }

    fn requirement(&mut self, requirement: &Requirement) -> io::Result<()> {
        self.out.write_all(if self.has_requirements { b",\n" } else { b"\n],\n\"requirements\": [\n" })?;
        self.has_requirements = true;
        serde_json::to_writer(&mut self.out, requirement)?;
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.out.write_all(b"\n],\n\"summary\": ")?;
        serde_json::to_writer(&mut self.out, summary)?;
        self.out.write_all(b"\n}\n")?;
        self.out.flush()
    }
}
