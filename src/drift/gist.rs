//! Which declared rows may be about one row, without a look at each of them: by what two values that mean the same have in common,
//! however they are written.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};
use serde_json::Value;

use super::same::gist;
use super::shelf::{Packed, unpack};

/// Stands for whatever may mean anything.
const ANY: &str = "*";

/// So few rows are looked at one by one; of more another column may tell fewer.
const FEW: i64 = 16;

/// What the rows on shelves have in their columns, as far as anybody asked.
#[derive(Debug)]
pub(super) struct Gists<'c> {
    connection: &'c Connection,
    /// Shelves and columns that are known.
    made: RefCell<BTreeSet<(usize, String)>>,
}

/// What a row on a shelf says of a column.
pub(super) fn says(known: &Packed, column: &str) -> Option<Value> {
    known.id.get(column).or_else(|| known.cells.get(column).map(|cell| &cell.value)).cloned()
}

impl<'c> Gists<'c> {
    /// Nothing is known yet.
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, made: RefCell::default() }
    }

    /// Whether a row on a shelf is one for which `is_it` holds. Only those are looked at that may have these values.
    ///
    /// # Errors
    /// When SQLite cannot.
    pub(super) fn any(
        &self,
        shelf: usize,
        account: &str,
        values: &BTreeMap<String, Value>,
        is_it: &dyn Fn(&Packed) -> bool,
    ) -> rusqlite::Result<bool> {
        let mut best: Option<(i64, &str, String)> = None;
        for (column, value) in values {
            let Some(gist) = gist(value) else { continue };
            self.make(shelf, column)?;
            let count = "select count(*) from (
                select 1 from temp.gist where shelf = ?1 and column_name = ?2 and gist in (?3, ?4) limit 1000)";
            let count: i64 =
                self.connection.prepare_cached(count)?.query_row(params![shelf as i64, column, gist, ANY], |row| row.get(0))?;
            if best.as_ref().is_none_or(|(fewest, ..)| count < *fewest) {
                best = Some((count, column.as_str(), gist));
            }
            if count <= FEW {
                break;
            }
        }
        let is_one = |row: &rusqlite::Row<'_>| Ok::<_, rusqlite::Error>(is_it(&unpack(row.get_ref(0)?.as_str().unwrap_or("{}"))));
        let mut found = false;
        match best {
            Some((_, column, gist)) => {
                let sql = "select w.row from temp.gist as g join temp.wanted as w on w.seq = g.seq
                    where g.shelf = ?1 and g.column_name = ?2 and g.gist in (?3, ?4) and w.account_id = ?5";
                let mut statement = self.connection.prepare_cached(sql)?;
                let mut rows = statement.query(params![shelf as i64, column, gist, ANY, account])?;
                while let (false, Some(row)) = (found, rows.next()?) {
                    found = is_one(row)?;
                }
            }
            // Nothing that names it can be told.
            None => {
                let mut statement = self.connection.prepare_cached("select row from temp.wanted where shelf = ?1 and account_id = ?2")?;
                let mut rows = statement.query(params![shelf as i64, account])?;
                while let (false, Some(row)) = (found, rows.next()?) {
                    found = is_one(row)?;
                }
            }
        }
        Ok(found)
    }

    /// Notes what each row on a shelf says of a column, once. A row that says nothing of it is none of those that are looked for.
    fn make(&self, shelf: usize, column: &str) -> rusqlite::Result<()> {
        if !self.made.borrow_mut().insert((shelf, column.to_owned())) {
            return Ok(());
        }
        let mut statement = self.connection.prepare("select seq, row from temp.wanted where shelf = ?1")?;
        let mut note = self.connection.prepare("insert into temp.gist values (?1, ?2, ?3, ?4)")?;
        let mut rows = statement.query([shelf as i64])?;
        while let Some(row) = rows.next()? {
            let known = unpack(row.get_ref(1)?.as_str().unwrap_or("{}"));
            if let Some(value) = says(&known, column) {
                note.execute(params![shelf as i64, column, gist(&value).as_deref().unwrap_or(ANY), row.get::<_, i64>(0)?])?;
            }
        }
        Ok(())
    }
}
