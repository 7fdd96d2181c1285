//! What lies in a store: every file that could be a snapshot, and what is wrong with those that are none.

use std::path::{Path, PathBuf};

use super::{Store, StoreError};
use crate::inventory::{Glance, Snapshot};
use crate::seal::is_sealed;

/// The suffix of a snapshot's name.
pub(super) const SUFFIX: &str = "db";

/// A file in a store.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// What its head tells; or why it cannot be read, without the path.
    pub glance: Result<Glance, String>,
    /// Whether a seal lies beside it.
    pub is_sealed: bool,
}

impl Entry {
    /// Looks at a file.
    pub(super) fn of(path: &Path, size: u64) -> Self {
        let glance = Snapshot::glance(path).map_err(|error| {
            let (text, path) = (error.to_string(), path.display().to_string());
            text.strip_prefix(&path).unwrap_or(&text).trim_start_matches([':', ' ']).to_owned()
        });
        Self { path: path.to_owned(), size, glance, is_sealed: is_sealed(path) }
    }

    /// The file's name.
    pub fn name(&self) -> String {
        self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// The snapshot's clock; `''` for what is none.
    pub fn started_at(&self) -> &str {
        self.glance.as_ref().map_or("", |glance| glance.meta.started_at.as_str())
    }

    /// Its accounts, sorted; none for what is no snapshot.
    pub fn accounts(&self) -> &[String] {
        self.glance.as_ref().map_or(&[], |glance| &glance.meta.accounts)
    }

    /// Whether it can be read, and every planned reader ran.
    pub fn is_complete(&self) -> bool {
        self.glance.as_ref().is_ok_and(|glance| glance.meta.complete)
    }
}

impl Store {
    /// Every file that could be a snapshot, the oldest first; at the end those that cannot be read, each with what is wrong. A
    /// folder that is not there yet holds none.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Entry>, StoreError> {
        let folder = match std::fs::read_dir(&self.folder) {
            Ok(folder) => folder,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Self::io(&self.folder)(error)),
        };
        let mut entries = Vec::new();
        for file in folder {
            let path = file.map_err(Self::io(&self.folder))?.path();
            if path.extension().is_none_or(|suffix| suffix != SUFFIX) {
                continue;
            }
            match std::fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => entries.push(Entry::of(&path, metadata.len())),
                Ok(_) => {}
                // Another run has just taken it away.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    let is_sealed = is_sealed(&path);
                    entries.push(Entry { path, size: 0, glance: Err(error.to_string()), is_sealed });
                }
            }
        }
        // Without the suffix, so that of two in a second the one with a number comes later.
        entries.sort_by_cached_key(|entry| (entry.glance.is_err(), entry.started_at().to_owned(), entry.path.with_extension("")));
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Shelf;
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_holds_nothing() {
        assert!(Store::at("/nonexistent/snapshots").list().unwrap().is_empty());
    }

    #[test]
    fn what_is_no_snapshot_is_listed_with_what_is_wrong_and_hides_no_other() {
        let shelf = Shelf::new();
        let whole = shelf.scan("2026-11-20T10:00:00Z", &["111122223333"], true);
        let bytes = std::fs::read(&whole).unwrap();
        let put = |name: &str, bytes: &[u8]| std::fs::write(shelf.store.folder().join(name), bytes).unwrap();
        put("half.db", &bytes[..bytes.len() / 2]);
        put("text.db", b"hello, this is no database at all, and never was one; it goes on and on for a hundred bytes and more than that");
        put("empty.db", b"");
        put("notes.txt", b"mine");
        std::fs::create_dir(shelf.store.folder().join("folder.db")).unwrap();
        let entries = shelf.store.list().unwrap();
        let told: Vec<(String, String)> =
            entries.iter().map(|entry| (entry.name(), entry.glance.as_ref().err().cloned().unwrap_or_default())).collect();
        assert_eq!(told.len(), 4, "{told:?}");
        assert_eq!(told[0], ("2026-11-20T10-00-00Z_111122223333.db".to_owned(), String::new()));
        assert_eq!(told[1].0, "empty.db");
        assert!(told[1].1.starts_with("is not a driftlead snapshot"), "{told:?}");
        assert!(told[2].0 == "half.db" && told[2].1.starts_with("is damaged"), "{told:?}");
        assert!(told[3].0 == "text.db" && told[3].1.starts_with("is not a driftlead snapshot"), "{told:?}");
    }

    #[test]
    fn the_oldest_comes_first() {
        let shelf = Shelf::new();
        shelf.scan("2026-11-21T10:00:00Z", &["1"], true);
        shelf.scan("2026-11-20T10:00:00Z", &["2"], false);
        let told: Vec<(String, bool)> = shelf.store.list().unwrap().iter().map(|entry| (entry.name(), entry.is_complete())).collect();
        assert_eq!(told, [("2026-11-20T10-00-00Z_2.db".to_owned(), false), ("2026-11-21T10-00-00Z_1.db".to_owned(), true)]);
    }
}
