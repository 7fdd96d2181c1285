//! Finding out which account the credentials lead to, and which regions it has.

use std::sync::Arc;

use rusqlite::Connection;

use super::{CollectError, Options, cover};
use crate::aws::{Cx, Run, Session};
use crate::inventory::{Closed, GLOBAL, Outcome, Place};
use crate::services::account::{account, region};

/// An account that is being read.
pub(super) struct Account {
    /// Its credentials.
    pub(super) session: Session,
    /// Its id.
    pub(super) account_id: String,
    /// The partition that it is in.
    pub(super) partition: String,
    /// The regions in scope, and whether each is off.
    pub(super) regions: Vec<(String, bool)>,
    /// Every place that it has, in scope or not.
    pub(super) places: Vec<Place>,
}

/// Finds out which account the credentials lead to, and its partition.
pub(super) async fn identify(run: &Arc<Run>, session: &Session) -> Result<(String, String), CollectError> {
    // The account is not known yet; what is written about these calls is put right below.
    let site = Arc::new(session.site("", "aws", GLOBAL, false));
    let cx = Cx::new(Arc::clone(run), site, account::READER);
    let result = (account::READER.read)(cx).await;
    let name = session.name.clone();
    let known = run.sink.ask(move |connection| known_account(connection, &name)).await??;
    match known {
        Ok(known) if result.is_ok() => Ok(known),
        Ok(_) => Err(Closed.into()),
        Err((outcome, why)) => {
            let hint = hint(Outcome::from_word(&outcome));
            Err(CollectError::Identity { session: session.name.clone(), why: brief(why), hint })
        }
    }
}

/// Finds out which account the credentials lead to and which regions it has.
pub(super) async fn enter(options: &Options, run: &Arc<Run>, session: Session) -> Result<Account, CollectError> {
    let (account_id, partition) = identify(run, &session).await?;
    cover(run, account::READER, &account_id, GLOBAL, true).await;

    let site = Arc::new(session.site(&account_id, &partition, GLOBAL, false));
    let cx = Cx::new(Arc::clone(run), site, region::READER);
    let has_regions = (region::READER.read)(cx.clone()).await.is_ok() && cx.is_complete();
    cover(run, region::READER, &account_id, GLOBAL, has_regions).await;
    let id = account_id.clone();
    let known = run.sink.ask(move |connection| known_regions(connection, &id)).await??;
    let wanted = match &options.replay {
        Some(recording) => &recording.header.regions,
        None => &options.regions,
    };
    let regions = choose(&known, wanted, has_regions, &session.home_region)?;
    let in_scope = |name: &str| regions.iter().any(|(region, _)| region == name);
    let mut names: Vec<&String> = known.iter().filter(|(_, enabled)| *enabled).map(|(name, _)| name).collect();
    names.extend(regions.iter().map(|(name, _)| name));
    names.sort_unstable();
    names.dedup();
    let place = |region: &str, in_scope| Place { account_id: account_id.clone(), region: region.to_owned(), in_scope };
    let mut places = vec![place(GLOBAL, true)];
    places.extend(names.iter().map(|name| place(name, in_scope(name))));
    Ok(Account { account_id: account_id.clone(), partition, regions, places, session })
}

/// The regions to read, each with whether it is off. Prose in `services/account/region.rs`.
fn choose(known: &[(String, bool)], wanted: &[String], is_known: bool, home_region: &str) -> Result<Vec<(String, bool)>, CollectError> {
    if wanted.is_empty() {
        if !is_known {
            // The list is a gap of its own; the region of the configuration is better than nothing.
            return Ok(vec![(home_region.to_owned(), false)]);
        }
        return Ok(known.iter().filter(|(_, enabled)| *enabled).map(|(name, _)| (name.clone(), false)).collect());
    }
    let mut regions = Vec::new();
    for name in wanted {
        match known.iter().find(|(region, _)| region == name) {
            Some((_, enabled)) => regions.push((name.clone(), !enabled)),
            None if !is_known => regions.push((name.clone(), false)),
            None => {
                let names: Vec<&str> = known.iter().filter(|(_, enabled)| *enabled).map(|(name, _)| name.as_str()).collect();
                let message = format!("there is no region `{name}`; this account has {}", names.join(", "));
                return Err(CollectError::Region(message));
            }
        }
    }
    regions.sort();
    regions.dedup();
    Ok(regions)
}

/// The account and its partition, or how the question ended and what was said.
type Known = Result<(String, String), (String, String)>;

fn known_account(connection: &Connection, session: &str) -> rusqlite::Result<Known> {
    let mut statement = connection.prepare("select account_id, partition from aws_account where session = ?")?;
    let mut rows = statement.query([session])?;
    if let Some(row) = rows.next()? {
        let known: (String, String) = (row.get(0)?, row.get(1)?);
        connection.execute("update ledger set account_id = ? where account_id = ''", [&known.0])?;
        return Ok(Ok(known));
    }
    let sql = "select outcome, outcome || iif(message = '', '', ': ' || message) from gap where account_id = '' order by id desc limit 1";
    connection.query_row(sql, [], |row| Ok(Err((row.get(0)?, row.get(1)?))))
}

fn known_regions(connection: &Connection, account_id: &str) -> rusqlite::Result<Vec<(String, bool)>> {
    let sql = "select region, is_enabled from aws_region where account_id = ? order by region";
    connection.prepare(sql)?.query_map([account_id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// What the SDK says where it found no credentials at all is a paragraph; which places it looked in is known.
fn brief(why: String) -> String {
    if why.contains("no credentials found in chain") {
        return "no credentials were found in the environment, the profile, a web identity, the container or the instance".to_owned();
    }
    why
}

fn hint(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Credentials => {
            "set AWS_PROFILE or --profile, run `aws sso login`, or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; \
             `driftlead demo` needs none"
        }
        Outcome::Unreachable | Outcome::TimedOut => "check the network, the proxy, and AWS_ENDPOINT_URL if it is set",
        Outcome::Unrecorded => "the recording was made with other credentials or by another version: record it again",
        _ => "ask the account's administrator; sts:GetCallerIdentity needs no permission",
    }
}
