//! WHAT WAS SEALED: a manifest beside a snapshot says what the file holds, and is signed with a key of the user's.
//!
//! `audit.db.seal.json` ([`Manifest`], JSON, schema 1) has the file's hash, a digest of every table ([`digest`]), what the snapshot
//! says of itself, and the hash of the seal before. `audit.db.seal.json.sig` is its detached signature in OpenSSH's SSHSIG format,
//! which `ssh-keygen -Y verify -n driftlead-seal` checks as well as `driftlead verify` does. The manifest's bytes are what is signed:
//! there is no canonical form besides.
//!
//! A [`Verdict`] says what was proven and what was not; it never says more than it looked at. A signature proves who sealed and what,
//! not that what was sealed is true.

mod chain;
mod compare;
pub mod digest;
mod key;
mod make;
mod manifest;
mod open;
mod signature;
mod signers;
mod verify;

use std::path::{Path, PathBuf};

pub use chain::Previous;
pub use compare::Difference;
pub use key::{KeyError, SealingKey, VARIABLE};
pub use make::{Order, Sealed, seal};
pub use manifest::{Account, Manifest};
pub use signature::{Fault, NAMESPACE, check as check_signature};
pub use signers::{Known, Signers, SignersError};
pub use verify::{Claim, Question, Standing, Verdict, verify};

/// What a manifest's name ends in.
const MANIFEST: &str = ".seal.json";

/// Where the manifest of a snapshot lies: `audit.db.seal.json` beside `audit.db`.
pub fn manifest_of(snapshot: &Path) -> PathBuf {
    with_suffix(snapshot, MANIFEST)
}

/// Where the signature of a manifest lies: `audit.db.seal.json.sig`.
pub fn signature_of(manifest: &Path) -> PathBuf {
    with_suffix(manifest, ".sig")
}

/// Whether a manifest lies beside a snapshot. Whether it is true is what [`verify`] tells.
pub fn is_sealed(snapshot: &Path) -> bool {
    manifest_of(snapshot).exists()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The name of a file without its folder.
fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The folder in which a file lies.
fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Why a snapshot cannot be sealed, or a seal cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// SQLite cannot read the snapshot.
    #[error("{}: cannot be read: {source}", path.display())]
    Sqlite {
        /// The snapshot.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// There is one already; a seal is never made anew.
    #[error("{}: is sealed already, and a seal is never overwritten: driftlead verify tells whether it holds", .0.display())]
    SealedAlready(PathBuf),
    /// Something lies beside the snapshot that belongs to a database which is still being written.
    #[error("{}: lies beside the snapshot, which is thus still being written, or was left by a program that was killed: take a new snapshot", .0.display())]
    NotFinal(PathBuf),
    /// The file changed while it was hashed.
    #[error("{}: changed while it was being sealed: nothing was sealed", .0.display())]
    Changed(PathBuf),
    /// The key does not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What should be the seal before cannot be built on.
    #[error("{}: {why}: nothing was sealed. Name the seal before with --previous FILE, or begin a new chain with --previous none", path.display())]
    Previous {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// There is no seal.
    #[error("{}: no such file: the snapshot is not sealed, or its seal lies elsewhere (name it with --manifest FILE)", .0.display())]
    NoSeal(PathBuf),
    /// There is a manifest, and nobody signed it.
    #[error("{}: no such file: without a signature a manifest proves nothing", .0.display())]
    NoSignature(PathBuf),
}

impl SealError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    fn sqlite(path: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Sqlite { path, source }
    }
}

#[cfg(test)]
mod testing;
