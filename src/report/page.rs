//! A page of text for people: a title, prose, terms, blocks.

use std::io::{self, Write};

use super::text::{Ink, printable};
use super::{Style, lines};
use crate::finding::{Finding, Head};

/// The longest term that has its meaning beside it.
const LONGEST_BESIDE: usize = 32;

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

    /// Terms with their meaning, if there are any: side by side where the terms are short, else below each other.
    pub fn terms(&mut self, heading: &str, terms: impl IntoIterator<Item = (String, String)>) {
        let terms: Vec<(String, String)> = terms.into_iter().map(|(term, meaning)| (printable(&term), meaning)).collect();
        if !terms.is_empty() {
            self.heading(heading);
        }
        let longest = terms.iter().map(|(term, _)| term.chars().count()).fold(0, usize::max);
        for (term, meaning) in terms {
            if longest <= LONGEST_BESIDE {
                let (first, rest) = (format!("  {term:longest$}  "), " ".repeat(longest + 4));
                self.text += &format!("{}\n", self.style.wrap(meaning.trim(), &first, &rest));
            } else {
                self.text += &format!("  {term}\n{}\n", self.style.wrap(meaning.trim(), "      ", "      "));
            }
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

    /// What a check says of resources: the first with its evidence, its receipts and its fix, or all where there is no limit.
    pub fn findings(&mut self, head: &Head, findings: &[Finding]) {
        let shown = if self.style.limit == 0 { findings.len() } else { self.style.limit.min(findings.len()) };
        for (i, finding) in findings[..shown].iter().enumerate() {
            self.text += &format!("{}\n", lines::sentence(self.style, head, finding));
            if i == 0 || self.style.limit == 0 {
                lines::proof(self.style, finding).iter().for_each(|line| self.text += &format!("{line}\n"));
            }
        }
        if shown < findings.len() {
            self.text += &format!("  … and {} more\n", findings.len() - shown);
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
