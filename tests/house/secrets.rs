//! No secret at rest: not in the recordings that are shipped, not in any text.

use std::io::Read;

use driftlead::aws::recording::{Exchange, Header};
use flate2::read::GzDecoder;
use serde_json::Value;

use super::source::{hold, is_made_up, read, tracked};
use crate::support::program::root;

/// What stands in a recording in place of a value.
const MASK: &str = "[redacted]";

/// JSON members whose texts can be secrets, at any depth below them, in any case of letters.
const MEMBERS: &[&str] = &[
    "variables", "secretstring", "secretbinary", "password", "masteruserpassword", "userdata", "secretaccesskey", "sessiontoken",
    "privatekey", "authorizationtoken", "stagevariables",
];

/// XML elements whose text can be a secret.
const ELEMENTS: &[&str] = &["userData", "UserData", "SecretAccessKey", "SessionToken", "passwordData", "keyMaterial"];

/// Headers that are kept of an answer; a cookie or a signature is never among them.
const HEADERS: &[&str] = &[
    "content-type", "x-amzn-errortype", "x-amz-bucket-region", "x-amz-replication-status", "x-amz-version-id", "x-amz-error-code",
    "smithy-protocol",
];

/// Marks of a signed request or of a key. In two halves, so that this file does not find itself.
fn marks() -> Vec<String> {
    let halves = [
        ("Authorization", ": "),
        ("X-Amz-Security", "-Token"),
        ("X-Amz-Signa", "ture"),
        ("aws4_", "request"),
        ("AWS4-HMAC", "-SHA256"),
        ("PRIVATE ", "KEY-----"),
        ("gh", "p_"),
        ("xox", "b-"),
        ("sk_", "live_"),
        ("Set-", "Cookie"),
    ];
    halves.iter().map(|(one, two)| format!("{one}{two}")).collect()
}

fn recordings() -> Vec<String> {
    tracked().into_iter().filter(|path| path.starts_with("localstack/recordings/") && path.ends_with(".jsonl.gz")).collect()
}

fn unpacked(path: &str) -> String {
    let file = std::fs::File::open(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap_or_else(|error| panic!("{path}: {error}"));
    text
}

/// A recording's exchanges, each with its line.
fn exchanges(path: &str) -> Vec<(usize, Exchange)> {
    let text = unpacked(path);
    let of = |(i, line): (usize, &str)| match serde_json::from_str(line) {
        Ok(exchange) => (i + 1, exchange),
        Err(error) => panic!("{path}:{}: is not an exchange: {error}", i + 1),
    };
    text.lines().enumerate().skip(1).map(of).collect()
}

#[test]
fn every_recording_holds_a_run() {
    assert!(!recordings().is_empty(), "localstack/recordings/ holds no recording: `driftlead demo` has nothing to show");
    let mut wrong = Vec::new();
    for path in recordings() {
        let text = unpacked(&path);
        let header = text.lines().next().map(serde_json::from_str::<Header>);
        match header {
            None => wrong.push(format!("{path}: is empty")),
            Some(Err(error)) => wrong.push(format!("{path}: the first line is no header: {error}")),
            Some(Ok(_)) if text.lines().count() < 2 => wrong.push(format!("{path}: holds no exchange")),
            Some(Ok(_)) => {}
        }
    }
    hold("A recording is a placeholder: start the test bed, break the platform, and record a scan of it.", &wrong);
}

#[test]
fn no_recording_holds_a_secret() {
    let mut wrong = Vec::new();
    for path in recordings() {
        for (line, exchange) in exchanges(&path) {
            let place = format!("{path}:{line}: {} {}", exchange.service, exchange.action);
            let bytes = exchange.bytes().unwrap_or_else(|error| panic!("{place}: {error}"));
            let text = String::from_utf8_lossy(&bytes);
            wrong.extend(faults(&text).into_iter().map(|fault| format!("{place}: {fault}")));
            let strange = exchange.headers.iter().filter(|(name, _)| !HEADERS.contains(&name.as_str()));
            wrong.extend(strange.map(|(name, _)| format!("{place}: keeps the header {name}")));
        }
    }
    hold("Teach src/aws/redact.rs to mask it, and record again; a secret that was published is to be changed.", &wrong);
}

/// What looks like a secret in an answer.
fn faults(text: &str) -> Vec<String> {
    let mut faults: Vec<String> = marks().into_iter().filter(|mark| text.contains(mark.as_str())).map(|mark| format!("`{mark}`")).collect();
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        unmasked(&value, false, &mut faults);
    }
    for element in ELEMENTS {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let values = text.split(&open).skip(1).map(|rest| rest.split(&close).next().unwrap_or(rest));
        faults.extend(values.filter(|value| !value.trim().is_empty() && *value != MASK).map(|_| format!("a value of <{element}>")));
    }
    faults
}

fn unmasked(value: &Value, is_secret: bool, faults: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let before = faults.len();
                unmasked(member, is_secret || MEMBERS.contains(&name.to_lowercase().as_str()), faults);
                faults[before..].iter_mut().for_each(|fault| *fault = format!("{name}.{fault}"));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| unmasked(item, is_secret, faults)),
        Value::String(text) if is_secret && !text.is_empty() && text != MASK => faults.push("(a value)".to_owned()),
        _ => {}
    }
}

#[test]
fn no_text_holds_a_key() {
    let mut wrong = Vec::new();
    for path in tracked().into_iter().filter(|path| !path.ends_with(".gz") && !path.ends_with(".png") && !is_made_up(path)) {
        for (i, line) in read(&path).lines().enumerate() {
            let key = ["AKIA", "ASIA"].iter().any(|prefix| has_key(line, prefix));
            // The synthetic AWS reads signatures, and believes every one of them.
            let is_read = path.starts_with("benches/synthetic-aws/");
            let mark = marks().into_iter().find(|mark| line.contains(mark.as_str()) && !is_read);
            wrong.extend(key.then(|| format!("{path}:{}: an access key's id", i + 1)));
            wrong.extend(mark.map(|mark| format!("{path}:{}: `{mark}`", i + 1)));
        }
    }
    hold("No key belongs into a file: use one that is visibly made up (`AKIA1`, `…EXAMPLE`).", &wrong);
}

/// Whether a line holds an access key's id: the prefix and sixteen letters or digits, none of AWS's examples, and none of the synthetic AWS.
fn has_key(line: &str, prefix: &str) -> bool {
    line.match_indices(prefix).any(|(at, _)| {
        let id: String = line[at..].chars().take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit()).collect();
        id.len() == 20 && !id.ends_with("EXAMPLE") && !id.ends_with("SYNT")
    })
}

#[test]
fn what_is_a_secret_is_found() {
    assert!(faults(r#"{"F":[{"Environment":{"Variables":{"A":"[redacted]","B":""}},"NextToken":"t"}]}"#).is_empty());
    assert_eq!(faults(r#"{"F":[{"Environment":{"Variables":{"A":"hunter2"}}}]}"#), ["F.Environment.Variables.A.(a value)"]);
    assert_eq!(faults("<a><userData>eA==</userData><userData>[redacted]</userData></a>"), ["a value of <userData>"]);
    assert!(has_key(concat!("id AK", "IA0123456789ABCDEF"), "AKIA") && !has_key(concat!("AK", "IAIOSFODNN7EXAMPLE"), "AKIA"));
}
