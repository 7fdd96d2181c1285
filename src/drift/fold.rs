//! What hangs on something that is gone, or new, is not told besides it: of a route table that was deleted nobody needs to hear each
//! route.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::compare::Place;
use super::shelf::Packed;
use crate::inventory::{Parent, Table};

/// Rows that were told, as far as others may hang on them.
#[derive(Debug, Default)]
pub struct Folds {
    /// By which of its columns rows of other tables hang on a table.
    links: HashMap<&'static str, HashSet<&'static [(&'static str, &'static str)]>>,
    told: HashSet<String>,
}

impl Folds {
    /// Prepares it for these tables.
    pub fn new(tables: &[&'static Table]) -> Self {
        let mut folds = Self::default();
        for parent in tables.iter().flat_map(|table| table.parents) {
            folds.links.entry(parent.table).or_default().insert(parent.columns);
        }
        folds
    }

    /// Notes that a row was told. `side` keeps apart what is gone and what is new; `value` gives its columns as far as they are known.
    pub fn note(&mut self, table: &str, account: &str, side: &str, value: &dyn Fn(&str) -> Option<Value>) {
        let Some(links) = self.links.get(table) else { return };
        for columns in links {
            let values: Option<Vec<Value>> = columns.iter().map(|(_, theirs)| value(theirs)).collect();
            self.told.extend(values.map(|values| link(table, account, side, columns, &values)));
        }
    }

    /// Whether what a row hangs on was told.
    pub fn has(&self, table: &Table, account: &str, side: &str, value: &dyn Fn(&str) -> Option<Value>) -> bool {
        table.parents.iter().any(|Parent { table, columns }| {
            let values: Option<Vec<Value>> = columns.iter().map(|(own, _)| value(own)).collect();
            values.is_some_and(|values| self.told.contains(&link(table, account, side, columns, &values)))
        })
    }
}

fn link(table: &str, account: &str, side: &str, columns: &[(&str, &str)], values: &[Value]) -> String {
    let theirs: Vec<&str> = columns.iter().map(|(_, theirs)| *theirs).collect();
    let values: Vec<String> = values.iter().map(Value::to_string).collect();
    [side, account, table, &theirs.join(","), &values.join("\n")].join("\n")
}

/// How many tables stand above a table: what hangs on others comes after them.
pub fn depth(table: &Table, tables: &[&'static Table]) -> usize {
    let above = |name: &str| tables.iter().find(|other| other.name == name && other.name != table.name);
    table.parents.iter().filter_map(|parent| above(parent.table)).map(|parent| 1 + depth(parent, tables)).max().unwrap_or(0)
}

/// Declared rows that are not there.
#[derive(Debug)]
pub struct Missing {
    /// All of which it was told, by table, account, region and what names them.
    told: BTreeSet<[String; 4]>,
    /// Those of them that are missing for certain, likewise.
    certain: BTreeSet<[String; 4]>,
    /// By which columns the missing rows of a table are named.
    names: BTreeMap<&'static str, BTreeSet<Vec<String>>>,
    /// Their tables, and where they were declared.
    origins: BTreeSet<(&'static str, String, String)>,
    folds: Folds,
}

impl Missing {
    /// None so far.
    pub fn new(tables: &[&'static Table]) -> Self {
        let folds = Folds::new(tables);
        Self { told: BTreeSet::new(), certain: BTreeSet::new(), names: BTreeMap::new(), origins: BTreeSet::new(), folds }
    }

    /// Notes a row that was not found, and says whether it is to be told: not what hangs on something that is missing, or sets a column
    /// of it. `is_certain`: it is missing, and not only unread.
    pub(super) fn is_news(&mut self, place: &Place, is_part: bool, packed: &Packed, is_certain: bool) -> bool {
        let Place { table, account, region } = place;
        let value = |name: &str| match name {
            "account_id" => Some(account.clone().into()),
            "region" => Some(region.clone().into()),
            _ => packed.id.get(name).or_else(|| packed.cells.get(name).map(|cell| &cell.value)).cloned(),
        };
        let key = |table: &str, id: &BTreeMap<String, Value>| {
            let id: Vec<String> = id.iter().map(|(name, value)| format!("{name}={value}")).collect();
            [table.to_owned(), account.clone(), region.clone(), id.join(" ")]
        };
        let id = key(table.name, &packed.id);
        let origin = |table: &'static str| (table, packed.origin.unit.clone(), packed.origin.address.clone());
        // Of one declaration, or with the columns that name the other.
        let hangs_on = |parent: &Parent| {
            let by_name = |columns: &Vec<String>| {
                let of: Option<BTreeMap<String, Value>> = columns.iter().map(|name| Some((name.clone(), value(name)?))).collect();
                of.is_some_and(|of| self.certain.contains(&key(parent.table, &of)))
            };
            let is_own = |columns: &&Vec<String>| !columns.iter().any(|name| name == "name" || name == "arn");
            self.origins.contains(&origin(parent.table)) || self.names.get(parent.table).into_iter().flatten().filter(is_own).any(by_name)
        };
        let is_folded = table.parents.iter().any(hangs_on) || self.folds.has(table, account, "", &value);
        let is_told = !self.told.insert(id.clone());
        if is_certain && !is_part {
            self.folds.note(table.name, account, "", &value);
            self.origins.insert(origin(table.name));
            self.names.entry(table.name).or_default().insert(packed.id.keys().cloned().collect());
            self.certain.insert(id);
        }
        // A list may name one thing twice, and so may two stacks.
        !is_told && !is_folded
    }
}
