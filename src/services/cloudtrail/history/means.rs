//! By what means it was done: from the user agent, the address and the session of an event.
//!
//! User agents are what a caller says of itself, and most say it truly. A service that acts for somebody is named in `invokedBy`.

use serde::Serialize;
use serde_json::Value;

use super::event::{flag, member};

/// By what means a change was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// The management console.
    Console,
    /// The AWS CLI, or a tool for a terminal that is built like it.
    Cli,
    /// A program with an AWS SDK.
    Sdk,
    /// Terraform or OpenTofu.
    Terraform,
    /// CloudFormation, the CDK through it included.
    Cloudformation,
    /// A pipeline, by tools that have no word of their own here.
    Pipeline,
    /// A service of AWS, by itself or for somebody.
    Service,
    /// The event does not tell.
    Unknown,
}

impl Means {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Cli => "cli",
            Self::Sdk => "sdk",
            Self::Terraform => "terraform",
            Self::Cloudformation => "cloudformation",
            Self::Pipeline => "pipeline",
            Self::Service => "service",
            Self::Unknown => "unknown",
        }
    }
}

/// What names a tool in a user agent, how people call it, and what it is; the first that is found counts.
const AGENTS: &[(&str, &str, Means)] = &[
    ("OpenTofu/", "OpenTofu", Means::Terraform),
    ("Terraform/", "Terraform", Means::Terraform),
    ("terraform-provider-aws/", "Terraform provider", Means::Terraform),
    ("Pulumi/", "Pulumi", Means::Sdk),
    ("aws-cdk/", "CDK", Means::Cli),
    ("aws-sam-cli/", "SAM CLI", Means::Cli),
    ("eksctl/", "eksctl", Means::Cli),
    ("aws-cli/", "AWS CLI", Means::Cli),
    ("AWSPowerShell", "PowerShell", Means::Cli),
    ("Boto3/", "Boto3", Means::Sdk),
    ("Boto/", "Boto", Means::Sdk),
    ("Botocore/", "Botocore", Means::Sdk),
    ("aws-sdk-", "aws-sdk-", Means::Sdk),
];

/// Words of the console's own user agents.
const CONSOLE: &[&str] = &["console.amazonaws.com", "signin.amazonaws.com", "S3Console/", "AWSConsole", "aws-console"];

/// Who gives out the web identities of pipelines, by a part of the provider's name.
const PROVIDERS: &[(&str, &str)] = &[
    ("token.actions.githubusercontent.com", "GitHub Actions"),
    ("gitlab", "GitLab"),
    ("bitbucket", "Bitbucket"),
    ("circleci.com", "CircleCI"),
    ("app.terraform.io", "HCP Terraform"),
    ("agent.buildkite.com", "Buildkite"),
    ("spacelift", "Spacelift"),
    ("vstoken.dev.azure.com", "Azure Pipelines"),
];

/// Words in a user agent, or at the beginning of a session's name, that only pipelines have.
const SESSIONS: &[(&str, &str)] =
    &[("AWSCodeBuild-", "CodeBuild"), ("GitHubActions", "GitHub Actions"), ("gitlab-", "GitLab"), ("CodePipeline", "CodePipeline")];
const RUNNERS: &[(&str, &str)] = &[("configure-aws-credentials-for-github-actions", "GitHub Actions"), ("CodeBuild", "CodeBuild")];

/// Where a program ran, as the SDKs say it.
const PLACES: &[(&str, &str)] =
    &[("exec-env/AWS_Lambda", "in Lambda"), ("exec-env/CloudShell", "in CloudShell"), ("exec-env/AWS_ECS", "in ECS")];

/// The domain of services.
const SERVICE: &str = ".amazonaws.com";

/// The means, and the means in words.
pub(super) fn means(detail: &Value) -> (Means, String) {
    let agent = member(detail, "/userAgent").trim_matches(['[', ']']);
    let address = member(detail, "/sourceIPAddress");
    let invoker = member(detail, "/userIdentity/invokedBy");
    let actors = [invoker, address, agent];
    if actors.contains(&"cloudformation.amazonaws.com") {
        let issuer = member(detail, "/userIdentity/sessionContext/sessionIssuer/userName");
        // The CDK's bootstrap gives CloudFormation a role of this name: `cdk-QUALIFIER-cfn-exec-role-ACCOUNT-REGION`.
        let is_cdk = issuer.starts_with("cdk-") && issuer.contains("-cfn-exec-role");
        return (Means::Cloudformation, if is_cdk { "CloudFormation, CDK" } else { "CloudFormation" }.to_owned());
    }
    let is_console = |text: &str| CONSOLE.iter().any(|word| text.contains(word));
    let service = actors.into_iter().find(|actor| actor.ends_with(SERVICE) && !is_console(actor));
    let pipeline = pipeline(detail, agent);
    match service {
        Some("codepipeline.amazonaws.com") => return (Means::Pipeline, "CodePipeline".to_owned()),
        Some("codebuild.amazonaws.com") => return (Means::Pipeline, "CodeBuild".to_owned()),
        Some(service) => return (Means::Service, service.to_owned()),
        None => {}
    }
    let tool = AGENTS.iter().find_map(|(word, name, means)| Some((*means, tool(agent, word, name)?)));
    if let Some((means, tool)) = tool.as_ref().filter(|(means, _)| *means != Means::Sdk) {
        return (*means, joined(tool, place(agent), pipeline));
    }
    let is_event_of_service = member(detail, "/eventType") == "AwsServiceEvent" || member(detail, "/userIdentity/type") == "AWSService";
    let console = flag(detail, "/sessionCredentialFromConsole")
        || flag(detail, "/userIdentity/sessionContext/attributes/sessionCredentialFromConsole")
        || member(detail, "/eventType") == "AwsConsoleAction"
        || is_console(agent)
        || agent.starts_with("Mozilla/");
    match (console, pipeline, tool) {
        (true, _, _) => (Means::Console, "console".to_owned()),
        (false, Some(pipeline), tool) => {
            let tool = tool.map(|(_, tool)| tool);
            (Means::Pipeline, tool.map_or_else(|| pipeline.to_owned(), |tool| joined(&tool, place(agent), Some(pipeline))))
        }
        (false, None, Some((means, tool))) => (means, joined(&tool, place(agent), None)),
        (false, None, None) if is_event_of_service || actors.contains(&"AWS Internal") => {
            (Means::Service, if invoker.is_empty() { member(detail, "/eventSource") } else { invoker }.to_owned())
        }
        (false, None, None) => (Means::Unknown, agent.split_whitespace().next().unwrap_or("unknown").chars().take(80).collect()),
    }
}

/// `AWS CLI 2.17.0`: the name and the version after the word, if the agent has the word.
fn tool(agent: &str, word: &str, name: &str) -> Option<String> {
    let rest = &agent[agent.find(word)? + word.len()..];
    // `aws-sdk-go-v2/1.30.3` says in one word which SDK it is and which version.
    let version = rest.split([' ', ';', '(', ')', ',']).next().unwrap_or("");
    Some(match (name.ends_with('-'), version) {
        (true, version) => format!("{name}{}", version.replacen('/', " ", 1)),
        (false, "") => name.to_owned(),
        (false, version) => format!("{name} {version}"),
    })
}

fn place(agent: &str) -> Option<&'static str> {
    PLACES.iter().find(|(word, _)| agent.contains(word)).map(|(_, place)| *place)
}

fn joined(tool: &str, place: Option<&str>, pipeline: Option<&str>) -> String {
    let place = place.map_or_else(String::new, |place| format!(" {place}"));
    let pipeline = pipeline.map_or_else(String::new, |pipeline| format!(", {pipeline}"));
    format!("{tool}{place}{pipeline}")
}

/// The pipeline in which it ran, if the session tells.
fn pipeline(detail: &Value, agent: &str) -> Option<&'static str> {
    let session = member(detail, "/userIdentity/arn").rsplit('/').next().unwrap_or("");
    let provider = ["/userIdentity/sessionContext/webIdFederationData/federatedProvider", "/userIdentity/identityProvider"];
    let of_provider =
        provider.into_iter().map(|at| member(detail, at)).find_map(|provider| PROVIDERS.iter().find(|(part, _)| provider.contains(part)));
    let of_session = || SESSIONS.iter().find(|(begin, _)| session.starts_with(begin));
    let of_agent = || RUNNERS.iter().find(|(word, _)| agent.contains(word));
    of_provider.or_else(of_session).or_else(of_agent).map(|(_, name)| *name)
}
