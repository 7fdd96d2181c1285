//! `{column}` in a check's message and fix.

use std::collections::BTreeMap;

use serde_json::Value;

/// The names between braces. `{{` and `}}` are braces themselves.
pub fn names(text: &str) -> Vec<&str> {
    pieces(text).into_iter().filter_map(|piece| if let Piece::Name(name) = piece { Some(name) } else { None }).collect()
}

/// The text with every name replaced by its value; a value that is unread says so.
pub fn fill(text: &str, values: &BTreeMap<String, Value>) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Brace(brace) => out.push(brace),
            Piece::Name(name) => match values.get(name) {
                Some(Value::String(text)) => out.push_str(text),
                Some(Value::Null) | None => out.push_str("(unread)"),
                Some(Value::Number(number)) => out.push_str(&number_text(number)),
                Some(Value::Array(items)) => {
                    let texts = items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
                    out.push_str(&texts.collect::<Vec<_>>().join(", "));
                }
                Some(other) => out.push_str(&other.to_string()),
            },
        }
    }
    out
}

fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(real) if number.is_f64() => format!("{:.1}", real),
        _ => number.to_string(),
    }
}

enum Piece<'t> {
    Text(&'t str),
    Brace(char),
    Name(&'t str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        pieces.push(Piece::Text(&rest[..at]));
        let brace = if rest[at..].starts_with('{') { '{' } else { '}' };
        let after = &rest[at + 1..];
        if after.starts_with(brace) {
            pieces.push(Piece::Brace(brace));
            rest = &after[1..];
        } else if brace == '{'
            && let Some(end) = after.find('}')
            && after[..end].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            pieces.push(Piece::Name(&after[..end]));
            rest = &after[end + 1..];
        } else {
            pieces.push(Piece::Brace(brace));
            rest = after;
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_replaced_and_braces_kept() {
        let values = BTreeMap::from([("a".to_owned(), json!("x")), ("n".to_owned(), Value::Null), ("l".to_owned(), json!(["p", "q"]))]);
        assert_eq!(fill("{a} {n} {l} {{a}} {\"k\": 1}", &values), "x (unread) p, q {a} {\"k\": 1}");
        assert_eq!(names("{a} {{b}} {\"c\"} {d"), ["a"]);
    }
}
