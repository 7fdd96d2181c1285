//! `drift --bisect`: in which snapshot of the store a check's verdict on a resource turned.
//!
//! The snapshots are asked from the latest on, one after the other, until one says something else: a verdict may turn more than once,
//! and the last time is what matters. A snapshot that cannot say is stepped over, and shown. The checks are those of today.

use anyhow::{Context, Result, anyhow, bail};

use super::absence::{Absence, absence};
use super::{Exit, vet};
use crate::check::{Check, Config, Judge, Vetted, select};
use crate::finding::Status;
use crate::inventory::{GLOBAL, Snapshot};
use crate::report::turn::{Said, Seen, Turn};
use crate::services;
use crate::store::{Entry, Store};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The check, vetted ([`one`] finds it).
    pub check: &'a (Check, Vetted),
    /// The configuration.
    pub config: &'a Config,
    /// The ARN of the resource.
    pub resource: &'a str,
    /// The account; without it, the one whose resource it is.
    pub account: Option<&'a str>,
}

/// The check of that id.
///
/// # Errors
/// When there is none, with ids that come near; when it is a pattern.
pub fn one(all: &[Check], id: &str) -> Result<(Check, Vetted)> {
    let Some(check) = all.iter().find(|check| check.id == id) else {
        select(all, &[id.to_owned()])?;
        bail!("--bisect takes one check's id, not a pattern: driftlead list checks shows all");
    };
    vet(vec![check.clone()])?.pop().context("the check")
}

/// Goes through the complete snapshots of the account from the latest on, until the verdict is another one.
///
/// # Errors
/// When the store has no snapshot of the account, or none in which the resource is.
pub fn bisect(store: &Store, asked: &Asked<'_>) -> Result<Turn> {
    if !asked.resource.starts_with("arn:") {
        bail!("--bisect takes a check and an ARN, such as arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-0a1b2c");
    }
    let account = account_of(store, asked)?;
    let mut stepped_over = Vec::new();
    let (mut latest, mut since, mut before) = (None, None::<Seen>, None);
    let mut number = 0;
    for entry in store.of_account(Some(&account))?.iter().rev() {
        let seen = Seen {
            at: entry.started_at().to_owned(),
            path: entry.path.display().to_string(),
            said: said(entry, asked, &account).with_context(|| entry.path.display().to_string())?,
        };
        number += 1;
        latest.get_or_insert_with(|| seen.clone());
        if !seen.is_decided() {
            stepped_over.push(seen);
        } else if since.as_ref().is_none_or(|since| since.word() == seen.word()) {
            since = Some(seen);
        } else {
            before = Some(seen);
            break;
        }
    }
    let never_there = before.is_none() && since.as_ref().is_none_or(|since| since.said == Said::NotThere);
    let is_named = |seen: &Seen| matches!(&seen.said, Said::Verdict(finding) if finding.resource == asked.resource);
    let Some(latest) = latest.filter(|_| !never_there || stepped_over.iter().any(is_named)) else {
        return Err(nowhere(store, asked, number));
    };
    let (check, resource) = (asked.check.0.id.clone(), asked.resource.to_owned());
    Ok(Turn { check, resource, latest, since, before, stepped_over, asked: number })
}

/// The exit code that the latest snapshot stands for.
pub fn exit(turn: &Turn) -> Exit {
    match &turn.latest.said {
        Said::Verdict(finding) if finding.status == Status::Fail => Exit::Found,
        _ if !turn.latest.is_decided() => Exit::Unknown,
        _ => Exit::Clean,
    }
}

/// Whose resource it is: as was said, as the ARN says, or as the latest snapshot says that has it.
fn account_of(store: &Store, asked: &Asked<'_>) -> Result<String> {
    if let Some(account) = asked.account {
        return Ok(account.to_owned());
    }
    let entries: Vec<Entry> = store.list()?.into_iter().filter(Entry::is_complete).collect();
    let own = asked.resource.split(':').nth(4).unwrap_or("");
    if entries.iter().flat_map(Entry::accounts).any(|account| account == own) {
        return Ok(own.to_owned());
    }
    let sql = format!("select account_id from {} where arn = ? order by 1 limit 1", asked.check.1.subject);
    for entry in entries.iter().rev() {
        let Ok(snapshot) = Snapshot::open(&entry.path, &services::tables(), &services::views()) else { continue };
        if let Some(account) = snapshot.connection().prepare(&sql)?.query_map([asked.resource], |row| row.get(0))?.next() {
            return Ok(account?);
        }
    }
    if entries.is_empty() {
        // Says what the store lacks.
        store.of_account(None)?;
    }
    Err(nowhere(store, asked, entries.len()))
}

fn nowhere(store: &Store, asked: &Asked<'_>, number: usize) -> anyhow::Error {
    let of = asked.account.map_or_else(String::new, |account| format!(" of {account}"));
    let folder = store.folder().display();
    anyhow!("{} is in none of the {number} complete snapshots{of} in {folder}: compare it with what driftlead query says", asked.resource)
}

/// What one snapshot says.
fn said(entry: &Entry, asked: &Asked<'_>, account: &str) -> Result<Said> {
    let tables = services::tables();
    let snapshot = match Snapshot::open(&entry.path, &tables, &services::views()) {
        Ok(snapshot) => snapshot,
        Err(error) => return Ok(Said::Unread(error.to_string())),
    };
    let judge = Judge::new(&snapshot, &tables, asked.config, true).context("the snapshot's ledger")?;
    let region = asked.resource.split(':').nth(3).unwrap_or("");
    let (mut of_resource, mut of_place) = (None, None);
    judge.run_all(std::slice::from_ref(asked.check), Some(asked.resource), &mut |finding| {
        if finding.account == account || finding.account.is_empty() {
            let may_be_here = region.is_empty() || [region, GLOBAL, ""].contains(&finding.region.as_str());
            match finding.resource.is_empty() {
                false => of_resource = Some(finding),
                true if may_be_here => of_place = Some(finding),
                true => {}
            }
        }
        Ok::<_, anyhow::Error>(())
    })?;
    if let Some(finding) = of_resource.or(of_place) {
        return Ok(Said::Verdict(Box::new(finding)));
    }
    Ok(match absence(&snapshot, &asked.check.1.subject, asked.resource, account, region)? {
        Absence::NotAsked => Said::NotAsked,
        Absence::NotThere => Said::NotThere,
        Absence::Unread(why) => Said::Unread(why),
    })
}
