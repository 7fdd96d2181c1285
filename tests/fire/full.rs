//! No room: a full disk, files that may not grow, readers that go away, folders that may not be written.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::range::{Ran, ends, opens_as_whole, recorded, run, whole};
use crate::support::program::driftlead;

/// Runs the program with files that may not grow beyond so many kilobytes, and with an error instead of a signal when they would.
fn limited(folder: &Path, kilobytes: u32, arguments: &[&str]) -> Ran {
    let program = driftlead(arguments);
    let mut shell = Command::new("/bin/bash");
    shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" \"$@\"")).arg(program.get_program()).args(arguments);
    shell.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(folder);
    ends(&mut shell, Duration::from_secs(300))
}

#[test]
fn a_snapshot_without_room_says_so_and_keeps_what_it_has() {
    let room = tempfile::tempdir().unwrap();
    let arguments = ["snapshot", "--replay", &recorded(), "-o", "today.db"];
    let size = u32::try_from(std::fs::metadata(whole()).unwrap().len() / 1024).unwrap();
    // Not nearer to the whole size: rows come in another order each time, and the file is some pages larger or smaller.
    for kilobytes in [1, 60, size / 4, size / 2, size * 3 / 4, size * 9 / 10, size - 200] {
        let ran = limited(room.path(), kilobytes, &arguments);
        assert_eq!(ran.code, 2, "{kilobytes} KB: {ran:?}");
        assert!(ran.err.starts_with("driftlead: today.db"), "{kilobytes} KB: {}", ran.err);
        assert!(!ran.err.contains("Error code"), "{kilobytes} KB: {}", ran.err);
        let (path, partial) = (room.path().join("today.db"), room.path().join("today.db.partial"));
        assert!(!path.exists(), "{kilobytes} KB");
        assert!(!opens_as_whole(&partial), "{kilobytes} KB: what is not whole says that it is");
        assert_eq!(partial.exists(), ran.err.contains("today.db.partial)"), "{kilobytes} KB: {}", ran.err);
    }
    let next = run(room.path(), &arguments);
    assert!(next.code == 0 && opens_as_whole(&room.path().join("today.db")), "{next:?}");
}

#[test]
fn a_scan_without_room_names_no_file_that_is_gone() {
    let room = tempfile::tempdir().unwrap();
    let size = u32::try_from(std::fs::metadata(whole()).unwrap().len() / 1024).unwrap();
    let recording = recorded();
    for more in [&[][..], &["--store", "kept"]] {
        let ran = limited(room.path(), size / 2 + 100, &[&["scan", "--replay", &recording][..], more].concat());
        assert!(ran.code == 2 && ran.out.is_empty(), "{ran:?}");
        let named = ran.err.split_once("is in ").map(|(_, rest)| PathBuf::from(rest.split(')').next().unwrap_or(rest)));
        assert!(named.as_ref().is_none_or(|path| room.path().join(path).exists()), "{}", ran.err);
    }
    let list = run(room.path(), &["list", "snapshots", "--store", "kept"]);
    assert!(list.code == 0 && !list.out.contains(".db"), "{list:?}");
}

#[test]
fn a_report_without_room_is_an_error_and_leaves_no_half_file() {
    let room = tempfile::tempdir().unwrap();
    let from = whole().display().to_string();
    for suffix in ["html", "json", "sarif", "csv", "ocsf.json", "asff.json", "md", "junit.xml"] {
        let name = format!("report.{suffix}");
        let ran = limited(room.path(), 4, &["check", "s3/*", "--from", &from, "--format", "summary", "-o", &name]);
        assert!(ran.code == 2 && ran.err.contains("File too large"), "{suffix}: {ran:?}");
        assert_eq!(std::fs::read_dir(room.path()).unwrap().count(), 0, "{suffix}");
    }
}

#[test]
fn a_full_standard_output_is_an_error() {
    let room = tempfile::tempdir().unwrap();
    let from = whole().display().to_string();
    let all: [&[&str]; 9] = [
        &["check", "s3/*", "--from", &from],
        &["check", "s3/*", "--from", &from, "--format", "json"],
        &["check", "s3/*", "--from", &from, "--print-on", "found"],
        &["query", "select * from ledger", "--from", &from],
        &["list", "tables"],
        &["explain", "aws_vpc"],
        &["permissions"],
        &["completions", "bash"],
        &["--help"],
    ];
    for arguments in all {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = driftlead(arguments).current_dir(room.path()).stdout(full).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {err}");
        assert!(!err.contains("panicked"), "{arguments:?}: {err}");
    }
}

#[test]
fn a_reader_that_goes_away_costs_neither_the_files_nor_the_exit_code() {
    let room = tempfile::tempdir().unwrap();
    let from = whole().display().to_string();
    for format in ["table", "json", "csv", "markdown"] {
        let arguments = ["check", "s3/*", "--from", &from, "--show", "pass", "--format", format, "-o", "report.json"];
        let mut child = driftlead(&arguments).current_dir(room.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), err.as_ref()), (Some(1), ""), "{format}");
        let report = std::fs::read_to_string(room.path().join("report.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&report).unwrap();
    }
}

#[test]
fn a_full_disk_says_so_and_keeps_what_it_has() {
    let room = tempfile::tempdir().unwrap();
    let disk = room.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1800k", "tmpfs"]).arg(&disk).output();
    if !mounted.as_ref().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: this user may not mount a small disk ({mounted:?}); files that may not grow are tried by the other tests");
        return;
    }
    let ran = run(&disk, &["snapshot", "--replay", &recorded(), "-o", "today.db"]);
    let partial = disk.join("today.db.partial");
    let (is_named, is_there, is_whole) = (disk.join("today.db").exists(), partial.exists(), opens_as_whole(&partial));
    let scan = run(&disk, &["scan", "--replay", &recorded(), "--store", "kept", "--format", "summary"]);
    assert!(Command::new("umount").arg(&disk).status().unwrap().success());
    assert!(ran.code == 2 && ran.err.contains("full") && ran.err.contains("today.db.partial"), "{ran:?}");
    assert_eq!((is_named, is_there, is_whole), (false, true, false));
    assert!(scan.code == 2 && scan.err.contains("full"), "{scan:?}");
}

#[test]
fn folders_that_may_not_be_written_are_named() {
    let room = tempfile::tempdir().unwrap();
    // Not even root can make files there.
    let ran = run(room.path(), &["snapshot", "--replay", &recorded(), "-o", "/proc/today.db"]);
    assert!(ran.code == 2 && ran.err.contains("/proc/today.db"), "{ran:?}");
    let from = whole().display().to_string();
    let ran = run(room.path(), &["check", "s3/*", "--from", &from, "-o", "/proc/report.html"]);
    assert!(ran.code == 2 && ran.err.contains("-o /proc/report.html: cannot be written"), "{ran:?}");
    // The store is no reason not to scan, and that it is not kept is said.
    let ran = run(room.path(), &["scan", "--replay", &recorded(), "--store", "/proc/kept", "--format", "summary"]);
    assert!(ran.code == 1 && ran.err.contains("The snapshot is not kept") && ran.err.contains("/proc/kept"), "{ran:?}");
}
