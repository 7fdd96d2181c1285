//! Tables and views: names, the columns that all have, and a meaning for each.

use std::collections::BTreeSet;

use driftlead::inventory::{LEDGER_DDL, Table, View};
use driftlead::services;
use rusqlite::Connection;

use super::source::hold;

/// The columns that every table begins with.
const FIRST: &[&str] = &["arn", "account_id", "region"];

/// Names that end in `s` and name one thing, or one set that AWS itself names so.
const SINGULAR: &[&str] = &["alias", "credentials", "settings", "status"];

/// A snapshot without rows: the ledger, the tables, the views.
pub fn empty_snapshot() -> Connection {
    let connection = Connection::open_in_memory().expect("SQLite");
    connection.execute_batch(LEDGER_DDL).expect("the ledger's DDL");
    for table in services::tables() {
        connection.execute_batch(&table.ddl(false)).unwrap_or_else(|error| panic!("{}: {error}", table.name));
    }
    for view in services::views() {
        connection.execute_batch(&view.ddl(false)).unwrap_or_else(|error| panic!("{}: {error}", view.name));
    }
    connection
}

fn is_snake(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('_').all(is_part)
}

fn name_faults(name: &str) -> Option<String> {
    let last = name.rsplit('_').next().unwrap_or(name);
    if !name.starts_with("aws_") || !is_snake(name) {
        return Some(format!("{name}: is not `aws_…` in snake_case"));
    }
    let is_plural = last.ends_with('s') && !last.ends_with("ss") && !SINGULAR.contains(&last);
    is_plural
        .then(|| format!("{name}: names several things; a table's name is singular (SINGULAR in tests/house/tables.rs has the exceptions)"))
}

#[test]
fn tables_and_views_have_good_names() {
    let tables: Vec<&str> = services::tables().iter().map(|table| table.name).collect();
    let views: Vec<&str> = services::views().iter().map(|view| view.name).collect();
    let mut wrong: Vec<String> = tables.iter().chain(&views).filter_map(|name| name_faults(name)).collect();
    let mut seen = BTreeSet::new();
    wrong.extend(tables.iter().chain(&views).filter(|name| !seen.insert(**name)).map(|name| format!("{name}: is there twice")));
    hold("Name a table as SQL over AWS is used to: `aws_service_thing`.", &wrong);
}

#[test]
fn every_table_begins_with_arn_account_and_region() {
    let begins = |table: &&&Table| table.columns.iter().take(FIRST.len()).map(|column| column.name).eq(FIRST.iter().copied());
    let wrong: Vec<String> = services::tables().iter().filter(|table| !begins(table)).map(|table| table.name.to_owned()).collect();
    hold("The first columns of a table are `arn`, `account_id`, `region`.", &wrong);
}

#[test]
fn every_column_of_a_table_says_what_it_means() {
    let mut wrong = Vec::new();
    for table in services::tables() {
        if table.doc.trim().is_empty() {
            wrong.push(format!("{}: has no documentation", table.name));
        }
        let mut seen = BTreeSet::new();
        for column in table.columns {
            if column.doc.trim().is_empty() {
                wrong.push(format!("{}.{}: has no documentation", table.name, column.name));
            }
            if !is_snake(column.name) {
                wrong.push(format!("{}.{}: is not snake_case", table.name, column.name));
            }
            if !seen.insert(column.name) {
                wrong.push(format!("{}.{}: is there twice", table.name, column.name));
            }
        }
    }
    hold("The doc comment of a row's field is its documentation everywhere: write what AWS means by it.", &wrong);
}

/// Tables with a key that can be unread, whose reader takes its lines from a `union`: no line twice.
const WRITTEN_ONCE: &[&str] = &["aws_s3_bucket_reference"];

#[test]
fn keys_and_guards_are_columns() {
    let tables = services::tables();
    let mut wrong = Vec::new();
    for table in &tables {
        for key in table.key {
            match table.column(key) {
                None => wrong.push(format!("{}: the key {key} is no column", table.name)),
                // Two NULLs are never equal, so such rows would pile up, unless the reader writes each once.
                Some(column) if column.can_be_unread && !WRITTEN_ONCE.contains(&table.name) => {
                    wrong.push(format!("{}: the key {key} can be unread", table.name))
                }
                Some(_) => {}
            }
        }
        let Some((guard_table, guard_column)) = table.guard else { continue };
        match tables.iter().find(|other| other.name == guard_table).map(|other| other.column(guard_column)) {
            None => wrong.push(format!("{}: its guard's table {guard_table} does not exist", table.name)),
            Some(None) => wrong.push(format!("{}: its guard {guard_table}.{guard_column} does not exist", table.name)),
            Some(Some(column)) if !column.can_be_unread => {
                wrong.push(format!("{}: its guard {guard_table}.{guard_column} is never NULL, so it guards nothing", table.name));
            }
            Some(Some(_)) => {}
        }
    }
    hold(
        "A key is made of columns that are always read; a guard is a column of the parent that is NULL when the rows were not read.",
        &wrong,
    );
}

#[test]
fn every_column_of_a_view_says_what_it_means() {
    let connection = empty_snapshot();
    let mut wrong = Vec::new();
    for view in services::views() {
        if view.doc().is_empty() {
            wrong.push(format!("{}: its file does not begin with what it is (`-- …`)", view.name));
        }
        wrong.extend(column_faults(&connection, view));
    }
    hold("The head of a view's file documents its columns, one line each: `-- column NAME: MEANING`.", &wrong);
}

fn column_faults(connection: &Connection, view: &View) -> Vec<String> {
    let statement = connection.prepare(&format!("select * from {}", view.name)).unwrap_or_else(|error| panic!("{}: {error}", view.name));
    let columns: Vec<&str> = statement.column_names().collect();
    let documented: Vec<&str> = view.columns().iter().map(|(name, _)| *name).collect();
    let mut wrong = Vec::new();
    for column in &columns {
        if !documented.contains(column) {
            wrong.push(format!("{}.{column}: is not documented", view.name));
        }
        if !is_snake(column) {
            wrong.push(format!("{}.{column}: is not snake_case", view.name));
        }
    }
    wrong.extend(
        documented.iter().filter(|name| !columns.contains(name)).map(|name| format!("{}.{name}: is documented and not there", view.name)),
    );
    wrong.extend(
        view.columns().iter().filter(|(_, doc)| doc.trim().is_empty()).map(|(name, _)| format!("{}.{name}: says nothing", view.name)),
    );
    wrong.extend(FIRST.iter().filter(|name| !columns.contains(name)).map(|name| format!("{}: has no column {name}", view.name)));
    wrong
}
