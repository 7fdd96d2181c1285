//! What can be a secret whether or not a state marks it: states before Terraform 1.9 mark only what a sensitive variable was given to,
//! not what the provider calls sensitive.
//!
//! The names are those of the AWS provider's schemas, compared without `_`, `-` and case. Texts are hidden; numbers, booleans, what is
//! empty and names (of environment variables) say nothing and stay.

use serde_json::Value;

use crate::declared::{hole, is_hole};

/// How names of attributes end whose texts are secrets, or hold them: `master_password`, `tunnel1_preshared_key`, `hec_token`.
const ENDS: &[&str] = &[
    "password", "passwords", "passphrase", "secret", "secretstring", "secretbinary", "secretkey", "accesskey", "privatekey",
    "privatekeypem", "presharedkey", "authkey", "apikey", "token", "keymaterial", "keymaterialbase64", "userdata", "userdatabase64",
    "certificatebody", "certificatechain", "credential", "credentials", "plaintext", "smtppasswordv4", "passworddata",
    "customergatewayconfiguration", "extraconnectionattributes", "connectionstring",
];

/// Attributes whose values are an account's own settings: texts in them are hidden, names stay.
const MAPS: &[&str] = &[
    "variables", "environment", "environmentvariables", "stagevariables", "connectionproperties", "providerdetails",
    "airflowconfigurationoptions", "customjson",
];

/// Lists of a name and a value each: the value is hidden.
const PAIRS: &[&str] = &["environment", "environmentvariable", "environmentvariables"];

/// Texts that are JSON, of containers: [`container`] knows what in them is a secret.
const CONTAINERS: &[&str] = &["containerdefinitions", "containerproperties", "ecsproperties", "nodeproperties"];

/// Attributes whose names say nothing, by type.
const OF_TYPE: &[(&str, &[&str])] = &[
    ("aws_api_gateway_api_key", &["value"]),
    ("aws_appsync_api_key", &["key"]),
    ("aws_cloudformation_stack", &["parameters", "outputs"]),
    ("aws_cloudformation_stack_set", &["parameters"]),
    ("aws_cloudformation_stack_set_instance", &["parameteroverrides"]),
    ("aws_cloudfront_distribution", &["customheader"]),
    ("aws_cloudwatch_event_connection", &["apikey", "header", "querystring", "body"]),
    ("aws_codepipeline", &["configuration"]),
    ("aws_dx_macsec_key_association", &["cak", "ckn"]),
    ("aws_elastic_beanstalk_configuration_template", &["setting"]),
    ("aws_elastic_beanstalk_environment", &["setting", "allsettings"]),
    ("aws_glue_job", &["defaultarguments", "nonoverridablearguments"]),
    ("aws_grafana_workspace_api_key", &["key"]),
    ("aws_grafana_workspace_service_account_token", &["key"]),
    ("aws_sagemaker_notebook_instance_lifecycle_configuration", &["oncreate", "onstart"]),
    ("aws_ssm_parameter", &["value", "insecurevalue"]),
    ("aws_transfer_server", &["hostkey"]),
];

/// Labels are no secrets, whatever they are called.
const LABELS: &[&str] = &["tags", "tagsall", "tag"];

/// How a private key in a PEM file ends its first line.
const PRIVATE_KEY: &str = concat!("PRIVATE ", "KEY-----");

/// What stands in place of a value.
pub(super) fn hidden() -> Value {
    hole("sensitive")
}

/// Hides what can be a secret in the attributes of an instance of a type.
pub(super) fn hide(attributes: &mut Value, resource_type: &str) {
    let of_type = OF_TYPE.iter().find(|(name, _)| *name == resource_type).map_or(&[][..], |(_, names)| names);
    scrub(attributes, of_type);
}

/// `of_type`: what is hidden in this type besides.
fn scrub(value: &mut Value, of_type: &[&str]) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(name, member)| scrub_member(&squeezed(name), member, of_type)),
        Value::Array(items) => items.iter_mut().for_each(|item| scrub(item, of_type)),
        Value::String(text) if text.contains(PRIVATE_KEY) => *value = hidden(),
        _ => {}
    }
}

fn scrub_member(name: &str, member: &mut Value, of_type: &[&str]) {
    if LABELS.contains(&name) {
        return;
    }
    let is_of_type = of_type.contains(&name);
    if ENDS.iter().any(|end| name.ends_with(end)) || is_of_type {
        hide_texts(member);
    }
    // What is hidden already is not opened again.
    if is_hole(member).is_some() {
        return;
    }
    if CONTAINERS.contains(&name) {
        unpack(member);
        return;
    }
    match member {
        Value::Object(settings) if MAPS.contains(&name) || is_of_type => settings.values_mut().for_each(hide_all),
        Value::Array(items) if PAIRS.contains(&name) || is_of_type => {
            for item in items {
                match item {
                    Value::Object(pair) if pair.contains_key("value") => pair.get_mut("value").into_iter().for_each(hide_all),
                    item => scrub(item, of_type),
                }
            }
        }
        member => scrub(member, of_type),
    }
}

/// Hides a text, or the texts of a list. Where a secret is, its ARN, is none (`credentials` of API Gateway is a role's).
fn hide_texts(value: &mut Value) {
    match value {
        Value::String(text) if !text.is_empty() && !text.starts_with("arn:") => *value = hidden(),
        Value::Array(items) => items.iter_mut().filter(|item| item.is_string()).for_each(hide_texts),
        _ => {}
    }
}

/// Hides whatever a value says, but whether it says anything.
fn hide_all(value: &mut Value) {
    match value {
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        value => *value = hidden(),
    }
}

/// Puts what a JSON text says in its place, without secrets; one that cannot be read is hidden.
fn unpack(value: &mut Value) {
    let Value::String(text) = value else {
        container(value);
        return;
    };
    *value = match serde_json::from_str(text) {
        Ok(mut inside) => {
            container(&mut inside);
            inside
        }
        Err(_) if text.is_empty() => return,
        Err(_) => hidden(),
    };
}

/// Hides in a definition of containers (ECS, Batch) what it hands to its programs: values of the environment, commands, options of
/// log drivers other than CloudWatch Logs' own.
fn container(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (squeezed(name).as_str(), member) {
                    ("command" | "entrypoint", member) => hide_all(member),
                    ("options", Value::Object(options)) => {
                        options.iter_mut().filter(|(name, _)| !name.starts_with("awslogs-")).for_each(|(_, option)| hide_all(option));
                    }
                    ("environment", Value::Array(pairs)) => {
                        let values = pairs
                            .iter_mut()
                            .filter_map(|pair| pair.as_object_mut()?.iter_mut().find(|(name, _)| squeezed(name) == "value"));
                        values.for_each(|(_, value)| hide_all(value));
                    }
                    (name, member) if ENDS.iter().any(|end| name.ends_with(end)) => hide_texts(member),
                    (_, member) => container(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(container),
        Value::String(text) if text.contains(PRIVATE_KEY) => *value = hidden(),
        _ => {}
    }
}

/// A name without what differs between styles.
fn squeezed(name: &str) -> String {
    name.chars().filter(|letter| !matches!(letter, '_' | '-')).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(resource_type: &str, mut attributes: Value) -> Value {
        hide(&mut attributes, resource_type);
        attributes
    }

    #[test]
    fn secrets_are_hidden_wherever_the_provider_has_them() {
        const SECRET: &str = "hunter2";
        for (resource_type, attributes) in [
            ("aws_db_instance", json!({"password": SECRET})),
            ("aws_rds_cluster", json!({"master_password": SECRET})),
            ("aws_secretsmanager_secret_version", json!({"secret_string": SECRET, "secret_binary": SECRET})),
            ("aws_instance", json!({"user_data": SECRET, "user_data_base64": SECRET})),
            ("aws_launch_template", json!({"user_data": SECRET})),
            ("aws_lambda_function", json!({"environment": [{"variables": {"A": SECRET}}]})),
            ("aws_api_gateway_stage", json!({"variables": {"A": SECRET}})),
            ("aws_apigatewayv2_stage", json!({"stage_variables": {"A": SECRET}})),
            ("aws_acm_certificate", json!({"private_key": SECRET, "certificate_body": SECRET, "certificate_chain": SECRET})),
            ("aws_iam_access_key", json!({"secret": SECRET, "ses_smtp_password_v4": SECRET, "encrypted_secret": SECRET})),
            ("aws_elasticache_replication_group", json!({"auth_token": SECRET})),
            ("aws_elasticache_user", json!({"passwords": [SECRET, SECRET]})),
            ("aws_mq_broker", json!({"user": [{"username": "a", "password": SECRET}]})),
            ("aws_lb_listener", json!({"default_action": [{"authenticate_oidc": [{"client_id": "a", "client_secret": SECRET}]}]})),
            ("aws_vpn_connection", json!({"tunnel1_preshared_key": SECRET, "customer_gateway_configuration": SECRET})),
            ("aws_cognito_identity_provider", json!({"provider_details": {"client_id": SECRET}})),
            ("aws_codebuild_project", json!({"environment": [{"environment_variable": [{"name": "A", "value": SECRET}]}]})),
            ("aws_ssm_parameter", json!({"value": SECRET, "insecure_value": SECRET})),
            ("aws_api_gateway_api_key", json!({"value": SECRET})),
            ("aws_cloudformation_stack", json!({"parameters": {"DbPassword": SECRET}, "outputs": {"X": SECRET}})),
            ("aws_cloudwatch_event_connection", json!({"auth_parameters": [{"api_key": [{"key": "k", "value": SECRET}]}]})),
            ("aws_elastic_beanstalk_environment", json!({"setting": [{"name": "A", "value": SECRET}]})),
            (
                "aws_kinesis_firehose_delivery_stream",
                json!({"splunk_configuration": [{"hec_token": SECRET}], "x": [{"access_key": SECRET}]}),
            ),
            ("aws_batch_job_definition", json!({"container_properties": format!(r#"{{"command": ["{SECRET}"], "image": "i"}}"#)})),
            ("aws_ecs_task_definition", json!({"container_definitions": format!("[broken {SECRET}")})),
            ("aws_anything", json!({"note": format!("-----BEGIN RSA {PRIVATE_KEY}\n{SECRET}")})),
        ] {
            let found = of(resource_type, attributes.clone());
            assert!(!found.to_string().contains(SECRET), "{resource_type}: {found}");
            assert!(found.to_string().contains(&hidden().to_string()), "{resource_type}: {found}");
            assert!(!found.to_string().contains("\"driftlead:hole\":{"), "{resource_type}: {found}");
        }
    }

    #[test]
    fn names_and_what_only_sounds_like_a_secret_stay() {
        let kept = json!({
            "password_reset_required": true, "password_length": 20, "manage_master_user_password": true, "password": null, "user_data": "",
            "master_user_secret": [{"kms_key_id": "k", "secret_arn": "arn:aws:secretsmanager:x", "secret_status": "active"}],
            "secret_id": "arn:aws:secretsmanager:x", "metadata_options": [{"http_tokens": "required"}], "key_name": "deploy",
            "tags": {"token": "x", "Password": "y"}, "tags_all": {"secret": "z"}, "environment": [{"variables": null}], "access_key_id": "AKIA",
            "credentials": "arn:aws:iam::111122223333:role/a", "parameters": {"a": "b"}, "setting": [{"name": "containerInsights", "value": "enabled"}], "user_data_replace_on_change": false,
        });
        assert_eq!(of("aws_anything", kept.clone()), kept);
        let lambda = of("aws_lambda_function", json!({"environment": [{"variables": {"A": "hunter2", "B": ""}}]}));
        assert_eq!(lambda["environment"][0]["variables"], json!({"A": hidden(), "B": ""}));
        let stack = of("aws_cloudformation_stack", json!({"name": "s", "parameters": {"Db": "hunter2"}}));
        assert_eq!(stack, json!({"name": "s", "parameters": {"Db": hidden()}}));
    }

    #[test]
    fn containers_are_unpacked_without_what_they_are_told() {
        let text = json!([{
            "name": "app", "image": "nginx", "essential": true, "command": ["--token", "hunter2"], "entryPoint": ["hunter2"],
            "environment": [{"name": "A", "value": "hunter2"}], "secrets": [{"name": "B", "valueFrom": "arn:b"}],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/app", "splunk-token": "hunter2"}},
            "healthCheck": {"command": ["CMD", "hunter2"], "interval": 30},
        }]);
        let found = of("aws_ecs_task_definition", json!({"family": "f", "container_definitions": text.to_string()}));
        let expected = json!([{
            "name": "app", "image": "nginx", "essential": true, "command": hidden(), "entryPoint": hidden(),
            "environment": [{"name": "A", "value": hidden()}], "secrets": [{"name": "B", "valueFrom": "arn:b"}],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/app", "splunk-token": hidden()}},
            "healthCheck": {"command": hidden(), "interval": 30},
        }]);
        assert_eq!(found, json!({"family": "f", "container_definitions": expected}));
    }
}
