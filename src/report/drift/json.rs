//! JSON, schema 1, with a section of its own for drift.

use std::io::{self, Write};

use serde::Serialize;

use super::Drift;
use crate::change::{Change, Counts, Flip, Scope};

/// The version of what is written here; it grows with that of the report on findings.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct DocumentV1<'d> {
    schema: u32,
    tool: &'d str,
    drift: DriftV1<'d>,
}

#[derive(Serialize)]
struct DriftV1<'d> {
    scope: &'d Scope,
    summary: &'d Counts,
    unmanaged_unlisted: u64,
    changes: &'d [Change],
    verdicts: &'d [Flip],
}

/// Writes it.
pub fn write(out: &mut dyn Write, drift: &Drift) -> io::Result<()> {
    let document = DocumentV1 {
        schema: SCHEMA,
        tool: concat!("driftlead ", env!("CARGO_PKG_VERSION")),
        drift: DriftV1 {
            scope: &drift.scope,
            summary: &drift.counts,
            unmanaged_unlisted: drift.unlisted,
            changes: &drift.changes,
            verdicts: &drift.verdicts,
        },
    };
    serde_json::to_writer(&mut *out, &document)?;
    out.write_all(b"\n")
}
