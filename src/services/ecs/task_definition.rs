//! Task definitions that are in use, and their containers.
//!
//! Commands, environment values and options of log drivers can hold secrets: of each only what is named here is stored.

use aws_sdk_ecs::types;
use macro_rules_attribute::apply;
use serde_json::json;

use super::service::Service;
use super::service_parts::{Deployment, TaskSet};
use super::task::Task;
use super::{call, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{Found, reader, text, time};

/// A task definition that a service, a deployment, a task set or a task uses, as DescribeTaskDefinition tells it.
#[apply(row!)]
#[table("aws_ecs_task_definition", key(arn), is(partial))]
pub struct TaskDefinition {
    /// ARN of the task definition, with its revision.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Family and revision, `family:7`.
    pub name: String,
    /// `ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`.
    pub status: Fact<String>,
    /// `awsvpc`, `bridge`, `host` or `none`; '' where AWS says nothing.
    pub network_mode: Fact<String>,
    /// What it was made for (`FARGATE`, `EC2`, …), a list.
    pub requires_compatibilities: Fact<Json>,
    /// CPU units of a task, or ''.
    pub cpu: Fact<String>,
    /// MiB of a task, or ''.
    pub memory: Fact<String>,
    /// Role that its containers use, or ''.
    pub task_role_arn: Fact<String>,
    /// Role with which ECS pulls images, reads secrets and sends logs, or ''.
    pub execution_role_arn: Fact<String>,
    /// When it was registered.
    pub registered_at: Fact<Time>,
    /// Its containers; they are in `aws_ecs_task_definition_container`.
    #[is(derived)]
    pub container_definition_count: Fact<i64>,
    /// Tags, a map.
    pub tags: Fact<Json>,
}

/// A container of a task definition.
#[apply(row!)]
#[table(
    "aws_ecs_task_definition_container", key(arn, name),
    guard("aws_ecs_task_definition", "container_definition_count"),
    part_of("aws_ecs_task_definition", arn = arn),
    is(partial)
)]
pub struct ContainerDefinition {
    /// ARN of the task definition.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name of the container.
    pub name: String,
    /// Image.
    pub image: String,
    /// Whether the task stops with it; so it does where AWS says nothing.
    pub is_essential: bool,
    /// Whether the definition gives it a command or an entry point, instead of the image's own. What they say is not stored.
    pub has_command: bool,
    /// Volumes that are mounted into it.
    pub mount_count: i64,
    /// Its ports, a list.
    pub container_ports: Json,
    /// How its health is asked for: `CMD`, `CMD-SHELL`, `NONE`; '' where it is not. What a Dockerfile says, ECS does not look at.
    pub health_check: String,
    /// Path of the web page that the health check asks for, or ''.
    pub health_check_path: String,
    /// Where its logs go: `awslogs`, `awsfirelens`, …; '' for nowhere.
    pub log_driver: String,
    /// Log group, for `awslogs`, or ''.
    pub log_group: String,
    /// Region of the log group, or ''.
    pub log_region: String,
    /// Whether the agent makes the log group where it is missing.
    pub log_group_is_created: bool,
    /// Names of its environment variables, a list. Their values are not stored.
    pub environment_names: Json,
    /// What secrets are passed to it, a list of `{"name", "value_from"}`: the ARN or name of each, never its value.
    pub secrets: Json,
}

reader! {
    "ecs/task_definition", Regional, fills [TaskDefinition::TABLE, ContainerDefinition::TABLE], calls [call::DescribeTaskDefinition],
    needs [Service::TABLE, Deployment::TABLE, TaskSet::TABLE, Task::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select definition from (
            select account_id, region, task_definition as definition from aws_ecs_service
            union select account_id, region, task_definition from aws_ecs_deployment
            union select account_id, region, task_definition from aws_ecs_task_set
            union select account_id, region, task_definition_arn from aws_ecs_task
        ) where account_id = ?1 and region = ?2 and definition > ?3 order by definition limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(arns) = found.next(|row| row.get::<_, String>(0)).await? {
        cx.each(arns, |arn| read_one(&cx, arn)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, arn: String) {
    let ecs: aws_sdk_ecs::Client = cx.client();
    let columns = &[
        "status", "network_mode", "requires_compatibilities", "cpu", "memory", "task_role_arn", "execution_role_arn", "registered_at",
        "container_definition_count", "tags",
    ];
    let about = cx.about(TaskDefinition::TABLE, &arn, columns);
    let request = ecs.describe_task_definition().task_definition(&arn).include(types::TaskDefinitionField::Tags);
    let told = Fact::from(about.call(call::DescribeTaskDefinition, request.send()).await);
    let definition = told.as_ref().and_then(|told| Fact::told(told.task_definition()));
    let container_definition_count = match &definition {
        Fact::Known(definition) => {
            for container in definition.container_definitions() {
                emit_container(cx, &arn, container).await;
            }
            Fact::Known(definition.container_definitions().len() as i64)
        }
        Fact::Unread => Fact::Unread,
    };
    cx.emit(TaskDefinition {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        name: super::last_name(&arn),
        status: definition.as_ref().map(|definition| text(definition.status().map(|status| status.as_str()))),
        network_mode: definition.as_ref().map(|definition| text(definition.network_mode().map(|mode| mode.as_str()))),
        requires_compatibilities: definition.as_ref().map(|definition| words(definition.requires_compatibilities())),
        cpu: definition.as_ref().map(|definition| text(definition.cpu())),
        memory: definition.as_ref().map(|definition| text(definition.memory())),
        task_role_arn: definition.as_ref().map(|definition| text(definition.task_role_arn())),
        execution_role_arn: definition.as_ref().map(|definition| text(definition.execution_role_arn())),
        registered_at: definition.as_ref().map(|definition| time(definition.registered_at())),
        container_definition_count,
        tags: told.as_ref().map(|told| tags(told.tags())),
        arn: arn.clone(),
    })
    .await;
}

fn words(words: &[types::Compatibility]) -> Json {
    Json::set(words.iter().map(|word| word.as_str().to_owned()))
}

async fn emit_container(cx: &Cx, arn: &str, container: &types::ContainerDefinition) {
    let log = container.log_configuration();
    let option = |name: &str| text(log.and_then(|log| log.options()?.get(name)).map(String::as_str));
    let check = container.health_check().map(|check| check.command());
    let ports = container.port_mappings().iter().filter_map(|mapping| mapping.container_port());
    let secret = |secret: &types::Secret| json!({ "name": secret.name(), "value_from": secret.value_from() });
    cx.emit(ContainerDefinition {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        name: text(container.name()),
        image: text(container.image()),
        is_essential: container.essential() != Some(false),
        has_command: !container.command().is_empty() || !container.entry_point().is_empty(),
        mount_count: container.mount_points().len() as i64,
        container_ports: Json(ports.map(serde_json::Value::from).collect()),
        health_check: text(check.and_then(|command| command.first()).map(|first| kind(first))),
        health_check_path: text(check.and_then(|command| web_path(&command.join(" "))).as_deref()),
        log_driver: text(log.map(|log| log.log_driver().as_str())),
        log_group: option("awslogs-group"),
        log_region: option("awslogs-region"),
        log_group_is_created: option("awslogs-create-group") == "true",
        environment_names: Json::set(container.environment().iter().filter_map(|pair| pair.name().map(str::to_owned))),
        secrets: Json(container.secrets().iter().map(secret).collect()),
    })
    .await;
}

/// How a health check's command is run; a command that does not say so is run by itself.
fn kind(first: &str) -> &str {
    if ["NONE", "CMD-SHELL"].contains(&first) { first } else { "CMD" }
}

/// The path of the first web page in a command, without what follows a `?`.
fn web_path(command: &str) -> Option<String> {
    let after = ["http://", "https://"]
        .iter()
        .filter_map(|scheme| Some(command.split_once(scheme)?.1))
        .min_by_key(|rest| command.len() - rest.len())?;
    let url = after.split(|c: char| c.is_whitespace() || "\"'?#|;&<>)".contains(c)).next()?;
    Some(url.split_once('/').map_or_else(|| "/".to_owned(), |(_, path)| format!("/{path}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    const TOLD: &str = r#"{"taskDefinition": {"taskDefinitionArn": "arn:aws:ecs:us-east-1:1:task-definition/pay:7", "status": "ACTIVE",
        "taskRoleArn": "arn:aws:iam::1:role/pay", "containerDefinitions": [
            {"name": "app", "image": "nginx:latest", "environment": [{"name": "PASSWORD", "value": "hunter2"}],
             "secrets": [{"name": "DB", "valueFrom": "arn:secret"}], "command": ["--token", "hunter2"],
             "healthCheck": {"command": ["CMD-SHELL", "curl -u a:hunter2 -f http://localhost:8080/health?key=hunter2 || exit 1"]},
             "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/pay", "awslogs-region": "us-east-1"}},
             "portMappings": [{"containerPort": 8080}]},
            {"name": "side", "image": "x", "essential": false}]}}"#;

    fn script() -> Script {
        let arn = "arn:aws:ecs:us-east-1:1:task-definition/pay:7";
        Script::default()
            .on("DescribeTaskDefinition", TOLD)
            .seed("aws_ecs_service (arn, account_id, region, task_definition)", &format!("'s', '{ACCOUNT}', 'us-east-1', '{arn}'"))
            .seed("aws_ecs_task (arn, account_id, region, task_definition_arn)", &format!("'t', '{ACCOUNT}', 'us-east-1', '{arn}'"))
    }

    #[tokio::test]
    async fn what_can_be_a_secret_is_not_kept() {
        let read = script().read(READER).await;
        assert_eq!(read.one("select name, status, container_definition_count from aws_ecs_task_definition"), "pay:7|ACTIVE|2");
        let sql = "select name, is_essential, has_command, health_check, health_check_path, log_group, environment_names, container_ports
            from aws_ecs_task_definition_container order by 1";
        assert_eq!(read.all(sql), [r#"app|1|1|CMD-SHELL|/health|/pay|["PASSWORD"]|[8080]"#, "side|0|0||||[]|[]"]);
        assert!(!read.all("select * from aws_ecs_task_definition_container").concat().contains("hunter2"));
    }

    #[tokio::test]
    async fn what_is_denied_is_unread_and_what_nobody_uses_is_not_asked_for() {
        let denied = script().read_with(READER, call::DescribeTaskDefinition, Fault::Denied).await;
        let sql = "select name, status, task_role_arn, container_definition_count, tags from aws_ecs_task_definition";
        assert_eq!(denied.one(sql), "pay:7|unread|unread|unread|unread");
        let nothing = Script::default().read(READER).await;
        assert_eq!((nothing.count("aws_ecs_task_definition"), nothing.is_complete), (0, true));
    }

    #[test]
    fn the_page_that_a_command_asks_for() {
        assert_eq!(web_path("curl -f http://localhost/health || exit 1").as_deref(), Some("/health"));
        assert_eq!(web_path("wget -q 'https://127.0.0.1:8443'").as_deref(), Some("/"));
        assert_eq!(web_path("mysqladmin ping -pSECRET"), None);
    }
}
