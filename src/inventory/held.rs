//! The right to write a snapshot's unfinished file: one process has it at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Where the unfinished file of a snapshot lies: `today.db.partial`.
pub fn unfinished(snapshot: &Path) -> PathBuf {
    with_suffix(snapshot, ".partial")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The right to write a file, until it is dropped. The system takes it back from a process that is killed.
#[derive(Debug)]
pub struct Held {
    path: PathBuf,
    file: File,
}

impl Held {
    /// Takes it, or `None` when another process has it. What is locked is a file beside it, `today.db.partial.lock`: some systems let
    /// nobody read a file that is.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn take(file: &Path) -> std::io::Result<Option<Self>> {
        let path = with_suffix(file, ".lock");
        loop {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                // A file system without locks: two runs at once are then nobody's to notice.
                Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Whoever held it before may have taken the file away between the two lines above.
            if is_same(&file, &path) {
                return Ok(Some(Self { path, file }));
            }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |meta: std::io::Result<std::fs::Metadata>| meta.ok().map(|meta| (meta.dev(), meta.ino()));
    id(file.metadata()).is_some_and(|own| Some(own) == id(std::fs::metadata(path)))
}

#[cfg(not(unix))]
fn is_same(_file: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_at_a_time_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = unfinished(&folder.path().join("a.db"));
        let held = Held::take(&file).unwrap().unwrap();
        assert!(Held::take(&file).unwrap().is_none());
        assert!(Held::take(&folder.path().join("b.db")).unwrap().is_some(), "another file is another right");
        drop(held);
        drop(Held::take(&file).unwrap().unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(Held::take(&folder.path().join("none/a.db")).is_err());
    }

    #[test]
    fn of_many_at_once_never_two_have_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.db.partial");
        let inside = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        if let Some(_held) = Held::take(&file).unwrap() {
                            assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                            inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        }
                    }
                });
            }
        });
    }
}
