//! In which snapshot of the store a verdict turned.

use driftlead::check::{Config, shipped};
use driftlead::cli::Exit;
use driftlead::cli::bisect::{Asked, bisect, exit, one};
use driftlead::report::turn::{Said, Turn};
use driftlead::store::Store;

use crate::Room;
use crate::support::world::{ACCOUNT, World, group};

const NEVER: &str = "logs/group_never_expires";
const APP: &str = "arn:aws:logs:us-east-1:111122223333:log-group:/app";

/// A snapshot in the room, which is the store.
fn put(room: &Room, day: u32, world: impl FnOnce(World) -> World, complete: bool) {
    let path = room.path().join(format!("{day}.db"));
    world(World::new(&path)).save();
    let sql = format!("update snapshot set started_at = '2026-11-{day}T10:00:00Z', complete = {complete}");
    rusqlite::Connection::open(&path).unwrap().execute(&sql, []).unwrap();
}

/// The group as it was on a day: kept for so many days; 0 for ever.
fn kept(room: &Room, day: u32, days: i64) {
    put(room, day, |world| world.rows(&group("/app", days)), true);
}

fn told(room: &Room, check: &str, resource: &str) -> Result<Turn, String> {
    let pair = one(&shipped().unwrap(), check).map_err(|error| error.to_string())?;
    let config = Config::default();
    let asked = Asked { check: &pair, config: &config, resource, account: None };
    bisect(&Store::at(room.path()), &asked).map_err(|error| error.to_string())
}

/// Since when, what before, and the exit code.
fn turned(room: &Room) -> (String, String, Exit) {
    let turn = told(room, NEVER, APP).unwrap();
    let side = |seen: Option<&driftlead::report::turn::Seen>| {
        seen.map_or_else(|| "-".to_owned(), |seen| format!("{} {}", seen.word(), &seen.at[8..10]))
    };
    (side(turn.since.as_ref()), side(turn.before.as_ref()), exit(&turn))
}

fn is(since: &str, before: &str, exit: Exit) -> (String, String, Exit) {
    (since.to_owned(), before.to_owned(), exit)
}

#[test]
fn the_latest_turn_is_found() {
    let room = Room::new();
    for (day, days) in [(14, 0), (15, 30), (16, 30), (17, 0), (18, 0)] {
        kept(&room, day, days);
    }
    assert_eq!(turned(&room), is("fail 17", "pass 16", Exit::Found));
    let turn = told(&room, NEVER, APP).unwrap();
    assert_eq!(turn.asked, 3, "what is before the turn is not asked");
    let Some(Said::Verdict(finding)) = turn.since.map(|seen| seen.said) else { panic!("no verdict") };
    assert!(finding.resource == APP && !finding.calls.is_empty(), "{finding:?}");
    kept(&room, 19, 30);
    assert_eq!(turned(&room), is("pass 19", "fail 18", Exit::Clean));
}

#[test]
fn what_never_turned_is_since_the_oldest() {
    let room = Room::new();
    kept(&room, 17, 0);
    kept(&room, 18, 0);
    assert_eq!(turned(&room), is("fail 17", "-", Exit::Found));
}

#[test]
fn a_snapshot_that_cannot_say_is_stepped_over_and_shown() {
    let room = Room::new();
    kept(&room, 14, 30);
    put(&room, 15, |world| world.denied("aws_cloudwatch_log_group", "logs:DescribeLogGroups"), true);
    kept(&room, 16, 0);
    // One that was cut short is not asked, and one that is damaged does not count.
    put(&room, 17, |world| world.rows(&group("/app", 30)), false);
    room.write("18.db", "no database");
    assert_eq!(turned(&room), is("fail 16", "pass 14", Exit::Found));
    let turn = told(&room, NEVER, APP).unwrap();
    let over: Vec<&str> = turn.stepped_over.iter().map(|seen| &seen.at[8..10]).collect();
    assert_eq!(over, ["15"]);
    put(&room, 19, |world| world.denied("aws_cloudwatch_log_group", "logs:DescribeLogGroups"), true);
    assert_eq!(turned(&room), is("fail 16", "pass 14", Exit::Unknown), "the latest cannot say");
}

#[test]
fn what_came_and_what_went_turned_too() {
    let room = Room::new();
    put(&room, 14, |world| world.rows(&group("/other", 0)), true);
    kept(&room, 15, 0);
    assert_eq!(turned(&room), is("fail 15", "not_there 14", Exit::Found));
    put(&room, 16, |world| world, true);
    assert_eq!(turned(&room), is("not_there 16", "fail 15", Exit::Clean));
}

#[test]
fn a_region_that_was_not_read_is_no_place_where_it_is_not() {
    let room = Room::new();
    let far = "arn:aws:logs:eu-west-1:111122223333:log-group:/far";
    let row = |days: i64| group("/far", days).replace(":us-east-1:", ":eu-west-1:") + "region = \"eu-west-1\"\n";
    put(&room, 14, |world| world.also_in("eu-west-1").rows(&row(30)), true);
    put(&room, 15, |world| world, true);
    put(&room, 16, |world| world.also_in("eu-west-1").rows(&row(0)), true);
    let turn = told(&room, NEVER, far).unwrap();
    assert_eq!((turn.since.unwrap().word(), turn.before.unwrap().word(), turn.stepped_over.len()), ("fail", "pass", 1));
    assert_eq!(turn.stepped_over[0].said, Said::Unread(format!("aws_cloudwatch_log_group was not read in eu-west-1 of {ACCOUNT}")));
}

#[test]
fn what_cannot_be_asked_says_why() {
    let room = Room::new();
    let none = told(&room, NEVER, APP).unwrap_err();
    assert!(none.contains("holds no complete snapshot") && none.contains("driftlead scan puts one there"), "{none}");
    kept(&room, 14, 0);
    let typo = told(&room, NEVER, &APP.replace("/app", "/ap")).unwrap_err();
    assert!(typo.contains("log-group:/ap is in none of the 1 complete snapshots in "), "{typo}");
    let bucket = told(&room, "s3/bucket_versioning_off", "arn:aws:s3:::nowhere").unwrap_err();
    assert!(bucket.contains("arn:aws:s3:::nowhere is in none of"), "{bucket}");
    assert!(told(&room, NEVER, "/app").unwrap_err().contains("an ARN, such as arn:aws:ec2"));
    assert!(told(&room, "logs/group_never_expire", APP).unwrap_err().contains("did you mean logs/group_never_expires"));
    assert!(told(&room, "logs/*", APP).unwrap_err().contains("one check's id, not a pattern"));
}
