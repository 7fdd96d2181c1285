//! `kill -9` at any moment: what has a name is whole or is not there, what was begun is not taken for a snapshot, and the next run
//! works.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rusqlite::Connection;

use crate::range::{Dice, end, opens_as_whole, recorded, rounds, run, whole, whole_run};
use crate::support::program::driftlead;

/// Starts a command and kills it after so many milliseconds.
fn kill(command: &mut Command, after: usize) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    std::thread::sleep(Duration::from_millis(after as u64));
    end(&mut child);
}

/// The files of a folder with this suffix, those in its folders too.
fn files(folder: &Path, suffix: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path, suffix)),
            path if path.to_string_lossy().ends_with(suffix) => found.push(path),
            _ => {}
        }
    }
    found
}

#[test]
fn a_snapshot_that_is_killed_leaves_no_half_file_under_its_name() {
    let room = tempfile::tempdir().unwrap();
    let (path, recording) = (room.path().join("today.db"), recorded());
    let mut dice = Dice(rounds(0) as u64);
    for round in 0..rounds(8) {
        // One time there is an older snapshot under the name, the other time there is none.
        let _ = std::fs::remove_file(&path);
        if round % 2 == 0 {
            std::fs::copy(whole(), &path).unwrap();
        }
        let after = dice.below(whole_run());
        kill(driftlead(&["snapshot", "--replay", &recording, "-o", "today.db"]).current_dir(room.path()), after);
        assert!(!path.exists() || opens_as_whole(&path), "after {after} ms there is half a snapshot");
        assert!(path.exists() || round % 2 == 1, "after {after} ms the older snapshot is gone");
        for partial in files(room.path(), ".partial") {
            readable(&partial, after);
        }
    }
    let next = run(room.path(), &["snapshot", "--replay", &recording, "-o", "today.db"]);
    assert!(next.code == 0 && opens_as_whole(&path), "{next:?}");
    assert_eq!(files(room.path(), ".partial").len(), 0);
    assert_eq!(files(room.path(), "-journal").len(), 0);
}

/// That whatever reads SQLite can read what was begun, if it was begun at all.
fn readable(partial: &Path, after: usize) {
    let connection = Connection::open(partial).unwrap();
    let begun: i64 = connection.query_row("select count(*) from sqlite_schema where name = 'ledger'", [], |row| row.get(0)).unwrap();
    if begun > 0 {
        let sound: String = connection.query_row("pragma quick_check(1)", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok", "after {after} ms");
        let _: i64 = connection.query_row("select count(*) from ledger", [], |row| row.get(0)).unwrap();
    }
}

#[test]
fn a_scan_that_is_killed_leaves_nothing_in_the_store_that_looks_like_a_snapshot() {
    let room = tempfile::tempdir().unwrap();
    let (store, recording) = (room.path().join("kept"), recorded());
    std::fs::create_dir(&store).unwrap();
    let older = store.join("2026-11-23T10-08-43Z_111122223333.db");
    std::fs::copy(whole(), &older).unwrap();
    let mut dice = Dice(1 + rounds(0) as u64);
    for _ in 0..rounds(6) {
        let after = dice.below(2 * whole_run());
        let arguments = ["scan", "--replay", &recording, "--store", "kept", "-o", "report.html", "-o", "report.json"];
        kill(driftlead(&arguments).current_dir(room.path()), after);
        for (name, end) in [("report.html", "</html>"), ("report.json", "}")] {
            let text = std::fs::read_to_string(room.path().join(name)).unwrap_or_else(|_| end.to_owned());
            assert!(text.trim_end().ends_with(end), "after {after} ms {name} is cut off");
        }
        for snapshot in std::fs::read_dir(&store).unwrap().flatten().map(|entry| entry.path()).filter(|path| path.is_file()) {
            assert!(opens_as_whole(&snapshot), "after {after} ms: {}", snapshot.display());
        }
        for partial in files(&store, ".partial") {
            readable(&partial, after);
        }
    }
    let list = run(room.path(), &["list", "snapshots", "--store", "kept"]);
    assert!(list.code == 0 && !list.out.contains("partial") && !list.out.contains("taking"), "{list:?}");
    let report = run(room.path(), &["report", "--store", "kept", "--format", "summary"]);
    assert_eq!(report.code, 1, "{report:?}");
    let next = run(room.path(), &["scan", "--replay", &recording, "--store", "kept", "--format", "summary"]);
    assert!(next.code == 1 && next.err.contains("The snapshot is kept as"), "{next:?}");
}

#[test]
fn what_was_killed_is_said_to_be_so_when_it_is_judged_all_the_same() {
    let room = tempfile::tempdir().unwrap();
    let path = room.path().join("half.db");
    std::fs::copy(whole(), &path).unwrap();
    // As it is before its end: the rows are there, and nobody has said that this is all.
    Connection::open(&path).unwrap().execute_batch("update snapshot set complete = 0, finished_at = ''").unwrap();
    let ran = run(room.path(), &["scan", "--from", "half.db"]);
    assert!(ran.out.contains("INCOMPLETE"), "{}", ran.out);
    std::fs::create_dir(room.path().join("kept")).unwrap();
    std::fs::rename(&path, room.path().join("kept/half.db")).unwrap();
    let ran = run(room.path(), &["report", "--store", "kept"]);
    assert!(ran.code == 2 && ran.err.contains("no complete snapshot"), "{ran:?}");
}
