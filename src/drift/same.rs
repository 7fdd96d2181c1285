//! Whether two values mean the same, though they are written differently: lists without order, policies as policies, ranges and
//! ARNs in one form, numbers and switches as they are and as text.

use serde_json::{Map, Value};

use crate::declared::is_hole;
use crate::inventory::Kind;

/// Whether what is wanted and what was found mean the same. A hole means anything.
pub fn same(wanted: &Value, found: &Value, is_ordered: bool) -> bool {
    wanted == found || matches(&plain(wanted), &plain(found), is_ordered)
}

/// What two values have in common that mean the same: what a name or an ARN ends in, a number or a switch as text. `None` for what may
/// mean anything, and for what has parts.
pub(super) fn gist(value: &Value) -> Option<String> {
    if is_hole(value).is_some() {
        return None;
    }
    let text = text(&plain(value))?;
    let last = text.trim_end_matches(":*").rsplit([':', '/']).next().unwrap_or("");
    Some(last.strip_prefix(BOTH).unwrap_or(last).to_owned()).filter(|last| last != "*")
}

/// A cell of a snapshot as a value; `None` for NULL, which nobody read.
pub fn cell(kind: Kind, value: rusqlite::types::ValueRef<'_>) -> Option<Value> {
    use rusqlite::types::ValueRef;
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) if kind == Kind::Bool => Some(Value::Bool(number != 0)),
        ValueRef::Integer(number) => Some(number.into()),
        ValueRef::Real(number) => Some(number.into()),
        ValueRef::Text(text) | ValueRef::Blob(text) => {
            let text = String::from_utf8_lossy(text);
            let parsed = if kind == Kind::Json { serde_json::from_str(&text).ok() } else { None };
            Some(parsed.unwrap_or_else(|| Value::String(text.into_owned())))
        }
    }
}

fn matches(wanted: &Value, found: &Value, is_ordered: bool) -> bool {
    if is_hole(wanted).is_some() || is_hole(found).is_some() {
        return true;
    }
    match (wanted, found) {
        // A member that cannot be told may as well not be declared (`AWS::NoValue`).
        (Value::Object(a), Value::Object(b)) => {
            let is_met = |(name, value): (&String, &Value)| match b.get(name) {
                Some(other) => matches(value, other, is_ordered),
                None => is_hole(value).is_some(),
            };
            a.iter().all(is_met) && b.keys().all(|name| a.contains_key(name))
        }
        (Value::Array(a), Value::Array(b)) if is_ordered => same_list(a, b),
        (Value::Array(a), Value::Array(b)) => same_set(a, b),
        (Value::String(a), Value::String(b)) => a == b || is_same_resource(a, b) || is_same_name(a, b),
        (a, b) => a == b || text(a).zip(text(b)).is_some_and(|(a, b)| a == b),
    }
}

/// Item by item. One that cannot be told may stand for none or for several.
fn same_list(wanted: &[Value], found: &[Value]) -> bool {
    let is_open = |value: &Value| is_hole(value).is_some();
    let pairs = |a: &[Value], b: &[Value]| a.iter().zip(b).all(|(a, b)| matches(a, b, true));
    let Some(first) = wanted.iter().position(is_open) else { return wanted.len() == found.len() && pairs(wanted, found) };
    let behind = wanted.len() - 1 - wanted.iter().rposition(is_open).unwrap_or(first);
    found.len() >= first + behind
        && pairs(&wanted[..first], found)
        && pairs(&wanted[wanted.len() - behind..], &found[found.len() - behind..])
}

/// Every item of the one has its own in the other. An item that cannot be told may stand for none or for several: then the others
/// must be there, whatever else is.
fn same_set(wanted: &[Value], found: &[Value]) -> bool {
    let known: Vec<&Value> = wanted.iter().filter(|value| is_hole(value).is_none()).collect();
    let is_open = known.len() < wanted.len() || found.iter().any(|value| is_hole(value).is_some());
    if !is_open && known.len() != found.len() {
        return false;
    }
    // An item with a hole in it can be met by several: who took one first gives way if there is another for it.
    let mut taken: Vec<Option<usize>> = vec![None; found.len()];
    (0..known.len()).all(|item| assign(item, &known, found, &mut taken, &mut vec![false; found.len()]))
}

/// Finds an item of its own for a wanted one, moving others if need be.
fn assign(item: usize, known: &[&Value], found: &[Value], taken: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for at in 0..found.len() {
        if tried[at] || !matches(known[item], &found[at], false) {
            continue;
        }
        tried[at] = true;
        if taken[at].is_none_or(|other| assign(other, known, found, taken, tried)) {
            taken[at] = Some(item);
            return true;
        }
    }
    false
}

/// A declaration may name by id or name what AWS names by ARN: `key/1234` and `arn:aws:kms:…:key/1234` and `1234`.
fn is_same_resource(a: &str, b: &str) -> bool {
    let (arn, name) = match (a.starts_with("arn:"), b.starts_with("arn:")) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        // A log group's ARN is written with `:*` and without.
        (true, true) => return a.trim_end_matches(":*") == b.trim_end_matches(":*"),
        (false, false) => return false,
    };
    let Some(resource) = arn.splitn(6, ':').nth(5) else { return false };
    !name.is_empty() && (resource == name || resource.strip_suffix(name).is_some_and(|before| before.ends_with(['/', ':'])))
}

/// A load balancer has a name for both kinds of addresses, which leads to the same: Route 53's console writes it, Terraform drops it.
fn is_same_name(a: &str, b: &str) -> bool {
    a.strip_prefix(BOTH) == Some(b) || b.strip_prefix(BOTH) == Some(a)
}

const BOTH: &str = "dualstack.";

/// A scalar as text, to compare `80` with `"80"` and `true` with `"true"`.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(if matches!(text.as_str(), "True" | "False") { text.to_lowercase() } else { text.clone() }),
        Value::Bool(switch) => Some(switch.to_string()),
        Value::Number(number) => {
            Some(number.as_f64().filter(|real| real.fract() == 0.0).map_or_else(|| number.to_string(), |real| format!("{real:.0}")))
        }
        _ => None,
    }
}

/// One form for what is written in several.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.as_bytes().first() {
            // A policy as text.
            Some(b'{' | b'[') => serde_json::from_str(text).map_or_else(|_| value.clone(), |parsed: Value| plain(&parsed)),
            _ => Value::String(range(text)),
        },
        Value::Object(members) if members.contains_key("Statement") => policy(members),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        Value::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

/// `10.0.1.7/24` is `10.0.1.0/24`, and IPv6 has many spellings.
pub fn range(text: &str) -> String {
    let looks_like_one = text.contains('/') && text.len() < 50 && text.starts_with(|c: char| c.is_ascii_hexdigit() || c == ':');
    match text.parse::<ipnet::IpNet>() {
        Ok(net) if looks_like_one => net.trunc().to_string(),
        _ => text.to_owned(),
    }
}

/// A policy with every member a list, actions in lower case, principals spelt out.
fn policy(members: &Map<String, Value>) -> Value {
    let plain_statement = |statement: &Value| match statement.as_object() {
        Some(statement) => statement.iter().map(|(name, value)| (name.clone(), policy_member(name, value))).collect(),
        None => statement.clone(),
    };
    // What a policy without a version is: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>.
    let mut out = Map::from_iter([("Version".to_owned(), "2008-10-17".into())]);
    for (name, value) in members {
        let value = if name == "Statement" { listed(value).iter().map(plain_statement).collect() } else { value.clone() };
        out.insert(name.clone(), value);
    }
    out.into()
}

fn policy_member(name: &str, value: &Value) -> Value {
    if is_hole(value).is_some() {
        return value.clone();
    }
    match name {
        "Action" | "NotAction" => listed(value).iter().map(lower).collect(),
        "Resource" | "NotResource" => listed(value).into(),
        "Principal" | "NotPrincipal" => match value {
            Value::Object(kinds) => {
                kinds.iter().map(|(kind, who)| (kind.clone(), Value::from_iter(listed(who).iter().map(principal)))).collect()
            }
            // `"*"` and `{"AWS": "*"}` mean the same.
            other => Map::from_iter([("AWS".to_owned(), listed(other).into())]).into(),
        },
        "Condition" => match value {
            Value::Object(operators) => operators.iter().map(|(operator, keys)| (operator.clone(), condition(keys))).collect(),
            other => other.clone(),
        },
        _ => value.clone(),
    }
}

fn condition(keys: &Value) -> Value {
    match keys {
        hole if is_hole(hole).is_some() => hole.clone(),
        Value::Object(keys) => keys
            .iter()
            // Keys are compared without case; a value may stand alone or in a list, as text or not.
            .map(|(key, values)| {
                let values = listed(values).into_iter().map(|value| text(&value).map_or(value, Value::String));
                (key.to_lowercase(), Value::from_iter(values))
            })
            .collect(),
        other => other.clone(),
    }
}

fn listed(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    }
}

fn lower(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| text.to_lowercase().into())
}

/// An account stands for its root.
fn principal(who: &Value) -> Value {
    match who.as_str() {
        Some(account) if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("arn:aws:iam::{account}:root").into()
        }
        _ => who.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::hole;
    use serde_json::json;

    #[test]
    fn what_means_the_same_is_the_same() {
        for (a, b) in [
            (json!(["b", "a"]), json!(["a", "b"])),
            (json!("80"), json!(80)),
            (json!("true"), json!(true)),
            (json!("10.0.1.7/24"), json!("10.0.1.0/24")),
            (json!("arn:aws:kms:eu-west-1:1:key/ab"), json!("ab")),
            (json!("arn:aws:iam::1:role/app/pay"), json!("pay")),
            (json!("arn:aws:logs:eu-west-1:1:log-group:pay"), json!("arn:aws:logs:eu-west-1:1:log-group:pay:*")),
            (
                json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Principal": {"AWS": "111122223333"}, "Resource": "*"}}),
                json!(
                    r#"{"Version":"2012-10-17","Statement":[{"Action":["S3:getobject"],"Effect":"Allow","Resource":["*"],"Principal":{"AWS":["arn:aws:iam::111122223333:root"]}}]}"#
                ),
            ),
            (json!("web-1.elb.amazonaws.com"), json!("dualstack.web-1.elb.amazonaws.com")),
            (
                json!({"Statement": [{"Effect": "Allow", "Action": "s3:*"}]}),
                json!({"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]}),
            ),
            (json!([hole("x"), "a"]), json!(["a", "b"])),
            (json!({"a": hole("x")}), json!({"a": 1})),
            // What cannot be told may be nothing at all, or several.
            (json!({"a": hole("x"), "b": 1}), json!({"b": 1})),
            (json!([hole("x"), "a"]), json!(["a"])),
            (json!([hole("x"), "a"]), json!(["c", "a", "b"])),
            // The one that fits both must not take the only one that fits the other.
            (json!([{"a": hole("x"), "b": hole("x")}, {"a": 1, "b": hole("x")}]), json!([{"a": 1, "b": 2}, {"a": 5, "b": 6}])),
            (
                json!({"Statement": [{"Effect": "Deny", "Condition": {"StringEquals": hole("x")}}]}),
                json!({"Statement": [{"Effect": "Deny", "Condition": {"StringEquals": {"aws:SourceVpc": ["vpc-1"]}}}]}),
            ),
        ] {
            assert!(same(&a, &b, false), "{a} {b}");
            // Who looks rows up by what such values have in common misses none.
            assert!(gist(&a).zip(gist(&b)).is_none_or(|(a, b)| a == b), "{a} {b}");
        }
    }

    #[test]
    fn what_differs_differs() {
        for (a, b) in [
            (json!(["a"]), json!(["a", "a"])),
            (json!("80"), json!(81)),
            (json!(""), json!("arn:aws:iam::1:role/pay")),
            (json!("ay"), json!("arn:aws:iam::1:role/pay")),
            (json!({"Statement": [{"Effect": "Allow", "Action": "s3:*"}]}), json!({"Statement": [{"Effect": "Deny", "Action": "s3:*"}]})),
            (json!({"Statement": []}), json!({"Version": "2012-10-17", "Statement": []})),
            (json!([hole("x"), "a"]), json!(["b", "c"])),
            (json!({"a": 1}), json!({"a": 1, "b": 2})),
        ] {
            assert!(!same(&a, &b, false), "{a} {b}");
        }
        assert!(!same(&json!(["b", "a"]), &json!(["a", "b"]), true));
        let open = json!(["a", hole("x"), "c"]);
        assert!(same(&open, &json!(["a", "c"]), true) && same(&open, &json!(["a", "x", "y", "c"]), true));
        assert!(!same(&open, &json!(["b", "c"]), true) && !same(&open, &json!(["a"]), true));
    }
}
