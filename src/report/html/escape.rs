//! The only way of a text into HTML, and into the pictures within.

use super::super::text::printable;

/// A text as HTML shows it, in an element or in a quoted attribute. What a reader would not see, or what would turn the writing
/// round, is shown as its number.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in printable(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML has no such characters, and pictures are XML.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_an_element_or_an_attribute() {
        assert_eq!(escape("</p><script>a&b</script>"), "&lt;/p&gt;&lt;script&gt;a&amp;b&lt;/script&gt;");
        assert_eq!(escape("\" onclick='x'"), "&quot; onclick=&#39;x&#39;");
        assert_eq!(escape("<!-- -->"), "&lt;!-- --&gt;");
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        assert_eq!(escape("a\0b\u{1b}[31mc\u{202e}d\ne"), "a\\u{0}b\\u{1b}[31mc\\u{202e}d e");
        assert_eq!(escape("ünï — 漢字"), "ünï — 漢字");
    }
}
