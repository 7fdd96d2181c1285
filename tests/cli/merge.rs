//! Snapshots that are joined: shards of an organization, and what is not to be joined.

use std::path::Path;

use rusqlite::Connection;
use synthetic_aws::{Kind, Server, World};

use crate::many::{ask, column, organization, verdicts};
use crate::support::world::{self, ACCOUNT};
use crate::{Room, fails};

#[test]
fn the_shards_of_an_organization_come_to_what_one_run_says() {
    let world = World { deny_roles: vec![100_000_000_002], ..organization(7) }.with(Kind::Role, 2).with(Kind::Secret, 1);
    let (room, server) = (Room::new(), Server::start(world).expect("a server"));
    let read = |out: &str, more: &[&str]| {
        let ran = ask(&room, &server, &[&["snapshot", "--org", "--role", "a", "--region", "us-east-1", "-o", out][..], more].concat());
        assert!(ran.code == 0 || ran.code == 3, "{ran:?}");
        ran
    };
    read("whole.db", &[]);
    let parts: Vec<String> = (0..4).map(|index| format!("part-{index}.db")).collect();
    for (index, part) in parts.iter().enumerate() {
        read(part, &["--shard", &format!("{index}/4")]);
    }
    let names: Vec<&str> = parts.iter().map(String::as_str).collect();
    let ran = room.run(&[&["merge", "-o", "merged.db"][..], &names].concat());
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains("merged.db: 7 accounts, ") && ran.err.contains("No part is sealed"), "{}", ran.err);
    assert_eq!(verdicts(&room, "merged.db"), verdicts(&room, "whole.db"));
    for sql in [
        "select account_id || region || in_scope from place order by 1",
        "select table_name || account_id || region || reader || complete from coverage order by 1",
        "select id || table_name || account_id || region || resource || action || outcome || message from gap order by id",
        "select arn || account_id || name from aws_cloudwatch_log_group order by 1",
    ] {
        assert_eq!(column(&room, "merged.db", sql), column(&room, "whole.db", sql), "{sql}");
    }
    let earliest = names.iter().flat_map(|part| column(&room, part, "select started_at from snapshot")).min();
    assert_eq!(column(&room, "merged.db", "select started_at from snapshot").first(), earliest.as_ref());
    // Joined with one of its parts, an account would be there twice.
    let full =
        names.iter().find(|part| !column(&room, part, "select account_id from aws_account").is_empty()).expect("a part with accounts");
    fails(&room.run(&["merge", "-o", "twice.db", "merged.db", full]), &["both hold account 1000000000"]);
    assert!(!room.files().iter().any(|file| file.starts_with("twice")), "{:?}", room.files());
}

/// A world of another account.
fn of_account(path: &Path, account: &str, rows: &str) {
    world::World::new(path).rows(rows).save();
    let connection = Connection::open(path).expect("a snapshot");
    let tables: Vec<String> = connection
        .prepare("select distinct m.name from sqlite_schema as m, pragma_table_info(m.name) as c where m.type = 'table' and c.name = 'account_id'")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("tables");
    for table in tables {
        connection
            .execute(&format!("update {table} set account_id = ? where account_id = ?"), [account, ACCOUNT])
            .expect("another account");
    }
}

#[test]
fn what_one_account_cannot_say_two_can() {
    let room = Room::new();
    let refers = "[[aws_s3_bucket_reference]]
        arn = \"arn:aws:s3:::docs\"
        kind = \"replication\"
        bucket_name = \"docs-replica\"
        expected_account_id = \"\"
        found = \"hidden\"
        [[aws_s3_bucket]]
        arn = \"arn:aws:s3:::docs\"
        name = \"docs\"\n";
    world::World::new(&room.path().join("a.db")).rows(refers).save();
    of_account(
        &room.path().join("b.db"),
        "444455556666",
        "[[aws_s3_bucket]]\narn = \"arn:aws:s3:::docs-replica\"\nname = \"docs-replica\"\n",
    );
    let told = |file: &str| {
        let check = ["check", "s3/bucket_reference_dangling", "--from", file, "--format", "json", "--show", "pass"];
        let report: serde_json::Value = serde_json::from_str(&room.run(&check).out).expect("a report");
        ["status", "reason"].map(|name| report["findings"][0][name].as_str().unwrap_or("").to_owned())
    };
    assert_eq!(told("a.db"), ["fail", "foreign_owner_unknown"]);
    for (out, parts) in [("ab.db", ["a.db", "b.db"]), ("ba.db", ["b.db", "a.db"])] {
        let ran = room.run(&["merge", "-o", out, parts[0], parts[1]]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(told(out), ["pass", "org_bucket"]);
    }
}

#[test]
fn what_does_not_fit_together_is_told() {
    let room = Room::new();
    world::World::new(&room.path().join("a.db")).save();
    of_account(&room.path().join("b.db"), "444455556666", "");
    of_account(&room.path().join("c.db"), "777788889999", "");
    let change = Connection::open(room.path().join("c.db")).expect("a snapshot");
    change.execute_batch("update snapshot set selection = '[]'").expect("it is changed");
    fails(&room.run(&["merge", "-o", "x.db", "a.db", "b.db", "c.db"]), &["a.db and c.db: ", "different tables"]);
    fails(&room.run(&["merge", "-o", "a.db", "a.db", "b.db"]), &["is one of the parts"]);
    fails(&room.run(&["merge", "-o", "x.db", "a.db", "none.db"]), &["none.db"]);
    fails(&room.run(&["merge", "-o", "x.json", "a.db"]), &["call it .db"]);
    fails(&room.run(&["merge", "-o", "none/x.db", "a.db"]), &["none/x.db"]);
    assert_eq!(room.files(), ["a.db", "b.db", "c.db"]);
}

#[test]
fn sealed_parts_are_looked_at_and_unsealed_ones_are_named() {
    let room = Room::new();
    world::World::new(&room.path().join("a.db")).save();
    of_account(&room.path().join("b.db"), "444455556666", "");
    let made = std::process::Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(room.path().join("key")).status();
    assert!(made.expect("ssh-keygen").success());
    assert_eq!(room.run(&["seal", "a.db", "--key", "key", "--previous", "none"]).code, 0);
    let ran = room.run(&["merge", "-o", "x.db", "a.db", "b.db"]);
    assert!(ran.code == 0 && ran.err.contains("not sealed: b.db") && ran.err.contains("--key"), "{ran:?}");
    fails(&room.run(&["merge", "-o", "x.db", "a.db", "b.db", "--key", "key.pub"]), &["b.db: is not sealed"]);
    assert_eq!(room.run(&["seal", "b.db", "--key", "key", "--previous", "none"]).code, 0);
    let ran = room.run(&["merge", "-o", "x.db", "a.db", "b.db", "--key", "key.pub"]);
    assert!(ran.code == 0 && ran.err.contains("Every part is what was sealed"), "{ran:?}");
    Connection::open(room.path().join("b.db")).expect("a snapshot").execute_batch("delete from ledger where id = 1").expect("changed");
    fails(&room.run(&["merge", "-o", "y.db", "a.db", "b.db"]), &["b.db: is not what was sealed"]);
    assert!(!room.files().contains(&"y.db".to_owned()));
}

#[test]
fn a_shard_that_nobody_lets_in_is_no_failure_and_loses_nothing() {
    let world = World { deny_roles: vec![100_000_000_001], regions: 3, ..organization(2) };
    let (room, server) = (Room::new(), Server::start(world).expect("a server"));
    let read = |out: &str, more: &[&str]| {
        let ran = ask(&room, &server, &[&["snapshot", "--org", "--role", "a", "-o", out][..], more].concat());
        assert!(ran.code == 0 || ran.code == 3, "{ran:?}");
    };
    read("whole.db", &[]);
    let parts: Vec<String> = (0..8).map(|index| format!("part-{index}.db")).collect();
    for (index, part) in parts.iter().enumerate() {
        read(part, &["--shard", &format!("{index}/8")]);
    }
    let names: Vec<&str> = parts.iter().map(String::as_str).collect();
    assert_eq!(room.run(&[&["merge", "-o", "merged.db"][..], &names].concat()).code, 3);
    let places = "select account_id || region || in_scope from place order by 1";
    assert_eq!(column(&room, "merged.db", places), column(&room, "whole.db", places));
    assert_eq!(verdicts(&room, "merged.db"), verdicts(&room, "whole.db"));
}
