//! Opening a snapshot so that nothing of it, and nothing beside it, can change.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, OpenFlags};

use super::with_suffix;

/// What stands for itself in the path of a `file:` URI.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// What SQLite leaves beside a database that is being written, or was when its writer was killed. Whoever opens the database reads
/// what is in there as well.
const COMPANIONS: [&str; 2] = ["-wal", "-journal"];

/// Opens a database for reading, and promises SQLite that nobody changes it: it then makes no file beside it, whatever the header
/// asks for, and reads none.
pub fn immutable(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("file:{}?immutable=1", encoded(path)), flags)?;
    // What the file's own schema could run while it is read.
    connection.execute_batch("pragma trusted_schema = off; pragma cell_size_check = on")?;
    Ok(connection)
}

#[cfg(unix)]
fn encoded(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    percent_encode(path.as_os_str().as_bytes(), PATH).to_string()
}

#[cfg(not(unix))]
fn encoded(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let slash = if path.is_absolute() { "/" } else { "" };
    format!("{slash}{}", percent_encode(text.as_bytes(), &PATH.remove(b':')))
}

/// A file beside the database that belongs to its writing, if there is one.
pub fn companion(path: &Path) -> Option<PathBuf> {
    COMPANIONS.iter().map(|suffix| with_suffix(path, suffix)).find(|companion| companion.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_can_be_opened_and_nothing_appears_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["plain.db", "a?b#c%20d&e=f.db", "space and ü.db"] {
            let path = folder.path().join(name);
            Connection::open(&path).unwrap().execute_batch("pragma journal_mode = wal; create table t (a)").unwrap();
            let count: i64 = immutable(&path).unwrap().query_row("select count(*) from t", [], |row| row.get(0)).unwrap();
            assert_eq!((count, companion(&path)), (0, None), "{name}");
            assert!(immutable(&path).unwrap().execute_batch("insert into t values (1)").is_err());
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn what_is_left_of_a_writer_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        std::fs::write(folder.path().join("a.db-journal"), "").unwrap();
        assert_eq!(companion(&path), Some(folder.path().join("a.db-journal")));
    }
}
