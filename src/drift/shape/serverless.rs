//! Shapes of functions and APIs: permissions, versions' shares of the traffic, logging levels, policies of APIs.

use serde_json::{Map, Value, json};

use crate::declared::{hole, is_hole};

/// The statement that Lambda makes of a permission, as `function`, `principals`, `actions` and `condition`. A permission for a version
/// or an alias is left out: it stands in a policy of its own.
/// <https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html>
pub(super) fn lambda_permission(value: &Value) -> Value {
    let Value::Array(documents) = value else { return value.clone() };
    documents.iter().filter_map(statement).collect()
}

fn statement(document: &Value) -> Option<Value> {
    let first = |names: [&str; 2]| names.iter().filter_map(|name| document.get(*name)).find(|value| !is_empty(value)).cloned();
    let declared = first(["FunctionName", "function_name"]).unwrap_or_else(|| hole("it is not declared for which function"));
    let function = function_name(&declared);
    let is_qualified = function.as_str().is_some_and(|name| name.matches(':').count() == if name.starts_with("arn:") { 7 } else { 1 });
    if is_qualified || document.get("qualifier").is_some_and(|qualifier| !is_empty(qualifier)) {
        return None;
    }
    let action = first(["Action", "action"]).unwrap_or_else(|| hole("it is not declared what is allowed"));
    let principal = first(["Principal", "principal"]).unwrap_or_else(|| hole("it is not declared who is allowed"));
    Some(json!({
        "function": function,
        "actions": [super::lower(&action)],
        "principals": [principal_of(&principal)],
        "condition": condition(&first),
    }))
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// A service, an account, a role, or everybody, as the column has it.
fn principal_of(principal: &Value) -> Value {
    match principal.as_str() {
        None | Some("*") => principal.clone(),
        // In which partition the account is, the permission does not say.
        Some(account) if account.bytes().all(|byte| byte.is_ascii_digit()) => hole("an account as principal"),
        Some(arn) if arn.starts_with("arn:") => format!("AWS:{arn}").into(),
        Some(service) => format!("Service:{service}").into(),
    }
}

/// Which condition Lambda makes of which property.
const CONDITIONS: [([&str; 2], &str, &str); 6] = [
    (["SourceArn", "source_arn"], "ArnLike", "AWS:SourceArn"),
    (["SourceAccount", "source_account"], "StringEquals", "AWS:SourceAccount"),
    (["PrincipalOrgID", "principal_org_id"], "StringEquals", "aws:PrincipalOrgID"),
    (["FunctionUrlAuthType", "function_url_auth_type"], "StringEquals", "lambda:FunctionUrlAuthType"),
    (["EventSourceToken", "event_source_token"], "StringEquals", "lambda:EventSourceToken"),
    (["InvokedViaFunctionUrl", "invoked_via_function_url"], "Bool", "lambda:InvokedViaFunctionUrl"),
];

fn condition(first: &dyn Fn([&str; 2]) -> Option<Value>) -> Value {
    let mut operators = Map::new();
    for (names, operator, key) in CONDITIONS {
        let Some(value) = first(names).filter(|value| *value != Value::Bool(false)) else { continue };
        let keys = operators.entry(operator).or_insert_with(|| json!({}));
        keys[key] = match value {
            Value::Bool(switch) => switch.to_string().into(),
            value => value,
        };
    }
    operators.into()
}

/// A function by its name or ARN, where it was named by a part of the ARN (`111122223333:function:pay`).
pub(super) fn function_name(value: &Value) -> Value {
    let Some(text) = value.as_str().filter(|text| !text.starts_with("arn:")) else { return value.clone() };
    text.split_once("function:").map_or(text, |(_, name)| name).into()
}

/// Shares of other versions, a map from version to share, from CloudFormation's list or Terraform's map.
pub(super) fn version_weights(value: &Value) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    let mut weights = Map::new();
    for item in items {
        match item.get("FunctionVersion").and_then(Value::as_str) {
            Some(version) => weights.insert(version.to_owned(), item.get("FunctionWeight").cloned().unwrap_or_else(|| hole("its weight"))),
            None => {
                return hole(is_hole(item).or_else(|| item.get("FunctionVersion").and_then(is_hole)).unwrap_or("a version without a name"));
            }
        };
    }
    weights.into()
}

/// Logging levels that are in use, from a stage's method settings.
pub(super) fn logging_levels(value: &Value) -> Value {
    let Value::Array(settings) = value else { return value.clone() };
    let mut levels: Vec<Value> = Vec::new();
    for setting in settings {
        let level = if is_hole(setting).is_some() { Some(setting) } else { setting.get("LoggingLevel") };
        match level.map(logging_level) {
            // Of how many levels there are, nothing can be said then.
            Some(open) if is_hole(&open).is_some() => return open,
            Some(level) if !level.is_null() && !levels.contains(&level) => levels.push(level),
            _ => {}
        }
    }
    levels.into()
}

/// A logging level that is in use; nothing for `OFF`.
pub(super) fn logging_level(value: &Value) -> Value {
    if matches!(value.as_str(), Some("" | "OFF")) { Value::Null } else { value.clone() }
}

/// A resource policy of an API: where it says `execute-api:/…`, AWS writes out the API's ARN.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html>
pub(super) fn api_policy(value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('{') => {
            serde_json::from_str(text).map_or_else(|_| value.clone(), |parsed| api_policy(&parsed))
        }
        Value::String(text) if text.starts_with("execute-api:") => hole("a path of the API itself"),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), api_policy(value))).collect(),
        Value::Array(items) => items.iter().map(api_policy).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_a_statement() {
        let template = json!([{"FunctionName": "pay", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
            "SourceArn": "arn:aws:s3:::in", "SourceAccount": hole("x")}]);
        let expected = json!([{"function": "pay", "actions": ["lambda:invokefunction"], "principals": ["Service:s3.amazonaws.com"],
            "condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::in"}, "StringEquals": {"AWS:SourceAccount": hole("x")}}}]);
        assert_eq!(lambda_permission(&template), expected);
        let state = json!([{"function_name": "pay", "action": "lambda:InvokeFunction", "principal": "*", "qualifier": "",
            "source_arn": null, "function_url_auth_type": "NONE"}]);
        let statement = &lambda_permission(&state)[0];
        assert_eq!(statement["principals"], json!(["*"]));
        assert_eq!(statement["condition"], json!({"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}));
    }

    #[test]
    fn a_permission_of_an_alias_is_not_the_functions() {
        for name in ["arn:aws:lambda:eu-west-1:111122223333:function:pay:live", "pay:live", "111122223333:function:pay:live"] {
            assert_eq!(lambda_permission(&json!([{"FunctionName": name, "Action": "a", "Principal": "*"}])), json!([]), "{name}");
        }
        assert_eq!(lambda_permission(&json!([{"function_name": "pay", "qualifier": "live"}])), json!([]));
        for name in ["arn:aws:lambda:eu-west-1:111122223333:function:pay", "pay", "111122223333:function:pay"] {
            let told = lambda_permission(&json!([{"FunctionName": name, "Action": "a", "Principal": "111122223333"}]));
            assert!(is_hole(&told[0]["principals"][0]).is_some() && told[0]["function"].as_str().unwrap().ends_with("pay"), "{told}");
        }
    }

    #[test]
    fn versions_and_levels() {
        assert_eq!(version_weights(&json!([{"FunctionVersion": "2", "FunctionWeight": 0.1}])), json!({"2": 0.1}));
        assert_eq!(version_weights(&json!({"2": 0.1})), json!({"2": 0.1}));
        assert_eq!(version_weights(&json!([{"FunctionVersion": hole("x"), "FunctionWeight": 0.1}])), hole("x"));
        let settings = json!([{"LoggingLevel": "INFO"}, {"LoggingLevel": "OFF"}, {"MetricsEnabled": true}, {"LoggingLevel": "INFO"}]);
        assert_eq!(logging_levels(&settings), json!(["INFO"]));
        assert_eq!(logging_levels(&json!([{"LoggingLevel": hole("x")}, {"LoggingLevel": "INFO"}])), hole("x"));
    }

    #[test]
    fn paths_of_the_api_are_left_open() {
        let policy =
            json!({"Statement": [{"Effect": "Allow", "Resource": ["execute-api:/live/*", "arn:aws:execute-api:eu-west-1:1:a/*"]}]});
        let told = api_policy(&Value::String(policy.to_string()));
        assert!(is_hole(&told["Statement"][0]["Resource"][0]).is_some());
        assert_eq!(told["Statement"][0]["Resource"][1], "arn:aws:execute-api:eu-west-1:1:a/*");
    }
}
