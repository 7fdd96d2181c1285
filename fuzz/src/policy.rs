//! A policy's document: what is taken apart and put together again says the same.

use driftlead::inventory::permission::Document;
use driftlead::inventory::policy::{Statement, parse};
use serde_json::{Map, Value, json};

/// Takes it apart, puts it together, takes it apart again.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = parse(text);
    assert_eq!(Document::parse("p", text).is_ok(), read.is_ok(), "one of the two readers takes it for a policy");
    let Ok(statements) = read else { return };
    for statement in &statements {
        assert!(statement.effect == "Allow" || statement.effect == "Deny");
        assert!(statement.actions.is_empty() != statement.not_actions.is_empty(), "a statement is about actions, or about all but some");
        let lower = |action: &String| *action == action.to_lowercase();
        assert!(statement.actions.iter().chain(&statement.not_actions).all(lower), "IAM compares actions without case");
        assert_eq!(statement.to_json()["effect"], Value::from(statement.effect.as_str()));
        // What has no condition narrows nothing.
        let is_narrowed = statement.is_narrowed();
        assert!(statement.condition != json!({}) || is_narrowed == Some(false));
    }
    let together = json!({"Statement": statements.iter().map(document).collect::<Vec<_>>()}).to_string();
    match parse(&together) {
        Ok(again) => assert_eq!(in_order(again), in_order(statements), "{together}"),
        // JSON that lies as deep as can be read lies deeper once it is in a list.
        Err(error) => assert!(error.to_string().contains("recursion limit"), "{error}: {together}"),
    }
}

/// The kinds of principals are a map, whose order means nothing.
fn in_order(mut statements: Vec<Statement>) -> Vec<Statement> {
    for statement in &mut statements {
        statement.principals.sort();
        statement.not_principals.sort();
    }
    statements
}

fn document(statement: &Statement) -> Value {
    let mut members = Map::new();
    members.insert("Sid".to_owned(), statement.sid.as_str().into());
    members.insert("Effect".to_owned(), statement.effect.as_str().into());
    let lists = [
        ("Action", &statement.actions),
        ("NotAction", &statement.not_actions),
        ("Resource", &statement.resources),
        ("NotResource", &statement.not_resources),
    ];
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        members.insert(name.to_owned(), Value::from(list.clone()));
    }
    for (name, list) in [("Principal", &statement.principals), ("NotPrincipal", &statement.not_principals)] {
        if !list.is_empty() {
            members.insert(name.to_owned(), principals(list));
        }
    }
    members.insert("Condition".to_owned(), statement.condition.clone());
    members.into()
}

/// Principals as a map from kind to names.
fn principals(list: &[String]) -> Value {
    // A bare text, which in a map would be what is written as `*`.
    if let [one] = list
        && (!one.contains(':') || one == "AWS:*")
    {
        return one.as_str().into();
    }
    let mut kinds: Map<String, Value> = Map::new();
    for one in list {
        let (kind, name) = if one == "*" { ("AWS", "*") } else { one.split_once(':').unwrap_or(("", one)) };
        let names = kinds.entry(kind.to_owned()).or_insert_with(|| json!([]));
        names.as_array_mut().expect("a list").push(name.into());
    }
    kinds.into()
}
