//! WHAT WAS DECLARED: templates and states that others wrote, parsed and resolved as far as can be. Nothing here asks AWS.
//!
//! What cannot be resolved leaves a hole in the value, which says why; whoever compares takes it for anything, and counts it.

pub mod path;
pub mod state;
pub mod template;

use serde_json::{Value, json};

/// The member that marks a hole.
const HOLE: &str = "driftlead:hole";

/// A value, or a part of one, that cannot be told; `why` in a few words, for people (`Ref of Vpc, which is not deployed`).
pub fn hole(why: &str) -> Value {
    json!({ HOLE: why })
}

/// Why this very value cannot be told; `None` for a value. Parts of it may still be holes.
pub fn is_hole(value: &Value) -> Option<&str> {
    value.as_object().filter(|members| members.len() == 1)?.get(HOLE)?.as_str()
}

/// Every hole in a value, the value itself included: why.
pub fn holes(value: &Value) -> Vec<&str> {
    if let Some(why) = is_hole(value) {
        return vec![why];
    }
    match value {
        Value::Array(items) => items.iter().flat_map(holes).collect(),
        Value::Object(members) => members.values().flat_map(holes).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_found_wherever_they_are() {
        let value = json!({"a": [1, hole("no export")], "b": {"c": hole("gone")}});
        assert_eq!(holes(&value), ["no export", "gone"]);
        assert_eq!(is_hole(&value), None);
        assert_eq!(is_hole(&value["b"]["c"]), Some("gone"));
    }
}
