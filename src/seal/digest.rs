//! What of a snapshot is hashed, and how, so that anybody can do it again with any tool.
//!
//! *The file*: SHA-256 over its bytes.
//!
//! *A row*: SHA-256 over its cells in the order of the columns, each written as
//!
//! | cell | bytes |
//! |---|---|
//! | NULL | `N;` |
//! | integer | `I`, the number in decimal, `;` |
//! | real | `R`, the 16 lower-case hexadecimal digits of its IEEE 754 form, `;` |
//! | text | `T`, its length in bytes in decimal, `:`, the bytes, `;` |
//! | blob | `B`, its length in bytes in decimal, `:`, the bytes, `;` |
//!
//! *A table*: SHA-256 over the names of its columns, each written as a text, followed by the digests of its rows (32 bytes each) in
//! the order of `rowid`. The tables are those of `sqlite_schema`, in the order of their names, and `sqlite_schema` itself with the
//! columns `type`, `name`, `tbl_name` and `sql` in the order of `type` and `name`: it holds the definitions of tables and views.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use sha2::{Digest, Sha256};

/// Bytes that are read at once.
const CHUNK: usize = 1 << 20;

/// The table of definitions.
pub const SCHEMA_TABLE: &str = "sqlite_schema";

/// A SHA-256.
pub type Hash = [u8; 32];

/// A hash in hexadecimal digits, as `sha256sum` prints it.
pub fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of some bytes.
pub fn of_bytes(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// The size and the SHA-256 of a file, read in pieces.
///
/// # Errors
/// When it cannot be read.
pub fn of_file(path: &Path) -> std::io::Result<(u64, Hash)> {
    let mut file = File::open(path)?;
    let (mut sha, mut size, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok((size, sha.finalize().into())),
            length => {
                sha.update(&chunk[..length]);
                size += length as u64;
            }
        }
    }
}

/// The digest of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfTable {
    /// How many rows it has.
    pub rows: u64,
    /// Over the columns' names and all rows.
    pub hash: Hash,
}

/// A row's digest, and what people know it by.
pub struct OfRow<'r> {
    /// Over its cells.
    pub hash: Hash,
    row: &'r Row<'r>,
}

impl OfRow<'_> {
    /// The first text of the row, if it is one: the ARN in tables of AWS.
    pub fn name(&self) -> Option<String> {
        self.row.get_ref(0).ok().and_then(|value| value.as_str().ok()).filter(|text| !text.is_empty()).map(str::to_owned)
    }
}

/// The names of all tables, in their order.
///
/// # Errors
/// When they cannot be read.
pub fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("select name from sqlite_schema where type = 'table'")?;
    let mut names = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    names.push(SCHEMA_TABLE.to_owned());
    // By their bytes, whatever SQLite's order is.
    names.sort();
    Ok(names)
}

/// Reads a table to its end and hands out every row's digest.
///
/// # Errors
/// When it cannot be read to its end.
pub fn of_table(connection: &Connection, table: &str, mut each: impl FnMut(&OfRow<'_>)) -> rusqlite::Result<OfTable> {
    let quoted = table.replace('"', "\"\"");
    let sql = match table {
        SCHEMA_TABLE => "select type, name, tbl_name, sql from sqlite_schema order by type, name".to_owned(),
        _ => format!("select * from \"{quoted}\" order by rowid"),
    };
    let mut statement = connection.prepare(&sql)?;
    let columns = statement.column_count();
    let mut sha = Sha256::new();
    for name in statement.column_names() {
        write_bytes(&mut sha, b'T', name.as_bytes());
    }
    let (mut count, mut rows) = (0, statement.query([])?);
    while let Some(row) = rows.next()? {
        let mut cells = Sha256::new();
        for i in 0..columns {
            write_cell(&mut cells, row.get_ref(i)?);
        }
        let hash: Hash = cells.finalize().into();
        sha.update(hash);
        count += 1;
        each(&OfRow { hash, row });
    }
    Ok(OfTable { rows: count, hash: sha.finalize().into() })
}

fn write_cell(sha: &mut Sha256, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => sha.update(b"N;"),
        ValueRef::Integer(number) => sha.update(format!("I{number};")),
        ValueRef::Real(number) => sha.update(format!("R{:016x};", number.to_bits())),
        ValueRef::Text(bytes) => write_bytes(sha, b'T', bytes),
        ValueRef::Blob(bytes) => write_bytes(sha, b'B', bytes),
    }
}

fn write_bytes(sha: &mut Sha256, kind: u8, bytes: &[u8]) {
    sha.update([kind]);
    sha.update(format!("{}:", bytes.len()));
    sha.update(bytes);
    sha.update(b";");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(sql: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        connection
    }

    fn hash(connection: &Connection) -> String {
        hex(&of_table(connection, "t", |_| {}).unwrap().hash)
    }

    #[test]
    fn a_table_is_hashed_as_the_head_of_this_file_says() {
        let connection = with("create table t (a, \"b c\"); insert into t values (null, -7), (1.5, 'ü'), (x'00ff', '')");
        let row = |text: &[u8]| of_bytes(text);
        let mut all = b"T1:a;T3:b c;".to_vec();
        for cells in [&b"N;I-7;"[..], "R3ff8000000000000;T2:ü;".as_bytes(), b"B2:\x00\xff;T0:;"] {
            all.extend(row(cells));
        }
        let mut seen = Vec::new();
        let told = of_table(&connection, "t", |row| seen.push((row.hash, row.name()))).unwrap();
        assert_eq!((told.rows, told.hash), (3, of_bytes(&all)));
        assert_eq!(seen[0], (row(b"N;I-7;"), None));
        assert_eq!(hex(&of_bytes(b"")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn no_two_contents_have_one_digest() {
        let contents = [
            "create table t (a, b)",
            "create table t (a, c)",
            "create table t (ab)",
            "create table t (a, b); insert into t values (1, 2)",
            "create table t (a, b); insert into t values ('1', 2)",
            "create table t (a, b); insert into t values (1, '2;')",
            "create table t (a, b); insert into t values (1.0, 2)",
            "create table t (a, b); insert into t values (null, 2)",
            "create table t (a, b); insert into t values ('', 2)",
            "create table t (a, b); insert into t values (x'', 2)",
            "create table t (a, b); insert into t values (1, 2), (1, 2)",
            "create table t (a, b); insert into t values ('a;T1:b', '')",
            "create table t (a, b); insert into t values ('a', 'b')",
        ];
        let all: std::collections::BTreeSet<String> = contents.iter().map(|sql| hash(&with(sql))).collect();
        assert_eq!(all.len(), contents.len());
    }

    #[test]
    fn the_tables_are_in_the_order_of_their_names() {
        let connection = with("create table b (x); create table a (x); create view v as select 1; create index i on a (x)");
        assert_eq!(tables(&connection).unwrap(), ["a", "b", SCHEMA_TABLE]);
        let before = of_table(&connection, SCHEMA_TABLE, |_| {}).unwrap();
        connection.execute_batch("drop view v; create view v as select 2").unwrap();
        let after = of_table(&connection, SCHEMA_TABLE, |_| {}).unwrap();
        assert!(before.rows == 4 && after.rows == 4 && before.hash != after.hash);
    }

    #[test]
    fn a_file_is_hashed_in_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let bytes: Vec<u8> = (0..CHUNK * 2 + 7).map(|i| (i % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(of_file(&path).unwrap(), (bytes.len() as u64, of_bytes(&bytes)));
    }
}
