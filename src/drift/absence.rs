//! Whether something that was not found is really not there. It is only where its table was read to the end, the list that it would
//! be in was read, and no row that could be it has stayed unread.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params_from_iter};
use serde_json::Value;

use super::shelf::sql;
use crate::check::Standing;
use crate::inventory::{GLOBAL, Kind, Nature, Table};

/// Doubts about the rows of one table.
pub struct Absence<'s> {
    connection: &'s Connection,
    standing: &'s Standing<'s>,
    tables: &'s [&'static Table],
    table: &'static Table,
    /// Columns that name a row and can be unread.
    open: Vec<String>,
}

impl<'s> Absence<'s> {
    /// Prepares it for rows that are found by these columns.
    pub fn new(
        connection: &'s Connection,
        standing: &'s Standing<'s>,
        tables: &'s [&'static Table],
        table: &'static Table,
        columns: &[String],
    ) -> Self {
        let can_be_unread = |name: &&String| table.column(name).is_some_and(|column| column.can_be_unread);
        Self { connection, standing, tables, table, open: columns.iter().filter(can_be_unread).cloned().collect() }
    }

    /// Why nobody can say that it is not there; `None` when it is not.
    ///
    /// # Errors
    /// When the snapshot cannot be asked.
    pub fn doubt(&self, account: &str, region: &str, id: &BTreeMap<String, Value>) -> rusqlite::Result<Option<String>> {
        if let Some(missing) = self.standing.hole(self.table.name, account, region)? {
            return Ok(Some(missing.sentence()));
        }
        if self.table.nature == Nature::Partial {
            return Ok(Some(format!("{} holds only what something else names", self.table.name)));
        }
        if let Some(why) = self.unread_list(account, region, id)? {
            return Ok(Some(why));
        }
        if let Some(why) = self.unread_parent(account, region, id)? {
            return Ok(Some(why));
        }
        self.unread_name(account, region, id)
    }

    /// The list in which it would be hangs on a row of another table, and could not be read there.
    fn unread_list(&self, account: &str, region: &str, id: &BTreeMap<String, Value>) -> rusqlite::Result<Option<String>> {
        let Some((parent, column)) = self.table.guard else { return Ok(None) };
        let place = if self.standing.is_global(parent) { GLOBAL } else { region };
        if let Some(missing) = self.standing.hole(parent, account, place)? {
            return Ok(Some(missing.sentence()));
        }
        // Where the row that it hangs on is known, only that one's list matters.
        let of = self.table.parents.iter().filter(|part| part.table == parent);
        let known = of.flat_map(|part| part.columns).filter_map(|(own, theirs)| Some((*theirs, id.get(*own)?.as_str()?.to_owned())));
        let mut values = vec![account.to_owned()];
        let mut and = String::new();
        for (theirs, value) in known {
            values.push(value);
            and += &format!(" and \"{theirs}\" = ?{}", values.len());
        }
        let found = format!("select arn from {parent} where account_id = ?1{and} and \"{column}\" is null limit 1");
        let arn: Option<String> =
            self.connection.prepare_cached(&found)?.query_row(params_from_iter(values), |row| row.get(0)).optional()?;
        let Some(arn) = arn else { return Ok(None) };
        let tables = [parent.to_owned(), self.table.name.to_owned()].into();
        let gap = self.standing.item_gap(&tables, std::slice::from_ref(&arn), account, region)?;
        Ok(Some(gap.map_or_else(|| format!("{column} of {arn} was not read"), |gap| gap.sentence())))
    }

    /// What it would hang on is not there either, and nobody can say that that is so: of a listener that was not read no rule was.
    fn unread_parent(&self, account: &str, region: &str, id: &BTreeMap<String, Value>) -> rusqlite::Result<Option<String>> {
        let mut doubts = Vec::new();
        for part in self.table.parents {
            let Some(parent) = self.tables.iter().find(|table| table.name == part.table && table.name != self.table.name) else { continue };
            let known: BTreeMap<String, Value> =
                part.columns.iter().filter_map(|(own, theirs)| Some(((*theirs).to_owned(), id.get(*own)?.clone()))).collect();
            let mut values = vec![account.to_owned().into()];
            let mut and = String::new();
            for (theirs, value) in &known {
                values.push(sql(parent.column(theirs).map_or(Kind::Text, |column| column.kind), value));
                and += &format!(" and it.\"{theirs}\" = ?{}", values.len());
            }
            let found = format!("select 1 from {} as it where it.account_id = ?1{and} limit 1", parent.name);
            let is_there = !known.is_empty()
                && self.connection.prepare_cached(&found)?.query_row(params_from_iter(values), |_| Ok(())).optional()?.is_some();
            if is_there {
                return Ok(None);
            }
            let place = if self.standing.is_global(parent.name) { GLOBAL } else { region };
            doubts.push(Self::new(self.connection, self.standing, self.tables, parent, &[]).doubt(account, place, &known)?);
        }
        Ok(doubts.into_iter().flatten().next())
    }

    /// A row that would be it, if what was not read of it is what is wanted.
    fn unread_name(&self, account: &str, region: &str, id: &BTreeMap<String, Value>) -> rusqlite::Result<Option<String>> {
        if self.open.is_empty() {
            return Ok(None);
        }
        let (mut values, mut and) = (vec![account.to_owned().into()], Vec::new());
        for (name, value) in id {
            values.push(sql(self.table.column(name).map_or(Kind::Text, |column| column.kind), value));
            let or = if self.open.contains(name) { format!(" or \"{name}\" is null") } else { String::new() };
            and.push(format!(" and (\"{name}\" = ?{}{or})", values.len()));
        }
        let any: Vec<String> = self.open.iter().map(|name| format!("\"{name}\" is null")).collect();
        let found = format!("select arn from {} where account_id = ?1{} and ({}) limit 1", self.table.name, and.concat(), any.join(" or "));
        let arn: Option<String> =
            self.connection.prepare_cached(&found)?.query_row(params_from_iter(values), |row| row.get(0)).optional()?;
        let Some(arn) = arn else { return Ok(None) };
        let tables = [self.table.name.to_owned()].into();
        let gap = self.standing.item_gap(&tables, std::slice::from_ref(&arn), account, region)?;
        Ok(Some(gap.map_or_else(|| format!("{arn} may be it: {} was not read", self.open.join(", ")), |gap| gap.sentence())))
    }
}
