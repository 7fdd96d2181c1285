//! CloudFormation: stacks of three resources.

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::seed::Dice;
use crate::wire::{Body, Refusal, Wire};

/// The card.
pub const SERVICE: Service = Service {
    name: "cloudformation",
    id: "CloudFormation",
    scope: "cloudformation",
    wire: Wire::AwsQuery,
    target: None,
    namespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    calls: &[
        ("DescribeStackEvents", Does::Makes(events)),
        ("DescribeStacks", Does::Makes(stacks)),
        ("GetTemplate", Does::Makes(template)),
        ("ListStackResources", Does::Makes(resources)),
    ],
};

/// How many stacks AWS tells at once; it has no parameter for it.
const PAGE: u64 = 100;

fn name(index: u64) -> String {
    format!("service-{index}")
}

fn id(ask: &Ask<'_>, index: u64) -> String {
    ask.arn("cloudformation", &format!("stack/{}/{}", name(index), ask.uuid(Kind::Stack, index)))
}

/// The stack that a call names, by name or id.
fn named(ask: &Ask<'_>) -> Result<(u64, Dice), Refusal> {
    let asked = ask.text("StackName").unwrap_or_default();
    let by_name = || asked.strip_prefix("service-")?.parse::<u64>().ok().filter(|index| *index < ask.count(Kind::Stack));
    let index = ask.index_of_uuid(Kind::Stack, asked.rsplit('/').next().unwrap_or_default()).or_else(by_name);
    let missing = || Refusal::new(400, "ValidationError", format!("Stack with id {asked} does not exist"));
    index.map(|index| (index, ask.dice(Kind::Stack, index))).ok_or_else(missing)
}

fn stacks(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, next) = match ask.text("StackName") {
        Some(_) => named(ask).map(|(index, _)| (index..index + 1, None))?,
        None => ask.page(Kind::Stack, "NextToken", PAGE)?,
    };
    body.list("Stacks", "member", range, |body, index| {
        let dice = ask.dice(Kind::Stack, index);
        body.text("StackId", &id(ask, index));
        body.text("StackName", &name(index));
        body.time("CreationTime", ask.days_ago(300 + dice.below(1, 600)));
        body.time("LastUpdatedTime", ask.days_ago(dice.below(2, 250)));
        body.flag("DisableRollback", false);
        body.text("StackStatus", if dice.below(3, 60) == 0 { "UPDATE_ROLLBACK_COMPLETE" } else { "UPDATE_COMPLETE" });
        body.flag("EnableTerminationProtection", dice.percent(4, 60));
        // AWS was asked to compare nine in ten of them this week.
        body.member("DriftInformation", |body| {
            if dice.percent(5, 90) {
                body.text("StackDriftStatus", if dice.percent(6, 5) { "DRIFTED" } else { "IN_SYNC" });
                body.time("LastCheckTimestamp", ask.days_ago(0));
            } else {
                body.text("StackDriftStatus", "NOT_CHECKED");
            }
        });
        body.list("Outputs", "member", [()], |body, ()| {
            body.text("OutputKey", "QueueUrl");
            body.fmt("OutputValue", format_args!("https://sqs.{}.amazonaws.com/{}/queue-{index}", ask.region_name(), ask.account));
        });
        body.list("Tags", "member", [()], |body, ()| {
            body.text("Key", "team");
            body.text("Value", "platform");
        });
    });
    if let Some(next) = next {
        body.text("NextToken", &next);
    }
    Ok(())
}

/// Logical id, type and physical id.
fn parts(index: u64) -> [(&'static str, &'static str, String); 3] {
    [
        ("Queue", "AWS::SQS::Queue", format!("queue-{index}")),
        ("Topic", "AWS::SNS::Topic", format!("topic-{index}")),
        ("Parameter", "AWS::SSM::Parameter", format!("parameter-{index}")),
    ]
}

fn resources(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, dice) = named(ask)?;
    let drift = if dice.percent(5, 90) { "IN_SYNC" } else { "NOT_CHECKED" };
    body.list("StackResourceSummaries", "member", parts(index), |body, (logical, kind, physical)| {
        body.text("LogicalResourceId", logical);
        body.text("PhysicalResourceId", &physical);
        body.text("ResourceType", kind);
        body.time("LastUpdatedTimestamp", ask.days_ago(250));
        body.text("ResourceStatus", "UPDATE_COMPLETE");
        body.member("DriftInformation", |body| body.text("StackResourceDriftStatus", drift));
    });
    Ok(())
}

fn template(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, _) = named(ask)?;
    let resources: Vec<String> =
        parts(index).iter().map(|(logical, kind, _)| format!(r#""{logical}":{{"Type":"{kind}","Properties":{{}}}}"#)).collect();
    let output = r#""Outputs":{"QueueUrl":{"Value":{"Ref":"Queue"}}}"#;
    body.text("TemplateBody", &format!(r#"{{"AWSTemplateFormatVersion":"2010-09-09","Resources":{{{}}},{output}}}"#, resources.join(",")));
    body.texts("StagesAvailable", "member", ["Original", "Processed"]);
    Ok(())
}

/// What made the last update roll back.
fn events(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, _) = named(ask)?;
    let id = id(ask, index);
    let told = [
        (name(index), id.clone(), "AWS::CloudFormation::Stack", "UPDATE_ROLLBACK_COMPLETE", ""),
        ("Queue".to_owned(), format!("queue-{index}"), "AWS::SQS::Queue", "UPDATE_FAILED", "The queue's policy is malformed"),
        (name(index), id.clone(), "AWS::CloudFormation::Stack", "UPDATE_IN_PROGRESS", "User Initiated"),
    ];
    body.list("StackEvents", "member", told, |body, (logical, physical, kind, status, reason)| {
        body.text("StackId", &id);
        body.fmt("EventId", format_args!("{logical}-{status}"));
        body.text("StackName", &name(index));
        body.text("LogicalResourceId", &logical);
        body.text("PhysicalResourceId", &physical);
        body.text("ResourceType", kind);
        body.time("Timestamp", ask.days_ago(3));
        body.text("ResourceStatus", status);
        body.text("ResourceStatusReason", reason);
    });
    Ok(())
}
