//! Text for people: colours, widths, wrapping, and plain tables.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};

use super::Style;

/// A colour or weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Drop everything.
    Critical,
    /// Failures.
    Bad,
    /// What needs a look.
    Warn,
    /// What is well.
    Good,
    /// Headings.
    Bold,
    /// What matters less.
    Dim,
}

impl Style {
    /// The text in a colour, if there are colours.
    pub fn paint(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Critical => "1;37;41",
            Ink::Bad => "1;31",
            Ink::Warn => "33",
            Ink::Good => "32",
            Ink::Bold => "1",
            Ink::Dim => "2",
        };
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Lines of prose, each beginning with the indent.
    pub fn wrap(&self, text: &str, first: &str, rest: &str) -> String {
        let options = textwrap::Options::new(self.width.max(40)).initial_indent(first).subsequent_indent(rest).break_words(false);
        textwrap::fill(&printable(text), options)
    }
}

/// The text without characters that a terminal would obey: AWS names are written by strangers.
pub fn printable(text: &str) -> String {
    let show = |character: char| match character {
        '\n' | '\t' => ' '.to_string(),
        control if control.is_control() || is_bidi(control) => format!("\\u{{{:x}}}", u32::from(control)),
        other => other.to_string(),
    };
    text.chars().map(show).collect()
}

/// Marks that turn the direction of writing, and so can make a text read as another.
fn is_bidi(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A table for people.
///
/// # Errors
/// When it cannot be written.
pub fn rows(out: &mut dyn Write, style: Style, head: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(style.width).unwrap_or(u16::MAX));
    table.set_header(head.iter().map(|title| title.to_uppercase()));
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Rows separated by tabs, for a pipe.
///
/// # Errors
/// When it cannot be written.
pub fn tabs(out: &mut dyn Write, head: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    writeln!(out, "{}", head.join("\t"))?;
    for row in rows {
        writeln!(out, "{}", row.iter().map(|cell| printable(cell)).collect::<Vec<_>>().join("\t"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_move_the_cursor() {
        assert_eq!(printable("a\x1b[2Jb\u{202e}c\nd"), "a\\u{1b}[2Jb\\u{202e}c d");
    }

    #[test]
    fn a_table_fits_its_width() {
        let style = Style { color: false, width: 40, limit: 0 };
        let mut out = Vec::new();
        let row = vec!["short".to_owned(), "a long text that has to be broken into several lines".to_owned()];
        rows(&mut out, style, &["one", "two"], &[row]).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
    }
}
