//! What is wanted against what was found: changed, missing, or not to be told.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::Connection;
use serde_json::Value;

use super::absence::Absence;
use super::age::{before, columns_of, lacking, words_of};
use super::fold::{Missing, depth};
use super::gist::{Gists, says};
use super::same::{cell, same};
use super::settle::{settle, with_parts};
use super::shelf::{MOST_KEYS, Packed, Shelf, Shelves, sql as sql_value, unpack, unplaced};
use super::source::blank;
use super::wanted::Cell;
use crate::change::{Change, ColumnChange, Kind, Origin, Scope};
use crate::check::Standing;
use crate::declared::holes;
use crate::inventory::{GLOBAL, Kind as ColumnKind, Table};

/// The comparison of one snapshot with what is on the shelves beside it.
pub struct Comparison<'s> {
    connection: &'s Connection,
    standing: &'s Standing<'s>,
    tables: HashMap<&'static str, &'static Table>,
    all: Vec<&'static Table>,
    gists: Gists<'s>,
}

/// Wanted rows of which none can be found.
const NO_JOIN: &str = "select w.account_id, w.region, null, w.row from temp.wanted as w where w.shelf = ?1 order by w.seq";

/// Who takes the changes as they are found.
pub type Take<'t> = dyn FnMut(Change) -> anyhow::Result<()> + 't;

impl<'s> Comparison<'s> {
    /// Prepares it.
    pub fn new(connection: &'s Connection, standing: &'s Standing<'s>, tables: &[&'static Table]) -> Self {
        let by_name = tables.iter().map(|table| (table.name, *table)).collect();
        Self { connection, standing, tables: by_name, all: tables.to_vec(), gists: Gists::new(connection) }
    }

    /// Compares every shelf.
    ///
    /// # Errors
    /// When the snapshot cannot be asked, or a change cannot be taken.
    pub fn run(&self, shelves: &Shelves, scope: &mut Scope, take: &mut Take<'_>) -> anyhow::Result<()> {
        let mut told = ToldOnce { missing: Missing::new(&self.all), changed: BTreeSet::new() };
        let mut out = Out { told: &mut told, scope, take };
        let deep = |shelf: &Shelf| self.tables.get(shelf.table.as_str()).map_or(0, |table| depth(table, &self.all));
        let mut order: Vec<usize> = (0..shelves.all.len()).collect();
        // What hangs on something comes after it.
        order.sort_by_key(|at| (deep(&shelves.all[*at]), *at));
        for pass in [Pass::Parts, Pass::Wholes, Pass::MissingParts] {
            for number in order.iter().copied().filter(|at| shelves.all[*at].is_part != (pass == Pass::Wholes)) {
                self.shelf(number, shelves, pass, &mut out)?;
            }
        }
        Ok(())
    }

    fn shelf(&self, number: usize, shelves: &Shelves, pass: Pass, out: &mut Out<'_, '_>) -> anyhow::Result<()> {
        let shelf = &shelves.all[number];
        let Some(table) = self.tables.get(shelf.table.as_str()).copied() else { return Ok(()) };
        let kept = columns_of(self.connection, table.name)?;
        let absence = Absence::new(self.connection, self.standing, &self.all, table, &shelf.columns);
        let lacks = lacking(shelf, &kept);
        let join = if lacks.is_some() { NO_JOIN.to_owned() } else { self.join(shelf) };
        let mut wanted = self.connection.prepare(&join)?;
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| if kept.contains(column.name) { format!("it.\"{}\"", column.name) } else { "null".to_owned() })
            .collect();
        let mut row = self.connection.prepare(&format!("select {} from {} as it where it.rowid = ?1", names.join(", "), table.name))?;
        let mut matched = self
            .connection
            .prepare("insert into temp.matched values (?1, ?2, ?3) on conflict do update set is_part = min(is_part, excluded.is_part)")?;
        let mut rows = wanted.query([number as i64])?;
        while let Some(next) = rows.next()? {
            let found: Option<i64> = next.get(2)?;
            if (pass == Pass::Parts && found.is_none()) || (pass == Pass::MissingParts && found.is_some()) {
                continue;
            }
            let packed = unpack(next.get_ref(3)?.as_str().unwrap_or("{}"));
            let (account, region): (String, String) = (next.get(0)?, next.get(1)?);
            let place = Place { table, account, region: self.region_of(table, region) };
            if let Some(rid) = found {
                matched.execute(rusqlite::params![table.name, rid, shelf.is_part])?;
                if packed.is_quiet {
                    // What it sets on somebody else's row it sets all the same.
                    self.claim(table, rid, &packed)?;
                    continue;
                }
                out.scope.compared += 1;
                let found = row.query_row([rid], |found| {
                    // Of the others nobody said anything.
                    let is_asked = |column: &str| packed.cells.contains_key(column) || column == "arn" || column == "region";
                    let values = table.columns.iter().enumerate().filter(|(_, column)| is_asked(column.name));
                    values.map(|(i, column)| Ok((column.name, cell(column.kind, found.get_ref(i)?)))).collect::<rusqlite::Result<_>>()
                })?;
                self.found(&place, &packed, &Row { rid, found: &found, kept: &kept }, out)?;
                continue;
            }
            let doubt = match &lacks {
                Some(column) => Some(before(table, column)),
                None if place.region.is_empty() => Some("it is not known in which region it is".to_owned()),
                None => absence.doubt(&place.account, &place.region, &packed.id)?,
            };
            if let Some(why) = &doubt {
                // It may be any of those that are there.
                unplaced(self.connection, (table.name, &place.account, &place.region), why, "")?;
            }
            let is_nothing = packed.is_quiet || packed.is_optional || self.is_told_by_another(&place, number, shelves, &packed)?;
            if !is_nothing && out.told.missing.is_news(&place, shelf.is_part, &packed, doubt.is_none()) {
                self.not_found(&place, &packed, doubt, out)?;
            }
        }
        for column in table.columns.iter().filter(|column| !kept.contains(column.name)) {
            let remark = format!("{}: not compared", before(table, column.name));
            if !out.scope.remarks.contains(&remark) {
                out.scope.remarks.push(remark);
            }
        }
        Ok(())
    }

    /// Wanted rows, each with the number of the row that was found for it.
    fn join(&self, shelf: &Shelf) -> String {
        let is_global = self.standing.is_global(&shelf.table);
        let keys: String =
            shelf.columns.iter().take(MOST_KEYS).enumerate().map(|(i, column)| format!(" and it.\"{column}\" = w.k{i}")).collect();
        let region = if is_global || shelf.is_anywhere { "" } else { " and it.region = w.region" };
        // The plus keeps SQLite from taking a shelf for a short one, and from looking through the whole table for each of its rows.
        let gone = if shelf.gone.is_empty() { String::new() } else { format!(" and not coalesce(({}), 0)", shelf.gone) };
        format!(
            "select w.account_id, w.region, min(it.rowid), w.row from temp.wanted as w
             left join {} as it on it.account_id = w.account_id{region}{keys}{gone}
             where +w.shelf = ?1 group by w.seq order by w.seq",
            shelf.table
        )
    }

    /// Where the table keeps what belongs to a region.
    fn region_of(&self, table: &Table, region: String) -> String {
        if self.standing.is_global(table.name) { GLOBAL.to_owned() } else { region }
    }

    fn found(&self, place: &Place, packed: &Packed, row: &Row<'_>, out: &mut Out<'_, '_>) -> anyhow::Result<()> {
        let Row { rid, found, kept } = *row;
        let (mut changed, mut unread) = (Vec::new(), Vec::new());
        let claimed = self.claim(place.table, rid, packed)?;
        for (column, wanted) in &packed.cells {
            let Some(column_of) = place.table.column(column).filter(|of| kept.contains(of.name)) else { continue };
            let of_parts = claimed.get(column).map_or(&[][..], Vec::as_slice);
            if of_parts.contains(&Value::Null) || !self.counts(place.table, rid, (column_of.kind, wanted), kept)? {
                continue;
            }
            for why in holes(&wanted.value).into_iter().filter(|why| !why.is_empty()) {
                *out.scope.unresolved.entry(why.to_owned()).or_default() += 1;
            }
            if crate::declared::is_hole(&wanted.value).is_some() {
                continue;
            }
            let change = |value: Value, found: Value| ColumnChange {
                column: column.clone(),
                property: wanted.property.clone(),
                wanted: value,
                found,
            };
            match found.get(column.as_str()).cloned().flatten() {
                None => unread.push(change(wanted.value.clone(), Value::Null)),
                Some(value) => {
                    out.scope.values += 1;
                    let (compared, value) = settle(column, wanted, value, &packed.other_tags);
                    let compared = with_parts(compared, of_parts);
                    if !same(&compared, &value, column_of.is_ordered)
                        && out.told.changed.insert((place.table.name, rid, column.clone(), compared.to_string()))
                    {
                        let is_whole = wanted.is_among || !of_parts.is_empty();
                        changed.push(change(if is_whole { compared } else { wanted.value.clone() }, value));
                    }
                }
            }
        }
        let text = |name: &str| found.get(name).cloned().flatten().and_then(|value| value.as_str().map(str::to_owned));
        let arn = text("arn").unwrap_or_else(String::new);
        let region = text("region").unwrap_or_else(|| place.region.clone());
        let place = Place { region, ..place.clone() };
        if !changed.is_empty() {
            let mut change = place.change(Kind::Changed, &arn, &packed.id, Some(&packed.origin));
            change.columns = changed;
            change.row = rid;
            (out.take)(change.sealed())?;
        }
        if !unread.is_empty() {
            let mut change = place.change(Kind::Unknown, &arn, &packed.id, Some(&packed.origin));
            let tables = BTreeSet::from([place.table.name.to_owned()]);
            let gap = self.standing.item_gap(&tables, &[arn], &place.account, &place.region)?;
            change.reason = gap.map_or_else(|| "AWS did not tell".to_owned(), |gap| gap.sentence());
            change.columns = unread;
            change.row = rid;
            (out.take)(change.sealed())?;
        }
        Ok(())
    }

    /// Of a column that a part sets, the part has the say: what its whole says of it can be older, or only AWS's default. A part
    /// takes its columns, a whole is told which are taken: with null for all of it, or with what a part puts into a list besides.
    fn claim(&self, table: &Table, rid: i64, packed: &Packed) -> rusqlite::Result<BTreeMap<String, Vec<Value>>> {
        let mut claimed: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        if packed.is_part {
            for (column, cell) in &packed.cells {
                let among = if cell.is_among { cell.value.to_string() } else { String::new() };
                let sql = "insert or ignore into temp.claimed values (?1, ?2, ?3, ?4)";
                self.connection.prepare_cached(sql)?.execute(rusqlite::params![table.name, rid, column, among])?;
            }
            return Ok(claimed);
        }
        let sql = "select column_name, among from temp.claimed where table_name = ?1 and rid = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params![table.name, rid])?;
        while let Some(row) = rows.next()? {
            let (column, among): (String, String) = (row.get(0)?, row.get(1)?);
            claimed.entry(column).or_default().push(serde_json::from_str(&among).unwrap_or(Value::Null));
        }
        Ok(claimed)
    }

    /// Whether the column is compared at all on this row.
    fn counts(&self, table: &Table, rid: i64, (kind, wanted): (ColumnKind, &Cell), kept: &BTreeSet<String>) -> rusqlite::Result<bool> {
        if wanted.only.is_empty() {
            return Ok(true);
        }
        if words_of(&wanted.only).iter().any(|name| !kept.contains(name)) {
            return Ok(false);
        }
        let sql = format!("select coalesce(({}), 0) from {} as it where it.rowid = :rid", wanted.only, table.name);
        let mut statement = self.connection.prepare_cached(&sql)?;
        for (name, value) in [(":rid", rid.into()), (":wanted", sql_value(kind, &wanted.value))] {
            if let Some(at) = statement.parameter_index(name)? {
                statement.raw_bind_parameter(at, value)?;
            }
        }
        let mut rows = statement.raw_query();
        rows.next()?.map_or(Ok(true), |row| row.get(0))
    }

    /// Whether another declaration of the same row finds it by other columns: what is to be told of it is told there.
    fn is_told_by_another(&self, place: &Place, number: usize, shelves: &Shelves, packed: &Packed) -> rusqlite::Result<bool> {
        let others = shelves.all.iter().enumerate().filter(|(other, shelf)| *other != number && shelf.table == place.table.name);
        for (other, shelf) in others {
            // Who names the row by an id of its own knows best which one it is.
            if shelf.columns.len() >= packed.id.len() {
                continue;
            }
            let is_it =
                |known: &Packed| packed.id.iter().all(|(column, value)| says(known, column).is_some_and(|said| same(&said, value, true)));
            if self.gists.any(other, &place.account, &packed.id, &is_it)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn not_found(&self, place: &Place, packed: &Packed, reason: Option<String>, out: &mut Out<'_, '_>) -> anyhow::Result<()> {
        let kind = if reason.is_some() { Kind::Unknown } else { Kind::Missing };
        out.scope.compared += u64::from(kind == Kind::Missing);
        let mut change = place.change(kind, &named(&packed.id), &packed.id, Some(&packed.origin));
        change.reason = reason.as_deref().unwrap_or("").to_owned();
        if kind == Kind::Missing {
            let column = |(column, cell): (&String, &Cell)| ColumnChange {
                column: column.clone(),
                property: cell.property.clone(),
                wanted: cell.value.clone(),
                found: Value::Null,
            };
            change.columns = packed.cells.iter().map(column).collect();
        }
        (out.take)(change.sealed())
    }
}

/// Where a comparison tells.
struct Out<'o, 't> {
    told: &'o mut ToldOnce,
    scope: &'o mut Scope,
    take: &'o mut Take<'t>,
}

/// A row that was found for a wanted one.
struct Row<'r> {
    rid: i64,
    found: &'r BTreeMap<&'static str, Option<Value>>,
    kept: &'r BTreeSet<String>,
}

/// In which order is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// What sets columns of rows of others, first: it has the say.
    Parts,
    /// What stands for itself.
    Wholes,
    /// Parts of rows that are not there: not missing besides the row itself.
    MissingParts,
}

/// What was told already: a state has a route both in its table and by itself, and a rule in its group.
#[derive(Debug)]
struct ToldOnce {
    /// What is not there.
    missing: Missing,
    /// Tables, rows, columns and what is wanted of them.
    changed: BTreeSet<(&'static str, i64, String, String)>,
}

/// A table in a place.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) table: &'static Table,
    pub(super) account: String,
    pub(super) region: String,
}

impl Place {
    /// A change there, without its details.
    pub(super) fn change(&self, kind: Kind, resource: &str, id: &BTreeMap<String, Value>, origin: Option<&Origin>) -> Change {
        Change { key: id.clone(), ..blank(kind, &self.account, &self.region, self.table.name, resource, origin.cloned()) }
    }
}

/// What names a row that is not there: its ARN if that is known, else column by column.
pub(super) fn named(id: &BTreeMap<String, Value>) -> String {
    if let Some(arn) = id.get("arn").and_then(Value::as_str).filter(|_| id.len() == 1) {
        return arn.to_owned();
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    id.iter().map(|(column, value)| format!("{column}={}", text(value))).collect::<Vec<_>>().join(" ")
}
