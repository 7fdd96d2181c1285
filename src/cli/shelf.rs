//! The store of snapshots, as the flags name it; and the way of a scan's snapshot into it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use super::Global;
use crate::inventory::Snapshot;
use crate::report::text::count;
use crate::report::{error_text, remark};
use crate::services;
use crate::store::{Keep, Staging, Store, StoreError, VARIABLE};

/// Whether and where a scan keeps its snapshot.
#[derive(Debug, Args)]
pub struct Storing {
    /// Folder with snapshots, into which this one goes too (default: DRIFTLEAD_STORE, or a folder with the user's data)
    #[arg(long, value_name = "DIR", conflicts_with = "no_store", help_heading = "Output")]
    store: Option<PathBuf>,
    /// Put no snapshot into the store
    #[arg(long, help_heading = "Output")]
    no_store: bool,
}

impl Storing {
    /// The folder that was named.
    pub fn folder(&self) -> Option<&Path> {
        self.store.as_deref()
    }

    /// Where earlier snapshots are; none where none is to be kept, as of a replay that names no store.
    pub fn history(&self, is_replay: bool) -> Option<Store> {
        let is_wanted = !self.no_store && (!is_replay || self.store.is_some());
        store(self.store.as_deref()).ok().filter(|_| is_wanted)
    }
}

/// The store that is meant: the one of the flag, of the environment, or the user's own.
pub fn store(named: Option<&Path>) -> Result<Store, StoreError> {
    let variable = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty());
    match named.map(Path::as_os_str).or(variable.as_deref()) {
        Some(folder) => Ok(Store::at(<OsStr as AsRef<Path>>::as_ref(folder))),
        None => Store::of_user(),
    }
}

/// A store with a place in it for the snapshot that is about to be taken.
pub struct Shelf {
    store: Store,
    staging: Staging,
}

impl Shelf {
    /// Makes the place. None when no snapshot is to be kept, as of a replay that names no store; or when the store cannot be
    /// written, which is said and keeps nobody from scanning.
    pub fn open(storing: &Storing, is_replay: bool) -> Option<Self> {
        if storing.no_store || (is_replay && storing.store.is_none()) {
            return None;
        }
        let staged = store(storing.store.as_deref()).and_then(|store| Ok(Self { staging: store.stage()?, store }));
        staged.map_err(not_kept).ok()
    }

    /// Where the snapshot is to be taken.
    pub fn path(&self) -> &Path {
        self.staging.path()
    }

    /// Brings what a scan that was killed has left in the store to this place, if there is such.
    pub fn take_up(&self) -> Result<(), StoreError> {
        self.store.take_up(&self.staging).map(|_| ())
    }

    /// Leaves the place as it is, for a later scan to go on with.
    pub fn leave(self) {
        self.staging.leave();
    }

    /// Puts the snapshot that was taken here into the store, and gives it back from there; and whether it is there. Where that
    /// fails, it is given back from where it is.
    pub fn keep(&self, global: &Global, snapshot: Snapshot, rule: &Keep) -> Result<(Snapshot, bool)> {
        // It gets another name: nobody may hold it open meanwhile.
        drop(snapshot);
        let kept = self.store.keep(&self.staging).map_err(not_kept).ok();
        let path = kept.as_deref().unwrap_or(self.path());
        let snapshot = Snapshot::reopen(path, &services::tables(), &services::views())?;
        if kept.is_some() {
            self.tell(global, &snapshot, path, rule);
        }
        Ok((snapshot, kept.is_some()))
    }

    /// Puts a copy of a snapshot that was taken elsewhere into the store.
    pub fn copy(&self, global: &Global, snapshot: &Snapshot, rule: &Keep) {
        match self.store.copy(&snapshot.path) {
            Ok(path) => self.tell(global, snapshot, &path, rule),
            Err(error) => not_kept(error),
        }
    }

    /// Says where the snapshot is, and forgets what is too old by the rule.
    fn tell(&self, global: &Global, snapshot: &Snapshot, path: &Path, rule: &Keep) {
        global.remark(&format!("The snapshot is kept as {}.", path.display()));
        // Ages are counted from the snapshot that came last: a clock that is wrong today costs nothing.
        let Ok(now) = snapshot.meta.started_at.as_str().parse() else { return };
        match self.store.prune(rule, now) {
            Ok(pruned) => {
                if !pruned.removed.is_empty() {
                    let number = count(pruned.removed.len(), "older snapshot");
                    global.remark(&format!("{number} removed from the store, by [store] in driftlead.toml or its defaults."));
                }
                for (path, error) in pruned.failed {
                    global.remark(&format!("{}: is too old for the store and cannot be removed: {error}", path.display()));
                }
            }
            Err(error) => global.remark(&format!("Older snapshots cannot be removed: {error}")),
        }
    }
}

/// An error, if none that ends a run: the next one will have nothing to compare with. So not even `--quiet` hides it.
fn not_kept(error: StoreError) {
    let error = error_text(&error.into());
    remark(&format!("The snapshot is not kept: {error}. Name another folder with --store DIR, or leave the store out with --no-store."));
}
