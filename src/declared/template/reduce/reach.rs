//! Which conditions, and which entries of mappings, a part of a template reaches.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::{Template, intrinsic};

/// A look into a mapping: its name and its keys; `None` for what is computed.
type Look = [Option<String>; 3];

/// The conditions and mappings that resources reach. A comparison with a parameter that is hidden is left out: it cannot be decided
/// anyway, and what it is compared with may be the secret.
pub(super) fn reached(
    template: &Template,
    resources: &Map<String, Value>,
    is_hidden: &dyn Fn(&str) -> bool,
) -> (Map<String, Value>, Map<String, Value>) {
    let (mut names, mut looks) = (Vec::new(), Vec::new());
    for resource in resources.values() {
        names.extend(resource.get("Condition").and_then(Value::as_str).map(str::to_owned));
        collect(resource.get("Properties").unwrap_or(&Value::Null), &mut names, &mut looks);
    }
    let mut conditions = BTreeMap::new();
    while let Some(name) = names.pop() {
        let Some(condition) = template.condition(&name).filter(|_| !conditions.contains_key(&name)) else { continue };
        let shown = without_hidden(condition, is_hidden);
        collect(&shown, &mut names, &mut looks);
        conditions.insert(name, shown);
    }
    // In the order of the template.
    let conditions = template.section("Conditions").filter_map(|(name, _)| Some((name.to_owned(), conditions.remove(name)?))).collect();
    (conditions, mappings(template, &looks))
}

fn collect(value: &Value, names: &mut Vec<String>, looks: &mut Vec<Look>) {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, names, looks)),
        Value::Object(members) => {
            match members.iter().next().filter(|_| members.len() == 1) {
                Some((name, Value::String(condition))) if name == "Condition" => names.push(condition.clone()),
                Some((name, Value::Array(parts))) if name == "Fn::If" => names.extend(text(parts.first())),
                Some((name, Value::Array(parts))) if name == "Fn::FindInMap" => {
                    let key = |i: usize| match parts.get(i) {
                        Some(Value::Object(_) | Value::Array(_)) | None => None,
                        Some(Value::String(text)) => Some(text.clone()),
                        Some(other) => Some(other.to_string()),
                    };
                    looks.push([key(0), key(1), key(2)]);
                }
                _ => {}
            }
            members.values().for_each(|member| collect(member, names, looks));
        }
        _ => {}
    }
}

fn mappings(template: &Template, looks: &[Look]) -> Map<String, Value> {
    let is = |look: &Option<String>, name: &str| look.as_deref().is_none_or(|look| look == name);
    let mut kept = Map::new();
    for (name, mapping) in template.section("Mappings") {
        let own: Vec<&Look> = looks.iter().filter(|look| is(&look[0], name)).collect();
        let mut tops = Map::new();
        for (top, entries) in mapping.as_object().into_iter().flatten() {
            let second = |second: &str| own.iter().any(|look| is(&look[1], top) && is(&look[2], second));
            let entries = entries.as_object().into_iter().flatten().filter(|(name, _)| second(name));
            let entries: Map<String, Value> = entries.map(|(name, value)| (name.clone(), value.clone())).collect();
            if !entries.is_empty() {
                tops.insert(top.clone(), entries.into());
            }
        }
        if !tops.is_empty() {
            kept.insert(name.to_owned(), tops.into());
        }
    }
    kept
}

fn without_hidden(condition: &Value, is_hidden: &dyn Fn(&str) -> bool) -> Value {
    match condition {
        Value::Array(items) => items.iter().map(|item| without_hidden(item, is_hidden)).collect(),
        Value::Object(members) => match intrinsic(condition) {
            Some(("Fn::Equals", sides)) if names_hidden(sides, is_hidden) => json!({"Fn::Equals": null}),
            _ => members.iter().map(|(name, value)| (name.clone(), without_hidden(value, is_hidden))).collect(),
        },
        other => other.clone(),
    }
}

/// Whether a value refers to a hidden parameter, by `Ref` or in a text of `Fn::Sub`.
fn names_hidden(value: &Value, is_hidden: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| names_hidden(item, is_hidden)),
        Value::Object(members) => match intrinsic(value) {
            Some(("Ref", Value::String(name))) => is_hidden(name),
            _ => members.values().any(|member| names_hidden(member, is_hidden)),
        },
        Value::String(text) => text.split("${").skip(1).any(|rest| is_hidden(rest.split('}').next().unwrap_or(rest))),
        _ => false,
    }
}
