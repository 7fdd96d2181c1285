//! `verify`: prove that a snapshot is what was sealed, offline, or say what is not.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{Exit, Global, shelf};
use crate::collect::TOOL;
use crate::report::page::Page;
use crate::report::print_text;
use crate::seal::{self, Difference, Question, Signers, Standing, Verdict};

/// Prove that a snapshot is what was sealed, or say what is not
///
/// The signature proves who sealed, so the key that you trust has to be named: the one in the seal is worth nothing by itself.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 proven · 1 not what was sealed · 2 could not run: no such file, no seal · 3 cannot be said")]
pub struct Verify {
    /// The snapshot
    file: PathBuf,
    /// Public key that you trust, an id_….pub (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Trust")]
    key: Vec<PathBuf>,
    /// OpenSSH's file of allowed signers, with those that you trust
    #[arg(long, value_name = "FILE", help_heading = "Trust")]
    allowed_signers: Option<PathBuf>,
    /// Demand every seal before it, back to the first
    #[arg(long, help_heading = "Trust")]
    chain: bool,
    /// The seal's manifest, where it does not lie beside the snapshot
    #[arg(long, value_name = "FILE", help_heading = "Seal")]
    manifest: Option<PathBuf>,
    /// Folder in which seals before it may lie as well (default: DRIFTLEAD_STORE, or a folder with the user's data)
    #[arg(long, value_name = "DIR", help_heading = "Seal")]
    store: Option<PathBuf>,
    /// Format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    format: VerifyFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum VerifyFormat {
    /// For people
    Table,
    /// One JSON object, schema 1
    Json,
}

/// The version of the JSON.
const SCHEMA: u32 = 1;

impl Verify {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        let mut signers = Signers::default();
        for path in &self.key {
            signers.add_key(path).context("--key")?;
        }
        if let Some(path) = &self.allowed_signers {
            signers.add_allowed(path).context("--allowed-signers")?;
        }
        // Without a home there is no store to look in.
        let folders: Vec<PathBuf> = shelf::store(self.store.as_deref()).ok().map(|store| store.folder().to_owned()).into_iter().collect();
        let verdict = seal::verify(&Question {
            snapshot: &self.file,
            manifest: self.manifest.as_deref(),
            signers: &signers,
            is_chain_wanted: self.chain,
            folders: &folders,
        })?;
        match self.format {
            VerifyFormat::Table => self.page(global, &verdict).print()?,
            VerifyFormat::Json => print_text(&serde_json::to_string_pretty(&self.json(&verdict))?)?,
        }
        Ok(match verdict.standing() {
            Standing::Proven | Standing::Told => Exit::Clean,
            Standing::Broken => Exit::Found,
            Standing::Open => Exit::Unknown,
        })
    }

    fn page(&self, global: &Global, verdict: &Verdict) -> Page {
        let mut page = Page::new(global.style(0));
        let seal = match &verdict.manifest {
            Some(manifest) => format!("{}: sealed on {} by {}", verdict.path.display(), manifest.sealed_at, manifest.tool),
            None => verdict.path.display().to_string(),
        };
        page.title(&self.file.display().to_string(), &seal);
        page.prose(match verdict.standing() {
            Standing::Proven | Standing::Told => "PROVEN: it is what was sealed.",
            Standing::Broken => "NOT WHAT WAS SEALED.",
            Standing::Open => "CANNOT BE SAID: whether it is what was sealed.",
        });
        page.terms(
            "What was looked at",
            verdict.claims.iter().map(|claim| (claim.about.to_owned(), format!("{}: {}", claim.standing.word(), claim.text))),
        );
        page.terms("What differs", verdict.differences.iter().map(|difference| (difference.table.clone(), in_words(difference))));
        if let Some(manifest) = &verdict.manifest {
            let who = |account: &seal::Account| {
                let caller = account.caller.as_deref().unwrap_or("an identity that is not known");
                (account.id.clone(), format!("read by {caller}"))
            };
            page.terms("Whose it is, as sealed", manifest.snapshot.accounts.iter().map(who));
            if !manifest.remarks.is_empty() {
                page.heading("To know, as sealed");
            }
            manifest.remarks.iter().for_each(|remark| page.prose(remark));
        }
        page
    }

    fn json(&self, verdict: &Verdict) -> Value {
        let claim = |claim: &seal::Claim| json!({"about": claim.about, "standing": claim.standing.word(), "text": claim.text});
        let difference = |one: &Difference| {
            json!({
                "table": one.table, "sealed": one.sealed, "found": one.found, "changed": one.changed, "missing": one.missing,
                "added": one.added, "rows": one.rows, "text": one.text,
            })
        };
        let seal = verdict.manifest.as_ref().map(|manifest| {
            json!({
                "tool": manifest.tool, "sealed_at": manifest.sealed_at, "key": manifest.key, "file": manifest.file,
                "snapshot": manifest.snapshot, "remarks": manifest.remarks, "previous": manifest.previous,
            })
        });
        json!({
            "schema": SCHEMA,
            "tool": TOOL,
            "file": self.file.display().to_string(),
            "manifest": verdict.path.display().to_string(),
            "verdict": match verdict.standing() { Standing::Told => Standing::Proven, other => other }.word(),
            "claims": verdict.claims.iter().map(claim).collect::<Vec<_>>(),
            "tables": verdict.differences.iter().map(difference).collect::<Vec<_>>(),
            "seal": seal,
        })
    }
}

fn in_words(difference: &Difference) -> String {
    match &difference.rows[..] {
        [] => format!("{}.", difference.text),
        rows => format!("{}: {}", difference.text, rows.join(", ")),
    }
}
