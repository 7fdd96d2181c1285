//! A digest of what a verdict stands on: the same in every run while nothing that matters changes.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// A digest over words (check, place, resource, reason) and evidence. A list counts whatever the order of its items, since AWS gives
/// lists in any.
pub(super) fn digest<'e>(words: &[&str], evidence: impl Iterator<Item = (&'e String, &'e Value)>) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(u64::try_from(text.len()).map_or([0xff; 8], u64::to_be_bytes));
        hash.update(text);
    };
    words.iter().for_each(|word| add(word));
    for (name, value) in evidence {
        add(name);
        add(&plain(value));
    }
    hex(&hash.finalize()[..10])
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A value as a text that is the same for lists in any order.
fn plain(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let mut items: Vec<String> = items.iter().map(plain).collect();
            items.sort_unstable();
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let mut members: Vec<String> =
                members.iter().map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), plain(value))).collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn of(words: &[&str], evidence: Value) -> String {
        let evidence: BTreeMap<String, Value> = serde_json::from_value(evidence).unwrap();
        digest(words, evidence.iter())
    }

    #[test]
    fn what_matters_counts_and_the_order_of_lists_does_not() {
        let one = of(&["c", "r"], json!({"a": [1, {"x": 1, "y": [2, 3]}], "b": null}));
        assert_eq!(one, of(&["c", "r"], json!({"b": null, "a": [{"y": [3, 2], "x": 1}, 1]})));
        assert_eq!(one.len(), 20);
        for other in [
            of(&["cr", ""], json!({"a": [1, {"x": 1, "y": [2, 3]}], "b": null})),
            of(&["c", "r"], json!({"a": [1, {"x": 1, "y": [2, 3]}], "b": ""})),
            of(&["c", "r"], json!({"a": [1, {"x": 1, "y": [2, 3]}]})),
            of(&["c", "r"], json!({"a": [1, {"x": 1, "y": ["2", 3]}], "b": null})),
        ] {
            assert_ne!(one, other);
        }
    }
}
