//! Events in the forms that CloudTrail gives them: who is told, and by what means.

use aws_sdk_cloudtrail::types::Event as Said;
use aws_smithy_types::DateTime;
use serde_json::{Value, json};

use super::event::Told;
use super::{Event, Means};

const HERE: &str = "111122223333";

fn told(detail: &Value) -> Told {
    let said = Said::builder()
        .event_id("e-1")
        .event_name("PutBucketPolicy")
        .event_source("s3.amazonaws.com")
        .event_time(DateTime::from_secs(1_795_300_000))
        .cloud_trail_event(detail.to_string())
        .build();
    Told::of(&said, "aws", "eu-west-1")
}

fn event(mut detail: Value) -> Event {
    detail["recipientAccountId"] = HERE.into();
    match told(&detail) {
        Told::Change(event) => *event,
        Told::NoChange => panic!("no change: {detail}"),
        Told::Malformed => panic!("malformed: {detail}"),
    }
}

fn role(name: &str, session: &str) -> Value {
    json!({
        "type": "AssumedRole", "principalId": format!("AROAEXAMPLE:{session}"), "accountId": HERE,
        "arn": format!("arn:aws:sts::{HERE}:assumed-role/{name}/{session}"),
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "arn": format!("arn:aws:iam::{HERE}:role/{name}"), "accountId": HERE, "userName": name},
            "attributes": {"mfaAuthenticated": "false", "creationDate": "2026-11-21T20:00:00Z"}
        }
    })
}

fn with(mut identity: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    identity.pointer_mut(parent).unwrap()[name] = value;
    identity
}

/// Principal, means, and the means in words.
fn who(detail: Value) -> (String, Means, String) {
    let event = event(detail);
    (event.principal, event.means, event.tool)
}

fn is(detail: Value, principal: &str, means: Means, tool: &str) {
    assert_eq!(who(detail), (principal.to_owned(), means, tool.to_owned()));
}

const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/5.70.0 \
    (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.31.0 ua/2.1 os/linux lang/go#1.23.1 api/s3#1.64.0";
const BOTO: &str = "Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#5.10 md/arch#x86_64 lang/python#3.12.2";

#[test]
fn people_in_the_console_and_at_the_terminal() {
    let sso = role("AWSReservedSSO_AdministratorAccess_78658cb1063311db", "alice@example.com");
    let browser = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36";
    let alice = "role/AWSReservedSSO_AdministratorAccess_78658cb1063311db via alice@example.com";
    let console =
        json!({"userIdentity": sso, "userAgent": browser, "sourceIPAddress": "203.0.113.9", "sessionCredentialFromConsole": "true"});
    is(console, alice, Means::Console, "console");
    // The console asks some services from inside of AWS.
    let inside = with(sso.clone(), "/sessionContext/attributes/sessionCredentialFromConsole", json!("true"));
    is(json!({"userIdentity": inside, "userAgent": "AWS Internal", "sourceIPAddress": "AWS Internal"}), alice, Means::Console, "console");
    is(json!({"userIdentity": sso, "userAgent": "console.amazonaws.com"}), alice, Means::Console, "console");
    is(
        json!({"userIdentity": sso, "userAgent": "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.750]"}),
        alice,
        Means::Console,
        "console",
    );

    let bob = json!({"type": "IAMUser", "arn": format!("arn:aws:iam::{HERE}:user/ops/bob"), "accountId": HERE, "userName": "bob"});
    let cli = "aws-cli/2.17.0 md/awscrt#0.20.11 ua/2.0 os/macos#23.5.0 lang/python#3.11.8 cfg/retry-mode#standard md/prompt#off";
    is(json!({"userIdentity": bob, "userAgent": cli}), "user/bob", Means::Cli, "AWS CLI 2.17.0");
    // What is typed in the console's own terminal is typed all the same.
    let shell = format!("{cli} exec-env/CloudShell");
    let detail = json!({"userIdentity": bob, "userAgent": shell, "sessionCredentialFromConsole": "true"});
    is(detail, "user/bob", Means::Cli, "AWS CLI 2.17.0 in CloudShell");

    let root = json!({"type": "Root", "arn": format!("arn:aws:iam::{HERE}:root"), "accountId": HERE});
    is(json!({"userIdentity": root, "userAgent": browser, "sessionCredentialFromConsole": "true"}), "root", Means::Console, "console");
}

#[test]
fn terraform_and_pipelines() {
    let provider = format!("arn:aws:iam::{HERE}:oidc-provider/token.actions.githubusercontent.com");
    let github = with(role("deploy", "GitHubActions"), "/sessionContext/webIdFederationData", json!({"federatedProvider": provider}));
    let detail = json!({"userIdentity": github, "userAgent": TERRAFORM});
    is(detail, "role/deploy via GitHubActions", Means::Terraform, "Terraform 1.9.5, GitHub Actions");
    let detail = json!({"userIdentity": github, "userAgent": "aws-sdk-nodejs/2.1 configure-aws-credentials-for-github-actions"});
    is(detail, "role/deploy via GitHubActions", Means::Pipeline, "aws-sdk-nodejs 2.1, GitHub Actions");
    let cli = json!({"userIdentity": github, "userAgent": "aws-cli/2.17.0 ua/2.0"});
    is(cli, "role/deploy via GitHubActions", Means::Cli, "AWS CLI 2.17.0, GitHub Actions");

    let build = json!({"userIdentity": role("build", "AWSCodeBuild-9f3a"), "userAgent": BOTO});
    is(build, "role/build via AWSCodeBuild-9f3a", Means::Pipeline, "Boto3 1.34.69, CodeBuild");
    let stage = json!({"userIdentity": with(role("stage", "1700000000"), "/invokedBy", json!("codepipeline.amazonaws.com"))});
    is(stage, "role/stage via 1700000000", Means::Pipeline, "CodePipeline");
    let plain = json!({"userIdentity": role("ci", "run-77"), "userAgent": TERRAFORM});
    is(plain, "role/ci via run-77", Means::Terraform, "Terraform 1.9.5");
}

#[test]
fn cloudformation_and_the_cdk_through_it() {
    let service = "cloudformation.amazonaws.com";
    let of = |identity: Value| json!({"userIdentity": with(identity, "/invokedBy", json!(service)), "userAgent": service, "sourceIPAddress": service});
    is(of(role("LP-Admin", "carol")), "role/LP-Admin via carol", Means::Cloudformation, "CloudFormation");
    let exec = role("cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1", "AWSCloudFormation");
    let principal = "role/cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1 via AWSCloudFormation";
    is(of(exec), principal, Means::Cloudformation, "CloudFormation, CDK");
}

#[test]
fn services_by_themselves_and_for_somebody() {
    let autoscaling = with(role("AWSServiceRoleForAutoScaling", "AutoScaling"), "/invokedBy", json!("autoscaling.amazonaws.com"));
    let detail =
        json!({"userIdentity": autoscaling, "userAgent": "autoscaling.amazonaws.com", "sourceIPAddress": "autoscaling.amazonaws.com"});
    is(detail, "role/AWSServiceRoleForAutoScaling via AutoScaling", Means::Service, "autoscaling.amazonaws.com");
    let detail =
        json!({"userIdentity": {"type": "AWSService", "invokedBy": "secretsmanager.amazonaws.com"}, "eventType": "AwsServiceEvent"});
    is(detail, "secretsmanager.amazonaws.com", Means::Service, "secretsmanager.amazonaws.com");
    let detail = json!({"userIdentity": {"accountId": HERE}, "eventType": "AwsServiceEvent", "eventSource": "kms.amazonaws.com"});
    is(detail, "kms.amazonaws.com", Means::Service, "kms.amazonaws.com");
    let agent = format!("{BOTO} exec-env/AWS_Lambda_python3.12");
    let function = json!({"userIdentity": role("cleaner-role", "cleaner"), "userAgent": agent});
    is(function, "role/cleaner-role via cleaner", Means::Sdk, "Boto3 1.34.69 in Lambda");
}

#[test]
fn other_accounts_and_odd_identities() {
    let foreign = with(role("partner", "job"), "/accountId", json!("444455556666"));
    is(
        json!({"userIdentity": foreign, "userAgent": "aws-sdk-go-v2/1.30.3 os/linux"}),
        "role/partner via job of account 444455556666",
        Means::Sdk,
        "aws-sdk-go-v2 1.30.3",
    );
    let account = json!({"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": "444455556666"});
    is(json!({"userIdentity": account}), "account 444455556666", Means::Unknown, "unknown");
    let source = with(role("admin", "session-1"), "/sessionContext/sourceIdentity", json!("dave"));
    is(json!({"userIdentity": source, "userAgent": "curl/8.4"}), "role/admin via dave", Means::Unknown, "curl/8.4");
    let federated = json!({"type": "FederatedUser", "arn": format!("arn:aws:sts::{HERE}:federated-user/erin"), "accountId": HERE,
        "sessionContext": {"sessionIssuer": {"type": "IAMUser", "userName": "broker"}}});
    assert_eq!(who(json!({"userIdentity": federated})).0, "federated/erin via user/broker");
    let center = json!({"type": "IdentityCenterUser", "accountId": HERE, "onBehalfOf": {"userId": "544894e8"}});
    assert_eq!(who(json!({"userIdentity": center})).0, "identity center user 544894e8");
    assert_eq!(who(json!({})).0, "unknown");
}

#[test]
fn reading_and_failing_change_nothing() {
    assert!(matches!(told(&json!({"readOnly": true})), Told::NoChange));
    assert!(matches!(told(&json!({"readOnly": false, "errorCode": "AccessDenied"})), Told::NoChange));
    assert!(matches!(told(&json!({"readOnly": false, "errorCode": null})), Told::Change(_)));
    let bare = Said::builder().event_id("e").event_name("X").event_time(DateTime::from_secs(1)).cloud_trail_event("{").build();
    assert!(matches!(Told::of(&bare, "aws", "eu-west-1"), Told::Malformed));
}

#[test]
fn nothing_that_was_sent_or_answered_is_kept() {
    let event = event(
        json!({"requestParameters": {"p": "hunter2"}, "responseElements": {"p": "hunter2"}, "additionalEventData": {"p": "hunter2"}}),
    );
    assert!(!serde_json::to_string(&event).unwrap().contains("hunter2"));
    assert_eq!(event.url, "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-1");
    assert_eq!(event.time.as_str(), "2026-11-21T22:26:40Z");
}
