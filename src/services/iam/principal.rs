//! The rows that one call tells about users, groups, roles and policies: see `authorization.rs` for the call.

use macro_rules_attribute::apply;

use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Time};
use crate::services::statement::statement_table;

/// A user, as GetAccountAuthorizationDetails tells it.
#[apply(row!)]
#[table("aws_iam_user", key(arn))]
pub struct User {
    /// ARN of the user.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Name of the user.
    pub name: String,
    /// `AIDA…`.
    pub user_id: String,
    /// Path.
    pub path: String,
    /// When it was made.
    pub create_date: Time,
    /// Groups, a list of names.
    pub groups: Json,
    /// ARNs of managed policies attached to the user itself, a list.
    pub attached_policy_arns: Json,
    /// Names of inline policies, a list.
    #[is(derived)]
    pub inline_policy_names: Json,
    /// ARN of the permissions boundary, or ''.
    pub permissions_boundary_arn: String,
    /// Tags, a map.
    pub tags: Json,
}

/// A group, as GetAccountAuthorizationDetails tells it.
#[apply(row!)]
#[table("aws_iam_group", key(arn))]
pub struct Group {
    /// ARN of the group.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Name of the group.
    pub name: String,
    /// `AGPA…`.
    pub group_id: String,
    /// Path.
    pub path: String,
    /// When it was made.
    pub create_date: Time,
    /// ARNs of attached managed policies, a list.
    pub attached_policy_arns: Json,
    /// Names of inline policies, a list.
    #[is(derived)]
    pub inline_policy_names: Json,
}

/// A role, as GetAccountAuthorizationDetails tells it.
#[apply(row!)]
#[table("aws_iam_role", key(arn))]
pub struct Role {
    /// ARN of the role.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Name of the role.
    pub name: String,
    /// `AROA…`.
    pub role_id: String,
    /// Path.
    pub path: String,
    /// When it was made.
    pub create_date: Time,
    /// Whether a service made it for itself and alone can change it.
    pub is_service_linked: bool,
    /// When it was used; '' for not in the 400 days that AWS keeps track.
    #[is(churn)]
    pub last_used_date: Time,
    /// Region in which it was used, or ''.
    #[is(churn)]
    pub last_used_region: String,
    /// Trust policy as a JSON document.
    pub assume_role_policy: Fact<String>,
    /// How many statements it has; they are in `aws_iam_role_trust_statement`. Unread also for a policy that cannot be understood.
    #[is(derived)]
    pub trust_statement_count: Fact<i64>,
    /// ARNs of attached managed policies, a list.
    pub attached_policy_arns: Json,
    /// Names of inline policies, a list.
    #[is(derived)]
    pub inline_policy_names: Json,
    /// ARN of the permissions boundary, or ''.
    pub permissions_boundary_arn: String,
    /// ARNs of instance profiles that hold it, a list.
    #[is(derived)]
    pub instance_profile_arns: Json,
    /// Tags, a map.
    pub tags: Json,
}

/// A managed policy: one of the account's own, or one of AWS's that is in use. GetAccountAuthorizationDetails tells it.
#[apply(row!)]
#[table("aws_iam_policy", key(arn))]
pub struct Policy {
    /// ARN of the policy.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Name of the policy: what its ARN ends in.
    pub name: String,
    /// Whether AWS made it.
    pub is_aws_managed: bool,
    /// Principals to which it is attached; a boundary does not count.
    #[is(churn)]
    pub attachment_count: Fact<i64>,
    /// Version in force.
    pub default_version_id: String,
    /// Versions that are kept.
    pub version_count: i64,
    /// When it was made.
    pub create_date: Time,
    /// When its version in force was made.
    #[is(churn)]
    pub update_date: Time,
    /// The version in force as a JSON document; unread when AWS's answer left it out.
    pub document: Fact<String>,
    /// How many statements it has; they are in `aws_iam_policy_statement`. Unread also for a policy that cannot be understood.
    #[is(derived)]
    pub statement_count: Fact<i64>,
}

/// A policy that is attached to a user, group or role, or bounds it.
#[apply(row!)]
#[table(
    "aws_iam_policy_attachment", key(arn, policy_arn, kind),
    part_of("aws_iam_user", arn = arn),
    part_of("aws_iam_role", arn = arn),
    part_of("aws_iam_group", arn = arn),
    is(derived)
)]
pub struct Attachment {
    /// ARN of the user, group or role.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// `user`, `group` or `role`.
    pub principal_type: String,
    /// ARN of the policy.
    pub policy_arn: String,
    /// `attached` or `boundary`.
    pub kind: String,
}

/// An inline policy of a user, group or role.
#[apply(row!)]
#[table(
    "aws_iam_inline_policy", key(arn, name),
    part_of("aws_iam_user", arn = arn),
    part_of("aws_iam_role", arn = arn),
    part_of("aws_iam_group", arn = arn)
)]
pub struct InlinePolicy {
    /// ARN of the user, group or role.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// `user`, `group` or `role`.
    pub principal_type: String,
    /// Name of the policy.
    pub name: String,
    /// The JSON document.
    pub document: Fact<String>,
    /// How many statements it has; they are in `aws_iam_inline_policy_statement`. Unread also for one that cannot be understood.
    #[is(derived)]
    pub statement_count: Fact<i64>,
}

/// A statement of an inline policy.
#[apply(row!)]
#[table(
    "aws_iam_inline_policy_statement", key(arn, policy_name, statement_index),
    guard("aws_iam_inline_policy", "statement_count"),
    part_of("aws_iam_inline_policy", arn = arn, policy_name = name),
    is(derived)
)]
pub struct InlineStatement {
    /// ARN of the user, group or role.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Name of the inline policy.
    pub policy_name: String,
    /// Its place in the document, from 0.
    pub statement_index: i64,
    /// `Sid`, or ''.
    pub sid: String,
    /// `Allow` or `Deny`.
    pub effect: String,
    /// Actions in lower case, with their wildcards, a list.
    pub actions: Json,
    /// The same of NotAction, a list.
    pub not_actions: Json,
    /// Resource patterns, a list.
    pub resources: Json,
    /// The same of NotResource, a list.
    pub not_resources: Json,
    /// Conditions as they stand, a map; '{}' without any.
    pub condition: Json,
}

statement_table! {
    "A statement of a managed policy, in its version in force."
    PolicyStatement, "aws_iam_policy_statement", guard("aws_iam_policy", "statement_count")
}

statement_table! {
    "A statement of a role's trust policy: who may become the role."
    TrustStatement, "aws_iam_role_trust_statement", guard("aws_iam_role", "trust_statement_count")
}
