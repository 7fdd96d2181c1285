//! IAM policy documents, taken apart into statements that can be asked with SQL.
//!
//! A document may hold one statement or a list, and every member one text or a list of texts; all are lists here. Action names are
//! lower-cased, since IAM compares them so; resources keep their case. A document that is no policy is an error, never an empty
//! policy: an empty policy would allow nothing, and that would be a statement about the account.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>

use serde_json::{Map, Value, json};

/// One statement of a policy, with every member a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The `Sid`, or `''`.
    pub sid: String,
    /// `Allow` or `Deny`.
    pub effect: String,
    /// Principals as `TYPE:value` (`AWS:arn:…`, `Service:lambda.amazonaws.com`, `*`).
    pub principals: Vec<String>,
    /// The same of `NotPrincipal`.
    pub not_principals: Vec<String>,
    /// Actions in lower case.
    pub actions: Vec<String>,
    /// The same of `NotAction`.
    pub not_actions: Vec<String>,
    /// Resource patterns.
    pub resources: Vec<String>,
    /// The same of `NotResource`.
    pub not_resources: Vec<String>,
    /// The `Condition` block as it stands; `{}` when there is none (an empty one counts as none).
    pub condition: Value,
}

/// Why a text is not a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a policy document: {0}")]
pub struct NotAPolicy(String);

/// Takes a policy document apart.
///
/// # Errors
/// When the text is not JSON, or lacks what every statement must have (an `Effect`, and an action or its complement).
///
/// ```
/// use driftlead::inventory::policy::parse;
/// let text = r#"{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}"#;
/// let statements = parse(text).unwrap();
/// assert_eq!(statements[0].actions, ["s3:get*"]);
/// assert!(parse("{}").is_err());
/// ```
pub fn parse(document: &str) -> Result<Vec<Statement>, NotAPolicy> {
    let value: Value = serde_json::from_str(document).map_err(|error| NotAPolicy(error.to_string()))?;
    let statements = match value.get("Statement") {
        Some(Value::Array(list)) => list.clone(),
        Some(one @ Value::Object(_)) => vec![one.clone()],
        _ => return Err(NotAPolicy("it has no Statement".into())),
    };
    statements.iter().map(statement).collect()
}

fn statement(value: &Value) -> Result<Statement, NotAPolicy> {
    let object = value.as_object().ok_or_else(|| NotAPolicy("a statement is not an object".into()))?;
    let effect = match object.get("Effect").and_then(Value::as_str) {
        Some(effect @ ("Allow" | "Deny")) => effect.to_owned(),
        other => return Err(NotAPolicy(format!("a statement has the effect {other:?}"))),
    };
    let actions = texts(object, "Action")?;
    let not_actions = texts(object, "NotAction")?;
    if actions.is_empty() == not_actions.is_empty() {
        return Err(NotAPolicy("a statement needs either Action or NotAction".into()));
    }
    Ok(Statement {
        sid: object.get("Sid").and_then(Value::as_str).unwrap_or("").to_owned(),
        effect,
        principals: principals(object, "Principal")?,
        not_principals: principals(object, "NotPrincipal")?,
        actions: lower(actions),
        not_actions: lower(not_actions),
        resources: texts(object, "Resource")?,
        not_resources: texts(object, "NotResource")?,
        condition: match object.get("Condition") {
            None | Some(Value::Null) => json!({}),
            Some(condition @ Value::Object(_)) => condition.clone(),
            Some(_) => return Err(NotAPolicy("a Condition is not an object".into())),
        },
    })
}

fn texts(object: &Map<String, Value>, key: &str) -> Result<Vec<String>, NotAPolicy> {
    let wrong = || NotAPolicy(format!("{key} is neither a text nor a list of texts"));
    match object.get(key) {
        None => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(list)) => list.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}

fn principals(object: &Map<String, Value>, key: &str) -> Result<Vec<String>, NotAPolicy> {
    match object.get(key) {
        None => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Object(kinds)) => {
            let mut all = Vec::new();
            for kind in kinds.keys() {
                for name in texts(kinds, kind)? {
                    // {"AWS": "*"} means the same as "*".
                    all.push(if kind == "AWS" && name == "*" { name } else { format!("{kind}:{name}") });
                }
            }
            Ok(all)
        }
        Some(_) => Err(NotAPolicy(format!("{key} is neither * nor an object"))),
    }
}

fn lower(actions: Vec<String>) -> Vec<String> {
    actions.into_iter().map(|action| action.to_lowercase()).collect()
}

impl Statement {
    /// The statement as JSON, for the SQL function `policy_statements`.
    pub fn to_json(&self) -> Value {
        json!({
            "sid": self.sid, "effect": self.effect,
            "principals": self.principals, "not_principals": self.not_principals,
            "actions": self.actions, "not_actions": self.not_actions,
            "resources": self.resources, "not_resources": self.not_resources,
            "condition": self.condition,
        })
    }

    /// Whether the statement speaks of everybody: an `Allow` to `*`, or to all but some.
    pub fn is_for_anyone(&self) -> bool {
        self.principals.iter().any(|principal| principal == "*") || !self.not_principals.is_empty()
    }

    /// Whether its conditions narrow "anyone" to somebody: a fixed account, organisation, principal, VPC, endpoint or source.
    ///
    /// `None` when there are conditions that this list cannot decide. A condition on the address range counts only if the range is
    /// not the whole internet. The keys are those by which S3 calls a policy not public:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
    pub fn is_narrowed(&self) -> Option<bool> {
        let blocks = self.condition.as_object()?;
        if blocks.values().all(|block| block.as_object().is_some_and(Map::is_empty)) {
            return Some(false);
        }
        let mut undecided = false;
        for (operator, block) in blocks {
            for (key, values) in block.as_object()? {
                match narrows(operator, key, values) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => undecided = true,
                }
            }
        }
        if undecided { None } else { Some(false) }
    }
}

/// Keys whose fixed value names somebody.
const NARROWING_KEYS: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "kms:calleraccount",
    "lambda:sourceaccount",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// Keys that say how a request comes, not from whom.
const OPEN_KEYS: &[&str] = &[
    "aws:securetransport", "aws:referer", "aws:useragent", "aws:requestedregion", "lambda:functionurlauthtype",
    "lambda:invokedviafunctionurl", "s3:prefix", "s3:delimiter", "s3:max-keys", "s3:signatureversion", "s3:x-amz-acl",
    "s3:x-amz-server-side-encryption", "s3:tlsversion", "s3:authtype", "s3:signatureage", "kms:viaservice",
];

fn narrows(operator: &str, key: &str, values: &Value) -> Option<bool> {
    let key = key.to_lowercase();
    let operator = operator.to_lowercase();
    let values = condition_values(values)?;
    // "…IfExists" holds when the key is missing, ForAllValues when the set is empty, and a negated operator for all others.
    // Null says only that a key is there.
    if operator.ends_with("ifexists") || operator.starts_with("forallvalues:") || operator.contains("not") || operator == "null" {
        return Some(false);
    }
    if key == "aws:sourceip" || key == "aws:vpcsourceip" {
        return Some(!values.is_empty() && !values.iter().any(|value| is_wide(value)));
    }
    if NARROWING_KEYS.contains(&key.as_str()) {
        return Some(!values.is_empty() && values.iter().all(|value| is_fixed(value)));
    }
    if OPEN_KEYS.contains(&key.as_str()) { Some(false) } else { None }
}

/// A condition's values, one or many; `None` for what is no list of plain values.
fn condition_values(values: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    match values {
        Value::Array(list) => list.iter().map(text).collect(),
        one => text(one).map(|text| vec![text]),
    }
}

/// Whether a range of addresses is too wide to be somebody's, as S3 sees it: wider than /8, or /32 of IPv6. What is no range is.
fn is_wide(range: &str) -> bool {
    match range.parse::<ipnet::IpNet>() {
        Ok(net) => net.prefix_len() < if net.addr().is_ipv4() { 8 } else { 32 },
        Err(_) => range.parse::<std::net::IpAddr>().is_err(),
    }
}

/// Whether a value names somebody: an ARN with a fixed account (or, as a bucket's, with none and no wildcard), or a plain word.
fn is_fixed(value: &str) -> bool {
    let is_open = value.contains(['*', '?']) || value.contains("${");
    match value.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", _, _, _, account, _] if !account.is_empty() => account.bytes().all(|byte| byte.is_ascii_digit()),
        _ => !is_open,
    }
}

/// Whether an IAM pattern (`*` any run, `?` one character) matches a text, with case.
///
/// ```
/// use driftlead::inventory::policy::matches;
/// assert!(matches("s3:Get*", "s3:GetObject"));
/// assert!(!matches("s3:Get?", "s3:GetObject"));
/// assert!(matches("arn:aws:s3:::[x]/*", "arn:aws:s3:::[x]/y"));
/// ```
pub fn matches(pattern: &str, text: &str) -> bool {
    // Hardly a policy is not in ASCII, and a byte is a character there.
    if pattern.is_ascii() && text.is_ascii() {
        return is_match(pattern.as_bytes(), text.as_bytes());
    }
    is_match(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>())
}

fn is_match<C: Copy + PartialEq + From<u8>>(pattern: &[C], text: &[C]) -> bool {
    let (star, any) = (C::from(b'*'), C::from(b'?'));
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && (pattern[p] == any || (pattern[p] == text[t] && pattern[p] != star)) {
            p += 1;
            t += 1;
        } else if p < pattern.len() && pattern[p] == star {
            retry = Some((p, t));
            p += 1;
        } else if let Some((last, from)) = retry {
            // The last star takes one character more.
            retry = Some((last, from + 1));
            p = last + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|rest| *rest == star)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Statement {
        parse(text).unwrap().remove(0)
    }

    #[test]
    fn one_or_many_are_both_legal() {
        let one = r#"{"Statement":{"Effect":"Deny","Principal":{"AWS":"*","Service":["a","b"]},"NotAction":"IAM:*","Resource":"*"}}"#;
        let statement = first(one);
        assert_eq!(statement.principals, ["*", "Service:a", "Service:b"]);
        assert_eq!(statement.not_actions, ["iam:*"]);
        assert!(statement.is_for_anyone());
    }

    #[test]
    fn what_is_no_policy_is_an_error() {
        for text in ["", "[]", "{}", r#"{"Statement":[{"Effect":"Maybe","Action":"*"}]}"#, r#"{"Statement":[{"Effect":"Allow"}]}"#] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn conditions_narrow_or_not_or_cannot_be_decided() {
        let narrowed = |condition: &str| {
            let text = format!(r#"{{"Statement":[{{"Effect":"Allow","Principal":"*","Action":"*","Condition":{condition}}}]}}"#);
            first(&text).is_narrowed()
        };
        assert_eq!(narrowed("{}"), Some(false));
        assert_eq!(narrowed(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#), Some(true));
        assert_eq!(narrowed(r#"{"StringLike":{"aws:PrincipalArn":"*"}}"#), Some(false));
        assert_eq!(narrowed(r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x"}}"#), Some(false));
        assert_eq!(narrowed(r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}"#), Some(true));
        assert_eq!(narrowed(r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::docs"}}"#), Some(true));
        assert_eq!(narrowed(r#"{"Null":{"aws:PrincipalOrgID":"false"}}"#), Some(false));
        assert_eq!(narrowed(r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#), Some(false));
        assert_eq!(narrowed(r#"{"StringEqualsIfExists":{"aws:SourceAccount":"1"}}"#), Some(false));
        assert_eq!(narrowed(r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#), Some(false));
        assert_eq!(narrowed(r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24"]}}"#), Some(true));
        assert_eq!(narrowed(r#"{"IpAddress":{"aws:SourceIp":["203.0.113.7", "8.0.0.0/7"]}}"#), Some(false));
        assert_eq!(narrowed(r#"{"IpAddress":{"aws:SourceIp":["2001:db8::/32", "10.0.0.0/8"]}}"#), Some(true));
        assert_eq!(narrowed(r#"{"IpAddress":{"aws:SourceIp":"2000::/3"}}"#), Some(false));
        assert_eq!(narrowed(r#"{"StringEquals":{"aws:SourceAccount":111122223333}}"#), Some(true));
        assert_eq!(narrowed(r#"{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}"#), Some(false));
        assert_eq!(narrowed(r#"{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}"#), None);
        assert_eq!(narrowed(r#"{"Bool":{"aws:SecureTransport":"true"}}"#), Some(false));
        assert_eq!(narrowed(r#"{"StringEquals":{"saml:aud":"x"}}"#), None);
    }

    #[test]
    fn stars_give_back_what_they_took() {
        assert!(matches("*a*b", "xaab"));
        assert!(!matches("*a*b", "xaabc"));
        assert!(matches("**", ""));
        assert!(!matches("?", ""));
    }
}
