//! What a file that somebody else made must not be able to do: to run what it likes where a table is read.
//!
//! SQLite lets a file put a view in the place of a table, or compute a column: a snapshot of a few kilobytes could then take all time
//! or all memory there is. Of a snapshot's own tables each has to be a plain table. Views that the file has are never asked: this
//! version's own stand before them.

use rusqlite::Connection;
use rusqlite::limits::Limit;

use super::ledger::LEDGER_DDL;
use super::merge::RESUMPTION_DDL;
use super::table::Table;

/// Bytes that one value may have. The largest that AWS answers (a template) has one million.
const LARGEST_VALUE: std::ffi::c_int = 256 << 20;

/// Steps of SQLite between two looks at how many there were.
const STEPS: u32 = 10_000;

/// Steps that any question may take.
const FEWEST: u64 = 1_000_000;

/// Ends questions to a file that take so many steps more than [`FEWEST`], all of them together: where pages are damaged so that they
/// lead to one another, a list has no end. `None` takes the limit away, for a file that was found whole.
///
/// # Errors
/// When the connection is in use, which it is not.
pub(crate) fn set_patience(connection: &mut Connection, steps: Option<u64>) -> rusqlite::Result<()> {
    let Some(steps) = steps else { return connection.progress_handler(0, None::<fn() -> bool>) };
    let mut left = FEWEST.saturating_add(steps) / u64::from(STEPS);
    let is_over = move || {
        left = left.saturating_sub(1);
        left == 0
    };
    connection.progress_handler(STEPS as std::ffi::c_int, Some(is_over))
}

/// Bounds what a question can ask SQLite to put together.
///
/// # Errors
/// When SQLite has no such limit, which it has.
pub(super) fn bound(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LARGEST_VALUE).map(drop)
}

/// Looks at what a file calls its tables; `Some` is what is wrong with it.
///
/// # Errors
/// When SQLite cannot read the file's schema.
pub(super) fn objection(connection: &Connection, tables: &[&Table]) -> rusqlite::Result<Option<String>> {
    let own = |name: &str| tables.iter().any(|table| table.name.eq_ignore_ascii_case(name)) || is_of_the_ledger(name);
    let mut statement = connection.prepare("select name, type, upper(coalesce(sql, '')) from main.sqlite_schema")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, kind, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if !own(&name) {
            continue;
        }
        if kind != "table" || sql.starts_with("CREATE VIRTUAL") {
            return Ok(Some(format!("{name} is not a table in it")));
        }
        let computed = "select count(*) from pragma_table_xinfo(?) where hidden <> 0";
        if connection.query_row(computed, [&name], |row| row.get::<_, i64>(0))? > 0 {
            return Ok(Some(format!("{name} has a computed column in it")));
        }
    }
    Ok(None)
}

/// Whether a table is one of those that every snapshot has, or may have.
fn is_of_the_ledger(name: &str) -> bool {
    let made = |line: &str| line.strip_prefix("create table ")?.trim_start_matches("if not exists ").strip_suffix(" (").map(str::to_owned);
    LEDGER_DDL.lines().chain(RESUMPTION_DDL.lines()).filter_map(made).any(|table| table.eq_ignore_ascii_case(name))
}

/// Damage as it may happen to a file, or be done to it.
#[cfg(test)]
pub(crate) mod testing {
    use std::path::Path;

    use rusqlite::Connection;

    /// Pages of a list that lead to the next one wherever they lead to anything, up to nearly as deep as SQLite follows: what can be
    /// reached through them is more than anybody can read.
    pub(crate) fn entangle(path: &Path, list: &str) {
        let connection = Connection::open(path).unwrap();
        let sql = "select pageno from dbstat where name = ? and pagetype = 'internal' order by path <> '/', pageno";
        let pages: Vec<u32> =
            connection.prepare(sql).unwrap().query_map([list], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap();
        let size: u32 = connection.query_row("pragma page_size", [], |row| row.get(0)).unwrap();
        drop(connection);
        let mut bytes = std::fs::read(path).unwrap();
        assert!(pages.len() > 15, "too few pages: {}", pages.len());
        for pair in pages[..15].windows(2) {
            let (start, next) = (((pair[0] - 1) * size) as usize, pair[1].to_be_bytes());
            let number = |bytes: &[u8], at: usize| usize::from(u16::from_be_bytes([bytes[start + at], bytes[start + at + 1]]));
            let cells = (0..number(&bytes, 3)).map(|cell| number(&bytes, 12 + 2 * cell)).collect::<Vec<_>>();
            cells.into_iter().chain([8]).for_each(|at| bytes[start + at..start + at + 4].copy_from_slice(&next));
        }
        std::fs::write(path, bytes).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Place, Snapshot, SnapshotError, Time};
    use super::testing;

    fn opened(change: &str) -> Result<Snapshot, SnapshotError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        make(&path, change);
        drop(Snapshot::glance(&path));
        Snapshot::open(&path, &[], &[])
    }

    fn make(path: &Path, change: &str) {
        let connection = Snapshot::create(Some(path), &[], &[]).unwrap();
        let now = || Time::from_text("2026-11-22T12:00:00Z".to_owned());
        Snapshot::begin(&connection, "test", &now(), "", &[]).unwrap();
        let place = Place { account_id: "1".to_owned(), region: "us-east-1".to_owned(), in_scope: true };
        Snapshot::places(&connection, &[place]).unwrap();
        Snapshot::end(&connection, &now(), true).unwrap();
        connection.execute_batch(change).unwrap();
    }

    #[test]
    fn a_view_in_the_place_of_a_table_is_never_run() {
        assert!(opened("").is_ok());
        let endless = "with recursive n (i) as (select 1 union all select i + 1 from n) select i as id from n";
        for table in ["ledger", "gap", "place", "snapshot", "resumption"] {
            let error = opened(&format!("drop table if exists {table}; create view {table} as {endless}")).unwrap_err().to_string();
            assert!(error.contains(&format!("is damaged: {table} is not a table in it")), "{error}");
        }
    }

    #[test]
    fn a_list_without_an_end_is_damage() {
        for list in ["place", "ledger"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.db");
            make(
                &path,
                "with recursive n (i) as (select 1 union all select i + 1 from n limit 30000)
                 insert into place select i, 'us-east-1', 1 from n where i > 1;
                 with recursive n (i) as (select 1 union all select i + 1 from n limit 60000)
                 insert into ledger (id, account_id, region, service, action, permission, reader, resource, input, outcome, code, message,
                     pages, attempts, started_at, millis)
                 select i, '1', 'us-east-1', 'ec2', 'DescribeSubnets', 'ec2:DescribeSubnets', 'vpc/subnet', '', '', 'ok', '', '', 1, 1, '', 1 from n;
                 pragma page_size = 512; vacuum",
            );
            let whole = Snapshot::glance(&path).unwrap();
            assert_eq!((whole.meta.accounts.len(), whole.calls), (30_000, 60_000), "a large file is no endless one");
            testing::entangle(&path, list);
            let error = Snapshot::glance(&path).unwrap_err().to_string();
            assert!(error.contains("is damaged: a list in it has no end"), "{error}");
            assert!(matches!(Snapshot::open(&path, &[], &[]), Err(SnapshotError::Damaged { .. })));
        }
    }

    #[test]
    fn a_computed_column_is_never_computed() {
        let change = "drop table place; create table place (account_id text, in_scope integer, region text as (hex(zeroblob(5000))));
            insert into place values ('1', 1)";
        let error = opened(change).unwrap_err().to_string();
        assert!(error.contains("is damaged: place has a computed column in it"), "{error}");
    }
}
