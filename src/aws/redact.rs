//! What is taken out of an answer before it is kept: values that can be secrets, wherever AWS puts them.
//!
//! Readers never store such values either; a recording keeps whole answers, so they are taken out here as well. Names and lengths
//! stay, since they are what readers keep.

use serde_json::Value;

use super::call::{Call, Wire};

/// JSON members whose value (or, for a map, whose every value) can be a secret, in any case of letters.
const JSON_MEMBERS: &[&str] = &[
    "variables", "secretstring", "secretbinary", "password", "masteruserpassword", "authorizationtoken", "userdata", "token",
    "accesstoken", "secretaccesskey", "sessiontoken", "privatekey", "environmentvariables", "stagevariables",
];

/// JSON members that are lists of a name and a value each (ECS): the value can be a secret, the name stays.
const JSON_PAIRS: &[&str] = &["environment", "secretoptions"];

/// JSON members that are command lines (ECS): what is not one of the [`HOW`] can hold a secret.
const JSON_COMMANDS: &[&str] = &["command", "entrypoint"];

/// Words at the beginning of a health check's command that say how it is run.
const HOW: &[&str] = &["CMD", "CMD-SHELL", "NONE"];

/// XML elements whose text can be a secret.
const XML_ELEMENTS: &[&str] = &["userData", "SecretAccessKey", "SessionToken", "passwordData", "keyMaterial"];

/// What stands in place of a value.
const MASK: &str = "[redacted]";

/// The answer without values that can be secrets. An answer that cannot be understood is not kept at all.
pub fn redact(call: &Call, body: &[u8]) -> Vec<u8> {
    match call.api.wire {
        Wire::AwsJson | Wire::RestJson => match serde_json::from_slice::<Value>(body) {
            Ok(mut value) => {
                mask(&mut value);
                value.to_string().into_bytes()
            }
            Err(_) if body.is_empty() => Vec::new(),
            Err(_) => MASK.into(),
        },
        Wire::Ec2Query | Wire::AwsQuery | Wire::RestXml | Wire::RestXmlWrapped => match std::str::from_utf8(body) {
            Ok(text) => mask_xml(text).into_bytes(),
            Err(_) => MASK.into(),
        },
        // CloudWatch answers with numbers, names and dashboards.
        Wire::RpcCbor => body.to_vec(),
    }
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                // A paging token is called NextToken and is no secret.
                match name.to_lowercase().as_str() {
                    name if JSON_MEMBERS.contains(&name) => mask_all(member),
                    name if JSON_PAIRS.contains(&name) && member.is_array() => mask_values(member),
                    name if JSON_COMMANDS.contains(&name) && member.is_array() => mask_command(member),
                    _ => mask(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

fn mask_all(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(mask_all),
        Value::Array(items) => items.iter_mut().for_each(mask_all),
        Value::String(text) if !text.is_empty() => *text = MASK.to_owned(),
        _ => {}
    }
}

fn mask_values(pairs: &mut Value) {
    for pair in pairs.as_array_mut().into_iter().flatten() {
        pair.as_object_mut().and_then(|pair| pair.get_mut("value")).into_iter().for_each(mask_all);
    }
}

fn mask_command(words: &mut Value) {
    for word in words.as_array_mut().into_iter().flatten() {
        if word.as_str().is_none_or(|word| !HOW.contains(&word)) {
            mask_all(word);
        }
    }
}

fn mask_xml(text: &str) -> String {
    let mut text = text.to_owned();
    for element in XML_ELEMENTS {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let mut from = 0;
        while let Some(start) = text[from..].find(&open).map(|at| from + at + open.len()) {
            let Some(length) = text[start..].find(&close) else { break };
            text.replace_range(start..start + length, MASK);
            from = start + MASK.len() + close.len();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{Api, Class, Rate};

    fn redacted(wire: Wire, body: &str) -> String {
        let api = Api { id: "T", prefix: "t", rate: Rate { per_second: 1.0, burst: 1 }, wire };
        let call = Call { api: Box::leak(Box::new(api)), action: "GetX", permission: "t:GetX", class: Class::Read };
        String::from_utf8(redact(&call, body.as_bytes())).unwrap()
    }

    #[test]
    fn values_go_and_names_stay() {
        let body = r#"{"Functions":[{"Environment":{"Variables":{"DB_PASSWORD":"hunter2"}},"NextToken":"t"}]}"#;
        let kept = redacted(Wire::RestJson, body);
        assert!(kept.contains("DB_PASSWORD") && kept.contains(r#""NextToken":"t""#) && !kept.contains("hunter2"), "{kept}");
        let body = r#"{"containerDefinitions":[{"environment":[{"name":"DB_PASSWORD","value":"hunter2"}],"entryPoint":["--token=hunter2"],
            "healthCheck":{"command":["CMD-SHELL","check hunter2"]}}]}"#;
        let kept = redacted(Wire::AwsJson, body);
        assert!(kept.contains("DB_PASSWORD") && kept.contains("CMD-SHELL") && !kept.contains("hunter2"), "{kept}");
        let kept = redacted(Wire::Ec2Query, "<a><userData>aHVudGVyMg==</userData><userData>eA==</userData></a>");
        assert_eq!(kept, "<a><userData>[redacted]</userData><userData>[redacted]</userData></a>");
    }

    #[test]
    fn an_answer_that_is_not_understood_is_not_kept() {
        assert_eq!(redacted(Wire::AwsJson, "hunter2"), MASK);
    }
}
