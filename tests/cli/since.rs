//! What is new, what persists and what is resolved since an earlier snapshot; and what nobody can say of that.

use serde_json::Value;

use crate::drift::sql;
use crate::support::program::Said;
use crate::support::world::{ACCOUNT, REGION, World, group};
use crate::{Room, fails};

/// The check that these tests turn on and off.
const CHECK: &str = "logs/group_never_expires";

/// A snapshot of that day with log groups, each with its retention; 0 fails.
fn put(room: &Room, name: &str, day: u32, groups: &[(&str, i64)]) {
    let rows: String = groups.iter().map(|(name, retention)| group(name, *retention)).collect();
    save(room, name, day, |world| world.rows(&rows));
}

fn save(room: &Room, name: &str, day: u32, fill: impl FnOnce(World) -> World) {
    let path = room.path().join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
    fill(World::new(&path)).save();
    sql(room, name, &format!("update snapshot set started_at = '2026-11-{day}T10:00:00Z'"));
}

/// Judges `now.db` with that check against another one.
fn compare(room: &Room, with: &[&str]) -> (Said, Value) {
    let ran = room.run(&[&["check", CHECK, "--from", "now.db", "--format", "json"], with].concat());
    let report = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    (ran, report)
}

/// `name status since was`, of every finding, sorted; the name is `-` for a whole place.
fn told(report: &Value) -> Vec<String> {
    let word = |finding: &Value, name: &str| finding.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
    let line = |finding: &Value| {
        let name = finding["resource"].as_str().and_then(|arn| arn.rsplit('/').next()).filter(|name| !name.is_empty()).unwrap_or("-");
        format!("{name} {} {} {}", word(finding, "status"), word(finding, "since"), word(finding, "was"))
    };
    let mut lines: Vec<String> = report["findings"].as_array().expect("findings").iter().map(line).collect();
    lines.sort();
    lines
}

/// new, persisting, new unknown, resolved, not compared.
fn counts(report: &Value) -> [u64; 5] {
    let since = &report["summary"]["since"];
    ["new", "persisting", "new_unknown", "resolved", "not_compared"]
        .map(|name| since[name].as_u64().unwrap_or_else(|| panic!("{name}: {since}")))
}

#[test]
fn failures_are_new_persist_or_are_resolved() {
    let room = Room::new();
    put(&room, "then.db", 20, &[("/stays", 0), ("/repaired", 0), ("/breaks", 30), ("/goes", 0), ("/fine", 30)]);
    put(&room, "now.db", 21, &[("/stays", 0), ("/repaired", 30), ("/breaks", 0), ("/comes", 0), ("/fine", 30)]);
    let (ran, report) = compare(&room, &["--since", "then.db"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(told(&report), ["breaks fail new -", "comes fail new -", "stays fail persisting -"]);
    assert_eq!(counts(&report), [2, 1, 0, 2, 0]);
    let since = &report["summary"]["since"];
    assert_eq!((since["started_at"].as_str(), since["path"].as_str()), (Some("2026-11-20T10:00:00Z"), Some("then.db")));
    let resolved = report["resolved"].as_array().unwrap_or_else(|| panic!("resolved: {}", ran.out));
    let mut over: Vec<String> = resolved
        .iter()
        .map(|one| format!("{} {}", one["was"]["resource"].as_str().unwrap_or(""), one["now"].as_str().unwrap_or("")))
        .collect();
    over.sort();
    assert!(over.len() == 2 && over[0].ends_with(":/goes gone") && over[1].ends_with(":/repaired pass"), "{over:?}");
    // In the table in a line, and at each of them.
    let table = room.run(&["check", CHECK, "--from", "now.db", "--since", "then.db"]).out;
    assert!(table.contains("since 2026-11-20T10:00:00Z: 2 new · 1 persisting · 2 resolved"), "{table}");
    assert!(table.contains("NEW ") && table.contains("/goes"), "{table}");
    // Without being asked, nothing is compared.
    let (_, report) = compare(&room, &[]);
    assert!(report["summary"].get("since").is_none(), "{}", report["summary"]);
    assert_eq!(told(&report), ["breaks fail - -", "comes fail - -", "stays fail - -"]);
}

#[test]
fn what_is_unread_now_is_not_resolved() {
    let room = Room::new();
    put(&room, "then.db", 20, &[("/a", 0), ("/b", 0), ("/c", 30)]);
    let rows = group("/a", 0);
    save(&room, "now.db", 21, |world| world.rows(&rows).denied("aws_cloudwatch_log_group", "logs:DescribeLogGroups"));
    let (ran, report) = compare(&room, &["--since", "then.db"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(told(&report), ["- unknown new -"]);
    assert_eq!(counts(&report), [0, 0, 1, 0, 2]);
}

#[test]
fn a_value_that_is_unread_now_is_neither_resolved_nor_fine() {
    let room = Room::new();
    let bucket =
        |name: &str, versioning: &str| format!("[[aws_s3_bucket]]\narn = \"arn:aws:s3:::{name}\"\nname = \"{name}\"\n{versioning}\n");
    let (off, on, unread) = ("versioning = \"\"", "versioning = \"Enabled\"", "");
    let rows = bucket("a", off) + &bucket("b", off) + &bucket("c", on);
    save(&room, "then.db", 20, |world| world.rows(&rows));
    let rows = bucket("a", on) + &bucket("b", unread) + &bucket("c", unread);
    save(&room, "now.db", 21, |world| world.rows(&rows));
    let ran = room.run(&["check", "s3/bucket_versioning_off", "--from", "now.db", "--since", "then.db", "--format", "json"]);
    let report = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let told: Vec<String> = told(&report).iter().map(|line| line.rsplit(':').next().unwrap_or("").to_owned()).collect();
    assert_eq!((ran.code, told), (3, vec!["b unknown new fail".to_owned(), "c unknown new -".to_owned()]));
    assert_eq!(counts(&report), [0, 0, 2, 1, 1]);
}

#[test]
fn what_was_unread_then_is_new_and_says_so() {
    let room = Room::new();
    let rows = group("/a", 0);
    save(&room, "then.db", 20, |world| world.rows(&rows).denied("aws_cloudwatch_log_group", "logs:DescribeLogGroups"));
    put(&room, "now.db", 21, &[("/a", 0), ("/b", 30)]);
    let (_, report) = compare(&room, &["--since", "then.db"]);
    assert_eq!((told(&report), counts(&report)), (vec!["a fail new unknown".to_owned()], [1, 0, 0, 0, 0]));
    assert!(room.run(&["check", CHECK, "--from", "now.db", "--since", "then.db"]).out.contains("NEW (unknown then) "));
    // Still unread is nothing new.
    save(&room, "now.db", 21, |world| world.denied("aws_cloudwatch_log_group", "logs:DescribeLogGroups"));
    let (ran, report) = compare(&room, &["--since", "then.db"]);
    assert_eq!((ran.code, told(&report)), (3, vec!["- unknown persisting -".to_owned()]));
    assert_eq!(counts(&report), [0, 0, 0, 0, 0]);
}

#[test]
fn what_somebody_accepts_is_neither_new_nor_resolved_until_it_ends() {
    let room = Room::new();
    put(&room, "then.db", 20, &[("/a", 0), ("/b", 0)]);
    put(&room, "now.db", 22, &[("/a", 0), ("/b", 0), ("/c", 0)]);
    let waiver = |name: &str, expires: &str| {
        format!(
            "[[waiver]]\nname = \"{name}\"\nchecks = [\"{CHECK}\"]\nmatch.resource = [\"*:/{name}\"]\nreason = \"for a test\"\n\
             owner = \"me\"\nexpires = \"{expires}\"\n"
        )
    };
    let own = |report: &Value| -> Vec<String> { told(report).into_iter().filter(|line| !line.contains("waiver")).collect() };
    // `/a` is accepted until after the first snapshot, `/c` for long.
    room.write("driftlead.toml", waiver("a", "2026-11-21") + &waiver("c", "2027-11-21"));
    let (ran, report) = compare(&room, &["--since", "then.db"]);
    let lines = own(&report);
    assert!(lines.contains(&"a fail new muted".to_owned()), "{ran:?}");
    assert!(lines.contains(&"b fail persisting -".to_owned()) && lines.contains(&"c muted - -".to_owned()), "{lines:?}");
    // What is accepted as well now was no failure then either: both are judged by the same file.
    room.write("driftlead.toml", waiver("b", "2027-11-21"));
    let (_, report) = compare(&room, &["--since", "then.db"]);
    assert!(own(&report).contains(&"b muted - -".to_owned()), "{report}");
    assert_eq!(counts(&report)[3..], [0, 0]);
}

#[test]
fn that_an_unread_place_is_accepted_makes_it_no_more_read() {
    let room = Room::new();
    put(&room, "then.db", 20, &[("/a", 0)]);
    let rows = group("/a", 0);
    save(&room, "now.db", 21, |world| world.rows(&rows).denied("aws_cloudwatch_log_group", "logs:DescribeLogGroups"));
    room.write(
        "driftlead.toml",
        format!("[[waiver]]\nname = \"w\"\nstatus = [\"fail\", \"unknown\"]\nchecks = [\"{CHECK}\"]\nreason = \"for a test\"\nowner = \"me\"\nexpires = \"2027-11-21\"\n"),
    );
    let (_, report) = compare(&room, &["--since", "then.db"]);
    assert_eq!(counts(&report)[3], 0, "{report}");
}

#[test]
fn a_snapshot_of_an_older_version_says_as_much_as_it_can() {
    let room = Room::new();
    put(&room, "then.db", 20, &[("/a", 0)]);
    sql(&room, "then.db", "drop table aws_cloudwatch_log_group; delete from coverage where table_name = 'aws_cloudwatch_log_group'");
    put(&room, "now.db", 21, &[("/a", 0)]);
    let (_, report) = compare(&room, &["--since", "then.db"]);
    assert_eq!((told(&report), counts(&report)), (vec!["a fail new unknown".to_owned()], [1, 0, 0, 0, 0]));
    // A column that it lacks: the check breaks off on it, which is no verdict either.
    put(&room, "then.db", 20, &[("/a", 0)]);
    sql(&room, "then.db", "alter table aws_cloudwatch_log_group drop column retention_in_days");
    let (_, report) = compare(&room, &["--since", "then.db"]);
    assert_eq!((told(&report), counts(&report)), (vec!["a fail new unknown".to_owned()], [1, 0, 0, 0, 0]));
}

#[test]
fn what_is_out_of_this_runs_scope_is_not_resolved() {
    let room = Room::new();
    let arn = |region: &str| format!("arn:aws:logs:{region}:{ACCOUNT}:log-group:/far");
    let move_away = format!("update aws_cloudwatch_log_group set region = 'eu-west-1', arn = '{}' where name = '/far'", arn("eu-west-1"));
    let rows = group("/far", 0) + &group("/near", 0);
    save(&room, "then.db", 20, |world| world.also_in("eu-west-1").rows(&rows));
    sql(&room, "then.db", &move_away);
    put(&room, "now.db", 21, &[]);
    let (ran, report) = compare(&room, &["--since", "then.db"]);
    assert_eq!(counts(&report), [0, 0, 0, 1, 1], "{ran:?}");
    // The other way round: nobody looked there.
    std::fs::rename(room.path().join("now.db"), room.path().join("before.db")).unwrap();
    std::fs::rename(room.path().join("then.db"), room.path().join("now.db")).unwrap();
    sql(&room, "before.db", "update snapshot set started_at = '2026-11-19T10:00:00Z'");
    let (_, report) = compare(&room, &["--since", "before.db"]);
    assert_eq!(told(&report), ["far fail new unknown", "near fail new -"], "{REGION} was read and eu-west-1 was not");
}

#[test]
fn only_what_is_new_can_count() {
    let room = Room::new();
    put(&room, "then.db", 20, &[("/a", 0)]);
    put(&room, "now.db", 21, &[("/a", 0)]);
    let code = |with: &[&str]| room.run(&[&["check", CHECK, "--from", "now.db", "--since", "then.db"], with].concat()).code;
    assert_eq!(code(&[]), 1);
    assert_eq!(code(&["--fail-on", "new:info"]), 0);
    assert_eq!(code(&["--fail-on", "new:info", "--fail-on", "info"]), 1);
    put(&room, "now.db", 21, &[("/a", 0), ("/b", 0)]);
    assert_eq!(code(&["--fail-on", "new:info"]), 1);
    assert_eq!(code(&["--fail-on", "new:critical"]), 0);
    // What cannot be said is never clean.
    save(&room, "now.db", 21, |world| world.denied("aws_cloudwatch_log_group", "logs:DescribeLogGroups"));
    assert_eq!(code(&["--fail-on", "new:info"]), 3);
    let ran = room.run(&["scan", "--from", "now.db", "--fail-on", "new:high"]);
    fails(&ran, &["--fail-on new:", "--since last"]);
    fails(&room.run(&["scan", "--from", "now.db", "--fail-on", "new:bad"]), &["new:bad", "new:high"]);
}

#[test]
fn last_is_the_last_complete_one_of_the_account_before_this_one() {
    let room = Room::new();
    put(&room, "kept/a.db", 18, &[]);
    put(&room, "kept/b.db", 20, &[("/a", 0)]);
    put(&room, "kept/cut.db", 21, &[("/a", 0), ("/b", 0)]);
    sql(&room, "kept/cut.db", "update snapshot set complete = 0");
    put(&room, "kept/other.db", 21, &[("/a", 0), ("/b", 0)]);
    sql(&room, "kept/other.db", "update place set account_id = '999988887777'");
    put(&room, "kept/later.db", 25, &[("/a", 0), ("/b", 0)]);
    put(&room, "now.db", 22, &[("/a", 0), ("/b", 0)]);
    let variables = [("DRIFTLEAD_STORE", "kept")];
    let run = |since: &str| {
        let ran = room.run_with(&["check", CHECK, "--from", "now.db", "--format", "json", "--since", since], &variables);
        let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        (ran.err, report["summary"]["since"]["path"].as_str().map(str::to_owned), counts(&report))
    };
    let (said, path, counts) = run("last");
    assert_eq!((path.as_deref(), counts), (Some("kept/b.db"), [1, 1, 0, 0, 0]));
    assert!(said.contains("Compared with b.db"), "{said}");
    let (_, path, counts) = run("2026-11-19");
    assert_eq!((path.as_deref(), counts), (Some("kept/a.db"), [2, 0, 0, 0, 0]));
    assert_eq!(run("kept/a.db").1.as_deref(), Some("kept/a.db"));
    assert_eq!(run("a.db").1.as_deref(), Some("kept/a.db"), "a name in the store");
    let named = room.run(&["scan", "--from", "now.db", "--since", "last", "--store", "kept", "--format", "json"]);
    assert!(named.out.contains("kept/b.db"), "{named:?}");
}

#[test]
fn the_first_run_has_nothing_to_compare_with_and_all_is_new() {
    let room = Room::new();
    put(&room, "now.db", 22, &[("/a", 0)]);
    let (ran, report) = compare(&room, &["--since", "last", "--fail-on", "new:info"]);
    assert_eq!((ran.code, counts(&report)), (1, [1, 0, 0, 0, 0]), "{ran:?}");
    assert!(ran.err.contains("no earlier complete snapshot of 111122223333: whatever fails is new"), "{}", ran.err);
    assert_eq!(report["summary"]["since"]["started_at"], "");
}

#[test]
fn what_cannot_be_compared_is_refused_before_anything_is_read() {
    let room = Room::new();
    put(&room, "now.db", 22, &[("/a", 0)]);
    put(&room, "other.db", 20, &[]);
    sql(&room, "other.db", "update place set account_id = '999988887777'");
    put(&room, "later.db", 25, &[]);
    room.write("text.db", "text");
    let run = |since: &str| room.run(&["check", CHECK, "--from", "now.db", "--since", since]);
    fails(&run("none.db"), &["--since: none.db"]);
    fails(&run("text.db"), &["--since: text.db is not a driftlead snapshot"]);
    fails(&run("last week"), &["--since: `last week` is neither a snapshot's file nor a time"]);
    fails(&run("2026-01-01"), &["--since:", "holds no complete snapshot"]);
    fails(&run("other.db"), &["--since: other.db is of account 999988887777", "nothing in common"]);
    fails(&run("later.db"), &["--since: later.db (2026-11-25T10:00:00Z) is younger"]);
}
