//! What commands print besides reports: rows, texts, remarks, and the progress line.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use super::Style;
use super::text::rows;

/// Prints rows as a table: as wide as the terminal, or, in a pipe, one line a row for `grep` and `awk`.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_rows(style: Style, head: &[&str], cells: &[Vec<String>]) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    rows(&mut out, style.is_bounded.then_some(style.width), head, cells)?;
    out.flush()
}

/// Prints an answer as a table; an unread value is `NULL`.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_answer(style: Style, head: &[&str], cells: &[Vec<Value>]) -> io::Result<()> {
    let shown = |value: &Value| text(value).unwrap_or_else(|| "NULL".to_owned());
    let cells: Vec<Vec<String>> = cells.iter().map(|row| row.iter().map(shown).collect()).collect();
    print_rows(style, head, &cells)
}

/// Prints an answer as comma-separated values; an unread value is empty without quotes, an empty text is `""`.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_csv(head: &[&str], cells: &[Vec<Value>]) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let field = |value: &Value| text(value).map_or_else(String::new, |text| quoted(&text));
    writeln!(out, "{}", head.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(","))?;
    for row in cells {
        writeln!(out, "{}", row.iter().map(field).collect::<Vec<_>>().join(","))?;
    }
    out.flush()
}

/// A field of comma-separated values, with quotes where they are needed. An empty text needs them: without, it is no value.
fn quoted(text: &str) -> String {
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Prints an answer as a JSON list; an unread value is null.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_json_rows(head: &[&str], cells: &[Vec<Value>]) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    out.write_all(b"[")?;
    for (i, row) in cells.iter().enumerate() {
        out.write_all(if i == 0 { b"\n" } else { b",\n" })?;
        let object: serde_json::Map<String, Value> = head.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), cell.clone())).collect();
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

/// An error with its causes. Many an error repeats its cause in its own words; nobody needs to read that twice.
pub fn error_text(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(cause.strip_prefix("Error code ").and_then(|code| Some(code.split_once(": ")?.1)).unwrap_or(&cause)) {
            text += &format!(": {cause}");
        }
    }
    text
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_does_not_repeat_its_cause() {
        let cause = io::Error::from(io::ErrorKind::NotFound);
        let error = anyhow::Error::new(cause).context("x.db: entity not found").context("--from");
        assert_eq!(error_text(&error), "--from: x.db: entity not found");
    }

    #[test]
    fn an_empty_text_is_not_no_value() {
        assert_eq!(quoted(""), "\"\"");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(text(&Value::Null), None);
    }
}
