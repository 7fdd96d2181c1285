//! `waive`: accepts what is found: writes a waiver into driftlead.toml, and records what `until_changed` waivers are granted on.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use jiff::Timestamp;

use super::{Checks, Exit, Global, shelf, vet};
use crate::check::waiver::{Grant, Grants, Waiver, day};
use crate::check::{Check, Config, Judge};
use crate::config::{Configuration, grants};
use crate::finding::Status;
use crate::inventory::Snapshot;
use crate::report::print_rows;
use crate::report::text::count;
use crate::services;

/// Accept what is found, with a reason, an owner and an end
///
/// With a check and a resource, a [[waiver]] for them is added to driftlead.toml. Without, or with --until-changed, a snapshot is
/// judged, and what each waiver with `until_changed = true` matches there is recorded in driftlead.waivers.toml: it holds for that,
/// as it is, and ends when the evidence changes.
#[derive(Debug, Args)]
pub struct Waive {
    /// A check's id, or a pattern such as vpc/*
    #[arg(value_name = "CHECK", requires_all = ["resource", "reason", "owner"])]
    check: Option<String>,
    /// An ARN, what it ends in, or a pattern
    #[arg(value_name = "RESOURCE")]
    resource: Option<String>,
    /// Why it is accepted; it stands in every report
    #[arg(long, value_name = "TEXT", requires = "check", help_heading = "The waiver")]
    reason: Option<String>,
    /// Who answers for it
    #[arg(long, value_name = "WHO", requires = "check", help_heading = "The waiver")]
    owner: Option<String>,
    /// The last day on which it holds
    #[arg(long, value_name = "DAY", requires = "check", value_parser = day, help_heading = "The waiver")]
    expires: Option<String>,
    /// It ends when the evidence changes
    #[arg(long, requires = "check", help_heading = "The waiver")]
    until_changed: bool,
    /// What it is called (default: the check and the resource)
    #[arg(long, value_name = "TEXT", requires = "check", help_heading = "The waiver")]
    name: Option<String>,
    /// Grant only the waiver of this name (repeatable)
    #[arg(long, value_name = "NAME", conflicts_with = "check", help_heading = "What it is granted on")]
    only: Vec<String>,
    /// The snapshot (default: the latest complete one of the store)
    #[arg(long, value_name = "FILE|TIME", help_heading = "What it is granted on")]
    from: Option<String>,
    /// The account, where the store has snapshots of several
    #[arg(long, value_name = "ID", help_heading = "What it is granted on")]
    account: Option<String>,
    /// Folder with snapshots (default: DRIFTLEAD_STORE, or a folder with the user's data)
    #[arg(long, value_name = "DIR", help_heading = "What it is granted on")]
    store: Option<PathBuf>,
    #[command(flatten)]
    checks: Checks,
}

impl Waive {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        let path = self.checks.config.clone().unwrap_or_else(|| PathBuf::from("driftlead.toml"));
        let all = self.checks.all()?;
        match (&self.check, &self.resource) {
            (Some(check), Some(resource)) => self.add(global, &path, &all, check, resource),
            _ if self.from.is_none() && !path.is_file() => {
                bail!("{}: there is no such file, so there is no waiver to grant (driftlead init writes one)", path.display())
            }
            _ => {
                let mut config = Configuration::read(&path)?;
                config.checks.fits(&all)?;
                self.grant(global, &path, all, config.checks, &self.only)
            }
        }
    }

    /// Adds a waiver to the configuration; what stands there stays as it is.
    fn add(&self, global: &Global, path: &Path, all: &[Check], check: &str, resource: &str) -> Result<Exit> {
        let old = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let name = self.name.clone().unwrap_or_else(|| format!("{check} {resource}"));
        let (reason, owner) = (self.reason.as_deref().unwrap_or(""), self.owner.as_deref().unwrap_or(""));
        let mut lines = vec!["[[waiver]]".to_owned()];
        let mut set = |key: &str, value: toml::Value| lines.push(format!("{key} = {value}"));
        let text = |text: &str| toml::Value::String(text.to_owned());
        set("name", text(&name));
        set("reason", text(reason));
        set("owner", text(owner));
        self.expires.iter().for_each(|day| set("expires", text(day)));
        if self.until_changed {
            set("until_changed", toml::Value::Boolean(true));
        }
        set("checks", toml::Value::Array(vec![text(check)]));
        set("match.resource", toml::Value::Array(vec![text(resource)]));
        let gap = if old.is_empty() || old.ends_with("\n\n") { "" } else { "\n" };
        let end = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
        let new = format!("{old}{end}{gap}{}\n", lines.join("\n"));
        // What was wrong before is not made worse, and what would be wrong is not written.
        let mut config = Configuration::parse(path, &new)?;
        config.checks.fits(all)?;
        if self.until_changed {
            config.checks.grant(&grants(path)?);
            let judged = self.judged(all.to_vec(), config.checks, std::slice::from_ref(&name))?;
            write(path, &new)?;
            global.remark(&format!("The waiver \"{name}\" is added to {}.", path.display()));
            return self.record(global, path, judged);
        }
        write(path, &new)?;
        global.remark(&format!("The waiver \"{name}\" is added to {}.", path.display()));
        Ok(Exit::Clean)
    }

    fn grant(&self, global: &Global, path: &Path, all: Vec<Check>, config: Config, only: &[String]) -> Result<Exit> {
        let judged = self.judged(all, config, only)?;
        self.record(global, path, judged)
    }

    /// What the waivers match in the snapshot.
    fn judged(&self, all: Vec<Check>, config: Config, only: &[String]) -> Result<Judged> {
        if let Some(unknown) = only.iter().find(|name| !config.waivers().iter().any(|waiver| waiver.name == **name)) {
            bail!("--only: no waiver is called \"{unknown}\" in {}", config.path.display());
        }
        let store = shelf::store(self.store.as_deref())?;
        let entry = match &self.from {
            Some(what) => store.find(what, self.account.as_deref(), Timestamp::now()).context("--from")?,
            None => store.of_account(self.account.as_deref())?.pop().context("the store has no snapshot: name one with --from")?,
        };
        let snapshot = Snapshot::open(&entry.path, &services::tables(), &services::views()).context("--from")?;
        let at = snapshot.meta.started_at.as_str().to_owned();
        let is_meant = |waiver: &Waiver| waiver.until_changed && (only.is_empty() || only.contains(&waiver.name));
        let mut judged = Judged { from: entry.path, grants: Vec::new(), names: BTreeMap::new(), decided: BTreeSet::new() };
        for waiver in config.waivers().iter().filter(|waiver| is_meant(waiver)) {
            judged.names.insert(waiver.name.clone(), waiver.has_ended(&at));
        }
        if judged.names.is_empty() {
            bail!("{} has no waiver with until_changed = true: only those are granted", config.path.display());
        }
        let tables = services::tables();
        let judge = Judge::new(&snapshot, &tables, &config, false).context("the snapshot's ledger")?;
        for (check, vetted) in vet(all)? {
            let mut note = |finding: &crate::finding::Finding, waivers: &[&Waiver]| {
                if finding.status != Status::Unknown {
                    judged.decided.insert(finding.fingerprint.clone());
                }
                let granted = waivers.iter().filter(|waiver| judged.names.get(&waiver.name) == Some(&false));
                judged.grants.extend(granted.map(|waiver| Grant::of(waiver, finding, &at)));
            };
            judge.waived(&check, &vetted, &mut note).with_context(|| check.id.clone())?;
        }
        if judged.grants.is_empty() {
            let names: Vec<String> = judged.names.keys().map(|name| format!("\"{name}\"")).collect();
            bail!("{} matches nothing in {}: there is nothing to grant", names.join(", "), judged.from.display());
        }
        Ok(judged)
    }

    /// Writes what was granted, and shows it.
    fn record(&self, global: &Global, config: &Path, judged: Judged) -> Result<Exit> {
        let mut file = grants(config)?;
        let before = std::mem::take(&mut file.grant);
        let is_same = |one: &Grant, other: &Grant| (&one.waiver, &one.fingerprint) == (&other.waiver, &other.fingerprint);
        let known: BTreeSet<String> = Configuration::read(config)?.checks.waivers().iter().map(|waiver| waiver.name.clone()).collect();
        let mut rows = Vec::new();
        for grant in &judged.grants {
            let word = match before.iter().find(|old| is_same(old, grant)) {
                None => "granted",
                Some(old) if old.evidence_digest == grant.evidence_digest => "as before",
                Some(_) => "granted anew",
            };
            rows.push(vec![grant.waiver.clone(), word.to_owned(), grant.check.clone(), grant.resource.clone()]);
        }
        // What this snapshot cannot tell stays granted; what it tells otherwise, or what no waiver is there for, does not.
        let (mut kept, mut dropped) = (Vec::new(), 0);
        for old in before.into_iter().filter(|old| !judged.grants.iter().any(|grant| is_same(old, grant))) {
            let is_over = judged.names.contains_key(&old.waiver) && judged.decided.contains(&old.fingerprint);
            match is_over || !known.contains(&old.waiver) {
                true => dropped += 1,
                false => kept.push(old),
            }
        }
        file.grant = judged.grants.into_iter().chain(kept).collect();
        let path = Grants::path(config);
        write(&path, &file.text()?)?;
        print_rows(global.style(0), &["waiver", "granted", "check", "resource"], &rows)?;
        for (name, _) in judged.names.iter().filter(|(name, _)| !rows.iter().any(|row| row[0] == **name)) {
            let why = if judged.names[name] { "ended" } else { "matches nothing there" };
            global.remark(&format!("The waiver \"{name}\" {why}: nothing is granted."));
        }
        if dropped > 0 {
            global.remark(&format!("{} that held no more taken out.", count(dropped, "grant")));
        }
        global.remark(&format!("Written to {}, from {}.", path.display(), judged.from.display()));
        Ok(Exit::Clean)
    }
}

/// What a snapshot says to the waivers that hold until the evidence changes.
struct Judged {
    from: PathBuf,
    grants: Vec<Grant>,
    /// The waivers that were asked for, and whether they ended.
    names: BTreeMap<String, bool>,
    /// The fingerprints of all verdicts that are none of "cannot say".
    decided: BTreeSet<String>,
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        // A temporary file is for its owner only; this one is kept with the configuration.
        if let Ok(old) = std::fs::metadata(path) {
            file.as_file().set_permissions(old.permissions())?;
        }
        file.persist(path).map(drop).map_err(|error| error.error)
    };
    write().with_context(|| format!("{}: cannot be written", path.display()))
}
