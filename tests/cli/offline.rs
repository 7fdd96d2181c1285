//! Judging a snapshot: exit codes, the JSON contract, files, parameters, and the same answer every time.

use serde_json::Value;

use crate::support::program::{Said, recording, root};
use crate::support::world::{World, group};
use crate::{Room, fails};

fn json(ran: &Said) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out))
}

fn scan(room: &Room, more: &[&str]) -> Said {
    room.run(&[&["scan", "--from", "world.db"], more].concat())
}

#[test]
fn the_exit_code_tells_how_it_ended() {
    let room = Room::new();
    let check = |id: &str, more: &[&str]| room.run(&[&["check", id, "--from", "world.db"], more].concat()).code;
    World::new(&room.path().join("world.db")).rows(&group("/good", 365)).save();
    assert_eq!(check("logs/group_never_expires", &[]), 0);
    room.platform();
    assert_eq!(check("logs/group_never_expires", &[]), 1, "something was found");
    assert_eq!(check("kms/key_rotation_off", &[]), 3, "something cannot be said");
    // 1 beats 3, and a failure below the threshold is none; the gap remains.
    assert_eq!(scan(&room, &[]).code, 1);
    assert_eq!(scan(&room, &["--fail-on", "critical"]).code, 3);
    // 2 beats 1.
    assert_eq!(scan(&room, &["-o", "none/x.json"]).code, 2);
}

#[test]
fn the_check_of_the_readme_works_as_it_stands() {
    let room = Room::new();
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let check = readme.split("```sql\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a check in README.md");
    assert!(check.lines().count() <= 10, "README.md promises ten lines");
    room.write("mine/s3/bucket_tags_missing.sql", check);
    let recording = recording().display().to_string();
    let ran = room.run(&["check", "s3/bucket_tags_missing", "--checks", "mine", "--replay", &recording, "--format", "json"]);
    let summary = &json(&ran)["summary"];
    assert!(summary["pass"].as_u64() > Some(5) && summary["unknown"] == 0, "{ran:?}");
}

#[test]
fn a_mistyped_resource_is_no_clean_one() {
    let room = Room::new();
    World::new(&room.path().join("world.db")).rows(&group("/good", 365)).save();
    let check = |arn: &str| room.run(&["check", "logs/group_never_expires", "--from", "world.db", "--resource", arn]);
    let report = json(&room.run(&["check", "logs/group_never_expires", "--from", "world.db", "--format", "json", "--show", "pass"]));
    let arn = report["findings"][0]["resource"].as_str().expect("an ARN").to_owned();
    assert_eq!(check(&arn).code, 0);
    let typo = check(&arn.replace("/good", "/goood"));
    assert_eq!(typo.code, 3, "{typo:?}");
    assert!(typo.err.contains("Nothing is said of arn:") && typo.err.contains("/goood: it is not among what was read"), "{}", typo.err);
}

#[test]
fn an_explanation_says_what_the_account_has_of_it() {
    let room = Room::new();
    room.platform();
    let page = room.run(&["explain", "logs/group_never_expires", "--from", "world.db"]);
    assert_eq!(page.code, 0, "{page:?}");
    for part in ["In 111122223333, 2026-11-22T12:00:00Z", "7 fail, 0 unknown, 1 pass", "seen by", "aws logs put-retention-policy"] {
        assert!(page.out.contains(part), "`{part}` is not in {}", page.out);
    }
    let unread = room.run(&["explain", "kms/key_rotation_off", "--from", "world.db"]);
    assert!(unread.out.contains("1 unknown") && unread.out.contains("kms:"), "{}", unread.out);
    fails(&room.run(&["explain", "aws_vpc_subnet", "--from", "world.db"]), &["--from goes with a check", "driftlead query"]);
    fails(&room.run(&["explain", "logs/group_never_expires", "--from", "none.db"]), &["--from", "none.db"]);
}

#[test]
fn fail_on_is_a_threshold() {
    let room = Room::new();
    World::new(&room.path().join("world.db")).rows(&group("/bad", 0)).save();
    let with = |severity: &str| room.run(&["check", "logs/group_never_expires", "--from", "world.db", "--fail-on", severity]).code;
    let severity = json(&room.run(&["check", "logs/group_never_expires", "--from", "world.db", "--format", "json"]));
    let severity = severity["findings"][0]["severity"].as_str().expect("a severity").to_owned();
    let order = ["info", "low", "medium", "high", "critical"];
    let own = order.iter().position(|word| *word == severity).expect("a known word");
    for (i, word) in order.iter().enumerate() {
        assert_eq!(with(word), i32::from(i <= own), "{word} against {severity}");
    }
}

#[test]
fn json_keeps_its_contract() {
    let room = Room::new();
    room.platform();
    let ran = scan(&room, &["--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let report = json(&ran);
    let has = |value: &Value, names: &[&str]| {
        for name in names {
            assert!(value.get(name).is_some(), "`{name}` is not in {value:#}");
        }
    };
    assert_eq!(report["schema"], 1);
    assert_eq!(report["tool"], concat!("driftlead ", env!("CARGO_PKG_VERSION")));
    has(&report["snapshot"], &["path", "started_at", "finished_at", "complete", "accounts", "regions"]);
    assert_eq!(report["snapshot"]["path"], "world.db");
    assert_eq!(report["snapshot"]["accounts"], serde_json::json!(["111122223333"]));
    has(&report["coverage"], &["calls", "denied", "throttled", "failed", "gaps"]);
    let gap = &report["coverage"]["gaps"][0];
    has(gap, &["table", "account", "region", "resource", "action", "code", "message"]);
    assert_eq!(gap["action"], "kms:ListKeys");
    has(&report["summary"], &["pass", "fail", "unknown", "muted", "configured_not_working"]);
    let findings = report["findings"].as_array().expect("findings");
    for finding in findings {
        has(finding, &["check", "status", "severity", "leg", "family", "account", "region", "resource", "title", "message", "reason"]);
        has(finding, &["evidence", "calls", "observed_at", "frameworks", "fix", "fingerprint"]);
        let status = finding["status"].as_str().expect("a status");
        assert!(["fail", "unknown", "muted"].contains(&status), "{finding:#}");
        assert!(status != "fail" || !finding["calls"].as_array().expect("calls").is_empty(), "no receipts: {finding:#}");
    }
    let of = |status: &str| findings.iter().filter(|finding| finding["status"] == status).count() as u64;
    assert_eq!((report["summary"]["fail"].as_u64(), report["summary"]["unknown"].as_u64()), (Some(of("fail")), Some(of("unknown"))));
    assert!(report["summary"]["pass"].as_u64() > Some(0));
    let denied: Vec<&Value> = findings.iter().filter(|finding| finding["reason"] == "denied").collect();
    assert!(!denied.is_empty() && denied.iter().all(|finding| finding["evidence"]["action"] == "kms:ListKeys"), "{denied:#?}");
}

#[test]
fn passes_are_shown_when_asked_for_and_have_evidence() {
    let room = Room::new();
    room.platform();
    let with = json(&scan(&room, &["--format", "json", "--show", "pass"]));
    let without = json(&scan(&room, &["--format", "json"]));
    assert_eq!(with["summary"], without["summary"]);
    let passes: Vec<&Value> = with["findings"].as_array().unwrap().iter().filter(|finding| finding["status"] == "pass").collect();
    assert_eq!(Some(passes.len() as u64), with["summary"]["pass"].as_u64());
    for pass in passes {
        assert!(!pass["calls"].as_array().unwrap().is_empty() && pass["message"] != "" && pass["observed_at"] != "", "{pass:#}");
    }
}

#[test]
fn configured_and_not_working_is_a_class_of_its_own() {
    let room = Room::new();
    room.platform();
    let report = json(&room.run(&["check", "secretsmanager/rotation_*", "--from", "world.db", "--format", "json"]));
    assert_eq!(report["summary"]["configured_not_working"], 1, "{report:#}");
    let findings = report["findings"].as_array().unwrap();
    let it: Vec<&Value> = findings.iter().filter(|finding| finding["configured_not_working"] == true).collect();
    assert_eq!(it[0]["check"], "secretsmanager/rotation_not_happening");
    assert!(it[0]["resource"].as_str().unwrap().ends_with("secret:payments"));
}

#[test]
fn the_same_snapshot_gives_the_same_answer() {
    let room = Room::new();
    room.platform();
    let first = scan(&room, &["--format", "json", "--show", "pass", "-o", "a.txt"]);
    let second = scan(&room, &["--format", "json", "--show", "pass", "-o", "b.txt"]);
    assert_eq!(first.out, second.out);
    let read = |name: &str| std::fs::read(room.path().join(name)).unwrap();
    assert_eq!(read("a.txt"), read("b.txt"));
}

#[test]
fn files_go_by_their_suffix() {
    let room = Room::new();
    room.platform();
    let ran = room.run(&["scan", "--from", "world.db", "-o", "report.json", "-o", "report.txt", "--color", "always"]);
    assert_eq!(ran.code, 1);
    let text = |name: &str| std::fs::read_to_string(room.path().join(name)).unwrap();
    let report: Value = serde_json::from_str(&text("report.json")).unwrap();
    assert_eq!(report["schema"], 1);
    assert_eq!(text("report.json"), scan(&room, &["--format", "json"]).out);
    assert!(text("report.txt").contains("FAMILIES") && !text("report.txt").contains('\x1b'));
    // A file has room for every resource, in full.
    assert!(text("report.txt").matches("put-retention-policy").count() >= 7, "{}", text("report.txt"));
    assert_eq!(room.files(), ["report.json", "report.txt", "world.db"]);
}

#[test]
fn a_spot_check_is_about_one_resource() {
    let room = Room::new();
    room.platform();
    let arn = "arn:aws:logs:us-east-1:111122223333:log-group:/app/3";
    let ran = room.run(&["check", "logs/*", "--resource", arn, "--from", "world.db", "--format", "json"]);
    let report = json(&ran);
    let findings = report["findings"].as_array().unwrap();
    // What cannot be said of the whole place cannot be said of the resource.
    let is_about_it = |finding: &Value| finding["resource"] == arn || (finding["resource"] == "" && finding["status"] == "unknown");
    assert!(findings.iter().any(|finding| finding["status"] == "fail") && findings.iter().all(is_about_it), "{report:#}");
}

#[test]
fn a_parameter_is_set_in_the_configuration_and_the_finding_says_by_what() {
    let room = Room::new();
    World::new(&room.path().join("world.db")).rows(&group("/app", 400)).save();
    let arguments = ["check", "logs/group_retention_too_short", "--from", "world.db"];
    assert_eq!(room.run(&arguments).code, 0);
    let rule = "[[rule]]\nname = 'audit'\nchecks = ['logs/*']\nmatch = { name = ['/app*'] }\nparams = { min_days = 2557 }\n";
    room.write("driftlead.toml", rule);
    let ran = room.run(&[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(json(&ran)["findings"][0]["evidence"]["min_days"], "2557 (driftlead.toml rule `audit`)");
    assert!(room.run(&arguments).out.contains("driftlead.toml rule `audit`"));
}

#[test]
fn own_checks_run_beside_the_shipped_ones() {
    let room = Room::new();
    room.platform();
    let own = "/*---\ntitle = 'Group outside of /app'\nseverity = 'high'\nleg = 'configured'\nfamily = 'naming'
message = '{name} is elsewhere'\nwhy = 'w'\nfix = ''\n---*/
        select g.arn as resource, g.name like '/app/%' as ok, g.name from aws_cloudwatch_log_group as g";
    room.write("own/acme/naming.sql", own);
    let ran = room.run(&["check", "acme/*", "--checks", "own", "--from", "world.db"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("/good is elsewhere"), "{}", ran.out);
}

#[test]
fn a_query_answers_in_three_formats() {
    let room = Room::new();
    room.platform();
    let sql = "select name, retention_in_days as days, null as unread, retention_policy_name as policy, 1.5 as real
        from aws_cloudwatch_log_group where name in ('/good', '/app/1') order by name desc";
    let query = |more: &[&str]| room.run(&[&["query", sql, "--from", "world.db"], more].concat());
    let table = query(&[]);
    assert_eq!(table.code, 3, "the snapshot has a gap");
    assert!(table.err.contains("1 gap: rows"), "{}", table.err);
    let lines: Vec<Vec<&str>> = table.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0][..2], ["NAME", "DAYS"]);
    assert_eq!(lines[1][..3], ["/good", "365", "NULL"]);
    assert_eq!(query(&["--format", "csv"]).out, "name,days,unread,policy,real\n/good,365,,\"\",1.5\n/app/1,0,,\"\",1.5\n");
    let rows = json(&query(&["--format", "json"]));
    let wanted = serde_json::json!({"name": "/good", "days": 365, "unread": null, "policy": "", "real": 1.5});
    assert_eq!(rows[0], wanted);
    assert_eq!(query(&["--quiet"]).err, "");
}

#[test]
fn a_table_that_was_not_read_is_no_empty_one() {
    let room = Room::new();
    let recording = recording().display().to_string();
    room.run(&["check", "iam/user_mfa_off", "--replay", &recording, "-o", "spot.db"]);
    let ask = |sql: &str| room.run(&["query", sql, "--from", "spot.db"]);
    let ran = ask("select name from aws_s3_bucket");
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains("aws_s3_bucket was not read: this snapshot was taken without aws_s3_bucket"), "{}", ran.err);
    // A view is as empty as the tables behind it.
    assert_eq!(ask("select count(*) from aws_vpc_effective_route").code, 3);
    let read = ask("select name from aws_iam_user_credentials limit 1");
    assert_eq!((read.code, read.err.as_str()), (0, ""));
    assert_eq!(ask("select count(*) from sqlite_schema").code, 0);
    room.platform();
    let denied = room.run(&["query", "select * from aws_kms_key", "--from", "world.db"]);
    assert!(denied.code == 3 && denied.err.contains("kms:ListKeys was denied"), "{denied:?}");
}

#[test]
fn a_wide_answer_is_a_line_a_row_in_a_pipe_and_fits_a_terminal() {
    let room = Room::new();
    room.platform();
    let arguments = ["query", "select * from aws_cloudwatch_log_group", "--from", "world.db"];
    assert_eq!(room.run(&arguments).out.lines().count(), 9);
    let narrow = room.run_with(&["query", "select arn, name from aws_cloudwatch_log_group", "--from", "world.db"], &[("COLUMNS", "60")]);
    assert!(narrow.out.lines().all(|line| line.chars().count() <= 60), "{}", narrow.out);
}

/// `demo` needs the recording that is part of the program; it is recorded on the test bed.
fn demo(arguments: &[&str]) -> Option<Said> {
    let bytes = std::fs::read(crate::support::program::recording()).expect("the recording");
    let room = Room::new();
    let ran = room.run(&[&["demo"], arguments].concat());
    if bytes.len() < 100 {
        // A placeholder: the program must say that it is one.
        fails(&ran, &["the recording inside driftlead", "empty"]);
        return None;
    }
    Some(ran)
}

#[test]
fn the_demo_is_a_show() {
    let Some(ran) = demo(&[]) else { return };
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert!(ran.out.contains("vpc/private_subnet_no_egress") && ran.out.contains("FAMILIES"), "{}", ran.out);
}

#[test]
fn the_demo_can_fail_like_a_scan() {
    let Some(ran) = demo(&["--fail-on", "high"]) else { return };
    assert_eq!(ran.code, 1);
}

#[test]
fn the_demo_speaks_json() {
    let Some(ran) = demo(&["--format", "json"]) else { return };
    let report = json(&ran);
    assert_eq!((ran.code, &report["schema"]), (0, &Value::from(1)));
    assert!(report["summary"]["fail"].as_u64() > Some(0), "{report:#}");
    assert_eq!(demo(&["--format", "json"]).expect("the same again").out, ran.out);
}
