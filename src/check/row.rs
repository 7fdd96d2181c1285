//! One row of a check's answer: its contract read, the rest kept as evidence.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::Value as SqlValue;
use serde_json::Value;

use super::file::Check;
use super::run::RunError;
use super::selector::Facts;
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
    pub(super) fn facts(&self, tags: Option<String>) -> Facts {
        let (account, region) = self.place.clone();
        Facts { account, region, arn: self.resource.clone(), name: self.called.clone(), tags }
    }
}

/// What selectors take for the name of a resource: its name, or what its ARN ends in where it has none; nothing when it is unread.
pub(super) fn called(name: Option<String>, arn: &str) -> Option<String> {
    name.map(|name| if name.is_empty() { short(arn) } else { name })
}

/// Reads a row, and the tags of its resource.
pub(super) fn read_row(check: &Check, columns: &[String], row: &rusqlite::Row<'_>) -> Result<(Row, Option<String>), RunError> {
    let mut contract: BTreeMap<&str, SqlValue> = BTreeMap::new();
    let mut evidence = BTreeMap::new();
    for (i, column) in columns.iter().enumerate() {
        let value: SqlValue = row.get(i)?;
        if CONTRACT.contains(&column.as_str()) {
            contract.insert(column, value);
        } else {
            evidence.insert(column.clone(), to_json(value));
        }
    }
    let resource = match contract.get("resource") {
        Some(SqlValue::Text(resource)) if !resource.is_empty() => resource.clone(),
        other => return Err(RunError::Contract(format!("a row's `resource` is {other:?}"))),
    };
    let extra = columns.len();
    let (Some(account), Some(region)) = (row.get(extra)?, row.get(extra + 1)?) else {
        return Err(RunError::Contract(format!("`resource` {resource} is in no row of the table that it comes from")));
    };
    let switch = |name: &str, absent| match contract.get(name) {
        None => Ok(absent),
        Some(SqlValue::Null) => Ok(None),
        Some(SqlValue::Integer(0)) => Ok(Some(false)),
        Some(SqlValue::Integer(1)) => Ok(Some(true)),
        Some(other) => Err(RunError::Contract(format!("`{name}` of {resource} is {other:?}: it must be 1, 0 or NULL"))),
    };
    let (applies, ok) = (switch("applies", Some(true))?, switch("ok", None)?);
    let status = match (applies, ok) {
        (Some(false), _) => None,
        (None, _) | (_, None) => Some(Status::Unknown),
        (Some(true), Some(true)) => Some(Status::Pass),
        (Some(true), Some(false)) => Some(Status::Fail),
    };
    let text = |name: &str| match contract.get(name) {
        Some(SqlValue::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let severity = match text("severity").as_str() {
        "" => check.card.severity,
        word => Severity::from_word(word).ok_or_else(|| RunError::Contract(format!("`severity` is `{word}`")))?,
    };
    // The reason explains `ok`: where nobody knows whether the question arises, it would explain a verdict that is not given.
    let reason = if applies.is_none() && ok.is_some() { String::new() } else { text("reason") };
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
