//! A check as a rule of SARIF, with what GitHub reads of it (docs.github.com, "SARIF support for code scanning").

use serde_json::{Value, json};

use super::super::place::cut;
use super::text::{is_uri, plain};
use crate::finding::{Asked, Severity};

/// GitHub's limit for descriptions, in characters.
const MOST_CHARACTERS: usize = 1024;

/// GitHub refuses a file with a rule that has more tags.
const MOST_TAGS: usize = 20;

/// The level of a failure.
pub fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A number in the middle of what GitHub calls critical (over 9.0), high (7.0 to 8.9), medium (4.0 to 6.9), low (0.1 to 3.9), none (0.0).
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

/// A check as a rule.
pub fn rule(asked: &Asked) -> Value {
    let title = [&asked.title, &asked.id].into_iter().find(|text| !text.trim().is_empty()).map_or("-", |text| text);
    let why = if asked.why.trim().is_empty() { title } else { asked.why.trim() };
    let fix = shape(&asked.fix);
    let mut rule = json!({
        "id": asked.id,
        "name": name(&asked.id),
        "shortDescription": {"text": described(title)},
        "fullDescription": {"text": described(why)},
        "help": {"text": plain(&help(asked, why, &fix)), "markdown": braces(&markdown(asked, why, &fix))},
        "defaultConfiguration": {"level": level(asked.severity)},
        "properties": {
            "tags": tags(asked),
            "precision": "very-high",
            "security-severity": security_severity(asked.severity),
            "severity": asked.severity,
            "leg": asked.leg,
            "family": asked.family,
            "frameworks": asked.frameworks,
            "reasons": asked.reasons,
            "references": asked.references,
            "fix": asked.fix,
        },
    });
    if let Some(page) = asked.references.iter().find(|page| is_uri(page)) {
        rule["helpUri"] = json!(page);
    }
    rule
}

/// A description that GitHub shows whole; the help has all of it.
fn described(text: &str) -> String {
    let whole = plain(text);
    if whole.chars().count() <= MOST_CHARACTERS { whole } else { plain(&cut(text, MOST_CHARACTERS / 2)) }
}

/// The id as a name: `vpc/private_subnet` is `VpcPrivateSubnet`.
fn name(id: &str) -> String {
    let words = id.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.flat_map(|word| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1))).collect()
}

fn tags(asked: &Asked) -> Vec<String> {
    let mut tags: Vec<String> = vec!["security".into(), asked.leg.word().into()];
    let controls = asked.frameworks.iter().flat_map(|(framework, ids)| ids.iter().map(move |id| format!("{framework}/{id}")));
    for tag in std::iter::once(asked.family.clone()).chain(asked.frameworks.keys().cloned()).chain(controls) {
        if !tag.is_empty() && !tags.contains(&tag) && tags.len() < MOST_TAGS {
            tags.push(tag);
        }
    }
    tags
}

/// A fix with `NAME` where a verdict has a value: `{name}` would be a place that the message holds free.
fn shape(fix: &str) -> String {
    let (mut out, mut rest) = (String::new(), fix);
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..at + 1];
        let after = &rest[at + 1..];
        rest = if let Some(doubled) = after.strip_prefix(brace) {
            out.push_str(brace);
            doubled
        } else if let Some((name, after)) = after.split_once('}').filter(|_| brace == "{") {
            out.push_str(&name.to_uppercase());
            after
        } else {
            out.push_str(brace);
            after
        };
    }
    out + rest
}

fn help(asked: &Asked, why: &str, fix: &str) -> String {
    let mut text = why.to_owned();
    if !fix.is_empty() {
        text += &format!("\n\nTo repair it: {fix}");
    }
    for (code, meaning) in &asked.reasons {
        text += &format!("\n{code}: {meaning}");
    }
    for page in &asked.references {
        text += &format!("\n{page}");
    }
    text
}

fn markdown(asked: &Asked, why: &str, fix: &str) -> String {
    let mut text = why.to_owned();
    if !fix.is_empty() {
        // A fence is longer than any that is inside.
        let longest = fix.split(|character| character != '`').map(str::len).fold(2, usize::max);
        let fence = "`".repeat(longest + 1);
        text += &format!("\n\n**To repair it**\n\n{fence}sh\n{fix}\n{fence}");
    }
    if !asked.reasons.is_empty() {
        text += "\n\n**Reasons**\n";
        asked.reasons.iter().for_each(|(code, meaning)| text += &format!("\n- `{code}`: {meaning}"));
    }
    let pages: Vec<&String> = asked.references.iter().filter(|page| is_uri(page)).collect();
    if !pages.is_empty() {
        text += "\n\n**More**\n";
        pages.iter().for_each(|page| text += &format!("\n- <{page}>"));
    }
    text
}

fn braces(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}
