//! Loads what `permission.rs` weighs: every policy of the account, and to whom it applies.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use crate::aws::{Cx, Unread};
use crate::inventory::permission::{Context, Document, Guardrail, Policies, Principal};
use crate::inventory::policy::{self, Statement};

/// A user or a role.
pub(super) struct Somebody {
    pub(super) principal: Principal,
    /// `user` or `role`.
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// The statements of a role's trust policy; `None` where there is none, or it was not read.
    pub(super) trust: Option<Vec<Statement>>,
}

/// An account's users, roles and policies.
pub(super) struct World {
    pub(super) account_id: String,
    pub(super) partition: String,
    pub(super) principals: Vec<Somebody>,
    /// ARNs.
    pub(super) groups: Vec<String>,
    /// ARNs of the account's policies that are attached, with their versions.
    pub(super) attached_policies: Vec<(String, i64)>,
    /// What runs as which role.
    pub(super) used: Vec<Used>,
    /// Why it is not known of everything as which role it runs: the action, the outcome, AWS's code and its message.
    pub(super) untold: Option<[String; 4]>,
    /// The account has regions that were left out of the run.
    pub(super) has_unseen_regions: bool,
}

/// Something that runs as a role.
pub(super) struct Used {
    pub(super) role_arn: String,
    pub(super) by: String,
    pub(super) kind: String,
    /// Whether it is there; `None` when its state was not read.
    pub(super) is_live: Option<bool>,
}

/// What runs as which role: the role, what runs as it, of which kind that is, and whether it is there.
///
/// A task definition names two roles: its containers run as the one, and ECS starts them as the other.
const USED: &str = "with running as (
        select s.arn, s.task_definition as definition, 'ecs_service' as kind, s.status = 'ACTIVE' as is_live
        from aws_ecs_service as s
        where s.account_id = ?1
        union all
        select t.arn, t.task_definition_arn, 'ecs_task', t.last_status <> 'STOPPED'
        from aws_ecs_task as t
        where t.account_id = ?1 and t.service_name = ''
    )
    select f.role_arn, f.arn, 'lambda_function', 1
    from aws_lambda_function as f
    where f.account_id = ?1
    union all
    select r.value, i.arn, 'ec2_instance', i.state <> 'terminated'
    from aws_ec2_instance as i
    join aws_iam_instance_profile as p on p.arn = i.iam_instance_profile_arn and p.account_id = i.account_id
    join json_each(p.role_arns) as r
    where i.account_id = ?1
    union all
    select d.task_role_arn, x.arn || '#task', x.kind, x.is_live
    from running as x
    join aws_ecs_task_definition as d on d.arn = x.definition and d.account_id = ?1
    where d.task_role_arn <> ''
    union all
    select d.execution_role_arn, x.arn || '#execution', x.kind, x.is_live
    from running as x
    join aws_ecs_task_definition as d on d.arn = x.definition and d.account_id = ?1
    where d.execution_role_arn <> ''
    order by 1, 2";

/// Why the roles of a task definition in use were not read: action, outcome, code and message, as JSON.
const UNTOLD: &str =
    "select json_array(coalesce(g.action, ''), coalesce(g.outcome, 'failed'), coalesce(g.code, ''), coalesce(g.message, ''))
    from aws_ecs_task_definition as d
    left join gap as g on g.table_name = 'aws_ecs_task_definition' and g.account_id = d.account_id and g.resource = d.arn
    where d.account_id = ?1 and (d.task_role_arn is null or d.execution_role_arn is null)
    order by d.arn
    limit 1";

/// The policies, by what they hang on; `None` for one that was not read or is not understood.
struct Shelf {
    managed: HashMap<String, Option<Arc<Document>>>,
    inline: HashMap<String, Vec<Option<Arc<Document>>>>,
    attached: HashMap<String, Vec<String>>,
}

impl World {
    /// Loads it all: policies point at each other's principals, so no part of it can be weighed alone.
    ///
    /// # Errors
    /// [`Unread`] when the snapshot cannot be asked, which ends the run anyway.
    pub(super) async fn load(cx: &Cx) -> Result<Self, Unread> {
        let account = cx.account_id().to_owned();
        match cx.sink().ask(move |connection: &Connection| load(connection, &account)).await {
            Ok(Ok(world)) => Ok(world),
            Ok(Err(error)) => Err(cx.broken(&error.to_string()).await),
            Err(closed) => Err(cx.broken(&closed.to_string()).await),
        }
    }
}

fn load(connection: &Connection, account: &str) -> rusqlite::Result<World> {
    let shelf = Shelf::load(connection, account)?;
    let (partition, guardrail) = guardrail(connection, account)?;
    let group_arns: HashMap<String, String> =
        pairs(connection, "select name, arn from aws_iam_group where account_id = ? order by arn", account)?.into_iter().collect();
    let mut principals = Vec::new();

    let sql = "select arn, name, groups, permissions_boundary_arn from aws_iam_user where account_id = ? order by arn";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([account])?;
    while let Some(row) = rows.next()? {
        let (arn, name, groups, boundary): (String, String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let mut identity = shelf.of(&arn);
        let names = serde_json::from_str::<Vec<String>>(&groups);
        identity.is_whole &= names.is_ok();
        for group in names.into_iter().flatten() {
            match group_arns.get(&group) {
                Some(group_arn) => {
                    let more = shelf.of(group_arn);
                    identity.documents.extend(more.documents);
                    identity.is_whole &= more.is_whole;
                }
                None => identity.is_whole = false,
            }
        }
        let context = context(&arn, account).with("aws:PrincipalType", "User").with("aws:username", &name);
        let principal = Principal { identity, boundary: shelf.boundary(&boundary), guardrail: guardrail.clone(), context, arn };
        principals.push(Somebody { principal, kind: "user", name, trust: None });
    }

    // Roles that services made for themselves are bound by nothing that an account or an organization writes.
    let sql = "select arn, name, permissions_boundary_arn, assume_role_policy from aws_iam_role
        where account_id = ? and not is_service_linked order by arn";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([account])?;
    while let Some(row) = rows.next()? {
        let (arn, name, boundary): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let trust = row.get::<_, Option<String>>(3)?.and_then(|document| policy::parse(&document).ok());
        let context = context(&arn, account).with("aws:PrincipalType", "AssumedRole").without("aws:username");
        let principal =
            Principal { identity: shelf.of(&arn), boundary: shelf.boundary(&boundary), guardrail: guardrail.clone(), context, arn };
        principals.push(Somebody { principal, kind: "role", name, trust });
    }

    let sql = "select p.arn, p.version_count from aws_iam_policy as p
        where p.account_id = ? and not p.is_aws_managed
            and exists (select 1 from aws_iam_policy_attachment as a
                where a.policy_arn = p.arn and a.account_id = p.account_id and a.kind = 'attached')
        order by p.arn";
    let attached_policies =
        connection.prepare(sql)?.query_map([account], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    let used = connection
        .prepare(USED)?
        .query_map([account], |row| Ok(Used { role_arn: row.get(0)?, by: row.get(1)?, kind: row.get(2)?, is_live: row.get(3)? }))?
        .collect::<rusqlite::Result<_>>()?;
    let sql = "select exists (select 1 from place where account_id = ? and region <> 'global' and not in_scope)";
    let has_unseen_regions = connection.query_row(sql, [account], |row| row.get(0))?;
    let mut groups: Vec<String> = group_arns.into_values().collect();
    groups.sort();
    let untold = connection.query_row(UNTOLD, [account], |row| row.get::<_, String>(0)).optional()?;
    // A reason that cannot be read is one all the same.
    let unclear = || ["", "failed", "", "it was left out"].map(str::to_owned);
    let untold = untold.map(|why| serde_json::from_str(&why).unwrap_or_else(|_| unclear()));
    Ok(World { account_id: account.to_owned(), partition, principals, groups, attached_policies, used, untold, has_unseen_regions })
}

/// What every request of a principal has in common.
fn context(arn: &str, account: &str) -> Context {
    Context::default().with("aws:PrincipalArn", arn).with("aws:PrincipalAccount", account).with("aws:PrincipalIsAWSService", "false")
}

fn pairs(connection: &Connection, sql: &str, account: &str) -> rusqlite::Result<Vec<(String, String)>> {
    connection.prepare(sql)?.query_map([account], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// A document that was read and is understood.
fn document(name: &str, text: Option<String>) -> Option<Arc<Document>> {
    text.and_then(|text| Document::parse(name, &text).ok()).map(Arc::new)
}

fn policies(documents: impl IntoIterator<Item = Option<Arc<Document>>>) -> Policies {
    let mut all = Policies::none();
    for document in documents {
        all.is_whole &= document.is_some();
        all.documents.extend(document);
    }
    all
}

impl Shelf {
    fn load(connection: &Connection, account: &str) -> rusqlite::Result<Self> {
        let mut shelf = Self { managed: HashMap::new(), inline: HashMap::new(), attached: HashMap::new() };
        let mut statement = connection.prepare("select arn, document from aws_iam_policy where account_id = ?")?;
        let mut rows = statement.query([account])?;
        while let Some(row) = rows.next()? {
            let arn: String = row.get(0)?;
            let read = document(&arn, row.get(1)?);
            shelf.managed.insert(arn, read);
        }
        let mut statement =
            connection.prepare("select arn, name, document from aws_iam_inline_policy where account_id = ? order by arn, name")?;
        let mut rows = statement.query([account])?;
        while let Some(row) = rows.next()? {
            let (arn, name): (String, String) = (row.get(0)?, row.get(1)?);
            shelf.inline.entry(arn).or_default().push(document(&name, row.get(2)?));
        }
        let sql =
            "select arn, policy_arn from aws_iam_policy_attachment where account_id = ? and kind = 'attached' order by arn, policy_arn";
        for (arn, policy_arn) in pairs(connection, sql, account)? {
            shelf.attached.entry(arn).or_default().push(policy_arn);
        }
        Ok(shelf)
    }

    /// The policies that hang on a user, group or role.
    fn of(&self, arn: &str) -> Policies {
        let inline = self.inline.get(arn).into_iter().flatten().cloned();
        let attached = self.attached.get(arn).into_iter().flatten();
        policies(inline.chain(attached.map(|policy_arn| self.managed.get(policy_arn).cloned().flatten())))
    }

    fn boundary(&self, policy_arn: &str) -> Option<Policies> {
        (!policy_arn.is_empty()).then(|| policies([self.managed.get(policy_arn).cloned().flatten()]))
    }
}

/// The partition, and what the organization lets the account do.
fn guardrail(connection: &Connection, account: &str) -> rusqlite::Result<(String, Guardrail)> {
    let mut statement = connection.prepare("select arn, scp_level_count from aws_organizations_membership where account_id = ?")?;
    let mut rows = statement.query([account])?;
    let Some(row) = rows.next()? else { return Ok(("aws".to_owned(), Guardrail::Unread)) };
    let (arn, count): (String, Option<u32>) = (row.get(0)?, row.get(1)?);
    let partition = arn.split(':').nth(1).unwrap_or("aws").to_owned();
    let Some(count) = count else { return Ok((partition, Guardrail::Unread)) };
    if count == 0 {
        return Ok((partition, Guardrail::None));
    }
    let mut levels: Vec<Vec<Option<Arc<Document>>>> = vec![Vec::new(); count as usize];
    let sql =
        "select level, policy_arn, document from aws_organizations_service_control_policy where account_id = ? order by level, policy_arn";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([account])?;
    while let Some(row) = rows.next()? {
        let (level, arn): (u32, String) = (row.get(0)?, row.get(1)?);
        if let Some(level) = levels.get_mut(level as usize) {
            level.push(document(&arn, row.get(2)?));
        }
    }
    Ok((partition, Guardrail::Levels(levels.into_iter().map(policies).collect())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_is_not_understood_leaves_its_owner_open() {
        let read = |text: &str| policies([document("p", Some(text.to_owned()))]);
        assert!(read(r#"{"Statement":[]}"#).is_whole);
        assert!(!read("null").is_whole);
        assert!(!policies([document("p", None)]).is_whole);
    }
}
