//! A JSON list that is written as it comes: an item a line.

use std::io::{self, Write};

use serde::Serialize;

use super::json::write_json;

/// A list that is being written.
pub struct List<'w> {
    out: Box<dyn Write + 'w>,
    is_first: bool,
}

impl<'w> List<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>) -> Self {
        Self { out, is_first: true }
    }

    /// Opens it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(&mut self) -> io::Result<()> {
        self.is_first = true;
        self.raw("[")
    }

    /// Writes an item.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn item(&mut self, item: &impl Serialize) -> io::Result<()> {
        self.raw(if self.is_first { "\n" } else { ",\n" })?;
        self.is_first = false;
        write_json(&mut self.out, item)
    }

    /// Closes it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn close(&mut self) -> io::Result<()> {
        self.raw(if self.is_first { "]" } else { "\n]" })
    }

    /// Writes what is around lists.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn raw(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// Writes a value outside of any list.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn value(&mut self, value: &impl Serialize) -> io::Result<()> {
        write_json(&mut self.out, value)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(&mut self) -> io::Result<()> {
        self.raw("\n")?;
        self.out.flush()
    }
}
