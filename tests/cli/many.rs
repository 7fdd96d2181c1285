//! Many accounts in one snapshot: an organization, a list, shards, and what cannot be entered.

use std::collections::BTreeMap;

use serde_json::Value;
use synthetic_aws::{Kind, Server, World};

use crate::support::program::Said;
use crate::{Room, fails};

/// An organization in one region, with two log groups and a bucket in each account.
pub fn organization(accounts: usize) -> World {
    World { accounts, regions: 1, ..World::default() }.with(Kind::LogGroup, 2).with(Kind::Bucket, 1)
}

/// Runs the program with the credentials of the management account.
pub fn ask(room: &Room, server: &Server, arguments: &[&str]) -> Said {
    let variables = server.credentials(0);
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    room.run_with(arguments, &variables)
}

/// The one column of an answer, row by row.
pub fn column(room: &Room, file: &str, sql: &str) -> Vec<String> {
    let ran = room.run(&["query", sql, "--from", file, "--format", "csv"]);
    assert!(ran.code == 0 || ran.code == 3, "{ran:?}");
    ran.out.lines().skip(1).map(str::to_owned).collect()
}

/// What a report says of each resource: by check, account, region and resource, the status and the words.
pub fn verdicts(room: &Room, file: &str) -> BTreeMap<String, String> {
    let ran = room.run(&["scan", "--from", file, "--format", "json", "--show", "pass"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or("").to_owned();
    let findings = report["findings"].as_array().expect("findings");
    let told = findings.iter().map(|finding| {
        let key = ["check", "account", "region", "resource"].map(|name| text(finding, name)).join(" ");
        (key, ["status", "reason", "message"].map(|name| text(finding, name)).join(": "))
    });
    told.collect()
}

const READ: [&str; 7] = ["snapshot", "--region", "us-east-1", "--org", "--role", "audit", "-o"];

#[test]
fn an_account_that_cannot_be_entered_is_a_gap_and_not_the_end() {
    let world = World { deny_roles: vec![100_000_000_003], suspended: 1, external_id: Some("sesame".into()), ..organization(20) };
    let (room, server) = (Room::new(), Server::start(world).expect("a server"));
    let ran = ask(&room, &server, &[&READ[..], &["all.db", "--external-id", "sesame", "--record", "all.jsonl.gz"]].concat());
    assert_eq!(ran.code, 3, "{ran:?}");
    let accounts = column(&room, "all.db", "select distinct account_id from place");
    assert_eq!(accounts.len(), 19, "the suspended one was not asked for: {accounts:?}");
    assert_eq!(column(&room, "all.db", "select count(*) from aws_account"), ["18"]);
    assert_eq!(column(&room, "all.db", "select count(*) from aws_cloudwatch_log_group"), ["36"]);
    let sql = "select account_id || ' ' || action || ' ' || outcome || ' ' || message from gap where table_name = 'aws_account'";
    let gaps = column(&room, "all.db", sql);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    let wanted = ["100000000003 sts:AssumeRole denied", "arn:aws:iam::100000000003:role/audit", "is not authorized to perform"];
    assert!(wanted.iter().all(|part| gaps[0].contains(part)), "{gaps:?}");
    // Whatever is asked about it is unknown, and says why.
    let told = verdicts(&room, "all.db");
    let of_it: Vec<&String> =
        told.iter().filter(|(key, _)| key.starts_with("logs/group_never_expires 100000000003 us-east-1")).map(|(_, told)| told).collect();
    assert_eq!(of_it.len(), 1, "{told:?}");
    assert!(of_it[0].starts_with("unknown: denied") && of_it[0].contains("sts:AssumeRole was denied: account 100000000003"), "{of_it:?}");
    assert!(told.iter().all(|(key, told)| !key.contains(" 100000000003 ") || told.starts_with("unknown")), "nothing else is said of it");
    let report = room.run(&["check", "logs/group_never_expires", "--from", "all.db"]).out;
    assert!(report.contains("allow sts:AssumeRole"), "{report}");
    // The recording has no secret, and tells the same without an AWS.
    let counted = server.counters().calls;
    let again = room.run(&["snapshot", "--replay", "all.jsonl.gz", "-o", "again.db"]);
    assert_eq!((again.code, server.counters().calls), (3, counted), "{again:?}");
    for sql in [
        "select account_id || region || in_scope from place order by 1",
        "select table_name || account_id || region || reader || complete from coverage order by 1",
        "select table_name || account_id || region || action || outcome || code || message from gap order by 1",
        "select account_id || region || reader || action || resource || outcome from ledger where outcome <> 'credentials' order by 1",
        "select arn || account_id || session from aws_account order by 1",
    ] {
        assert_eq!(column(&room, "again.db", sql), column(&room, "all.db", sql), "{sql}");
    }
    let text = room.run(&["query", "select * from aws_account", "--from", "all.db", "--format", "json"]).out;
    assert!(!text.contains("sesame"));
}

#[test]
fn accounts_are_chosen_by_unit_tag_and_state() {
    let world = World { suspended: 2, ..organization(13) };
    let (room, server) = (Room::new(), Server::start(world).expect("a server"));
    let accounts = |more: &[&str]| {
        let sql = "select distinct account_id from aws_account";
        let ran = ask(&room, &server, &[&["query", sql, "--format", "csv", "--org", "--role", "audit"][..], more].concat());
        (ran.code, ran.out.lines().skip(1).map(|line| line[10..].to_owned()).collect::<Vec<_>>(), ran.err)
    };
    // 0 is the management account, 10 in Security, 1–5 in Production, 6–8 in Development, 9 in Sandbox; 11 and 12 are suspended.
    assert_eq!(accounts(&["--org-unit", "Workloads"]).1, ["01", "02", "03", "04", "05", "06", "07", "08"]);
    assert_eq!(accounts(&["--org-unit", "ou-synt-sandbox0", "--org-unit", "Sandbox"]).1, ["09"]);
    let (code, none, err) = accounts(&["--org-unit", "Sandbox", "--org-tag", "environment=production"]);
    assert!(code == 2 && none.is_empty() && err.contains("1 account was looked at, and the filters leave none"), "{err}");
    let (code, _, err) = accounts(&["--org-unit", "Werkstatt"]);
    assert!(code == 2 && err.contains("no unit `Werkstatt`; it has Development, Production"), "{err}");
    let (code, shut, err) = accounts(&["--org-state", "suspended"]);
    assert!(code == 2 && shut.is_empty() && err.contains("cannot find out which account"), "{err}");
}

#[test]
fn where_nobody_can_be_entered_or_listed_the_run_ends_and_says_what_to_do() {
    let world = World { deny_roles: vec![100_000_000_001, 100_000_000_002], deny: vec!["ListAccounts".into()], ..organization(3) };
    let (room, server) = (Room::new(), Server::start(world).expect("a server"));
    fails(&ask(&room, &server, &[&READ[..], &["all.db"]].concat()), &["organizations:ListAccounts: denied", "--accounts FILE"]);
    room.write("accounts.txt", "100000000001\n100000000002 # no role there\n");
    let ran = ask(&room, &server, &["snapshot", "-o", "all.db", "--accounts", "accounts.txt", "--role", "audit"]);
    fails(&ran, &["arn:aws:iam::100000000001:role/audit: cannot find out which account", "AccessDenied", "trust these credentials"]);
    assert_eq!(room.files(), ["accounts.txt"], "nothing is left");
    // One who cannot be entered among those who can is a gap, however they were named; the own account needs no role.
    room.write("accounts.csv", "account_id,role_arn\n100000000000,\n100000000001,arn:aws:iam::100000000001:role/x\n");
    let ran = ask(&room, &server, &["snapshot", "-o", "all.db", "--accounts", "accounts.csv", "--region", "us-east-1"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(column(&room, "all.db", "select account_id || session from aws_account"), ["100000000000default"]);
    assert_eq!(column(&room, "all.db", "select account_id from gap where table_name = 'aws_account'"), ["100000000001"]);
    let roles = ["arn:aws:iam::100000000000:role/a", "arn:aws:iam::100000000002:role/a"];
    let arguments =
        ["query", "select account_id from aws_account", "--role-arn", roles[0], "--role-arn", roles[1], "--region", "us-east-1"];
    let ran = ask(&room, &server, &arguments);
    assert!(ran.code == 3 && ran.err.contains("sts:AssumeRole was denied: account 100000000002 could not be entered"), "{ran:?}");
}

#[test]
fn flags_that_do_not_go_together_and_lists_that_are_none_are_told() {
    let room = Room::new();
    room.write("accounts.txt", "100000000001\n1234\n");
    fails(&room.run(&["scan", "--accounts", "accounts.txt", "--role", "audit"]), &["--accounts accounts.txt", "line 2: `1234`"]);
    fails(&room.run(&["scan", "--accounts", "none.txt", "--role", "audit"]), &["--accounts none.txt", "No such file"]);
    fails(&room.run(&["scan", "--org"]), &["--role"]);
    fails(&room.run(&["scan", "--role", "audit"]), &["--org or --accounts FILE"]);
    fails(&room.run(&["scan", "--org", "--role", "arn:aws:iam::100000000001:role/x"]), &["the role's name"]);
    fails(&room.run(&["scan", "--external-id", "x"]), &["--external-id goes with"]);
    fails(&room.run(&["scan", "--org", "--role", "a", "--shard", "4/4"]), &["counted from 0"]);
    fails(&room.run(&["scan", "--org", "--role", "a", "--shard", "auto/4"]), &["AWS_BATCH_JOB_ARRAY_INDEX"]);
    fails(&room.run(&["scan", "--resume", "--no-store"]), &["--resume needs a file"]);
}

#[test]
fn the_policy_of_an_organization_names_the_role_and_who_may_assume_it() {
    let room = Room::new();
    let ran = room.run(&["permissions", "--org", "--role", "ops/audit"]);
    let policy: Value = serde_json::from_str(&ran.out).expect("a policy");
    let statement = |sid: &str| policy["Statement"].as_array().expect("a list").iter().find(|one| one["Sid"] == sid).cloned();
    let listing = statement("DriftleadOrganization").expect("listing");
    assert!(listing["Action"].as_array().expect("a list").contains(&"organizations:ListAccounts".into()), "{listing}");
    assert_eq!(statement("DriftleadEnters").expect("entering")["Resource"], "arn:aws:iam::*:role/ops/audit");
    assert!(ran.err.contains("\"Principal\"") && ran.err.contains("sts:ExternalId"), "{}", ran.err);
    assert!(!room.run(&["permissions"]).out.contains("sts:AssumeRole"));
    fails(&room.run(&["permissions", "--org"]), &["--role"]);
}
