//! A page of text for people: a title, prose, terms, blocks.

use std::io::{self, Write};

use super::Style;
use super::text::{Ink, printable};

/// A page that is being put together.
pub struct Page {
    style: Style,
    text: String,
}

impl Page {
    /// An empty page.
    pub fn new(style: Style) -> Self {
        Self { style, text: String::new() }
    }

    /// What it is about.
    pub fn title(&mut self, title: &str, kind: &str) {
        self.text += &format!("{}\n{}\n", self.style.paint(Ink::Bold, title), self.style.paint(Ink::Dim, kind));
    }

    /// A heading.
    pub fn heading(&mut self, text: &str) {
        self.text += &format!("\n{}\n", self.style.paint(Ink::Bold, text));
    }

    /// A paragraph.
    pub fn prose(&mut self, text: &str) {
        self.text += &format!("{}\n", self.style.wrap(text.trim(), "", ""));
    }

    /// Terms with their meaning, if there are any.
    pub fn terms(&mut self, heading: &str, terms: impl IntoIterator<Item = (String, String)>) {
        let mut terms = terms.into_iter().peekable();
        if terms.peek().is_some() {
            self.heading(heading);
        }
        for (term, meaning) in terms {
            self.text += &format!("  {}\n{}\n", printable(&term), self.style.wrap(meaning.trim(), "      ", "      "));
        }
    }

    /// Lines as they stand, if there are any.
    pub fn lines(&mut self, heading: &str, lines: &[String]) {
        if !lines.is_empty() {
            self.heading(heading);
        }
        for line in lines {
            self.text += &format!("  {}\n", printable(line));
        }
    }

    /// Text to be copied: never wrapped.
    pub fn block(&mut self, heading: &str, text: &str) {
        self.heading(heading);
        for line in text.trim().lines() {
            self.text += &format!("  {line}\n");
        }
    }

    /// Prints it.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn print(self) -> io::Result<()> {
        io::stdout().lock().write_all(self.text.as_bytes())
    }
}
