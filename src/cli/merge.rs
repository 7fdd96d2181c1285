//! `merge`: join snapshots of different accounts into one.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::seal::refuse_sealed;
use super::{Exit, Global};
use crate::check::coverage;
use crate::inventory::{Held, Snapshot, merge, unfinished};
use crate::report::Format;
use crate::report::text::count;
use crate::seal::{self, Question, Signers, Standing, is_sealed, manifest_of};
use crate::services;

/// Join snapshots of different accounts into one
///
/// What several machines read, each with a --shard of its own, becomes what one run would have written: findings that need more than
/// one account see all of them. All must be of one version and have read the same tables; an account may be in one of them only.
#[derive(Debug, Args)]
#[command(after_help = "The snapshot's clock is that of the part that began first. It is complete when all parts are.")]
pub struct Merge {
    /// The snapshots
    #[arg(required = true, value_name = "FILE")]
    parts: Vec<PathBuf>,
    /// The new one
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: PathBuf,
    /// Public key that you trust, an id_….pub: every part must then be sealed by it (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Trust")]
    key: Vec<PathBuf>,
    /// OpenSSH's file of allowed signers: every part must then be sealed by one of them
    #[arg(long, value_name = "FILE", help_heading = "Trust")]
    allowed_signers: Option<PathBuf>,
}

impl Merge {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        if Format::of(&self.output).is_some() {
            bail!("-o {}: a snapshot is a database, call it .db; reports are what driftlead scan writes", self.output.display());
        }
        let same =
            |path: &PathBuf| std::fs::canonicalize(path).ok().is_some_and(|path| std::fs::canonicalize(&self.output).ok() == Some(path));
        if let Some(part) = self.parts.iter().find(|part| same(part)) {
            bail!("-o {}: is one of the parts, {}: give the new one another name", self.output.display(), part.display());
        }
        refuse_sealed(&self.output)?;
        self.look_at_seals(global)?;
        let partial = unfinished(&self.output);
        let io = |source: std::io::Error| anyhow::anyhow!("-o {}: {source}", self.output.display());
        let Some(_held) = Held::take(&partial).map_err(io)? else {
            bail!("-o {}: another driftlead is writing it", self.output.display());
        };
        let (tables, views) = (services::tables(), services::views());
        if let Err(error) = merge(&partial, &self.parts, &tables, &views) {
            let _ = std::fs::remove_file(&partial);
            return Err(error.into());
        }
        std::fs::rename(&partial, &self.output).map_err(io)?;
        let snapshot = Snapshot::reopen(&self.output, &tables, &views)?;
        let coverage = coverage(snapshot.connection())?;
        global.remark(&format!(
            "{}: {}, {}, {}. Judge it with driftlead scan --from {0}",
            self.output.display(),
            count(snapshot.meta.accounts.len(), "account"),
            count(usize::try_from(coverage.calls).unwrap_or(usize::MAX), "call"),
            count(coverage.gaps.len(), "gap")
        ));
        if !snapshot.meta.complete {
            global.remark("A part was cut short: the whole is incomplete, and says so.");
        }
        Ok(match (snapshot.meta.complete, coverage.gaps.is_empty()) {
            (false, _) => Exit::Failed,
            (true, false) => Exit::Unknown,
            (true, true) => Exit::Clean,
        })
    }

    /// Verifies the seals of the parts as far as keys were named, and says what was not.
    fn look_at_seals(&self, global: &Global) -> Result<()> {
        let mut signers = Signers::default();
        for path in &self.key {
            signers.add_key(path).context("--key")?;
        }
        if let Some(path) = &self.allowed_signers {
            signers.add_allowed(path).context("--allowed-signers")?;
        }
        let is_demanded = !self.key.is_empty() || self.allowed_signers.is_some();
        let (sealed, unsealed): (Vec<&PathBuf>, Vec<&PathBuf>) = self.parts.iter().partition(|part| is_sealed(part));
        if let Some(part) = unsealed.first().filter(|_| is_demanded) {
            bail!("{}: is not sealed, and a key was named by which it should be", part.display());
        }
        for part in &sealed {
            let question = Question { snapshot: part, manifest: None, signers: &signers, is_chain_wanted: false, folders: &[] };
            match (seal::verify(&question)?.standing(), is_demanded) {
                (Standing::Proven | Standing::Told, _) => {}
                (Standing::Broken, _) => bail!("{}: is not what was sealed: driftlead verify {0} tells what differs", part.display()),
                (Standing::Open, true) => bail!("{}: cannot be proven: driftlead verify {0} --key FILE tells why", part.display()),
                (Standing::Open, false) => {}
            }
        }
        let names = |parts: &[&PathBuf]| parts.iter().map(|part| part.display().to_string()).collect::<Vec<_>>().join(", ");
        match (sealed.is_empty(), is_demanded) {
            (false, true) => global.remark("Every part is what was sealed. The whole is not sealed: driftlead seal does it."),
            (false, false) => {
                let also = if unsealed.is_empty() { String::new() } else { format!("; not sealed: {}", names(&unsealed)) };
                let first = sealed.first().map_or_else(String::new, |part| manifest_of(part).display().to_string());
                global.remark(&format!(
                    "{} as sealed ({first}, …), by whom was not looked at: name whom you trust with --key{also}",
                    count(sealed.len(), "part")
                ));
            }
            (true, _) => global.remark("No part is sealed: whether one was changed since it was taken cannot be said."),
        }
        Ok(())
    }
}
