//! Text for people: colours, widths, wrapping, commands to be copied, and plain tables.

use std::io::{self, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use textwrap::WordSplitter;

use super::Style;
use crate::finding::Compared;

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
    /// The text in a colour, if there are colours. Every line is painted by itself, so that a cut between two leaves no colour on.
    pub fn paint(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Critical => "1;37;41",
            Ink::Bad => "1;31",
            Ink::Warn => "33",
            Ink::Good => "32",
            Ink::Bold => "1",
            Ink::Dim => "2",
        };
        if !self.color {
            return text.to_owned();
        }
        text.split('\n').map(|line| format!("\x1b[{code}m{line}\x1b[0m")).collect::<Vec<_>>().join("\n")
    }

    /// Lines of prose, each beginning with the indent. Broken at spaces: an id that is cut at its hyphen cannot be searched for.
    pub fn wrap(&self, text: &str, first: &str, rest: &str) -> String {
        let options = textwrap::Options::new(self.width.max(40)).initial_indent(first).subsequent_indent(rest);
        textwrap::fill(&printable(text), options.word_splitter(WordSplitter::NoHyphenation))
    }

    /// A command that stays one command when it is copied: where it is too long it goes on in the next line after a backslash.
    /// A word that is longer than the line is left whole.
    pub fn command(&self, text: &str, first: &str, rest: &str) -> String {
        let mut lines: Vec<String> = Vec::new();
        for (i, line) in text.trim().lines().enumerate() {
            let mut indent = if i == 0 { first } else { rest }.to_owned();
            let mut current = String::new();
            for word in with_values(shell_words(line), self.width.saturating_sub(rest.chars().count() + "   \\".len())) {
                let taken = indent.chars().count() + current.chars().count() + 1 + word.chars().count() + " \\".len();
                if !current.is_empty() && taken > self.width {
                    lines.push(format!("{indent}{current} \\"));
                    indent = format!("{rest}  ");
                    current = String::new();
                }
                let space = if current.is_empty() { "" } else { " " };
                current += &format!("{space}{word}");
            }
            lines.push(format!("{indent}{current}"));
        }
        lines.join("\n")
    }
}

/// The words, each option with its value where the two fit a line.
fn with_values(words: Vec<String>, room: usize) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for word in words {
        match joined.last_mut() {
            Some(option) if is_option(option) && !word.starts_with('-') && option.chars().count() + 1 + word.chars().count() <= room => {
                option.push(' ');
                option.push_str(&word);
            }
            _ => joined.push(word),
        }
    }
    joined
}

fn is_option(word: &str) -> bool {
    word.starts_with("--") && !word.contains(' ')
}

/// The words of a line of shell, quotes kept; the whole line where a quote is left open.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut is_escaped = false;
    for character in printable(line).chars() {
        match character {
            ' ' if quote.is_none() && !is_escaped => {
                words.push(String::new());
                continue;
            }
            '\'' | '"' if quote.is_none() && !is_escaped => quote = Some(character),
            // In single quotes a backslash is itself; in `$'…'` it is not, and an escaped quote there would end nothing.
            character if quote == Some(character) && !is_escaped => quote = None,
            _ => {}
        }
        is_escaped = character == '\\' && !is_escaped;
        if let Some(word) = words.last_mut() {
            word.push(character);
        }
    }
    words.retain(|word| !word.is_empty());
    if quote.is_some() { vec![printable(line)] } else { words }
}

/// The text without characters that a terminal would obey: AWS names are written by strangers.
pub fn printable(text: &str) -> String {
    let show = |character: char| if matches!(character, '\n' | '\t') { ' '.to_string() } else { shown(character) };
    text.chars().map(show).collect()
}

/// The same for a field of a file that can hold lines: line breaks and tabs stay.
pub fn visible(text: &str) -> String {
    let show = |character: char| if matches!(character, '\n' | '\t') { character.to_string() } else { shown(character) };
    text.chars().map(show).collect()
}

fn shown(character: char) -> String {
    if is_hidden(character) { format!("\\u{{{:x}}}", u32::from(character)) } else { character.to_string() }
}

/// What does something rather than stand for something: control characters (escape sequences begin with one), marks that turn the
/// direction of writing and so can make a text read as another, and what is no character or breaks a line unseen.
pub fn is_hidden(character: char) -> bool {
    let turns = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || turns || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// How many of something, in words: `1 gap`, `2 gaps`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The first items, and how many more there are.
pub fn some_of<T: AsRef<str>>(items: impl IntoIterator<Item = T>, most: usize, noun: &str) -> String {
    let items: Vec<T> = items.into_iter().collect();
    first_of(&items, items.len(), most, noun)
}

/// The same where only the first items are at hand, one more than `most`, and it is known how many there are in all.
pub fn first_of<T: AsRef<str>>(items: &[T], total: usize, most: usize, noun: &str) -> String {
    // To leave out a single one takes as much room as to show it.
    let shown = if total <= most + 1 { total } else { most };
    let mut text = items[..shown].iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    if shown < total {
        text += &format!(" and {}", count(total - shown, &format!("more {noun}")));
    }
    text
}

/// The least width that a column is left with.
const LEAST: usize = 16;

/// A table for people. Without a width every row is one line, however long; with one, prose is wrapped and ids are left whole where
/// there is room for that.
///
/// # Errors
/// When it cannot be written.
pub fn rows(out: &mut dyn Write, width: Option<usize>, head: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    match width {
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    table.set_header(head.iter().map(|title| title.to_uppercase()));
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell)));
    }
    let is_prose = |i: usize| rows.iter().any(|row| row.get(i).is_some_and(|cell| cell.contains(' ')));
    let widest = |i: usize| {
        let cells = rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.chars().count());
        cells.chain([head[i].chars().count()]).max().unwrap_or(0) + 2
    };
    let mut room = width.unwrap_or(usize::MAX);
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        let rest: usize = (i + 1..head.len()).map(|after| widest(after).min(LEAST)).sum();
        if !is_prose(i) && widest(i).saturating_add(rest) <= room {
            column.set_constraint(ColumnConstraint::ContentWidth);
            room -= widest(i);
        } else {
            room = room.saturating_sub(widest(i).min(LEAST));
        }
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// With what verdicts were compared.
pub fn since_when(compared: &Compared) -> String {
    if compared.started_at.is_empty() { "no earlier snapshot".to_owned() } else { format!("since {}", compared.started_at) }
}

/// What came of the comparison, in numbers: new, persisting and resolved always, the rest if there is any.
pub fn since_words(compared: &Compared) -> Vec<(u64, &'static str)> {
    let always = [(compared.new, "new"), (compared.persisting, "persisting"), (compared.resolved, "resolved")];
    let rest = [(compared.new_unknown, "unknown that were not"), (compared.not_compared, "of then cannot be compared")];
    always.into_iter().chain(rest.into_iter().filter(|(number, _)| *number > 0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NARROW: Style = Style { color: false, width: 40, is_bounded: true, limit: 0 };

    #[test]
    fn a_name_cannot_move_the_cursor() {
        assert_eq!(printable("a\x1b[2Jb\u{202e}c\nd"), "a\\u{1b}[2Jb\\u{202e}c d");
        assert_eq!(visible("a\0\rb\u{9b}c\n\td\u{ffff}"), "a\\u{0}\\u{d}b\\u{9b}c\n\td\\u{ffff}");
    }

    #[test]
    fn a_table_fits_its_width() {
        let mut out = Vec::new();
        let row = vec!["short".to_owned(), "a long text that has to be broken into several lines".to_owned()];
        rows(&mut out, Some(40), &["one", "two"], &[row]).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
    }

    #[test]
    fn an_id_is_whole_and_prose_is_wrapped() {
        let mut out = Vec::new();
        let row = vec!["vpc/a_rather_long_id".to_owned(), "and a text that has no room".to_owned()];
        rows(&mut out, Some(44), &["id", "text"], &[row]).unwrap();
        assert!(String::from_utf8(out).unwrap().contains("vpc/a_rather_long_id  and a"));
    }

    #[test]
    fn without_a_width_a_row_is_a_line() {
        let mut out = Vec::new();
        rows(&mut out, None, &["one", "two"], &[vec!["a".repeat(90), "b ".repeat(90)]]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap().lines().count(), 2);
    }

    #[test]
    fn an_id_is_not_cut_at_its_hyphen() {
        let text = NARROW.wrap("the route table of it is called rtb-0123456789abcdef0", "", "");
        assert_eq!(text, "the route table of it is called\nrtb-0123456789abcdef0");
    }

    #[test]
    fn a_command_goes_on_after_a_backslash_and_never_within_quotes() {
        let text = NARROW.command("aws ec2 do-it --region eu-west-1 --spec '{\"a\": 1, \"b\": 2}' --force", "  fix  ", "       ");
        let wanted = "  fix  aws ec2 do-it \\\n         --region eu-west-1 \\\n         --spec '{\"a\": 1, \"b\": 2}' \\\n         --force";
        assert_eq!(text, wanted);
        assert_eq!(NARROW.command("echo it's a long way to the end of this line", "", ""), "echo it's a long way to the end of this line");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!((count(1, "gap"), count(0, "gap")), ("1 gap".to_owned(), "0 gaps".to_owned()));
        assert_eq!(some_of(["a", "b", "c"], 2, "check"), "a, b, c");
        assert_eq!(some_of(["a", "b", "c", "d"], 2, "check"), "a, b and 2 more checks");
    }
}
