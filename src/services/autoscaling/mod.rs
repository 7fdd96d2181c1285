//! Amazon EC2 Auto Scaling: groups, and what they start their instances from.

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client};

pub mod group;
pub mod launch_configuration;

/// The Auto Scaling API. Its rates are not documented.
pub const AUTOSCALING: &Api = &Api { id: "Auto Scaling", prefix: "autoscaling", quota: Quota::shared(10.0, 20), wire: Wire::AwsQuery };

calls! { AUTOSCALING "autoscaling": DescribeAutoScalingGroups, DescribeLaunchConfigurations }

client!(aws_sdk_autoscaling, AUTOSCALING);

/// The card.
pub const SERVICE: Service =
    Service { name: "autoscaling", title: "Amazon EC2 Auto Scaling", readers: &[group::READER, launch_configuration::READER], views: &[] };
