//! Shapes of load balancers: actions, which AWS numbers where there are several, and conditions of rules.

use serde_json::{Value, json};

use crate::declared::{hole, is_hole};

/// Types of actions in their order, as `forward`, `redirect`, `authenticate-oidc`, …
pub(super) fn action_types(value: &Value) -> Value {
    of_actions(value, |actions| actions.iter().map(|action| member(action, "Type", "type")).collect())
}

/// Target groups that actions forward to.
pub(super) fn target_groups(value: &Value) -> Value {
    of_actions(value, |actions| actions.iter().flat_map(|action| groups_of(action)).collect())
}

/// `host`, `port`, `protocol` and `status_code` of a redirect; `{}` for actions that end otherwise.
pub(super) fn redirect(value: &Value) -> Value {
    of_actions(value, |actions| match config(actions) {
        None => json!({}),
        Some(config) => json!({
            "host": redirected(config, "Host", "host", "#{host}"),
            "port": redirected(config, "Port", "port", "#{port}"),
            "protocol": redirected(config, "Protocol", "protocol", "#{protocol}"),
            "status_code": redirected(config, "StatusCode", "status_code", ""),
        }),
    })
}

/// Protocol of a redirect, or ''.
pub(super) fn redirect_protocol(value: &Value) -> Value {
    of_redirect(value, "Protocol", "protocol", "#{protocol}")
}

/// Port of a redirect, or ''.
pub(super) fn redirect_port(value: &Value) -> Value {
    of_redirect(value, "Port", "port", "#{port}")
}

/// Host of a redirect, or ''.
pub(super) fn redirect_host(value: &Value) -> Value {
    of_redirect(value, "Host", "host", "#{host}")
}

/// Status code of a redirect, or ''.
pub(super) fn redirect_status_code(value: &Value) -> Value {
    of_redirect(value, "StatusCode", "status_code", "")
}

fn of_redirect(value: &Value, name: &str, terraform: &str, unset: &str) -> Value {
    of_actions(value, |actions| config(actions).map_or_else(|| "".into(), |config| redirected(config, name, terraform, unset)))
}

/// What AWS documents for a part of a redirect that is not set: that of the request.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html>
fn redirected(config: &Value, name: &str, terraform: &str, unset: &str) -> Value {
    let told = member(config, name, terraform);
    if told.is_null() || told == "" { unset.into() } else { told }
}

/// The redirect of the last action. Terraform keeps a block as a list.
fn config<'a>(actions: &[&'a Value]) -> Option<&'a Value> {
    let last = actions.last()?;
    let config = last.get("RedirectConfig").or_else(|| last.get("redirect")?.get(0))?;
    config.is_object().then_some(config)
}

/// Asks actions in the order in which they are taken. Which comes last, nobody knows of a list that is not known.
fn of_actions(value: &Value, ask: impl FnOnce(&[&Value]) -> Value) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    let order = |action: &&Value| {
        let order = member(action, "Order", "order");
        order.as_i64().or_else(|| order.as_str()?.parse().ok())
    };
    if let Some(why) = items.iter().find_map(|item| is_hole(item).map(str::to_owned).or_else(|| hidden_order(item))) {
        return hole(&why);
    }
    let mut actions: Vec<&Value> = items.iter().collect();
    actions.sort_by_key(order);
    ask(&actions)
}

fn hidden_order(action: &Value) -> Option<String> {
    is_hole(action.get("Order")?).map(str::to_owned)
}

fn groups_of(action: &Value) -> Vec<Value> {
    let listed = action.get("ForwardConfig").and_then(|config| config.get("TargetGroups"));
    let listed = listed.or_else(|| action.get("forward")?.get(0)?.get("target_group"));
    let weighted: Vec<Value> = match listed {
        Some(Value::Array(groups)) => {
            let arn = |group: &Value| if is_hole(group).is_some() { group.clone() } else { member(group, "TargetGroupArn", "arn") };
            groups.iter().map(arn).filter(|arn| !arn.is_null()).collect()
        }
        Some(other) if is_hole(other).is_some() => vec![other.clone()],
        _ => Vec::new(),
    };
    let single = member(action, "TargetGroupArn", "target_group_arn");
    let is_set = !single.is_null() && single != "";
    if weighted.is_empty() && is_set { vec![single] } else { weighted }
}

fn member(value: &Value, name: &str, terraform: &str) -> Value {
    value.get(name).or_else(|| value.get(terraform)).map_or(Value::Null, Value::clone)
}

/// What conditions are about: `host-header`, `path-pattern`, …
pub(super) fn condition_fields(value: &Value) -> Value {
    of_conditions(value, |field, _| vec![field.into()])
}

/// Host names that conditions ask for.
pub(super) fn host_headers(value: &Value) -> Value {
    of_conditions(
        value,
        |field, condition| if field == "host-header" { asked(condition, "HostHeaderConfig", "host_header") } else { Vec::new() },
    )
}

/// Paths that conditions ask for.
pub(super) fn path_patterns(value: &Value) -> Value {
    of_conditions(
        value,
        |field, condition| if field == "path-pattern" { asked(condition, "PathPatternConfig", "path_pattern") } else { Vec::new() },
    )
}

/// Terraform's blocks within a condition, and what AWS calls them.
const FIELDS: &[(&str, &str)] = &[
    ("host_header", "host-header"),
    ("http_header", "http-header"),
    ("http_request_method", "http-request-method"),
    ("path_pattern", "path-pattern"),
    ("query_string", "query-string"),
    ("source_ip", "source-ip"),
];

fn of_conditions(value: &Value, ask: impl Fn(&str, &Value) -> Vec<Value>) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    let mut told = Vec::new();
    for condition in items {
        if let Some(why) = is_hole(condition).or_else(|| condition.get("Field").and_then(is_hole)) {
            return hole(why);
        }
        let is_set = |block: &Value| block.as_array().is_some_and(|block| !block.is_empty());
        let blocks = FIELDS.iter().filter(|(block, _)| condition.get(*block).is_some_and(is_set)).map(|(_, field)| *field);
        for field in condition.get("Field").and_then(Value::as_str).into_iter().chain(blocks) {
            told.extend(ask(field, condition));
        }
    }
    told.into()
}

/// The values of a condition; CloudFormation has two places for them.
fn asked(condition: &Value, config: &str, block: &str) -> Vec<Value> {
    let own = condition.get(config).map(|config| if is_hole(config).is_some() { config } else { &config["Values"] });
    let values = own.or_else(|| condition.get("Values")).or_else(|| condition.get(block)?.get(0)?.get("values"));
    match values {
        Some(Value::Array(values)) => values.clone(),
        Some(other) if is_hole(other).is_some() => vec![other.clone()],
        _ => Vec::new(),
    }
}

/// HTTP status codes of Terraform's health check, whose `matcher` has those of gRPC in the same place.
pub(super) fn http_matcher(value: &Value) -> Value {
    matcher(value, false)
}

/// gRPC status codes of it.
pub(super) fn grpc_matcher(value: &Value) -> Value {
    matcher(value, true)
}

fn matcher(value: &Value, grpc: bool) -> Value {
    let Value::Object(group) = value else { return value.clone() };
    if is_hole(value).is_some() {
        return value.clone();
    }
    let is_grpc = group.get("protocol_version").and_then(Value::as_str) == Some("GRPC");
    let told = group.get("health_check").and_then(|check| check.get(0)).and_then(|check| check.get("matcher"));
    told.filter(|codes| is_grpc == grpc && !codes.is_null()).cloned().unwrap_or_else(|| "".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_told_in_their_order() {
        let cloudformation = json!([
            {"Type": "redirect", "Order": 2, "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}},
            {"Type": "authenticate-oidc", "Order": "1"},
        ]);
        assert_eq!(action_types(&cloudformation), json!(["authenticate-oidc", "redirect"]));
        let told = json!({"host": "#{host}", "port": "#{port}", "protocol": "HTTPS", "status_code": "HTTP_301"});
        assert_eq!(redirect(&cloudformation), told);
        let terraform = json!([{"type": "redirect", "order": 1, "forward": [], "target_group_arn": "",
            "redirect": [{"protocol": "HTTPS", "status_code": "HTTP_301", "host": "#{host}", "port": "#{port}"}]}]);
        assert_eq!((redirect(&terraform), target_groups(&terraform)), (told, json!([])));
        assert_eq!(redirect_port(&terraform), "#{port}");
    }

    #[test]
    fn target_groups_stand_in_two_places() {
        let both = json!([{"Type": "forward", "TargetGroupArn": "arn:a", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "arn:a", "Weight": 1}]}}]);
        assert_eq!(target_groups(&both), json!(["arn:a"]));
        assert_eq!(target_groups(&json!([{"Type": "forward", "TargetGroupArn": hole("x")}])), json!([hole("x")]));
        let terraform =
            json!([{"type": "forward", "target_group_arn": "", "forward": [{"target_group": [{"arn": "arn:b", "weight": 1}]}]}]);
        assert_eq!((target_groups(&terraform), redirect(&terraform)), (json!(["arn:b"]), json!({})));
        assert_eq!(redirect_protocol(&json!([hole("x")])), hole("x"));
    }

    #[test]
    fn conditions_are_told_without_their_secrets() {
        let cloudformation = json!([
            {"Field": "path-pattern", "Values": ["/a"]},
            {"Field": "host-header", "HostHeaderConfig": {"Values": ["pay.example.com", hole("x")]}},
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "token", "Values": ["hunter2"]}},
        ]);
        assert_eq!(condition_fields(&cloudformation), json!(["path-pattern", "host-header", "http-header"]));
        assert_eq!(path_patterns(&cloudformation), json!(["/a"]));
        assert_eq!(host_headers(&cloudformation), json!(["pay.example.com", hole("x")]));
        let terraform = json!([{"host_header": [], "http_header": [], "path_pattern": [{"values": ["/b"]}], "source_ip": []}]);
        assert_eq!((condition_fields(&terraform), path_patterns(&terraform)), (json!(["path-pattern"]), json!(["/b"])));
    }

    #[test]
    fn a_matcher_is_one_of_two() {
        let grpc = json!({"protocol_version": "GRPC", "health_check": [{"matcher": "12"}]});
        assert_eq!((http_matcher(&grpc), grpc_matcher(&grpc)), (json!(""), json!("12")));
        assert_eq!(http_matcher(&json!("200")), "200");
    }
}
