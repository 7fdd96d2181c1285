//! Opening a snapshot so that nothing of it, and nothing beside it, can change.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, OpenFlags};

use super::with_suffix;
use crate::inventory::set_patience;

/// What stands for itself in the path of a `file:` URI.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// What SQLite leaves beside a database that is being written, or was when its writer was killed. Whoever opens the database reads
/// what is in there as well.
const COMPANIONS: [&str; 2] = ["-wal", "-journal"];

/// Opens a database for reading, and promises SQLite that nobody changes it: it then makes no file beside it, whatever the header
/// asks for, and reads none.
pub fn immutable(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let mut connection = Connection::open_with_flags(format!("file:{}?immutable=1", encoded(path)), flags)?;
    // It may be any file, and nobody has looked for damage yet. To read a row takes a step for each of its columns, which have a byte
    // at least, and a handful besides; some rows are read more than once.
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    set_patience(&mut connection, Some(size.saturating_mul(16)))?;
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
    use crate::inventory::testing::entangle;

    #[test]
    fn what_can_be_read_of_a_damaged_file_has_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let rows = "with recursive n (i) as (select 1 union all select i + 1 from n limit 60000) insert into t select hex(i) from n";
        Connection::open(&path).unwrap().execute_batch(&format!("pragma page_size = 512; create table t (a); {rows}")).unwrap();
        let sum = |path: &Path| immutable(path).unwrap().query_row("select sum(length(a)) from t", [], |row| row.get::<_, i64>(0));
        assert!(sum(&path).is_ok());
        entangle(&path, "t");
        assert_eq!(sum(&path).unwrap_err().sqlite_error_code(), Some(rusqlite::ErrorCode::OperationInterrupted));
    }

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
