//! What is there and nobody declared: rows that hang on a declared resource, and whole resources.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use serde_json::Value;

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
    /// Why some declarations are not known, by account: then nothing there is called undeclared.
    pub unread: BTreeMap<String, String>,
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
        for ((table, parent), only) in owned {
            let Some(table) = self.table(table) else { continue };
            let Some(part) = table.parents.iter().find(|part| part.table == parent) else { continue };
            let own = self.of_stacks(table.name);
            let link: Vec<String> = part.columns.iter().map(|(own, theirs)| format!("it.\"{own}\" = p.\"{theirs}\"")).collect();
            let only = if only.is_empty() { String::new() } else { format!(" and coalesce(({only}), 1)") };
            let condition = format!(
                "exists (select 1 from main.{parent} as p join temp.matched as m on m.table_name = '{parent}' and m.rid = p.rowid
                    where not m.is_part and p.account_id = it.account_id and {}){only}
                 and not exists (select 1 from temp.matched as m where m.table_name = '{}' and m.rid = it.rowid){own}",
                link.join(" and "),
                table.name
            );
            self.each(table, &condition, Kind::Added, take)?;
        }
        Ok(())
    }

    /// Whole resources that no declaration names.
    ///
    /// # Errors
    /// When the snapshot cannot be asked, or a change cannot be taken.
    pub fn unmanaged(&self, take: &mut Take<'_>) -> anyhow::Result<()> {
        let mut by_table: BTreeMap<&str, Vec<&Declared>> = BTreeMap::new();
        for kind in self.kinds.iter().filter(|kind| !kind.part && !kind.id.is_empty()) {
            by_table.entry(&kind.table).or_default().push(kind);
        }
        let owned: BTreeSet<&str> = self.kinds.iter().flat_map(|kind| kind.owns.keys().map(String::as_str)).collect();
        for (name, kinds) in by_table {
            // What hangs on a declared row and is owned by it is an addition.
            if owned.contains(name) {
                continue;
            }
            let Some(table) = self.table(name).filter(|table| table.nature == Nature::Setting) else { continue };
            let mut condition = format!("not exists (select 1 from temp.matched as m where m.table_name = '{name}' and m.rid = it.rowid)");
            for kind in &kinds {
                for sql in [&kind.gone, &kind.aws_owned].into_iter().filter(|sql| !sql.is_empty()) {
                    condition += &format!(" and not coalesce(({sql}), 0)");
                }
            }
            condition += &self.of_stacks(name);
            // A part of something that nobody declared is not told besides it.
            if !table.parents.is_empty() {
                let is_declared = |part: &Parent| {
                    let link: String = part.columns.iter().map(|(own, theirs)| format!(" and it.\"{own}\" = p.\"{theirs}\"")).collect();
                    format!(
                        "exists (select 1 from main.{0} as p join temp.matched as m on m.table_name = '{0}' and m.rid = p.rowid
                            where p.account_id = it.account_id{link})",
                        part.table
                    )
                };
                let parents: Vec<String> = table.parents.iter().map(is_declared).collect();
                condition += &format!(" and ({})", parents.join(" or "));
            }
            if table.column("tags").is_some() {
                condition += " and not coalesce(it.tags like '%\"aws:cloudformation:stack-%', 0)";
            }
            self.each(table, &condition, Kind::Unmanaged, take)?;
        }
        Ok(())
    }

    /// A condition on rows of a table: no stack has made them, also where that stack was not asked about.
    fn of_stacks(&self, table: &str) -> String {
        let own = self.kinds.iter().filter(|kind| kind.table == table).flat_map(|kind| &kind.id);
        let of_lists = self.kinds.iter().flat_map(|kind| &kind.rows).filter(|rows| rows.table == table).flat_map(|rows| &rows.id);
        let is_own = |paths: &[String], at: &str| paths.iter().any(|path| path == at);
        let named = own.filter(|(_, rule)| is_own(&rule.cf.0, "@")).chain(of_lists.filter(|(_, rule)| is_own(&rule.cf.0, "^@")));
        // A list's row that is named by more than its resource's id is not that resource.
        let columns: BTreeSet<&String> = named.filter(|(column, _)| self.names_alone(table, column)).map(|(column, _)| column).collect();
        let condition = |column: &String| {
            format!(
                " and not exists (select 1 from main.aws_cloudformation_stack_resource as s
                    where s.account_id = it.account_id and s.physical_id = it.\"{column}\")"
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

    fn each(&self, table: &'static Table, condition: &str, kind: Kind, take: &mut Take<'_>) -> anyhow::Result<()> {
        let names: Vec<String> = table.columns.iter().map(|column| format!("it.\"{}\"", column.name)).collect();
        let sql = format!("select it.rowid, {} from main.{} as it where {condition} order by it.rowid", names.join(", "), table.name);
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut found: BTreeMap<&str, Value> = BTreeMap::new();
            for (i, column) in table.columns.iter().enumerate() {
                found.extend(cell(column.kind, row.get_ref(i + 1)?).map(|value| (column.name, value)));
            }
            let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
            let place = Place { table, account: text("account_id"), region: text("region") };
            let key = table.key.iter().filter_map(|name| Some(((*name).to_owned(), found.get(name)?.clone()))).collect();
            let doubt = self.doubt(kind, &place)?;
            let mut change = place.change(if doubt.is_some() { Kind::Unknown } else { kind }, &text("arn"), &key, None);
            change.reason = doubt.unwrap_or_default();
            change.row = row.get(0)?;
            if kind == Kind::Added {
                change.columns = told(table, &found);
            }
            take(Change::sealed(change))?;
        }
        Ok(())
    }

    /// Why it may be declared after all: declarations that are not known, or one of this very table that could not be placed.
    fn doubt(&self, kind: Kind, place: &Place) -> rusqlite::Result<Option<String>> {
        if let Some(why) = self.unread.get(&place.account) {
            return Ok(Some(why.clone()));
        }
        let word = if kind == Kind::Added { "one" } else { "a resource of this kind" };
        let sql = "select distinct why, lost_in, region from temp.unplaced where table_name = ?1 and account_id = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([place.table.name, &place.account])?;
        while let Some(row) = rows.next()? {
            let (why, lost_in, region): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let region = if self.standing.is_global(&lost_in) { GLOBAL } else { &region };
            // What hangs on something that is not there, is not this either.
            if lost_in.is_empty() || self.standing.hole(&lost_in, &place.account, region)?.is_some() {
                return Ok(Some(format!("{word} is declared of which it is not known which it is ({why})")));
            }
        }
        Ok(None)
    }
}

/// What a row says, without what is empty or computed.
fn told(table: &Table, found: &BTreeMap<&str, Value>) -> Vec<ColumnChange> {
    let hidden: BTreeSet<&str> = ["arn", "account_id", "region"].into();
    let is_told = |value: &Value| !matches!(value, Value::Null) && *value != Value::from("") && *value != Value::Array(Vec::new());
    let columns = table.columns.iter().filter(|column| column.nature == Nature::Setting && !hidden.contains(column.name));
    let change = |column: &crate::inventory::Column| {
        let found = found.get(column.name).filter(|value| is_told(value))?;
        Some(ColumnChange { column: column.name.to_owned(), property: String::new(), wanted: Value::Null, found: found.clone() })
    };
    columns.filter_map(change).collect()
}
