//! WHAT WAS: a folder of snapshots, so that there is something to compare with.
//!
//! Every scan puts its snapshot here. A file gets its name when it is whole, so two runs at once do not disturb each other, and what
//! lies here under another name, or is no snapshot at all, is never touched. A snapshot tells where an account is weak: folder and
//! files are for their owner only.

mod choose;
mod entry;
mod prune;
mod shelve;
mod when;

use std::path::{Path, PathBuf};

use crate::inventory::SnapshotError;

pub use choose::Meant;
pub use entry::Entry;
pub use prune::{Keep, Pruned};
pub use shelve::Staging;

/// Names a store when `--store` does not.
pub const VARIABLE: &str = "DRIFTLEAD_STORE";

/// Why a store cannot be used, or does not have what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nobody said where, and the user has no folder for data.
    #[error("there is no home folder to keep snapshots in: name a folder with --store DIR or in {VARIABLE}")]
    NoHome,
    /// The folder, or a file in it, cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A snapshot that was just written, or that was named, cannot be used.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// There is nothing to choose from.
    #[error("{} holds no complete snapshot{of}: driftlead scan puts one there", folder.display())]
    Empty {
        /// The store.
        folder: PathBuf,
        /// ` of ACCOUNT`, or nothing.
        of: String,
    },
    /// Several accounts, and none was named.
    #[error("{} holds snapshots of several accounts: name one of them with --account: {accounts}", folder.display())]
    Several {
        /// The store.
        folder: PathBuf,
        /// The accounts.
        accounts: String,
    },
    /// One is not two.
    #[error("{} holds only one complete snapshot{of}, of {at}: a comparison needs two; run driftlead scan again", folder.display())]
    OnlyOne {
        /// The store.
        folder: PathBuf,
        /// ` of ACCOUNT`, or nothing.
        of: String,
        /// When it was taken.
        at: String,
    },
    /// All are younger.
    #[error("no complete snapshot{of} in {} was taken by {what}: the oldest is of {oldest}", folder.display())]
    TooOld {
        /// The store.
        folder: PathBuf,
        /// ` of ACCOUNT`, or nothing.
        of: String,
        /// What was asked for.
        what: String,
        /// When the oldest was taken.
        oldest: String,
    },
    /// Neither a file nor a time.
    #[error("`{0}` is neither a snapshot's file nor a time: write 2026-11-20, 2026-11-20T10:00, yesterday, 7d or 12h (times are UTC)")]
    NotATime(String),
}

/// A folder of snapshots.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in a folder, which need not be there yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The user's own store: `snapshots` in driftlead's folder for data, as the system places such folders.
    ///
    /// # Errors
    /// When the user has no home.
    pub fn of_user() -> Result<Self, StoreError> {
        let folders = directories::ProjectDirs::from("", "", "driftlead").ok_or(StoreError::NoHome)?;
        Ok(Self::at(folders.data_local_dir().join("snapshots")))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
        let path = path.to_owned();
        move |source| StoreError::Io { path, source }
    }
}

#[cfg(test)]
mod testing {
    //! Stores to try things on.

    use super::Store;
    use crate::inventory::{Place, Snapshot, Time};

    /// A store in a folder that is gone with it.
    pub(super) struct Shelf {
        pub(super) store: Store,
        _folder: tempfile::TempDir,
    }

    impl Shelf {
        pub(super) fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            Self { store: Store::at(folder.path().join("snapshots")), _folder: folder }
        }

        /// Puts a snapshot of these accounts in, as a scan does.
        pub(super) fn scan(&self, started_at: &str, accounts: &[&str], complete: bool) -> std::path::PathBuf {
            let staging = self.store.stage().unwrap();
            let connection = Snapshot::create(Some(staging.path()), &[], &[]).unwrap();
            Snapshot::begin(&connection, "driftlead test", &Time::from_text(started_at.to_owned()), "", &[]).unwrap();
            let place = |account: &&str| Place { account_id: (*account).to_owned(), region: "us-east-1".to_owned(), in_scope: true };
            Snapshot::places(&connection, &accounts.iter().map(place).collect::<Vec<_>>()).unwrap();
            Snapshot::end(&connection, &Time::from_text(started_at.to_owned()), complete).unwrap();
            drop(connection);
            self.store.keep(&staging).unwrap()
        }

        /// The names of its snapshots, the oldest first.
        pub(super) fn names(&self) -> Vec<String> {
            self.store.list().unwrap().iter().map(super::Entry::name).collect()
        }
    }
}
