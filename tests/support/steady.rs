//! What changes by itself does not end a waiver: worlds in which time passes, and everything with it that changes without anybody's
//! doing. A verdict that still fails for the same reason must have the same digest of its evidence.

use std::collections::BTreeMap;

use driftlead::finding::{Finding, Status};
use driftlead::inventory::{Kind, Nature, Table};
use rusqlite::Connection;

/// Lets so many days pass by the snapshot's clock.
pub fn pass_days(connection: &Connection, days: u32) -> rusqlite::Result<()> {
    let sql = "update snapshot set started_at = strftime('%Y-%m-%dT%H:%M:%SZ', started_at, ?)";
    connection.execute(sql, [format!("+{days} days")])?;
    Ok(())
}

/// The columns of a table that change by themselves, with SQL for another value of each.
pub fn churning(table: &Table) -> Vec<(&'static str, String)> {
    let all_change = matches!(table.nature, Nature::Churn);
    let columns = table.columns.iter().filter(|column| {
        let is_key = table.key.contains(&column.name) || ["arn", "account_id", "region"].contains(&column.name);
        !is_key && (all_change || column.nature == Nature::Churn)
    });
    let other = |column: &driftlead::inventory::Column| match column.kind {
        Kind::Integer => Some(format!("\"{}\" + 1", column.name)),
        Kind::Real => Some(format!("\"{}\" * 1.5 + 1.0", column.name)),
        Kind::Time => Some(format!("iif(\"{0}\" = '', '', strftime('%Y-%m-%dT%H:%M:%SZ', \"{0}\", '+1 day'))", column.name)),
        // Words and switches mean something: another one would be another verdict.
        Kind::Text | Kind::Json | Kind::Bool => None,
    };
    columns.filter_map(|column| Some((column.name, other(column)?))).collect()
}

/// The lists in a table whose order does not count, with SQL that turns them round.
pub fn turned(table: &Table) -> Vec<(&'static str, String)> {
    let lists = table.columns.iter().filter(|column| column.kind == Kind::Json && !column.is_ordered && !table.key.contains(&column.name));
    let turn = |column: &driftlead::inventory::Column| {
        let list = format!("\"{}\"", column.name);
        let items = format!(
            "select json_group_array(json(value)) from (select case when type in ('text') then json_quote(value) \
             when type in ('true', 'false', 'null') then type else value end as value from json_each({list}) order by key desc)"
        );
        (column.name, format!("iif(json_type({list}) = 'array', ({items}), {list})"))
    };
    lists.map(turn).collect()
}

/// Columns that list what is wrong of a resource, where time alone adds to it: an exception for one old key is none for a second one.
const GROWS: &[(&str, &str)] = &[("iam/access_key_old", "old_keys"), ("iam/access_key_unused", "unused_keys")];

/// Whether something else of the resource is wrong besides by now.
fn has_grown(before: &Finding, after: &Finding) -> bool {
    let lists = GROWS.iter().filter(|(check, _)| *check == before.check);
    lists.into_iter().any(|(_, column)| before.evidence.get(*column) != after.evidence.get(*column))
}

/// Verdicts that fail in both with the same reason, and have another digest: there should be none.
pub fn ended(before: &[Finding], after: &[Finding]) -> Vec<String> {
    let key = |finding: &Finding| (finding.fingerprint.clone(), finding.reason.clone());
    let fails = |findings: &[Finding]| -> BTreeMap<_, Finding> {
        findings.iter().filter(|finding| finding.status == Status::Fail).map(|finding| (key(finding), finding.clone())).collect()
    };
    let (before, after) = (fails(before), fails(after));
    let differs = |one: &Finding, other: &Finding| -> Vec<String> {
        let names = one.evidence.keys().filter(|name| one.evidence.get(*name) != other.evidence.get(*name));
        names
            .map(|name| {
                format!("{name} {} → {}", one.evidence[name], other.evidence.get(name).map_or("nothing".to_owned(), ToString::to_string))
            })
            .collect()
    };
    let pairs = before.iter().filter_map(|(key, one)| Some((one, after.get(key)?)));
    let others = pairs
        .filter(|(one, other)| !has_grown(one, other))
        .filter(|(one, other)| one.evidence_digest != other.evidence_digest || one.evidence_digest.is_empty());
    others.map(|(one, other)| format!("{} of {}: {}", one.check, one.resource, differs(one, other).join(", "))).collect()
}
