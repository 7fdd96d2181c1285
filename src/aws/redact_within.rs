//! What is taken out of documents that lie within an answer: events of CloudTrail, states of Terraform.
//!
//! An event repeats the request that it tells of, and a state repeats every attribute of every resource, passwords included.

use serde_json::Value;

use super::redact::{mask, mask_all, shown};

/// The member of LookupEvents' answer that is an event, as text.
pub(super) const EVENT: &str = "cloudtrailevent";

/// What names a thing in a request, by the end of its key. The rest of a request's texts can be anything.
const NAMES: &[&str] = &["id", "ids", "arn", "arns", "name", "names", "path", "bucket", "identifier"];

/// An event without what was sent and answered, but for the names in it. What cannot be understood is not kept.
pub(super) fn event(text: &str) -> Option<String> {
    let mut event: Value = serde_json::from_str(text).ok()?;
    let members = event.as_object_mut()?;
    members.remove("responseElements");
    members.get_mut("requestParameters").into_iter().for_each(|request| mask_but_names("", request));
    members.iter_mut().filter(|(name, _)| *name != "requestParameters").for_each(|(_, member)| mask(member));
    Some(event.to_string())
}

fn mask_but_names(key: &str, value: &mut Value) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(key, member)| mask_but_names(key, member)),
        Value::Array(items) => items.iter_mut().for_each(|item| mask_but_names(key, item)),
        text => {
            let key = key.to_lowercase();
            if !NAMES.iter().any(|end| key.ends_with(end)) {
                mask_all(text);
            }
        }
    }
}

/// A state of Terraform or OpenTofu without the values that it marks as sensitive or whose names sound like a secret's; `None` for
/// any other document.
pub(super) fn state(text: &str) -> Option<String> {
    let mut state: Value = serde_json::from_str(text).ok()?;
    let members = state.as_object_mut()?;
    if !members.contains_key("lineage") && !members.contains_key("terraform_version") {
        return None;
    }
    for (name, output) in members.get_mut("outputs").and_then(Value::as_object_mut).into_iter().flatten() {
        let is_sensitive = output.get("sensitive").and_then(Value::as_bool) != Some(false) && output.get("sensitive").is_some();
        output.get_mut("value").into_iter().for_each(|value| if is_sensitive { mask_all(value) } else { mask_named(name, value) });
    }
    let resources = members.get_mut("resources").and_then(Value::as_array_mut).into_iter().flatten();
    let instances = resources.flat_map(|resource| resource.get_mut("instances").and_then(Value::as_array_mut).into_iter().flatten());
    for instance in instances.filter_map(Value::as_object_mut) {
        // The provider's own notes are of no use to anybody else.
        instance.remove("private");
        let sensitive = roots(instance.get("sensitive_attributes"));
        for name in ["attributes", "attributes_flat"] {
            let Some(attributes) = instance.get_mut(name) else { continue };
            mask_named("", attributes);
            sensitive.iter().for_each(|root| attributes.get_mut(root).into_iter().for_each(mask_all));
        }
    }
    Some(state.to_string())
}

/// The attributes at which the paths of sensitive values begin: `[[{"type": "get_attr", "value": "password"}, …], …]`.
fn roots(paths: Option<&Value>) -> Vec<String> {
    let first = |path: &Value| path.as_array()?.first()?.get("value")?.as_str().map(str::to_owned);
    paths.and_then(Value::as_array).into_iter().flatten().filter_map(first).collect()
}

/// Masks texts under names that sound like a secret's, and what masks itself in other answers as well.
fn mask_named(name: &str, value: &mut Value) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(name, member)| mask_named(name, member)),
        Value::Array(items) => items.iter_mut().for_each(|item| mask_named(name, item)),
        Value::String(text) if matches!(name, "user_data" | "user_data_base64" | "content" | "private_key_pem") => {
            *text = shown("secret", text);
        }
        Value::String(text) => *text = shown(name, text),
        _ => {}
    }
    if name == "variables" || name == "environment" {
        mask_all(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_keeps_names_and_loses_what_was_sent() {
        let text = r#"{"eventName": "UpdateFunctionConfiguration", "userIdentity": {"type": "Root"}, "responseElements": {"a": "hunter2"},
            "requestParameters": {"functionName": "pay", "environment": {"variables": {"PASS": "hunter2"}}, "description": "hunter2",
            "patchOperations": [{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}], "maxSize": 3}}"#;
        let kept = event(text).unwrap();
        assert!(kept.contains(r#""functionName":"pay""#) && kept.contains("/disableExecuteApiEndpoint") && kept.contains("Root"), "{kept}");
        assert!(!kept.contains("hunter2") && kept.contains(r#""maxSize":3"#), "{kept}");
        assert_eq!(event("no event"), None);
    }

    #[test]
    fn a_state_keeps_attributes_and_loses_secrets() {
        let text = r#"{"version": 4, "lineage": "l", "outputs": {"url": {"value": "u1"}, "key": {"value": "hunter2", "sensitive": true}},
            "resources": [{"type": "aws_db_instance", "instances": [{"attributes": {"identifier": "db", "master_password": "hunter2",
            "tags": {"a": "b"}, "odd": "hunter2", "user_data": "hunter2"}, "private": "hunter2",
            "sensitive_attributes": [[{"type": "get_attr", "value": "odd"}]]}]}]}"#;
        let kept = state(text).unwrap();
        assert!(kept.contains(r#""identifier":"db""#) && kept.contains("u1") && kept.contains(r#""a":"b""#), "{kept}");
        assert!(!kept.contains("hunter2") && kept.contains("sensitive_attributes"), "{kept}");
        assert_eq!(state(r#"{"Statement": []}"#), None);
    }
}
