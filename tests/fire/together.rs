//! Two runs at once: on one store, and on one file.

use std::time::Duration;

use crate::range::{ends, opens_as_whole, recorded, run};
use crate::support::program::driftlead;

#[test]
fn runs_on_one_store_do_not_disturb_each_other() {
    let room = tempfile::tempdir().unwrap();
    let recording = recorded();
    let arguments = ["scan", "--replay", &recording, "--store", "kept", "--format", "summary"];
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..3).map(|_| scope.spawn(|| run(room.path(), &arguments))).collect();
        for ran in runs.into_iter().map(|run| run.join().unwrap()) {
            assert!(ran.code == 1 && ran.err.contains("The snapshot is kept as"), "{ran:?}");
        }
    });
    let list = run(room.path(), &["list", "snapshots", "--store", "kept"]);
    assert_eq!(list.out.matches("2026-11-23T10-08-43Z_111122223333").count(), 3, "{}", list.out);
    for entry in std::fs::read_dir(room.path().join("kept")).unwrap().flatten() {
        assert!(opens_as_whole(&entry.path()), "{entry:?}");
    }
}

#[test]
fn runs_on_one_file_end_well_or_say_who_has_it() {
    let room = tempfile::tempdir().unwrap();
    let recording = recorded();
    let arguments = ["snapshot", "--replay", &recording, "-o", "today.db"];
    let codes: Vec<i32> = std::thread::scope(|scope| {
        let one = || ends(driftlead(&arguments).current_dir(room.path()), Duration::from_secs(300));
        let runs: Vec<_> = (0..3).map(|_| scope.spawn(one)).collect();
        let ended = |ran: crate::range::Ran| {
            let says_why = ran.err.contains("today.db") && ran.err.contains("another driftlead");
            assert!(ran.code == 0 || (ran.code == 2 && says_why), "{ran:?}");
            ran.code
        };
        runs.into_iter().map(|run| ended(run.join().unwrap())).collect()
    });
    assert!(codes.contains(&0), "{codes:?}");
    assert!(opens_as_whole(&room.path().join("today.db")));
    let judged = run(room.path(), &["check", "s3/*", "--from", "today.db", "--format", "summary"]);
    assert_eq!(judged.code, 1, "{judged:?}");
}
