//! Who is told after a scan: webhooks of `driftlead.toml`, on this machine.

use std::time::Duration;

use serde_json::Value;

use crate::drift::sql;
use crate::support::aws::Aws;
use crate::support::hook::Hook;
use crate::support::program::Said;
use crate::support::world::{World, group};
use crate::{Room, fails};

/// A value that stands in the evidence of a failure, and in its sentence.
const VALUE: &str = "5555555";

/// Two snapshots: in the later one `/old` still fails, and `/fresh` is new.
fn platform(room: &Room) {
    put(room, "then.db", 20, &["/old"]);
    put(room, "now.db", 21, &["/old", "/fresh"]);
}

fn put(room: &Room, name: &str, day: u32, groups: &[&str]) {
    let rows: String = groups.iter().map(|name| group(name, 0).replace("5000", VALUE)).collect();
    World::new(&room.path().join(name)).rows(&rows).save();
    sql(room, name, &format!("update snapshot set started_at = '2026-11-{day}T10:00:00Z'"));
}

/// A configuration with one webhook and these lines more.
fn hook(room: &Room, url: &str, lines: &str) {
    room.write("driftlead.toml", format!("[[notify.webhook]]\nname = 'channel'\nurl = '{url}'\n{lines}\n"));
}

fn scan(room: &Room, more: &[&str]) -> Said {
    room.run(&[&["scan", "--from", "now.db", "--since", "then.db", "--notify", "--format", "summary"], more].concat())
}

#[test]
fn only_what_is_new_is_told_and_no_value() {
    let (room, server) = (Room::new(), Hook::start(&["200 OK"]));
    platform(&room);
    hook(&room, &server.url, "");
    let ran = scan(&room, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("channel was told of "), "{}", ran.err);
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "one message a run: {requests:?}");
    assert_eq!(requests[0].line, "POST /services/T0/hidden-token HTTP/1.1");
    assert!(requests[0].headers.contains(&("content-type".to_owned(), "application/json".to_owned())));
    let body = requests[0].json();
    let texts = |name: &str| -> Vec<&str> {
        body["findings"].as_array().expect("findings").iter().map(|finding| finding[name].as_str().expect(name)).collect()
    };
    assert!(texts("resource").iter().all(|arn| arn.ends_with(":/fresh")), "{body}");
    assert!(texts("since").iter().all(|since| *since == "new"));
    assert!(texts("check").contains(&"logs/group_never_expires"), "{body}");
    assert_eq!((body["schema"].as_u64(), body["kind"].as_str(), body["webhook"].as_str()), (Some(1), Some("scan"), Some("channel")));
    assert_eq!(body["summary"]["since"]["started_at"], "2026-11-20T10:00:00Z");
    assert_eq!(body["snapshot"]["accounts"][0], "111122223333");
    let counted: u64 = body["counts"].as_object().expect("counts").values().filter_map(Value::as_u64).sum();
    assert_eq!(counted, texts("check").len() as u64);
    assert_eq!(body["more"], 0);
    for hidden in [VALUE, "evidence", "aws logs", "then.db", "now.db", &room.path().display().to_string()] {
        assert!(!requests[0].body.contains(hidden), "{hidden}: {}", requests[0].body);
    }
    for shown in [&ran.out, &ran.err] {
        assert!(!shown.contains("hidden-token"), "the address is a secret: {shown}");
    }
}

#[test]
fn values_go_out_where_they_are_asked_for() {
    let (room, server) = (Room::new(), Hook::start(&["200 OK"]));
    platform(&room);
    hook(&room, &server.url, "include_evidence = true");
    scan(&room, &[]);
    let body = server.requests()[0].json();
    let findings = body["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|finding| finding["check"] == "logs/group_never_expires").expect("the failure");
    assert!(finding["evidence"].to_string().contains(VALUE), "{finding}");
    assert!(finding["fix"].as_str().is_some_and(|fix| fix.contains("aws logs")), "{finding}");
    assert!(finding["message"].as_str().is_some_and(|message| message.contains("/fresh")), "{finding}");
}

#[test]
fn where_nothing_is_new_nothing_is_sent() {
    let (room, server) = (Room::new(), Hook::start(&["200 OK"]));
    put(&room, "then.db", 20, &["/old"]);
    put(&room, "now.db", 21, &["/old"]);
    hook(&room, &server.url, "");
    assert_eq!(scan(&room, &[]).code, 1);
    assert_eq!(server.requests().len(), 0);
    // What is new and not bad enough is nothing to tell either.
    put(&room, "now.db", 21, &["/old", "/fresh"]);
    hook(&room, &server.url, "min_severity = 'critical'");
    scan(&room, &[]);
    assert_eq!(server.requests().len(), 0);
    // Whoever wants to hear of every failure does.
    hook(&room, &server.url, "on = 'failures'");
    scan(&room, &[]);
    let body = server.requests()[0].body.clone();
    assert!(body.contains(":/old") && body.contains(":/fresh"), "{body}");
}

#[test]
fn what_cannot_be_said_any_more_is_news() {
    let (room, server) = (Room::new(), Hook::start(&["200 OK"]));
    put(&room, "then.db", 20, &["/old"]);
    World::new(&room.path().join("now.db")).denied("aws_cloudwatch_log_group", "logs:DescribeLogGroups").save();
    hook(&room, &server.url, "");
    assert_eq!(scan(&room, &[]).code, 3);
    let body = server.requests()[0].json();
    assert!(body["counts"]["unknown"].as_u64() > Some(0), "{body}");
    let finding = &body["findings"][0];
    assert_eq!((finding["status"].as_str(), finding["action"].as_str()), (Some("unknown"), Some("logs:DescribeLogGroups")));
}

#[test]
fn only_live_scans_tell_unless_asked() {
    let (room, server, aws) = (Room::new(), Hook::start(&["200 OK"]), Aws::start());
    platform(&room);
    room.write("driftlead.toml", "[[notify.webhook]]\nname = 'channel'\nurl_env = 'HOOK'\non = 'failures'\n");
    let variables = [
        ("HOOK", server.url.as_str()),
        ("AWS_ENDPOINT_URL", aws.endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "sesame"),
    ];
    let run = |arguments: &[&str]| room.run_with(arguments, &variables);
    run(&["scan", "--from", "now.db"]);
    run(&["demo"]);
    run(&["check", "logs/*", "--from", "now.db"]);
    run(&["scan", "--region", "us-east-1", "--no-store", "--no-notify"]);
    assert_eq!(server.requests().len(), 0);
    let ran = run(&["scan", "--region", "us-east-1", "--no-store"]);
    assert_eq!(server.requests().len(), 1, "{ran:?}");
    fails(&run(&["scan", "--notify", "--no-notify"]), &["--notify", "--no-notify"]);
}

#[test]
fn news_are_news_against_the_last_snapshot_of_the_store() {
    let (room, server) = (Room::new(), Hook::start(&["200 OK"]));
    platform(&room);
    std::fs::create_dir(room.path().join("kept")).expect("a folder");
    std::fs::rename(room.path().join("then.db"), room.path().join("kept/then.db")).expect("it moves");
    hook(&room, &server.url, "");
    let ran = room.run_with(&["scan", "--from", "now.db", "--notify", "--quiet"], &[("DRIFTLEAD_STORE", "kept")]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{ran:?}");
    let body = server.requests()[0].body.clone();
    assert!(body.contains(":/fresh") && !body.contains(":/old"), "{body}");
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let room = Room::new();
    platform(&room);
    let server = Hook::start(&["503 Service Unavailable", "200 OK"]);
    hook(&room, &server.url, "");
    let ran = scan(&room, &[]);
    assert!(ran.err.contains("channel was told of "), "{}", ran.err);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body, "with the same id");
    assert!(requests[1].at - requests[0].at >= Duration::from_millis(900));
    // As long as it asks for.
    let server = Hook::start(&["429 Too Many Requests\r\nRetry-After: 2", "200 OK"]);
    hook(&room, &server.url, "");
    scan(&room, &[]);
    let requests = server.requests();
    assert!(requests.len() == 2 && requests[1].at - requests[0].at >= Duration::from_millis(1900), "{requests:?}");
}

#[test]
fn that_nobody_was_told_is_said_and_changes_nothing() {
    let room = Room::new();
    platform(&room);
    let without = scan(&room, &[]);
    let told = |url: &str, lines: &str| {
        hook(&room, url, lines);
        // Not even --quiet hides it.
        let ran = scan(&room, &["--quiet"]);
        assert_eq!((ran.code, &ran.out), (without.code, &without.out));
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        assert!(ran.err.starts_with("channel was not told: 127.0.0.1 ") && !ran.err.contains("hidden"), "{}", ran.err);
        ran.err
    };
    let busy = Hook::start(&["500 Internal Server Error"]);
    assert!(told(&busy.url, "retries = 1").contains("answered 500 (tried 2 times)"));
    assert_eq!(busy.requests().len(), 2);
    let refusing = Hook::start(&["404 Not Found\n\nno_service"]);
    assert!(told(&refusing.url, "").contains("answered 404 (no_service)."));
    assert_eq!(refusing.requests().len(), 1, "what is wrong stays wrong");
    let chatty = Hook::start(&["400 Bad Request\n\n<b>hidden\u{1b}[31m"]);
    assert!(told(&chatty.url, "").contains("answered 400."));
    let leading_on = Hook::start(&["302 Found\r\nLocation: http://127.0.0.1:1/elsewhere"]);
    assert!(told(&leading_on.url, "").contains("answered 302: it leads elsewhere"));
    let patient = Hook::start(&["429 Too Many Requests\r\nRetry-After: 86400"]);
    assert!(told(&patient.url, "").contains("asks to wait 86400 s"));
    let silent = Hook::start(&[]);
    assert!(told(&silent.url, "retries = 0\ntimeout_seconds = 1").contains("did not answer within 1 s (tried once)"));
    assert!(told("http://127.0.0.1:1/hidden", "retries = 1").contains("cannot be reached"));
}

#[test]
fn an_address_may_stand_in_the_environment_and_nowhere_else() {
    let (room, server) = (Room::new(), Hook::start(&["200 OK"]));
    platform(&room);
    room.write("driftlead.toml", "[[notify.webhook]]\nname = 'channel'\nurl_env = 'HOOK'\n");
    let arguments = ["scan", "--from", "now.db", "--since", "then.db", "--notify"];
    assert!(room.run(&arguments).err.contains("channel was not told: HOOK is not set"));
    room.run_with(&arguments, &[("HOOK", &server.url)]);
    assert_eq!(server.requests().len(), 1);
    let plain = room.run_with(&arguments, &[("HOOK", "http://hooks.example.com/hidden")]);
    assert!(plain.err.contains("the address in HOOK is not encrypted") && !plain.err.contains("hidden"), "{}", plain.err);
    hook(&room, "http://hooks.example.com/hidden", "");
    let refused = room.run(&arguments);
    fails(&refused, &["driftlead.toml", "notify.webhook `channel`", "is not encrypted"]);
    assert!(!refused.err.contains("hidden"));
}

#[test]
fn a_message_to_slack_is_within_its_limits_and_holds_no_markup() {
    let (room, server) = (Room::new(), Hook::start(&["200 OK"]));
    let hostile = ["/!<!channel>&`x`*b*\u{202e}", "/!<https://evil.example|ok>", "/!line\nbreak\u{1b}[31m"];
    let many: Vec<String> = (0..60).map(|i| format!("/{i}/{}", "<&>".repeat(150))).collect();
    let names: Vec<&str> = hostile.iter().copied().chain(many.iter().map(String::as_str)).collect();
    put(&room, "then.db", 20, &[]);
    put(&room, "now.db", 21, &[]);
    let connection = rusqlite::Connection::open(room.path().join("now.db")).expect("a snapshot");
    put(&room, "one.db", 21, &["/x"]);
    connection.execute("attach ? as one", [room.path().join("one.db").display().to_string()]).expect("attached");
    for name in names {
        connection.execute("insert into aws_cloudwatch_log_group select * from one.aws_cloudwatch_log_group", []).expect("a group");
        let arn = format!("arn:aws:logs:us-east-1:111122223333:log-group:{name}");
        connection.execute("update aws_cloudwatch_log_group set name = ?, arn = ? where name = '/x'", [name, &arn]).expect("its name");
    }
    drop(connection);
    hook(&room, &server.url, "format = 'slack'\ninclude_evidence = true");
    let ran = scan(&room, &[]);
    let body = server.requests().first().unwrap_or_else(|| panic!("{ran:?}")).json();
    let blocks = body["blocks"].as_array().expect("blocks");
    assert!(blocks.len() <= 50, "{}", blocks.len());
    let texts: Vec<&str> = blocks.iter().map(|block| block["text"]["text"].as_str().expect("a text")).collect();
    assert!(texts.iter().all(|text| !text.is_empty() && text.chars().count() <= 3000));
    assert!(texts.iter().map(|text| text.chars().count()).sum::<usize>() < 13_000);
    assert_eq!((blocks[0]["type"].as_str(), blocks[0]["text"]["type"].as_str()), (Some("header"), Some("plain_text")));
    assert!(texts[0].contains("new failures in 111122223333") && texts[0].chars().count() <= 150, "{}", texts[0]);
    assert!(texts.last().is_some_and(|last| last.starts_with("… and ") && last.ends_with(" more")), "{texts:?}");
    for text in texts.iter().copied().chain(body["text"].as_str()) {
        assert!(!text.contains(['<', '>', '\u{202e}', '\u{1b}']), "{text}");
        // Every ampersand is part of what Slack turns back.
        assert!(text.split('&').skip(1).all(|rest| ["amp;", "lt;", "gt;"].iter().any(|mark| rest.starts_with(mark))), "{text}");
        assert_eq!(text.matches('`').count() % 2, 0, "{text}");
    }
    assert!(texts.iter().any(|text| text.contains("&lt;!channel&gt;&amp;")), "{texts:?}");
}
