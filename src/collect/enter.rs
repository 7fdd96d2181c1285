//! Finding out which account the credentials lead to, and which regions it has.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::roster::{Candidate, Home, Way};
use super::sessions::Opener;
use super::{CollectError, Options, cover, partial};
use crate::aws::members::account_of;
use crate::aws::{Cx, Reader, Run, Session, is_denial};
use crate::inventory::{Closed, GLOBAL, Outcome, Place, Snapshot, unfinished};
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
}

/// What to do where no role lets anybody in.
const ROLE_HINT: &str = "the role has to be there and to trust these credentials, and may ask for an --external-id; \
                         `driftlead permissions --org --role NAME` prints both policies";

/// An account that could not be entered.
#[derive(Debug, Clone)]
pub(super) struct Shut {
    /// Its id, or what stands in its place.
    pub(super) account_id: String,
    /// The credentials.
    pub(super) session: String,
    /// How the question ended.
    pub(super) outcome: Outcome,
    /// AWS's code, or `''`.
    pub(super) code: String,
    /// What was said.
    pub(super) message: String,
}

impl From<Shut> for CollectError {
    fn from(shut: Shut) -> Self {
        let Shut { session, outcome, code, message, .. } = shut;
        let why = match (code.is_empty(), message.is_empty()) {
            (_, true) => outcome.word().to_owned(),
            (true, false) => format!("{}: {message}", outcome.word()),
            (false, false) => format!("{}: {code}: {message}", outcome.word()),
        };
        let is_role = account_of(&session).is_some() && is_denial(&code);
        let hint = if is_role { ROLE_HINT } else { hint(outcome) };
        Self::Identity { session, why: brief(why), hint }
    }
}

/// What came of an attempt to enter an account.
pub(super) enum Entered {
    /// It can be read.
    Open(Box<Account>),
    /// It cannot, and its gap is written.
    Shut(Shut),
}

/// Finds out which account the credentials lead to, and its partition. `expected` is its id, if that is known; `''` if not.
pub(super) async fn identify(run: &Arc<Run>, session: &Session, expected: &str) -> Result<Result<(String, String), Shut>, CollectError> {
    // Where the account is not known yet, what is written about these calls is put right below.
    let site = Arc::new(session.site(expected, "aws", GLOBAL, false));
    let cx = Cx::new(Arc::clone(run), site, account::READER);
    let result = (account::READER.read)(cx).await;
    let (name, expected) = (session.name.clone(), expected.to_owned());
    let is_told = result.is_ok();
    Ok(run.sink.ask(move |connection| known_account(connection, &name, &expected, is_told)).await??)
}

/// Finds out which account a candidate's credentials lead to, which regions it has, and which of them are to be read.
///
/// `accounts` is how many are read together with it.
pub(super) async fn enter(
    options: &Options,
    run: &Arc<Run>,
    opener: &Opener,
    candidate: Candidate,
    accounts: usize,
) -> Result<Entered, CollectError> {
    let (expected, is_role) = (candidate.expected(), matches!(candidate.way, Way::Role { .. }));
    let must_be = candidate.account_id.clone().filter(|_| is_role);
    let name = candidate.session().to_owned();
    if let Some(refusal) = opener.refusal(&name) {
        let outcome = Outcome::from_word(&refusal.outcome);
        let (code, message) = (refusal.code.clone(), refusal.message.clone());
        return shut(run, Shut { account_id: expected, session: name, outcome, code, message }).await;
    }
    let Some(session) = candidate.open(opener).await else { return Err(Closed.into()) };
    let stored = stored(options, run, &expected).await?;
    let (account_id, partition) = match stored {
        Some(known) => known,
        None => match identify(run, &session, &expected).await? {
            Ok((told, _)) if must_be.as_ref().is_some_and(|id| *id != told) => {
                let message = format!("its credentials lead to another account, {told}");
                let shut_out = Shut { account_id: expected, session: name, outcome: Outcome::Malformed, code: String::new(), message };
                return shut(run, shut_out).await;
            }
            Ok(known) => known,
            Err(shut_out) => return shut(run, shut_out).await,
        },
    };
    if options.is_resumed {
        let (id, wanted) = (account_id.clone(), wanted(options).to_vec());
        let objection = run.sink.ask(move |connection| partial::objection(connection, &id, &wanted, accounts)).await??;
        if let Some(why) = objection {
            return Err(CollectError::Resume { path: unfinished(&options.out), why: format!("{why}; without --resume it begins anew") });
        }
    }
    cover(run, account::READER, &account_id, GLOBAL, true).await;

    let has_regions = options.is_resumed && covered(run, region::READER, &account_id).await? || {
        let site = Arc::new(session.site(&account_id, &partition, GLOBAL, false));
        let cx = Cx::new(Arc::clone(run), site, region::READER);
        (region::READER.read)(cx.clone()).await.is_ok() && cx.is_complete()
    };
    cover(run, region::READER, &account_id, GLOBAL, has_regions).await;
    let id = account_id.clone();
    let known = run.sink.ask(move |connection| known_regions(connection, &id)).await??;
    let regions = choose(&known, wanted(options), has_regions, &session.home_region)?;
    if !has_regions && wanted(options).is_empty() {
        let (id, home) = (account_id.clone(), session.home_region.clone());
        run.sink.ask(move |connection| write_unlisted(connection, &id, &home)).await??;
    }
    let in_scope = |name: &str| regions.iter().any(|(region, _)| region == name);
    let mut names: Vec<&String> = known.iter().filter(|(_, enabled)| *enabled).map(|(name, _)| name).collect();
    names.extend(regions.iter().map(|(name, _)| name));
    names.sort_unstable();
    names.dedup();
    let place = |region: &str, in_scope| Place { account_id: account_id.clone(), region: region.to_owned(), in_scope };
    let mut places = vec![place(GLOBAL, true)];
    places.extend(names.iter().map(|name| place(name, in_scope(name))));
    let id = account_id.clone();
    run.sink.ask(move |connection| replace_places(connection, &id, &places)).await??;
    Ok(Entered::Open(Box::new(Account { account_id: account_id.clone(), partition, regions, session })))
}

/// The regions that the user named, or the recording; empty for all.
pub(super) fn wanted(options: &Options) -> &[String] {
    options.replay.as_ref().map_or(&options.regions, |recording| &recording.header.regions)
}

/// What an earlier part of this run already knows of the account.
async fn stored(options: &Options, run: &Arc<Run>, account_id: &str) -> Result<Option<(String, String)>, CollectError> {
    if !options.is_resumed || !covered(run, account::READER, account_id).await? {
        return Ok(None);
    }
    let id = account_id.to_owned();
    let partition = move |connection: &Connection| -> rusqlite::Result<Option<String>> {
        connection.query_row("select partition from aws_account where account_id = ?", [id], |row| row.get(0)).optional()
    };
    Ok(run.sink.ask(partition).await??.map(|partition| (account_id.to_owned(), partition)))
}

/// Whether a reader of the whole account came to its end.
async fn covered(run: &Arc<Run>, reader: &'static Reader, account_id: &str) -> Result<bool, CollectError> {
    let id = account_id.to_owned();
    let sql = "select count(*) > 0 and min(complete) from coverage where reader = ? and account_id = ? and region = 'global'";
    Ok(run.sink.ask(move |connection: &Connection| connection.query_row(sql, [reader.name, &id], |row| row.get(0))).await??)
}

/// Writes down that an account could not be entered: whatever is in it stays unread because of that.
async fn shut(run: &Arc<Run>, shut: Shut) -> Result<Entered, CollectError> {
    let told = shut.clone();
    run.sink.ask(move |connection| write_shut(connection, &told)).await??;
    cover(run, account::READER, &shut.account_id, GLOBAL, false).await;
    Ok(Entered::Shut(shut))
}

fn write_shut(connection: &Connection, shut: &Shut) -> rusqlite::Result<()> {
    connection.execute("delete from gap where table_name = 'aws_account' and account_id = ?", [&shut.account_id])?;
    connection.execute("delete from aws_account where session = ?", [&shut.session])?;
    let by_role = account_of(&shut.session);
    // Credentials that are refused are those of the role, which AssumeRole would have given.
    let is_role = by_role.is_some() && shut.outcome == Outcome::Credentials;
    let action = if is_role { "sts:AssumeRole" } else { "sts:GetCallerIdentity" };
    let outcome = if is_role && is_denial(&shut.code) { Outcome::Denied } else { shut.outcome };
    let (whose, how) = match by_role {
        Some(account) => (format!("account {account}"), format!(" by {}", shut.session)),
        None => (format!("the account of `{}`", shut.session), String::new()),
    };
    let message = format!("{whose} could not be entered{how}: {}", brief(shut.message.clone()));
    let sql = "insert into gap (table_name, account_id, region, resource, columns, action, outcome, code, message)
        values ('aws_account', ?, 'global', '', '[]', ?, ?, ?, ?)";
    connection.execute(sql, params![shut.account_id, action, outcome.word(), shut.code, message]).map(|_| ())
}

/// Writes down that there may be more regions than those that are read: what is in them is unknown, and not gone.
fn write_unlisted(connection: &Connection, account_id: &str, home: &str) -> rusqlite::Result<()> {
    let sql = "insert into gap (table_name, account_id, region, resource, columns, action, outcome, code, message)
        select 'place', account_id, region, '', '[]', action, outcome, code, ? || message from gap
        where table_name = 'aws_region' and account_id = ? and resource = '' order by id desc limit 1";
    let message = format!("which regions the account has could not be read, so only {home} was: ");
    connection.execute(sql, [message.as_str(), account_id]).map(|_| ())
}

fn replace_places(connection: &Connection, account_id: &str, places: &[Place]) -> rusqlite::Result<()> {
    connection.execute("delete from place where account_id = ?", [account_id])?;
    Snapshot::places(connection, places)
}

/// Asks the account of the credentials which regions there are, where no account that was read has told it.
pub(super) async fn tell_regions(run: &Arc<Run>, home: &Home) -> Result<(), CollectError> {
    let is_told = |connection: &Connection| connection.query_row("select exists (select 1 from aws_region)", [], |row| row.get(0));
    if run.sink.ask(is_told).await?? {
        return Ok(());
    }
    let site = Arc::new(home.session.site(&home.account_id, &home.partition, GLOBAL, false));
    // What it cannot tell, the region of the configuration has to stand for.
    let _ = (region::READER.read)(Cx::new(Arc::clone(run), site, region::READER)).await;
    Ok(())
}

/// The places of accounts that could not be entered: the regions that were named, or else those that every account has.
pub(super) fn shut_places(connection: &Connection, accounts: &[String], wanted: &[String], home_region: &str) -> rusqlite::Result<()> {
    let sql = "select distinct region from aws_region where opt_in_status = 'opt-in-not-required' order by 1";
    let mut regions: Vec<String> = match wanted {
        [] => connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?,
        wanted => wanted.to_vec(),
    };
    if regions.is_empty() {
        regions.push(home_region.to_owned());
    }
    regions.push(GLOBAL.to_owned());
    for account_id in accounts {
        let place = |region: &String| Place { account_id: account_id.clone(), region: region.clone(), in_scope: true };
        replace_places(connection, account_id, &regions.iter().map(place).collect::<Vec<_>>())?;
    }
    // What an account told that is not read itself is no part of the snapshot.
    connection.execute_batch(
        "delete from aws_region where account_id not in (select account_id from place);
         delete from gap where table_name = 'aws_region' and account_id not in (select account_id from place)",
    )
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
type Known = Result<(String, String), Shut>;

fn known_account(connection: &Connection, session: &str, expected: &str, is_told: bool) -> rusqlite::Result<Known> {
    if is_told {
        let sql = "select account_id, partition from aws_account where session = ?";
        let known: (String, String) = connection.query_row(sql, [session], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if known.0 != expected {
            connection.execute("update ledger set account_id = ? where account_id = ?", [&known.0, expected])?;
        }
        // Of a run that goes on in another one only the latest answer is of use.
        let sql = "delete from ledger where account_id = ?1 and reader = ?2
            and id < (select max(id) from ledger where account_id = ?1 and reader = ?2)";
        connection.execute(sql, [known.0.as_str(), account::READER.name])?;
        return Ok(Ok(known));
    }
    let sql = "select outcome, code, message from gap where account_id = ? and table_name = 'aws_account' order by id desc limit 1";
    let shut = |row: &rusqlite::Row<'_>| {
        let outcome = Outcome::from_word(&row.get::<_, String>(0)?);
        let (account_id, session) = (expected.to_owned(), session.to_owned());
        Ok(Shut { account_id, session, outcome, code: row.get(1)?, message: row.get(2)? })
    };
    connection.query_row(sql, [expected], shut).map(Err)
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
             if they are right, look at this machine's clock; `driftlead demo` needs none"
        }
        Outcome::Unreachable | Outcome::TimedOut => "check the network, the proxy, and AWS_ENDPOINT_URL if it is set",
        Outcome::Unrecorded => "the recording was made with other credentials or by another version: record it again",
        _ => "ask the account's administrator; sts:GetCallerIdentity needs no permission",
    }
}
