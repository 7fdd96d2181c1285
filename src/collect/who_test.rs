//! Who changed it, asked of a scripted CloudTrail.

use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::outing::Trip;
use super::who::{Answer, Ending, Forecast, Suspect, Told, who};
use crate::aws::recording::Recording;
use crate::aws::testing::{ACCOUNT, NOW, Script};
use crate::inventory::Time;

fn now() -> i64 {
    Time::from_text(NOW.to_owned()).unix().unwrap()
}

/// An outing that a script answers, at the clock of tests.
pub(super) fn trip(script: Option<Script>) -> Trip {
    let header = json!({"driftlead_recording": 1, "tool": "t", "started_at": now(), "sessions": ["default"], "regions": [],
        "home_region": "eu-west-1", "endpoint": ""});
    let replay = Recording::parse(header.to_string().as_bytes(), Path::new("t")).unwrap();
    let me = format!("<Arn>arn:aws:iam::{ACCOUNT}:user/me</Arn><UserId>A</UserId><Account>{ACCOUNT}</Account>");
    let script = script.map(|script| SharedHttpClient::new(script.on("GetCallerIdentity", &me)));
    let (_, cancelled) = watch::channel(false);
    Trip {
        identities: Vec::new(),
        share: crate::aws::Share::DEFAULT,
        record: None,
        replay: Some(replay),
        cancelled,
        progress: Arc::new(|_| {}),
        around: script.map(|script| -> super::Around { Arc::new(move |_| script.clone()) }),
    }
}

fn suspect(name: &str) -> Suspect {
    Suspect {
        account_id: ACCOUNT.to_owned(),
        region: "eu-west-1".to_owned(),
        names: vec![name.to_owned()],
        sources: Vec::new(),
        since: Some(Time::from_unix(now() - 3600)),
        until: None,
    }
}

/// An event so many seconds ago about a resource.
fn event(id: &str, ago: i64, resource: &str) -> Value {
    let detail = json!({"userIdentity": {"type": "IAMUser", "userName": "bob", "arn": "arn:aws:iam::1:user/bob"}, "readOnly": false});
    json!({"EventId": id, "EventName": "Change", "EventTime": now() - ago, "EventSource": "ec2.amazonaws.com", "ReadOnly": "false",
        "Resources": [{"ResourceName": resource, "ResourceType": "T"}], "CloudTrailEvent": detail.to_string()})
}

fn page(events: &[Value], token: &str) -> String {
    let mut page = json!({"Events": events});
    if !token.is_empty() {
        page["NextToken"] = token.into();
    }
    page.to_string()
}

fn about(script: Script, name: &str, events: &[Value]) -> Script {
    script.on_match("LookupEvents", &format!("\"AttributeValue\":\"{name}\""), &page(events, ""))
}

fn silent(script: Script) -> Script {
    script.on("LookupEvents", &page(&[], ""))
}

async fn ask(script: Script, suspects: &[Suspect]) -> Told {
    who(trip(Some(script)), suspects, 200, &|_| {}).await.unwrap()
}

fn ids(answer: &Answer) -> Vec<&str> {
    answer.events.iter().map(|event| event.id.as_str()).collect()
}

fn span(start_ago: i64, end_ago: i64) -> String {
    format!("\"StartTime\":{},\"EndTime\":{}", now() - start_ago, now() - end_ago)
}

#[tokio::test]
async fn the_newest_change_comes_first_and_one_name_is_enough() {
    let script = about(Script::default(), "sg-1", &[event("new", 60, "sg-1"), event("old", 600, "sg-1"), event("before", 7200, "sg-1")]);
    let told = ask(script, &[Suspect { names: vec!["sg-1".into(), "never asked".into()], ..suspect("") }]).await;
    assert_eq!((ids(&told.answers[0]), &told.answers[0].ending), (vec!["new", "old"], &Ending::Read));
    assert_eq!(told.answers[0].events[0].principal, "user/bob");
    assert_eq!(told.returned.calls, 2, "the account, and one name");
    let ledger = told.returned.ledger.connection();
    let entry: (String, String) = ledger
        .query_row("select resource, outcome from ledger where action = 'LookupEvents'", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(entry, ("sg-1".to_owned(), "ok".to_owned()));
}

#[tokio::test]
async fn a_name_that_tells_nothing_is_followed_by_the_next() {
    let script = silent(about(Script::default(), "arn:key", &[event("e", 60, "arn:key")]));
    let told = ask(script.clone(), &[Suspect { names: vec!["k-1".into(), "arn:key".into()], ..suspect("") }, suspect("quiet")]).await;
    assert_eq!(ids(&told.answers[0]), ["e"]);
    assert_eq!((ids(&told.answers[1]).len(), &told.answers[1].ending), (0, &Ending::Read));
    assert_eq!(told.answers[1].silence(), "CloudTrail's event history does not tell");
    // Another service's resource may have the same name.
    let role = Suspect { sources: vec!["iam.amazonaws.com".into()], ..suspect("arn:key") };
    assert!(ask(script, &[role]).await.answers[0].events.is_empty());
}

#[tokio::test]
async fn a_name_that_two_ask_about_is_asked_once() {
    let early = Suspect { since: Some(Time::from_unix(now() - 7200)), until: Some(Time::from_unix(now() - 3600)), ..suspect("sg-1") };
    let wide = format!("\"AttributeValue\":\"sg-1\"}}],{}", span(7200, 0));
    let script = Script::default().on_match("LookupEvents", &wide, &page(&[event("late", 60, "sg-1"), event("early", 5000, "sg-1")], ""));
    let told = ask(script, &[early, suspect("sg-1")]).await;
    assert_eq!((ids(&told.answers[0]), ids(&told.answers[1])), (vec!["early"], vec!["late"]));
    assert_eq!(told.returned.calls, 2);
}

#[tokio::test]
async fn what_belongs_to_no_region_is_asked_where_its_events_are() {
    let script = about(Script::default(), "R", &[event("e", 60, "R")]);
    let told = ask(script, &[Suspect { region: "global".into(), ..suspect("R") }]).await;
    assert!(told.answers[0].events[0].url.starts_with("https://us-east-1.console.aws.amazon.com/"));
}

#[tokio::test]
async fn what_cannot_be_asked_is_told_and_costs_one_call() {
    let many: Vec<Suspect> = (0..50).map(|i| suspect(&format!("sg-{i}"))).collect();
    let told = ask(Script::default().fails("LookupEvents", 400, "AccessDeniedException"), &many).await;
    assert_eq!((told.answers.len(), told.returned.calls), (50, 2));
    for answer in &told.answers {
        assert!(answer.silence().contains("cloudtrail:LookupEvents: denied"), "{}", answer.silence());
    }
    // A few are asked by name at once, each with its own gap.
    let told = ask(Script::default().fails("LookupEvents", 400, "ThrottlingException"), &many[..2]).await;
    assert!(told.answers[1].silence().contains("throttled"), "{}", told.answers[1].silence());
    assert_eq!(told.returned.open.iter().map(|open| open.matter.as_str()).collect::<Vec<_>>(), ["sg-0", "sg-1"]);
    // One name that fails leaves the others alone.
    let script = about(Script::default().fails_match("LookupEvents", "sg-0", 400, "InternalError"), "sg-1", &[event("e", 1, "sg-1")]);
    let told = ask(script, &many[..2]).await;
    assert!(matches!(told.answers[0].ending, Ending::Unasked(_)) && ids(&told.answers[1]) == ["e"]);
    // A recording that lacks the calls is no silence.
    let told = who(trip(None), &many[..1], 200, &|_| {}).await.unwrap_err();
    assert!(told.to_string().contains("record it again"), "{told}");
}

#[tokio::test]
async fn time_has_its_bounds() {
    let at = |ago: i64| Some(Time::from_unix(now() - ago));
    let day = 86_400;
    let suspects = [
        Suspect { since: at(120), ..suspect("young") },
        Suspect { since: at(200 * day), until: at(100 * day), ..suspect("old") },
        Suspect { since: at(200 * day), ..suspect("half") },
    ];
    let told = ask(silent(Script::default()), &suspects).await;
    let endings: Vec<&Ending> = told.answers.iter().map(|answer| &answer.ending).collect();
    assert_eq!(endings[0], &Ending::NotYet(Time::from_unix(now() + 900).as_str().to_owned()));
    assert_eq!(endings[1], &Ending::TooOld);
    assert_eq!(endings[2], &Ending::ReadBackTo(Time::from_unix(now() - 90 * day).as_str().to_owned()));
    let odd = [
        Suspect { account_id: "444455556666".into(), ..suspect("x") },
        Suspect { names: Vec::new(), ..suspect("x") },
        Suspect { since: at(10), until: at(20), ..suspect("x") },
    ];
    let told = ask(Script::default(), &odd).await;
    let reasons: Vec<String> = told.answers.iter().map(Answer::silence).collect();
    assert!(reasons[0].contains("account 444455556666") && reasons[1].contains("no name") && reasons[2].contains("before"), "{reasons:?}");
    assert_eq!(told.returned.calls, 1);
}

#[tokio::test]
async fn a_quiet_place_is_read_once() {
    let many: Vec<Suspect> = (0..6).map(|i| suspect(&format!("sg-{i}"))).collect();
    let script = Script::default().on_match("LookupEvents", "ReadOnly", &page(&[event("b", 60, "sg-4"), event("a", 90, "other")], ""));
    let told = ask(script, &many).await;
    assert_eq!((ids(&told.answers[4]), told.returned.calls), (vec!["b"], 2));
    assert_eq!(told.answers[0].ending, Ending::Read);
}

#[tokio::test]
async fn a_place_of_some_pages_is_read_to_its_end() {
    let many: Vec<Suspect> = (0..6).map(|i| suspect(&format!("sg-{i}"))).collect();
    let script = Script::default()
        .on_match("LookupEvents", "\"NextToken\":\"2\"", &page(&[event("c", 3000, "sg-2")], ""))
        .on_match("LookupEvents", &span(3600, 1799), &page(&[event("a", 1800, "sg-1"), event("b", 2000, "sg-1")], "2"))
        .on_match("LookupEvents", "ReadOnly", &page(&[event("z", 30, "sg-0"), event("a", 1800, "sg-1")], "1"));
    let told = ask(script, &many).await;
    assert_eq!((ids(&told.answers[0]), ids(&told.answers[1]), ids(&told.answers[2])), (vec!["z"], vec!["a", "b"], vec!["c"]));
    assert_eq!((told.returned.calls, &told.answers[5].ending), (4, &Ending::Read));
}

#[tokio::test]
async fn a_busy_place_is_asked_by_name() {
    let many: Vec<Suspect> = (0..6).map(|i| suspect(&format!("sg-{i}"))).collect();
    let script = Script::default().on_match("LookupEvents", "ReadOnly", &page(&[event("z", 10, "other")], "1"));
    let script = silent(about(script, "sg-3", &[event("e", 60, "sg-3")]));
    let told = ask(script.clone(), &many).await;
    assert_eq!((ids(&told.answers[3]), told.returned.calls), (vec!["e"], 8));
    // Those that come first are asked.
    let told = who(trip(Some(script)), &many, 4, &|_| {}).await.unwrap();
    assert_eq!((ids(&told.answers[3]), &told.answers[4].ending), (vec!["e"], &Ending::LeftOut));
    assert!(told.answers[5].silence().contains("--who-limit"), "{}", told.answers[5].silence());
}

#[tokio::test]
async fn a_place_that_is_busier_than_it_looked_is_asked_by_name_for_the_rest() {
    let many: Vec<Suspect> = (0..6).map(|i| suspect(&format!("sg-{i}"))).collect();
    let mut script = Script::default();
    for i in 1..8 {
        let told = page(&[event(&format!("o{i}"), 1800 + i, "sg-0")], &(i + 1).to_string());
        script = script.on_match("LookupEvents", &format!("\"NextToken\":\"{i}\""), &told);
    }
    script = script.on_match("LookupEvents", &span(3600, 1799), &page(&[event("o0", 1800, "sg-0")], "1")).on_match(
        "LookupEvents",
        "ReadOnly",
        &page(&[event("z", 30, "x"), event("y", 1800, "x")], "1"),
    );
    let found = format!("\"AttributeValue\":\"sg-5\"}}],\"StartTime\":{}", now() - 3600);
    let script = silent(script.on_match("LookupEvents", &found, &page(&[event("late", 3500, "sg-5")], "")));
    let told = ask(script, &many).await;
    assert_eq!((ids(&told.answers[5]), &told.answers[5].ending), (vec!["late"], &Ending::Read));
    // What the sweep did find is told as far as it was read.
    assert!(matches!(told.answers[0].ending, Ending::ReadBackTo(_)) && told.answers[0].events.len() == 6, "{:?}", told.answers[0]);
}

#[tokio::test]
async fn a_name_with_too_many_events_is_read_so_far() {
    let again = |i: i64| page(&[event(&format!("e{i}"), 100 + i, "k")], &(i + 1).to_string());
    let mut script = Script::default();
    for i in 1..12 {
        script = script.on_match("LookupEvents", &format!("\"NextToken\":\"{i}\""), &again(i));
    }
    let told = ask(script.on("LookupEvents", &again(0)), &[suspect("k")]).await;
    assert_eq!((told.answers[0].events.len(), told.returned.calls), (10, 11));
    assert!(matches!(told.answers[0].ending, Ending::ReadBackTo(_)));
}

#[tokio::test]
async fn many_lookups_are_announced() {
    let many: Vec<Suspect> = (0..61).map(|i| suspect(&format!("sg-{i}"))).collect();
    let script = silent(Script::default().on_match("LookupEvents", "ReadOnly", &page(&[event("z", 1, "other")], "1")));
    let heard = Mutex::new(Vec::new());
    let hear = |forecast: Forecast| heard.lock().unwrap().push(forecast);
    who(trip(Some(script.clone())), &many, 200, &hear).await.unwrap();
    assert_eq!(*heard.lock().unwrap(), [Forecast { lookups: 61, seconds: 61 }]);
    who(trip(Some(script)), &many[..60], 200, &hear).await.unwrap();
    assert_eq!(heard.lock().unwrap().len(), 1);
}
