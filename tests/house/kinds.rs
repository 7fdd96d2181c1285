//! The kinds: what `kinds.toml` of each service says exists, can be asked of SQLite, and can be understood.

use std::collections::{BTreeMap, BTreeSet};

use driftlead::declared::path;
use driftlead::drift::shape::SHAPES;
use driftlead::drift::shelf::MOST_KEYS;
use driftlead::inventory::kind::{Kind, Rule, Words};
use driftlead::inventory::{Nature, Table};
use driftlead::services;
use globset::Glob;

use super::source::{hold, read, tracked};
use super::tables::empty_snapshot;

/// Columns and tables that a declaration speaks of although they churn or are derived, and why.
const EXCUSED: &[(&str, &str)] = &[
    ("aws_iam_policy_attachment", "many resources put their own into a role's list, which therefore is not declared as a whole"),
    ("aws_lambda_function_policy_statement", "AWS makes one policy of many permissions, each of them a resource"),
];

const WORDS: [Words; 2] = [Words::CloudFormation, Words::Terraform];

fn table(name: &str) -> Option<&'static Table> {
    services::tables().into_iter().find(|table| table.name == name)
}

/// How a stanza is called in a fault: its table and its types.
fn called(kind: &Kind) -> String {
    let types: Vec<&str> = WORDS.iter().flat_map(|words| kind.types(*words)).map(String::as_str).collect();
    format!("{} of {}", kind.table, types.join(", "))
}

/// Every fault that one stanza can have, each told with the stanza.
fn faults(ask: impl Fn(&Kind) -> Vec<String>) -> Vec<String> {
    services::kinds().iter().flat_map(|kind| ask(kind).into_iter().map(|fault| format!("{}: {fault}", called(kind)))).collect()
}

/// Names of the columns of which a stanza speaks, each with its table.
fn columns(kind: &Kind) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for (table, column, rule) in kind.rules() {
        if !column.is_empty() {
            all.insert((table.to_owned(), column.to_owned()));
        }
        if let Some([table, column, result]) = &rule.via {
            all.extend([(table.clone(), column.clone()), (table.clone(), result.clone())]);
        }
    }
    all.extend(kind.attributes.values().filter(|told| !told.starts_with('(')).map(|told| (kind.table.clone(), told.clone())));
    all
}

#[test]
fn kinds_name_tables_and_columns_that_there_are() {
    let wrong = faults(|kind| {
        let named = columns(kind).into_iter().filter(|(name, column)| table(name).is_none_or(|table| table.column(column).is_none()));
        let mut wrong: Vec<String> = named.map(|(table, column)| format!("there is no {table}.{column}")).collect();
        if table(&kind.table).is_none() {
            wrong.push("there is no such table".to_owned());
        }
        for owned in kind.owns.keys() {
            let hangs = table(owned).is_some_and(|owned| owned.parents.iter().any(|parent| parent.table == kind.table));
            if !hangs {
                wrong.push(format!("owns {owned}, which does not hang on it"));
            }
        }
        wrong
    });
    hold("A kind's tables and columns are those of the readers.", &wrong);
}

#[test]
fn sql_of_kinds_is_valid() {
    let snapshot = empty_snapshot();
    let ask = |table: &str, sql: &str| {
        let wrong = snapshot.prepare(&format!("select 1 from main.{table} as it where ({sql})")).err()?;
        Some(format!("`{sql}`: {wrong}"))
    };
    let wrong = faults(|kind| {
        let own = [&kind.gone, &kind.aws_owned].into_iter().filter(|sql| !sql.is_empty()).map(|sql| (kind.table.as_str(), sql));
        let attributes = kind.attributes.values().filter(|told| told.starts_with('(')).map(|sql| (kind.table.as_str(), sql));
        let owned = kind.owns.iter().filter(|(_, sql)| !sql.is_empty()).map(|(table, sql)| (table.as_str(), sql));
        let rules = kind.rules();
        let only = rules.iter().filter(|(_, _, rule)| !rule.only.is_empty()).map(|(table, _, rule)| (*table, &rule.only));
        own.chain(attributes).chain(owned).chain(only).filter_map(|(table, sql)| ask(table, sql)).collect()
    });
    hold("`gone`, `aws_owned`, `owns`, `only` and attributes in brackets are SQL over the row `it`.", &wrong);
}

#[test]
fn what_changes_by_itself_is_not_declared() {
    let mut excused = BTreeSet::new();
    let mut wrong = Vec::new();
    for kind in services::kinds() {
        let ids: BTreeSet<&str> = kind.id.keys().chain(kind.rows.iter().flat_map(|rows| rows.id.keys())).map(String::as_str).collect();
        for (name, column) in kind.rules().iter().map(|(table, column, _)| (*table, *column)).filter(|(_, column)| !ids.contains(column)) {
            let Some(told) = table(name).and_then(|table| table.column(column)) else { continue };
            let full = format!("{name}.{column}");
            if told.nature == Nature::Setting {
                continue;
            }
            match EXCUSED.iter().find(|(known, _)| *known == full) {
                Some((known, _)) => drop(excused.insert(*known)),
                None => wrong.push(format!("{}: {full} is {}", called(kind), told.nature.word().unwrap_or(""))),
            }
        }
        let nature = table(&kind.table).map(|table| table.nature);
        if let Some(nature) = nature.filter(|nature| matches!(nature, Nature::Churn | Nature::Derived | Nature::Reference)) {
            match EXCUSED.iter().find(|(known, _)| *known == kind.table) {
                Some((known, _)) => drop(excused.insert(*known)),
                None => wrong.push(format!("{}: the table is {}", called(kind), nature.word().unwrap_or(""))),
            }
        }
    }
    wrong.extend(
        EXCUSED.iter().filter(|(known, _)| !excused.contains(known)).map(|(known, _)| format!("EXCUSED names {known} for nothing")),
    );
    hold("A difference in what churns or is derived is no drift: leave it out, or say in EXCUSED why it is one.", &wrong);
}

/// Every rule of a stanza, those of lists too, with what it is for.
fn rules(kind: &Kind) -> Vec<(String, &Rule)> {
    kind.rules().into_iter().map(|(table, column, rule)| (format!("{table}.{column}"), rule)).collect()
}

#[test]
fn rules_can_be_understood() {
    let wrong = faults(|kind| {
        let mut wrong = Vec::new();
        for (name, rule) in rules(kind) {
            if let Some(shape) = rule.shape.as_ref().filter(|shape| !SHAPES.iter().any(|(known, _)| known == shape)) {
                wrong.push(format!("{name}: there is no shape `{shape}`"));
            }
            let paths = rule.cf.0.iter().chain(&rule.tf.0).chain(&rule.at.0);
            let is_plain = |path: &&String| !matches!(path.trim_start_matches('^'), "@" | "@region" | ".");
            let vetted = paths.filter(is_plain).filter_map(|path| path::vet(path.trim_start_matches('^')).err());
            wrong.extend(vetted.map(|fault| format!("{name}: {fault}")));
            if !(rule.at.0.is_empty() || rule.cf.0.is_empty() && rule.tf.0.is_empty()) {
                wrong.push(format!("{name}: `at` stands for both words, and one of them is there too"));
            }
            if !rule.keep.is_empty() && rule.shape.is_none() && !name.ends_with('.') {
                wrong.push(format!("{name}: `keep` is for what a shape looks at"));
            }
        }
        let patterns = kind.when.iter().flat_map(|when| when.like.0.iter().chain(&when.unlike.0));
        wrong.extend(patterns.filter_map(|pattern| Glob::new(pattern).err()).map(|fault| fault.to_string()));
        wrong
    });
    hold("A rule names shapes of src/drift/shape, and paths as src/declared/path.rs reads them.", &wrong);
}

/// What lacks a source in the words in which a type of the kind is written.
fn unsaid(kind: &Kind, words: Words) -> Vec<String> {
    let is_said = |rule: &Rule| rule.is.is_some() || !rule.paths(words).is_empty();
    let mut unsaid: Vec<String> = kind.id.iter().filter(|(_, rule)| !is_said(rule)).map(|(column, _)| column.clone()).collect();
    for rows in &kind.rows {
        // A list that is said in the other words only makes no rows in these.
        let is_whole = rows.each.is.is_none() && rows.each.cf.0.is_empty() && rows.each.tf.0.is_empty();
        if is_whole || !rows.each.paths(words).is_empty() {
            unsaid.extend(rows.id.iter().filter(|(_, rule)| !is_said(rule)).map(|(column, _)| format!("{}.{column}", rows.table)));
        }
    }
    unsaid
}

#[test]
fn rows_are_found_by_what_is_declared() {
    let wrong = faults(|kind| {
        let mut wrong = Vec::new();
        for words in WORDS.into_iter().filter(|words| !kind.types(*words).is_empty()) {
            wrong.extend(
                unsaid(kind, words).into_iter().map(|column| format!("{words:?} does not say {column}, by which the row is found")),
            );
        }
        let mut ids = kind.rows.iter().map(|rows| &rows.id).chain((!kind.id.is_empty()).then_some(&kind.id));
        if ids.clone().next().is_none() {
            wrong.push("declares no row".to_owned());
        }
        if ids.any(|id| id.is_empty() || id.len() > MOST_KEYS) {
            wrong.push(format!("a row is found by 1 to {MOST_KEYS} columns"));
        }
        if kind.id.is_empty() && !kind.columns.is_empty() {
            wrong.push("has columns, and no `id` by which their row is found".to_owned());
        }
        let is_own = kind.id.values().any(|rule| rule.cf.0.iter().any(|path| path == "@"));
        if !kind.attributes.is_empty() && !is_own {
            wrong.push("has attributes, and its row is not found by the physical id".to_owned());
        }
        if kind.part && !kind.aws_owned.is_empty() {
            wrong.push("is a part, which is never told as unmanaged: `aws_owned` is for nothing".to_owned());
        }
        wrong
    });
    hold("A kind says by which columns its rows are found, in each of its words.", &wrong);
}

#[test]
fn types_are_of_one_mind() {
    let mut wrong = Vec::new();
    let mut whole: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut attributes: BTreeMap<(&str, &str), (&str, &str)> = BTreeMap::new();
    for kind in services::kinds() {
        let (cloudformation, terraform) = (kind.types(Words::CloudFormation), kind.types(Words::Terraform));
        let is_type = |name: &&String| name.split("::").count() == 3 && name.starts_with("AWS::");
        wrong.extend(cloudformation.iter().filter(|name| !is_type(name)).map(|name| format!("{name} is no type of CloudFormation")));
        wrong.extend(terraform.iter().filter(|name| !name.starts_with("aws_")).map(|name| format!("{name} is no type of Terraform")));
        if cloudformation.is_empty() && terraform.is_empty() {
            wrong.push(format!("{} is of no type", kind.table));
        }
        // Two stanzas for the row of one resource would both tell that it is missing.
        if !kind.part && kind.when.is_none() && !kind.id.is_empty() {
            let twice = cloudformation.iter().chain(terraform).filter(|name| !whole.insert((name, &kind.table)));
            wrong.extend(twice.map(|name| format!("{name} declares a row of {} twice; one is a part, or each has a `when`", kind.table)));
        }
        for (attribute, column) in
            cloudformation.iter().flat_map(|name| kind.attributes.iter().map(move |told| ((name.as_str(), told.0.as_str()), told.1)))
        {
            let known = attributes.insert(attribute, (&kind.table, column)).filter(|known| *known != (kind.table.as_str(), column));
            wrong.extend(
                known.map(|known| format!("{} {} is {}.{} and {}.{column}", attribute.0, attribute.1, known.0, known.1, kind.table)),
            );
        }
    }
    hold("A type is declared in one way.", &wrong);
}

#[test]
fn every_file_of_kinds_is_read() {
    let list = read("src/services/mod.rs");
    let named = list.split("kinds! {").nth(1).and_then(|rest| rest.split('}').next()).unwrap_or("");
    let files = tracked().into_iter().filter(|path| path.starts_with("src/services/") && path.ends_with("/kinds.toml"));
    let is_read = |path: &String| path.split('/').nth(2).is_some_and(|service| named.contains(&format!("\"{service}\"")));
    let wrong: Vec<String> = files.filter(|path| !is_read(path)).map(|path| format!("{path}: is not in the list `kinds!`")).collect();
    hold("Name each service that has a `kinds.toml` in `kinds!` of src/services/mod.rs.", &wrong);
}
