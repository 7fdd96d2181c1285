//! Runs that are killed and taken up again, and two runs on one file.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::types::Value;
use synthetic_aws::{Kind, Server, World};

use crate::many::{ask, column, organization};
use crate::support::program::{Said, driftlead, recording};
use crate::{Room, fails};

/// Six accounts that answer slowly enough to be killed in the middle.
fn slow() -> World {
    World { latency_ms: 500, deny_roles: vec![100_000_000_004], ..organization(6) }.with(Kind::SecurityGroup, 3).with(Kind::Role, 2)
}

const READ: [&str; 6] = ["snapshot", "--org", "--role", "audit", "--region", "us-east-1"];

fn begin(room: &Room, server: &Server, arguments: &[&str]) -> Child {
    let mut command = driftlead(arguments);
    command.current_dir(room.path()).envs(server.credentials(0)).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("it starts")
}

/// Waits until so many calls were made and something was put where a kill cannot take it, and kills.
fn kill(mut child: Child, server: &Server, calls: u64) {
    let late = Instant::now() + Duration::from_secs(60);
    while server.counters().calls < calls && Instant::now() < late {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("it is killed");
    assert!(!child.wait().expect("it ends").success());
}

/// All that two runs of one world have in common: every table row by row, and the ledger without what only a clock says.
fn content(room: &Room, file: &str) -> Vec<String> {
    let connection = Connection::open(room.path().join(file)).expect("a snapshot");
    let list = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).expect(sql);
        let count = statement.column_count();
        let cell = |value: Value| match value {
            Value::Text(text) => text,
            other => format!("{other:?}"),
        };
        let text = |row: &rusqlite::Row<'_>| -> rusqlite::Result<String> {
            Ok((0..count).map(|i| row.get(i).map(cell)).collect::<rusqlite::Result<Vec<String>>>()?.join("|"))
        };
        let mut rows: Vec<String> = statement.query_map([], text).expect(sql).map(|row| row.expect(sql)).collect();
        rows.sort();
        rows
    };
    // A credential report tells when AWS made it, which is another moment in every run.
    let tables = list("select name from sqlite_schema where type = 'table' and name like 'aws_%' and name <> 'aws_iam_credential_report'");
    let mut all = Vec::new();
    for table in tables {
        all.extend(list(&format!("select '{table}', * from {table}")));
    }
    all.extend(list("select 'place', * from place"));
    all.extend(list("select 'coverage', * from coverage"));
    all.extend(list("select 'gap', table_name, account_id, region, resource, columns, action, outcome, code, message from gap"));
    all.extend(list("select 'ledger', account_id, region, reader, action, resource, outcome, pages from ledger"));
    all
}

#[test]
fn a_run_that_was_killed_goes_on_and_comes_to_the_same() {
    let (room, server) = (Room::new(), Server::start(slow()).expect("a server"));
    let whole = ask(&room, &server, &[&READ[..], &["-o", "whole.db"]].concat());
    assert_eq!(whole.code, 3, "{whole:?}");
    let (all, expected) = (server.counters().calls, content(&room, "whole.db"));
    // Some moments in the middle, which ones is a matter of luck.
    let luck = u64::from(std::process::id());
    for part in [all / 4 + luck % 13, all * 2 / 3 + luck % 29] {
        let _ = std::fs::remove_file(room.path().join("cut.db"));
        let before = server.counters().calls;
        kill(begin(&room, &server, &[&READ[..], &["-o", "cut.db"]].concat()), &server, before + part);
        assert!(!room.files().contains(&"cut.db".to_owned()) && room.files().contains(&"cut.db.partial".to_owned()), "{:?}", room.files());
        let begun: String = Connection::open(room.path().join("cut.db.partial"))
            .and_then(|connection| connection.query_row("select started_at from snapshot", [], |row| row.get(0)))
            .expect("it had begun");
        std::thread::sleep(Duration::from_millis(1100));
        let ran = ask(&room, &server, &[&READ[..], &["-o", "cut.db", "--resume"]].concat());
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.err.contains(&format!("It went on with a run of {begun}")), "{}", ran.err);
        assert_eq!(content(&room, "cut.db"), expected, "killed after {part} calls of {all}");
        assert_eq!(column(&room, "cut.db", "select started_at from snapshot"), [begun]);
        let kept: Vec<i64> = Connection::open(room.path().join("cut.db"))
            .and_then(|connection| connection.prepare("select readers from resumption")?.query_map([], |row| row.get(0))?.collect())
            .expect("when it was taken up again");
        assert!(kept.len() == 1 && (kept[0] > 0 || part < all / 2), "{kept:?} after {part} calls of {all}");
        assert_eq!(room.files(), ["cut.db", "whole.db"], "nothing is left");
    }
}

#[test]
fn a_scan_that_was_killed_goes_on_from_the_store() {
    let (room, server) = (Room::new(), Server::start(slow()).expect("a server"));
    let scan = ["scan", "--org", "--role", "audit", "--region", "us-east-1", "--store", "kept", "--format", "summary"];
    let child = begin(&room, &server, &scan);
    kill(child, &server, 250);
    let ran = ask(&room, &server, &[&scan[..], &["--resume"]].concat());
    assert!(ran.code == 1 || ran.code == 3, "{ran:?}");
    assert!(ran.err.contains("It went on with a run of") && ran.err.contains("The snapshot is kept as"), "{}", ran.err);
    let left: Vec<String> = std::fs::read_dir(room.path().join("kept"))
        .expect("the store")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert!(left.len() == 1 && left[0].ends_with("Z_100000000000+5.db"), "{left:?}");
    // Nothing more to go on with: all is read.
    let again = ask(&room, &server, &[&scan[..], &["--resume"]].concat());
    assert!(again.err.contains("There was nothing to go on with"), "{}", again.err);
}

#[test]
fn two_runs_on_one_file_do_not_disturb_each_other() {
    let (room, server) = (Room::new(), Server::start(slow()).expect("a server"));
    let arguments = [&READ[..], &["-o", "one.db"]].concat();
    let mut first = begin(&room, &server, &arguments);
    while !room.files().contains(&"one.db.partial".to_owned()) {
        std::thread::sleep(Duration::from_millis(5));
    }
    for more in [&[][..], &["--resume"]] {
        fails(&ask(&room, &server, &[&arguments[..], more].concat()), &["one.db.partial: another driftlead is writing it"]);
    }
    assert_eq!(first.wait().expect("it ends").code(), Some(3), "the first one comes to its end");
    assert_eq!(room.files(), ["one.db"]);
}

/// A snapshot of the recording as a run that was killed would have left it, with something changed.
fn left(room: &Room, change: &str) -> Said {
    let recording = recording().display().to_string();
    let ran = room.run(&["snapshot", "--replay", &recording, "-o", "a.db"]);
    assert!(ran.code == 0 || ran.code == 3, "{ran:?}");
    std::fs::rename(room.path().join("a.db"), room.path().join("a.db.partial")).expect("it moves");
    let connection = Connection::open(room.path().join("a.db.partial")).expect("a snapshot");
    connection.execute_batch(&format!("update snapshot set finished_at = '', complete = 0; {change}")).expect("it is changed");
    drop(connection);
    room.run(&["snapshot", "--replay", &recording, "-o", "a.db", "--resume"])
}

#[test]
fn what_does_not_go_on_as_it_began_is_refused_and_kept() {
    for (change, said) in [
        ("update snapshot set tool = 'driftlead 0.0.1'", "begun by driftlead 0.0.1"),
        ("update snapshot set selection = '[\"aws_vpc\"]'", "other tables"),
        ("update snapshot set started_at = '2020-01-01T00:00:00Z'", "more than a day ago"),
        ("update snapshot set endpoint = 'http://elsewhere'", "http://elsewhere answered then"),
        ("update coverage set account_id = '444455556666'", "begun with account 444455556666, and these credentials"),
        ("update place set in_scope = 1 - in_scope where region <> 'global'", "other regions"),
    ] {
        let room = Room::new();
        fails(&left(&room, change), &["--resume: a.db.partial: ", said]);
        assert_eq!(room.files(), ["a.db.partial"], "{change}");
    }
    let room = Room::new();
    room.write("a.db.partial", "no snapshot at all, but long enough to be taken for one".repeat(20));
    fails(&room.run(&["snapshot", "--replay", &recording().display().to_string(), "-o", "a.db", "--resume"]), &["a.db.partial is not"]);
}

#[test]
fn what_was_read_in_part_is_thrown_away_and_read_again() {
    let room = Room::new();
    let plain = room.run(&["snapshot", "--replay", &recording().display().to_string(), "-o", "plain.db"]);
    assert!(plain.code == 0 || plain.code == 3, "{plain:?}");
    // Half of the subnets, a row that is not there any more, and the coverage of a reader that had not come to its end.
    let change = "delete from aws_vpc_subnet where rowid % 2; update aws_vpc set arn = arn || 'gone', vpc_id = 'vpc-gone';
        update coverage set complete = 0 where table_name in ('aws_vpc_subnet', 'aws_vpc')";
    let ran = left(&room, change);
    assert_eq!(ran.code, plain.code, "{ran:?}");
    assert!(ran.err.contains("It went on with a run of"), "{}", ran.err);
    assert_eq!(content(&room, "a.db"), content(&room, "plain.db"));
}

#[test]
fn a_run_that_was_cancelled_goes_on_as_well_and_a_whole_one_is_read_anew() {
    let room = Room::new();
    let recording = recording().display().to_string();
    let resume = || room.run(&["snapshot", "--replay", &recording, "-o", "a.db", "--resume"]);
    let first = resume();
    assert!(first.err.contains("There was nothing to go on with"), "{first:?}");
    let expected = content(&room, "a.db");
    Connection::open(room.path().join("a.db"))
        .expect("a snapshot")
        .execute_batch("update snapshot set complete = 0")
        .expect("it is changed");
    let second = resume();
    assert!(second.code == first.code && second.err.contains("It went on with a run of"), "{second:?}");
    assert_eq!(content(&room, "a.db"), expected);
    assert!(resume().err.contains("There was nothing to go on with"));
}
