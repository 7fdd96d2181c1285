//! Elastic Load Balancing v2: Application, Network and Gateway Load Balancers.

use aws_sdk_elasticloadbalancingv2::types;

use super::Service;
use crate::aws::{Api, Rate, Wire, calls, client, words};

pub mod target_group;

/// The Elastic Load Balancing v2 API.
pub const ELASTIC_LOAD_BALANCING_V2: &Api = &Api {
    id: "Elastic Load Balancing v2",
    prefix: "elasticloadbalancing",
    rate: Rate { per_second: 8.0, burst: 20 },
    wire: Wire::AwsQuery,
};

calls! { ELASTIC_LOAD_BALANCING_V2 "elasticloadbalancing":
    DescribeTargetGroups,
    DescribeTargetHealth,
}

client!(aws_sdk_elasticloadbalancingv2, ELASTIC_LOAD_BALANCING_V2);

words!(types::TargetHealthReasonEnum, types::TargetHealthStateEnum);

/// The card.
pub const SERVICE: Service = Service { name: "elbv2", title: "Elastic Load Balancing", readers: &[target_group::READER], views: &[] };
