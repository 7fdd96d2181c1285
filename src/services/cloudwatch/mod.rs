//! Amazon CloudWatch: alarms, dashboards, and the metrics by which other services' readers prove that something moves.

use aws_sdk_cloudwatch::types;

use super::Service;
use crate::aws::{Api, Rate, Wire, calls, client, words};

pub mod alarm;
pub mod dashboard;
pub mod dashboard_metric;
pub mod metric;
pub mod widget;

/// The CloudWatch API. GetMetricData has a quota of its own, so the rate is careful.
pub const CLOUDWATCH: &Api =
    &Api { id: "CloudWatch", prefix: "cloudwatch", rate: Rate { per_second: 10.0, burst: 20 }, wire: Wire::RpcCbor };

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
