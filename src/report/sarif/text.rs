//! Texts of SARIF: what they do with braces and links, and addresses.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::finding::Finding;

/// What stands for itself in a path.
const KEPT: AsciiSet =
    NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':').remove(b'/').remove(b'@').remove(b'=');

/// A text as a message that a reader sees as it was: braces are doubled, for alone they hold a place (§3.11.5), and what looks like a
/// link, `[…](…)`, is none behind a backslash (§3.11.6). An empty one would be no message at all.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (i, part) in text.split("](").enumerate() {
        if i > 0 {
            // As many backslashes again, and one: an even number before a bracket would be backslashes, and leave it a bracket.
            let before = out.len() - out.trim_end_matches('\\').len();
            out.extend(std::iter::repeat_n('\\', before + 1));
            out.push_str("](");
        }
        for character in part.chars() {
            out.extend(std::iter::repeat_n(character, if matches!(character, '{' | '}') { 2 } else { 1 }));
        }
    }
    if out.is_empty() { "-".to_owned() } else { out }
}

/// The address of a resource as a relative path, whatever its ARN holds: GitHub shows a result only where it has one.
pub fn address(finding: &Finding) -> String {
    let part = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC_BUT_DASH).to_string();
    let place = format!("aws/{}/{}", part(&finding.account), part(&finding.region));
    if finding.resource.is_empty() {
        return place;
    }
    let path = utf8_percent_encode(&finding.resource, &KEPT).to_string();
    // `..` and empty parts would lead elsewhere.
    let is_straight = !finding.resource.split('/').any(|part| matches!(part, "" | "." | ".."));
    format!("{place}/{}", if is_straight { path } else { path.replace('/', "%2F") })
}

const NON_ALPHANUMERIC_BUT_DASH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-');

/// Whether a text can stand where a URI must.
pub fn is_uri(text: &str) -> bool {
    let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=".contains(&byte);
    (text.starts_with("https://") || text.starts_with("http://")) && text.len() > "https://".len() && text.bytes().all(is_kept)
}
