//! What a text of ASFF may be. The API model of Security Hub has the lengths in its prose only; they are counted in characters.

use super::super::place::cut;

/// Where a text stands, which says how long it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// An id, or the ARN of a resource.
    Id,
    /// The title.
    Title,
    /// A description.
    Description,
    /// The text of a note.
    Note,
    /// What to do.
    Remediation,
    /// A value of `ProductFields`.
    Field,
    /// The same in a finding that would be too large otherwise.
    ShortField,
    /// A name of `ProductFields`.
    FieldName,
}

impl Text {
    fn most(self) -> usize {
        match self {
            Self::Id | Self::Note | Self::Remediation => 512,
            Self::Title => 256,
            Self::Description => 1024,
            Self::Field => 2048,
            Self::ShortField => 256,
            Self::FieldName => 128,
        }
    }
}

/// A text as Security Hub takes it: not too long, not blank (the model's pattern is `.*\S.*`), and on one line, for that pattern's dot is
/// no line break. Control characters become their pictures (`␊`, `␛`), so that they can be seen, and do nothing.
pub fn text(place: Text, text: &str) -> String {
    let seen: String = text.chars().map(picture).collect();
    if seen.trim().is_empty() { "-".to_owned() } else { cut(&seen, place.most()) }
}

fn picture(character: char) -> char {
    match character {
        '\u{7f}' => '␡',
        // The next line, and the separators of lines and paragraphs, end a line too.
        '\u{85}' | '\u{2028}' | '\u{2029}' => '␤',
        control if control < ' ' => char::from_u32(0x2400 + u32::from(control)).unwrap_or('␦'),
        other => other,
    }
}

/// A reason as a code, which Security Hub writes in capitals.
pub fn code(reason: &str) -> String {
    text(Text::FieldName, &reason.to_uppercase())
}

/// A partition in the words of the API's enumeration; `None` for one that it does not know.
pub fn partition(partition: &str) -> Option<&str> {
    match partition {
        "aws" | "aws-cn" | "aws-us-gov" => Some(partition),
        "aws-iso" => Some("aws-us-iso"),
        "aws-iso-b" => Some("aws-us-iso-b"),
        _ => None,
    }
}
