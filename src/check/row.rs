//! One row of a check's answer: its contract read, the rest kept as evidence.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::{Value as SqlValue, ValueRef};
use serde_json::Value;

use super::file::Check;
use super::run::RunError;
use super::selector::Subject;
use super::vet::CONTRACT;
use crate::finding::{Severity, Status};

/// A row of a check's answer.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Account and region.
    pub(super) place: (String, String),
    /// ARN of what it is about.
    pub(super) resource: String,
    /// What people call that.
    pub(super) name: String,
    /// The same for selectors: nothing where its name was not read.
    called: Option<String>,
    /// The verdict; `None` when the check does not apply.
    pub(super) status: Option<Status>,
    /// The short code.
    pub(super) reason: String,
    /// How bad a failure is.
    pub(super) severity: Severity,
    /// The columns that are no part of the contract.
    pub(super) evidence: BTreeMap<String, Value>,
}

impl Row {
    /// What selectors can ask about it.
    pub(super) fn subject<'s>(&'s self, check: &'s Check, tags: Option<&'s str>) -> Subject<'s> {
        Subject {
            check: Some(&check.id),
            account: Some(&self.place.0),
            region: Some(&self.place.1),
            arn: Some(&self.resource),
            name: self.called.as_deref(),
            tags,
        }
    }
}

/// What selectors take for the name of a resource: its name, or what its ARN ends in where it has none; nothing when it is unread.
pub(super) fn called(name: Option<String>, arn: &str) -> Option<String> {
    name.map(|name| if name.is_empty() { short(arn) } else { name })
}

/// Where in a check's answer the columns with a meaning of their own are.
#[derive(Debug)]
pub(super) struct Layout<'c> {
    columns: &'c [String],
    places: [Option<usize>; 5],
}

impl<'c> Layout<'c> {
    /// Of these columns.
    pub(super) fn of(columns: &'c [String]) -> Self {
        let place = |name: &str| columns.iter().position(|column| column == name);
        Self { columns, places: ["resource", "ok", "applies", "reason", "severity"].map(place) }
    }
}

/// Reads a row, and the tags of its resource. Where passes are only counted (`is_lean`), what they and what does not apply stand on is
/// left where it is.
pub(super) fn read_row(
    check: &Check,
    layout: &Layout<'_>,
    row: &rusqlite::Row<'_>,
    is_lean: bool,
) -> Result<(Row, Option<String>), RunError> {
    let [resource, ok, applies, reason, severity] = layout.places;
    let cell = |at: Option<usize>| at.map(|at| row.get_ref(at)).transpose();
    let resource = match cell(resource)? {
        Some(ValueRef::Text(text)) if !text.is_empty() => String::from_utf8_lossy(text).into_owned(),
        _ => {
            let other: Option<SqlValue> = resource.map(|at| row.get(at)).transpose()?;
            return Err(RunError::Contract(format!("a row's `resource` is {other:?}")));
        }
    };
    let extra = layout.columns.len();
    let (Some(account), Some(region)) = (row.get(extra)?, row.get(extra + 1)?) else {
        return Err(RunError::Contract(format!("`resource` {resource} is in no row of the table that it comes from")));
    };
    let switch = |name: &str, at: Option<usize>, absent: Option<bool>| -> Result<Option<bool>, RunError> {
        let Some(at) = at else { return Ok(absent) };
        match row.get_ref(at)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(0) => Ok(Some(false)),
            ValueRef::Integer(1) => Ok(Some(true)),
            _ => {
                let other: SqlValue = row.get(at)?;
                Err(RunError::Contract(format!("`{name}` of {resource} is {other:?}: it must be 1, 0 or NULL")))
            }
        }
    };
    let (applies, ok) = (switch("applies", applies, Some(true))?, switch("ok", ok, None)?);
    let status = match (applies, ok) {
        (Some(false), _) => None,
        (None, _) | (_, None) => Some(Status::Unknown),
        (Some(true), Some(true)) => Some(Status::Pass),
        (Some(true), Some(false)) => Some(Status::Fail),
    };
    let mut evidence = BTreeMap::new();
    if !(is_lean && matches!(status, None | Some(Status::Pass))) {
        for (i, column) in layout.columns.iter().enumerate().filter(|(_, column)| !CONTRACT.contains(&column.as_str())) {
            evidence.insert(column.clone(), to_json(row.get(i)?));
        }
    }
    let text = |at: Option<usize>| -> Result<String, RunError> {
        match cell(at)? {
            Some(ValueRef::Text(text)) => Ok(String::from_utf8_lossy(text).into_owned()),
            _ => Ok(String::new()),
        }
    };
    let severity = match text(severity)?.as_str() {
        "" => check.card.severity,
        word => Severity::from_word(word).ok_or_else(|| RunError::Contract(format!("`severity` is `{word}`")))?,
    };
    // The reason explains `ok`: where nobody knows whether the question arises, it would explain a verdict that is not given.
    let reason = if applies.is_none() && ok.is_some() { String::new() } else { text(reason)? };
    let name: Option<String> = row.get(extra + 2)?;
    let called = called(name, &resource);
    let name = called.clone().unwrap_or_else(|| short(&resource));
    let read = Row { place: (account, region), name, called, status, reason, severity, evidence, resource };
    Ok((read, row.get(extra + 3)?))
}

/// What an ARN ends in.
pub(super) fn short(arn: &str) -> String {
    arn.rsplit([':', '/']).next().unwrap_or(arn).to_owned()
}

/// The ARNs that a row names: its resource, and those in its evidence.
pub(super) fn links(row: &Row) -> Vec<String> {
    let mut links = BTreeSet::from([row.resource.clone()]);
    let mut add = |value: &Value| {
        if let Some(arn) = value.as_str().filter(|text| text.starts_with("arn:")) {
            links.insert(arn.to_owned());
        }
    };
    for value in row.evidence.values() {
        match value {
            Value::Array(items) => items.iter().for_each(&mut add),
            one => add(one),
        }
    }
    links.into_iter().collect()
}

/// A value as evidence. A text that is a JSON list or map is one.
fn to_json(value: SqlValue) -> Value {
    match value {
        SqlValue::Null => Value::Null,
        SqlValue::Integer(number) => number.into(),
        SqlValue::Real(number) => number.into(),
        SqlValue::Text(text) if text.starts_with(['[', '{']) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        SqlValue::Text(text) => Value::String(text),
        SqlValue::Blob(_) => Value::Null,
    }
}
