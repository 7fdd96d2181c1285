//! What users and roles may really do: computed from the tables of policies, without a call of its own.
//!
//! Checks are SQL and run in any SQLite shell; weighing policies against each other is none of that, so it happens here, once, and
//! its answers are tables. What was not read of the policies is unread in these tables too; `src/inventory/permission` decides.

use macro_rules_attribute::apply;

use super::call;
use super::permission_world::World;
use super::principal::{Attachment, Group, InlinePolicy, Policy, Role, User};
use crate::aws::{Cx, Failure, Unread};
use crate::inventory::permission::escalation::{Estate, PATHS, Target};
use crate::inventory::permission::namespace::Namespace;
use crate::inventory::permission::{Principal, Truth, action};
use crate::inventory::table::row;
use crate::inventory::{Fact, GLOBAL, Json, Outcome, Row};
use crate::services::ec2::instance::Instance;
use crate::services::ecs::service::Service;
use crate::services::ecs::task::Task;
use crate::services::ecs::task_definition::TaskDefinition;
use crate::services::iam::instance_profile::InstanceProfile;
use crate::services::lambda::function::Function;
use crate::services::organizations::membership::{Membership, ServiceControlPolicy};
use crate::services::reader;

/// What a user or a role may do in a namespace of actions: their policies, those of their groups, the permissions boundary and the
/// organization's service control policies weighed together. Resource policies are not weighed. Roles that services made for
/// themselves are left out: nobody but AWS can change them.
#[apply(row!)]
#[table(
    "aws_iam_namespace_permission", key(arn, namespace),
    part_of("aws_iam_user", arn = arn),
    part_of("aws_iam_role", arn = arn),
    is(derived)
)]
pub struct NamespacePermission {
    /// ARN of the user or role.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// `user` or `role`.
    pub principal_type: String,
    /// Name of the user or role.
    pub name: String,
    /// `iam`, `organizations`, `account`, or `*` for everything in AWS.
    pub namespace: String,
    /// Whether a Deny covers every action of it on every resource, whatever the request. NULL when a policy that could hold such a Deny
    /// was not read.
    pub is_denied: Fact<bool>,
    /// The same, by the principal's own policies and boundary alone.
    pub is_denied_in_account: Fact<bool>,
    /// The same, by service control policies alone.
    pub is_denied_by_scp: Fact<bool>,
    /// Whether some Deny is about it: of some of its actions, on some resources, or under conditions.
    pub has_deny: Fact<bool>,
    /// How many of its actions no Deny covers whatever the request; those that AWS adds later count as one.
    pub escaping_action_count: i64,
    /// The first of them, a list; `iam:*` for those that AWS adds later.
    pub escaping_actions: Json,
    /// Policies with a Deny that is about it, a list of ARNs, or names of inline policies.
    pub denied_by: Json,
    /// Whether some action of it is allowed on something. NULL when that hangs on the request, or on what was not read.
    pub is_allowed: Fact<bool>,
    /// Whether all of it is allowed on everything: for `*`, whether this is an administrator.
    pub is_allowed_whole: Fact<bool>,
    /// How many of its actions are certainly allowed on something.
    pub allowed_action_count: i64,
    /// The first of them, a list.
    pub allowed_actions: Json,
    /// The principal's policies that allow them, a list of ARNs, or names of inline policies.
    pub allowed_by: Json,
}

/// A known way from what a user or role may do to more than that, and whether it is open: there is a row for every principal and way.
#[apply(row!)]
#[table("aws_iam_escalation_path", key(arn, path), part_of("aws_iam_user", arn = arn), part_of("aws_iam_role", arn = arn), is(derived))]
pub struct EscalationPath {
    /// ARN of the user or role.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// `user` or `role`.
    pub principal_type: String,
    /// Name of the user or role.
    pub name: String,
    /// The actions that it takes, joined by `+`.
    pub path: String,
    /// Whether every step is allowed and leads somewhere. NULL when that hangs on the request, or on what was not read.
    pub is_open: Fact<bool>,
    /// Where it leads: ARNs of roles, users, groups, policies, functions or instances, the first ones, a list; empty where it needs
    /// nothing in particular.
    pub targets: Json,
    /// Whether it leads to an administrator, or to somebody who can become one.
    pub is_to_the_top: Fact<bool>,
}

/// A role as which something in the account runs: the execution role of a function, or the role of an instance. Who runs in a region
/// that was left out of the run is not seen.
#[apply(row!)]
#[table("aws_iam_workload_role", key(arn, used_by), part_of("aws_iam_role", arn = arn), is(derived))]
pub struct WorkloadRole {
    /// ARN of the role.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// ARN of what runs as it. To those of ECS `#task` is added for the role of the containers, `#execution` for that which starts them.
    pub used_by: String,
    /// `lambda_function`, `ec2_instance`, `ecs_service` or `ecs_task` (one of no service).
    pub kind: String,
    /// Whether it is there: not an instance that is terminated, a service that was deleted, a task that stopped.
    pub is_live: Fact<bool>,
}

/// Names in a list that is for reading.
const MOST_NAMES: usize = 20;

reader! {
    "iam/permission", Global,
    fills [NamespacePermission::TABLE, EscalationPath::TABLE, WorkloadRole::TABLE],
    calls [],
    needs [
        User::TABLE, Group::TABLE, Role::TABLE, Policy::TABLE, Attachment::TABLE, InlinePolicy::TABLE, InstanceProfile::TABLE,
        Membership::TABLE, ServiceControlPolicy::TABLE, Function::TABLE, Instance::TABLE, Service::TABLE, Task::TABLE, TaskDefinition::TABLE
    ],
    by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let world = World::load(&cx).await?;
    if let Some([action, outcome, code, message]) = world.untold.clone() {
        let failure = Failure { outcome: Outcome::from_word(&outcome), code, message, status: None };
        cx.needed(TaskDefinition::TABLE.name, action, &failure).await;
    }
    let estate = estate(&world);
    for used in &world.used {
        cx.emit(WorkloadRole {
            arn: used.role_arn.clone(),
            account_id: cx.account_id().to_owned(),
            region: GLOBAL.to_owned(),
            used_by: used.by.clone(),
            kind: used.kind.clone(),
            is_live: Fact::told(used.is_live),
        })
        .await;
    }
    for one in &world.principals {
        let has_gaps = !one.principal.identity.is_whole || one.principal.boundary.as_ref().is_some_and(|boundary| !boundary.is_whole);
        for namespace in std::iter::once("*").chain(action::NAMESPACES) {
            let told = Namespace::of(&one.principal, namespace, &world.partition, cx.account_id());
            if has_gaps {
                let columns = &["is_denied", "is_denied_in_account", "has_deny", "is_allowed", "is_allowed_whole"];
                let about = cx.about(NamespacePermission::TABLE, &one.principal.arn, columns);
                about
                    .malformed(call::GetAccountAuthorizationDetails, "lacks a policy of this principal, or has one that is not understood")
                    .await;
            }
            cx.emit(NamespacePermission {
                arn: one.principal.arn.clone(),
                account_id: cx.account_id().to_owned(),
                region: GLOBAL.to_owned(),
                principal_type: one.kind.to_owned(),
                name: one.name.clone(),
                namespace: namespace.to_owned(),
                is_denied: told.is_denied.fact(),
                is_denied_in_account: told.is_denied_in_account.fact(),
                is_denied_by_scp: told.is_denied_by_guardrail.fact(),
                has_deny: told.has_deny.fact(),
                escaping_action_count: told.escaping.len() as i64,
                escaping_actions: first(&told.escaping),
                denied_by: Json::set(told.denied_by),
                is_allowed: told.is_allowed.fact(),
                is_allowed_whole: told.is_allowed_whole.fact(),
                allowed_action_count: told.allowed.len() as i64,
                allowed_actions: first(&told.allowed),
                allowed_by: Json::set(told.allowed_by),
            })
            .await;
        }
        for path in PATHS {
            let told = path.of(&one.principal, &estate);
            if has_gaps && told.is_open == Truth::Open {
                let about = cx.about(EscalationPath::TABLE, &one.principal.arn, &["is_open", "is_to_the_top"]);
                about
                    .malformed(call::GetAccountAuthorizationDetails, "lacks a policy of this principal, or has one that is not understood")
                    .await;
            }
            cx.emit(EscalationPath {
                arn: one.principal.arn.clone(),
                account_id: cx.account_id().to_owned(),
                region: GLOBAL.to_owned(),
                principal_type: one.kind.to_owned(),
                name: one.name.clone(),
                path: path.id.to_owned(),
                is_open: told.is_open.fact(),
                targets: first(&told.targets),
                is_to_the_top: told.is_to_the_top.fact(),
            })
            .await;
        }
    }
    Ok(())
}

fn first(names: &[String]) -> Json {
    Json(names.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().into())
}

/// What there is to take over, with how much each role is worth.
fn estate(world: &World) -> Estate {
    let role = |one: &super::permission_world::Somebody| Target {
        arn: one.principal.arn.clone(),
        trust: one.trust.clone(),
        is_bounded: one.principal.boundary.is_some(),
        is_privileged: is_privileged(&one.principal),
    };
    let hosts = |kind: &str| {
        let live = world.used.iter().filter(|used| used.kind == kind && used.is_live != Some(false));
        live.map(|used| (used.by.clone(), used.role_arn.clone())).collect()
    };
    let of = |kind: &'static str| world.principals.iter().filter(move |one| one.kind == kind);
    Estate {
        account_id: world.account_id.clone(),
        roles: of("role").map(role).collect(),
        users: of("user").map(|one| (one.principal.arn.clone(), one.principal.boundary.is_some())).collect(),
        groups: world.groups.clone(),
        policies: world.attached_policies.clone(),
        functions: hosts("lambda_function"),
        instances: hosts("ec2_instance"),
        has_unseen_regions: world.has_unseen_regions,
    }
}

/// Whether somebody may do everything, or write themselves the permission.
fn is_privileged(principal: &Principal) -> Truth {
    const WRITING: &[&str] = &[
        "iam:attachrolepolicy", "iam:putrolepolicy", "iam:createpolicyversion", "iam:attachuserpolicy", "iam:putuserpolicy",
        "iam:createaccesskey", "iam:updateassumerolepolicy",
    ];
    let everything = format!("{0}:{0}", action::UNLISTED);
    let context = &principal.context;
    let may_all = principal.allows(&everything, "*", context);
    may_all.or(Truth::any(WRITING.iter().map(|action| principal.allows_some(action, "*", context))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    fn role(script: Script, name: &str, trust: &str, boundary: &str) -> Script {
        let trust =
            format!(r#"{{"Statement":{{"Effect":"Allow","Principal":{{"Service":"{trust}.amazonaws.com"}},"Action":"sts:AssumeRole"}}}}"#);
        script.seed(
            "aws_iam_role (arn, account_id, region, name, is_service_linked, permissions_boundary_arn, assume_role_policy)",
            &format!("'arn:aws:iam::111122223333:role/{name}', '111122223333', 'global', '{name}', 0, '{boundary}', '{trust}'"),
        )
    }

    fn inline(script: Script, role: &str, document: &str) -> Script {
        script.seed(
            "aws_iam_inline_policy (arn, account_id, region, principal_type, name, document)",
            &format!("'arn:aws:iam::111122223333:role/{role}', '111122223333', 'global', 'role', 'own', {document}"),
        )
    }

    fn alone(script: Script) -> Script {
        let membership = "aws_organizations_membership (arn, account_id, region, organization_id, management_account_id, scp_level_count)";
        script.seed(membership, "'arn:aws:iam::111122223333:root', '111122223333', 'global', '', '', 0")
    }

    const LITTLE: &str = r#"'{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}'"#;
    const FENCED: &str = r#"'{"Statement":[{"Effect":"Deny","Action":["iam:*","organizations:*","account:*"],"Resource":"*"}]}'"#;

    #[tokio::test]
    async fn what_the_policies_say_together() {
        let script = inline(role(alone(Script::default()), "bare", "lambda", ""), "bare", LITTLE);
        let script = inline(role(script, "fenced", "lambda", ""), "fenced", FENCED);
        let read = script.read(READER).await;
        assert!(read.is_complete, "{:?}", read.gaps());
        let sql = "select name, namespace, is_denied, has_deny, is_allowed, is_allowed_whole, denied_by from aws_iam_namespace_permission
            where namespace in ('*', 'iam') order by 1, 2";
        assert_eq!(read.all(sql), [r"bare|*|0|0|0|0|[]", r"bare|iam|0|0|0|0|[]", r"fenced|*|0|0|0|0|[]", r#"fenced|iam|1|1|0|0|["own"]"#]);
        assert_eq!(
            read.one("select count(*), sum(is_open) from aws_iam_escalation_path where name = 'bare'"),
            format!("{}|0", PATHS.len())
        );
    }

    #[tokio::test]
    async fn what_runs_as_a_role_is_told() {
        let script = alone(Script::default())
            .seed("aws_lambda_function (arn, account_id, region, role_arn)", "'f', '111122223333', 'us-east-1', 'r'")
            .seed(
                "aws_ec2_instance (arn, account_id, region, state, iam_instance_profile_arn)",
                "'i', '111122223333', 'us-east-1', null, 'p'",
            )
            .seed(
                "aws_ec2_instance (arn, account_id, region, state, iam_instance_profile_arn)",
                "'j', '111122223333', 'us-east-1', 'terminated', 'p'",
            )
            .seed("aws_iam_instance_profile (arn, account_id, role_arns)", "'p', '111122223333', '[\"web\"]'");
        let read = script.read(READER).await;
        let sql = "select arn, used_by, kind, is_live from aws_iam_workload_role order by used_by";
        assert_eq!(read.all(sql), ["r|f|lambda_function|1", "web|i|ec2_instance|unread", "web|j|ec2_instance|0"]);
        assert!(read.is_complete);
    }

    fn containers(task_role: &str) -> Script {
        let definition = "aws_ecs_task_definition (arn, account_id, region, task_role_arn, execution_role_arn)";
        alone(Script::default())
            .seed("aws_ecs_service (arn, account_id, region, task_definition, status)", "'s', '111122223333', 'us-east-1', 'd', 'ACTIVE'")
            .seed(
                "aws_ecs_task (arn, account_id, region, service_name, task_definition_arn, last_status)",
                "'t', '111122223333', 'us-east-1', '', 'd', 'STOPPED'",
            )
            .seed(definition, &format!("'d', '111122223333', 'us-east-1', {task_role}, 'starts'"))
    }

    #[tokio::test]
    async fn a_service_runs_as_two_roles() {
        let read = containers("'runs'").read(READER).await;
        let sql = "select arn, used_by, kind, is_live from aws_iam_workload_role order by used_by";
        let (one, other) = ("starts|s#execution|ecs_service|1", "runs|s#task|ecs_service|1");
        assert_eq!(read.all(sql), [one, other, "starts|t#execution|ecs_task|0", "runs|t#task|ecs_task|0"]);
        assert!(read.is_complete);
    }

    #[tokio::test]
    async fn a_service_whose_role_was_not_read_could_run_as_any() {
        let gap = "gap (table_name, account_id, region, resource, columns, action, outcome, code, message)";
        let why = "'aws_ecs_task_definition', '111122223333', 'us-east-1', 'd', '[]', 'ecs:DescribeTaskDefinition', 'denied', 'AccessDenied', 'no'";
        let read = containers("null").seed(gap, why).read(READER).await;
        assert!(!read.is_complete);
        let gap = ("aws_iam_workload_role".to_owned(), String::new(), "ecs:DescribeTaskDefinition".to_owned(), "denied".to_owned());
        assert!(read.gaps().contains(&gap), "{:?}", read.gaps());
    }

    #[tokio::test]
    async fn an_account_with_no_principal_has_nothing_here() {
        let nothing = alone(Script::default()).read(READER).await;
        assert_eq!((nothing.count("aws_iam_namespace_permission"), nothing.is_complete), (0, true));
    }

    #[tokio::test]
    async fn what_was_not_read_is_unread_here() {
        let script = inline(role(alone(Script::default()), "odd", "lambda", ""), "odd", "null");
        let read = script.read(READER).await;
        let sql = "select is_denied, has_deny, is_allowed, is_denied_by_scp from aws_iam_namespace_permission where namespace = 'iam'";
        assert_eq!(read.one(sql), "unread|unread|unread|0");
        assert!(read.gaps().iter().any(|gap| gap.1 == "arn:aws:iam::111122223333:role/odd" && gap.3 == "malformed"));

        let membership = "aws_organizations_membership (arn, account_id, region, organization_id)";
        let above = Script::default().seed(membership, "'arn:aws:iam::111122223333:root', '111122223333', 'global', 'o-1'");
        let read = inline(role(above, "bare", "lambda", ""), "bare", LITTLE).read(READER).await;
        let sql = "select is_denied, is_denied_in_account, has_deny, is_allowed from aws_iam_namespace_permission where namespace = 'iam'";
        assert_eq!(read.one(sql), "unread|0|unread|0");
    }

    #[tokio::test]
    async fn a_role_passes_on_what_it_does_not_have() {
        let deploys = r#"'{"Statement":{"Effect":"Allow","Action":["iam:PassRole","lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*"}}'"#;
        let all = r#"'{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'"#;
        let script = inline(role(alone(Script::default()), "deploy", "ec2", ""), "deploy", deploys);
        let script = inline(role(script, "top", "lambda", ""), "top", all);
        let read = script.read(READER).await;
        let sql = "select path, targets, is_to_the_top from aws_iam_escalation_path where is_open and name = 'deploy'";
        assert_eq!(read.one(sql), r#"iam:PassRole+lambda:CreateFunction+lambda:InvokeFunction|["arn:aws:iam::111122223333:role/top"]|1"#);
        let sql = "select is_allowed_whole from aws_iam_namespace_permission where name = 'top' and namespace = '*'";
        assert_eq!(read.one(sql), "1");
    }
}
