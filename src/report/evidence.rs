//! The evidence of a finding in one line: what the sentence above it and the fix below it do not say already.

use serde_json::Value;

use crate::finding::Finding;

/// The longest value that is shown; a report in JSON keeps it whole.
const LONGEST: usize = 64;

/// The most items of a list that are shown.
const MOST: usize = 3;

/// The reason, and the values behind it as `name value`.
pub fn words(finding: &Finding) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !finding.reason.is_empty() {
        parts.push(finding.reason.clone());
    }
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in &finding.evidence {
        let Some(whole) = known(value) else { continue };
        let Some(text) = shown(finding, value, &whole) else { continue };
        // What the check's own defaults say is not about this resource.
        let is_default = whole.ends_with(" (default)");
        if is_default || (!is_small_number(value) && is_said(finding, &whole)) || (seen.contains(&text) && !is_small_number(value)) {
            continue;
        }
        parts.push(format!("{name} {text}"));
        seen.push(text);
    }
    parts.join(" · ")
}

/// A value as text; `None` when there is none.
fn known(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Array(items) if items.is_empty() => None,
        Value::Object(members) if members.is_empty() => None,
        Value::Number(number) => Some(match number.as_f64() {
            Some(real) if number.is_f64() && real.fract() == 0.0 => format!("{real:.0}"),
            Some(real) if number.is_f64() => format!("{real:.1}"),
            _ => number.to_string(),
        }),
        other => Some(other.to_string()),
    }
}

/// A value short enough for a line; `None` when all of a list is said elsewhere.
fn shown(finding: &Finding, value: &Value, whole: &str) -> Option<String> {
    let text = match value {
        Value::Array(items) => {
            let items = items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            let new: Vec<String> = items.filter(|item| !is_said(finding, item)).map(|item| own(finding, &item)).collect();
            super::text::some_of(new, MOST, "item")
        }
        _ => own(finding, whole),
    };
    let short = if text.chars().count() <= LONGEST { text } else { text.chars().take(LONGEST).chain(['…']).collect() };
    (!short.is_empty()).then_some(short)
}

/// Whether the sentence, the fix or the resource says a value, or the id that an ARN of the same place ends in.
fn is_said(finding: &Finding, whole: &str) -> bool {
    let own = own(finding, whole);
    let id = if own == whole { whole } else { own.rsplit(['/', ':']).next().unwrap_or(whole) };
    [&finding.message, &finding.fix, &finding.resource].into_iter().any(|text| says(text, id))
}

/// An ARN in the finding's own place without the part that all ARNs there share.
fn own(finding: &Finding, text: &str) -> String {
    let mut parts = text.splitn(6, ':');
    let (Some("arn"), Some(_), Some(_), Some(region), Some(account), Some(rest)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return text.to_owned();
    };
    let is_here = (account.is_empty() || account == finding.account) && (region.is_empty() || region == finding.region);
    if is_here { rest.to_owned() } else { text.to_owned() }
}

/// Whether a text has a value in it as a word of its own.
fn says(text: &str, value: &str) -> bool {
    let is_inside = |character: Option<char>| character.is_some_and(|character| character.is_alphanumeric() || character == '_');
    !value.is_empty()
        && text
            .match_indices(value)
            .any(|(at, found)| !is_inside(text[..at].chars().next_back()) && !is_inside(text[at + found.len()..].chars().next()))
}

/// A switch or a small count: that its digit is somewhere in the sentence says nothing.
fn is_small_number(value: &Value) -> bool {
    value.as_f64().is_some_and(|number| number.abs() < 10.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finding(message: &str, fix: &str, evidence: &[(&str, Value)]) -> Finding {
        Finding {
            message: message.into(),
            fix: fix.into(),
            evidence: evidence.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            ..Finding::sample()
        }
    }

    #[test]
    fn what_is_said_is_not_said_again() {
        let arn = "arn:aws:ec2:eu-west-1:111122223333:natgateway/nat-9";
        let evidence = [
            ("name", json!("app-1")),
            ("nat", json!("nat-9")),
            ("nat_arn", json!(arn)),
            ("table", json!("rtb-1")),
            ("subnet_id", json!("subnet-1")),
            ("state", json!("active")),
            ("ports", json!("22, 3389 (default)")),
            ("none", Value::Null),
            ("empty", json!([])),
        ];
        let text = words(&finding("app-1 has lost nat-9 and is inactive", "aws ec2 x --route-table-id rtb-1", &evidence));
        assert_eq!(text, "code · state active");
    }

    #[test]
    fn small_numbers_are_kept_and_long_values_cut() {
        let list = json!(["a", "b", "c", "d", "e"]);
        let evidence = [("count", json!(1)), ("bytes", json!(35000000.0)), ("list", list), ("long", json!("x".repeat(99)))];
        let text = words(&finding("1 of us-east-1", "", &evidence));
        assert_eq!(text, format!("code · bytes 35000000 · count 1 · list a, b, c and 2 more items · long {}…", "x".repeat(64)));
    }

    #[test]
    fn an_arn_from_elsewhere_is_shown_whole() {
        let arn = "arn:aws:iam::999988887777:role/other";
        assert_eq!(words(&finding("m", "", &[("role", json!(arn))])), format!("code · role {arn}"));
        assert_eq!(words(&finding("m", "", &[("role", json!("arn:aws:iam::111122223333:role/own"))])), "code · role role/own");
    }

    #[test]
    fn a_parameter_that_the_user_set_is_evidence() {
        let text = words(&finding("m", "", &[("days", json!("30 (driftlead.toml [params])"))]));
        assert_eq!(text, "code · days 30 (driftlead.toml [params])");
    }
}
