//! What of a snapshot is not as it was sealed: table by table, in rows.

use std::collections::HashMap;

use rusqlite::Connection;

use super::digest::{SCHEMA_TABLE, hex, of_table, tables};
use super::manifest::{Manifest, ShortHash, Table, short, unpack};

/// Rows that are named in a table that differs.
const MOST_NAMED: usize = 5;

/// A table that is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub table: String,
    /// The rows that were sealed; `None` when the table was not.
    pub sealed: Option<u64>,
    /// The rows that are there; `None` when it is not there, or cannot be read to its end.
    pub found: Option<u64>,
    /// Rows that are there instead of as many sealed ones; `None` when the seal does not tell rows apart.
    pub changed: Option<u64>,
    /// Sealed rows that are gone, besides.
    pub missing: Option<u64>,
    /// Rows that are there and were not sealed, besides.
    pub added: Option<u64>,
    /// Some of the rows that are there and were not sealed so, by their first text: the ARN.
    pub rows: Vec<String>,
    /// In words.
    pub text: String,
}

/// Compares the tables of a snapshot with those of a manifest.
///
/// # Errors
/// When not even the list of tables can be read.
pub fn compare(connection: &Connection, manifest: &Manifest) -> rusqlite::Result<Vec<Difference>> {
    let found = tables(connection)?;
    let mut differences = Vec::new();
    for table in &manifest.tables {
        if found.contains(&table.name) {
            differences.extend(of_one(connection, table));
        } else {
            let text = format!("the table is gone, with {}", rows(table.rows));
            differences.push(Difference { sealed: Some(table.rows), missing: Some(table.rows), ..Difference::of(&table.name, text) });
        }
    }
    for name in found.iter().filter(|name| !manifest.tables.iter().any(|table| table.name == **name)) {
        let text = "the table was not there when it was sealed".to_owned();
        differences.push(match of_table(connection, name, |_| {}) {
            Ok(own) => Difference { found: Some(own.rows), added: Some(own.rows), ..Difference::of(name, text) },
            Err(error) => Difference::of(name, format!("{text}, and cannot be read: {error}")),
        });
    }
    Ok(differences)
}

impl Difference {
    fn of(table: &str, text: String) -> Self {
        Self { table: table.to_owned(), sealed: None, found: None, changed: None, missing: None, added: None, rows: Vec::new(), text }
    }
}

/// How a table differs from the sealed one, if it does.
fn of_one(connection: &Connection, sealed: &Table) -> Option<Difference> {
    let mut left: Option<HashMap<ShortHash, u64>> = sealed.row_digests.as_deref().and_then(unpack).map(|digests| {
        let mut left = HashMap::new();
        digests.into_iter().for_each(|digest| *left.entry(digest).or_default() += 1);
        left
    });
    let (mut foreign, mut names) = (0_u64, Vec::new());
    let read = of_table(connection, &sealed.name, |row| {
        let Some(left) = &mut left else { return };
        match left.get_mut(&short(&row.hash)).filter(|number| **number > 0) {
            Some(number) => *number -= 1,
            None => {
                foreign += 1;
                if names.len() < MOST_NAMED {
                    names.extend(row.name());
                }
            }
        }
    });
    let own = match read {
        Ok(own) if hex(&own.hash) == sealed.sha256 => return None,
        Ok(own) => own,
        Err(error) => {
            let text = format!("cannot be read to its end any more: {error}");
            return Some(Difference { sealed: Some(sealed.rows), ..Difference::of(&sealed.name, text) });
        }
    };
    let gone: Option<u64> = left.map(|left| left.values().sum());
    let changed = gone.map(|gone| gone.min(foreign));
    let rest = |number: u64| changed.map(|changed| number - changed);
    let (missing, added) = (gone.and_then(rest), rest(foreign));
    let text = in_words(sealed, own.rows, changed, missing, added);
    let difference = Difference::of(&sealed.name, text);
    Some(Difference { sealed: Some(sealed.rows), found: Some(own.rows), changed, missing, added, rows: names, ..difference })
}

fn in_words(sealed: &Table, found: u64, changed: Option<u64>, missing: Option<u64>, added: Option<u64>) -> String {
    let (Some(changed), Some(missing), Some(added)) = (changed, missing, added) else {
        return match found == sealed.rows {
            true => format!("some of {} differ; which, the seal of a table of this size does not tell", rows(found)),
            false => format!("{} sealed, {found} found", rows(sealed.rows)),
        };
    };
    let what = if sealed.name == SCHEMA_TABLE { " (definitions of tables, indexes and views)" } else { "" };
    let told = |number: u64, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 row {one}")),
        _ => Some(format!("{number} rows {many}")),
    };
    let all = [
        told(changed, "differs", "differ"),
        told(missing, "is missing", "are missing"),
        told(added, "is there that was not sealed", "are there that were not sealed"),
    ];
    let told: Vec<String> = all.into_iter().flatten().collect();
    if told.is_empty() {
        return "the same rows in another order, or under other names of columns".to_owned();
    }
    format!("{}{what}; {} sealed, {found} found", told.join(", "), rows(sealed.rows))
}

fn rows(number: u64) -> String {
    if number == 1 { "1 row".to_owned() } else { format!("{number} rows") }
}

#[cfg(test)]
mod tests {
    use super::super::make::table_of;
    use super::super::testing;
    use super::*;

    const BEFORE: &str =
        "create table t (arn text, b text); insert into t values ('one', 'x'), ('two', 'x'), ('two', 'x'), ('three', 'x');";

    /// What differs after that.
    fn after(sql: &str) -> Vec<Difference> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(BEFORE).unwrap();
        let mut manifest = testing::manifest();
        manifest.tables = tables(&connection).unwrap().iter().map(|name| table_of(&connection, name).unwrap()).collect();
        connection.execute_batch(sql).unwrap();
        compare(&connection, &manifest).unwrap()
    }

    fn only(sql: &str) -> Difference {
        let mut differences = after(sql);
        assert_eq!(differences.len(), 1, "{differences:?}");
        differences.remove(0)
    }

    #[test]
    fn each_difference_is_counted_and_named() {
        assert!(after("").is_empty() && after("vacuum").is_empty());
        let removed = only("delete from t where arn = 'one'");
        assert_eq!(removed.text, "1 row is missing; 4 rows sealed, 3 found");
        assert_eq!((removed.changed, removed.missing, removed.added, removed.rows.len()), (Some(0), Some(1), Some(0), 0));
        let one_of_two = only("delete from t where rowid = 2");
        assert_eq!(one_of_two.missing, Some(1));
        let added = only("insert into t values ('four', 'x')");
        assert_eq!(
            (added.text.as_str(), &added.rows[..]),
            ("1 row is there that was not sealed; 4 rows sealed, 5 found", &["four".to_owned()][..])
        );
        let changed = only("update t set b = 'y' where arn = 'three'; delete from t where arn = 'two'");
        assert_eq!(changed.text, "1 row differs, 2 rows are missing; 4 rows sealed, 2 found");
        assert_eq!(changed.rows, ["three"]);
        let moved = only("update t set rowid = 99 where arn = 'one'");
        assert_eq!(moved.text, "the same rows in another order, or under other names of columns");
        assert_eq!(
            only("create view v as select 1").text.split(';').next(),
            Some("1 row is there that was not sealed (definitions of tables, indexes and views)")
        );
        let dropped = after("drop table t; create table u (a)");
        let texts: Vec<&str> = dropped.iter().map(|difference| difference.text.as_str()).collect();
        assert_eq!(texts[0], "1 row differs (definitions of tables, indexes and views); 1 row sealed, 1 found");
        assert_eq!(texts[1..], ["the table is gone, with 4 rows", "the table was not there when it was sealed"]);
    }

    #[test]
    fn a_table_whose_rows_are_not_told_apart_has_its_numbers() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(BEFORE).unwrap();
        let mut sealed = table_of(&connection, "t").unwrap();
        sealed.row_digests = None;
        connection.execute_batch("update t set b = 'y' where rowid = 1").unwrap();
        let differs = of_one(&connection, &sealed).unwrap();
        assert_eq!(
            (differs.changed, differs.text.as_str()),
            (None, "some of 4 rows differ; which, the seal of a table of this size does not tell")
        );
        connection.execute_batch("delete from t where rowid = 1").unwrap();
        assert_eq!(of_one(&connection, &sealed).unwrap().text, "4 rows sealed, 3 found");
    }
}
