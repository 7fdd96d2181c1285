//! AWS Organizations: what stands above an account.

use aws_sdk_organizations::types;

use super::Service;
use crate::aws::{Api, Rate, Wire, calls, client, words};

pub mod membership;

/// The Organizations API: one control plane for all regions, with low rates shared by the whole organization.
pub const ORGANIZATIONS: &Api =
    &Api { id: "Organizations", prefix: "organizations", rate: Rate { per_second: 2.0, burst: 4 }, wire: Wire::AwsJson };

calls! { ORGANIZATIONS "organizations": DescribeOrganization, DescribePolicy, ListParents, ListPoliciesForTarget, ListRoots }

client!(aws_sdk_organizations, ORGANIZATIONS);

words!(types::PolicyTypeStatus, types::ParentType);

/// The card.
pub const SERVICE: Service = Service { name: "organizations", title: "AWS Organizations", readers: &[membership::READER], views: &[] };
