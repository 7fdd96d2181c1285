//! Auto Scaling: of applications and of EC2 instances.

use super::{Does, Service};
use crate::wire::Wire;

/// The card of Application Auto Scaling.
pub const APPLICATION: Service = Service {
    name: "application-autoscaling",
    id: "Application Auto Scaling",
    scope: "application-autoscaling",
    wire: Wire::AwsJson11,
    target: Some("AnyScaleFrontendService"),
    namespace: "",
    calls: &[
        ("DescribeScalableTargets", Does::Says(r#""ScalableTargets":[]"#)),
        ("DescribeScalingPolicies", Does::Says(r#""ScalingPolicies":[]"#)),
        ("DescribeScheduledActions", Does::Says(r#""ScheduledActions":[]"#)),
    ],
};

/// The card of EC2 Auto Scaling.
pub const GROUPS: Service = Service {
    name: "autoscaling",
    id: "Auto Scaling",
    scope: "autoscaling",
    wire: Wire::AwsQuery,
    target: None,
    namespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/",
    calls: &[
        ("DescribeAutoScalingGroups", Does::Says("<AutoScalingGroups></AutoScalingGroups>")),
        ("DescribeLaunchConfigurations", Does::Says("<LaunchConfigurations></LaunchConfigurations>")),
    ],
};
