//! Users, groups, roles and policies, all from one list: one consistent answer instead of a call for each of them.

use aws_sdk_iam::types::{self, EntityType, PolicyDetail};

use super::principal::{Attachment, Group, InlinePolicy, InlineStatement, Policy, PolicyStatement, Role, TrustStatement, User};
use super::{call, document, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::{Fact, GLOBAL, Json, Row, policy};
use crate::services::statement::emit_statements;
use crate::services::{identified, reader, text, time};

reader! {
    "iam/authorization", Global,
    fills [
        User::TABLE, Group::TABLE, Role::TABLE, Policy::TABLE, Attachment::TABLE, InlinePolicy::TABLE, InlineStatement::TABLE,
        PolicyStatement::TABLE, TrustStatement::TABLE
    ],
    calls [call::GetAccountAuthorizationDetails], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let iam: aws_sdk_iam::Client = cx.client();
    let filter = [EntityType::User, EntityType::Role, EntityType::Group, EntityType::LocalManagedPolicy, EntityType::AwsManagedPolicy];
    let mut pages = cx.pages(call::GetAccountAuthorizationDetails, |token| {
        iam.get_account_authorization_details().set_filter(Some(filter.to_vec())).max_items(1000).set_marker(token).send()
    });
    while let Some(page) = pages.next(|page| page.marker().filter(|_| page.is_truncated())).await? {
        for user in page.user_detail_list() {
            let arn = identified!(cx, call::GetAccountAuthorizationDetails, user.arn());
            emit_user(&cx, arn, user).await;
        }
        for group in page.group_detail_list() {
            let arn = identified!(cx, call::GetAccountAuthorizationDetails, group.arn());
            emit_group(&cx, arn, group).await;
        }
        for role in page.role_detail_list() {
            let arn = identified!(cx, call::GetAccountAuthorizationDetails, role.arn());
            emit_role(&cx, arn, role).await;
        }
        for policy in page.policies() {
            let arn = identified!(cx, call::GetAccountAuthorizationDetails, policy.arn());
            // AWS has more than a thousand policies of its own; those that nobody uses are not the account's.
            let is_unused = policy.attachment_count() == Some(0) && policy.permissions_boundary_usage_count().unwrap_or(0) == 0;
            if is_aws_managed(arn) && is_unused {
                continue;
            }
            emit_policy(&cx, arn, policy).await;
        }
    }
    Ok(())
}

async fn emit_user(cx: &Cx, arn: &str, user: &types::UserDetail) {
    let boundary = user.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
    let attached = arns(user.attached_managed_policies());
    emit_attachments(cx, arn, "user", &attached, boundary).await;
    emit_inline(cx, arn, "user", user.user_policy_list()).await;
    cx.emit(User {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: GLOBAL.to_owned(),
        name: text(user.user_name()),
        user_id: text(user.user_id()),
        path: text(user.path()),
        create_date: time(user.create_date()),
        groups: Json::set(user.group_list()),
        attached_policy_arns: Json::set(attached),
        inline_policy_names: names(user.user_policy_list()),
        permissions_boundary_arn: text(boundary),
        tags: tags(user.tags()),
    })
    .await;
}

async fn emit_group(cx: &Cx, arn: &str, group: &types::GroupDetail) {
    let attached = arns(group.attached_managed_policies());
    emit_attachments(cx, arn, "group", &attached, None).await;
    emit_inline(cx, arn, "group", group.group_policy_list()).await;
    cx.emit(Group {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: GLOBAL.to_owned(),
        name: text(group.group_name()),
        group_id: text(group.group_id()),
        path: text(group.path()),
        create_date: time(group.create_date()),
        attached_policy_arns: Json::set(attached),
        inline_policy_names: names(group.group_policy_list()),
    })
    .await;
}

async fn emit_role(cx: &Cx, arn: &str, role: &types::RoleDetail) {
    let boundary = role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
    let attached = arns(role.attached_managed_policies());
    emit_attachments(cx, arn, "role", &attached, boundary).await;
    emit_inline(cx, arn, "role", role.role_policy_list()).await;
    let trust = document(role.assume_role_policy_document());
    let columns = &["trust_statement_count"];
    let call = call::GetAccountAuthorizationDetails;
    let count = emit_statements::<TrustStatement>(cx, (Role::TABLE, arn, GLOBAL), columns, call, &trust).await;
    let last_used = role.role_last_used();
    cx.emit(Role {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: GLOBAL.to_owned(),
        name: text(role.role_name()),
        role_id: text(role.role_id()),
        path: text(role.path()),
        create_date: time(role.create_date()),
        is_service_linked: role.path().is_some_and(|path| path.starts_with("/aws-service-role/")),
        last_used_date: time(last_used.and_then(|used| used.last_used_date())),
        last_used_region: text(last_used.and_then(|used| used.region())),
        assume_role_policy: trust,
        trust_statement_count: count,
        attached_policy_arns: Json::set(attached),
        inline_policy_names: names(role.role_policy_list()),
        permissions_boundary_arn: text(boundary),
        instance_profile_arns: Json::set(role.instance_profile_list().iter().map(|profile| profile.arn())),
        tags: tags(role.tags()),
    })
    .await;
}

async fn emit_policy(cx: &Cx, arn: &str, policy: &types::ManagedPolicyDetail) {
    let version = policy.policy_version_list().iter().find(|version| version.is_default_version());
    // A policy without its version in force is not an empty policy.
    let body = Fact::told(version).and_then(|version| Fact::told(version.document())).and_then(|encoded| document(Some(encoded)));
    let columns = &["statement_count"];
    let call = call::GetAccountAuthorizationDetails;
    let count = emit_statements::<PolicyStatement>(cx, (Policy::TABLE, arn, GLOBAL), columns, call, &body).await;
    cx.emit(Policy {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: GLOBAL.to_owned(),
        name: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
        is_aws_managed: is_aws_managed(arn),
        attachment_count: Fact::told(policy.attachment_count().map(i64::from)),
        default_version_id: text(policy.default_version_id()),
        version_count: policy.policy_version_list().len() as i64,
        create_date: time(policy.create_date()),
        update_date: time(policy.update_date()),
        document: body,
        statement_count: count,
    })
    .await;
}

fn is_aws_managed(arn: &str) -> bool {
    arn.contains("::aws:policy/")
}

async fn emit_attachments(cx: &Cx, arn: &str, principal_type: &str, attached: &[String], boundary: Option<&str>) {
    let attached = attached.iter().map(|policy| (policy.as_str(), "attached"));
    for (policy_arn, kind) in attached.chain(boundary.map(|policy| (policy, "boundary"))) {
        cx.emit(Attachment {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: GLOBAL.to_owned(),
            principal_type: principal_type.to_owned(),
            policy_arn: policy_arn.to_owned(),
            kind: kind.to_owned(),
        })
        .await;
    }
}

async fn emit_inline(cx: &Cx, arn: &str, principal_type: &str, policies: &[PolicyDetail]) {
    for inline in policies {
        let name = text(inline.policy_name());
        let body = document(inline.policy_document());
        let parsed = body.as_ref().map(|body| policy::parse(body));
        let statement_count = match parsed {
            Fact::Known(Ok(statements)) => {
                let count = statements.len() as i64;
                for (index, statement) in statements.into_iter().enumerate() {
                    cx.emit(inline_statement(cx, arn, &name, index, statement)).await;
                }
                Fact::Known(count)
            }
            Fact::Known(Err(error)) => {
                let about = cx.about(InlinePolicy::TABLE, arn, &["statement_count"]);
                let what = format!("has an inline policy that is not understood: {error}");
                about.malformed(call::GetAccountAuthorizationDetails, &what).await;
                Fact::Unread
            }
            Fact::Unread => Fact::Unread,
        };
        cx.emit(InlinePolicy {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: GLOBAL.to_owned(),
            principal_type: principal_type.to_owned(),
            name,
            document: body,
            statement_count,
        })
        .await;
    }
}

fn inline_statement(cx: &Cx, arn: &str, policy_name: &str, index: usize, statement: policy::Statement) -> InlineStatement {
    InlineStatement {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: GLOBAL.to_owned(),
        policy_name: policy_name.to_owned(),
        statement_index: index as i64,
        sid: statement.sid,
        effect: statement.effect,
        actions: Json(statement.actions.into()),
        not_actions: Json(statement.not_actions.into()),
        resources: Json(statement.resources.into()),
        not_resources: Json(statement.not_resources.into()),
        condition: Json(statement.condition),
    }
}

fn arns(policies: &[types::AttachedPolicy]) -> Vec<String> {
    policies.iter().filter_map(|policy| policy.policy_arn().map(str::to_owned)).collect()
}

fn names(policies: &[PolicyDetail]) -> Json {
    Json::set(policies.iter().filter_map(|policy| policy.policy_name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const ALL: &str = "<IsTruncated>false</IsTruncated>
        <UserDetailList><member><Arn>arn:aws:iam::1:user/ann</Arn><UserName>ann</UserName>
            <GroupList><member>ops</member></GroupList>
            <UserPolicyList><member><PolicyName>in</PolicyName><PolicyDocument>%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22S3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D</PolicyDocument></member></UserPolicyList>
            <AttachedManagedPolicies><member><PolicyArn>arn:aws:iam::aws:policy/AdministratorAccess</PolicyArn></member></AttachedManagedPolicies>
        </member></UserDetailList>
        <RoleDetailList><member><Arn>arn:aws:iam::1:role/app</Arn><RoleName>app</RoleName><Path>/</Path>
            <AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22%2A%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument>
            <PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::1:policy/fence</PermissionsBoundaryArn></PermissionsBoundary>
        </member>
        <member><Arn>arn:aws:iam::1:role/odd</Arn><RoleName>odd</RoleName><AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument></member></RoleDetailList>
        <Policies><member><Arn>arn:aws:iam::aws:policy/AdministratorAccess</Arn><AttachmentCount>1</AttachmentCount><DefaultVersionId>v1</DefaultVersionId>
            <PolicyVersionList><member><VersionId>v1</VersionId><IsDefaultVersion>true</IsDefaultVersion>
                <Document>%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D</Document></member></PolicyVersionList></member>
            <member><Arn>arn:aws:iam::1:policy/fence</Arn></member></Policies>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("GetAccountAuthorizationDetails", ALL);
        script.four_answers(READER, call::GetAccountAuthorizationDetails, "<IsTruncated>false</IsTruncated>", 1).await;
    }

    #[tokio::test]
    async fn policies_become_statements_wherever_they_hang() {
        let read = Script::default().on("GetAccountAuthorizationDetails", ALL).read(READER).await;
        assert_eq!(read.one("select actions from aws_iam_inline_policy_statement"), r#"["s3:*"]"#);
        assert_eq!(
            read.one("select arn, effect, actions from aws_iam_policy_statement"),
            r#"arn:aws:iam::aws:policy/AdministratorAccess|Allow|["*"]"#
        );
        assert_eq!(read.one("select principals, is_for_anyone from aws_iam_role_trust_statement"), r#"["*"]|1"#);
        let sql = "select principal_type, kind, policy_arn from aws_iam_policy_attachment order by 1";
        assert_eq!(
            read.all(sql),
            ["role|boundary|arn:aws:iam::1:policy/fence", "user|attached|arn:aws:iam::aws:policy/AdministratorAccess"]
        );
    }

    #[tokio::test]
    async fn what_is_not_understood_or_left_out_is_unread() {
        let read = Script::default().on("GetAccountAuthorizationDetails", ALL).read(READER).await;
        assert_eq!(read.all("select name, trust_statement_count from aws_iam_role order by 1"), ["app|1", "odd|unread"]);
        let sql = "select name, statement_count, attachment_count, is_aws_managed from aws_iam_policy order by 1";
        assert_eq!(read.all(sql), ["AdministratorAccess|1|1|1", "fence|unread|unread|0"]);
        assert_eq!(read.gaps()[0].3, "malformed");
    }
}
