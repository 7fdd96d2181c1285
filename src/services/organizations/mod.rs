//! AWS Organizations: what stands above an account, and which accounts there are.

use aws_sdk_organizations::types;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};

pub mod account;
pub mod membership;

/// The Organizations API: one control plane for all regions, with low rates shared by the whole organization.
pub const ORGANIZATIONS: &Api = &Api { id: "Organizations", prefix: "organizations", quota: Quota::shared(4.0, 8), wire: Wire::AwsJson };

calls! {
    ORGANIZATIONS "organizations": DescribeOrganization, DescribePolicy, ListAccounts, ListAccountsForParent,
    ListOrganizationalUnitsForParent, ListParents, ListPoliciesForTarget, ListRoots, ListTagsForResource,
}

client!(aws_sdk_organizations, ORGANIZATIONS);

words!(types::PolicyTypeStatus, types::ParentType);

/// The card.
pub const SERVICE: Service = Service { name: "organizations", title: "AWS Organizations", readers: &[membership::READER], views: &[] };
