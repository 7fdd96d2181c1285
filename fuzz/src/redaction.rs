//! What is kept of an answer of AWS: a secret that is planted in it, at any place where AWS puts secrets, is not.
//!
//! The first byte says which protocol, the second where in the rest the secret is put.

use driftlead::aws::{Api, Call, Class, Quota, Wire, redact};
use driftlead::services::cloudformation;
use serde_json::Value;

use super::plant;

const MARKER: &str = "pl4nted-s3cret";
/// Members of JSON that hold secrets, as AWS writes them.
const MEMBERS: &[&str] = &["SecretString", "Password", "MasterUserPassword", "UserData", "SecretAccessKey", "SessionToken", "PrivateKey"];
/// Pieces of XML that hold secrets.
const PIECES: &[&str] = &[
    "<userData>pl4nted-s3cret</userData>",
    "<SecretAccessKey>pl4nted-s3cret</SecretAccessKey>",
    "<ParameterKey>DbPassword</ParameterKey><ParameterValue>pl4nted-s3cret</ParameterValue>",
    "<OutputKey>ApiToken</OutputKey><OutputValue>pl4nted-s3cret</OutputValue>",
];

const JSON: &Api = &Api { id: "Fuzz", prefix: "fuzz", quota: Quota::shared(1.0, 1), wire: Wire::AwsJson };
const XML: &Api = &Api { id: "Fuzz", prefix: "fuzz", quota: Quota::shared(1.0, 1), wire: Wire::AwsQuery };
const FILES: &Api = &Api { id: "S3", prefix: "s3", quota: Quota::shared(1.0, 1), wire: Wire::RestXml };

fn kept(api: &'static Api, action: &'static str, body: &[u8]) -> Vec<u8> {
    let call = Call { api, action, permission: "fuzz:Get", class: Class::Read };
    redact(&call, body, cloudformation::recorded)
}

/// Plants, and looks for it.
pub fn run(data: &[u8]) {
    let [kind, at, body @ ..] = data else { return };
    match kind % 4 {
        0 => json(body),
        1 => xml(body, usize::from(*at)),
        2 => event(body),
        _ => state(body),
    }
}

fn json(body: &[u8]) {
    let kept_as_it_is = kept(JSON, "GetX", body);
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        assert!(body.is_empty() || kept_as_it_is == b"[redacted]", "what is not understood is not kept");
        return;
    };
    let names = keys(&value);
    let planted = plant(&mut value, MEMBERS, MARKER);
    let text = value.to_string();
    if planted > 0 && text.matches(MARKER).count() == planted {
        let kept = kept(JSON, "GetX", text.as_bytes());
        assert!(!contains(&kept), "a secret came through: {text}");
    }
    // Names stay, and what is redacted once stays as it is.
    let again = kept(JSON, "GetX", &kept_as_it_is);
    assert_eq!(again, kept_as_it_is, "redacted twice, and not the same");
    let kept: Value = serde_json::from_slice(&kept_as_it_is).expect("JSON stays JSON");
    assert_eq!(keys(&kept), names, "a name went");
}

fn xml(body: &[u8], at: usize) {
    let Ok(text) = std::str::from_utf8(body) else {
        assert_eq!(kept(XML, "GetX", body), b"[redacted]");
        return;
    };
    let _ = kept(XML, "GetX", body);
    let piece = PIECES[at % PIECES.len()];
    let place = (0..=text.len()).rev().filter(|at| text.is_char_boundary(*at)).nth(at / PIECES.len()).unwrap_or(0);
    let whole = format!("{}{piece}{}", &text[..place], &text[place..]);
    // What stands in the middle of the piece's own elements would make another piece of it.
    if !text.contains(MARKER) && !text.contains("Parameter") && !text.contains("Output") {
        assert!(!contains(&kept(XML, "GetX", whole.as_bytes())), "a secret came through: {whole}");
    }
}

fn event(body: &[u8]) {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return };
    if !value.is_object() {
        return;
    }
    value["responseElements"] = MARKER.into();
    value["requestParameters"] =
        serde_json::json!({"functionName": "f", "environment": {"variables": {"A": MARKER}}, "description": MARKER});
    let planted = 3 + plant(&mut value, MEMBERS, MARKER);
    let text = serde_json::json!({"Events": [{"CloudTrailEvent": value.to_string()}]}).to_string();
    if text.matches(MARKER).count() == planted {
        assert!(!contains(&kept(JSON, "LookupEvents", text.as_bytes())), "a secret came through: {text}");
    }
}

fn state(body: &[u8]) {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return };
    let mut planted = 0;
    for resource in value.get_mut("resources").and_then(Value::as_array_mut).into_iter().flatten() {
        for instance in resource.get_mut("instances").and_then(Value::as_array_mut).into_iter().flatten() {
            let attributes = instance.get_mut("attributes");
            planted += attributes.map_or(0, |attributes| plant(attributes, &["password", "master_password", "auth_token"], MARKER));
        }
    }
    let text = value.to_string();
    if planted > 0 && text.matches(MARKER).count() == planted {
        assert!(!contains(&kept(FILES, "GetObject", text.as_bytes())), "a secret came through: {text}");
    }
}

fn contains(kept: &[u8]) -> bool {
    String::from_utf8_lossy(kept).contains(MARKER)
}

/// How many names there are, but for those in documents that lie within texts.
fn keys(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.len() + members.values().map(keys).sum::<usize>(),
        Value::Array(items) => items.iter().map(keys).sum(),
        _ => 0,
    }
}
