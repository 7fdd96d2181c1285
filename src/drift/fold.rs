//! What hangs on something that is gone, or new, is not told besides it: of a route table that was deleted nobody needs to hear each
//! route.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

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
