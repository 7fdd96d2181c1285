//! Who is to be read: the accounts behind the credentials, those of an organization, or those of a list.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::CollectError;
use super::enter::identify;
use super::sessions::Opener;
use crate::aws::members::{Filter, Listed, Roster, account_of};
use crate::aws::{Cx, Members, Run, Session};
use crate::inventory::GLOBAL;
use crate::services::organizations::account::{LIST, Listing};

/// An account whose turn has not come yet.
pub(super) struct Candidate {
    /// Its id, where it is known before anybody asked.
    pub(super) account_id: Option<String>,
    /// The credentials.
    pub(super) way: Way,
}

/// How an account is entered.
pub(super) enum Way {
    /// With credentials that are there.
    Own(Box<Session>),
    /// By a role that is still to be assumed.
    Role {
        /// The role.
        role_arn: String,
        /// What it asks for.
        external_id: Option<String>,
    },
}

impl Candidate {
    /// The name of its credentials.
    pub(super) fn session(&self) -> &str {
        match &self.way {
            Way::Own(session) => &session.name,
            Way::Role { role_arn, .. } => role_arn,
        }
    }

    /// The account's id, or what stands in its place while nobody knows it.
    pub(super) fn expected(&self) -> String {
        self.account_id.clone().unwrap_or_else(|| format!("unknown:{}", self.session()))
    }

    /// Opens its session.
    pub(super) async fn open(self, opener: &Opener) -> Option<Session> {
        match self.way {
            Way::Own(session) => Some(*session),
            Way::Role { role_arn, external_id } => opener.role(&role_arn, external_id.as_deref()).await,
        }
    }
}

/// One account for each set of credentials.
pub(super) fn of_sessions(sessions: Vec<Session>) -> Vec<Candidate> {
    let candidate = |session: Session| {
        let account_id = account_of(&session.name).map(str::to_owned);
        Candidate { account_id, way: Way::Own(Box::new(session)) }
    };
    sessions.into_iter().map(candidate).collect()
}

/// The account of the credentials that are the way to many others, whether it is read itself or not.
pub(super) struct Home {
    /// Its credentials.
    pub(super) session: Session,
    /// Its id.
    pub(super) account_id: String,
    /// The partition that it is in.
    pub(super) partition: String,
}

/// The accounts behind one set of credentials: whose it is has to be asked, and of an organization who belongs to it.
pub(super) async fn of_members(run: &Arc<Run>, members: &Members, own: Session) -> Result<(Vec<Candidate>, Home), CollectError> {
    let name = own.name.clone();
    let (own_id, partition) = identify(run, &own, "").await?.map_err(CollectError::from)?;
    let mut listed: BTreeMap<String, Option<Listed>> = match &members.roster {
        Roster::Listed(listed) => listed.iter().map(|one| (one.account_id.clone(), Some(one.clone()))).collect(),
        Roster::Organization(filter) => {
            organization(run, &own, &own_id, &partition, filter).await?.into_iter().map(|id| (id, None)).collect()
        }
    };
    let all = listed.len();
    listed.retain(|id, _| members.shard.is_none_or(|shard| shard.has(id)));
    run.sink.ask(move |connection| forget(connection, &name)).await??;
    let home = Home { session: own.clone(), account_id: own_id.clone(), partition: partition.clone() };
    let mut own = Some(own);
    let mut candidates = Vec::new();
    for (id, listed) in listed {
        let (role_arn, external_id) = match listed {
            Some(Listed { role_arn: Some(arn), external_id, .. }) => (Some(arn), external_id.or_else(|| members.external_id.clone())),
            _ => (members.role.as_ref().map(|role| format!("arn:{partition}:iam::{id}:role/{role}")), members.external_id.clone()),
        };
        // A role of one's own account is no way to itself: few trust it.
        let way = match (if id == own_id { own.take() } else { None }, role_arn) {
            (Some(own), _) => Way::Own(Box::new(own)),
            (None, Some(role_arn)) => Way::Role { role_arn, external_id },
            (None, None) => return Err(CollectError::Members(format!("there is no role to enter {id} by: name it with --role NAME"))),
        };
        candidates.push(Candidate { account_id: Some(id), way });
    }
    if all == 0 {
        return Err(CollectError::Members("no account is left to read".to_owned()));
    }
    Ok((candidates, home))
}

/// The accounts that Organizations lists.
async fn organization(run: &Arc<Run>, own: &Session, own_id: &str, partition: &str, filter: &Filter) -> Result<Vec<String>, CollectError> {
    let site = Arc::new(own.site(own_id, partition, GLOBAL, false));
    let cx = Cx::new(Arc::clone(run), site, LIST.warrant);
    match (LIST.run)(cx, filter.clone()).await {
        Ok(Listing::Accounts(ids, others)) if ids.is_empty() => {
            let looked = if others == 1 { "1 account was".to_owned() } else { format!("{others} accounts were") };
            Err(CollectError::Members(format!("{looked} looked at, and the filters leave none of them to read")))
        }
        Ok(Listing::Accounts(ids, _)) => Ok(ids),
        Ok(Listing::NoUnit(name, there)) => {
            Err(CollectError::Members(format!("the organization has no unit `{name}`; it has {}", there.join(", "))))
        }
        Err(_) => {
            let why = run.sink.ask(why_not).await??;
            let message = format!(
                "the accounts of the organization cannot be listed: {why}\n  ask with the credentials of the management account or of \
                 a delegated administrator, or list the accounts in a file: --accounts FILE"
            );
            Err(CollectError::Members(message))
        }
    }
}

fn why_not(connection: &Connection) -> rusqlite::Result<String> {
    let sql = "select action || ': ' || outcome || iif(message = '', '', ' (' || message || ')') from gap where table_name = ?
        order by id desc limit 1";
    connection.query_row(sql, [LIST.warrant.name], |row| row.get(0))
}

/// Takes out what the first question said of the account, unless an earlier part of the run has read it: whether it is read at all is
/// not known yet.
fn forget(connection: &Connection, session: &str) -> rusqlite::Result<()> {
    let sql = "delete from aws_account where session = ? and not exists (select 1 from coverage as c
        where c.table_name = 'aws_account' and c.account_id = aws_account.account_id and c.complete = 1)";
    connection.execute(sql, [session]).map(|_| ())
}
