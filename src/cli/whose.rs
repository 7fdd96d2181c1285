//! Whose accounts, and where in them: the flags that every command has which reads live.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::aws::accounts;
use crate::aws::members::{Filter, Roster};
use crate::aws::recording::Recording;
use crate::aws::{Identity, Members, Shard, Share};

/// Where to read.
#[derive(Debug, Args)]
pub struct Where {
    /// Profile of the shared configuration (repeatable, or a list with commas; default: what the environment says)
    #[arg(long, value_name = "NAME", visible_alias = "profiles", value_delimiter = ',', help_heading = "Account")]
    profile: Vec<String>,
    /// Role to assume, one account each (repeatable)
    #[arg(long, value_name = "ARN", help_heading = "Account")]
    role_arn: Vec<String>,
    /// External id that the roles ask for
    #[arg(long, value_name = "ID", help_heading = "Account")]
    external_id: Option<String>,
    /// Region to read (repeatable, or a list with commas; default: every region that the account has enabled)
    #[arg(long, value_name = "REGION", visible_alias = "regions", value_delimiter = ',', value_parser = region, help_heading = "Account")]
    pub region: Vec<String>,
    /// Part of the accounts' API limits to use at the most, in percent; the rest stays with what runs there
    #[arg(long, value_name = "PERCENT", default_value = "50", value_parser = share, help_heading = "Account")]
    pub api_share: Share,
    /// How long reading may take (90s, 15m, 2h): what is not read by then is unknown [default: as long as it takes]
    #[arg(long, value_name = "DURATION", value_parser = duration, help_heading = "Account")]
    pub deadline: Option<Duration>,
    /// Replay a recording instead of asking AWS
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "role_arn", "region", "org", "accounts"], help_heading = "Account")]
    pub replay: Option<PathBuf>,
    /// Every account of the organization, each by --role; the account of the credentials themselves is read with them
    #[arg(long, conflicts_with_all = ["role_arn", "accounts"], requires = "role", help_heading = "Many accounts")]
    org: bool,
    /// Only accounts below this unit of the organization, by its id or name (repeatable)
    #[arg(long, value_name = "UNIT", requires = "org", help_heading = "Many accounts")]
    org_unit: Vec<String>,
    /// Only accounts with this tag; several of one key are alternatives (repeatable)
    #[arg(long, value_name = "KEY=VALUE", requires = "org", value_parser = tag, help_heading = "Many accounts")]
    org_tag: Vec<(String, String)>,
    /// Only accounts in this state, such as SUSPENDED (repeatable; default: ACTIVE)
    #[arg(long, value_name = "STATE", requires = "org", value_parser = state, help_heading = "Many accounts")]
    org_state: Vec<String>,
    /// The accounts of a file: one id a line, or CSV with the header account_id,role_arn,external_id,name
    #[arg(long, value_name = "FILE", conflicts_with = "role_arn", help_heading = "Many accounts")]
    accounts: Option<PathBuf>,
    /// The role by which each of them is entered: its name, or path and name
    #[arg(long, value_name = "NAME", value_parser = role, help_heading = "Many accounts")]
    role: Option<String>,
    /// Only this part of them, from 0: 0/4 is the first of four; auto/4 takes the index of an AWS Batch or Kubernetes job
    #[arg(long, value_name = "I/N", value_parser = shard, help_heading = "Many accounts")]
    shard: Option<Shard>,
}

impl Where {
    /// Whose credentials, for what knows no more than a few accounts.
    pub fn identities(&self) -> Result<Vec<Identity>> {
        if self.org || self.accounts.is_some() {
            bail!(
                "--org and --accounts are for what reads accounts: scan, check, snapshot and query; here name a --profile or a --role-arn"
            );
        }
        self.own()
    }

    /// Whose credentials; and, where they are only the way to many accounts, which.
    pub fn whose(&self) -> Result<(Vec<Identity>, Option<Members>)> {
        let own = self.own()?;
        let roster = match &self.accounts {
            Some(path) => {
                let named = || format!("--accounts {}", path.display());
                let text = std::fs::read_to_string(path).with_context(named)?;
                Some(Roster::Listed(accounts::parse(&text).map_err(anyhow::Error::msg).with_context(named)?))
            }
            None if self.org => {
                let states = if self.org_state.is_empty() { vec!["ACTIVE".to_owned()] } else { self.org_state.clone() };
                Some(Roster::Organization(Filter { units: self.org_unit.clone(), tags: self.org_tag.clone(), states }))
            }
            None => None,
        };
        let members =
            roster.map(|roster| Members { roster, role: self.role.clone(), external_id: self.external_id.clone(), shard: self.shard });
        if members.is_some() && own.len() > 1 {
            bail!("--org and --accounts go with one --profile at the most: the one whose credentials assume the roles");
        }
        Ok((own, members))
    }

    fn own(&self) -> Result<Vec<Identity>> {
        let is_many = self.org || self.accounts.is_some();
        if !is_many && (self.role.is_some() || self.shard.is_some()) {
            bail!("--role and --shard go with --org or --accounts FILE; a single role is named by its ARN, with --role-arn");
        }
        if self.external_id.is_some() && self.role_arn.is_empty() && !is_many {
            bail!("--external-id goes with --role-arn, --org or --accounts FILE");
        }
        let identity = |profile: Option<&String>, role: Option<&String>| Identity {
            profile: profile.cloned(),
            role_arn: role.cloned(),
            external_id: self.external_id.clone().filter(|_| role.is_some()),
        };
        match (&self.profile[..], &self.role_arn[..]) {
            ([], []) => Ok(vec![identity(None, None)]),
            (profiles, []) => Ok(profiles.iter().map(|profile| identity(Some(profile), None)).collect()),
            ([] | [_], roles) => Ok(roles.iter().map(|role| identity(self.profile.first(), Some(role))).collect()),
            _ => bail!("--role-arn goes with one --profile at the most: the one whose credentials assume the roles"),
        }
    }

    /// The recording that answers in AWS's place, if one does.
    pub fn recording(&self) -> Result<Option<Recording>> {
        self.replay.as_deref().map(|path| Recording::read(path).context("--replay")).transpose()
    }
}

/// A duration of more than nothing.
pub(super) fn duration(typed: &str) -> Result<Duration, String> {
    let parsed = typed.parse::<jiff::SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok());
    parsed.filter(|duration| !duration.is_zero()).ok_or_else(|| "write it like 90s, 15m or 1h30m".to_owned())
}

/// A part of the API limits, or what is wrong with it.
fn share(typed: &str) -> Result<Share, String> {
    let percent = typed.trim_end_matches('%').parse().ok().and_then(Share::percent);
    percent.ok_or_else(|| "from 1 to 100 percent of what AWS allows an account".to_owned())
}

/// A region's name, or what is wrong with it. Whether the account has it is asked later, and costs a call.
fn region(typed: &str) -> Result<String, String> {
    let parts: Vec<&str> = typed.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let (last, words) = parts.split_last().unwrap_or((&"", &[]));
    if words.len() >= 2 && words.iter().all(is_word) {
        let zone = last.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
        let is_number = !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_digit());
        match (is_number, zone.len() == last.len()) {
            (true, true) => return Ok(typed.to_owned()),
            (true, false) => return Err(format!("that is an availability zone; its region is {}-{zone}", words.join("-"))),
            (false, _) => {}
        }
    }
    Err("a region is called like eu-west-1; without --region every region of the account is read".to_owned())
}

fn tag(typed: &str) -> Result<(String, String), String> {
    match typed.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE, such as stage=prod".to_owned()),
    }
}

/// AWS's words; which there are it may change.
fn state(typed: &str) -> Result<String, String> {
    let is_word = !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    is_word.then(|| typed.to_ascii_uppercase()).ok_or_else(|| "an account is ACTIVE, SUSPENDED, CLOSED or the like".to_owned())
}

/// A role's name, with or without its path.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
pub fn role(typed: &str) -> Result<String, String> {
    if typed.starts_with("arn:") {
        return Err("it is the role's name, which is the same in every account, not its ARN".to_owned());
    }
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte));
    let name = typed.trim_start_matches('/');
    match name.split('/').all(is_part) && name.rsplit('/').next().is_some_and(|last| last.len() <= 64) {
        true => Ok(name.to_owned()),
        false => Err("a role's name has letters, digits and +=,.@_- , and a path before it ends in /".to_owned()),
    }
}

fn shard(typed: &str) -> Result<Shard, String> {
    Shard::parse(typed, |name| std::env::var(name).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_a_name_with_or_without_a_path() {
        assert_eq!(role("audit").unwrap(), "audit");
        assert_eq!(role("/ops/driftlead-audit").unwrap(), "ops/driftlead-audit");
        for wrong in ["", "/", "a//b", "a b", "arn:aws:iam::111122223333:role/audit", "ops/"] {
            assert!(role(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_tag_may_be_empty_and_its_key_may_not() {
        assert_eq!(tag("a=b=c").unwrap(), ("a".to_owned(), "b=c".to_owned()));
        assert_eq!(tag("a=").unwrap(), ("a".to_owned(), String::new()));
        assert!(tag("=b").is_err() && tag("a").is_err());
        assert_eq!(state("suspended").unwrap(), "SUSPENDED");
    }
}
