//! What commands print besides reports: rows, texts, remarks, and the progress line.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Style;
use super::text::{rows, tabs};

/// Prints rows: a table on a terminal, tab-separated in a pipe.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_rows(style: Style, head: &[&str], cells: &[Vec<String>]) -> io::Result<()> {
    let is_terminal = io::stdout().is_terminal() || std::env::var_os("COLUMNS").is_some();
    let mut out = io::BufWriter::new(io::stdout().lock());
    if is_terminal { rows(&mut out, style, head, cells)? } else { tabs(&mut out, head, cells)? }
    out.flush()
}

/// Prints rows as comma-separated values; an unread value is empty without quotes, an empty one is `""`.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_csv(head: &[&str], cells: &[Vec<Option<String>>]) -> io::Result<()> {
    let mut out = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Necessary).from_writer(io::stdout().lock());
    out.write_record(head)?;
    for row in cells {
        out.write_record(row.iter().map(|cell| cell.as_deref().unwrap_or("")))?;
    }
    out.flush()
}

/// Prints rows as a JSON list; an unread value is null.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_json_rows(head: &[&str], cells: &[Vec<Option<String>>]) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    out.write_all(b"[")?;
    for (i, row) in cells.iter().enumerate() {
        out.write_all(if i == 0 { b"\n" } else { b",\n" })?;
        let object: serde_json::Map<String, serde_json::Value> =
            head.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), cell.clone().into())).collect();
        serde_json::to_writer(&mut out, &object)?;
    }
    out.write_all(b"\n]\n")?;
    out.flush()
}

/// Prints a text with a line break.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_text(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Prints a remark on standard error. That it cannot be written is no reason to stop.
pub fn remark(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The line that shows how far a run is.
#[derive(Debug)]
pub struct ProgressLine {
    bar: ProgressBar,
}

impl ProgressLine {
    /// A line on standard error, or none.
    pub fn new(is_shown: bool) -> Self {
        let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]") {
            bar.set_style(style);
        }
        bar.set_message("asking who we are");
        if is_shown {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self { bar }
    }

    /// Shows how far it is.
    pub fn show(&self, done: u64, planned: u64, calls: u64, last: &str) {
        self.bar.set_message(format!("{done} of {planned} readers, {calls} calls: {last}"));
    }

    /// Takes the line away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Whether an error is only that the reader of a pipe went away, as `head` does.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(is)
}
