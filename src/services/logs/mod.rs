//! Amazon CloudWatch Logs.

use aws_sdk_cloudwatchlogs::types;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};
use crate::inventory::View;

pub mod account_policy;
pub mod group;
pub mod group_metric;
pub mod recency;

/// The CloudWatch Logs API. DescribeLogStreams is allowed 25 times a second, the other calls fewer.
pub const LOGS: &Api = &Api {
    id: "CloudWatch Logs",
    prefix: "logs",
    quota: Quota::each(10.0, 20).but(&[("DescribeLogStreams", 25.0, 50)]),
    wire: Wire::AwsJson,
};

calls! { LOGS "logs": DescribeAccountPolicies, DescribeLogGroups, DescribeLogStreams, ListTagsForResource }

client!(aws_sdk_cloudwatchlogs, LOGS);

words!(types::LogGroupClass);

/// The card.
pub const SERVICE: Service = Service {
    name: "logs",
    title: "Amazon CloudWatch Logs",
    readers: &[group::READER, group_metric::READER, recency::READER, account_policy::READER],
    views: &[OWNER],
};

/// Who logs where.
const OWNER: &View = &View { name: "aws_cloudwatch_log_owner", sql: include_str!("owner.sql") };
