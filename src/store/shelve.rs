//! How a snapshot gets into a store: taken in a folder of its own there, and named when it is whole.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tempfile::{TempDir, TempPath};

use super::entry::SUFFIX;
use super::{Store, StoreError};
use crate::inventory::{Held, Meta, Snapshot, unfinished};

/// How the folders begin in which snapshots are taken.
pub(super) const TAKING: &str = ".taking-";

/// What a snapshot is called while it is being taken.
const FILE: &str = "snapshot.db";

/// A place in a store for a snapshot that has no name yet; what is left in it is gone with it.
#[derive(Debug)]
pub struct Staging {
    path: PathBuf,
    folder: TempDir,
}

impl Staging {
    /// Where the snapshot is to be written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves what is in it for a later run.
    pub fn leave(self) {
        let _ = self.folder.keep();
    }
}

impl Store {
    /// Makes a place for a snapshot, and the store itself if it is not there yet.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn stage(&self) -> Result<Staging, StoreError> {
        make_folder(&self.folder).map_err(Self::io(&self.folder))?;
        let folder = tempfile::Builder::new().prefix(TAKING).tempdir_in(&self.folder).map_err(Self::io(&self.folder))?;
        Ok(Staging { path: folder.path().join(FILE), folder })
    }

    /// Moves what a run that was killed left unfinished in this store to a new place: the latest that nobody is writing.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn take_up(&self, staging: &Staging) -> Result<bool, StoreError> {
        let mut left: Vec<(std::time::SystemTime, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(Self::io(&self.folder))? {
            let folder = entry.map_err(Self::io(&self.folder))?.path();
            let is_taking = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(TAKING));
            let file = unfinished(&folder.join(FILE));
            if is_taking && let Ok(meta) = std::fs::metadata(&file) {
                left.push((meta.modified().map_err(Self::io(&file))?, file));
            }
        }
        left.sort();
        while let Some((_, file)) = left.pop() {
            // Held by another run: it is being written.
            let Some(held) = Held::take(&file).map_err(Self::io(&file))? else { continue };
            let to = unfinished(&staging.path);
            let journal = |path: &Path| path.with_extension("partial-journal");
            if journal(&file).exists() {
                // Without it the last transaction could not be taken back.
                std::fs::rename(journal(&file), journal(&to)).map_err(Self::io(&file))?;
            }
            std::fs::rename(&file, &to).map_err(Self::io(&file))?;
            drop(held);
            if let Some(folder) = file.parent() {
                let _ = std::fs::remove_dir(folder);
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// Gives a snapshot that was written to its place, and closed, its name in the store: no other snapshot is ever overwritten.
    ///
    /// # Errors
    /// When the file is no snapshot, or cannot get its name; it is then still where it was.
    pub fn keep(&self, staging: &Staging) -> Result<PathBuf, StoreError> {
        let meta = Snapshot::glance(&staging.path)?.meta;
        private(&staging.path).map_err(Self::io(&staging.path))?;
        let mut file = TempPath::try_from_path(&staging.path).map_err(Self::io(&staging.path))?;
        let mut number = 1;
        loop {
            let path = self.folder.join(name_of(&meta, number));
            match file.persist_noclobber(&path) {
                Ok(()) => return Ok(path),
                // Another one was begun in the same second.
                Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => (file, number) = (taken.path, number + 1),
                Err(failed) => {
                    // The snapshot may still be wanted where it is.
                    let _ = failed.path.keep();
                    return Err(Self::io(&path)(failed.error));
                }
            }
        }
    }

    /// Puts a copy of a snapshot that lies elsewhere into the store.
    ///
    /// # Errors
    /// When it cannot be read, or the store not be written.
    pub fn copy(&self, file: &Path) -> Result<PathBuf, StoreError> {
        let staging = self.stage()?;
        std::fs::copy(file, &staging.path).map_err(Self::io(&staging.path))?;
        self.keep(&staging)
    }
}

/// `2026-11-20T10-00-00Z_111122223333.db`; of several accounts the first, and how many more; of several in a second a number.
fn name_of(meta: &Meta, number: u32) -> String {
    let time = meta.started_at.as_str().replace(':', "-");
    let accounts = match &meta.accounts[..] {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [first, more @ ..] => format!("{first}+{}", more.len()),
    };
    let number = if number > 1 { format!("-{number}") } else { String::new() };
    format!("{time}_{accounts}{number}.{SUFFIX}")
}

/// Whether a snapshot has the name that the store gave it. One that was renamed belongs to whoever renamed it.
pub(super) fn is_named_by_store(name: &str, meta: &Meta) -> bool {
    let stem = |name: &str| name.trim_end_matches(&format!(".{SUFFIX}")).to_owned();
    let (own, given) = (stem(&name_of(meta, 1)), stem(name));
    let is_number = |rest: &str| rest.strip_prefix('-').is_some_and(|digits| digits.parse::<u32>().is_ok());
    given.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || is_number(rest))
}

/// Makes a folder and those above it; the folder itself is for its owner only.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    if let Some(above) = folder.parent() {
        std::fs::create_dir_all(above)?;
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// Lets only its owner read a file.
fn private(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::Shelf;
    use super::*;

    #[test]
    fn a_name_says_when_and_whose_and_is_never_taken_twice() {
        let shelf = Shelf::new();
        for accounts in [&["1"][..], &["1"], &["1"], &["1", "2", "3"]] {
            shelf.scan("2026-11-20T10:00:00Z", accounts, true);
        }
        let names = ["1", "1+2", "1-2", "1-3"].map(|end| format!("2026-11-20T10-00-00Z_{end}.db"));
        assert_eq!(shelf.names(), names);
        // Nothing of the taking is left.
        assert_eq!(std::fs::read_dir(shelf.store.folder()).unwrap().count(), 4);
    }

    #[test]
    fn two_runs_at_once_do_not_disturb_each_other() {
        let shelf = Shelf::new();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| shelf.scan("2026-11-20T10:00:00Z", &["1"], true));
            }
        });
        let entries = shelf.store.list().unwrap();
        assert_eq!(entries.len(), 8);
        assert!(entries.iter().all(super::super::Entry::is_complete));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let shelf = Shelf::new();
        let path = shelf.scan("2026-11-20T10:00:00Z", &["1"], true);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(shelf.store.folder())), (0o600, 0o700));
        let other = Shelf::new();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        assert_eq!(mode(&other.store.copy(&path).unwrap()), 0o600);
        assert!(path.exists());
    }

    #[test]
    fn what_a_killed_run_left_is_taken_up_once_and_never_from_one_that_runs() {
        let shelf = Shelf::new();
        let left = |name: &str| {
            let folder = shelf.store.folder().join(format!("{TAKING}{name}"));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(unfinished(&folder.join(FILE)), name).unwrap();
            std::fs::write(folder.join("snapshot.db.partial-journal"), name).unwrap();
            unfinished(&folder.join(FILE))
        };
        let staging = shelf.store.stage().unwrap();
        assert!(!shelf.store.take_up(&staging).unwrap());
        let running = left("runs");
        let held = Held::take(&running).unwrap().unwrap();
        assert!(!shelf.store.take_up(&staging).unwrap(), "another run is writing it");
        left("killed");
        assert!(shelf.store.take_up(&staging).unwrap());
        for name in ["snapshot.db.partial", "snapshot.db.partial-journal"] {
            assert_eq!(std::fs::read_to_string(staging.path().with_file_name(name)).unwrap(), "killed");
        }
        let going_on = Held::take(&unfinished(staging.path())).unwrap().unwrap();
        assert!(!shelf.store.take_up(&shelf.store.stage().unwrap()).unwrap());
        drop((held, going_on));
        assert!(shelf.store.take_up(&shelf.store.stage().unwrap()).unwrap());
    }

    #[test]
    fn what_is_no_snapshot_does_not_get_in() {
        let shelf = Shelf::new();
        let staging = shelf.store.stage().unwrap();
        std::fs::write(staging.path(), "text").unwrap();
        assert!(shelf.store.keep(&staging).is_err());
        assert!(staging.path().exists());
        drop(staging);
        assert_eq!(std::fs::read_dir(shelf.store.folder()).unwrap().count(), 0);
    }

    #[test]
    fn a_name_of_the_users_own_is_told_from_the_stores() {
        let shelf = Shelf::new();
        shelf.scan("2026-11-20T10:00:00Z", &["1"], true);
        let meta = shelf.store.list().unwrap().remove(0).glance.unwrap().meta;
        let is_own = |name: &str| is_named_by_store(name, &meta);
        assert!(is_own("2026-11-20T10-00-00Z_1.db") && is_own("2026-11-20T10-00-00Z_1-12.db"));
        assert!(!is_own("before-the-move.db") && !is_own("2026-11-20T10-00-00Z_1-before.db") && !is_own("2026-11-20T10-00-00Z_12.db"));
    }
}
