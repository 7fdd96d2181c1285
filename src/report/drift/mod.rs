//! Drift for people, for programs, and for a pull request.

use std::io::{self, Write};
use std::path::Path;

use super::Style;
use crate::change::{Change, Counts, Flip, Scope};

mod difference;
mod json;
mod markdown;
mod table;

/// All that is told of a comparison.
#[derive(Debug, Clone, Default)]
pub struct Drift {
    /// What was compared with what.
    pub scope: Scope,
    /// How many changes of each kind.
    pub counts: Counts,
    /// The changes, the worst first.
    pub changes: Vec<Change>,
    /// Verdicts that changed and belong to no change alone.
    pub verdicts: Vec<Flip>,
    /// How many unmanaged resources there are that were not to be listed.
    pub unlisted: u64,
    /// Verdicts were compared too.
    pub is_judged: bool,
}

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DriftFormat {
    /// For people
    Table,
    /// One JSON object, schema 1
    Json,
    /// Markdown, for a pull request or a job summary
    #[value(name = "markdown", alias = "md")]
    Markdown,
}

impl DriftFormat {
    /// Every suffix that stands for a format.
    pub const SUFFIXES: [&'static str; 4] = ["txt", "json", "md", "markdown"];

    /// The format of a file by its suffix.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_lowercase().as_str() {
            "txt" => Some(Self::Table),
            "json" => Some(Self::Json),
            "md" | "markdown" => Some(Self::Markdown),
            _ => None,
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(self, out: &mut dyn Write, style: Style, drift: &Drift) -> io::Result<()> {
        match self {
            Self::Table => table::write(out, style, drift)?,
            Self::Json => json::write(out, drift)?,
            Self::Markdown => markdown::write(out, style, drift)?,
        }
        out.flush()
    }
}

/// `3 changed, 1 missing`, without what there is none of.
fn counted(counts: &Counts) -> Vec<(u64, &'static str)> {
    let all = [
        (counts.missing, "missing"),
        (counts.changed, "changed"),
        (counts.added, "added"),
        (counts.unmanaged, "unmanaged"),
        (counts.unknown, "unknown"),
        (counts.ignored, "accepted by a rule"),
    ];
    all.into_iter().filter(|(number, _)| *number > 0).collect()
}

/// The most values that stand beside an ARN: a row that is found by all that it says is named well enough without.
const MOST_NAMES: usize = 3;

/// What names the changed row, as short as people say it.
fn named(change: &Change) -> String {
    let arn = &change.resource;
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let others = change.key.iter().filter(|(column, _)| !["arn", "account_id", "region"].contains(&column.as_str()));
    let others = others.map(|(column, value)| (column, text(value))).filter(|(_, text)| !text.is_empty());
    let Some(short) = arn.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4)) else {
        let names: Vec<String> = others.map(|(column, text)| format!("{column}={text}")).collect();
        return if names.is_empty() { arn.clone() } else { names.join(" ") };
    };
    // Several rows of a table may share an ARN; what tells them apart stands beside it.
    let others: Vec<String> = others.map(|(_, text)| text).filter(|text| !short.contains(text.as_str())).collect();
    if others.is_empty() || others.len() > MOST_NAMES { short.to_owned() } else { format!("{short} {}", others.join(" ")) }
}

/// Where it was declared, for people.
fn declared(change: &Change) -> String {
    change.declared.as_ref().map_or_else(String::new, |origin| format!("{} / {} ({})", origin.name, origin.address, origin.type_name))
}
