//! Amazon ECS. A service's own numbers say what runs; deployments, tasks and events say whether it lasts.
//!
//! The values of environment variables and the commands of containers are never stored.

use aws_sdk_ecs::types;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};
use crate::inventory::Json;

pub mod cluster;
pub mod service;
mod service_deployment;
mod service_parts;
pub mod task;
pub mod task_definition;

/// The ECS API. Reads of clusters and services are allowed 20 times a second.
pub const ECS: &Api = &Api { id: "ECS", prefix: "ecs", quota: Quota::each(20.0, 50), wire: Wire::AwsJson };

calls! { ECS "ecs":
    DescribeClusters,
    DescribeServiceDeployments,
    DescribeServices,
    DescribeTaskDefinition,
    DescribeTasks,
    ListClusters,
    ListServiceDeployments,
    ListServices,
    ListTasks,
}

client!(aws_sdk_ecs, ECS);

words!(
    types::DeploymentControllerType,
    types::DeploymentRolloutState,
    types::DeploymentStrategy,
    types::HealthStatus,
    types::SchedulingStrategy,
    types::ServiceDeploymentStatus,
    types::StabilityStatus,
    types::TaskStopCode,
);

/// The card.
pub const SERVICE: Service = Service {
    name: "ecs",
    title: "Amazon ECS",
    readers: &[cluster::READER, service::READER, task::READER, task_definition::READER],
    views: &[],
};

/// The reason with which ECS says that what was asked for is gone since it was listed.
const MISSING: &str = "MISSING";

/// Whether an answer about items by name is about all of them: those that are gone since they were listed, ECS names too.
fn is_whole(asked: usize, told: usize, failures: &[types::Failure]) -> bool {
    told + failures.len() >= asked && failures.iter().all(|failure| failure.reason() == Some(MISSING))
}

/// The name at the end of an ARN.
fn last_name(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or(arn).to_owned()
}

fn tags(tags: &[types::Tag]) -> Json {
    Json::map(tags.iter().filter_map(|tag| Some((tag.key()?.to_owned(), super::text(tag.value())))))
}
