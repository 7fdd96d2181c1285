//! `seal`: sign what a snapshot holds; and the same for one that `snapshot` has just taken.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::{Exit, Global, shelf};
use crate::collect::TOOL;
use crate::inventory::Snapshot;
use crate::seal::{self, Order, Previous, SealingKey, VARIABLE, is_sealed, manifest_of, signature_of};
use crate::services;

/// Sign what a snapshot holds, so that it can be proven later
///
/// Writes FILE.seal.json, which says what the file holds, and FILE.seal.json.sig, its signature, which ssh-keygen understands too. The
/// snapshot is not touched, and a seal is never overwritten.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct Seal {
    /// The snapshot
    file: PathBuf,
    /// OpenSSH private key that signs
    #[arg(long, value_name = "FILE", help_heading = "Seal")]
    key: PathBuf,
    /// The seal to chain it to, or `none` (default: the latest of the same accounts, beside it or in the store)
    #[arg(long, value_name = "FILE", help_heading = "Seal")]
    previous: Option<PathBuf>,
}

const AFTER: &str = "The passphrase of a key that has one is read from DRIFTLEAD_KEY_PASSPHRASE.";

/// Whether and how a snapshot that is being taken is sealed.
#[derive(Debug, Args)]
pub struct Sealing {
    /// Seal it: FILE.seal.json says what it holds and is signed, so that driftlead verify can prove it later
    #[arg(long, requires = "key", help_heading = "Seal")]
    seal: bool,
    /// OpenSSH private key that signs; its passphrase is read from DRIFTLEAD_KEY_PASSPHRASE
    #[arg(long, value_name = "FILE", requires = "seal", help_heading = "Seal")]
    key: Option<PathBuf>,
    /// The seal to chain it to, or `none` (default: the latest of the same accounts, beside it or in the store)
    #[arg(long, value_name = "FILE", requires = "seal", help_heading = "Seal")]
    pub previous: Option<PathBuf>,
}

impl Sealing {
    /// The key that is to sign, if it is to be sealed.
    pub fn key(&self) -> Result<Option<SealingKey>> {
        self.key.as_deref().map(read_key).transpose()
    }
}

impl Seal {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        let key = read_key(&self.key)?;
        // What is damaged, or no snapshot, is not sealed.
        drop(Snapshot::open(&self.file, &services::tables(), &services::views())?);
        seal(global, &self.file, &key, self.previous.as_deref())?;
        Ok(Exit::Clean)
    }
}

fn read_key(path: &Path) -> Result<SealingKey> {
    let passphrase = std::env::var(VARIABLE).ok();
    SealingKey::read(path, passphrase.as_deref()).context("--key")
}

/// Seals a snapshot, and says so.
pub fn seal(global: &Global, file: &Path, key: &SealingKey, previous: Option<&Path>) -> Result<()> {
    let previous = match previous {
        None => Previous::Search,
        Some(path) if path == Path::new("none") => Previous::None,
        Some(path) => Previous::File(path.to_owned()),
    };
    // Without a home there is no store to look in.
    let folders: Vec<PathBuf> = shelf::store(None).ok().map(|store| store.folder().to_owned()).into_iter().collect();
    let order = Order { snapshot: file, key, previous: &previous, folders: &folders, tool: TOOL, clock: &jiff::Timestamp::now };
    let sealed = seal::seal(&order).context("seal")?;
    let signed = &sealed.manifest.key;
    let after = match &sealed.manifest.previous {
        Some(link) => format!("It follows {} of {}.", link.file, link.sealed_at),
        None => "It is the first of its chain.".to_owned(),
    };
    global.remark(&format!(
        "{} and {} seal it, by {} {}. {after}",
        sealed.path.display(),
        signature_of(&sealed.path).display(),
        signed.algorithm,
        signed.fingerprint
    ));
    sealed.manifest.remarks.iter().for_each(|remark| global.remark(remark));
    Ok(())
}

/// Refuses to write a snapshot over one that is sealed: its seal would prove nothing any more.
pub fn refuse_sealed(path: &Path) -> Result<()> {
    if is_sealed(path) {
        bail!("-o {}: is sealed by {}: give the new one another name", path.display(), manifest_of(path).display());
    }
    Ok(())
}
