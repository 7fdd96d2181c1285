//! The store of snapshots: what a scan puts there, what is left out, and what `list snapshots` says of it.

use std::process::Stdio;
use std::time::Duration;

use crate::support::aws::Aws;
use crate::support::program::{Said, driftlead, said};
use crate::support::world::{World, group};
use crate::{Room, fails};

/// Keys for a small AWS, and nothing that names a store.
fn variables(aws: &Aws) -> [(&'static str, &str); 4] {
    [
        ("AWS_ENDPOINT_URL", aws.endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "sesame"),
        ("AWS_REGION", "us-east-1"),
    ]
}

fn live(room: &Room, aws: &Aws, arguments: &[&str]) -> Said {
    room.run_with(arguments, &variables(aws))
}

/// A recording of a scan of a small AWS.
pub fn record(room: &Room) {
    let aws = Aws::start();
    let ran = live(room, &aws, &["snapshot", "-o", "one.db", "--record", "run.jsonl.gz", "--region", "us-east-1"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    std::fs::remove_file(room.path().join("one.db")).unwrap();
}

/// The names in a folder, sorted.
fn names(room: &Room, folder: &str) -> Vec<String> {
    let folder = room.path().join(folder);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_scan_keeps_its_snapshot_and_the_report_says_where() {
    let (room, aws) = (Room::new(), Aws::start());
    let ran = live(&room, &aws, &["scan", "--region", "us-east-1", "--store", "kept", "--format", "json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let kept = names(&room, "kept");
    assert!(kept.len() == 1 && kept[0].contains("T") && kept[0].ends_with("Z_111122223333.db"), "{kept:?}");
    assert!(ran.err.contains(&format!("The snapshot is kept as kept/{}", kept[0])), "{}", ran.err);
    assert!(ran.out.contains(&format!("\"path\":\"kept/{}\"", kept[0])), "{}", ran.out);
    // It answers as the scan did.
    let path = format!("kept/{}", kept[0]);
    assert_eq!(room.run(&["scan", "--from", &path, "--format", "json"]).out, ran.out);
    assert_eq!(live(&room, &aws, &["scan", "--region", "us-east-1", "--store", "kept", "--quiet"]).err, "");
    assert_eq!(names(&room, "kept").len(), 2);
}

#[test]
fn only_a_scan_of_live_accounts_is_kept_without_being_asked() {
    let (room, aws) = (Room::new(), Aws::start());
    record(&room);
    room.platform();
    let store = room.path().join("kept").display().to_string();
    let mut given = variables(&aws).to_vec();
    given.push(("DRIFTLEAD_STORE", &store));
    let run = |arguments: &[&str]| room.run_with(arguments, &given);
    run(&["check", "vpc/default_vpc_in_use", "--region", "us-east-1"]);
    run(&["scan", "--from", "world.db"]);
    run(&["scan", "--replay", "run.jsonl.gz"]);
    run(&["scan", "--region", "us-east-1", "--no-store"]);
    run(&["demo"]);
    assert_eq!(names(&room, "kept"), [""; 0]);
    run(&["scan", "--region", "us-east-1"]);
    assert_eq!(names(&room, "kept").len(), 1);
    run(&["scan", "--replay", "run.jsonl.gz", "--store", "kept"]);
    assert_eq!(names(&room, "kept").len(), 2, "a replay is kept where the user says so");
    fails(&room.run(&["scan", "--from", "world.db", "--store", "kept"]), &["--from", "--store"]);
    fails(&room.run(&["scan", "--no-store", "--store", "kept"]), &["--no-store", "--store"]);
}

#[test]
fn a_file_of_the_users_own_is_kept_beside_it() {
    let room = Room::new();
    record(&room);
    let ran = room.run(&["scan", "--replay", "run.jsonl.gz", "--store", "kept", "-o", "mine.db", "--format", "json"]);
    assert!(ran.out.contains("\"path\":\"mine.db\""), "{}", ran.out);
    let kept = format!("kept/{}", names(&room, "kept")[0]);
    let read = |name: &str| std::fs::read(room.path().join(name)).unwrap();
    assert!(read("mine.db") == read(&kept));
}

#[test]
fn a_store_that_cannot_be_written_keeps_nobody_from_scanning() {
    let room = Room::new();
    record(&room);
    room.write("file", "");
    let without = room.run(&["scan", "--replay", "run.jsonl.gz"]);
    for more in [&[][..], &["-o", "mine.db"]] {
        let ran = room.run(&[&["scan", "--replay", "run.jsonl.gz", "--store", "file/kept"], more].concat());
        assert_eq!((ran.code, &ran.out), (without.code, &without.out));
        for words in ["The snapshot is not kept: file", "--store DIR", "--no-store"] {
            assert!(ran.err.contains(words), "{}", ran.err);
        }
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
    fails(&room.run(&["list", "snapshots", "--store", "file"]), &["file: Not a directory"]);
}

#[cfg(unix)]
#[test]
fn a_snapshot_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let room = Room::new();
    record(&room);
    room.run(&["scan", "--replay", "run.jsonl.gz", "--store", "new/kept"]);
    let mode = |name: &str| std::fs::metadata(room.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("new/kept"), 0o700);
    assert_eq!(mode(&format!("new/kept/{}", names(&room, "new/kept")[0])), 0o600);
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_name_the_store_is_with_the_users_data() {
    let (room, aws) = (Room::new(), Aws::start());
    let home = room.path().display().to_string();
    let mut given = variables(&aws).to_vec();
    given.extend([("HOME", home.as_str()), ("DRIFTLEAD_STORE", "")]);
    room.run_with(&["scan", "--region", "us-east-1"], &given);
    assert_eq!(names(&room, ".local/share/driftlead/snapshots").len(), 1);
}

#[test]
fn two_scans_at_once_keep_two_whole_snapshots() {
    let room = Room::new();
    record(&room);
    let start = || {
        let mut command = driftlead(&["scan", "--replay", "run.jsonl.gz", "--store", "kept"]);
        command.current_dir(room.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    };
    let running = [start(), start(), start()];
    for child in running {
        assert_eq!(said(child.wait_with_output()).code, 3);
    }
    let kept = names(&room, "kept");
    assert_eq!(kept.len(), 3, "{kept:?}");
    assert!(kept[0].ends_with("_111122223333-2.db") && kept[2].ends_with("_111122223333.db"), "{kept:?}");
    for name in kept {
        assert_eq!(room.run(&["scan", "--from", &format!("kept/{name}")]).code, 3);
    }
}

#[test]
fn a_run_that_is_cut_short_is_kept_and_marked() {
    let (room, aws) = (Room::new(), Aws::slow(Duration::from_secs(3)));
    let mut command = driftlead(&["scan", "--region", "us-east-1", "--store", "kept"]);
    let child = command.current_dir(room.path()).envs(variables(&aws)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while aws.asked() < 5 {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(said(child.wait_with_output()).code, 2);
    let list = room.run(&["list", "snapshots", "--store", "kept"]).out;
    assert!(list.lines().nth(1).is_some_and(|line| line.ends_with("incomplete")), "{list}");
}

/// A snapshot in the store `kept`, taken at that time.
fn put(room: &Room, name: &str, at: &str) {
    let path = room.path().join("kept").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    World::new(&path).rows(&group("/app", 0)).denied("aws_kms_key", "kms:ListKeys").save();
    rusqlite::Connection::open(&path).unwrap().execute("update snapshot set started_at = ?", [at]).unwrap();
}

#[test]
fn a_list_tells_of_every_file_and_fits_a_terminal() {
    let room = Room::new();
    let empty = room.run(&["list", "snapshots", "--store", "kept"]);
    assert!(empty.code == 0 && empty.err.contains("kept holds no snapshot: driftlead scan puts one there"), "{empty:?}");
    put(&room, "2026-11-20T10-00-00Z_111122223333.db", "2026-11-20T10:00:00Z");
    put(&room, "2026-11-19T10-00-00Z_111122223333.db", "2026-11-19T10:00:00Z");
    let whole = std::fs::read(room.path().join("kept/2026-11-20T10-00-00Z_111122223333.db")).unwrap();
    room.write("kept/2026-11-21T10-00-00Z_111122223333.db", &whole[..whole.len() / 2]);
    room.write("kept/other.db", "no database");
    room.write("kept/notes.txt", "mine");
    let list = |more: &[&str]| room.run(&[&["list", "snapshots", "--store", "kept"], more].concat());
    let ran = list(&[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 5, "{}", ran.out);
    let words: Vec<&str> = lines[1].split_whitespace().collect();
    assert_eq!(words[..4], ["kept/2026-11-19T10-00-00Z_111122223333.db", "2026-11-19T10:00:00Z", "111122223333", "us-east-1"]);
    assert_eq!(words[6..], ["1", "complete"], "a gap");
    assert!(lines[2].starts_with("kept/2026-11-20") && lines[3].contains("is damaged") && lines[4].contains("is not a driftlead snapshot"));
    assert_eq!(list(&["--account", "111122223333"]).out.lines().count(), 4);
    assert!(list(&["--account", "999988887777"]).err.contains("kept holds no snapshot of 999988887777"));
    let narrow = room.run_with(&["list", "snapshots", "--store", "kept"], &[("COLUMNS", "80")]);
    assert!(narrow.out.lines().all(|line| line.chars().count() <= 80), "{}", narrow.out);
    let row = narrow.out.lines().find(|line| line.starts_with("2026-11-20T10-00-00Z_111122223333.db ")).expect("a whole name");
    assert!(row.ends_with("complete, 1 gap") && narrow.err.contains("In kept:"), "{narrow:?}");
    fails(&room.run(&["list", "checks", "--store", "kept"]), &["--store and --account go with driftlead list snapshots"]);
}

#[test]
fn what_is_too_old_goes_by_the_rule_after_a_scan() {
    let room = Room::new();
    record(&room);
    // Of another series, so that only the rule keeps them.
    for day in 1..=9 {
        put(&room, &format!("2025-01-0{day}T10-00-00Z_111122223333.db"), &format!("2025-01-0{day}T10:00:00Z"));
    }
    let scan = |more: &[&str]| room.run(&[&["scan", "--replay", "run.jsonl.gz", "--store", "kept"], more].concat());
    room.write("driftlead.toml", "[store]\nkeep_days = 10000\n");
    assert!(!scan(&[]).err.contains("removed"));
    assert_eq!(names(&room, "kept").len(), 10);
    room.write("driftlead.toml", "[store]\nkeep_days = 1\nkeep_daily_days = 0\nkeep_weekly_days = 10000\n");
    let ran = scan(&[]);
    assert!(ran.err.contains("7 older snapshots removed from the store"), "{}", ran.err);
    // Sundays and the last; and those of today.
    let kept = names(&room, "kept");
    assert!(kept.len() == 4 && kept[0].starts_with("2025-01-05") && kept[1].starts_with("2025-01-09"), "{kept:?}");
    room.write("driftlead.toml", "[store]\nkeep_hours = 1\n");
    fails(&scan(&[]), &["driftlead.toml:2:", "keep_hours"]);
}
