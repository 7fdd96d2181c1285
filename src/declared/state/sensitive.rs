//! What a state itself marks as sensitive: `sensitive_attributes`.
//!
//! Its shape changed over time: a list of paths, each a list of steps (`[{"type": "get_attr", "value": "password"}, {"type": "index",
//! "value": {"value": 0, "type": "number"}}]`); steps or names without a list around them; a mask as in `terraform show -json`. What
//! cannot be followed to its end is hidden from where it cannot: rather too much than too little.

use serde_json::Value;

use super::secrets::hidden;

enum Step<'m> {
    Name(&'m str),
    Index(usize),
    /// One that is not known: everything from here on may be meant.
    Unknown,
}

/// Hides what `marks` (the value of `sensitive_attributes`) names in an instance's attributes.
pub(super) fn hide(attributes: &mut Value, marks: &Value) {
    match marks {
        Value::Null => {}
        Value::Array(paths) => paths.iter().for_each(|path| hide_at(attributes, &steps(path))),
        Value::Object(mask) => {
            for (name, _) in mask.iter().filter(|(_, is_marked)| **is_marked != Value::Bool(false)) {
                hide_at(attributes, &[Step::Name(name)]);
            }
        }
        _ => *attributes = hidden(),
    }
}

fn steps(path: &Value) -> Vec<Step<'_>> {
    match path {
        Value::Array(steps) => steps.iter().map(step).collect(),
        // A step or a name alone: the whole attribute.
        Value::String(name) => vec![Step::Name(name.split(['.', '[']).next().unwrap_or(name))],
        path => vec![step(path)],
    }
}

fn step(step: &Value) -> Step<'_> {
    let value = match step.get("type").and_then(Value::as_str) {
        Some("get_attr") => step.get("value"),
        // The key of an index stands with its type; old states have it alone.
        Some("index") => step.get("value").map(|key| key.get("value").unwrap_or(key)),
        Some(_) => None,
        None => Some(step),
    };
    match value {
        Some(Value::String(name)) => Step::Name(name),
        Some(Value::Number(index)) => index.as_u64().and_then(|index| usize::try_from(index).ok()).map_or(Step::Unknown, Step::Index),
        _ => Step::Unknown,
    }
}

fn hide_at(value: &mut Value, steps: &[Step]) {
    let Some((step, rest)) = steps.split_first() else {
        *value = hidden();
        return;
    };
    match (&mut *value, step) {
        (Value::Object(members), Step::Name(name)) => members.get_mut(*name).into_iter().for_each(|member| hide_at(member, rest)),
        (Value::Array(items), Step::Index(index)) if *index < items.len() => hide_at(&mut items[*index], rest),
        (Value::Null, _) => {}
        _ => *value = hidden(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::declared::holes;

    fn after(marks: Value) -> Value {
        let mut attributes = json!({"id": "db-1", "password": "hunter2", "user": [{"name": "a", "key": "hunter2"}, {"name": "b", "key": "hunter3"}],
            "map": {"a.b": "hunter4", "c": "d"}, "none": null});
        hide(&mut attributes, &marks);
        attributes
    }

    fn name(name: &str) -> Value {
        json!({"type": "get_attr", "value": name})
    }

    fn index(key: Value, kind: &str) -> Value {
        json!({"type": "index", "value": {"value": key, "type": kind}})
    }

    #[test]
    fn paths_of_steps_are_followed() {
        let found = after(json!([
            [name("password")],
            [name("user"), index(json!(1), "number"), name("key")],
            [name("map"), index(json!("a.b"), "string")]
        ]));
        assert_eq!(found["password"], hidden());
        assert_eq!(found["user"], json!([{"name": "a", "key": "hunter2"}, {"name": "b", "key": hidden()}]));
        assert_eq!(found["map"], json!({"a.b": hidden(), "c": "d"}));
        assert_eq!(holes(&found).len(), 3);
    }

    #[test]
    fn every_shape_hides() {
        for marks in [
            json!([name("password")]),
            json!(["password"]),
            json!([["password"]]),
            json!(["password.anything", "password"]),
            json!({"password": true, "id": false}),
            json!([[{"type": "index", "value": "password"}]]),
        ] {
            let found = after(marks.clone());
            assert_eq!((&found["password"], &found["id"]), (&hidden(), &json!("db-1")), "{marks}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_hidden_from_there() {
        assert_eq!(after(json!([[name("user"), index(json!(7), "number"), name("key")]]))["user"], hidden());
        assert_eq!(after(json!([[name("user"), name("key")]]))["user"], hidden());
        assert_eq!(after(json!([[name("user"), index(json!({"name": "a"}), "object")]]))["user"], hidden());
        assert_eq!(after(json!([[name("id"), name("x")]]))["id"], hidden());
        assert_eq!(after(json!([[{"type": "splat"}]])), hidden());
        assert_eq!(after(json!([[]])), hidden());
        assert_eq!(after(json!([7])), hidden());
        assert_eq!(after(json!("all")), hidden());
    }

    #[test]
    fn what_is_not_there_is_not_hidden() {
        for marks in
            [Value::Null, json!([]), json!([[name("gone")]]), json!([[name("none"), index(json!(0), "number"), name("x")]]), json!({})]
        {
            assert_eq!(holes(&after(marks.clone())), Vec::<&str>::new(), "{marks}");
        }
    }
}
