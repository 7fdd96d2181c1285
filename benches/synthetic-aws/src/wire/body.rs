//! Bodies of answers, written once for XML, JSON and CBOR.
//!
//! A body is one buffer that is written from front to back. Commas need no memory: JSON has one wherever a member does not follow
//! an opening bracket; CBOR's maps and arrays are of indefinite length (<https://www.rfc-editor.org/rfc/rfc8949.html#section-3.2.1>).

use std::fmt::{self, Write};

use crate::clock::Iso;

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Elements.
    Xml,
    /// JSON.
    Json,
    /// CBOR.
    Cbor,
}

/// A body that is being written.
#[derive(Debug)]
pub struct Body {
    out: Vec<u8>,
    format: Format,
    scratch: String,
    /// The status, 200 unless a service says otherwise.
    pub status: u16,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

impl Body {
    /// An empty body.
    pub fn new(format: Format) -> Self {
        Self { out: Vec::with_capacity(1024), format, scratch: String::new(), status: 200, headers: Vec::new() }
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Forgets what was written: S3 answers with a policy's text alone.
    pub fn clear(&mut self) {
        self.out.clear();
    }

    /// Text as it is.
    pub fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Members as they are, in the format of the body: the comma before them is put.
    pub fn members(&mut self, text: &str) {
        if self.format == Format::Json && !text.is_empty() {
            self.comma();
        }
        self.raw(text);
    }

    /// The outermost bracket opens.
    pub fn open(&mut self) {
        match self.format {
            Format::Xml => {}
            Format::Json => self.out.push(b'{'),
            Format::Cbor => self.out.push(0xbf),
        }
    }

    /// The outermost bracket closes.
    pub fn close(&mut self) {
        match self.format {
            Format::Xml => {}
            Format::Json => self.out.push(b'}'),
            Format::Cbor => self.out.push(0xff),
        }
    }

    fn comma(&mut self) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(b',');
        }
    }

    fn name(&mut self, name: &str) {
        match self.format {
            Format::Xml => {
                self.out.push(b'<');
                self.raw(name);
                self.out.push(b'>');
            }
            Format::Json => {
                self.comma();
                self.out.push(b'"');
                self.raw(name);
                self.raw("\":");
            }
            Format::Cbor => self.cbor_text(name),
        }
    }

    fn end(&mut self, name: &str) {
        if self.format == Format::Xml {
            self.raw("</");
            self.raw(name);
            self.out.push(b'>');
        }
    }

    fn cbor_head(&mut self, major: u8, value: u64) {
        let major = major << 5;
        match value {
            0..=23 => self.out.push(major | value as u8),
            24..=0xff => self.out.extend_from_slice(&[major | 24, value as u8]),
            0x100..=0xffff => {
                self.out.push(major | 25);
                self.out.extend_from_slice(&(value as u16).to_be_bytes());
            }
            0x1_0000..=0xffff_ffff => {
                self.out.push(major | 26);
                self.out.extend_from_slice(&(value as u32).to_be_bytes());
            }
            _ => {
                self.out.push(major | 27);
                self.out.extend_from_slice(&value.to_be_bytes());
            }
        }
    }

    fn cbor_text(&mut self, text: &str) {
        self.cbor_head(3, text.len() as u64);
        self.raw(text);
    }

    fn value(&mut self, text: &str) {
        match self.format {
            Format::Xml => {
                for byte in text.bytes() {
                    match byte {
                        b'&' => self.raw("&amp;"),
                        b'<' => self.raw("&lt;"),
                        b'>' => self.raw("&gt;"),
                        _ => self.out.push(byte),
                    }
                }
            }
            Format::Json => {
                self.out.push(b'"');
                for byte in text.bytes() {
                    match byte {
                        b'"' => self.raw("\\\""),
                        b'\\' => self.raw("\\\\"),
                        b'\n' => self.raw("\\n"),
                        0..=0x1f => self.out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
                        _ => self.out.push(byte),
                    }
                }
                self.out.push(b'"');
            }
            Format::Cbor => self.cbor_text(text),
        }
    }

    /// A text.
    pub fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.value(value);
        self.end(name);
    }

    /// A text that is put together: `format_args!(…)`.
    pub fn fmt(&mut self, name: &str, value: fmt::Arguments<'_>) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        // Writing to a string does not fail.
        let _ = scratch.write_fmt(value);
        self.text(name, &scratch);
        self.scratch = scratch;
    }

    /// A whole number.
    pub fn num(&mut self, name: &str, value: i64) {
        self.name(name);
        match self.format {
            Format::Cbor if value < 0 => self.cbor_head(1, value.unsigned_abs() - 1),
            Format::Cbor => self.cbor_head(0, value.unsigned_abs()),
            _ => self.digits(value),
        }
        self.end(name);
    }

    fn digits(&mut self, value: i64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut rest = value.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            self.out.push(b'-');
        }
        self.out.extend_from_slice(&digits[at..]);
    }

    /// A number with a fraction.
    pub fn float(&mut self, name: &str, value: f64) {
        self.name(name);
        self.float_value(value);
        self.end(name);
    }

    fn float_value(&mut self, value: f64) {
        if self.format == Format::Cbor {
            self.out.push(0xfb);
            self.out.extend_from_slice(&value.to_be_bytes());
        } else {
            // `{:?}` keeps the fraction of a whole number, which some parsers insist on.
            self.out.extend_from_slice(format!("{value:?}").as_bytes());
        }
    }

    /// Yes or no.
    pub fn flag(&mut self, name: &str, value: bool) {
        self.name(name);
        match self.format {
            Format::Cbor => self.out.push(0xf4 + u8::from(value)),
            _ => self.raw(if value { "true" } else { "false" }),
        }
        self.end(name);
    }

    /// A moment, in seconds since 1970: a date in XML, a number in JSON, a tagged number in CBOR.
    pub fn time(&mut self, name: &str, seconds: i64) {
        match self.format {
            Format::Xml => self.fmt(name, format_args!("{}", Iso(seconds))),
            Format::Json => self.num(name, seconds),
            Format::Cbor => {
                self.name(name);
                self.cbor_time(seconds);
            }
        }
    }

    fn cbor_time(&mut self, seconds: i64) {
        // Tag 1: seconds since 1970 (RFC 8949 section 3.4.2).
        self.out.push(0xc1);
        self.cbor_head(if seconds < 0 { 1 } else { 0 }, if seconds < 0 { seconds.unsigned_abs() - 1 } else { seconds.unsigned_abs() });
    }

    /// A structure or a map.
    pub fn member(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.name(name);
        self.open();
        write(self);
        self.close();
        self.end(name);
    }

    /// A list of structures; `item` is what XML calls each.
    pub fn list<T>(&mut self, name: &str, item: &str, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.begin_list(name);
        for one in items {
            if self.format == Format::Json {
                self.comma();
            }
            if self.format == Format::Xml {
                self.name(item);
            }
            self.open();
            write(self, one);
            self.close();
            self.end(item);
        }
        self.end_list(name);
    }

    /// A list of texts; `item` is what XML calls each.
    pub fn texts<T: AsRef<str>>(&mut self, name: &str, item: &str, items: impl IntoIterator<Item = T>) {
        self.begin_list(name);
        for one in items {
            match self.format {
                Format::Xml => self.text(item, one.as_ref()),
                Format::Json => {
                    self.comma();
                    self.value(one.as_ref());
                }
                Format::Cbor => self.value(one.as_ref()),
            }
        }
        self.end_list(name);
    }

    /// A list of numbers with fractions.
    pub fn floats(&mut self, name: &str, item: &str, items: impl IntoIterator<Item = f64>) {
        self.begin_list(name);
        for one in items {
            match self.format {
                Format::Xml => self.float(item, one),
                Format::Json => {
                    self.comma();
                    self.float_value(one);
                }
                Format::Cbor => self.float_value(one),
            }
        }
        self.end_list(name);
    }

    /// A list of moments.
    pub fn times(&mut self, name: &str, item: &str, items: impl IntoIterator<Item = i64>) {
        self.begin_list(name);
        for one in items {
            match self.format {
                Format::Xml => self.time(item, one),
                Format::Json => {
                    self.comma();
                    self.digits(one);
                }
                Format::Cbor => self.cbor_time(one),
            }
        }
        self.end_list(name);
    }

    fn begin_list(&mut self, name: &str) {
        self.name(name);
        match self.format {
            Format::Xml => {}
            Format::Json => self.out.push(b'['),
            Format::Cbor => self.out.push(0x9f),
        }
    }

    fn end_list(&mut self, name: &str) {
        match self.format {
            Format::Xml => {}
            Format::Json => self.out.push(b']'),
            Format::Cbor => self.out.push(0xff),
        }
        self.end(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(format: Format) -> Vec<u8> {
        let mut body = Body::new(format);
        body.open();
        body.text("a", "x<\"");
        body.list("b", "item", [1, 2], |body, number| body.num("n", number));
        body.texts("c", "member", ["p", "q"]);
        body.member("d", |body| body.flag("e", true));
        body.time("f", 0);
        body.texts("g", "member", [] as [&str; 0]);
        body.close();
        body.into_bytes()
    }

    #[test]
    fn one_text_in_three_formats() {
        let xml = "<a>x&lt;\"</a><b><item><n>1</n></item><item><n>2</n></item></b><c><member>p</member><member>q</member></c>\
                   <d><e>true</e></d><f>1970-01-01T00:00:00Z</f><g></g>";
        assert_eq!(String::from_utf8(write(Format::Xml)).expect("text"), xml);
        let json = r#"{"a":"x<\"","b":[{"n":1},{"n":2}],"c":["p","q"],"d":{"e":true},"f":0,"g":[]}"#;
        assert_eq!(String::from_utf8(write(Format::Json)).expect("text"), json);
        let cbor = write(Format::Cbor);
        assert_eq!(cbor[..6], [0xbf, 0x61, b'a', 0x63, b'x', b'<']);
        assert_eq!(cbor[cbor.len() - 3..], [0x9f, 0xff, 0xff]);
    }

    #[test]
    fn numbers_are_whole() {
        let mut body = Body::new(Format::Json);
        body.open();
        body.num("a", -1_795_428_480_000);
        body.float("b", 0.5);
        body.num("c", 0);
        body.close();
        assert_eq!(body.into_bytes(), br#"{"a":-1795428480000,"b":0.5,"c":0}"#);
    }
}
