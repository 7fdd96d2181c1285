//! Reads CBOR as JSON, for the parameters of calls. <https://www.rfc-editor.org/rfc/rfc8949.html>

use serde_json::{Map, Number, Value};

/// How deep a value may go.
const DEEPEST: usize = 64;

/// The value that bytes begin with; `None` if they are no CBOR that AWS's SDKs send.
pub fn read(bytes: &[u8]) -> Option<Value> {
    Reader { bytes, at: 0 }.value(DEEPEST)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        self.at += 1;
        self.bytes.get(self.at - 1).copied()
    }

    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    /// The number of a head; `None` within `Some` for an indefinite length.
    fn argument(&mut self, low: u8) -> Option<Option<u64>> {
        let width = match low {
            0..=23 => return Some(Some(u64::from(low))),
            24..=27 => 1 << (low - 24),
            31 => return Some(None),
            _ => return None,
        };
        Some(Some(self.take(width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))))
    }

    fn is_break(&mut self) -> bool {
        let is_break = self.bytes.get(self.at) == Some(&0xff);
        self.at += usize::from(is_break);
        is_break
    }

    fn text(&mut self, length: Option<u64>) -> Option<String> {
        match length {
            Some(length) => Some(String::from_utf8_lossy(self.take(usize::try_from(length).ok()?)?).into_owned()),
            None => {
                let mut text = String::new();
                while !self.is_break() {
                    let head = self.byte()?;
                    let length = self.argument(head & 0x1f)??;
                    text.push_str(&String::from_utf8_lossy(self.take(usize::try_from(length).ok()?)?));
                }
                Some(text)
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let head = self.byte()?;
        if head >> 5 == 7 {
            return self.simple(head);
        }
        let length = self.argument(head & 0x1f)?;
        Some(match head >> 5 {
            0 => length?.into(),
            1 => (-1 - i64::try_from(length?).ok()?).into(),
            2 | 3 => self.text(length)?.into(),
            4 => {
                let mut items = Vec::new();
                while length.map_or_else(|| !self.is_break(), |length| (items.len() as u64) < length) {
                    items.push(self.value(depth)?);
                }
                items.into()
            }
            5 => {
                let (mut members, mut read) = (Map::new(), 0);
                while length.map_or_else(|| !self.is_break(), |length| read < length) {
                    let name = self.value(depth)?.as_str()?.to_owned();
                    members.insert(name, self.value(depth)?);
                    read += 1;
                }
                members.into()
            }
            // A tag says what the value means; the value is what counts.
            _ => self.value(depth)?,
        })
    }

    fn simple(&mut self, head: u8) -> Option<Value> {
        Some(match head & 0x1f {
            20 => false.into(),
            21 => true.into(),
            22 | 23 => Value::Null,
            26 => Number::from_f64(f64::from(f32::from_be_bytes(self.take(4)?.try_into().ok()?)))?.into(),
            27 => Number::from_f64(f64::from_be_bytes(self.take(8)?.try_into().ok()?))?.into(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Body, Format};

    #[test]
    fn what_is_written_is_read() {
        let mut body = Body::new(Format::Cbor);
        body.open();
        body.text("a", "text that is longer than twenty-three bytes");
        body.list("b", "item", [1, -70_000], |body, number| body.num("n", number));
        body.time("c", 1_795_428_480);
        body.float("d", 0.5);
        body.flag("e", true);
        body.close();
        let value = read(&body.into_bytes()).expect("a value");
        let expected = serde_json::json!({
            "a": "text that is longer than twenty-three bytes", "b": [{"n": 1}, {"n": -70_000}], "c": 1_795_428_480, "d": 0.5, "e": true,
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn nonsense_is_none() {
        assert_eq!(read(b""), None);
        assert_eq!(read(&[0x9f; 100]), None, "too deep");
        assert_eq!(read(&[0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None, "longer than there is");
    }
}
