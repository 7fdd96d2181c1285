//! Amazon CloudWatch: alarms, dashboards, and the metrics by which other services' readers prove that something moves.

use aws_sdk_cloudwatch::types;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};

pub mod alarm;
pub mod dashboard;
pub mod dashboard_metric;
pub mod metric;
pub mod widget;

/// The CloudWatch API. DescribeAlarms is allowed nine times a second, GetMetricData fifty times.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html>
pub const CLOUDWATCH: &Api =
    &Api { id: "CloudWatch", prefix: "cloudwatch", quota: Quota::each(9.0, 20).but(&[("GetMetricData", 50.0, 50)]), wire: Wire::RpcCbor };

calls! { CLOUDWATCH "cloudwatch": DescribeAlarms, GetDashboard, GetMetricData, ListDashboards }

client!(aws_sdk_cloudwatch, CLOUDWATCH);

words!(types::StateValue, types::StatusCode);

/// The card.
pub const SERVICE: Service = Service {
    name: "cloudwatch",
    title: "Amazon CloudWatch",
    readers: &[alarm::READER, dashboard::READER, dashboard_metric::READER],
    views: &[],
};
