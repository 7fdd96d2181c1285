//! What a comparison knows of tables and columns: what churns, what is derived, what hangs on what.

use driftlead::inventory::{Column, Kind, Nature, Parent, Table};
use driftlead::services;

use super::source::hold;

/// Beginnings and ends of the names of columns that change by themselves, or that follow from others.
const MARKED: &[(&str, &str)] = &[
    ("last_", "_date"),
    ("last_", "_time"),
    ("last_", "_used"),
    ("last_modified", ""),
    ("last_used_", ""),
    ("next_", "_date"),
    ("latest_", "_time"),
    ("earliest_", "_time"),
    ("stored_bytes", ""),
    ("generated_time", ""),
    ("available_ip_", ""),
    ("cidr_first", ""),
    ("cidr_last", ""),
    ("", "_last_used"),
    ("", "running_count"),
    ("", "pending_count"),
    ("", "statement_count"),
    ("", "_1d"),
    ("", "_7d"),
    ("", "_14d"),
];

/// What columns say of themselves that makes them derived.
const SAYS_DERIVED: &[&str] = &["The `Name` tag", "are in `aws_", "is in `aws_"];

/// Ends of the names of tables in which time alone changes the rows.
const FLEETING: &[&str] =
    &["_activity", "_deployment", "_event", "_health", "_job", "_metric", "_recency", "_recovery_point", "_sample", "_status", "_task"];

/// Tables whose rows are told by more than an ARN and that hang on no other row, and why.
const STANDS_ALONE: &[(&str, &str)] = &[
    ("aws_appautoscaling_target", "old targets have no ARN; the service that it is for is named by cluster and name, not by ARN"),
    ("aws_backup_job", "the resource can be of any table"),
    ("aws_s3_bucket_reference", "what refers to the bucket can be of many tables"),
];

/// Columns that a mark would be wrong for, and why.
const UNMARKED: &[(&str, &str)] = &[
    ("aws_lambda_version.last_modified", "a version never changes: this is when it was published"),
    ("aws_elbv2_listener.ssl_policy", "names a policy that is in a table; the name is what somebody chose"),
];

fn is_compared(nature: Nature) -> bool {
    matches!(nature, Nature::Setting | Nature::Passing | Nature::Partial)
}

fn sounds_marked(column: &Column) -> bool {
    let by_name = MARKED.iter().any(|(start, end)| column.name.starts_with(start) && column.name.ends_with(end));
    by_name || SAYS_DERIVED.iter().any(|words| column.doc.contains(words))
}

#[test]
fn columns_that_change_by_themselves_say_so() {
    let mut wrong = Vec::new();
    let mut excused = Vec::new();
    for table in services::tables().into_iter().filter(|table| is_compared(table.nature)) {
        for column in table.columns.iter().filter(|column| column.nature == Nature::Setting && sounds_marked(column)) {
            let name = format!("{}.{}", table.name, column.name);
            match UNMARKED.iter().find(|(known, _)| *known == name) {
                Some((known, _)) => excused.push(*known),
                None => wrong.push(format!("{name}: is compared, though it sounds as if it changed by itself or followed from others")),
            }
        }
    }
    let unneeded = UNMARKED.iter().filter(|(known, _)| !excused.contains(known));
    wrong.extend(unneeded.map(|(known, _)| format!("UNMARKED names {known}, which needs no excuse")));
    hold("A difference in what changes by itself is no drift: mark the field with `#[is(churn)]` or `#[is(derived)]`.", &wrong);
}

#[test]
fn tables_that_change_by_themselves_say_so() {
    let is_fleeting = |table: &&&Table| FLEETING.iter().any(|end| table.name.ends_with(end));
    let wrong: Vec<String> = services::tables()
        .iter()
        .filter(|table| !matches!(table.nature, Nature::Churn | Nature::Derived))
        .filter(is_fleeting)
        .map(|table| format!("{}: is compared, though its rows sound as if time alone changed them", table.name))
        .collect();
    hold("What is measured or happens is no setting: `is(churn)` in the `#[table(…)]`.", &wrong);
}

#[test]
fn only_lists_are_ordered_and_no_key_churns() {
    let mut wrong = Vec::new();
    for table in services::tables() {
        for column in table.columns {
            if column.is_ordered && column.kind != Kind::Json {
                wrong.push(format!("{}.{}: is no list", table.name, column.name));
            }
            if is_compared(table.nature) && table.key.contains(&column.name) && column.nature == Nature::Churn {
                wrong.push(format!("{}.{}: is a key and churns, so no row would find its other side", table.name, column.name));
            }
        }
    }
    hold("`ordered` is for JSON lists; a key stays what it is.", &wrong);
}

fn parent_faults(table: &Table, parent: &Parent, tables: &[&Table]) -> Vec<String> {
    let Some(other) = tables.iter().find(|other| other.name == parent.table) else {
        return vec![format!("{}: is part of {}, which does not exist", table.name, parent.table)];
    };
    let mut wrong = Vec::new();
    for (own, theirs) in parent.columns {
        match (table.column(own), other.column(theirs)) {
            (None, _) => wrong.push(format!("{}: has no column {own} to find its parent by", table.name)),
            (_, None) => wrong.push(format!("{}: its parent {} has no column {theirs}", table.name, other.name)),
            (Some(own), Some(theirs)) if own.kind != theirs.kind || own.can_be_unread || theirs.can_be_unread => {
                wrong.push(format!(
                    "{}: finds its parent by {} and {}, which must both be read and alike",
                    table.name, own.name, theirs.name
                ));
            }
            (Some(_), Some(_)) => {}
        }
    }
    wrong
}

/// Whether the table hangs on itself in the end.
fn is_circular(table: &Table, tables: &[&Table]) -> bool {
    let mut reached: Vec<&str> = Vec::new();
    let mut next: Vec<&str> = table.parents.iter().map(|parent| parent.table).collect();
    while let Some(name) = next.pop() {
        if !reached.contains(&name) {
            reached.push(name);
            next.extend(tables.iter().filter(|other| other.name == name).flat_map(|other| other.parents).map(|parent| parent.table));
        }
    }
    reached.contains(&table.name)
}

#[test]
fn parts_name_their_parents() {
    let tables = services::tables();
    let mut wrong = Vec::new();
    for table in &tables {
        wrong.extend(table.parents.iter().flat_map(|parent| parent_faults(table, parent, &tables)));
        if is_circular(table, &tables) {
            wrong.push(format!("{}: is part of itself in the end", table.name));
        }
        if let Some((guard_table, _)) = table.guard
            && !table.parents.iter().any(|parent| parent.table == guard_table)
        {
            wrong.push(format!("{}: is guarded by {guard_table} and not part of it", table.name));
        }
        let is_alone = STANDS_ALONE.iter().any(|(name, _)| *name == table.name);
        let looks_like_part = table.key[0] == "arn" && table.key.len() > 1 && table.parents.is_empty();
        if looks_like_part != is_alone {
            wrong.push(format!("{}: `part_of` is missing, or STANDS_ALONE in tests/house/natures.rs names it for nothing", table.name));
        }
    }
    hold("`part_of(\"table\", own = parents)` says which row of which table these rows hang on.", &wrong);
}
