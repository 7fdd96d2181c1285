//! Tasks that run, and those that stopped: AWS shows a stopped one for an hour at least.

use aws_sdk_ecs::types::{self, DesiredStatus};
use macro_rules_attribute::apply;

use super::cluster::Cluster;
use super::{call, is_whole, last_name};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row, Time};
use crate::services::{Found, identified, reader, text, time};

/// A task, as DescribeTasks tells it. What it overrides in its definition is not stored.
#[apply(row!)]
#[table("aws_ecs_task", key(arn), is(churn))]
pub struct Task {
    /// ARN of the task.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the task.
    pub task_id: String,
    /// Its cluster.
    pub cluster_arn: String,
    /// Name of its service; '' for one that was started by itself.
    pub service_name: String,
    /// Who started it: the id of a deployment or of a task set, or what the caller said.
    pub started_by: String,
    /// ARN of its task definition.
    pub task_definition_arn: String,
    /// `RUNNING` or `STOPPED`.
    pub desired_status: String,
    /// `PENDING`, `RUNNING`, `STOPPED`, …
    pub last_status: String,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`: what its essential containers say by the health checks of the task definition.
    pub health_status: Fact<String>,
    /// When it was asked for.
    pub created_at: Time,
    /// When it ran, or ''.
    pub started_at: Time,
    /// When it was told to stop, or ''.
    pub stopping_at: Time,
    /// When it stopped, or ''.
    pub stopped_at: Time,
    /// `EssentialContainerExited`, `TaskFailedToStart`, `UserInitiated`, `ServiceSchedulerInitiated`, …; '' while it runs.
    pub stop_code: Fact<String>,
    /// Why it stopped, in AWS's words, or ''.
    pub stopped_reason: String,
    /// Zone that it runs in, or ''.
    pub availability_zone: String,
    /// Fargate platform that it runs on, or ''.
    pub platform_version: String,
}

/// A container of a task.
#[apply(row!)]
#[table("aws_ecs_task_container", key(arn, name), part_of("aws_ecs_task", arn = arn), is(churn))]
pub struct TaskContainer {
    /// ARN of the task.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name of the container.
    pub name: String,
    /// Image as the task definition names it.
    pub image: String,
    /// Digest of the image that really runs, or ''.
    pub image_digest: String,
    /// `PENDING`, `RUNNING`, `STOPPED`.
    pub last_status: String,
    /// What it ended with; -1 where it did not end, or never began.
    pub exit_code: i64,
    /// Why it stopped or did not start, in AWS's words, or ''.
    pub reason: String,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
    pub health_status: Fact<String>,
}

reader! {
    "ecs/task", Regional, fills [Task::TABLE, TaskContainer::TABLE], calls [call::ListTasks, call::DescribeTasks],
    needs [Cluster::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select arn from aws_ecs_cluster where account_id = ?1 and region = ?2 and arn > ?3 order by arn limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(clusters) = found.next(|row| row.get::<_, String>(0)).await? {
        for cluster in clusters {
            // Without a status AWS lists only what is to run.
            read_cluster(&cx, &cluster, DesiredStatus::Running).await?;
            read_cluster(&cx, &cluster, DesiredStatus::Stopped).await?;
        }
    }
    Ok(())
}

async fn read_cluster(cx: &Cx, cluster: &str, status: DesiredStatus) -> Result<(), Unread> {
    let ecs: aws_sdk_ecs::Client = cx.client();
    let mut pages = cx.pages(call::ListTasks, |token| {
        ecs.list_tasks().cluster(cluster).desired_status(status.clone()).max_results(100).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        if page.task_arns().is_empty() {
            continue;
        }
        let request = ecs.describe_tasks().cluster(cluster).set_tasks(Some(page.task_arns().to_vec()));
        let told = cx.call(call::DescribeTasks, request.send()).await?;
        for task in told.tasks() {
            let arn = identified!(cx, call::DescribeTasks, task.task_arn());
            emit(cx, arn, task).await;
        }
        if !is_whole(page.task_arns().len(), told.tasks().len(), told.failures()) {
            cx.malformed(call::DescribeTasks, "leaves out a task").await;
        }
    }
    Ok(())
}

async fn emit(cx: &Cx, arn: &str, task: &types::Task) {
    for container in task.containers() {
        let health = container.health_status();
        cx.emit(TaskContainer {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            name: text(container.name()),
            image: text(container.image()),
            image_digest: text(container.image_digest()),
            last_status: text(container.last_status()),
            exit_code: container.exit_code().map_or(-1, i64::from),
            reason: text(container.reason()),
            health_status: cx.word(TaskContainer::TABLE, arn, &["health_status"], health, &[]).await,
        })
        .await;
    }
    cx.emit(Task {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        task_id: last_name(arn),
        cluster_arn: text(task.cluster_arn()),
        service_name: text(task.group().and_then(|group| group.strip_prefix("service:"))),
        started_by: text(task.started_by()),
        task_definition_arn: text(task.task_definition_arn()),
        desired_status: text(task.desired_status()),
        last_status: text(task.last_status()),
        health_status: cx.word(Task::TABLE, arn, &["health_status"], task.health_status(), &[]).await,
        created_at: time(task.created_at()),
        started_at: time(task.started_at()),
        stopping_at: time(task.stopping_at()),
        stopped_at: time(task.stopped_at()),
        stop_code: cx.word(Task::TABLE, arn, &["stop_code"], task.stop_code(), &[]).await,
        stopped_reason: text(task.stopped_reason()),
        availability_zone: text(task.availability_zone()),
        platform_version: text(task.platform_version()),
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    const RUNS: &str = r#"{"tasks": [{"taskArn": "arn:task/c/1", "clusterArn": "arn:c", "group": "service:pay", "startedBy": "ecs-svc/1",
        "desiredStatus": "RUNNING", "lastStatus": "RUNNING", "healthStatus": "HEALTHY", "startedAt": 1700000000,
        "containers": [{"name": "app", "image": "nginx:latest", "imageDigest": "sha256:1", "healthStatus": "HEALTHY"}]}]}"#;
    const STOPPED: &str = r#"{"tasks": [{"taskArn": "arn:task/c/2", "clusterArn": "arn:c", "group": "family:tool", "desiredStatus": "STOPPED",
        "lastStatus": "STOPPED", "stopCode": "EssentialContainerExited", "healthStatus": "DROWSY", "stoppedAt": 1700000000,
        "overrides": {"containerOverrides": [{"environment": [{"name": "PASSWORD", "value": "hunter2"}]}]},
        "containers": [{"name": "app", "image": "tool", "exitCode": 137}]}]}"#;

    fn script() -> Script {
        let cluster = format!("'arn:c', '{ACCOUNT}', 'us-east-1', 'c'");
        Script::default()
            .on_match("ListTasks", "STOPPED", r#"{"taskArns": ["arn:task/c/2"]}"#)
            .on("ListTasks", r#"{"taskArns": ["arn:task/c/1"]}"#)
            .on_match("DescribeTasks", "arn:task/c/1", RUNS)
            .on("DescribeTasks", STOPPED)
            .seed("aws_ecs_cluster (arn, account_id, region, name)", &cluster)
    }

    #[tokio::test]
    async fn what_runs_and_what_stopped_are_both_read() {
        let read = script().read(READER).await;
        let sql = "select task_id, service_name, health_status, stop_code, started_at <> '' from aws_ecs_task order by 1";
        assert_eq!(read.all(sql), ["1|pay|HEALTHY||1", "2||unread|EssentialContainerExited|0"]);
        let sql = "select image, exit_code, health_status from aws_ecs_task_container order by arn";
        assert_eq!(read.all(sql), ["nginx:latest|-1|HEALTHY", "tool|137|"]);
    }

    #[tokio::test]
    async fn nothing_runs() {
        let cluster = format!("'arn:c', '{ACCOUNT}', 'us-east-1', 'c'");
        let script = Script::default().on("ListTasks", "{}").seed("aws_ecs_cluster (arn, account_id, region, name)", &cluster);
        let nothing = script.read(READER).await;
        assert_eq!((nothing.count("aws_ecs_task"), nothing.is_complete), (0, true));
    }

    #[tokio::test]
    async fn a_list_that_was_not_read_to_its_end_is_a_gap() {
        for (call, fault) in
            [(call::ListTasks, Fault::Denied), (call::DescribeTasks, Fault::Denied), (call::ListTasks, Fault::CutAfterFirstPage)]
        {
            assert!(!script().read_with(READER, call, fault).await.is_complete);
        }
    }
}
