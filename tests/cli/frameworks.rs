//! Frameworks: what a run says of each requirement, what it never says, files of the user's own, and `report`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::program::{Said, run};
use crate::support::world::{ACCOUNT, World, group, secret};
use crate::{Room, fails};

/// The requirements of a JSON report: each by `framework/id`, in order.
fn requirements(ran: &Said) -> Vec<(String, Value)> {
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let text = |requirement: &Value, name: &str| requirement[name].as_str().expect(name).to_owned();
    let all = report["requirements"].as_array().expect("requirements").iter();
    all.map(|requirement| (format!("{}/{}", text(requirement, "framework"), text(requirement, "id")), requirement.clone())).collect()
}

fn verdicts(ran: &Said) -> BTreeMap<String, String> {
    requirements(ran).into_iter().map(|(id, requirement)| (id, requirement["verdict"].as_str().expect("a verdict").to_owned())).collect()
}

fn scan(room: &Room, more: &[&str]) -> Said {
    room.run(&[&["scan", "--from", "world.db", "--format", "json"], more].concat())
}

#[test]
fn each_requirement_has_its_verdict_and_its_checks() {
    let room = Room::new();
    room.platform();
    let ran = scan(&room, &["--framework", "pci-dss-4.0.1"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let all = requirements(&ran);
    assert!(all.len() > 200 && all[0].0 == "pci-dss-4.0.1/1.1.1", "in the framework's order: {} {}", all.len(), all[0].0);
    let of = |id: &str| &all.iter().find(|(own, _)| own == &format!("pci-dss-4.0.1/{id}")).unwrap_or_else(|| panic!("{id}")).1;
    assert_eq!(of("8.6.3")["verdict"], "fail", "a secret is not rotated");
    assert_eq!(of("3.7.4")["verdict"], "unknown", "nobody may list keys");
    assert_eq!(of("10.5.1")["verdict"], "pass");
    assert_eq!(of("9.4.6")["verdict"], "not_assessed", "paper is in no account");
    assert_eq!(of("9.4.6")["checks"], serde_json::json!([]));
    assert_eq!(
        of("10.5.1")["checks"],
        serde_json::json!([{"check": "logs/group_retention_too_short", "pass": 8, "fail": 0, "unknown": 0, "muted": 0}])
    );
    assert!(of("8.6.3")["title"].as_str().is_some_and(|title| title.len() > 10));
    // For people it says so in so many words, and what a pass does not mean.
    let table = room.run(&["scan", "--from", "world.db", "--framework", "pci-dss-4.0.1", "--limit", "0"]).out;
    for words in ["not assessed · 9.4.6 · ", "pass · 10.5.1 · ", "logs/group_retention_too_short: 8 pass", "not a certificate"] {
        assert!(table.contains(words), "{words}: {table}");
    }
}

#[test]
fn only_the_checks_behind_it_are_asked() {
    let room = Room::new();
    room.platform();
    let report: Value = serde_json::from_str(&scan(&room, &["--framework", "cis-5.0"]).out).unwrap();
    let checks: Vec<&str> = report["findings"].as_array().unwrap().iter().map(|finding| finding["check"].as_str().unwrap()).collect();
    assert!(checks.contains(&"kms/key_rotation_off"), "{checks:?}");
    assert!(!checks.contains(&"logs/group_never_expires"), "{checks:?}");
    let both = verdicts(&scan(&room, &["--framework", "cis-5.0", "--framework", "soc2"]));
    assert_eq!((both["cis-5.0/3.6"].as_str(), both["soc2/CC6.1"].as_str()), ("unknown", "fail"));
    let plain: Value = serde_json::from_str(&scan(&room, &[]).out).unwrap();
    assert!(plain["requirements"].as_array().is_none_or(Vec::is_empty), "none was asked for");
}

#[test]
fn an_empty_account_passes_nothing() {
    let room = Room::new();
    World::new(&room.path().join("world.db")).save();
    for framework in ["pci-dss-4.0.1", "cis-3.0", "cis-5.0", "fsbp", "nist-800-53r5", "soc2"] {
        let ran = scan(&room, &["--framework", framework]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let verdicts = verdicts(&ran);
        let counted = |word: &str| verdicts.values().filter(|verdict| *verdict == word).count();
        assert!(counted("nothing_to_judge") > 0, "{framework}: {verdicts:?}");
        assert_eq!(counted("nothing_to_judge") + counted("not_assessed"), verdicts.len(), "{framework}: {verdicts:?}");
    }
}

#[test]
fn what_could_not_be_read_never_passes() {
    let room = Room::new();
    let world = World::new(&room.path().join("world.db")).rows(&group("/good", 365));
    world.denied("aws_cloudwatch_log_group", "logs:DescribeLogGroups").save();
    let ran = scan(&room, &["--framework", "pci-dss-4.0.1"]);
    assert_eq!((ran.code, verdicts(&ran)["pci-dss-4.0.1/10.5.1"].as_str()), (3, "unknown"));
    // A run that was cut short: what it did not come to may have been anything.
    let path = World::new(&room.path().join("cut.db")).rows(&group("/good", 365)).save();
    rusqlite::Connection::open(path).unwrap().execute("update snapshot set complete = 0", []).unwrap();
    let cut = verdicts(&room.run(&["scan", "--from", "cut.db", "--format", "json", "--framework", "pci-dss-4.0.1"]));
    let said: std::collections::BTreeSet<&str> = cut.values().map(String::as_str).collect();
    assert_eq!(said.into_iter().collect::<Vec<_>>(), ["not_assessed", "unknown"]);
}

#[test]
fn what_was_accepted_is_muted_and_no_pass() {
    let room = Room::new();
    World::new(&room.path().join("world.db")).rows(&group("/short", 30)).save();
    assert_eq!(verdicts(&scan(&room, &["--framework", "pci-dss-4.0.1"]))["pci-dss-4.0.1/10.5.1"], "fail");
    let waiver =
        "[[waiver]]\nname = 'short'\nchecks = ['logs/group_retention_too_short']\nreason = 'r'\nowner = 'o'\nexpires = '2027-03-31'\n";
    room.write("driftlead.toml", waiver);
    let ran = scan(&room, &["--framework", "pci-dss-4.0.1"]);
    assert_eq!((ran.code, verdicts(&ran)["pci-dss-4.0.1/10.5.1"].as_str()), (0, "muted"), "{}", ran.err);
}

#[test]
fn a_framework_of_the_users_own_lists_checks_itself() {
    let room = Room::new();
    room.platform();
    let policy = "id = 'our-policy'\ntitle = 'Our policy'\n
        [[requirement]]\nid = 'L1'\ntitle = 'Logs end'\nchecks = ['logs/group_never_*']\n
        [[requirement]]\nid = 'L2'\ntitle = 'Logs are read'\n";
    room.write("policy.toml", policy);
    let ran = scan(&room, &["--framework", "policy.toml"]);
    let verdicts = verdicts(&ran);
    assert_eq!((verdicts["our-policy/L1"].as_str(), verdicts["our-policy/L2"].as_str()), ("fail", "not_assessed"));
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["findings"][0]["frameworks"]["our-policy"], serde_json::json!(["L1"]), "its evidence can be found");
    // Nothing behind any requirement is not the same as everything.
    room.write("empty.toml", "id = 'empty'\ntitle = 'Empty'\n[[requirement]]\nid = '1'\ntitle = 'One'\n");
    let ran = scan(&room, &["--framework", "./empty.toml"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (report["findings"].as_array().map(Vec::len), report["requirements"][0]["verdict"].as_str()),
        (Some(0), Some("not_assessed"))
    );

    let refused = |text: &str, words: &[&str]| {
        room.write("policy.toml", text);
        fails(&scan(&room, &["--framework", "policy.toml"]), &[&["policy.toml"], words].concat());
    };
    refused(&policy.replace("never_*", "sometimes_*"), &["L1", "no check is called `logs/group_sometimes_*`"]);
    refused(&policy.replace("our-policy", "soc2"), &["driftlead has a framework called soc2"]);
    refused(&policy.replace("'L2'", "'L1'"), &["the requirement L1 is there twice"]);
    refused(&policy.replace("title = 'Logs are", "titel = 'Logs are"), &["titel"]);
}

#[test]
fn a_wrong_name_says_what_there_is() {
    let room = Room::new();
    room.platform();
    fails(&scan(&room, &["--framework", "pci-dss"]), &["no framework is called `pci-dss`", "did you mean pci-dss-4.0.1?", "nist-800-53r5"]);
    fails(&scan(&room, &["--framework", "none.toml"]), &["--framework", "none.toml", "No such file"]);
    fails(&scan(&room, &["--framework", "soc2", "--framework", "soc2"]), &["soc2 is there twice"]);
}

#[test]
fn a_check_that_names_no_requirement_is_not_dropped_in_silence() {
    let room = Room::new();
    room.platform();
    let check = "/*---\ntitle = \"T\"\nseverity = \"low\"\nleg = \"configured\"\nfamily = \"f\"\nmessage = \"m\"\nwhy = \"w\"\nfix = \"f\"\n\
        [frameworks]\nsoc2 = [\"CC99.9\"]\n---*/\nselect arn as resource, 1 as ok from aws_cloudwatch_log_group\n";
    room.write("mine/logs/own.sql", check);
    let ran = scan(&room, &["--framework", "soc2", "--checks", "mine"]);
    fails(&ran, &["logs/own names the requirement CC99.9 of soc2, which it does not have"]);
}

#[test]
fn report_judges_the_latest_snapshot_of_the_store() {
    let room = Room::new();
    std::fs::create_dir(room.path().join("kept")).unwrap();
    let names = ["2026-11-21T12-00-00Z", "2026-11-22T12-00-00Z"].map(|at| format!("kept/{at}_{ACCOUNT}.db"));
    World::new(&room.path().join(&names[0])).rows(&group("/old", 0)).save();
    let report = |more: &[&str]| room.run(&[&["report", "--store", "kept", "--format", "json"], more].concat());
    fails(&room.run(&["report", "--store", "none"]), &["holds no complete snapshot", "driftlead scan puts one there"]);
    let scanned = room.run(&["scan", "--from", &names[0], "--format", "json", "--framework", "soc2"]);
    let ran = report(&["--framework", "soc2"]);
    assert_eq!((ran.code, &ran.out), (scanned.code, &scanned.out), "{}", ran.err);
    World::new(&room.path().join(&names[1])).rows(&secret("payments", "2026-03-01T00:00:00Z")).save();
    assert!(report(&[]).out.contains(&format!("\"path\":\"{}\"", names[1])), "the later of two");
    assert!(report(&["--account", ACCOUNT]).out.contains(&names[1]));
    fails(&report(&["--account", "999988887777"]), &["holds no complete snapshot of 999988887777"]);
    fails(&report(&["--from", &names[0]]), &["--from", "--store"]);
    let older = room.run(&["report", "--from", &names[0], "--format", "json", "-o", "a.json", "--fail-on", "critical"]);
    assert!(older.out.contains(&names[0]) && room.files().contains(&"a.json".to_owned()), "{older:?}");
    assert_eq!(older.code, 0, "nothing critical is in it");
    fails(&room.run(&["report", "--from", &names[0], "-o", "b.db"]), &["-o FILE.db", "there is one already"]);
}

#[test]
fn lists_and_explanations_tell_of_requirements() {
    let list = run(&["list", "frameworks"]);
    assert_eq!((list.code, list.err.as_str()), (0, ""));
    let pci = list.out.lines().find(|line| line.starts_with("pci-dss-4.0.1 ")).expect("PCI DSS");
    let words: Vec<&str> = pci.split_whitespace().collect();
    assert!(words[1].parse::<usize>().unwrap() > words[2].parse::<usize>().unwrap() && pci.ends_with("PCI DSS 4.0.1"), "{pci}");
    let whole = run(&["explain", "cis-5.0"]).out;
    assert!(whole.contains("3.6 (1 check)") && whole.contains("4.16 (no check)") && whole.contains("Sources"), "{whole}");
    let one = run(&["explain", "pci-dss-4.0.1/10.5.1"]).out;
    assert!(one.contains("logs/group_retention_too_short") && one.contains("not a certificate"), "{one}");
    assert!(run(&["explain", "pci-dss-4.0.1/9.4.6"]).out.contains("not assessed"));
    fails(&run(&["explain", "pci-dss-4.0.1/10.5.9"]), &["has no requirement 10.5.9", "did you mean"]);
    fails(&run(&["explain", "soc2", "--from", "x.db"]), &["driftlead report --framework"]);
    let check = run(&["explain", "kms/key_rotation_off"]).out;
    assert!(check.contains("3.7.4 Keys are changed"), "{check}");
}
