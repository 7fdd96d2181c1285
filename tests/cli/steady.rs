//! The digest of a verdict's evidence over a whole platform: what changes by itself does not change it.

use std::collections::BTreeMap;
use std::path::Path;

use driftlead::finding::Finding;
use driftlead::inventory::Nature;
use driftlead::services;
use rusqlite::Connection;
use serde_json::Value;

use crate::Room;
use crate::support::program::recording;
use crate::support::steady;

/// Every failure and unknown of a snapshot.
fn told(room: &Room, name: &str) -> Vec<Finding> {
    let ran = room.run(&["scan", "--from", name, "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
    serde_json::from_value(report["findings"].clone()).expect("findings")
}

/// A copy of the snapshot in which something is otherwise.
fn other(room: &Room, name: &str, change: impl FnOnce(&Connection)) -> Vec<Finding> {
    let path: &Path = &room.path().join(name);
    std::fs::copy(room.path().join("then.db"), path).expect("a copy");
    change(&Connection::open(path).expect("a snapshot"));
    told(room, name)
}

#[test]
fn evidence_that_changes_by_itself_is_no_part_of_the_digest() {
    let room = Room::new();
    let recording = recording();
    room.run(&["snapshot", "--replay", recording.to_str().expect("a path"), "-o", "then.db", "--quiet"]);
    let then = told(&room, "then.db");
    assert!(then.len() > 100 && then.iter().all(|finding| finding.evidence_digest.len() == 20), "{}", then.len());
    let digests: BTreeMap<&str, &str> = then.iter().map(|one| (one.evidence_digest.as_str(), one.fingerprint.as_str())).collect();
    assert_eq!(digests.len(), then.len(), "no two verdicts have the same digest");
    for days in [1, 90] {
        let later = other(&room, &format!("{days}.db"), |connection| steady::pass_days(connection, days).expect("time"));
        assert!(later.len() > 100);
        assert_eq!(steady::ended(&then, &later), [""; 0], "{days} days later");
    }
    // The same platform read again: every measurement and every time is another, every list comes in another order.
    let again = other(&room, "again.db", |connection| {
        steady::pass_days(connection, 1).expect("time");
        for table in services::tables().into_iter().filter(|table| !matches!(table.nature, Nature::Reference)) {
            for (column, other) in steady::churning(table).into_iter().chain(steady::turned(table)) {
                let sql = format!("update {} set \"{column}\" = {other}", table.name);
                connection.execute(&sql, []).unwrap_or_else(|error| panic!("{sql}: {error}"));
            }
        }
    });
    assert!(again.len() > 100);
    assert_eq!(steady::ended(&then, &again), [""; 0], "read again");
}
