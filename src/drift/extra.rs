//! What is there and nobody declared: rows that hang on a declared resource, and whole resources.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use serde_json::Value;

use super::age::{before, columns_of, words_of};
use super::compare::{Place, Take};
use super::same::cell;
use crate::change::{Change, ColumnChange, Kind};
use crate::check::Standing;
use crate::inventory::kind::Kind as Declared;
use crate::inventory::{GLOBAL, Nature, Parent, Table};

/// Looks for what is on no shelf.
pub struct Extra<'s> {
    /// The snapshot.
    pub connection: &'s Connection,
    /// What was read of it.
    pub standing: &'s Standing<'s>,
    /// Every table.
    pub tables: &'s [&'static Table],
    /// Every kind.
    pub kinds: &'static [Declared],
    /// Why some declarations are not known, by account and region: then nothing there is called undeclared. `''` stands for all
    /// regions of an account.
    pub unread: BTreeMap<(String, String), String>,
}

/// What is looked for in a table.
struct Search<'q> {
    table: &'static Table,
    kind: Kind,
    /// SQL over `it` that is true for the rows that are meant.
    condition: String,
    /// SQL over `it` that is true for what nobody declares; NULL where that cannot be said.
    not_meant: Vec<&'q str>,
}

impl Extra<'_> {
    fn table(&self, name: &str) -> Option<&'static Table> {
        self.tables.iter().find(|table| table.name == name).copied()
    }

    /// Rows that hang on a declared resource and are not declared.
    ///
    /// # Errors
    /// When the snapshot cannot be asked, or a change cannot be taken.
    pub fn added(&self, take: &mut Take<'_>) -> anyhow::Result<()> {
        let mut owned: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for kind in self.kinds {
            owned.extend(kind.owns.iter().map(|(table, only)| ((table.as_str(), kind.table.as_str()), only.as_str())));
        }
        self.note_made()?;
        for ((name, parent), only) in owned {
            let (Some(table), Some(above)) = (self.table(name), self.table(parent)) else { continue };
            let Some(part) = table.parents.iter().find(|part| part.table == parent) else { continue };
            let (kept, above) = (columns_of(self.connection, name)?, columns_of(self.connection, above.name)?);
            let is_kept = |(own, theirs): &(&str, &str)| kept.contains(*own) && above.contains(*theirs);
            if !part.columns.iter().all(is_kept) {
                continue;
            }
            let own: Vec<String> = part.columns.iter().map(|(own, _)| format!("it.\"{own}\"")).collect();
            let theirs: Vec<String> = part.columns.iter().map(|(_, theirs)| format!("p.\"{theirs}\"")).collect();
            let condition = format!(
                "(it.account_id, {}) in (select p.account_id, {} from temp.matched as m join {parent} as p on p.rowid = m.rid
                    where m.table_name = '{parent}' and not m.is_part)
                 and it.rowid not in (select m.rid from temp.matched as m where m.table_name = '{name}'){}",
                own.join(", "),
                theirs.join(", "),
                self.of_stacks(name, &kept)
            );
            let not_meant = if only.is_empty() { String::new() } else { format!("not ({only})") };
            let not_meant = Some(not_meant.as_str()).filter(|sql| !sql.is_empty()).into_iter().collect();
            self.each(&Search { table, kind: Kind::Added, condition, not_meant }, take)?;
        }
        Ok(())
    }

    /// Whole resources that no declaration names.
    ///
    /// # Errors
    /// When the snapshot cannot be asked, or a change cannot be taken.
    pub fn unmanaged(&self, take: &mut Take<'_>) -> anyhow::Result<()> {
        self.note_made()?;
        let mut by_table: BTreeMap<&str, Vec<&Declared>> = BTreeMap::new();
        for kind in self.kinds.iter().filter(|kind| !kind.part && !kind.id.is_empty()) {
            by_table.entry(&kind.table).or_default().push(kind);
        }
        // What another resource owns is an addition to that one, or is its affair.
        let owned: BTreeSet<&str> = self.kinds.iter().flat_map(|kind| kind.owns.keys()).map(String::as_str).collect();
        let is_whole = |table: &&Table| table.nature == Nature::Setting && !owned.contains(table.name);
        for (name, kinds) in by_table {
            let Some(table) = self.table(name).filter(is_whole) else { continue };
            let kept = columns_of(self.connection, name)?;
            let mut condition =
                format!("it.rowid not in (select m.rid from temp.matched as m where m.table_name = '{name}' and not m.is_part)");
            condition += &self.of_stacks(name, &kept);
            // A part of something that nobody declared is not told besides it.
            if !table.parents.is_empty() {
                let is_declared = |Parent { table, columns }: &Parent| {
                    let own: String = columns.iter().map(|(own, _)| format!(", it.\"{own}\"")).collect();
                    let theirs: String = columns.iter().map(|(_, theirs)| format!(", p.\"{theirs}\"")).collect();
                    format!(
                        "(it.account_id{own}) in (select p.account_id{theirs} from temp.matched as m join {table} as p on p.rowid = m.rid
                            where m.table_name = '{table}')"
                    )
                };
                let parents: Vec<String> = table.parents.iter().map(is_declared).collect();
                condition += &format!(" and ({})", parents.join(" or "));
            }
            if kept.contains("tags") {
                condition += " and not coalesce(it.tags like '%\"aws:cloudformation:stack-%', 0)";
            }
            let not_meant: BTreeSet<&str> =
                kinds.iter().flat_map(|kind| [kind.gone.as_str(), kind.aws_owned.as_str()]).filter(|sql| !sql.is_empty()).collect();
            self.each(&Search { table, kind: Kind::Unmanaged, condition, not_meant: not_meant.into_iter().collect() }, take)?;
        }
        Ok(())
    }

    /// Puts what stacks made where it is found quickly.
    fn note_made(&self) -> rusqlite::Result<()> {
        self.connection.execute_batch(
            "create temp table if not exists made
                (account_id text, physical_id text, region text, primary key (account_id, physical_id, region)) without rowid;
             insert or ignore into temp.made select account_id, physical_id, region from aws_cloudformation_stack_resource;",
        )
    }

    /// A condition on rows of a table: no stack has made them, also where that stack was not asked about.
    fn of_stacks(&self, table: &str, kept: &BTreeSet<String>) -> String {
        let own = self.kinds.iter().filter(|kind| kind.table == table).flat_map(|kind| &kind.id);
        let of_lists = self.kinds.iter().flat_map(|kind| &kind.rows).filter(|rows| rows.table == table).flat_map(|rows| &rows.id);
        let is_own = |paths: &[String], at: &str| paths.iter().any(|path| path == at);
        let named = own.filter(|(_, rule)| is_own(&rule.cf.0, "@")).chain(of_lists.filter(|(_, rule)| is_own(&rule.cf.0, "^@")));
        // A list's row that is named by more than its resource's id is not that resource.
        let is_name = |column: &&String| kept.contains(*column) && self.names_alone(table, column);
        let columns: BTreeSet<&String> = named.map(|(column, _)| column).filter(is_name).collect();
        // What is in no region may be any stack's, other things are of a stack beside them.
        let [its, theirs] = if self.standing.is_global(table) { ["", ""] } else { [", it.region", ", region"] };
        let condition = |column: &String| {
            format!(
                " and coalesce((it.account_id, it.\"{column}\"{its}) not in (select account_id, physical_id{theirs} from temp.made), 1)"
            )
        };
        columns.into_iter().map(condition).collect()
    }

    /// Whether a declaration finds rows of a table by this column alone.
    fn names_alone(&self, table: &str, column: &str) -> bool {
        let own = self.kinds.iter().filter(|kind| kind.table == table).map(|kind| &kind.id);
        let of_lists = self.kinds.iter().flat_map(|kind| &kind.rows).filter(|rows| rows.table == table).map(|rows| &rows.id);
        own.chain(of_lists).any(|id| id.len() == 1 && id.contains_key(column))
    }

    fn each(&self, search: &Search<'_>, take: &mut Take<'_>) -> anyhow::Result<()> {
        let table = search.table;
        let kept = columns_of(self.connection, table.name)?;
        let column = |name: &str| if kept.contains(name) { format!("it.\"{name}\"") } else { "null".to_owned() };
        let names: Vec<String> = table.columns.iter().map(|of| column(of.name)).collect();
        // SQL that asks for what the snapshot does not have cannot be asked.
        let lacks = search.not_meant.iter().flat_map(|sql| words_of(sql)).find(|name| !kept.contains(name));
        let meant = |sql: &&str| format!("({sql})");
        let not_meant = match search.not_meant.is_empty() || lacks.is_some() {
            true => "0".to_owned(),
            false => search.not_meant.iter().map(meant).collect::<Vec<_>>().join(" or "),
        };
        let sql = format!(
            "select it.rowid, ({not_meant}) is null, {} from {} as it where {} and coalesce(not ({not_meant}), 1) order by it.rowid",
            names.join(", "),
            table.name,
            search.condition
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut found: BTreeMap<&str, Value> = BTreeMap::new();
            for (i, column) in table.columns.iter().enumerate() {
                found.extend(cell(column.kind, row.get_ref(i + 2)?).map(|value| (column.name, value)));
            }
            let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
            let place = Place { table, account: text("account_id"), region: text("region") };
            let key = table.key.iter().filter_map(|name| Some(((*name).to_owned(), found.get(name)?.clone()))).collect();
            let doubt = match (&lacks, row.get(1)?) {
                (Some(column), _) => Some(before(table, column)),
                (None, true) => Some("what tells it from what AWS makes was not read".to_owned()),
                (None, false) => self.doubt(search, &place)?,
            };
            let mut change = place.change(if doubt.is_some() { Kind::Unknown } else { search.kind }, &text("arn"), &key, None);
            change.reason = doubt.unwrap_or_else(String::new);
            change.row = row.get(0)?;
            if change.kind == Kind::Added {
                change.columns = told(table, &found);
            }
            take(Change::sealed(change))?;
        }
        Ok(())
    }

    /// Why it may be declared after all, or be nobody's to declare: declarations that are not known, one of this very table that could
    /// not be placed, or other tables that would tell and were not read.
    fn doubt(&self, search: &Search<'_>, place: &Place) -> rusqlite::Result<Option<String>> {
        let is_global = self.standing.is_global(place.table.name);
        // A stack declares what is in its own region, and what is in none.
        let is_here = |region: &str| is_global || ["", GLOBAL, &place.region].contains(&region);
        let unread = self.unread.iter().find(|((account, region), _)| *account == place.account && is_here(region));
        if let Some((_, why)) = unread {
            return Ok(Some(why.clone()));
        }
        let word = if search.kind == Kind::Added { "one" } else { "a resource of this kind" };
        let sql = "select distinct region, why, lost_in from temp.unplaced where table_name = ?1 and account_id = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([place.table.name, &place.account])?;
        while let Some(row) = rows.next()? {
            let (region, why, lost_in): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let lost_region = if self.standing.is_global(&lost_in) { GLOBAL } else { &region };
            // What hangs on something that is not there, is not this either.
            let is_open = lost_in.is_empty() || self.standing.hole(&lost_in, &place.account, lost_region)?.is_some();
            if is_open && is_here(&region) {
                return Ok(Some(format!("{word} is declared of which it is not known which it is ({why})")));
            }
        }
        for table in search.not_meant.iter().flat_map(|sql| self.tables_in(sql)) {
            let region = if self.standing.is_global(table) { GLOBAL } else { place.region.as_str() };
            let missing = match self.standing.hole(table, &place.account, region)? {
                Some(missing) => Some(missing),
                None => self.standing.item_gap(&[table.to_owned()].into(), &[], &place.account, region)?,
            };
            if let Some(missing) = missing {
                return Ok(Some(format!("what tells it from what AWS makes was not read: {}", missing.sentence())));
            }
        }
        Ok(None)
    }

    /// Tables that SQL asks besides the row's own.
    fn tables_in(&self, sql: &str) -> Vec<&'static str> {
        let words: BTreeSet<&str> = sql.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
        self.tables.iter().map(|table| table.name).filter(|name| words.contains(name)).collect()
    }
}

/// What a row says, without what is empty or computed.
fn told(table: &Table, found: &BTreeMap<&str, Value>) -> Vec<ColumnChange> {
    let hidden: BTreeSet<&str> = ["arn", "account_id", "region"].into();
    let is_told = |value: &Value| !value.is_null() && value.as_str() != Some("") && value.as_array().is_none_or(|items| !items.is_empty());
    let columns = table.columns.iter().filter(|column| column.nature == Nature::Setting && !hidden.contains(column.name));
    let change = |column: &crate::inventory::Column| {
        let found = found.get(column.name).filter(|value| is_told(value))?;
        Some(ColumnChange { column: column.name.to_owned(), property: String::new(), wanted: Value::Null, found: found.clone() })
    };
    columns.filter_map(change).collect()
}
