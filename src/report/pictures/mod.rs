//! Pictures of exhibits: SVG that stands inline in a page, coloured by the page's own classes.
//!
//! A picture has no style, no script and no link of its own, so that a page with a strict policy can show it. Every state has a shape
//! and a word besides its colour; every text of an account is escaped, shortened where it must be, and there in full on hovering.

use crate::exhibit::Exhibits;

/// Where a figure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// Ways out of a network.
    Egress,
    /// How it went over time.
    Trend,
}

/// A picture with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Unique among the figures; of `a-z`, `0-9` and `-`.
    pub id: String,
    /// Where it stands.
    pub section: Section,
    /// What it shows; plain text.
    pub title: String,
    /// How to read it, and what is left out; plain text.
    pub caption: String,
    /// The picture: one `<svg>` element, ready to be put into a page.
    pub svg: String,
}

/// The figures of a report, in the order in which they are to be shown; none of what there is not.
pub fn figures(_exhibits: &Exhibits) -> Vec<Figure> {
    Vec::new()
}
