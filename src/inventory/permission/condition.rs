//! Whether a statement's conditions hold, as far as that can be known without a request.
//!
//! Of most keys nobody knows the value before there is a request; a condition on one of those is open. A few are the same in every
//! request of a principal ([`Context`]). What is decided here follows
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

use std::collections::BTreeMap;

use serde_json::Value;

use super::truth::Truth;
use crate::inventory::policy::matches;

/// What is known of every request: keys in lower case, each with its value, or `None` where the key is certainly missing.
#[derive(Debug, Clone, Default)]
pub struct Context {
    keys: BTreeMap<String, Option<String>>,
}

impl Context {
    /// The same, with a key that has this value in every request.
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.keys.insert(key.to_lowercase(), Some(value.to_owned()));
        self
    }

    /// The same, with a key that no request has.
    pub fn without(mut self, key: &str) -> Self {
        self.keys.insert(key.to_lowercase(), None);
        self
    }

    /// What is known of a key: nothing, that it is missing, or its value.
    fn get(&self, key: &str) -> Option<Option<&str>> {
        self.keys.get(&key.to_lowercase()).map(Option::as_deref)
    }

    /// A pattern with its policy variables replaced: `Err` says why it cannot be, `No` (it matches nothing) or `Open`.
    ///
    /// # Errors
    /// When a variable has no value in any request, or one that is not known here.
    pub fn fill(&self, pattern: &str) -> Result<String, Truth> {
        let (mut filled, mut rest) = (String::new(), pattern);
        while let Some((before, after)) = rest.split_once("${") {
            let Some((variable, after)) = after.split_once('}') else { break };
            // `${*}`, `${?}` and `${$}` are the characters themselves; a default may follow a comma.
            let value = match self.get(variable.split(',').next().unwrap_or(variable).trim()) {
                Some(Some(value)) => value,
                Some(None) if !variable.contains(',') => return Err(Truth::No),
                _ => return Err(Truth::Open),
            };
            filled.push_str(before);
            filled.push_str(value);
            rest = after;
        }
        Ok(filled + rest)
    }
}

/// Whether all conditions hold. An empty block counts as none.
pub fn holds(condition: &Value, context: &Context, has_variables: bool) -> Truth {
    let Some(blocks) = condition.as_object() else { return Truth::Open };
    let one = |(operator, block): (&String, &Value)| match block.as_object() {
        Some(keys) => Truth::all(keys.iter().map(|(key, values)| test(operator, key, values, context, has_variables))),
        None => Truth::Open,
    };
    Truth::all(blocks.iter().map(one))
}

fn test(operator: &str, key: &str, values: &Value, context: &Context, has_variables: bool) -> Truth {
    let operator = operator.to_lowercase();
    let Some(known) = context.get(key) else { return Truth::Open };
    let Some(values) = texts(values) else { return Truth::Open };
    if operator == "null" {
        let is_missing = if known.is_none() { "true" } else { "false" };
        return Truth::any(values.iter().map(|value| Truth::from(value.eq_ignore_ascii_case(is_missing))));
    }
    // A set operator on a missing key: every member of nothing does what is asked, and none of it does.
    if let Some(rest) = operator.strip_prefix("forallvalues:") {
        return if known.is_none() { Truth::Yes } else { compare(rest, known, &values, context, has_variables) };
    }
    if let Some(rest) = operator.strip_prefix("foranyvalue:") {
        return if known.is_none() { Truth::No } else { compare(rest, known, &values, context, has_variables) };
    }
    compare(&operator, known, &values, context, has_variables)
}

fn compare(operator: &str, known: Option<&str>, values: &[String], context: &Context, has_variables: bool) -> Truth {
    let (operator, if_exists) = match operator.strip_suffix("ifexists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let is_negated = operator.contains("not");
    let Some(found) = known else {
        // Without the key a plain operator does not match; a negated one does, and one that asks only if there is a key.
        return Truth::from(if_exists || is_negated);
    };
    let equals: fn(&str, &str) -> bool = match operator {
        "stringequals" | "stringnotequals" | "bool" => |wanted, found| wanted == found,
        "stringequalsignorecase" | "stringnotequalsignorecase" => |wanted, found| wanted.eq_ignore_ascii_case(found),
        // Both forms for ARNs take wildcards; StringEquals does not.
        "stringlike" | "stringnotlike" | "arnequals" | "arnlike" | "arnnotequals" | "arnnotlike" => matches,
        // Numbers, dates and addresses hang on the request: no key with a known value has one.
        _ => return Truth::Open,
    };
    let one = |value: &String| {
        let wanted = if has_variables { context.fill(value) } else { Ok(value.clone()) };
        match wanted {
            Ok(wanted) => Truth::from(equals(&wanted, found)),
            Err(truth) => truth,
        }
    };
    let any = Truth::any(values.iter().map(one));
    if is_negated { any.not() } else { any }
}

/// One value or many, as texts.
fn texts(values: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match values {
        Value::Array(list) => list.iter().map(text).collect(),
        one => text(one).map(|text| vec![text]),
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{No, Open, Yes};
    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/App";

    fn of(condition: &str) -> Truth {
        let context =
            Context::default().with("aws:PrincipalArn", ROLE).with("aws:PrincipalAccount", "111122223333").without("aws:username");
        holds(&serde_json::from_str(condition).unwrap(), &context, true)
    }

    #[test]
    fn an_empty_block_counts_as_none() {
        assert_eq!([of("{}"), of(r#"{"StringEquals":{}}"#)], [Yes, Yes]);
    }

    #[test]
    fn keys_are_compared_without_case_and_values_with() {
        assert_eq!(of(r#"{"StringEquals":{"AWS:principalARN":"arn:aws:iam::111122223333:role/App"}}"#), Yes);
        assert_eq!(of(r#"{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/app"}}"#), No);
        assert_eq!(of(r#"{"StringEqualsIgnoreCase":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/app"}}"#), Yes);
        assert_eq!(of(r#"{"StringNotEqualsIgnoreCase":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/app"}}"#), No);
    }

    #[test]
    fn arn_operators_take_wildcards_and_string_equals_does_not() {
        for (operator, truth) in [("ArnEquals", Yes), ("ArnLike", Yes), ("StringLike", Yes), ("StringEquals", No), ("ArnNotEquals", No)] {
            assert_eq!(of(&format!(r#"{{"{operator}":{{"aws:PrincipalArn":"arn:aws:iam::*:role/A*"}}}}"#)), truth, "{operator}");
        }
    }

    #[test]
    fn a_missing_key() {
        for (condition, truth) in [
            (r#"{"StringEquals":{"aws:username":"ann"}}"#, No),
            (r#"{"StringNotEquals":{"aws:username":"ann"}}"#, Yes),
            (r#"{"StringEqualsIfExists":{"aws:username":"ann"}}"#, Yes),
            (r#"{"Bool":{"aws:username":"false"}}"#, No),
            (r#"{"BoolIfExists":{"aws:username":"false"}}"#, Yes),
            (r#"{"NotIpAddress":{"aws:username":"10.0.0.0/8"}}"#, Yes),
            (r#"{"Null":{"aws:username":"true"}}"#, Yes),
            (r#"{"Null":{"aws:username":"false"}}"#, No),
            (r#"{"Null":{"aws:PrincipalArn":"false"}}"#, Yes),
            (r#"{"ForAllValues:StringEquals":{"aws:username":"ann"}}"#, Yes),
            (r#"{"ForAnyValue:StringEquals":{"aws:username":"ann"}}"#, No),
        ] {
            assert_eq!(of(condition), truth, "{condition}");
        }
    }

    #[test]
    fn what_hangs_on_the_request_is_open() {
        for condition in [
            r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":"2001:db8::1/128"}}"#,
            r#"{"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}"#,
            r#"{"DateLessThan":{"aws:EpochTime":1767225600}}"#,
            r#"{"NumericLessThan":{"aws:PrincipalAccount":"5"}}"#,
            r#"{"StringEquals":{"aws:PrincipalArn":{"odd":1}}}"#,
            r#"{"StringEquals":"odd"}"#,
        ] {
            assert_eq!(of(condition), Open, "{condition}");
        }
    }

    #[test]
    fn blocks_and_keys_must_all_hold_and_one_value_does() {
        let own = r#""aws:PrincipalAccount":["1","111122223333"]"#;
        assert_eq!(of(&format!(r#"{{"StringEquals":{{{own}}}}}"#)), Yes);
        assert_eq!(of(&format!(r#"{{"StringEquals":{{{own}}},"ArnLike":{{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}}}"#)), No);
        assert_eq!(of(&format!(r#"{{"StringEquals":{{{own},"aws:SourceVpc":"vpc-1"}}}}"#)), Open);
        assert_eq!(of(r#"{"StringNotEquals":{"aws:PrincipalAccount":["1","111122223333"]}}"#), No);
    }

    #[test]
    fn variables_are_text_in_old_documents() {
        let condition = serde_json::json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/*"}});
        let context = Context::default().with("aws:PrincipalArn", ROLE).with("aws:PrincipalAccount", "111122223333");
        assert_eq!((holds(&condition, &context, true), holds(&condition, &context, false)), (Yes, No));
        assert_eq!(context.fill("a/${aws:SourceIp}/b"), Err(Open));
        assert_eq!(context.clone().without("aws:username").fill("user/${aws:username}"), Err(No));
        assert_eq!(context.fill("a/${aws:PrincipalAccount}/${"), Ok("a/111122223333/${".to_owned()));
    }

    #[test]
    fn variables_without_number_fill_no_stack() {
        let context = Context::default().with("aws:username", "ann");
        assert_eq!(context.fill(&"${aws:username}".repeat(200_000)).map(|filled| filled.len()), Ok(600_000));
    }
}
