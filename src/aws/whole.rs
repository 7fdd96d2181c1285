//! Whether an answer is whole.
//!
//! The SDK's XML reader takes the end of the text for the end of the document: of a list that broke off it makes a shorter list. Its
//! JSON readers take an empty body for an empty object, and so for an empty list. Either way what is gone would look as if it had
//! never been there. What breaks off anywhere else the JSON and CBOR readers refuse by themselves.

/// An answer broke off in the middle.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the answer is not whole: it ends after {length} bytes")]
pub struct BrokenOff {
    length: usize,
}

/// Makes sure that there is a body and that, if it is XML, it ends with the end of its outermost element.
///
/// # Errors
/// [`BrokenOff`] when it does not. A body that does not begin with an element is left to its reader.
pub fn whole(body: &[u8]) -> Result<(), BrokenOff> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(BrokenOff { length: body.len() });
    }
    if !text.starts_with('<') {
        return Ok(());
    }
    let is_whole = outermost(text).is_some_and(|element| {
        let name_end = element.find(|c: char| c.is_whitespace() || c == '/' || c == '>').unwrap_or(element.len());
        let is_empty = element.find('>').is_some_and(|end| element[..end].ends_with('/') && element[end + 1..].is_empty());
        let close = text.rfind("</").map_or("", |at| &text[at + 2..]);
        is_empty || close.strip_suffix('>').is_some_and(|name| name.trim_end() == &element[..name_end])
    });
    if is_whole { Ok(()) } else { Err(BrokenOff { length: body.len() }) }
}

/// The text from the name of the outermost element on.
fn outermost(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = rest.trim_start().strip_prefix('<')?;
        rest = if let Some(comment) = rest.strip_prefix("!--") {
            comment.split_once("-->")?.1
        } else if rest.starts_with(['?', '!']) {
            rest.split_once('>')?.1
        } else {
            return Some(rest);
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_answer_is_taken() {
        for text in [
            "<a/>",
            "<a b=\"c\" />",
            "<a>1</a>",
            "<?xml version=\"1.0\"?>\n<!-- x -->\n<a x='1'><b/></a>\n",
            "<a><b>1</b></a >",
            "{}",
            "\u{feff}<a></a>",
        ] {
            assert!(whole(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn every_shorter_one_is_refused() {
        let text = "<?xml version=\"1.0\"?><list xmlns=\"x\"><item><id>1</id></item><item><id>2</id></item></list>";
        assert!(whole(text.as_bytes()).is_ok());
        for end in 0..text.len() {
            assert!(whole(&text.as_bytes()[..end]).is_err(), "{}", &text[..end]);
        }
    }
}
