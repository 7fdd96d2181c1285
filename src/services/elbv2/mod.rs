//! Elastic Load Balancing, version 2: application, network and gateway load balancers, who answers on their ports, and what stands behind.

use aws_sdk_elasticloadbalancingv2::types;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};
use crate::inventory::View;

mod listener;
mod listener_rule;
pub mod load_balancer;
pub mod ssl_policy;
pub mod target_group;

pub use listener::{Listener, ListenerCertificate};
pub use listener_rule::ListenerRule;

/// The API. Its describing calls share a bucket of 40 that ten a second refill.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/load-balancing-api-request-throttling.html>
pub const ELASTIC_LOAD_BALANCING_V2: &Api =
    &Api { id: "Elastic Load Balancing v2", prefix: "elasticloadbalancing", quota: Quota::shared(10.0, 40), wire: Wire::AwsQuery };

calls! { ELASTIC_LOAD_BALANCING_V2 "elasticloadbalancing":
    DescribeListenerCertificates,
    DescribeListeners,
    DescribeLoadBalancers,
    DescribeRules,
    DescribeSSLPolicies,
    DescribeTags,
    DescribeTargetGroups,
    DescribeTargetHealth,
}

client!(aws_sdk_elasticloadbalancingv2, ELASTIC_LOAD_BALANCING_V2);

words!(
    types::ActionTypeEnum,
    types::LoadBalancerSchemeEnum,
    types::LoadBalancerStateEnum,
    types::LoadBalancerTypeEnum,
    types::ProtocolEnum,
    types::TargetHealthReasonEnum,
    types::TargetHealthStateEnum,
    types::TrustStoreAssociationStatusEnum,
);

/// The card.
pub const SERVICE: Service = Service {
    name: "elbv2",
    title: "Elastic Load Balancing",
    readers: &[load_balancer::READER, ssl_policy::READER, target_group::READER],
    views: &[LOAD_BALANCER_NAME],
};

const LOAD_BALANCER_NAME: &View = &View { name: "aws_elbv2_load_balancer_name", sql: include_str!("load_balancer_name.sql") };
