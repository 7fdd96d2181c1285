//! `--since`: which snapshot the verdicts are compared with. It is judged with the same checks and the same configuration.
//!
//! [`join`] holds the verdicts of then against those of now.

use std::path::Path;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use super::Global;
use super::shelf::store;
use crate::inventory::Snapshot;
use crate::services;
use crate::store::{Meant, Store, StoreError};

mod join;

pub use join::Comparing;

/// The word for the last complete snapshot of the same account before this one.
pub const LAST: &str = "last";

/// What was named, made sure of before anything is read.
pub enum Wanted {
    /// A file.
    File(Box<Snapshot>),
    /// What the store has.
    Stored {
        /// The store.
        store: Store,
        /// The last moment, where one was named.
        end: Option<Timestamp>,
    },
}

/// What to compare with; without a snapshot there is none yet, and all is new.
pub struct Earlier(pub Option<Snapshot>);

impl Wanted {
    /// Finds out what was named: `last`, a file, or a time. `folder` is the store's, where one was named.
    ///
    /// # Errors
    /// When it is none of them, or the store has no snapshot that old.
    pub fn of(what: &str, folder: Option<&Path>) -> Result<Self> {
        let open = |path: &Path| Snapshot::open(path, &services::tables(), &services::views());
        let path = Path::new(what);
        // A file needs no store.
        if path.is_file() {
            return Ok(Self::File(Box::new(open(path)?)));
        }
        let store = store(folder)?;
        if what == LAST {
            return Ok(Self::Stored { store, end: None });
        }
        let now = Timestamp::now();
        match store.meant(what, now)? {
            Meant::File(path) => Ok(Self::File(Box::new(open(&path)?))),
            Meant::By(end) => match store.find(what, None, now) {
                // Which account it is about is known when it was read.
                Ok(_) | Err(StoreError::Several { .. }) => Ok(Self::Stored { store, end: Some(end) }),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// The snapshot that a later one is compared with.
    ///
    /// # Errors
    /// When the two cannot be compared, or it cannot be opened.
    pub fn earlier(self, global: &Global, later: &Snapshot) -> Result<Earlier> {
        let (store, end) = match self {
            Self::File(snapshot) => {
                comparable(&snapshot, later).context("--since")?;
                return Ok(Earlier(Some(*snapshot)));
            }
            Self::Stored { store, end } => (store, end),
        };
        let Some(entry) = store.before(&later.meta, end)? else {
            let accounts = later.meta.accounts.join(", ");
            let folder = store.folder().display();
            global.remark(&format!("{folder} holds no earlier complete snapshot of {accounts}: whatever fails is new."));
            return Ok(Earlier(None));
        };
        global.remark(&format!("Compared with {}.", entry.name()));
        Ok(Earlier(Some(Snapshot::open(&entry.path, &services::tables(), &services::views()).context("--since")?)))
    }
}

/// That one snapshot can be compared with a later one.
///
/// # Errors
/// When they have no account in common, or are the wrong way round.
pub fn comparable(older: &Snapshot, newer: &Snapshot) -> Result<()> {
    let (was, is) = (&older.meta, &newer.meta);
    let (older, newer) = (older.path.display(), newer.path.display());
    if !was.accounts.iter().any(|account| is.accounts.contains(account)) {
        let (their, own) = (was.accounts.join(", "), is.accounts.join(", "));
        bail!("{older} is of account {their}, {newer} of {own}: they have nothing in common");
    }
    if was.started_at > is.started_at {
        let (then, now) = (was.started_at.as_str(), is.started_at.as_str());
        bail!("{older} ({then}) is younger than {newer} ({now}): name the older one first");
    }
    Ok(())
}
