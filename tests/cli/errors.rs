//! What goes wrong before anything is read: each message names the subject and says what to do, and nothing half-written is left.

use crate::support::world::World;
use crate::{Room, fails};

const CARD: &str = "/*---
title = \"T\"
severity = \"low\"
leg = \"configured\"
family = \"f\"
message = \"m\"
why = \"w\"
fix = \"x\"
---*/
";

/// Asks for the plan of one check of the user's own, for which it is read and vetted.
fn with_check(text: &str) -> crate::support::program::Said {
    let room = Room::new();
    room.write("own/acme/odd.sql", text);
    room.run(&["check", "acme/odd", "--checks", "own", "--plan"])
}

#[test]
fn a_broken_check_file_is_named_with_its_line() {
    fails(&with_check(&CARD.replace("\"low\"", "\"lwo\"")), &["odd.sql:3:", "`lwo` is none of critical, high"]);
    fails(&with_check(&CARD.replace("why", "wye")), &["odd.sql:7:", "unknown field `wye`"]);
    fails(&with_check("select 1"), &["odd.sql:1:", "front-matter"]);
    fails(&with_check(&format!("{CARD}select\n  v.arn as resource,\n  v.nonsense as ok\nfrom aws_vpc as v")), &["odd.sql:12:", "nonsense"]);
    fails(&with_check(&format!("{CARD}select 1 as ok from aws_vpcs")), &["odd.sql", "no such table: aws_vpcs"]);
    fails(&with_check(&format!("{CARD}select v.arn as resource, 1 as ok from aws_vpc v; select 1")), &["odd.sql:9:", "one statement"]);
    fails(&with_check(&format!("{CARD}select v.arn as resource from aws_vpc as v")), &["odd.sql:9:", "no column `ok`"]);
    let using = "select v.arn as resource, 1 as ok from aws_vpc as v\njoin aws_vpc_subnet as s using (vpc_id)";
    fails(&with_check(&format!("{CARD}{using}")), &["odd.sql:11:", "USING", "write `on`"]);
    fails(&with_check(&format!("{CARD}{}", using.replace("join", "natural join"))), &["odd.sql:11:", "NATURAL"]);
    fails(&with_check(&format!("{CARD}delete from aws_vpc")), &["odd.sql:9:", "one SELECT"]);
    let cidr = "select v.arn as resource, 1 as ok from aws_vpc as v where v.cidr_block = :cidr";
    fails(&with_check(&format!("{CARD}{cidr}")), &["odd.sql:9:", ":cidr", "[params]"]);
}

#[test]
fn a_folder_without_checks_is_refused() {
    let room = Room::new();
    room.write("own/readme.txt", "");
    fails(&room.run(&["scan", "--plan", "--checks", "own"]), &["--checks own", "SERVICE/FAULT.sql"]);
    fails(&room.run(&["scan", "--plan", "--checks", "nowhere"]), &["--checks", "nowhere", "No such file"]);
    room.write("own/vpc/default_vpc_in_use.sql", CARD);
    fails(&room.run(&["scan", "--plan", "--checks", "own"]), &["vpc/default_vpc_in_use", "taken"]);
}

#[test]
fn unknown_names_bring_near_ones() {
    let room = Room::new();
    fails(&room.run(&["check", "vpc/private_subnet_egres", "--plan"]), &["private_subnet_egress_broken", "driftlead list checks"]);
    fails(&room.run(&["check", "nonesuch", "--plan"]), &["no check is called `nonesuch`", "driftlead list checks"]);
    fails(&room.run(&["check", "vpc/[", "--plan"]), &["vpc/["]);
    fails(&room.run(&["explain", "aws_vpc_subnets"]), &["no table", "did you mean aws_vpc_subnet?", "driftlead list tables"]);
    fails(&room.run(&["explain", "vpc/*"]), &["one id"]);
    fails(&room.run(&["check", "vpc/*", "--resource", "subnet-1", "--plan"]), &["--resource", "arn:aws:ec2"]);
}

#[test]
fn a_wrong_configuration_is_named_with_its_line() {
    let room = Room::new();
    let scan = |text: &str| {
        room.write("driftlead.toml", text);
        room.run(&["scan", "--plan"])
    };
    fails(&scan("# mine\n\n[parms]\ndays = 1\n"), &["driftlead.toml:3:", "parms"]);
    fails(&scan("[params]\nmin_dyas = 1\n"), &["driftlead.toml:2:", "no check has a parameter `min_dyas`", "driftlead explain"]);
    fails(&scan("[params]\nmin_days = 'x'\n"), &["driftlead.toml:2:", "`min_days`", "a whole number"]);
    fails(&scan("[params]\nmin_days = \n"), &["driftlead.toml:2:"]);
    fails(&room.run(&["scan", "--plan", "--config", "other.toml"]), &["other.toml", "No such file"]);
}

#[test]
fn a_file_that_is_no_snapshot_says_what_it_is() {
    let room = Room::new();
    let whole = std::fs::read(room.platform()).unwrap();
    let half = room.write("half.db", &whole[..whole.len() / 2]);
    room.write("empty.db", "");
    room.write("text.db", "hello, this is no database at all\n".repeat(40));
    for command in [&["scan"][..], &["check", "vpc/*"], &["query", "select 1"]] {
        let from = |file: &str| room.run(&[command, &["--from", file]].concat());
        fails(&from("half.db"), &["--from", "half.db is damaged", "take a new snapshot"]);
        fails(&from("empty.db"), &["empty.db is not a driftlead snapshot", "driftlead snapshot -o"]);
        fails(&from("text.db"), &["text.db is not a driftlead snapshot"]);
        fails(&from("none.db"), &["--from", "none.db: No such file"]);
        fails(&from("."), &["--from", "folder"]);
    }
    let newer = rusqlite::Connection::open(&half).unwrap();
    drop(newer);
    std::fs::write(&half, &whole).unwrap();
    rusqlite::Connection::open(&half).unwrap().pragma_update(None, "user_version", 99).unwrap();
    fails(&room.run(&["scan", "--from", "half.db"]), &["half.db has schema 99", "reads up to schema", "driftlead test"]);
}

#[test]
fn a_wrong_output_is_refused_before_anything_is_read() {
    let room = Room::new();
    room.platform();
    let before = room.files();
    let scan = |output: &[&str]| room.run(&[&["scan", "--from", "world.db"], output].concat());
    fails(&scan(&["-o", "none/report.json"]), &["-o none/report.json", "No such file"]);
    fails(&scan(&["-o", "report.docx"]), &["-o report.docx", ".json", ".db"]);
    fails(&scan(&["-o", "report"]), &["-o report:", ".json"]);
    fails(&scan(&["-o", "a.json", "-o", "a.json"]), &["-o a.json", "twice"]);
    fails(&scan(&["-o", "a.json", "-o", "none/b.json"]), &["-o none/b.json"]);
    fails(&scan(&["-o", "a.json", "-o", "b.db"]), &["-o FILE.db", "--from"]);
    std::fs::create_dir(room.path().join("folder.json")).unwrap();
    fails(&scan(&["-o", "folder.json"]), &["-o folder.json", "folder"]);
    std::fs::remove_dir(room.path().join("folder.json")).unwrap();
    fails(&room.run(&["snapshot", "-o", "none/x.db"]), &["none/x.db", "No such file"]);
    fails(&room.run(&["snapshot", "-o", "x.json"]), &["-o x.json", "call it .db"]);
    assert_eq!(room.files(), before);
}

#[test]
fn a_failed_run_leaves_an_older_report_alone() {
    let room = Room::new();
    room.write("report.json", "the older one");
    room.write("text.db", "no database");
    fails(&room.run(&["scan", "--from", "text.db", "-o", "report.json"]), &["not a driftlead snapshot"]);
    assert_eq!(std::fs::read_to_string(room.path().join("report.json")).unwrap(), "the older one");
    assert_eq!(room.files(), ["report.json", "text.db"]);
}

#[test]
fn without_credentials_it_says_where_they_come_from() {
    let room = Room::new();
    let ran = room.run(&["scan", "-o", "report.json", "-o", "x.db"]);
    fails(&ran, &["cannot find out which account", "AWS_PROFILE", "aws sso login", "driftlead demo"]);
    assert!(ran.err.lines().all(|line| line.len() < 300), "{}", ran.err);
    assert!(room.files().is_empty(), "{:?}", room.files());
}

#[test]
fn an_endpoint_that_is_not_there_is_said_to_be_unreachable() {
    let room = Room::new();
    let keys = [("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "y"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")];
    let ran = room.run_with(&["snapshot", "-o", "x.db"], &keys);
    fails(&ran, &["unreachable", "AWS_ENDPOINT_URL", "check the network"]);
    assert!(room.files().is_empty(), "{:?}", room.files());
}

#[test]
fn a_region_that_cannot_be_one_costs_no_call() {
    let room = Room::new();
    fails(&room.run(&["scan", "--region", "us-east-1a"]), &["availability zone", "its region is us-east-1"]);
    fails(&room.run(&["scan", "--region", "frankfurt"]), &["frankfurt", "eu-west-1", "without --region"]);
    fails(&room.run(&["scan", "--regions", "eu-west-1,"]), &["--region"]);
}

#[test]
fn a_bad_recording_is_named_with_its_line() {
    let room = Room::new();
    room.write("text.jsonl", "hello\n");
    room.write("empty.jsonl", "");
    fails(&room.run(&["scan", "--replay", "text.jsonl"]), &["--replay", "text.jsonl:1:", "driftlead snapshot --record"]);
    fails(&room.run(&["scan", "--replay", "empty.jsonl"]), &["empty.jsonl:1:", "empty"]);
    fails(&room.run(&["scan", "--replay", "none.jsonl"]), &["--replay", "none.jsonl: No such file"]);
    let header = r#"{"driftlead_recording":1,"tool":"t","started_at":0,"sessions":["default"],"regions":[],"#.to_owned()
        + r#""home_region":"us-east-1","endpoint":""}"#;
    room.write("cut.jsonl", format!("{header}\n{{\"session\":\"def"));
    fails(&room.run(&["scan", "--replay", "cut.jsonl"]), &["cut.jsonl:2:"]);
    room.write("future.jsonl", header.replace(":1,", ":7,"));
    fails(&room.run(&["scan", "--replay", "future.jsonl"]), &["future.jsonl:1:", "format 7"]);
    room.write("none.jsonl", &header);
    fails(&room.run(&["scan", "--replay", "none.jsonl"]), &["cannot find out which account", "record it again"]);
}

#[test]
fn a_query_that_is_none_says_why() {
    let room = Room::new();
    room.platform();
    for place in [&["--from", "world.db"][..], &[]] {
        let query = |sql: &str| room.run(&[&["query", sql], place].concat());
        fails(&query("select * form aws_vpc"), &["query: line 1:", "syntax error", "driftlead list tables"]);
        fails(&query("select 1,\nnonsense from aws_vpc"), &["query: line 2:", "no such column: nonsense"]);
        fails(&query("select * from aws_vpc_subnets"), &["no such table", "did you mean aws_vpc_subnet?", "driftlead list tables"]);
        fails(&query("delete from aws_vpc"), &["query", "one SELECT"]);
        fails(&query("attach 'other.db' as other"), &["query", "one SELECT"]);
        fails(&query("select 1 from aws_vpc; select 2"), &["query: one statement"]);
        fails(&query(" ; "), &["query", "empty"]);
    }
    fails(&room.run(&["query", "select 1"]), &["no table of AWS", "--from FILE"]);
    let twice = ["query", "select arn, arn from aws_cloudwatch_log_group", "--from", "world.db", "--format", "json"];
    fails(&room.run(&twice), &["two columns `arn`", "`as`"]);
    assert_eq!(room.files(), ["world.db"]);
}

#[test]
fn wrong_flags_bring_the_right_ones() {
    let room = Room::new();
    fails(&room.run(&["scan", "--formt", "json"]), &["'--formt'", "'--format'"]);
    fails(&room.run(&["scan", "--format", "docx"]), &["docx", "table, json"]);
    fails(&room.run(&["scn"]), &["'scn'", "'scan'"]);
    fails(&room.run(&["scan", "--fail-on", "bad"]), &["--fail-on", "critical, high"]);
    fails(&room.run(&["scan", "--from", "x.db", "--region", "eu-west-1"]), &["--from", "--region"]);
    fails(&room.run(&["check"]), &["ID"]);
}

#[test]
fn a_check_that_breaks_off_says_so_and_is_unknown() {
    let room = Room::new();
    World::new(&room.path().join("world.db")).rows(&crate::group("/a", 0)).save();
    let odd = "select g.arn as resource, g.name = 'x' as ok, json_extract(g.name, '$') as x from aws_cloudwatch_log_group as g";
    room.write("own/acme/odd.sql", format!("{CARD}{odd}"));
    let ran = room.run(&["check", "acme/odd", "--checks", "own", "--from", "world.db"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.out.contains("the check itself broke off: malformed JSON"), "{}", ran.out);
    assert!(ran.out.contains("odd.sql"), "{}", ran.out);
}
