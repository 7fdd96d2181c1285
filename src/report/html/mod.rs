//! One HTML file that needs nothing else: no network, no program but a browser.
//!
//! Verdicts come one by one and leave at once, a few thousand at a time, deflated and in base64, in tags that a browser keeps and does
//! not run: an index with what the list shows and the filters ask, and apart from it the details, which are unpacked when somebody
//! looks. What is only known at the end (counts, names) is written at the end, and so is the page around it. Nothing of a verdict gets
//! into the page in any other way; what is written as HTML goes through [`escape`].

use std::io::{self, Write};

use super::Report;
use crate::exhibit::Exhibits;
use crate::finding::{Finding, Head, Requirement, Resolved, Summary};

mod assets;
mod book;
pub(super) mod escape;
mod pack;
mod rows;
mod shell;
#[cfg(test)]
mod tests;

use book::Book;
use pack::{Kind, Packer, pack};
use rows::{Details, Index, Row};

/// Verdicts in one part of the index.
const INDEX_ROWS: u32 = 4_000;

/// Verdicts in one part of the details: as many as a click unpacks.
const DETAIL_ROWS: u32 = 500;

/// Bytes of one part, after which it ends, however few its verdicts.
const MOST_BYTES: usize = 1 << 20;

/// The report.
pub struct Html<'w> {
    out: Box<dyn Write + 'w>,
    head: Head,
    exhibits: Exhibits,
    book: Book,
    index: Index,
    details: Packer,
    requirements: Packer,
}

impl<'w> Html<'w> {
    /// Writes to `out`.
    pub fn new(out: Box<dyn Write + 'w>) -> Self {
        Self {
            out,
            head: Head::default(),
            exhibits: Exhibits::default(),
            book: Book::default(),
            index: Index::default(),
            details: Packer::new(Kind::Details),
            requirements: Packer::new(Kind::Requirements),
        }
    }

    fn row(&mut self, finding: &Finding, row: Row) -> io::Result<()> {
        let details = Details::of(finding, row);
        self.index.push(&mut self.book, finding, row);
        self.details.push(&details)?;
        if self.index.len() >= INDEX_ROWS || self.index.bytes() >= MOST_BYTES {
            self.index.write(&mut self.out)?;
        }
        if self.details.len() >= DETAIL_ROWS || self.details.bytes() >= MOST_BYTES {
            self.details.write(&mut self.out)?;
        }
        Ok(())
    }
}

impl Report for Html<'_> {
    fn begin(&mut self, head: &Head) -> io::Result<()> {
        self.head = head.clone();
        self.book = Book::of(head);
        shell::open(&mut self.out, head)
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        self.book.count(finding);
        self.row(finding, Row::Now)
    }

    fn passed(&mut self, pass: &Finding) -> io::Result<()> {
        self.book.count(pass);
        Ok(())
    }

    fn resolved(&mut self, resolved: &Resolved) -> io::Result<()> {
        self.row(&resolved.was, Row::Resolved(resolved.now))
    }

    fn requirement(&mut self, requirement: &Requirement) -> io::Result<()> {
        self.requirements.push(requirement)?;
        if self.requirements.bytes() >= MOST_BYTES {
            self.requirements.write(&mut self.out)?;
        }
        Ok(())
    }

    fn wants_exhibits(&self) -> bool {
        true
    }

    fn exhibits(&mut self, exhibits: &Exhibits) -> io::Result<()> {
        self.exhibits = exhibits.clone();
        Ok(())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.index.write(&mut self.out)?;
        self.details.write(&mut self.out)?;
        self.requirements.write(&mut self.out)?;
        pack(&mut self.out, Kind::Gaps, &self.head.coverage.gaps)?;
        pack(&mut self.out, Kind::Book, &self.book.page(&self.head, summary))?;
        shell::close(&mut self.out, &self.head, summary, &self.exhibits)?;
        self.out.flush()
    }
}
