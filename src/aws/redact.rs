//! What is taken out of an answer before it is kept: values that can be secrets, wherever AWS puts them.
//!
//! Readers never store such values either; a recording keeps whole answers, so they are taken out here as well. Names and lengths
//! stay, since they are what readers keep.

use serde_json::Value;

use super::call::{Call, Wire};
use super::redact_within;

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
const XML_ELEMENTS: &[&str] = &["userData", "UserData", "SecretAccessKey", "SessionToken", "passwordData", "keyMaterial"];

/// How a private key in a PEM file ends its first line.
const PRIVATE_KEY: &str = concat!("PRIVATE ", "KEY-----");

/// What stands in place of a value.
const MASK: &str = "[redacted]";

/// Words in a name (of a stack's parameter or output) that make its value look like a secret.
const SECRET_WORDS: &[&str] =
    &["password", "passwd", "passphrase", "secret", "token", "credential", "privatekey", "private_key", "apikey", "api_key", "accesskey"];

/// A value that an account gave a name to, as it may be kept: masked where the name sounds like a secret's. Where a secret is, its
/// ARN, is none.
pub fn shown(name: &str, value: &str) -> String {
    let is_secret = sounds_secret(name) && !value.is_empty() && !value.starts_with("arn:");
    if is_secret { MASK.to_owned() } else { value.to_owned() }
}

/// Whether a name that an account gave to a value sounds like a secret's.
pub fn sounds_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// The answer without values that can be secrets. An answer that cannot be understood is not kept at all.
pub fn redact(call: &Call, body: &[u8], templates: Templates) -> Vec<u8> {
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
            Ok(text) if call.action == "GetObject" && text.trim_start().starts_with('{') => {
                redact_within::state(text).unwrap_or_else(|| MASK.to_owned()).into_bytes()
            }
            Ok(text) => mask_template(&mask_named(&mask_xml(text)), templates).into_bytes(),
            Err(_) => MASK.into(),
        },
        // CloudWatch answers with numbers, names and dashboards.
        Wire::RpcCbor => body.to_vec(),
    }
}

pub(super) fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                // A paging token is called NextToken and is no secret.
                match name.to_lowercase().as_str() {
                    name if JSON_MEMBERS.contains(&name) => mask_all(member),
                    redact_within::EVENT => mask_event(member),
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

pub(super) fn mask_all(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(mask_all),
        Value::Array(items) => items.iter_mut().for_each(mask_all),
        Value::String(text) if !text.is_empty() => *text = MASK.to_owned(),
        _ => {}
    }
}

fn mask_event(event: &mut Value) {
    if let Value::String(text) = event {
        *text = redact_within::event(text).unwrap_or_else(|| MASK.to_owned());
    }
}

fn mask_values(pairs: &mut Value) {
    for pair in pairs.as_array_mut().into_iter().flatten() {
        // What else stands there is looked at as it is anywhere.
        mask(pair);
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
    XML_ELEMENTS.iter().fold(text.to_owned(), |text, element| masked(&text, &format!("<{element}>"), &format!("</{element}>")))
}

/// The text with the mask between each opening and its closing sign.
fn masked(text: &str, open: &str, close: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find(open).map(|at| at + open.len()) {
        let Some(length) = rest[start..].find(close) else { break };
        out.push_str(&rest[..start]);
        out.push_str(MASK);
        rest = &rest[start + length..];
    }
    out + rest
}

/// Masks values that stand after their name: a stack's parameters and outputs.
fn mask_named(text: &str) -> String {
    let pairs = [("ParameterKey", "ParameterValue"), ("ParameterKey", "ResolvedValue"), ("OutputKey", "OutputValue")];
    pairs.into_iter().fold(text.to_owned(), |text, (name, value)| {
        let (mut out, mut from) = (String::with_capacity(text.len()), 0);
        while let Some((key, start, end)) = next_pair(&text, from, name, value) {
            out.push_str(&text[from..start]);
            out.push_str(&shown(&key, &text[start..end]));
            from = end;
        }
        out + &text[from..]
    })
}

/// The next name at or after a byte, with the place of the value that follows it before any other name.
fn next_pair(text: &str, from: usize, name: &str, value: &str) -> Option<(String, usize, usize)> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut from = from;
    loop {
        let start = from + text[from..].find(&open)? + open.len();
        let end = start + text[start..].find(&close)?;
        let rest = &text[end..];
        let own = &rest[..rest.find(&open).unwrap_or(rest.len())];
        let (open_value, close_value) = (format!("<{value}>"), format!("</{value}>"));
        if let Some(at) = own.find(&open_value).map(|at| at + open_value.len())
            && let Some(length) = own[at..].find(&close_value)
        {
            return Some((text[start..end].to_owned(), end + at, end + at + length));
        }
        from = end;
    }
}

/// What may be kept of a template that CloudFormation gives back, which can hold anything in the clear; `None` if nothing may. What
/// readers need of one, the service's own room knows.
pub type Templates = fn(&str) -> Option<String>;

fn mask_template(text: &str, templates: Templates) -> String {
    let (open, close) = ("<TemplateBody>", "</TemplateBody>");
    let Some(start) = text.find(open).map(|at| at + open.len()) else { return text.to_owned() };
    let Some(end) = text.rfind(close).filter(|end| *end >= start) else { return text.to_owned() };
    let plain = text[start..end].replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#34;", "\"");
    let plain = plain.replace("&apos;", "'").replace("&#39;", "'").replace("&#xA;", "\n").replace("&#10;", "\n").replace("&amp;", "&");
    let kept = templates(&plain).unwrap_or_else(|| MASK.to_owned());
    let kept = kept.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("{}{kept}{}", &text[..start], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{Api, Class, Quota};

    fn redacted(wire: Wire, body: &str) -> String {
        let api = Api { id: "T", prefix: "t", quota: Quota::shared(1.0, 1), wire };
        let call = Call { api: Box::leak(Box::new(api)), action: "GetX", permission: "t:GetX", class: Class::Read };
        String::from_utf8(redact(&call, body.as_bytes(), |text| text.starts_with('{').then(|| text.replace("hunter2", "")))).unwrap()
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
        let body = r#"{"containerDefinitions":[{"environment":[{"name":"DB_PASSWORD","value":"hunter2"}],"entryPoint":["--token=hunter2"],
            "healthCheck":{"command":["CMD-SHELL","check hunter2"]}}]}"#;
        let kept = redacted(Wire::AwsJson, body);
        assert!(kept.contains("DB_PASSWORD") && kept.contains("CMD-SHELL") && !kept.contains("hunter2"), "{kept}");
        let kept = redacted(Wire::Ec2Query, "<a><userData>aHVudGVyMg==</userData><userData>eA==</userData></a>");
        assert_eq!(kept, "<a><userData>[redacted]</userData><userData>[redacted]</userData></a>");
    }

    #[test]
    fn numbers_keep_their_last_digit() {
        // A reader of numbers that is merely nearly right has 2.2288888888888886e55 here.
        let body = r#"{"storedBytes":2.2288888888888888e55}"#;
        assert_eq!(redacted(Wire::AwsJson, &redacted(Wire::AwsJson, body)), redacted(Wire::AwsJson, body));
    }

    #[test]
    fn an_answer_that_is_not_understood_is_not_kept() {
        assert_eq!(redacted(Wire::AwsJson, "hunter2"), MASK);
    }

    #[test]
    fn an_answer_with_many_values_is_redacted_in_one_pass() {
        let many = "<ParameterKey>Password</ParameterKey><ParameterValue></ParameterValue><userData>x</userData>".repeat(20_000);
        let begun = std::time::Instant::now();
        assert!(redacted(Wire::AwsQuery, &many).len() > many.len());
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
    }

    #[test]
    fn named_values_and_templates_lose_their_secrets() {
        let stack = "<ParameterKey>DbPassword</ParameterKey><ParameterValue>hunter2</ParameterValue><ParameterKey>Stage</ParameterKey>\
            <ParameterValue>prod</ParameterValue><OutputKey>ApiToken</OutputKey><Description>d</Description><OutputValue>t0</OutputValue><ParameterKey>ApiKey</ParameterKey>\
            <ParameterValue>/path</ParameterValue><ResolvedValue>hunter2</ResolvedValue>";
        let kept = redacted(Wire::AwsQuery, stack);
        assert!(kept.contains("prod") && !kept.contains("hunter2") && !kept.contains("t0"), "{kept}");
        let template = r#"<TemplateBody>{"Key": "hunter2", "Value": "a&lt;b"}</TemplateBody>"#;
        assert_eq!(redacted(Wire::AwsQuery, template), r#"<TemplateBody>{"Key": "", "Value": "a&lt;b"}</TemplateBody>"#);
        assert_eq!(redacted(Wire::AwsQuery, "<TemplateBody>A: hunter2</TemplateBody>"), "<TemplateBody>[redacted]</TemplateBody>");
    }
}
