//! Sealing: hash what the file holds, find the seal before, sign, and put both files beside the snapshot when they are whole.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, Unit};
use rusqlite::Connection;
use tempfile::NamedTempFile;

use super::chain::{Previous, find, lock};
use super::digest::{hex, of_file, of_table, tables};
use super::key::SealingKey;
use super::manifest::{Description, File as SealedFile, Key, MOST_ROWS, Manifest, SCHEMA, Table, pack, short};
use super::{SealError, folder_of, manifest_of, name_of, open, signature_of};

/// What is to be sealed, and how.
pub struct Order<'o> {
    /// The snapshot, whole and closed by whoever wrote it.
    pub snapshot: &'o Path,
    /// Signs.
    pub key: &'o SealingKey,
    /// What it is chained to.
    pub previous: &'o Previous,
    /// Folders besides the snapshot's own in which the seal before may lie.
    pub folders: &'o [PathBuf],
    /// The program, with its version.
    pub tool: &'o str,
    /// The machine's clock. It is read while the folders are held: a time of before would be earlier than that of a seal that this
    /// one waited for, and follows.
    pub clock: &'o (dyn Fn() -> Timestamp + Sync),
}

/// A seal that was made.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Where the manifest is; its signature is beside it.
    pub path: PathBuf,
    /// What it says.
    pub manifest: Manifest,
}

/// Seals a snapshot. Either both files are there afterwards, or no manifest is; a signature without a manifest is no seal.
///
/// # Errors
/// When it is sealed already, still being written, or cannot be read; when the key does not sign; when the seal before was changed;
/// when the files cannot be written.
pub fn seal(order: &Order<'_>) -> Result<Sealed, SealError> {
    let path = manifest_of(order.snapshot);
    let folder = folder_of(order.snapshot);
    // Two at once would both follow the same one, or both write here.
    let _lock = lock(order.folders.iter().chain([&folder]));
    if path.exists() {
        return Err(SealError::SealedAlready(order.snapshot.to_owned()));
    }
    if let Some(companion) = open::companion(order.snapshot) {
        return Err(SealError::NotFinal(companion));
    }
    let before = on_disk(order.snapshot)?;
    let (size, hash) = of_file(order.snapshot).map_err(SealError::io(order.snapshot))?;
    let (snapshot, tables) = read(order.snapshot).map_err(SealError::sqlite(order.snapshot))?;
    if on_disk(order.snapshot)? != before || size != before.0 {
        return Err(SealError::Changed(order.snapshot.to_owned()));
    }
    let now = (order.clock)();
    let now = now.round(Unit::Microsecond).unwrap_or(now);
    let previous = find(order.previous, order.folders.iter().chain([&folder]), &snapshot, now)?;
    let manifest = Manifest {
        schema: SCHEMA,
        tool: order.tool.to_owned(),
        sealed_at: now.to_string(),
        key: Key { algorithm: order.key.algorithm(), fingerprint: order.key.fingerprint() },
        file: SealedFile { name: name_of(order.snapshot), size, sha256: hex(&hash) },
        remarks: snapshot.remarks(),
        snapshot,
        previous,
        tables,
    };
    write(order, &path, &manifest)?;
    Ok(Sealed { path, manifest })
}

fn write(order: &Order<'_>, path: &Path, manifest: &Manifest) -> Result<(), SealError> {
    let io = || SealError::io(path);
    let bytes = manifest.bytes().map_err(|error| io()(error.into()))?;
    let signature = order.key.sign(&bytes)?;
    let signature_path = signature_of(path);
    let signed = part(order.snapshot, &signature_path, signature.as_bytes()).map_err(SealError::io(&signature_path))?;
    let written = part(order.snapshot, path, &bytes).map_err(io())?;
    // What was read is what will be there after a power cut.
    File::open(order.snapshot).and_then(|file| file.sync_all()).map_err(SealError::io(order.snapshot))?;
    // One that is there without a manifest was left by a run that was killed here.
    signed.persist(&signature_path).map_err(|failed| SealError::io(&signature_path)(failed.error))?;
    written.persist_noclobber(path).map_err(|failed| match failed.error.kind() {
        std::io::ErrorKind::AlreadyExists => SealError::SealedAlready(order.snapshot.to_owned()),
        _ => io()(failed.error),
    })?;
    #[cfg(unix)]
    // Where a folder cannot be synced, as on some network file systems, its names are safe by other means or by none.
    let _ = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
    Ok(())
}

/// A file that has no name yet, with the permissions of the snapshot.
fn part(snapshot: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<NamedTempFile> {
    let prefix = format!("{}.", name_of(path));
    let mut file = tempfile::Builder::new().prefix(&prefix).suffix(".partial").tempfile_in(folder_of(path))?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(std::fs::metadata(snapshot)?.permissions())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// The size and the time of the last change.
fn on_disk(path: &Path) -> Result<(u64, Option<std::time::SystemTime>), SealError> {
    let metadata = std::fs::metadata(path).map_err(SealError::io(path))?;
    Ok((metadata.len(), metadata.modified().ok()))
}

fn read(path: &Path) -> rusqlite::Result<(Description, Vec<Table>)> {
    let connection = open::immutable(path)?;
    let tables = tables(&connection)?.iter().map(|name| table_of(&connection, name)).collect::<rusqlite::Result<_>>()?;
    Ok((Description::read(&connection)?, tables))
}

/// A table as the manifest has it.
pub fn table_of(connection: &Connection, name: &str) -> rusqlite::Result<Table> {
    let mut digests = Some(Vec::new());
    let own = of_table(connection, name, |row| match &mut digests {
        Some(all) if (all.len() as u64) < MOST_ROWS => all.push(short(&row.hash)),
        _ => digests = None,
    })?;
    Ok(Table { name: name.to_owned(), rows: own.rows, sha256: hex(&own.hash), row_digests: digests.as_deref().map(pack) })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{key, snapshot};
    use super::*;

    fn sealed(path: &Path, now: &str) -> Result<Sealed, SealError> {
        let now: Timestamp = now.parse().unwrap();
        sealed_at(path, &|| now)
    }

    fn sealed_at(path: &Path, clock: &(dyn Fn() -> Timestamp + Sync)) -> Result<Sealed, SealError> {
        seal(&Order { snapshot: path, key: &key(1), previous: &Previous::Search, folders: &[], tool: "driftlead test", clock })
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().map(|entry| name_of(&entry.unwrap().path())).collect();
        names.sort();
        names
    }

    #[test]
    fn a_seal_says_what_the_file_holds_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.db");
        snapshot(&path, "111122223333", "2026-11-22T12:00:00Z");
        let before = std::fs::read(&path).unwrap();
        let manifest = sealed(&path, "2026-11-23T12:00:00.1234567Z").unwrap().manifest;
        assert_eq!(names(folder.path()), ["audit.db", "audit.db.seal.json", "audit.db.seal.json.sig"]);
        assert!(std::fs::read(&path).unwrap() == before);
        assert_eq!(manifest.sealed_at, "2026-11-23T12:00:00.123457Z");
        assert_eq!((manifest.file.name.as_str(), manifest.file.size), ("audit.db", before.len() as u64));
        assert_eq!(manifest.previous, None);
        assert_eq!(manifest.snapshot.accounts[0].caller.as_deref(), Some("arn:aws:iam::111122223333:user/auditor"));
        let vpc = manifest.tables.iter().find(|table| table.name == "aws_vpc").unwrap();
        assert_eq!((vpc.rows, vpc.row_digests.as_ref().map(String::len)), (5, Some(40)));
        for name in ["coverage", "gap", "ledger", "place", "snapshot", "sqlite_schema"] {
            assert!(manifest.tables.iter().any(|table| table.name == name), "{name}");
        }
    }

    #[test]
    fn a_seal_is_never_overwritten_and_what_is_still_written_is_not_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.db");
        snapshot(&path, "1", "2026-11-22T12:00:00Z");
        std::fs::write(folder.path().join("audit.db-journal"), "").unwrap();
        assert!(matches!(sealed(&path, "2026-11-23T12:00:00Z"), Err(SealError::NotFinal(_))));
        std::fs::remove_file(folder.path().join("audit.db-journal")).unwrap();
        // What a run that was killed at the worst moment leaves is no seal, and in nobody's way.
        std::fs::write(folder.path().join("audit.db.seal.json.sig"), "left").unwrap();
        sealed(&path, "2026-11-23T12:00:00Z").unwrap();
        let files = || names(folder.path()).iter().map(|name| std::fs::read(folder.path().join(name)).unwrap()).collect::<Vec<_>>();
        let before = files();
        assert!(matches!(sealed(&path, "2026-11-23T12:00:01Z"), Err(SealError::SealedAlready(_))));
        assert!(files() == before);
    }

    #[test]
    fn a_seal_that_waits_for_another_follows_it() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [1, 2].map(|day| {
            let path = folder.path().join(format!("{day}.db"));
            snapshot(&path, "1", &format!("2026-11-0{day}T12:00:00Z"));
            path
        });
        let is_asked = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            let first = scope.spawn(|| {
                sealed_at(&paths[0], &|| {
                    is_asked.wait();
                    // The second waits for the folder meanwhile.
                    std::thread::sleep(std::time::Duration::from_millis(100));
                    Timestamp::now()
                })
            });
            is_asked.wait();
            let second = sealed_at(&paths[1], &Timestamp::now).unwrap().manifest;
            assert_eq!(second.previous.unwrap().sealed_at, first.join().unwrap().unwrap().manifest.sealed_at);
        });
    }

    #[test]
    fn of_two_at_once_one_seals() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.db");
        snapshot(&path, "1", "2026-11-22T12:00:00Z");
        let made = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..4).map(|_| scope.spawn(|| sealed(&path, "2026-11-23T12:00:00Z").is_ok())).collect();
            tries.into_iter().map(|one| one.join().unwrap()).filter(|is_made| *is_made).count()
        });
        assert_eq!((made, names(folder.path()).len()), (1, 3));
    }

    #[cfg(unix)]
    #[test]
    fn a_seal_is_for_those_who_may_read_the_snapshot() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.db");
        snapshot(&path, "1", "2026-11-22T12:00:00Z");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        let manifest = sealed(&path, "2026-11-23T12:00:00Z").unwrap().path;
        for path in [signature_of(&manifest), manifest] {
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o640);
        }
    }
}
