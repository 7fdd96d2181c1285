//! Stacks: their state, what they put out, and what went wrong first.

use aws_sdk_cloudformation::types;
use macro_rules_attribute::apply;
use serde_json::Value;

use super::call;
use super::place::places;
use super::resource::{StackResource, emit_resources};
use crate::aws::{Cx, Unread, shown};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// A stack, as DescribeStacks tells it. Stacks that were deleted are not asked about.
#[apply(row!)]
#[table("aws_cloudformation_stack", key(arn))]
pub struct Stack {
    /// ARN of the stack, its id.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name of the stack.
    pub name: String,
    /// Its description, or ''.
    pub description: String,
    /// `CREATE_COMPLETE`, `UPDATE_ROLLBACK_FAILED`, …
    pub stack_status: Fact<String>,
    /// Why, in words, or ''.
    #[is(churn)]
    pub stack_status_reason: String,
    /// `CONFIGURATION_COMPLETE`, `VALIDATION_FAILED`, or ''.
    #[is(churn)]
    pub detailed_status: String,
    /// When it was made.
    pub creation_time: Time,
    /// When it was last updated, or ''.
    #[is(churn)]
    pub last_updated_time: Time,
    /// When its deletion began, or ''.
    #[is(churn)]
    pub deletion_time: Time,
    /// ARN of the stack that it is nested in, or ''.
    pub parent_arn: String,
    /// ARN of the outermost stack that it is nested in, or ''.
    pub root_arn: String,
    /// ARN of the role that it is deployed with, or ''.
    pub role_arn: String,
    /// Whether it is protected against deletion.
    pub termination_protection: Fact<bool>,
    /// What the last drift detection said: `DRIFTED`, `IN_SYNC`, `UNKNOWN`, `NOT_CHECKED` when there was none.
    #[is(churn)]
    pub drift_status: Fact<String>,
    /// When that was, or ''.
    #[is(churn)]
    pub drift_last_check_time: Time,
    /// Parameters, a map. A value is `****` where AWS hides it and `[redacted]` where the name sounds like a secret's.
    pub parameters: Json,
    /// What the parameters of Systems Manager that its own name were resolved to when it was last deployed, a map by its parameters'
    /// names. `[redacted]` where the name sounds like a secret's. A parameter that is none of them is not in it.
    pub resolved_parameters: Json,
    /// How many outputs it has; they are in `aws_cloudformation_stack_output`.
    #[is(derived)]
    pub output_count: i64,
    /// How many resources it has; they are in `aws_cloudformation_stack_resource`.
    #[is(derived)]
    pub resource_count: Fact<i64>,
    /// After an operation that failed: the logical id of the resource that failed first and was not merely cancelled. '' otherwise, or
    /// when AWS has no such event any more.
    #[is(churn)]
    pub failed_logical_id: Fact<String>,
    /// Type of that resource, or ''.
    #[is(churn)]
    pub failed_resource_type: Fact<String>,
    /// Why it failed, in words, or ''.
    #[is(churn)]
    pub failed_reason: Fact<String>,
    /// Tags, a map.
    pub tags: Json,
}

/// An output of a stack, as DescribeStacks tells it.
#[apply(row!)]
#[table("aws_cloudformation_stack_output", key(arn, output_key), part_of("aws_cloudformation_stack", arn = arn))]
pub struct StackOutput {
    /// ARN of the stack.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region of the stack.
    pub region: String,
    /// Name of the output.
    pub output_key: String,
    /// Its value; `[redacted]` where the name sounds like a secret's.
    pub value: String,
    /// Its description, or ''.
    pub description: String,
    /// Name under which other stacks import it, or ''.
    pub export_name: String,
    /// Regions and accounts that the value names: a list of `{"kind", "service", "region", "account_id", "resource"}`. The kind is
    /// `arn`, `console`, `query` (`region=…`), `endpoint` (`….amazonaws.com`) or `number` (twelve digits that are no date).
    #[is(derived)]
    pub places: Json,
}

reader! {
    "cloudformation/stack", Regional, fills [Stack::TABLE, StackOutput::TABLE, StackResource::TABLE],
    calls [call::DescribeStacks, call::ListStackResources, call::DescribeStackEvents], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let client: aws_sdk_cloudformation::Client = cx.client();
    let mut pages = cx.pages(call::DescribeStacks, |token| client.describe_stacks().set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        let mut found = Vec::new();
        for stack in page.stacks() {
            let arn = identified!(cx, call::DescribeStacks, stack.stack_id());
            found.push((arn.to_owned(), stack.clone()));
        }
        cx.each(found, |(arn, stack)| read_one(&cx, arn, stack)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, arn: String, stack: types::Stack) {
    for output in stack.outputs() {
        let (key, value) = (text(output.output_key()), text(output.output_value()));
        cx.emit(StackOutput {
            arn: arn.clone(),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            description: text(output.description()),
            export_name: text(output.export_name()),
            places: Json(places(&value).into_iter().map(Value::from).collect()),
            value: shown(&key, &value),
            output_key: key,
        })
        .await;
    }
    let drift = stack.drift_information();
    let cause = cause(cx, &arn, stack.stack_status()).await;
    let parameter = |one: &types::Parameter| {
        let (key, value) = (text(one.parameter_key()), text(one.parameter_value()));
        let value = shown(&key, &value);
        (key, value)
    };
    let resolved = |one: &types::Parameter| {
        let (key, value) = (text(one.parameter_key()), one.resolved_value()?);
        let value = shown(&key, value);
        Some((key, value))
    };
    let tag = |tag: &types::Tag| Some((tag.key()?.to_owned(), text(tag.value())));
    cx.emit(Stack {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        name: text(stack.stack_name()),
        description: text(stack.description()),
        stack_status: cx.word(Stack::TABLE, &arn, &["stack_status"], stack.stack_status(), &[]).await,
        stack_status_reason: text(stack.stack_status_reason()),
        detailed_status: text(stack.detailed_status().map(|status| status.as_str())),
        creation_time: time(stack.creation_time()),
        last_updated_time: time(stack.last_updated_time()),
        deletion_time: time(stack.deletion_time()),
        parent_arn: text(stack.parent_id()),
        root_arn: text(stack.root_id()),
        role_arn: text(stack.role_arn()),
        termination_protection: Fact::told(stack.enable_termination_protection()),
        drift_status: cx.word(Stack::TABLE, &arn, &["drift_status"], drift.and_then(|drift| drift.stack_drift_status()), &[]).await,
        drift_last_check_time: time(drift.and_then(|drift| drift.last_check_timestamp())),
        parameters: Json::map(stack.parameters().iter().map(parameter)),
        resolved_parameters: Json::map(stack.parameters().iter().filter_map(resolved)),
        output_count: stack.outputs().len() as i64,
        resource_count: emit_resources(cx, &arn, stack.stack_status()).await,
        failed_logical_id: cause.as_ref().map(|cause| cause.logical_id.clone()),
        failed_resource_type: cause.as_ref().map(|cause| cause.resource_type.clone()),
        failed_reason: cause.map(|cause| cause.reason),
        tags: Json::map(stack.tags().iter().filter_map(tag)),
        arn,
    })
    .await;
}

/// What failed first.
#[derive(Debug, Clone, Default)]
struct Cause {
    logical_id: String,
    resource_type: String,
    reason: String,
}

/// Looks through the events of a stack's last operation, newest first, if that operation failed.
async fn cause(cx: &Cx, arn: &str, status: Option<&types::StackStatus>) -> Fact<Cause> {
    let mut first = Cause::default();
    if !status.is_some_and(|status| has_failed(status.as_str())) {
        return Fact::Known(first);
    }
    let client: aws_sdk_cloudformation::Client = cx.client();
    let about = cx.about(Stack::TABLE, arn, &["failed_logical_id", "failed_resource_type", "failed_reason"]);
    let mut pages =
        about.pages(call::DescribeStackEvents, |token| client.describe_stack_events().stack_name(arn).set_next_token(token).send());
    loop {
        let page = match pages.next(|page| page.next_token()).await {
            Ok(Some(page)) => page,
            Ok(None) => return Fact::Known(first),
            Err(Unread) => return Fact::Unread,
        };
        for event in page.stack_events() {
            let status = event.resource_status().map(|status| status.as_str()).unwrap_or("");
            let reason = event.resource_status_reason().unwrap_or("");
            let is_stack = event.physical_resource_id() == Some(arn);
            if is_stack && BEGINNINGS.contains(&status) {
                pages.stop().await;
                return Fact::Known(first);
            }
            // The others are cancelled when one fails; the stack itself fails last and says less.
            let is_cause = status.ends_with("_FAILED") && !reason.to_lowercase().contains("cancelled");
            if is_cause && (!is_stack || first.logical_id.is_empty()) {
                first = Cause {
                    logical_id: text(event.logical_resource_id()),
                    resource_type: text(event.resource_type()),
                    reason: reason.to_owned(),
                };
            }
        }
    }
}

/// States of a stack with which an operation begins.
const BEGINNINGS: &[&str] = &["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"];

/// Whether the last operation did not reach what it was to reach.
fn has_failed(status: &str) -> bool {
    status.ends_with("_FAILED") || status.contains("ROLLBACK")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const STACKS: &str = "<Stacks>
        <member><StackId>arn:aws:cloudformation:us-east-1:1:stack/pay/1</StackId><StackName>pay</StackName>
            <StackStatus>UPDATE_ROLLBACK_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime>
            <LastUpdatedTime>2026-11-01T00:00:00Z</LastUpdatedTime>
            <DriftInformation><StackDriftStatus>IN_SYNC</StackDriftStatus><LastCheckTimestamp>2026-11-02T00:00:00Z</LastCheckTimestamp></DriftInformation>
            <Parameters><member><ParameterKey>DbPassword</ParameterKey><ParameterValue>hunter2</ParameterValue></member>
                <member><ParameterKey>Stage</ParameterKey><ParameterValue>prod</ParameterValue></member>
                <member><ParameterKey>Image</ParameterKey><ParameterValue>/images/web</ParameterValue><ResolvedValue>ami-1</ResolvedValue></member>
                <member><ParameterKey>ApiToken</ParameterKey><ParameterValue>/token</ParameterValue><ResolvedValue>hunter2</ResolvedValue></member>
            </Parameters>
            <Outputs><member><OutputKey>Url</OutputKey><OutputValue>https://eu-west-1.console.aws.amazon.com/cloudwatch/home</OutputValue></member></Outputs>
        </member>
        <member><StackId>arn:aws:cloudformation:us-east-1:1:stack/net/2</StackId><StackName>net</StackName>
            <StackStatus>WAITING_FOR_GODOT</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime></member>
        <member><StackId>arn:aws:cloudformation:us-east-1:1:stack/new/3</StackId><StackName>new</StackName>
            <StackStatus>REVIEW_IN_PROGRESS</StackStatus><CreationTime>2026-11-20T00:00:00Z</CreationTime></member></Stacks>";

    const RESOURCES: &str = "<StackResourceSummaries><member><LogicalResourceId>Queue</LogicalResourceId>
        <PhysicalResourceId>q</PhysicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>
        </member></StackResourceSummaries>";

    const EVENTS: &str = "<StackEvents>
        <member><LogicalResourceId>pay</LogicalResourceId><PhysicalResourceId>arn:aws:cloudformation:us-east-1:1:stack/pay/1</PhysicalResourceId>
            <ResourceStatus>UPDATE_ROLLBACK_COMPLETE</ResourceStatus></member>
        <member><LogicalResourceId>B</LogicalResourceId><ResourceType>AWS::SNS::Topic</ResourceType><ResourceStatus>UPDATE_FAILED</ResourceStatus>
            <ResourceStatusReason>Resource update cancelled</ResourceStatusReason></member>
        <member><LogicalResourceId>A</LogicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType><ResourceStatus>UPDATE_FAILED</ResourceStatus>
            <ResourceStatusReason>no such bucket</ResourceStatusReason></member>
        <member><LogicalResourceId>pay</LogicalResourceId><PhysicalResourceId>arn:aws:cloudformation:us-east-1:1:stack/pay/1</PhysicalResourceId>
            <ResourceStatus>UPDATE_IN_PROGRESS</ResourceStatus></member>
        <member><LogicalResourceId>Older</LogicalResourceId><ResourceStatus>UPDATE_FAILED</ResourceStatus></member></StackEvents>";

    fn script() -> Script {
        Script::default().on("DescribeStacks", STACKS).on("ListStackResources", RESOURCES).on("DescribeStackEvents", EVENTS)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        // A word that this version does not know leaves a gap in one row; the list itself is whole.
        script().four_answers(READER, call::DescribeStacks, "<Stacks/>", 3).await;
    }

    #[tokio::test]
    async fn tells_the_state_and_the_first_cause() {
        let read = script().read(READER).await;
        let sql = "select name, stack_status, drift_status, failed_logical_id, failed_reason, resource_count, output_count, parameters
            from aws_cloudformation_stack order by 1";
        assert_eq!(
            read.all(sql),
            [
                "net|unread||||1|0|{}",
                "new|REVIEW_IN_PROGRESS||||0|0|{}",
                r#"pay|UPDATE_ROLLBACK_COMPLETE|IN_SYNC|A|no such bucket|1|1|{"ApiToken":"[redacted]","DbPassword":"[redacted]","Image":"/images/web","Stage":"prod"}"#,
            ]
        );
        let resolved = read.all("select resolved_parameters from aws_cloudformation_stack order by name");
        assert_eq!(resolved, ["{}", "{}", r#"{"ApiToken":"[redacted]","Image":"ami-1"}"#]);
        let places = read.one("select json_extract(places, '$[0].region') from aws_cloudformation_stack_output");
        assert_eq!(places, "eu-west-1");
    }

    #[tokio::test]
    async fn what_is_denied_is_unread() {
        let sql = "select resource_count, failed_logical_id from aws_cloudformation_stack where name = 'pay'";
        let denied = |call| async move { script().read_with(READER, call, Fault::Denied).await.one(sql) };
        assert_eq!(denied(call::ListStackResources).await, "unread|A");
        assert_eq!(denied(call::DescribeStackEvents).await, "1|unread");
    }
}
