//! AWS CloudFormation: stacks, what they made, what they put out, and what their templates say of it.
//!
//! Only what AWS has stored is read. Drift detection is never started: it writes into the account's history.

use aws_sdk_cloudformation::types;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};
use crate::inventory::View;

mod compared;
mod outline;
mod place;
pub mod resource;
pub mod stack;
pub mod template;

pub use compared::recorded;

/// The CloudFormation API. Its limits are not documented and low.
pub const CLOUDFORMATION: &Api =
    &Api { id: "CloudFormation", prefix: "cloudformation", quota: Quota::shared(8.0, 20), wire: Wire::AwsQuery };

calls! { CLOUDFORMATION "cloudformation": DescribeStackEvents, DescribeStacks, GetTemplate, ListStackResources }

client!(aws_sdk_cloudformation, CLOUDFORMATION);

words!(types::ResourceStatus, types::StackDriftStatus, types::StackResourceDriftStatus, types::StackStatus);

/// The card.
pub const SERVICE: Service =
    Service { name: "cloudformation", title: "AWS CloudFormation", readers: &[stack::READER, template::READER], views: &[LOOKUP] };

/// What driftlead finds of the things that stacks made.
const LOOKUP: &View = &View { name: "aws_cloudformation_resource_lookup", sql: include_str!("resource_lookup.sql") };
