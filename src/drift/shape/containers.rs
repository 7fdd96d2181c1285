//! Shapes of clusters, services and task definitions.

use serde_json::{Value, json};

use crate::declared::{hole, is_hole};

/// Container Insights, among a cluster's settings. Without that one there is no opinion.
pub(super) fn container_insights(value: &Value) -> Value {
    let Value::Array(settings) = value else { return value.clone() };
    let of = |setting: &Value, names: [&str; 2]| names.iter().find_map(|name| setting.get(*name)).cloned();
    for setting in settings {
        if is_hole(setting).is_some() {
            return setting.clone();
        }
        if of(setting, ["Name", "name"]).is_some_and(|name| name == "containerInsights") {
            return of(setting, ["Value", "value"]).unwrap_or(Value::Null);
        }
    }
    Value::Null
}

/// A task definition with its revision. Of a family alone AWS takes the newest, whichever that is.
pub(super) fn task_definition(value: &Value) -> Value {
    match value.as_str() {
        Some(family) if !family.starts_with("arn:") && !family.contains(':') => hole("the newest revision of a family"),
        _ => value.clone(),
    }
}

/// Load balancers of a service, of a whole declaration: none where somebody else than ECS deploys, who swaps their target groups.
pub(super) fn ecs_load_balancers(value: &Value) -> Value {
    let Value::Array(documents) = value else { return value.clone() };
    documents.iter().flat_map(balancers).collect()
}

fn balancers(document: &Value) -> Vec<Value> {
    let controller = document.pointer("/DeploymentController/Type").or_else(|| document.pointer("/deployment_controller/0/type"));
    let balancers = ["LoadBalancers", "load_balancer"].iter().find_map(|name| document.get(*name));
    match (controller.and_then(Value::as_str), balancers) {
        (Some("CODE_DEPLOY" | "EXTERNAL"), _) | (_, None | Some(Value::Null)) => Vec::new(),
        (_, Some(Value::Array(items))) => items.clone(),
        (_, Some(open)) => vec![open.clone()],
    }
}

/// Size of a task, which can be written in CPUs or gigabytes: AWS keeps CPU units and megabytes, as text.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size>
pub(super) fn task_size(value: &Value) -> Value {
    let Some(text) = value.as_str() else { return value.clone() };
    let lower = text.to_lowercase();
    let Some(number) = ["vcpu", "gb"].iter().find_map(|unit| lower.strip_suffix(unit)) else { return value.clone() };
    number.trim().parse::<f64>().map_or_else(|_| value.clone(), |number| format!("{:.0}", number * 1024.0).into())
}

/// What secrets are passed to a container: their names there, and where they are.
pub(super) fn container_secrets(value: &Value) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    let secret = |item: &Value| {
        let of = |names: [&str; 2]| names.iter().find_map(|name| item.get(*name)).cloned();
        match is_hole(item) {
            Some(_) => item.clone(),
            None => json!({"name": of(["Name", "name"]), "value_from": of(["ValueFrom", "valueFrom"])}),
        }
    };
    items.iter().map(secret).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_setting_of_several() {
        let template = json!([{"Name": "other", "Value": "x"}, {"Name": "containerInsights", "Value": "enhanced"}]);
        assert_eq!(container_insights(&template), "enhanced");
        assert_eq!(container_insights(&json!([{"name": "containerInsights", "value": "disabled"}])), "disabled");
        assert_eq!(container_insights(&json!([])), Value::Null);
    }

    #[test]
    fn the_newest_revision_is_not_known() {
        assert!(is_hole(&task_definition(&json!("pay"))).is_some());
        assert_eq!(task_definition(&json!("pay:7")), "pay:7");
    }

    #[test]
    fn who_deploys_decides_about_the_target_groups() {
        let template = json!([{"LoadBalancers": [{"ContainerName": "a"}], "DeploymentController": {"Type": "ECS"}}]);
        assert_eq!(ecs_load_balancers(&template), json!([{"ContainerName": "a"}]));
        let state = json!([{"load_balancer": [{"container_name": "a"}], "deployment_controller": [{"type": "CODE_DEPLOY"}]}]);
        assert_eq!(ecs_load_balancers(&state), json!([]));
        assert_eq!(ecs_load_balancers(&json!([{}])), json!([]));
    }

    #[test]
    fn sizes_and_secrets_have_one_form() {
        for (declared, kept) in [("512", "512"), (".5 vCPU", "512"), ("1 vcpu", "1024"), ("2 GB", "2048"), ("x gb", "x gb")] {
            assert_eq!(task_size(&json!(declared)), kept);
        }
        let secrets = json!([{"Name": "TOKEN", "ValueFrom": hole("x")}]);
        assert_eq!(container_secrets(&secrets), json!([{"name": "TOKEN", "value_from": hole("x")}]));
        assert_eq!(container_secrets(&json!([{"name": "TOKEN", "valueFrom": "arn:s"}])), json!([{"name": "TOKEN", "value_from": "arn:s"}]));
    }
}
