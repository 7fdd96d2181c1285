//! Data in a page that a browser keeps and does not run: JSON, deflated, in base64, in a tag of its own.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::Serialize;

/// What a part holds; `data-kind` in the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What the list shows, in columns.
    Index,
    /// What is behind a row of the list.
    Details,
    /// What could not be read.
    Gaps,
    /// Requirements of frameworks.
    Requirements,
    /// Names that the others refer to by number, and counts.
    Book,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Details => "details",
            Self::Gaps => "gaps",
            Self::Requirements => "requirements",
            Self::Book => "book",
        }
    }
}

/// The type of the tags: no browser runs it.
const TYPE: &str = "application/x-driftlead";

/// Writes one value as a part.
///
/// # Errors
/// When it cannot be written.
pub fn pack(out: &mut dyn Write, kind: Kind, value: &impl Serialize) -> io::Result<()> {
    let mut deflated = ZlibEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut deflated, value)?;
    tag(out, kind, 0, &deflated.finish()?)
}

fn tag(out: &mut dyn Write, kind: Kind, first: u32, deflated: &[u8]) -> io::Result<()> {
    let kind = kind.word();
    writeln!(out, "<script type=\"{TYPE}\" data-kind=\"{kind}\" data-first=\"{first}\">{}</script>", STANDARD.encode(deflated))
}

/// A list that grows, and goes out in parts, each a JSON list: no more than a part, deflated, is ever held.
#[derive(Debug)]
pub struct Packer {
    kind: Kind,
    deflated: ZlibEncoder<Vec<u8>>,
    /// Items before this part.
    first: u32,
    /// Items in it.
    length: u32,
    /// Bytes in it before they were deflated.
    bytes: usize,
}

impl Packer {
    /// An empty list.
    pub fn new(kind: Kind) -> Self {
        Self { kind, deflated: ZlibEncoder::new(Vec::new(), Compression::default()), first: 0, length: 0, bytes: 0 }
    }

    /// Adds an item.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn push(&mut self, item: &impl Serialize) -> io::Result<()> {
        let mut json = if self.length == 0 { vec![b'['] } else { vec![b','] };
        serde_json::to_writer(&mut json, item)?;
        self.length += 1;
        self.bytes += json.len();
        self.deflated.write_all(&json)
    }

    /// Items that wait.
    pub fn len(&self) -> u32 {
        self.length
    }

    /// Their bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Writes what waits, if anything does.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.length == 0 {
            return Ok(());
        }
        self.deflated.write_all(b"]")?;
        tag(out, self.kind, self.first, &self.deflated.reset(Vec::new())?)?;
        (self.first, self.length, self.bytes) = (self.first + self.length, 0, 0);
        Ok(())
    }
}

#[cfg(test)]
pub mod tests {
    use std::io::Read;

    use flate2::read::ZlibDecoder;
    use serde_json::{Value, json};

    use super::*;

    /// The parts of a page as (kind, first, value).
    pub fn parts(page: &str) -> Vec<(String, u32, Value)> {
        let part = |tag: &str| {
            let (start, rest) = tag.split_once("\">").expect("the end of the tag");
            let (kind, first) = start.split_once("\" data-first=\"").expect("its attributes");
            let bytes = STANDARD.decode(rest.split_once("</script>").expect("its end").0).expect("base64");
            let mut text = String::new();
            ZlibDecoder::new(&bytes[..]).read_to_string(&mut text).expect("deflated text");
            (kind.to_owned(), first.parse().expect("a number"), serde_json::from_str(&text).expect("JSON"))
        };
        page.split(&format!("<script type=\"{TYPE}\" data-kind=\"")).skip(1).map(part).collect()
    }

    #[test]
    fn a_list_goes_out_in_parts() {
        let mut page = Vec::new();
        let mut list = Packer::new(Kind::Details);
        list.write(&mut page).expect("nothing");
        for item in ["a", "</script>", "c"] {
            list.push(&item).expect("an item");
            if list.len() == 2 {
                list.write(&mut page).expect("a part");
            }
        }
        list.write(&mut page).expect("the rest");
        let page = String::from_utf8(page).expect("text");
        assert_eq!(parts(&page), [("details".into(), 0, json!(["a", "</script>"])), ("details".into(), 2, json!(["c"]))]);
        assert_eq!(page.matches("</script>").count(), 2);
    }
}
