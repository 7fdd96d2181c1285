//! WHAT THE USER SEES: the only room that prints or serialises.
//!
//! A format is a file here and a line in [`formats!`]. Findings come one by one and go out as they come where the format allows, so
//! that a report of any size needs no more memory than its longest line.

use std::io::{self, Write};
use std::path::Path;

use crate::finding::{Finding, Head, Requirement, Resolved, Summary};

pub mod drift;
mod evidence;
mod json;
mod lines;
pub mod page;
mod posture;
mod print;
mod summary;
mod table;
pub mod text;
pub mod turn;
mod unknowns;

pub use print::{ProgressLine, error_text, is_broken_pipe, print_answer, print_csv, print_json_rows, print_rows, print_text, remark};

/// A report that is being written.
pub trait Report {
    /// Begins.
    ///
    /// # Errors
    /// When it cannot be written.
    fn begin(&mut self, head: &Head) -> io::Result<()>;

    /// Takes a verdict.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finding(&mut self, finding: &Finding) -> io::Result<()>;

    /// Takes a pass that is to be counted and not shown: it has its check and its place, and no words and no evidence.
    ///
    /// # Errors
    /// When it cannot be written.
    fn passed(&mut self, _pass: &Finding) -> io::Result<()> {
        Ok(())
    }

    /// Takes a failure of an earlier snapshot that is none any more; after all verdicts.
    ///
    /// # Errors
    /// When it cannot be written.
    fn resolved(&mut self, _resolved: &Resolved) -> io::Result<()> {
        Ok(())
    }

    /// Takes a requirement of a framework; after all verdicts, in the framework's order.
    ///
    /// # Errors
    /// When it cannot be written.
    fn requirement(&mut self, _requirement: &Requirement) -> io::Result<()> {
        Ok(())
    }

    /// Ends.
    ///
    /// # Errors
    /// When it cannot be written.
    fn end(&mut self, summary: &Summary) -> io::Result<()>;
}

/// How a report for people looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour.
    pub color: bool,
    /// The width in columns.
    pub width: usize,
    /// Whether lines of a table must fit it: on a terminal, or where `COLUMNS` says so, and not in a pipe.
    pub is_bounded: bool,
    /// The most resources to show of one check, the first of them in full; 0 for all, all in full.
    pub limit: usize,
}

/// Declares the formats: their names, their suffixes, and how each is made.
macro_rules! formats {
    ($($variant:ident: $name:literal, $suffixes:expr, $make:expr, $doc:literal);+ $(;)?) => {
        /// A format.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
        pub enum Format {
            $(#[doc = $doc] #[value(name = $name)] $variant),+
        }

        impl Format {
            /// The format of a file by its suffix.
            pub fn of(path: &Path) -> Option<Self> {
                let name = path.file_name()?.to_str()?.to_lowercase();
                let ends = |suffix: &&str| name.strip_suffix(suffix).is_some_and(|stem| stem.ends_with('.'));
                let all = [$($suffixes.iter().find(|suffix| ends(suffix)).map(|suffix| (suffix.len(), Self::$variant))),+];
                // `a.ocsf.json` is OCSF, though it ends in `.json` too.
                all.into_iter().flatten().max_by_key(|(length, _)| *length).map(|(_, format)| format)
            }

            /// Every suffix that stands for a format.
            pub fn suffixes() -> Vec<&'static str> {
                [$(&$suffixes[..]),+].concat()
            }

            /// A report in this format.
            pub fn report<'w>(self, out: Box<dyn Write + 'w>, style: Style) -> Box<dyn Report + 'w> {
                match self {
                    $(Self::$variant => {
                        let make: fn(Box<dyn Write + 'w>, Style) -> Box<dyn Report + 'w> = $make;
                        make(out, style)
                    })+
                }
            }
        }
    };
}

formats! {
    Table: "table", ["txt"], |out, style| Box::new(table::Table::new(out, style)), "For people";
    Json: "json", ["json"], |out, _| Box::new(json::Json::new(out)), "One JSON object, schema 1";
    Summary: "summary", [""; 0], |out, _| Box::new(summary::Summary::new(out)), "One line for a log";
}
