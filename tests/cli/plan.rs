//! What a plan tells before the first call, and what then happens; and how little is throttled meanwhile.

use synthetic_aws::{Kind, Server, World};

use super::many::{ask, column};
use crate::Room;

/// One account in two regions, throttled as AWS throttles.
fn account() -> World {
    let world = World { regions: 2, throttle: synthetic_aws::Throttle::Aws { scale: 1.0 }, ..World::default() };
    world.with(Kind::LogGroup, 40).with(Kind::Function, 30).with(Kind::Secret, 20).with(Kind::Bucket, 5).with(Kind::Subnet, 30)
}

/// The number before a word: `requests` in `1,234 requests in about 5 s`.
fn number(text: &str, word: &str) -> f64 {
    let before = text.split(word).next().unwrap_or_else(|| panic!("no {word} in {text}"));
    let digits: String = before.trim_end().chars().rev().take_while(|c| c.is_ascii_digit() || *c == ',' || *c == '.').collect();
    digits.chars().rev().filter(|c| *c != ',').collect::<String>().parse().unwrap_or_else(|_| panic!("no number before {word}: {text}"))
}

#[test]
fn a_plan_tells_what_then_happens() {
    let (room, server) = (Room::new(), Server::start(account()).expect("a server"));
    let regions = ["--region", "us-east-1", "--region", "us-east-2"];
    let first = ask(&room, &server, &[&["snapshot", "-o", "first.db"][..], &regions].concat());
    assert!(first.code == 0, "{first:?}");
    let before = server.counters();
    assert!((before.throttled as f64) < 0.01 * before.calls as f64, "{} of {} were throttled", before.throttled, before.calls);

    let plan = ask(&room, &server, &[&["scan", "--plan", "--like", "first.db"][..], &regions].concat());
    assert_eq!(plan.code, 0, "{plan:?}");
    assert_eq!(server.counters().calls, before.calls, "a plan calls nobody");
    let told = number(&plan.err, " requests");
    let begun = std::time::Instant::now();
    let second = ask(&room, &server, &[&["snapshot", "-o", "second.db"][..], &regions].concat());
    let took = begun.elapsed().as_secs_f64();
    assert_eq!(second.code, 0, "{second:?}");
    let made = (server.counters().calls - before.calls) as f64;
    assert!((told - made).abs() <= 0.1 * made, "{told} requests were told, {made} were made");
    let metrics: f64 = column(&room, "second.db", "select sum(metrics) from ledger")[0].parse().expect("a number");
    assert!((number(&plan.err, " metrics") - metrics).abs() <= 0.1 * metrics && metrics > 0.0, "{metrics}: {}", plan.err);
    // How long it takes is told to the second; a busy machine may take longer.
    assert!(number(&plan.err, " s;") <= took + 3.0, "{took} s: {}", plan.err);
}

#[test]
fn a_plan_for_one_region_of_two_tells_less() {
    let (room, server) = (Room::new(), Server::start(account()).expect("a server"));
    assert_eq!(ask(&room, &server, &["snapshot", "-o", "both.db", "--region", "us-east-1,us-east-2"]).code, 0);
    let plan = |regions: &str| ask(&room, &server, &["scan", "--plan", "--like", "both.db", "--region", regions]);
    let (both, one, strange) = (plan("us-east-1,us-east-2"), plan("us-east-2"), plan("eu-west-1"));
    assert!(number(&one.err, " requests") < number(&both.err, " requests"), "{one:?}");
    assert!(strange.err.contains("Nothing is known of eu-west-1"), "{strange:?}");
}

#[test]
fn a_snapshot_that_did_not_count_metrics_tells_no_bill() {
    let (room, server) = (Room::new(), Server::start(account()).expect("a server"));
    assert_eq!(ask(&room, &server, &["snapshot", "-o", "old.db", "--region", "us-east-1"]).code, 0);
    let ledger = rusqlite::Connection::open(room.path().join("old.db")).expect("a snapshot");
    ledger.execute_batch("alter table ledger drop column metrics").expect("an older ledger");
    drop(ledger);
    let plan = ask(&room, &server, &["scan", "--plan", "--like", "old.db", "--region", "us-east-1"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    assert!(plan.err.contains("what CloudWatch bills is not known") && !plan.err.contains('$'), "{plan:?}");
    assert!(number(&plan.err, " requests") > 0.0, "{plan:?}");
}
