//! What is different between two values, as short as can be: of tags the changed one, of a list what came and went.

use serde_json::{Map, Value};

/// The differences, a text each: `a → b`, `+ what came`, `- what went`.
pub fn differences(wanted: &Value, found: &Value) -> Vec<String> {
    match (&opened(wanted), &opened(found)) {
        (Value::Object(a), Value::Object(b)) if is_statement_list(a, b) => differences(&a["Statement"], &b["Statement"]),
        (Value::Object(a), Value::Object(b)) => of_maps(a, b),
        (Value::Array(a), Value::Array(b)) => {
            let gone = a.iter().filter(|item| !b.contains(item)).map(|item| format!("- {}", shown(item)));
            let new = b.iter().filter(|item| !a.contains(item)).map(|item| format!("+ {}", shown(item)));
            gone.chain(new).collect()
        }
        (Value::Null, b) => vec![shown(b)],
        (a, Value::Null) => vec![shown(a)],
        (a, b) => vec![format!("{} → {}", shown(a), shown(b))],
    }
}

fn is_statement_list(a: &Map<String, Value>, b: &Map<String, Value>) -> bool {
    let of = |map: &Map<String, Value>| map.get("Statement").is_some_and(Value::is_array);
    of(a) && of(b) && a.get("Version") == b.get("Version")
}

fn of_maps(a: &Map<String, Value>, b: &Map<String, Value>) -> Vec<String> {
    let mut told = Vec::new();
    for (name, value) in a {
        match b.get(name) {
            None => told.push(format!("- {name}: {}", shown(value))),
            Some(other) if other != value => told.push(format!("{name}: {} → {}", shown(value), shown(other))),
            Some(_) => {}
        }
    }
    told.extend(b.iter().filter(|(name, _)| !a.contains_key(*name)).map(|(name, value)| format!("+ {name}: {}", shown(value))));
    told
}

/// JSON that is stored as text.
fn opened(value: &Value) -> Value {
    match value.as_str().filter(|text| text.starts_with(['{', '['])) {
        Some(text) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        None => value.clone(),
    }
}

/// A value in words: what could not be resolved shows why.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "''".to_owned(),
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        Value::Object(members) => match members.get("driftlead:hole").and_then(Value::as_str) {
            Some(why) => format!("<{why}>"),
            None => value.to_string(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_told() {
        assert_eq!(differences(&json!("a"), &json!("")), ["a → ''"]);
        assert_eq!(
            differences(&json!({"env": "prod", "a": "1"}), &json!({"env": "dev", "a": "1", "b": "2"})),
            ["env: prod → dev", "+ b: 2"]
        );
        assert_eq!(differences(&json!(["a", "b"]), &json!(["b", "c"])), ["- a", "+ c"]);
        let policy = |action: &str| json!(format!(r#"{{"Version":"1","Statement":[{{"Action":"{action}"}},{{"Action":"x"}}]}}"#));
        assert_eq!(differences(&policy("a"), &policy("b")), [r#"- {"Action":"a"}"#, r#"+ {"Action":"b"}"#]);
    }
}
