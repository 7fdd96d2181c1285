//! Application Auto Scaling: what changes the number of a service's tasks by itself.

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client};

pub mod target;

/// The Application Auto Scaling API.
pub const APPLICATION_AUTO_SCALING: &Api =
    &Api { id: "Application Auto Scaling", prefix: "application-autoscaling", quota: Quota::shared(8.0, 20), wire: Wire::AwsJson };

calls! { APPLICATION_AUTO_SCALING "application-autoscaling":
    DescribeScalableTargets,
    DescribeScalingPolicies,
    DescribeScheduledActions,
}

client!(aws_sdk_applicationautoscaling, APPLICATION_AUTO_SCALING);

/// The card.
pub const SERVICE: Service =
    Service { name: "applicationautoscaling", title: "Application Auto Scaling", readers: &[target::READER], views: &[] };
