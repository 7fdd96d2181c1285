//! Shapes: the forms that declarations and our columns have in different ways, by the name that `kinds.toml` gives them.

mod balancer;
mod containers;
mod naming;
mod network;
mod serverless;
mod storage;

use serde_json::{Map, Value};

use crate::declared::{hole, is_hole};
use crate::inventory::kind::NAMES;

/// What a shape writes for the resource that the declaration is about, whose id it does not know.
pub const ITSELF: &str = "driftlead:itself";

/// What stands where nothing can be declared: it matches anything, and nobody is told of it.
fn anything() -> Value {
    hole("")
}

/// A shape: from what is declared to what the column holds. It keeps holes where they are; `null` says that there is no opinion.
type Shape = fn(&Value) -> Value;

/// Every shape.
pub const SHAPES: &[(&str, Shape)] = &[
    ("tags", tags),
    ("tags_of_template", tags_of_template),
    (NAMES, names),
    ("lower", lower),
    ("upper", upper),
    ("list", list),
    ("list_of_lower", |value| list(&lower(value))),
    ("one_or_none", one_or_none),
    ("cidr", network::cidr),
    ("group_rules", network::group_rules),
    ("acl_entries", network::acl_entries),
    ("action_types", balancer::action_types),
    ("target_groups", balancer::target_groups),
    ("redirect", balancer::redirect),
    ("redirect_protocol", balancer::redirect_protocol),
    ("redirect_port", balancer::redirect_port),
    ("redirect_host", balancer::redirect_host),
    ("redirect_status_code", balancer::redirect_status_code),
    ("condition_fields", balancer::condition_fields),
    ("host_headers", balancer::host_headers),
    ("path_patterns", balancer::path_patterns),
    ("http_matcher", balancer::http_matcher),
    ("grpc_matcher", balancer::grpc_matcher),
    ("dns_name", naming::dns_name),
    ("record_values", naming::record_values),
    ("web_acl_id", naming::web_acl_id),
    ("first_of_id", naming::first_of_id),
    ("dimensions", dimensions),
    ("lifecycle_rules", storage::lifecycle_rules),
    ("named_replication", storage::named_replication),
    ("unnamed_replication", storage::unnamed_replication),
    ("canned_acl", storage::canned_acl),
    ("logging_bucket", storage::logging_bucket),
    ("retention_days", storage::retention_days),
    ("versioning_on", storage::versioning_on),
    ("notification_events", storage::notification_events),
    ("replicas", storage::replicas),
    ("hours", storage::hours),
    ("last_part", storage::last_part),
    ("key", storage::key),
    ("backup_tags", storage::backup_tags),
    ("backup_conditions", storage::backup_conditions),
    ("read_log_policy", storage::read_log_policy),
    ("lambda_permission", serverless::lambda_permission),
    ("function_name", serverless::function_name),
    ("version_weights", serverless::version_weights),
    ("logging_levels", serverless::logging_levels),
    ("logging_level", serverless::logging_level),
    ("api_policy", serverless::api_policy),
    ("container_insights", containers::container_insights),
    ("task_definition", containers::task_definition),
    ("ecs_load_balancers", containers::ecs_load_balancers),
    ("task_size", containers::task_size),
    ("container_secrets", containers::container_secrets),
];

/// Brings a value into a shape.
pub fn shape(name: &str, value: &Value) -> Value {
    match SHAPES.iter().find(|(known, _)| *known == name) {
        Some((_, shape)) => shape(value),
        // A test holds that every kind names known shapes only.
        None => hole(&format!("there is no shape {name}")),
    }
}

/// A map of tags, from a map or from a list of keys and values, under whichever names.
fn tags(value: &Value) -> Value {
    pairs(value, ["Key", "key"])
}

/// The same of a metric's dimensions.
fn dimensions(value: &Value) -> Value {
    pairs(value, ["Name", "name"])
}

fn pairs(value: &Value, names: [&str; 2]) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    let mut map = Map::new();
    for item in items {
        let of = |names: [&str; 2]| names.iter().find_map(|name| item.get(*name));
        match of(names).and_then(Value::as_str) {
            Some(key) => {
                let value = of(["Value", "value"]).cloned().unwrap_or_else(|| Value::String(String::new()));
                map.insert(key.to_owned(), scalar_text(value));
            }
            // Which tag it is, cannot be told: then nothing can be said of the others either.
            None => return hole(is_hole(item).or_else(|| of(names).and_then(is_hole)).unwrap_or("a tag without a key")),
        }
    }
    map.into()
}

/// A launch template's own tags among those that it gives to what is started from it.
fn tags_of_template(value: &Value) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    if let Some(why) = items.iter().find_map(|item| is_hole(item).or_else(|| item.get("ResourceType").and_then(is_hole))) {
        return hole(why);
    }
    let own = items.iter().find(|item| item.get("ResourceType").is_some_and(|kind| kind == "launch-template"));
    tags(own.and_then(|own| own.get("Tags")).unwrap_or(&Value::Array(Vec::new())))
}

fn scalar_text(value: Value) -> Value {
    match value {
        Value::Number(number) => number.to_string().into(),
        Value::Bool(switch) => switch.to_string().into(),
        other => other,
    }
}

/// The names of a map, sorted: its values may be secrets.
fn names(value: &Value) -> Value {
    let Value::Object(members) = value else { return value.clone() };
    let mut names: Vec<&String> = members.keys().collect();
    names.sort();
    names.into_iter().cloned().map(Value::from).collect()
}

fn lower(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| text.to_lowercase().into())
}

fn upper(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| text.to_uppercase().into())
}

/// A list, also of what stands alone; an empty text is none.
fn one_or_none(value: &Value) -> Value {
    if value.as_str() == Some("") { Value::Array(Vec::new()) } else { list(value) }
}

/// A list, also of what stands alone.
fn list(value: &Value) -> Value {
    match value {
        Value::Array(_) => value.clone(),
        one => Value::Array(vec![one.clone()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tags_come_as_a_list_or_as_a_map() {
        let list = json!([{"Key": "env", "Value": "prod"}, {"Key": "n", "Value": 1}]);
        assert_eq!(shape("tags", &list), json!({"env": "prod", "n": "1"}));
        assert_eq!(shape("tags", &json!({"env": "prod"})), json!({"env": "prod"}));
        let open = json!([{"Key": "env", "Value": hole("x")}]);
        assert_eq!(shape("tags", &open), json!({"env": hole("x")}));
        assert_eq!(shape("tags", &json!([{"Key": hole("x"), "Value": ""}])), hole("x"));
    }

    #[test]
    fn dimensions_are_a_map() {
        assert_eq!(shape("dimensions", &json!([{"Name": "QueueName", "Value": "a"}])), json!({"QueueName": "a"}));
    }

    #[test]
    fn a_templates_own_tags_are_told() {
        let given = json!([{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "1"}]}, {"ResourceType": "launch-template", "Tags": [{"Key": "b", "Value": "2"}]}]);
        assert_eq!(shape("tags_of_template", &given), json!({"b": "2"}));
        assert_eq!(shape("tags_of_template", &json!([])), json!({}));
        assert_eq!(shape("tags_of_template", &json!({"c": "3"})), json!({"c": "3"}));
    }

    #[test]
    fn names_leave_the_values_behind() {
        assert_eq!(shape("names", &json!({"TOKEN": "hunter2", "A": null})), json!(["A", "TOKEN"]));
    }
}
