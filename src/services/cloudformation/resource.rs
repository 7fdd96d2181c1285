//! What a stack made, as CloudFormation remembers it. DescribeStackResources would end after a hundred, so it is not used.

use aws_sdk_cloudformation::types;
use macro_rules_attribute::apply;

use super::call;
use super::stack::Stack;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row, Time};
use crate::services::{text, time};

/// A resource of a stack, as ListStackResources tells it: what CloudFormation believes, not what is there.
#[apply(row!)]
#[table(
    "aws_cloudformation_stack_resource", key(arn, logical_id),
    guard("aws_cloudformation_stack", "resource_count"),
    part_of("aws_cloudformation_stack", arn = arn)
)]
pub struct StackResource {
    /// ARN of the stack.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region of the stack.
    pub region: String,
    /// Name in the template.
    pub logical_id: String,
    /// What the service calls it: a name, an id or an ARN, by type; '' before it is made.
    pub physical_id: String,
    /// Type (`AWS::S3::Bucket`).
    pub resource_type: String,
    /// `CREATE_COMPLETE`, `UPDATE_FAILED`, …
    pub resource_status: Fact<String>,
    /// Why, in words, or ''.
    #[is(churn)]
    pub resource_status_reason: String,
    /// When that was.
    #[is(churn)]
    pub last_updated_time: Time,
    /// What the last drift detection said: `IN_SYNC`, `MODIFIED`, `DELETED`, `NOT_CHECKED`, or ''.
    #[is(churn)]
    pub drift_status: Fact<String>,
    /// When it was last checked for drift, or ''.
    #[is(churn)]
    pub drift_last_check_time: Time,
}

/// Stores a stack's resources and says how many there are.
pub(super) async fn emit_resources(cx: &Cx, arn: &str, status: Option<&types::StackStatus>) -> Fact<i64> {
    // A stack that is only a change set so far has none, and AWS answers with an error.
    if status == Some(&types::StackStatus::ReviewInProgress) {
        return Fact::Known(0);
    }
    Fact::from(list(cx, arn).await)
}

async fn list(cx: &Cx, arn: &str) -> Result<i64, Unread> {
    let client: aws_sdk_cloudformation::Client = cx.client();
    let about = cx.about(Stack::TABLE, arn, &["resource_count"]);
    let mut count = 0;
    let mut pages =
        about.pages(call::ListStackResources, |token| client.list_stack_resources().stack_name(arn).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for resource in page.stack_resource_summaries() {
            let Some(logical_id) = resource.logical_resource_id() else {
                return Err(about.malformed(call::ListStackResources, "lacks a LogicalResourceId").await);
            };
            count += 1;
            let drift = resource.drift_information();
            let table = StackResource::TABLE;
            cx.emit(StackResource {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                logical_id: logical_id.to_owned(),
                physical_id: text(resource.physical_resource_id()),
                resource_type: text(resource.resource_type()),
                resource_status: cx.word(table, arn, &["resource_status"], resource.resource_status(), &[]).await,
                resource_status_reason: text(resource.resource_status_reason()),
                last_updated_time: time(resource.last_updated_timestamp()),
                drift_status: cx
                    .word(table, arn, &["drift_status"], drift.and_then(|drift| drift.stack_resource_drift_status()), &[])
                    .await,
                drift_last_check_time: time(drift.and_then(|drift| drift.last_check_timestamp())),
            })
            .await;
        }
    }
    Ok(count)
}
