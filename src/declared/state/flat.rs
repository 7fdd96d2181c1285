//! Attributes as Terraform 0.11 wrote them: one flat map of texts. `tags.%` is how many members a map has, `ingress.#` how many items a
//! list or set has, whose indices (in a set, hashes) follow.

use serde_json::{Map, Value};

use super::secrets::hidden;
use crate::declared::hole;

/// What 0.11 wrote for a value that was to be known after apply.
const UNKNOWN: &str = "74D93920-ED26-11E3-AC10-0800200C9A66";

/// How deep blocks are nested, at most. No schema of AWS's provider comes near.
const DEEPEST: usize = 32;

/// The attributes that a flat map says. Its leaves stay texts, since only the provider knows their types. What is no text is hidden.
pub(super) fn unflatten(flat: &Map<String, Value>) -> Value {
    let entries: Vec<(&str, &Value)> = flat.iter().map(|(name, value)| (name.as_str(), value)).collect();
    Value::Object(object(&entries, 0))
}

/// The members that names, less a common beginning, tell of.
fn object<'f>(entries: &[(&'f str, &'f Value)], depth: usize) -> Map<String, Value> {
    let mut members: Vec<(&str, Vec<(&str, &Value)>)> = Vec::new();
    let mut sorted = entries.to_vec();
    sorted.sort_by_key(|(name, _)| head(name));
    for (name, value) in sorted {
        let first = head(name);
        let rest = name[first.len()..].trim_start_matches('.');
        match members.last_mut().filter(|(last, _)| *last == first) {
            Some((_, parts)) => parts.push((rest, value)),
            None => members.push((first, vec![(rest, value)])),
        }
    }
    members.into_iter().map(|(name, parts)| (name.to_owned(), value(&parts, depth + 1))).collect()
}

fn head(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// What the parts below one name say together.
fn value(parts: &[(&str, &Value)], depth: usize) -> Value {
    let told = |name: &str| parts.iter().find(|(part, _)| *part == name).map(|(_, value)| *value);
    if let Some(leaf) = told("") {
        return self::leaf(leaf);
    }
    if depth > DEEPEST {
        return hole("nested too deep");
    }
    let count = told("#").or_else(|| told("%"));
    if count.and_then(Value::as_str) == Some(UNKNOWN) {
        return hole("known after apply");
    }
    let is_value = |part: &&(&str, &Value)| !matches!(part.0, "#" | "%");
    if told("#").is_some() {
        let items = object(&parts.iter().filter(is_value).copied().collect::<Vec<_>>(), depth);
        let mut items: Vec<(String, Value)> = items.into_iter().collect();
        // A list's indices count up; of a set's hashes no order is better than another.
        items.sort_by_key(|(index, _)| (index.len(), index.clone()));
        return items.into_iter().map(|(_, item)| item).collect();
    }
    if told("%").is_some() {
        // Names in a map may have dots.
        return parts.iter().filter(is_value).map(|(name, value)| ((*name).to_owned(), leaf(value))).collect::<Map<_, _>>().into();
    }
    Value::Object(object(parts, depth))
}

fn leaf(value: &Value) -> Value {
    match value {
        Value::String(text) if text == UNKNOWN => hole("known after apply"),
        Value::String(_) => value.clone(),
        _ => hidden(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(flat: Value) -> Value {
        unflatten(flat.as_object().expect("an object"))
    }

    #[test]
    fn lists_sets_maps_and_blocks_are_put_together() {
        let flat = json!({
            "id": "sg-1", "name": "web", "tags.%": "2", "tags.Name": "web", "tags.a.b": "c",
            "ingress.#": "2", "ingress.1403647648.cidr_blocks.#": "2", "ingress.1403647648.cidr_blocks.0": "10.0.0.0/8",
            "ingress.1403647648.cidr_blocks.1": "10.1.0.0/16", "ingress.1403647648.from_port": "22", "ingress.1403647648.self": "false",
            "ingress.98.cidr_blocks.#": "0", "ingress.98.from_port": "443", "egress.#": "0", "empty.%": "0",
        });
        let expected = json!({
            "id": "sg-1", "name": "web", "tags": {"Name": "web", "a.b": "c"},
            "ingress": [
                {"cidr_blocks": [], "from_port": "443"},
                {"cidr_blocks": ["10.0.0.0/8", "10.1.0.0/16"], "from_port": "22", "self": "false"},
            ],
            "egress": [], "empty": {},
        });
        assert_eq!(of(flat), expected);
    }

    #[test]
    fn a_list_keeps_its_order() {
        let flat: Map<String, Value> =
            (0..12).map(|i| (format!("a.{i}"), json!(i.to_string()))).chain([("a.#".to_owned(), json!("12"))]).collect();
        let expected: Vec<String> = (0..12).map(|i: i32| i.to_string()).collect();
        assert_eq!(unflatten(&flat), json!({"a": expected}));
    }

    #[test]
    fn what_is_odd_is_a_hole_and_no_panic() {
        assert_eq!(
            of(json!({"a.#": UNKNOWN, "b": UNKNOWN, "c": 7})),
            json!({"a": hole("known after apply"), "b": hole("known after apply"), "c": hidden()})
        );
        assert_eq!(of(json!({"a.b.c": "1", "a.b.d": "2"})), json!({"a": {"b": {"c": "1", "d": "2"}}}));
        assert_eq!(of(json!({".": "1", "": "2", "a..b": "3", "#": "1"}))["#"], json!("1"));
        let deep = format!("a{}", ".a".repeat(100_000));
        assert!(of(json!({deep: "1"})).to_string().contains("nested too deep"));
    }
}
