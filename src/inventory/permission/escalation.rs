//! Ways from what a principal may do to more than that, and whether one of them is open.
//!
//! The ways are those that Rhino Security Labs, Bishop Fox and DataDog's pathfinding.cloud have published, as far as an account's
//! own tables can tell whether there is anything at their end. All policies of a principal count together; what is denied is no
//! way; a role must really be there to be passed, and its trust must name the service; a function or an instance that is to be
//! taken over must exist, and its role must be worth it.

use super::condition::Context;
use super::evaluate::Principal;
pub use super::ladder::{PATHS, Path, Step};
use super::truth::Truth;
use crate::inventory::policy::Statement;

/// A role, as somebody who wants to become it sees it.
#[derive(Debug)]
pub struct Target {
    /// ARN.
    pub arn: String,
    /// The statements of its trust policy; `None` when it was not read.
    pub trust: Option<Vec<Statement>>,
    /// Whether it has a permissions boundary.
    pub is_bounded: bool,
    /// Whether it is an administrator, or can make itself one.
    pub is_privileged: Truth,
}

/// What there is in the account to take over.
#[derive(Debug, Default)]
pub struct Estate {
    /// The account.
    pub account_id: String,
    /// Roles, but for those that services made for themselves.
    pub roles: Vec<Target>,
    /// ARNs of users, each with whether it has a boundary.
    pub users: Vec<(String, bool)>,
    /// ARNs of groups.
    pub groups: Vec<String>,
    /// ARNs of the account's policies that are attached, each with its number of versions.
    pub policies: Vec<(String, i64)>,
    /// ARNs of functions, each with its role's.
    pub functions: Vec<(String, String)>,
    /// ARNs of instances that run, each with its role's.
    pub instances: Vec<(String, String)>,
    /// There are regions in which nobody looked for functions and instances.
    pub has_unseen_regions: bool,
}

/// Whether a way is open to a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// Whether it is.
    pub is_open: Truth,
    /// What lies at its end: roles, functions, users, … Empty where it needs nothing.
    pub targets: Vec<String>,
    /// Whether one of the targets is an administrator, or can make itself one; yes where the way itself leads to everything.
    pub is_to_the_top: Truth,
}

/// One place where a step can lead.
struct End<'e> {
    arn: &'e str,
    is: Truth,
    is_privileged: Truth,
}

impl Path {
    /// Asks for one way.
    pub fn of(&self, principal: &Principal, estate: &Estate) -> Escalation {
        let nowhere = Escalation { is_open: Truth::No, targets: Vec::new(), is_to_the_top: Truth::No };
        // Hardly anybody may do all of it: that is seen before every role of the account is looked at.
        let may = |step: &Step| principal.allows_some(&step.action().to_lowercase(), "*", &principal.context);
        if self.steps.iter().any(|step| may(step) == Truth::No) {
            return nowhere;
        }
        let mut is = Escalation { is_open: Truth::Yes, targets: Vec::new(), is_to_the_top: Truth::Yes };
        for step in self.steps {
            match step.ends(principal, estate) {
                Ok(ends) => {
                    is.is_open = is.is_open.and(Truth::any(ends.iter().map(|end| end.is)));
                    let reached = || ends.iter().filter(|end| end.is != Truth::No);
                    is.targets = reached().map(|end| end.arn.to_owned()).filter(|arn| !arn.is_empty()).collect();
                    is.is_to_the_top = Truth::any(reached().map(|end| end.is.and(end.is_privileged)));
                }
                Err(allowed) => is.is_open = is.is_open.and(allowed),
            }
            if is.is_open == Truth::No {
                return nowhere;
            }
        }
        is
    }
}

impl Step {
    /// Where it can lead, or, where it leads to nothing in particular, whether it is allowed.
    fn ends<'e>(self, principal: &Principal, estate: &'e Estate) -> Result<Vec<End<'e>>, Truth> {
        let context = &principal.context;
        let may = |action: &str, arn: &str| principal.allows(&action.to_lowercase(), arn, context);
        let top = |arn: &'e str, is: Truth| End { arn, is, is_privileged: Truth::Yes };
        let own = principal.arn.as_str();
        let assumes =
            |role: &Target| Truth::from(role.arn == own).or(may("sts:AssumeRole", &role.arn).and(role.trusts(own, &estate.account_id)));
        let others = || estate.roles.iter().filter(|role| role.arn != own);
        let worth = |role_arn: &str| match estate.roles.iter().find(|role| role.arn == role_arn) {
            Some(role) if role.arn != own => role.is_privileged,
            _ => Truth::No,
        };
        let hosts = |action: &str, hosts: &'e [(String, String)]| -> Vec<End<'e>> {
            let mut ends: Vec<_> = hosts.iter().map(|(arn, role)| top(arn, may(action, arn).and(worth(role)))).collect();
            if estate.has_unseen_regions {
                ends.push(top("", principal.allows_some(&action.to_lowercase(), "*", context).and(Truth::Open)));
            }
            ends
        };
        Ok(match self {
            Self::On(action) => return Err(principal.allows_some(&action.to_lowercase(), "*", context)),
            Self::OnEach(action, patterns) => {
                let action = action.to_lowercase();
                return Err(Truth::all(patterns.iter().map(|pattern| principal.allows_some(&action, pattern, context))));
            }
            Self::Policy(action) => estate.policies.iter().map(|(arn, _)| top(arn, may(action, arn))).collect(),
            Self::PolicyVersion(action) => {
                estate.policies.iter().filter(|(_, versions)| *versions > 1).map(|(arn, _)| top(arn, may(action, arn))).collect()
            }
            Self::User(action) => estate.users.iter().map(|(arn, _)| top(arn, may(action, arn))).collect(),
            Self::OtherUser(action) => {
                estate.users.iter().filter(|(arn, _)| arn != own).map(|(arn, _)| top(arn, may(action, arn))).collect()
            }
            Self::Group(action) => estate.groups.iter().map(|arn| top(arn, may(action, arn))).collect(),
            Self::Role(action) => estate.roles.iter().map(|role| top(&role.arn, may(action, &role.arn).and(assumes(role)))).collect(),
            Self::Trust(action) => others()
                .map(|role| End {
                    arn: &role.arn,
                    is: may(action, &role.arn).and(may("sts:AssumeRole", &role.arn)),
                    is_privileged: role.is_privileged,
                })
                .collect(),
            Self::Boundary(action) => {
                let roles = estate.roles.iter().filter(|role| role.is_bounded);
                let users = estate.users.iter().filter(|(arn, is_bounded)| *is_bounded && arn == own);
                let roles = roles.map(|role| top(&role.arn, may(action, &role.arn).and(assumes(role))));
                roles.chain(users.map(|(arn, _)| top(arn, may(action, arn)))).collect()
            }
            Self::Pass(service) => {
                let context = context.clone().with("iam:PassedToService", service);
                let passes = |role: &Target| {
                    principal.allows("iam:passrole", &role.arn, &context).and(role.trusts_service(service, &estate.account_id))
                };
                others().map(|role| End { arn: &role.arn, is: passes(role), is_privileged: role.is_privileged }).collect()
            }
            Self::Function(action) => hosts(action, &estate.functions),
            Self::Instance(action) => hosts(action, &estate.instances),
        })
    }
}

impl Target {
    /// Whether its trust lets a service in that works for something in this account.
    fn trusts_service(&self, service: &str, account_id: &str) -> Truth {
        self.trusts_one_of(&[format!("Service:{service}")], &Context::default().with("aws:SourceAccount", account_id))
    }

    /// Whether its trust lets a principal of the account in.
    fn trusts(&self, arn: &str, account_id: &str) -> Truth {
        let partition = arn.split(':').nth(1).unwrap_or("aws");
        let account = format!("AWS:arn:{partition}:iam::{account_id}:root");
        let context = Context::default().with("aws:PrincipalArn", arn).with("aws:PrincipalAccount", account_id);
        self.trusts_one_of(&[format!("AWS:{arn}"), account, format!("AWS:{account_id}"), "*".to_owned()], &context)
    }

    /// Most conditions of a trust policy hang on the request.
    fn trusts_one_of(&self, principals: &[String], context: &Context) -> Truth {
        let Some(statements) = &self.trust else { return Truth::Open };
        let names = |statement: &&Statement| {
            let is_named = statement.principals.iter().any(|principal| principals.contains(principal));
            is_named || (!statement.not_principals.is_empty() && !statement.not_principals.iter().any(|one| principals.contains(one)))
        };
        let holds = |statement: &Statement| super::condition::holds(&statement.condition, context, false);
        let said = |effect: &str| Truth::any(statements.iter().filter(|one| one.effect == effect).filter(names).map(holds));
        said("Allow").and(said("Deny").not())
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::tests::{ROLE, role};
    use super::Truth::{No, Open, Yes};
    use super::*;
    use crate::inventory::policy::parse;

    const TOP: &str = "arn:aws:iam::111122223333:role/top";

    fn target(arn: &str, principal: &str, is_privileged: Truth) -> Target {
        let trust = format!(r#"{{"Statement":{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}}}"#);
        Target { arn: arn.to_owned(), trust: Some(parse(&trust).unwrap()), is_bounded: false, is_privileged }
    }

    /// This role, and one for functions that may do everything.
    fn estate() -> Estate {
        let lambda = r#"{"Service":"lambda.amazonaws.com"}"#;
        Estate {
            account_id: "111122223333".to_owned(),
            roles: vec![target(ROLE, lambda, No), target(TOP, lambda, Yes)],
            ..Estate::default()
        }
    }

    fn ask(path: &str, documents: &[&str], estate: &Estate) -> (Truth, Vec<String>) {
        let path = PATHS.iter().find(|one| one.id == path).unwrap_or_else(|| panic!("{path}"));
        let is = path.of(&role(documents), estate);
        (is.is_open, is.targets)
    }

    fn allow(actions: &str, resource: &str) -> String {
        format!(r#"{{"Effect":"Allow","Action":[{actions}],"Resource":"{resource}"}}"#)
    }

    #[test]
    fn ids_are_what_the_steps_ask_for() {
        for path in PATHS {
            assert_eq!(path.id, path.steps.iter().map(|step| step.action()).collect::<Vec<_>>().join("+"));
            assert_eq!(PATHS.iter().filter(|other| other.id == path.id).count(), 1, "{}", path.id);
        }
    }

    #[test]
    fn steps_may_be_spread_over_policies() {
        let path = "iam:PassRole+lambda:CreateFunction+lambda:InvokeFunction";
        let (pass, make, call) =
            (allow(r#""iam:PassRole""#, "*"), allow(r#""lambda:CreateFunction""#, "*"), allow(r#""lambda:Invoke*""#, "*"));
        assert_eq!(ask(path, &[&pass, &make, &call], &estate()), (Yes, vec![TOP.to_owned()]));
        assert_eq!(ask(path, &[&pass, &make], &estate()).0, No, "without any way to invoke it");
        let denied = r#"{"Effect":"Deny","Action":"iam:*","Resource":"*"}"#;
        assert_eq!(ask(path, &[&pass, &make, &call, denied], &estate()).0, No);
        let source = allow(r#""lambda:CreateEventSourceMapping""#, "*");
        assert_eq!(ask("iam:PassRole+lambda:CreateFunction+lambda:CreateEventSourceMapping", &[&pass, &make, &source], &estate()).0, Yes);
    }

    #[test]
    fn a_role_must_be_there_to_be_passed() {
        let path = "iam:PassRole+lambda:CreateFunction+lambda:InvokeFunction";
        let of = |resource: &str| [allow(r#""iam:PassRole""#, resource), allow(r#""lambda:*""#, "*")];
        let ask_of = |resource: &str| ask(path, &[&of(resource)[0], &of(resource)[1]], &estate()).0;
        assert_eq!(ask_of("arn:aws:iam::111122223333:role/t*"), Yes);
        assert_eq!(ask_of(ROLE), No, "itself is nothing new");
        assert_eq!(ask_of("arn:aws:iam::111122223333:role/other"), No);
        assert_eq!(ask("iam:PassRole+glue:CreateDevEndpoint", &[&allow(r#""iam:PassRole","glue:*""#, "*")], &estate()).0, No, "trust");
        let mut guarded = estate();
        let source = |account: &str| {
            format!(
                r#"{{"Statement":{{"Effect":"Allow","Principal":{{"Service":"lambda.amazonaws.com"}},"Action":"sts:AssumeRole",
                "Condition":{{"StringEquals":{{"aws:SourceAccount":"{account}"}}}}}}}}"#
            )
        };
        for (account, truth) in [("111122223333", Yes), ("999988887777", No)] {
            guarded.roles[1].trust = Some(parse(&source(account)).unwrap());
            assert_eq!(ask(path, &[&of("*")[0], &of("*")[1]], &guarded).0, truth, "{account}");
        }
        let to = |service: &str| {
            let condition = format!(r#""Condition":{{"StringEquals":{{"iam:PassedToService":"{service}.amazonaws.com"}}}}"#);
            let pass = format!(r#"{{"Effect":"Allow","Action":"iam:PassRole","Resource":"*",{condition}}}"#);
            ask(path, &[&pass, &of("*")[1]], &estate()).0
        };
        assert_eq!([to("lambda"), to("ec2")], [Yes, No]);
    }

    #[test]
    fn an_instance_needs_six_kinds_of_resource() {
        let ec2 = Estate { roles: vec![target(TOP, r#"{"Service":"ec2.amazonaws.com"}"#, Yes)], ..estate() };
        let path = "iam:PassRole+ec2:RunInstances";
        let pass = allow(r#""iam:PassRole""#, "*");
        assert_eq!(ask(path, &[&pass, &allow(r#""ec2:RunInstances""#, "*")], &ec2).0, Yes);
        assert_eq!(ask(path, &[&pass, &allow(r#""ec2:RunInstances""#, "arn:aws:ec2:*:*:instance/*")], &ec2).0, No);
        let subnets = r#"{"Effect":"Deny","Action":"ec2:*","Resource":"arn:*:ec2:*:*:subnet/*"}"#;
        assert_eq!(ask(path, &[&pass, &allow(r#""ec2:RunInstances""#, "*"), subnets], &ec2).0, No);
    }

    #[test]
    fn what_is_taken_over_must_exist_and_be_worth_it() {
        let update = allow(r#""lambda:UpdateFunctionCode""#, "*");
        let with = |role: &str| Estate { functions: vec![("arn:aws:lambda:f".to_owned(), role.to_owned())], ..estate() };
        assert_eq!(ask("lambda:UpdateFunctionCode", &[&update], &estate()).0, No);
        assert_eq!(ask("lambda:UpdateFunctionCode", &[&update], &with(ROLE)).0, No);
        assert_eq!(ask("lambda:UpdateFunctionCode", &[&update], &with(TOP)), (Yes, vec!["arn:aws:lambda:f".to_owned()]));
        let unseen = Estate { has_unseen_regions: true, ..with(ROLE) };
        assert_eq!(ask("lambda:UpdateFunctionCode", &[&update], &unseen), (Open, vec![]));
        assert_eq!(ask("lambda:UpdateFunctionCode", &[], &unseen).0, No);
        let mut unsure = with(TOP);
        unsure.roles[1].is_privileged = Open;
        assert_eq!(ask("lambda:UpdateFunctionCode", &[&update], &unsure).0, Open);
    }

    #[test]
    fn who_writes_their_own_policy_needs_nobody_else() {
        let own = allow(r#""iam:PutRolePolicy""#, ROLE);
        assert_eq!(ask("iam:PutRolePolicy", &[&own], &estate()), (Yes, vec![ROLE.to_owned()]));
        let other = allow(r#""iam:PutRolePolicy""#, TOP);
        assert_eq!(ask("iam:PutRolePolicy", &[&other], &estate()).0, No, "a role that it cannot become");
        let mut open = estate();
        open.roles[1] = target(TOP, r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, Yes);
        let assume = allow(r#""iam:PutRolePolicy","sts:AssumeRole""#, TOP);
        assert_eq!(ask("iam:PutRolePolicy", &[&assume], &open).0, Yes);
        assert_eq!(ask("iam:CreateAccessKey", &[&allow(r#""iam:CreateAccessKey""#, "*")], &estate()).0, No, "there is no user");
        open.users = vec![("arn:aws:iam::111122223333:user/ann".to_owned(), false)];
        assert_eq!(ask("iam:CreateAccessKey", &[&allow(r#""iam:CreateAccessKey""#, "*")], &open).0, Yes);
        open.policies = vec![("arn:aws:iam::111122223333:policy/p".to_owned(), 1)];
        let versions = allow(r#""iam:SetDefaultPolicyVersion""#, "*");
        assert_eq!(ask("iam:SetDefaultPolicyVersion", &[&versions], &open).0, No, "there is no version to go back to");
        open.roles[0].is_bounded = true;
        assert_eq!(ask("iam:DeleteRolePermissionsBoundary", &[&allow(r#""iam:*""#, "*")], &open).0, Yes);
    }
}
