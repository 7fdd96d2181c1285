//! Waivers as their users meet them: what is muted, how the run ends, what ends a waiver, and what is refused.

use serde_json::Value;

use crate::drift::sql;
use crate::support::program::Said;
use crate::support::world::{ACCOUNT, REGION, World, group};
use crate::{Room, fails};

const NEVER: &str = "logs/group_never_expires";
const WHOLE: &str = "[[waiver]]\nname = 'w'\nreason = 'because'\nowner = 'me@example.com'\n";
const LATER: &str = "expires = '2027-12-31'\n";

/// A room with a snapshot in which the groups /a and /b never expire and /good does.
fn room() -> Room {
    let room = Room::new();
    World::new(&room.path().join("world.db")).rows(&(group("/a", 0) + &group("/b", 0) + &group("/good", 365))).save();
    room
}

/// Scans it with a configuration, and gives back what was told of checks on log groups and on waivers: `check status` in order.
fn scan(room: &Room, config: &str) -> (Said, Value, Vec<String>) {
    room.write("driftlead.toml", config);
    again(room, "world.db")
}

fn again(room: &Room, from: &str) -> (Said, Value, Vec<String>) {
    let ran = room.run(&["scan", "--from", from, "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let word = |finding: &Value, name: &str| finding[name].as_str().unwrap_or("-").to_owned();
    let mut told: Vec<String> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|finding| finding["check"] == NEVER || finding["family"] == "waivers")
        .map(|finding| {
            let name = word(finding, "resource");
            let name = name.rsplit(['/', ':']).next().unwrap_or("").to_owned();
            format!("{} {name} {}", word(finding, "check"), word(finding, "status"))
        })
        .collect();
    told.sort();
    (ran, report, told)
}

fn never(name: &str, status: &str) -> String {
    format!("{NEVER} {name} {status}")
}

fn arn(name: &str) -> String {
    format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}")
}

#[test]
fn what_is_accepted_is_muted_and_does_not_count() {
    let room = room();
    let (before, _, told) = scan(&room, "");
    assert_eq!((before.code, told), (1, vec![never("a", "fail"), never("b", "fail")]));
    let (one, report, told) = scan(&room, &format!("{WHOLE}{LATER}checks = ['{NEVER}']\nmatch.name = ['/a']"));
    assert_eq!((one.code, told), (1, vec![never("a", "muted"), never("b", "fail")]), "the other one still counts");
    assert_eq!((report["summary"]["muted"].as_u64(), report["summary"]["fail"].as_u64()), (Some(1), Some(1)));
    let muted = report["findings"].as_array().unwrap().iter().find(|finding| finding["status"] == "muted").unwrap();
    assert_eq!(muted["waiver"]["reason"], "because");
    assert_eq!((&muted["waiver"]["owner"], &muted["waiver"]["was"]), (&"me@example.com".into(), &"fail".into()));
    assert!(muted["evidence"]["retention_in_days"] == 0 && muted["fix"].as_str().unwrap().contains("put-retention-policy"));
    let (all, _, told) = scan(&room, &format!("{WHOLE}{LATER}checks = ['*']\nmatch.any = [{{ name = ['/?'] }}]"));
    assert_eq!((all.code, told), (0, vec![never("a", "muted"), never("b", "muted")]));
}

#[test]
fn waivers_that_are_not_in_order_are_told_and_only_what_they_let_through_counts() {
    let room = room();
    let all = format!("checks = ['{NEVER}']");
    let with = |line: &str, verdict: &str| vec![never("a", verdict), never("b", verdict), format!("waiver/{line} w fail")];
    let (ran, _, told) = scan(&room, &format!("{WHOLE}{all}"));
    assert_eq!((ran.code, told), (0, with("no_expiry", "muted")), "worth knowing, and no more");
    let (ran, _, told) = scan(&room, &format!("{WHOLE}expires = 2026-12-01\n{all}"));
    assert_eq!((ran.code, told), (0, with("expires_soon", "muted")));
    let (ran, report, told) = scan(&room, &format!("{WHOLE}expires = '2026-11-21'\n{all}"));
    assert_eq!((ran.code, told), (1, with("expired", "fail")));
    let expired = report["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == "waiver/expired").unwrap();
    assert_eq!((&expired["evidence"]["number"], &expired["resource"]), (&2.into(), &"driftlead.toml#waiver/w".into()));
    assert_eq!(expired["evidence"]["would_accept"][0]["fingerprint"].as_str().map(str::len), Some(20));
    let (ran, _, told) = scan(&room, &format!("{WHOLE}{LATER}{all}\nmatch.name = ['/good']"));
    assert_eq!((ran.code, told), (1, with("unmatched", "fail")));
    // A spot check asks about one resource, or with few checks: it says nothing of what it did not ask.
    let spot = room.run(&["check", "s3/*", "--from", "world.db"]);
    assert!(spot.code == 0 && !spot.out.contains("waiver"), "{spot:?}");
    let spot = room.run(&["check", NEVER, "--resource", &arn("/a"), "--from", "world.db"]);
    assert!(!spot.out.contains("waiver/"), "{spot:?}");
}

#[test]
fn unread_tags_mute_nothing_and_are_named() {
    let room = Room::new();
    let unread = group("/a", 0).replace("tags = { }\n", "");
    let world = World::new(&room.path().join("world.db")).rows(&unread);
    world.denied_item("aws_cloudwatch_log_group", &arn("/a"), "logs:ListTagsForResource").save();
    let (ran, report, told) = scan(&room, &format!("{WHOLE}{LATER}checks = ['{NEVER}']\nmatch.tag = {{ env = 'dev' }}"));
    assert_eq!((ran.code, told), (1, vec![never("a", "fail"), "waiver/unmatched w unknown".to_owned()]));
    let finding = report["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == NEVER).unwrap();
    assert!(finding["message"].as_str().unwrap().contains("tags were not read, which the waiver \"w\" asks for"), "{finding}");
}

#[test]
fn until_changed_is_granted_and_ends_with_the_evidence() {
    let room = room();
    let (ran, _, told) = scan(&room, &format!("{WHOLE}{LATER}until_changed = true\nchecks = ['{NEVER}']"));
    let not_granted = vec![never("a", "fail"), never("b", "fail"), "waiver/changed w fail".to_owned()];
    assert_eq!((ran.code, told), (1, not_granted), "nobody granted it yet");
    let granted = room.run(&["waive", "--from", "world.db"]);
    assert_eq!(granted.code, 0, "{granted:?}");
    assert!(granted.out.contains(&arn("/a")) && granted.err.contains("driftlead.waivers.toml"), "{granted:?}");
    assert_eq!(again(&room, "world.db").2, [never("a", "muted"), never("b", "muted")]);
    assert_eq!(again(&room, "world.db").0.code, 0);
    // What changes by itself does not end it, and the clock does not either.
    sql(&room, "world.db", "update aws_cloudwatch_log_group set stored_bytes = stored_bytes + 9e6");
    sql(&room, "world.db", "update snapshot set started_at = '2027-03-01T00:00:00Z'");
    assert_eq!(again(&room, "world.db").2, [never("a", "muted"), never("b", "muted")]);
    // What matters does, for the one that it changed of.
    sql(&room, "world.db", "update aws_cloudwatch_log_group set log_group_class = 'INFREQUENT_ACCESS' where name = '/a'");
    let (ran, report, told) = again(&room, "world.db");
    assert_eq!((ran.code, told), (1, vec![never("a", "fail"), never("b", "muted"), "waiver/changed w fail".to_owned()]));
    let changed = report["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == "waiver/changed").unwrap();
    assert_eq!((&changed["reason"], &changed["evidence"]["changed"][0]["resource"]), (&"changed".into(), &arn("/a").into()));
    assert!(changed["fix"].as_str().unwrap().contains("driftlead waive"), "{changed}");
    let anew = room.run(&["waive", "--only", "w", "--from", "world.db"]);
    assert!(anew.out.contains("granted anew") && anew.out.contains("as before"), "{anew:?}");
    assert_eq!(again(&room, "world.db").2, [never("a", "muted"), never("b", "muted")]);
}

#[test]
fn a_waiver_is_written_where_comments_stay() {
    let room = room();
    room.write("driftlead.toml", "# ours\n[params]\nworkload_tags = [\"w\"] # why");
    let words = ["--reason", "it's \"odd\"", "--owner", "me", "--expires", "2027-12-31"];
    let ran = room.run(&[&["waive", NEVER, &arn("/a")][..], &words].concat());
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    let text = std::fs::read_to_string(room.path().join("driftlead.toml")).unwrap();
    assert!(text.starts_with("# ours\n[params]\nworkload_tags = [\"w\"] # why\n\n[[waiver]]\nname = "), "{text}");
    assert_eq!(again(&room, "world.db").2, [never("a", "muted"), never("b", "fail")]);
    let twice = room.run(&[&["waive", NEVER, &arn("/a")][..], &words].concat());
    fails(&twice, &["is there twice", "a name of its own"]);
    assert_eq!(std::fs::read_to_string(room.path().join("driftlead.toml")).unwrap(), text, "what is refused is not written");
    let bound = room.run(&[&["waive", NEVER, &arn("/b"), "--until-changed", "--from", "world.db"][..], &words].concat());
    assert!(bound.code == 0 && bound.out.contains("granted"), "{bound:?}");
    let (ran, _, told) = again(&room, "world.db");
    assert_eq!((ran.code, told), (0, vec![never("a", "muted"), never("b", "muted")]));
    let nothing = room.run(&[&["waive", NEVER, "nowhere", "--until-changed", "--from", "world.db"][..], &words].concat());
    fails(&nothing, &["matches nothing", "nothing to grant"]);
}

#[test]
fn what_is_wrong_with_a_waiver_is_said_with_its_line() {
    let room = room();
    let refused = |config: &str, words: &[&str]| {
        room.write("driftlead.toml", config);
        fails(&room.run(&["scan", "--from", "world.db"]), words);
    };
    let all = format!("{LATER}checks = ['*']\n");
    refused(&format!("\n[[waiver]]\nname = 'w'\nowner = 'o'\n{all}"), &["driftlead.toml:2:", "no `reason`", "say why"]);
    refused(&format!("[[waiver]]\nname = 'w'\nreason = 'r'\n{all}"), &["driftlead.toml:1:", "no `owner`", "who answers"]);
    refused(&format!("{WHOLE}{LATER}"), &["driftlead.toml:1:", "names nothing", "`checks`"]);
    refused(&format!("{WHOLE}expires = '31.3.2027'\nchecks = ['*']"), &["driftlead.toml:5:", "2027-03-31", "`31.3.2027`"]);
    refused(&format!("{WHOLE}{all}until = 'x'"), &["driftlead.toml:7:", "unknown field `until`"]);
    refused(&format!("{WHOLE}{all}{WHOLE}{all}"), &["driftlead.toml:7:", "\"w\" is there twice"]);
    refused(&format!("{WHOLE}{LATER}checks = ['logs/[']"), &["driftlead.toml:6:", "unclosed"]);
    refused(&format!("{WHOLE}{LATER}checks = ['log/*']"), &["driftlead.toml:1:", "about no check", "driftlead list checks"]);
    refused(&format!("{WHOLE}{all}match.region = []"), &["driftlead.toml:7:", "an empty list"]);
    room.write("driftlead.toml", format!("{WHOLE}{all}"));
    room.write("driftlead.waivers.toml", "[[grant]]\nwaiver = 1");
    fails(&room.run(&["scan", "--from", "world.db"]), &["driftlead.waivers.toml:2:", "grant again"]);
}

#[test]
fn nothing_is_granted_that_is_not_there() {
    let room = room();
    fails(&room.run(&["waive"]), &["driftlead.toml", "driftlead init"]);
    room.write("driftlead.toml", format!("{WHOLE}{LATER}checks = ['{NEVER}']"));
    fails(&room.run(&["waive", "--from", "world.db"]), &["no waiver with until_changed"]);
    fails(&room.run(&["waive", "--only", "x", "--from", "world.db"]), &["no waiver is called \"x\""]);
    fails(&room.run(&["waive", NEVER, "x"]), &["--reason", "--owner"]);
    fails(&room.run(&["waive", NEVER, "x", "--reason", "r", "--owner", "o", "--expires", "soon"]), &["2027-03-31"]);
    assert!(!room.path().join("driftlead.waivers.toml").exists());
}

#[test]
fn a_first_configuration_is_written_once_and_changes_nothing() {
    let room = room();
    let before = room.run(&["scan", "--from", "world.db", "--format", "json"]);
    let ran = room.run(&["init"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    assert_eq!(room.run(&["scan", "--from", "world.db", "--format", "json"]).out, before.out);
    fails(&room.run(&["init"]), &["driftlead.toml is there already", "driftlead init OTHER.toml"]);
}

#[test]
fn what_is_asked_of_waivers_is_listed_and_explained() {
    let room = Room::new();
    let list = room.run(&["list", "checks"]).out;
    for id in ["waiver/changed", "waiver/expired", "waiver/expires_soon", "waiver/no_expiry", "waiver/unmatched"] {
        assert!(list.lines().any(|line| line.starts_with(&format!("{id} "))), "{id}");
        let page = room.run(&["explain", id]);
        assert!(page.code == 0 && page.out.contains("Why it matters") && page.out.contains("[[waiver]]"), "{page:?}");
    }
    fails(&room.run(&["explain", "waiver/expired", "--sql"]), &["no SELECT"]);
}

#[test]
fn the_schema_is_for_editors() {
    let room = Room::new();
    let ran = room.run(&["list", "--config-schema"]);
    let schema: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((ran.code, schema["title"].as_str()), (0, Some("driftlead.toml")));
    assert_eq!(schema["additionalProperties"], false);
    let waiver = &schema["$defs"]["WaiverSection"];
    let required: Vec<&str> = waiver["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(required, ["name", "reason", "owner"]);
    for what in ["checks", "tables"] {
        fails(&room.run(&["list", what, "--config-schema"]), &["--config-schema"]);
    }
    fails(&room.run(&["list"]), &["required"]);
}
