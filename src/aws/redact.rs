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

/// XML elements whose text can be a secret.
const XML_ELEMENTS: &[&str] = &["userData", "SecretAccessKey", "SessionToken", "passwordData", "keyMaterial"];

/// How a private key in a PEM file ends its first line.
const PRIVATE_KEY: &str = concat!("PRIVATE ", "KEY-----");

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
            // Of S3 come files as they are: one with a private key in it is not kept.
            Ok(text) if text.contains(PRIVATE_KEY) => MASK.into(),
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
                if JSON_MEMBERS.contains(&name.to_lowercase().as_str()) { mask_all(member) } else { mask(member) }
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
    fn a_file_with_a_private_key_is_not_kept() {
        assert_eq!(redacted(Wire::RestXml, &format!("-----BEGIN {PRIVATE_KEY}\nAAAA")), MASK);
        assert_eq!(redacted(Wire::RestXml, "-----BEGIN CERTIFICATE-----\nAAAA"), "-----BEGIN CERTIFICATE-----\nAAAA");
    }

    #[test]
    fn values_go_and_names_stay() {
        let body = r#"{"Functions":[{"Environment":{"Variables":{"DB_PASSWORD":"hunter2"}},"NextToken":"t"}]}"#;
        let kept = redacted(Wire::RestJson, body);
        assert!(kept.contains("DB_PASSWORD") && kept.contains(r#""NextToken":"t""#) && !kept.contains("hunter2"), "{kept}");
        let kept = redacted(Wire::Ec2Query, "<a><userData>aHVudGVyMg==</userData><userData>eA==</userData></a>");
        assert_eq!(kept, "<a><userData>[redacted]</userData><userData>[redacted]</userData></a>");
    }

    #[test]
    fn an_answer_that_is_not_understood_is_not_kept() {
        assert_eq!(redacted(Wire::AwsJson, "hunter2"), MASK);
    }
}
