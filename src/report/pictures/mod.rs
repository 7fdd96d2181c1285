//! Pictures of exhibits: SVG that stands inline in a page, coloured by the page's own classes.
//!
//! A picture has no style, no script and no link of its own, so that a page with a strict policy can show it. Every state has a shape
//! and a word besides its colour; every text of an account is escaped, shortened where it must be, and there in full on hovering.

mod egress;
mod layout;
#[cfg(test)]
mod pictures_test;
mod svg;
mod trend;
mod words;

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
pub fn figures(exhibits: &Exhibits) -> Vec<Figure> {
    let map = |(i, map): (usize, &crate::exhibit::EgressMap)| {
        let id = format!("egress-{}", i + 1);
        let svg = egress::draw(map, &id);
        Figure { id, section: Section::Egress, title: words::title(map), caption: words::caption(map), svg }
    };
    let maps = exhibits.egress.iter().enumerate().map(map);
    maps.chain(trend::figure(&exhibits.trend)).collect()
}

/// What a page says beside the maps: networks that were not read, and VPCs that are not drawn. Plain text, a sentence each.
pub fn remarks(exhibits: &Exhibits) -> Vec<String> {
    let mut remarks: Vec<String> = exhibits.egress_unread.iter().map(|sentence| format!("Unknown: {sentence}.")).collect();
    match exhibits.egress_left_out {
        0 => {}
        1 => remarks.push("1 more VPC is not drawn: those with something broken or unknown come first, then the larger ones.".to_owned()),
        number => {
            remarks.push(format!(
                "{number} more VPCs are not drawn: those with something broken or unknown come first, then the larger ones."
            ));
        }
    }
    remarks
}
