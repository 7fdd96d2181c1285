//! WHAT THE USER SEES: the only room that prints or serialises.
//!
//! A format is a file here and a line in [`formats!`]. Findings come one by one and go out as they come where the format allows, so
//! that a report of any size needs no more memory than its longest line.

use std::io::{self, Write};
use std::path::Path;

use crate::exhibit::Exhibits;
use crate::finding::{Finding, Head, Requirement, Resolved, Summary};

mod asff;
mod csv;
pub mod drift;
mod evidence;
mod groups;
mod html;
mod json;
mod jsonl;
mod junit;
mod lines;
mod list;
mod markdown;
mod markup;
mod ocsf;
mod openmetrics;
pub mod page;
pub mod pictures;
mod place;
mod posture;
mod print;
mod required;
mod sarif;
mod spool;
mod summary;
mod table;
#[cfg(test)]
mod testing;
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

    /// Whether it draws what a snapshot shows besides verdicts, which costs time to find out.
    fn wants_exhibits(&self) -> bool {
        false
    }

    /// Takes what the snapshot shows besides verdicts; after all verdicts, and only where it is wanted.
    ///
    /// # Errors
    /// When it cannot be written.
    fn exhibits(&mut self, _exhibits: &Exhibits) -> io::Result<()> {
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
    JsonLines: "jsonl", ["jsonl", "ndjson"], |out, _| Box::new(jsonl::JsonLines::new(out)), "JSON Lines: an object a line";
    Csv: "csv", ["csv"], |out, _| Box::new(csv::Csv::new(out)), "Comma-separated values: a row a finding";
    Markdown: "markdown", ["md", "markdown"], |out, style| Box::new(markdown::Markdown::new(out, style)), "Markdown, for a pull request or a job summary";
    Junit: "junit", ["junit.xml", "xml"], |out, _| Box::new(junit::Junit::new(out)), "JUnit XML, for a CI server";
    OpenMetrics: "openmetrics", ["om", "prom"], |out, _| Box::new(openmetrics::OpenMetrics::new(out)), "OpenMetrics text, for a textfile collector";
    Summary: "summary", [""; 0], |out, _| Box::new(summary::Summary::new(out)), "One line for a log";
    Sarif: "sarif", ["sarif", "sarif.json"], |out, _| Box::new(sarif::Sarif::new(out)), "SARIF 2.1.0, for code scanning";
    Ocsf: "ocsf", ["ocsf.json"], |out, _| Box::new(ocsf::Ocsf::new(out)), "OCSF Compliance Findings, a JSON array";
    Asff: "asff", ["asff.json"], |out, _| Box::new(asff::Asff::new(out)), "AWS Security Finding Format, for Security Hub";
    Html: "html", ["html", "htm"], |out, _| Box::new(html::Html::new(out)), "A page for a browser: one file, no network";
}

impl Format {
    /// Whether it draws what a snapshot shows besides verdicts, and so looks at earlier ones, too.
    pub fn draws(self) -> bool {
        self == Self::Html
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn a_format_draws_what_its_report_asks_for() {
        let style = Style { color: false, width: 80, is_bounded: false, limit: 0 };
        for format in Format::value_variants() {
            assert_eq!(format.report(Box::new(io::sink()), style).wants_exhibits(), format.draws(), "{format:?}");
        }
    }
}
