//! Whether the account belongs to an organization, and the service control policies above it, level by level.
//!
//! Any account may ask which organization it is in. Only the management account and delegated administrators may ask for the
//! policies: elsewhere that answer is denied, and what stands above the account stays unread. An account without an organization has
//! nothing above it, and that is known.
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>

use std::collections::HashMap;

use aws_sdk_organizations::types::{PolicyType, PolicyTypeStatus};
use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread, Word};
use crate::inventory::table::row;
use crate::inventory::{Fact, GLOBAL, Row};
use crate::services::{reader, text};

/// The account's place in an organization (DescribeOrganization). There is always one row.
#[apply(row!)]
#[table("aws_organizations_membership", key(arn))]
pub struct Membership {
    /// ARN of the account: that of its root user, as in `aws_account`.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// `o-…`; '' for an account without an organization.
    pub organization_id: Fact<String>,
    /// The management account of the organization, or ''.
    pub management_account_id: Fact<String>,
    /// Levels of service control policies that are in force for the account: the root, each unit on the way, the account itself. 0
    /// without an organization, for its management account, and where the organization has not switched them on.
    #[is(derived)]
    pub scp_level_count: Fact<i64>,
}

/// A service control policy at one of the levels above the account (ListPoliciesForTarget, DescribePolicy).
#[apply(row!)]
#[table(
    "aws_organizations_service_control_policy", key(arn, target_id, policy_arn),
    guard("aws_organizations_membership", "scp_level_count"),
    part_of("aws_organizations_membership", arn = arn)
)]
pub struct ServiceControlPolicy {
    /// ARN of the account below it: that of its root user.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// ARN of the policy.
    pub policy_arn: String,
    /// Name of the policy.
    pub name: String,
    /// What it is attached to: the account, a unit or the root.
    pub target_id: String,
    /// How far above the account that is: 0 the account itself, 1 what it lies in, and so on.
    pub level: i64,
    /// The JSON document.
    pub document: Fact<String>,
}

/// Units may lie five deep; with the root and the account that is seven.
const MOST_LEVELS: usize = 8;

reader! {
    "organizations/membership", Global,
    fills [Membership::TABLE, ServiceControlPolicy::TABLE],
    calls [call::DescribeOrganization, call::ListRoots, call::ListParents, call::ListPoliciesForTarget, call::DescribePolicy],
    by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let arn = cx.global_arn("iam", cx.account_id(), "root");
    let (organization_id, management_account_id) = organization(&cx, &arn).await;
    let scp_level_count = match (&organization_id, &management_account_id) {
        (Fact::Known(id), _) if id.is_empty() => Fact::Known(0),
        // They do not bind the management account.
        (_, Fact::Known(management)) if management == cx.account_id() => Fact::Known(0),
        (Fact::Known(_), Fact::Known(_)) => Fact::from(levels(&cx, &arn).await),
        _ => Fact::Unread,
    };
    cx.emit(Membership {
        arn,
        account_id: cx.account_id().to_owned(),
        region: GLOBAL.to_owned(),
        organization_id,
        management_account_id,
        scp_level_count,
    })
    .await;
    Ok(())
}

async fn organization(cx: &Cx, arn: &str) -> (Fact<String>, Fact<String>) {
    let organizations: aws_sdk_organizations::Client = cx.client();
    let about = cx.about(Membership::TABLE, arn, &["organization_id", "management_account_id", "scp_level_count"]);
    let ask = organizations.describe_organization().send();
    match about.call_or_absent(call::DescribeOrganization, &["AWSOrganizationsNotInUseException"], ask).await {
        Ok(None) => (Fact::Known(String::new()), Fact::Known(String::new())),
        Ok(Some(told)) => match told.organization().and_then(|one| Some((one.id()?, one.master_account_id()?))) {
            Some((id, management)) => (Fact::Known(id.to_owned()), Fact::Known(management.to_owned())),
            None => {
                about.malformed(call::DescribeOrganization, "lacks Organization").await;
                (Fact::Unread, Fact::Unread)
            }
        },
        Err(Unread) => (Fact::Unread, Fact::Unread),
    }
}

/// Stores the policies of every level and says how many levels there are.
async fn levels(cx: &Cx, arn: &str) -> Result<i64, Unread> {
    let organizations: aws_sdk_organizations::Client = cx.client();
    let about = cx.about(Membership::TABLE, arn, &["scp_level_count"]);
    if !are_in_force(&about).await? {
        return Ok(0);
    }
    let mut targets = vec![cx.account_id().to_owned()];
    while !targets.last().is_some_and(|target| target.starts_with("r-")) {
        let child = targets.last().map(String::as_str).map(str::to_owned);
        let told = about.call(call::ListParents, organizations.list_parents().set_child_id(child).send()).await?;
        match told.parents().first().and_then(|parent| parent.id()) {
            Some(parent) if targets.len() < MOST_LEVELS => targets.push(parent.to_owned()),
            _ => return Err(about.malformed(call::ListParents, "has no parent that leads to the root").await),
        }
    }
    // One policy can hang on several levels.
    let mut documents: HashMap<String, Fact<String>> = HashMap::new();
    for (level, target) in targets.iter().enumerate() {
        let mut pages = about.pages(call::ListPoliciesForTarget, |token| {
            let ask = organizations.list_policies_for_target().target_id(target).filter(PolicyType::ServiceControlPolicy);
            ask.set_next_token(token).send()
        });
        let mut policies = Vec::new();
        while let Some(page) = pages.next(|page| page.next_token()).await? {
            policies.extend(page.policies().iter().map(|one| (text(one.id()), text(one.arn()), text(one.name()))));
        }
        // AWS lets nobody take the last one away.
        if policies.is_empty() || policies.iter().any(|(id, arn, _)| id.is_empty() || arn.is_empty()) {
            return Err(about.malformed(call::ListPoliciesForTarget, "has no policy, or one without an id").await);
        }
        for (id, policy_arn, name) in policies {
            let document = match documents.get(&id) {
                Some(document) => document.clone(),
                None => {
                    let told = about.call(call::DescribePolicy, organizations.describe_policy().policy_id(&id).send()).await;
                    let document = told.map(|told| told.policy().and_then(|policy| policy.content()).map(str::to_owned));
                    documents.entry(id).or_insert(Fact::from(document).and_then(Fact::told)).clone()
                }
            };
            cx.emit(ServiceControlPolicy {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: GLOBAL.to_owned(),
                policy_arn,
                name,
                target_id: target.clone(),
                level: level as i64,
                document,
            })
            .await;
        }
    }
    Ok(targets.len() as i64)
}

/// Whether the organization has switched service control policies on.
async fn are_in_force(about: &Cx) -> Result<bool, Unread> {
    let organizations: aws_sdk_organizations::Client = about.client();
    let told = about.call(call::ListRoots, organizations.list_roots().send()).await?;
    let Some(root) = told.roots().first() else {
        return Err(about.malformed(call::ListRoots, "has no root").await);
    };
    let types = root.policy_types().iter();
    let status = types.filter(|one| one.r#type() == Some(&PolicyType::ServiceControlPolicy)).find_map(|one| one.status());
    match status {
        None => Ok(false),
        // One that is being switched on or off may count already, or still.
        Some(status) if status == &PolicyTypeStatus::Enabled => Ok(true),
        Some(status) => Err(about.malformed(call::ListRoots, &format!("says that the policies are {}", status.text())).await),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    fn member() -> Script {
        let parent = |id: &str, kind: &str| format!(r#"{{"Parents":[{{"Id":"{id}","Type":"{kind}"}}]}}"#);
        let policy = |id: &str| format!(r#"{{"Policies":[{{"Id":"{id}","Arn":"arn:aws:organizations::9:policy/{id}","Name":"{id}"}}]}}"#);
        Script::default()
            .on("DescribeOrganization", r#"{"Organization":{"Id":"o-1","MasterAccountId":"999988887777"}}"#)
            .on("ListRoots", r#"{"Roots":[{"Id":"r-1","PolicyTypes":[{"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED"}]}]}"#)
            .on_match("ListParents", "111122223333", &parent("ou-1", "ORGANIZATIONAL_UNIT"))
            .on_match("ListParents", "ou-1", &parent("r-1", "ROOT"))
            .on_match("ListPoliciesForTarget", "ou-1", &policy("p-fence"))
            .on("ListPoliciesForTarget", &policy("p-FullAWSAccess"))
            .on("DescribePolicy", r#"{"Policy":{"Content":"{\"Statement\":[]}"}}"#)
    }

    const ROW: &str = "select organization_id, management_account_id, scp_level_count from aws_organizations_membership";

    #[tokio::test]
    async fn a_member_has_every_level_above_it() {
        let read = member().read(READER).await;
        assert!(read.is_complete && read.gaps().is_empty(), "{:?}", read.gaps());
        assert_eq!(read.one(ROW), "o-1|999988887777|3");
        let sql = "select level, target_id, name, document from aws_organizations_service_control_policy order by level";
        assert_eq!(
            read.all(sql),
            [
                r#"0|111122223333|p-FullAWSAccess|{"Statement":[]}"#,
                r#"1|ou-1|p-fence|{"Statement":[]}"#,
                r#"2|r-1|p-FullAWSAccess|{"Statement":[]}"#
            ]
        );
    }

    #[tokio::test]
    async fn no_organization_is_known_and_nothing_stands_above() {
        let none = Script::default().fails("DescribeOrganization", 400, "AWSOrganizationsNotInUseException").read(READER).await;
        assert_eq!((none.one(ROW).as_str(), none.is_complete, none.gaps().len()), ("||0", true, 0));
        let own = r#"{"Organization":{"Id":"o-1","MasterAccountId":"111122223333"}}"#;
        let management = Script::default().on("DescribeOrganization", own).read(READER).await;
        assert_eq!(management.one(ROW), "o-1|111122223333|0");
        let off =
            Script::default().on("ListRoots", r#"{"Roots":[{"Id":"r-1","PolicyTypes":[]}]}"#).followed_by(member()).read(READER).await;
        assert_eq!(off.one(ROW), "o-1|999988887777|0");
    }

    #[tokio::test]
    async fn what_is_denied_stays_unread() {
        let denied = member().read_with(READER, call::DescribeOrganization, Fault::Denied).await;
        assert_eq!(denied.one(ROW), "unread|unread|unread");
        for call in [call::ListRoots, call::ListParents, call::ListPoliciesForTarget] {
            let denied = member().read_with(READER, call, Fault::Denied).await;
            assert_eq!((denied.one(ROW).as_str(), denied.gaps()[0].2.as_str()), ("o-1|999988887777|unread", call.permission));
            assert!(denied.is_complete, "the table has its row; only its columns are unread");
        }
        let policy = member().read_with(READER, call::DescribePolicy, Fault::Denied).await;
        assert_eq!(policy.one("select count(*), count(document) from aws_organizations_service_control_policy"), "3|0");
        let cut = member().read_with(READER, call::ListPoliciesForTarget, Fault::CutAfterFirstPage).await;
        assert_eq!(cut.one(ROW), "o-1|999988887777|unread");
    }

    #[tokio::test]
    async fn an_empty_answer_is_none_at_all() {
        for (action, nothing) in [
            ("DescribeOrganization", "{}"),
            ("ListRoots", r#"{"Roots":[]}"#),
            ("ListParents", r#"{"Parents":[]}"#),
            ("ListPoliciesForTarget", r#"{"Policies":[]}"#),
        ] {
            let read = Script::default().on(action, nothing).followed_by(member()).read(READER).await;
            assert_eq!((read.one(ROW).ends_with("unread"), read.gaps().len()), (true, 1), "{action}: {:?}", read.gaps());
        }
        let pending = r#"{"Roots":[{"Id":"r-1","PolicyTypes":[{"Type":"SERVICE_CONTROL_POLICY","Status":"PENDING_ENABLE"}]}]}"#;
        let read = Script::default().on("ListRoots", pending).followed_by(member()).read(READER).await;
        assert_eq!(read.one(ROW), "o-1|999988887777|unread");
    }
}
