//! A whole namespace at once: is all of it denied, does something escape, is something allowed.

use std::collections::BTreeSet;

use super::action::{ACTIONS, UNLISTED};
use super::evaluate::Principal;
use super::truth::Truth;

/// What holds for a principal and a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// Whether all of it is denied, on everything and without a condition that may not hold.
    pub is_denied: Truth,
    /// The same, by the identity's policies and the boundary alone.
    pub is_denied_in_account: Truth,
    /// The same, by service control policies alone.
    pub is_denied_by_guardrail: Truth,
    /// Whether some Deny is about any of it: of some actions, of some resources, or under conditions.
    pub has_deny: Truth,
    /// Actions that no Deny covers for certain; `NAMESPACE:*` for those that are not in the list.
    pub escaping: Vec<String>,
    /// Policies with a Deny that is about it.
    pub denied_by: BTreeSet<String>,
    /// Whether something of it is allowed on something.
    pub is_allowed: Truth,
    /// Whether all of it is allowed on everything.
    pub is_allowed_whole: Truth,
    /// What of it is allowed, on whatever; `NAMESPACE:*` for actions that are not in the list.
    pub allowed: Vec<String>,
    /// Policies of the identity that allow something of it.
    pub allowed_by: BTreeSet<String>,
}

/// An action as it is asked about.
struct Asked {
    name: String,
    action: String,
    resources: Vec<String>,
}

/// What is asked of a namespace: its listed actions and one that no list has. Of `*`, only the latter, in a service that no list has.
fn asked(namespace: &str, partition: &str, account: &str) -> Vec<Asked> {
    let unlisted = if namespace == "*" { format!("{UNLISTED}:{UNLISTED}") } else { format!("{namespace}:{UNLISTED}") };
    let name = if namespace == "*" { "*".to_owned() } else { format!("{namespace}:*") };
    let mut all = vec![Asked { name, action: unlisted, resources: vec!["*".to_owned()] }];
    for action in ACTIONS.iter().filter(|action| action.namespace == namespace) {
        let fill = |pattern: &&str| pattern.replace("PARTITION", partition).replace("ACCOUNT", account);
        let mut resources: Vec<String> = action.resources.iter().map(fill).collect();
        if resources.is_empty() {
            resources.push("*".to_owned());
        }
        all.push(Asked { name: action.name.to_owned(), action: action.name.to_lowercase(), resources });
    }
    all
}

impl Namespace {
    /// Asks for a namespace (`iam`, or `*` for everything) of a principal in an account.
    pub fn of(principal: &Principal, namespace: &str, partition: &str, account: &str) -> Self {
        let context = &principal.context;
        let mut is = Self {
            is_denied: Truth::Yes,
            is_denied_in_account: Truth::Yes,
            is_denied_by_guardrail: Truth::Yes,
            has_deny: Truth::No,
            escaping: Vec::new(),
            denied_by: BTreeSet::new(),
            is_allowed: Truth::No,
            is_allowed_whole: Truth::Yes,
            allowed: Vec::new(),
            allowed_by: BTreeSet::new(),
        };
        let whole = |truth: Truth, is_whole: bool| if truth == Truth::Open && is_whole { Truth::No } else { truth };
        let (own_whole, all_whole) = (principal.own().all(|own| own.is_whole), principal.all().all(|all| all.is_whole));
        let is_guardrail_read = !matches!(principal.guardrail, super::Guardrail::Unread);
        for one in asked(namespace, partition, account) {
            // A Deny under a condition that may not hold is none for certain: only what was not read can leave this open.
            let own = Truth::all(one.resources.iter().map(|resource| principal.denied_in_account(&one.action, resource)));
            let above = Truth::all(one.resources.iter().map(|resource| principal.guardrail.denies(&one.action, resource, context)));
            let both = Truth::all(one.resources.iter().map(|resource| {
                principal.denied_in_account(&one.action, resource).or(principal.guardrail.denies(&one.action, resource, context))
            }));
            let own = whole(own, own_whole);
            let above = whole(above, is_guardrail_read && all_whole);
            let both = whole(both, is_guardrail_read && all_whole);
            is.is_denied_in_account = is.is_denied_in_account.and(own);
            is.is_denied_by_guardrail = is.is_denied_by_guardrail.and(above);
            is.is_denied = is.is_denied.and(both);
            if both != Truth::Yes {
                is.escaping.push(one.name.clone());
            }
            for resource in &one.resources {
                for policies in principal.all() {
                    let denials = policies.matching("Deny", &one.action, resource, context).filter(|(_, _, is)| is.touches);
                    is.denied_by.extend(denials.map(|(document, _, _)| document.name.clone()));
                }
            }
            let allowed = principal.allows_some(&one.action, "*", context);
            if allowed == Truth::Yes {
                is.allowed.push(one.name.clone());
                is.allowed_by.extend(principal.allowed_by(&one.action, context));
            }
            is.is_allowed = is.is_allowed.or(allowed);
            is.is_allowed_whole = is.is_allowed_whole.and(principal.allows(&one.action, "*", context));
        }
        is.has_deny = if !is.denied_by.is_empty() {
            Truth::Yes
        } else if all_whole && is_guardrail_read {
            Truth::No
        } else {
            Truth::Open
        };
        is
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::tests::{policies, role};
    use super::super::{Guardrail, Principal};
    use super::Truth::{No, Open, Yes};
    use super::*;

    fn of(principal: &Principal, namespace: &str) -> Namespace {
        Namespace::of(principal, namespace, "aws", "111122223333")
    }

    fn iam(documents: &[&str]) -> Namespace {
        of(&role(documents), "iam")
    }

    const FENCE: &str = r#"{"Effect":"Deny","Action":["iam:*","organizations:*","account:*"],"Resource":"*"}"#;

    #[test]
    fn an_unconditional_deny_of_everything_lets_nothing_escape() {
        for namespace in ["iam", "organizations", "account"] {
            for fence in [
                FENCE,
                r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#,
                r#"{"Effect":"Deny","Action":"*:*","Resource":["*"]}"#,
                r#"{"Effect":"Deny","NotAction":["s3:*","logs:*"],"Resource":"*"}"#,
                r#"{"Effect":"Deny","NotAction":["s3:*"],"Resource":"*","Condition":{"StringLike":{"aws:PrincipalArn":"*"}}}"#,
            ] {
                let is = of(&role(&[fence]), namespace);
                assert_eq!((is.is_denied, is.is_denied_in_account, is.escaping.len()), (Yes, Yes, 0), "{namespace}: {fence}");
            }
        }
        assert_eq!(of(&role(&[FENCE]), "*").is_denied, No);
    }

    #[test]
    fn a_list_of_patterns_misses_what_is_new() {
        let is = iam(&[r#"{"Effect":"Deny","Action":["iam:*Policy*","iam:*Role*","iam:*User*"],"Resource":"*"}"#]);
        assert_eq!((is.is_denied, is.has_deny), (No, Yes));
        assert!(["iam:*", "iam:CreateLoginProfile"].iter().all(|name| is.escaping.iter().any(|one| one == name)), "{:?}", is.escaping);
        assert!(!is.escaping.iter().any(|name| name == "iam:PutRolePolicy"));
    }

    #[test]
    fn an_exemption_lets_just_that_escape() {
        let is = iam(&[r#"{"Effect":"Deny","NotAction":["s3:*","iam:PassRole"],"Resource":"*"}"#]);
        assert_eq!((is.is_denied, is.escaping.as_slice()), (No, ["iam:PassRole".to_owned()].as_slice()));
        let two =
            [r#"{"Effect":"Deny","NotAction":"iam:Get*","Resource":"*"}"#, r#"{"Effect":"Deny","NotAction":"iam:List*","Resource":"*"}"#];
        assert_eq!(iam(&two).is_denied, Yes, "two complements together");
    }

    #[test]
    fn a_deny_on_resources_misses_actions_that_have_none() {
        let kinds = ["role", "user", "group", "policy", "instance-profile", "mfa", "server-certificate", "saml-provider", "oidc-provider"];
        let resources: Vec<String> = kinds.iter().map(|kind| format!("\"arn:aws:iam::*:{kind}/*\"")).collect();
        let is = iam(&[&format!(r#"{{"Effect":"Deny","Action":"iam:*","Resource":[{}]}}"#, resources.join(","))]);
        assert_eq!((is.is_denied, is.has_deny), (No, Yes));
        assert!(is.escaping.iter().any(|name| name == "iam:ListRoles") && !is.escaping.iter().any(|name| name == "iam:PassRole"));
        assert!(is.escaping.len() > 40, "{}", is.escaping.len());

        let own = of(&role(&[r#"{"Effect":"Deny","Action":"account:*","Resource":"arn:aws:account::111122223333:account"}"#]), "account");
        let all = ACTIONS.iter().filter(|action| action.namespace == "account").count();
        assert_eq!(own.escaping.len(), all, "one is covered, and what is not listed escapes as well");
    }

    #[test]
    fn a_deny_under_a_condition_is_none_for_certain() {
        let mfa = r#"{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}"#;
        let is = iam(&[mfa]);
        assert_eq!((is.is_denied, is.has_deny), (No, Yes));
        assert_eq!(iam(&[mfa, FENCE]).is_denied, Yes, "beside one without");
        let of_others = r#"{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/app"}}}"#;
        assert_eq!(iam(&[of_others]).has_deny, No, "it never holds for this role");
    }

    #[test]
    fn a_boundary_and_the_organization_can_hold_the_fence() {
        let bounded = of(&Principal { boundary: Some(policies(&[FENCE])), ..role(&[]) }, "iam");
        assert_eq!((bounded.is_denied, bounded.is_denied_in_account), (Yes, Yes));
        let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
        let above = |guardrail| of(&Principal { guardrail, ..role(&[]) }, "iam");
        let is = above(Guardrail::Levels(vec![policies(&[all]), policies(&[all, FENCE])]));
        assert_eq!((is.is_denied, is.is_denied_in_account, is.is_denied_by_guardrail), (Yes, No, Yes));
        let is = above(Guardrail::Unread);
        assert_eq!((is.is_denied, is.is_denied_in_account, is.is_denied_by_guardrail, is.has_deny), (Open, No, Open, Open));
        assert_eq!(above(Guardrail::Levels(vec![policies(&[])])).is_denied, No, "an implicit denial is no explicit one");
        let halves = Principal {
            boundary: Some(policies(&[r#"{"Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::*"}"#])),
            ..role(&[r#"{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}"#])
        };
        assert_eq!(of(&halves, "iam").is_denied, Yes);
    }

    #[test]
    fn what_is_allowed_is_told_by_name() {
        let is = iam(&[r#"{"Effect":"Allow","Action":["iam:PassRole","iam:Get*"],"Resource":"arn:aws:iam::*:role/app-*"}"#]);
        assert_eq!((is.is_allowed, is.is_allowed_whole), (Yes, No));
        assert!(is.allowed.iter().any(|name| name == "iam:PassRole") && !is.allowed.iter().any(|name| name == "iam:*"));
        let not = iam(&[r#"{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}"#]);
        assert_eq!((not.is_allowed, not.is_allowed_whole), (Yes, Yes));
        let admin = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
        assert_eq!(of(&role(&[admin]), "*").is_allowed_whole, Yes);
        assert_eq!(of(&role(&[admin, FENCE]), "*").is_allowed_whole, Yes, "everything that has no name in a fence");
        assert_eq!(of(&role(&[admin, FENCE]), "iam").is_allowed, No);
    }
}
