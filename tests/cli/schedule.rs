//! Scans that nobody watches: one line for a log, silence where nothing is to be told, and the example files, whose command lines are
//! those that the program takes.

use std::path::Path;

use clap::Parser;
use driftlead::cli::Cli;
use driftlead::config::Configuration;
use driftlead::report::Format;
use serde_json::Value;

use crate::drift::sql;
use crate::support::program::{root, said};
use crate::support::world::{World, group};
use crate::{Room, fails};

/// Two snapshots: with these log groups that fail, before and now.
fn platform(room: &Room, before: &[&str], now: &[&str]) {
    for (name, day, groups) in [("then.db", 20, before), ("now.db", 21, now)] {
        let rows: String = groups.iter().map(|name| group(name, 0)).collect();
        World::new(&room.path().join(name)).rows(&rows).save();
        sql(room, name, &format!("update snapshot set started_at = '2026-11-{day}T10:00:00Z'"));
    }
}

const JUDGE: [&str; 6] = ["check", "logs/group_never_expires", "--from", "now.db", "--since", "then.db"];

#[test]
fn a_run_is_one_line_in_a_log() {
    let room = Room::new();
    platform(&room, &["/a", "/b", "/c"], &["/a", "/d"]);
    let ran = room.run(&[&JUDGE[..], &["--format", "summary"]].concat());
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    let pairs: Vec<&str> = ran.out.trim().split(' ').collect();
    assert_eq!(pairs[..4], ["driftlead", "time=2026-11-21T10:00:00Z", "account=111122223333", "regions=1"]);
    let wanted = [
        "fail=2", "unknown=0", "muted=0", "pass=0", "new=1", "persisting=1", "resolved=2", "not_compared=0", "since=2026-11-20T10:00:00Z",
        "gaps=0", "complete=true", "snapshot=now.db", "exit=1",
    ];
    for pair in wanted {
        assert!(pairs.contains(&pair), "{pair}: {}", ran.out);
    }
    let by_severity = ["critical", "high", "medium", "low", "info"].map(|word| format!("{word}="));
    let number = |pair: &&str| by_severity.iter().find_map(|name| pair.strip_prefix(name.as_str())?.parse::<u64>().ok());
    assert_eq!(pairs.iter().filter_map(number).sum::<u64>(), 2, "{}", ran.out);
    // Without an earlier snapshot there is no word of one.
    let ran = room.run(&["check", "logs/group_never_expires", "--from", "now.db", "--format", "summary", "--fail-on", "critical"]);
    assert!(ran.out.ends_with(" exit=0\n") && !ran.out.contains("new="), "{}", ran.out);
}

#[test]
fn a_path_cannot_add_a_line_or_a_field() {
    let room = Room::new();
    platform(&room, &[], &["/a"]);
    std::fs::rename(room.path().join("now.db"), room.path().join("a exit=0\n\"b.db")).expect("it moves");
    let ran = room.run(&["check", "logs/group_never_expires", "--from", "a exit=0\n\"b.db", "--format", "summary"]);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert!(ran.out.contains(r#"snapshot="a exit=0\u000a\"b.db" exit=1"#), "{}", ran.out);
}

#[test]
fn nothing_is_printed_where_nothing_is_to_be_told() {
    let room = Room::new();
    let run = |with: &[&str]| room.run(&[&JUDGE[..], &["--quiet", "-o", "a.json"], with].concat());
    platform(&room, &["/a"], &["/a"]);
    let same = run(&["--print-on", "change", "--fail-on", "new:info"]);
    assert_eq!((same.code, same.out.as_str(), same.err.as_str()), (0, "", ""));
    assert!(room.files().contains(&"a.json".to_owned()), "files are written in any case");
    let always = run(&[]);
    assert_eq!(run(&["--print-on", "found"]).out, always.out);
    assert!(!always.out.is_empty() && run(&["--print-on", "found", "--fail-on", "new:info"]).out.is_empty());
    platform(&room, &["/a"], &["/a", "/b"]);
    assert!(run(&["--print-on", "change"]).out.contains("/b"));
    platform(&room, &["/a", "/b"], &["/a"]);
    assert!(run(&["--print-on", "change", "--format", "summary"]).out.contains(" resolved=1 "));
    World::new(&room.path().join("now.db")).denied("aws_cloudwatch_log_group", "logs:DescribeLogGroups").save();
    assert!(run(&["--print-on", "change", "--format", "summary"]).out.contains(" new_unknown=1 "), "what is lost is a change");
    fails(&room.run(&["scan", "--from", "now.db", "--print-on", "change"]), &["--print-on change", "--since last"]);
    // An error is never quiet.
    fails(&room.run(&["scan", "--quiet", "--print-on", "found", "--from", "none.db"]), &["none.db"]);
}

#[test]
fn a_snapshot_that_is_not_kept_is_an_error_that_quiet_does_not_hide() {
    let room = Room::new();
    room.write("file", "");
    let recording = crate::support::program::recording().display().to_string();
    let ran = room.run(&["scan", "--quiet", "--replay", &recording, "--store", "file/kept", "--format", "summary"]);
    assert!(ran.err.contains("The snapshot is not kept"), "{ran:?}");
}

/// The files of `examples/schedule`, with their texts.
fn examples() -> Vec<(String, String)> {
    let folder = root().join("examples/schedule");
    let mut files: Vec<(String, String)> = std::fs::read_dir(&folder)
        .expect("examples/schedule")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), std::fs::read_to_string(&path).expect("a text")))
        .collect();
    files.sort();
    files
}

/// The command lines of a file: lines in which the program is called, and lists in which its arguments stand.
fn commands(name: &str, text: &str) -> Vec<Vec<String>> {
    let joined = text.replace("\\\n", " ");
    let is_comment = |line: &&str| !line.trim_start().starts_with('#');
    let mut commands: Vec<Vec<String>> = joined.lines().filter(is_comment).filter_map(called).collect();
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        lists(&value, &mut commands);
    }
    // A list of arguments in YAML, one a line.
    let items: Vec<&str> =
        text.lines().skip_while(|line| line.trim() != "args:").skip(1).map_while(|line| line.trim().strip_prefix("- ")).collect();
    if !items.is_empty() {
        commands.push(items.iter().map(|item| (*item).to_owned()).collect());
    }
    if name == "Dockerfile" {
        let cmd = text.lines().find_map(|line| line.strip_prefix("CMD ")).expect("CMD");
        lists(&serde_json::from_str(cmd).expect("a list"), &mut commands);
    }
    commands
}

/// The arguments in a line such as `17 4 * * * driftlead driftlead scan … >> log`.
fn called(line: &str) -> Option<Vec<String>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_program = |word: &str| word == "driftlead" || word.ends_with("/bin/driftlead");
    let at = words.windows(2).position(|pair| is_program(pair[0]) && ["scan", "check", "report", "snapshot"].contains(&pair[1]))?;
    let ends = |word: &&&str| !["||", ">>", ">", "|", "&&", ";"].contains(*word);
    Some(words[at + 1..].iter().take_while(ends).map(|word| (*word).to_owned()).collect())
}

fn lists(value: &Value, found: &mut Vec<Vec<String>>) {
    match value {
        Value::Array(items) => {
            let words: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            match words {
                Some(words) if words.first().is_some_and(|word| word == "scan") => found.push(words),
                _ => items.iter().for_each(|item| lists(item, found)),
            }
        }
        Value::Object(members) => members.values().for_each(|member| lists(member, found)),
        _ => {}
    }
}

#[test]
fn the_examples_call_the_program_as_it_is() {
    let mut seen = Vec::new();
    for (name, text) in examples() {
        for arguments in commands(&name, &text) {
            let parsed = Cli::try_parse_from(std::iter::once("driftlead").chain(arguments.iter().map(String::as_str)));
            assert!(parsed.is_ok(), "{name}: {arguments:?}: {}", parsed.err().map(|error| error.to_string()).unwrap_or_default());
            let files = arguments.iter().enumerate().filter_map(|(i, word)| match word.as_str() {
                "-o" | "--output" => arguments.get(i + 1).map(String::as_str),
                other => other.strip_prefix("--output="),
            });
            for file in files {
                assert!(Format::of(Path::new(file)).is_some(), "{name}: -o {file}: no format has this suffix");
            }
            seen.push(name.clone());
        }
    }
    let wanted = [
        "Dockerfile", "driftlead.cron", "driftlead.cron", "driftlead.service", "ecs-task-definition.json", "github-actions.yml",
        "gitlab-ci.yml", "kubernetes-cronjob.yaml",
    ];
    assert_eq!(seen, wanted);
}

#[test]
fn the_examples_configurations_are_read() {
    let (_, text) = examples().into_iter().find(|(name, _)| name == "driftlead.toml").expect("driftlead.toml");
    let config = Configuration::parse(Path::new("driftlead.toml"), &text).expect("it is read");
    assert_eq!(config.notify.webhook.len(), 2);
    // The one inside of the ConfigMap.
    let (_, text) = examples().into_iter().find(|(name, _)| name.starts_with("kubernetes")).expect("the CronJob");
    let inside: String = text
        .lines()
        .skip_while(|line| line.trim() != "driftlead.toml: |")
        .skip(1)
        .map_while(|line| line.strip_prefix("    "))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(Configuration::parse(Path::new("driftlead.toml"), &inside).expect("it is read").notify.webhook.len(), 1);
}

#[test]
fn the_examples_for_systemd_are_valid() {
    let Ok(version) = std::process::Command::new("systemd-analyze").arg("--version").output() else { return };
    assert!(version.status.success());
    let room = Room::new();
    for (name, text) in examples().into_iter().filter(|(name, _)| name.ends_with(".service") || name.ends_with(".timer")) {
        // The program need not be installed here.
        room.write(&name, text.replace("/usr/local/bin/driftlead", "/bin/true"));
    }
    let units = ["driftlead.service", "driftlead.timer"].map(|name| room.path().join(name));
    let ran = said(std::process::Command::new("systemd-analyze").arg("verify").args(&units).output());
    let own: Vec<&str> = ran.err.lines().filter(|line| line.contains("driftlead")).collect();
    assert!(own.is_empty(), "{ran:?}");
}
