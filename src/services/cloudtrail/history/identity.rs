//! Who it was, from an event's `userIdentity`.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>

use serde_json::Value;

use super::event::member;

/// Who it was.
pub(super) struct Principal {
    /// To be read.
    pub(super) words: String,
    /// The ARN, or ''.
    pub(super) arn: String,
}

impl Principal {
    /// The principal of an event's detail.
    pub(super) fn of(detail: &Value) -> Self {
        let arn = member(detail, "/userIdentity/arn");
        Self { words: words(detail, arn), arn: arn.to_owned() }
    }
}

fn words(detail: &Value, arn: &str) -> String {
    let of = |pointer: &str| member(detail, &format!("/userIdentity/{pointer}"));
    // `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, `arn:aws:iam::ACCOUNT:user/PATH/NAME`
    let last = arn.rsplit('/').next().unwrap_or("");
    let own = match of("type") {
        "Root" => "root".to_owned(),
        "IAMUser" => format!("user/{}", first(&[of("userName"), last])),
        "AssumedRole" | "Role" => {
            let role = first(&[of("sessionContext/sessionIssuer/userName"), arn.split('/').nth(1).unwrap_or("")]);
            let session = if arn.matches('/').count() > 1 { last } else { of("principalId").split_once(':').map_or("", |(_, name)| name) };
            let session = first(&[of("sessionContext/sourceIdentity"), session]);
            if session.is_empty() { format!("role/{role}") } else { format!("role/{role} via {session}") }
        }
        "FederatedUser" => {
            let issuer = of("sessionContext/sessionIssuer/userName");
            if issuer.is_empty() { format!("federated/{last}") } else { format!("federated/{last} via user/{issuer}") }
        }
        "WebIdentityUser" | "SAMLUser" => {
            let provider = of("identityProvider");
            let user = first(&[of("userName"), of("principalId")]);
            if provider.is_empty() { user.to_owned() } else { format!("{user} of {provider}") }
        }
        "IdentityCenterUser" => format!("identity center user {}", of("onBehalfOf/userId")),
        "AWSService" => return first(&[of("invokedBy"), member(detail, "/sourceIPAddress"), "an AWS service"]).to_owned(),
        "AWSAccount" => return format!("account {}", of("accountId")),
        // What a service does by itself has no identity at all.
        "" => return first(&[of("invokedBy"), member(detail, "/eventSource"), "unknown"]).to_owned(),
        other => first(&[of("userName"), of("principalId"), other]).to_owned(),
    };
    let (account, here) = (of("accountId"), member(detail, "/recipientAccountId"));
    let is_foreign = !account.is_empty() && !here.is_empty() && account != here;
    if is_foreign { format!("{own} of account {account}") } else { own }
}

/// The first text that is not empty.
fn first<'t>(texts: &[&'t str]) -> &'t str {
    texts.iter().find(|text| !text.is_empty()).copied().unwrap_or("")
}
