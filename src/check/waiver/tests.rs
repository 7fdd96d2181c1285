//! Waivers, each rule by itself: matches, does not match, expired, unmatched, changed.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;
use serde::Deserialize;

use super::end::Extent;
use super::{Waivers, WaiversSection, Waiving};
use crate::check::selector::Subject;
use crate::check::standing::Standing;
use crate::finding::{Finding, Status};
use crate::inventory::{LEDGER_DDL, Meta, Place, Snapshot, Time};

const AT: &str = "2026-11-22T12:00:00Z";
const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const CHECK: &str = "vpc/nat_gateway_idle";
const ARN: &str = "arn:aws:ec2:eu-west-1:111122223333:natgateway/nat-1";

#[derive(Deserialize)]
struct File {
    waiver: WaiversSection,
}

fn parse(text: &str) -> Result<Waivers, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let line = |at: usize| 1 + text[..at].matches('\n').count();
    let sections = file.waiver.into_iter().map(|waiver| (line(waiver.span().start), waiver.into_inner()));
    Waivers::new(Path::new("conf/driftlead.toml"), sections).map_err(|(line, detail)| format!("{line}: {detail}"))
}

fn waivers(rest: &str) -> Waivers {
    parse(&format!("[[waiver]]\nname = 'w'\nreason = 'because'\nowner = 'me'\n{rest}")).unwrap()
}

fn finding(status: Status) -> Finding {
    let (check, account, region, resource) = (CHECK.into(), ACCOUNT.into(), REGION.into(), ARN.into());
    Finding { check, status, account, region, resource, fingerprint: "f1".into(), evidence_digest: "d1".into(), ..Finding::sample() }
}

const SUBJECT: Subject<'_> = Subject {
    check: Some(CHECK),
    account: Some(ACCOUNT),
    region: Some(REGION),
    arn: Some(ARN),
    name: Some("egress-a"),
    tags: Some(r#"{"env":"dev"}"#),
};

/// A world with one account, of which two regions were read and one was left out.
struct World {
    connection: Connection,
    meta: Meta,
    known: BTreeSet<String>,
}

impl World {
    fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(LEDGER_DDL).unwrap();
        let place = |region: &str, in_scope| Place { account_id: ACCOUNT.into(), region: region.into(), in_scope };
        Snapshot::places(&connection, &[place("global", true), place(REGION, true), place("us-east-1", true)]).unwrap();
        let meta = Meta {
            tool: String::new(),
            started_at: Time::from_text(AT.to_owned()),
            finished_at: Time::from_text(AT.to_owned()),
            complete: true,
            endpoint: String::new(),
            accounts: vec![ACCOUNT.to_owned()],
            regions: vec![REGION.to_owned(), "us-east-1".to_owned()],
        };
        Self { connection, meta, known: [CHECK, "vpc/other", "s3/x"].map(str::to_owned).into() }
    }

    fn leave_out(&self, region: &str) {
        self.connection.execute("update place set in_scope = 0 where region = ?", [region]).unwrap();
    }

    /// What is said of the waivers: id, status and reason of whatever is no pass.
    fn told(&self, waiving: &Waiving<'_>, checks: &[&str]) -> Vec<String> {
        let extent = Extent { checks: checks.iter().copied().collect(), known: &self.known };
        let findings = waiving.end(&extent, &Standing::of(&self.connection).unwrap(), &self.meta);
        let told = findings.iter().filter(|finding| finding.status != Status::Pass);
        told.map(|finding| format!("{} {} {}", finding.check, finding.status.word(), finding.reason)).collect()
    }

    /// What is said after these verdicts, when everything was asked.
    fn after(&self, waivers: &Waivers, findings: &[(Status, Subject<'_>)]) -> (Vec<&'static str>, Vec<String>) {
        let mut waiving = Waiving::new(waivers, AT);
        let mut became = Vec::new();
        for (status, subject) in findings {
            let mut one = finding(*status);
            one.resource = subject.arn.unwrap_or("").to_owned();
            waiving.apply(&mut one, subject);
            became.push(one.status.word());
        }
        (became, self.told(&waiving, &[CHECK, "vpc/other", "s3/x"]))
    }
}

const EXPIRES: &str = "expires = '2027-03-31'\n";

/// Each selector: one that matches, and one that does not.
const SELECTORS: &[(&str, &str)] = &[
    ("checks = ['vpc/nat_*']", "checks = ['vpc/other']"),
    ("match.checks = ['*idle']", "match.checks = ['s3/x']"),
    ("match.resource = ['arn:aws:ec2:*:*:natgateway/*']", "match.resource = ['arn:aws:ec2:*:*:natgateway/nat-2']"),
    ("match.resource = ['nat-1']", "match.resource = ['nat-']"),
    ("match.account = ['111122223333']", "match.not.account = ['111122223333']"),
    ("match.region = ['eu-*']", "match.region = ['us-*']"),
    ("match.name = ['egress-*']", "match.name = ['other']"),
    ("match.tag = { env = 'dev' }", "match.tag = { env = 'prod' }"),
    ("match.any = [{ name = ['x'] }, { tag = { env = '*' } }]", "match.any = [{ name = ['x'] }, { tag = { x = '*' } }]"),
    ("match.all = [{ name = ['e*'] }, { region = ['eu-*'] }]", "match.all = [{ name = ['e*'] }, { region = ['us-*'] }]"),
    ("match.not = { tag = { env = 'prod' } }", "match.not = { tag = { env = 'dev' } }"),
];

#[test]
fn what_matches_is_muted_and_keeps_everything_else() {
    let world = World::new();
    for (yes, _) in SELECTORS {
        let waivers = waivers(&format!("{EXPIRES}{yes}"));
        let (became, told) = world.after(&waivers, &[(Status::Fail, SUBJECT)]);
        assert_eq!((became, told), (vec!["muted"], vec![]), "{yes}");
    }
    let waivers = waivers(&format!("{EXPIRES}{}", SELECTORS[0].0));
    let before = Finding { message: "m".into(), configured_not_working: true, fix: "x".into(), ..finding(Status::Fail) };
    let mut after = before.clone();
    Waiving::new(&waivers, AT).apply(&mut after, &SUBJECT);
    let waived = after.waiver.take().unwrap();
    let words = [&waived.name, &waived.reason, &waived.owner, &waived.expires].map(String::as_str);
    assert_eq!((words, waived.was), (["w", "because", "me", "2027-03-31"], Status::Fail));
    assert_eq!(after, Finding { status: Status::Muted, ..before });
}

#[test]
fn what_does_not_match_is_told_and_the_waiver_too() {
    let world = World::new();
    for (_, no) in SELECTORS {
        let (became, told) = world.after(&waivers(&format!("{EXPIRES}{no}")), &[(Status::Fail, SUBJECT)]);
        let is_elsewhere = no.contains("not.account");
        let expected = if is_elsewhere { vec![] } else { vec!["waiver/unmatched fail unmatched".to_owned()] };
        assert_eq!((became, told), (vec!["fail"], expected), "{no}");
    }
}

#[test]
fn a_waiver_that_ended_mutes_nothing_and_says_so() {
    let world = World::new();
    for (yes, _) in SELECTORS {
        let (became, told) = world.after(&waivers(&format!("expires = '2026-11-21'\n{yes}")), &[(Status::Fail, SUBJECT); 2]);
        assert_eq!((became, told), (vec!["fail"; 2], vec!["waiver/expired fail told_again".to_owned()]), "{yes}");
    }
    let told = |expires: &str| world.after(&waivers(&format!("expires = {expires}\nchecks = ['vpc/*']")), &[(Status::Fail, SUBJECT)]).1;
    // The last day is one on which it holds; a date of TOML is a day as well.
    assert_eq!(told("'2026-11-22'"), ["waiver/expires_soon fail soon"]);
    assert_eq!(told("2026-12-06"), ["waiver/expires_soon fail soon"]);
    assert!(told("2026-12-07").is_empty());
    let nothing = world.after(&waivers("expires = '2020-01-01'\nchecks = ['vpc/*']"), &[]).1;
    assert_eq!(nothing, ["waiver/expired fail ended"], "that it matches nothing is not told as well");
}

#[test]
fn what_another_waiver_accepts_is_not_told_again() {
    let head = |name: &str| format!("[[waiver]]\nname = '{name}'\nreason = 'r'\nowner = 'o'\nchecks = ['vpc/*']\n");
    let text = format!("{}expires = '2020-01-01'\n{}expires = '2027-12-31'\n", head("old"), head("new"));
    let world = World::new();
    let waivers = parse(&text).unwrap();
    let (became, told) = world.after(&waivers, &[(Status::Fail, SUBJECT)]);
    assert_eq!((became, told), (vec!["muted"], vec!["waiver/expired fail ended".to_owned()]));
}

#[test]
fn only_failures_are_muted_unless_the_waiver_says_unknown() {
    let world = World::new();
    let place = Subject { arn: None, name: None, tags: None, ..SUBJECT };
    let told = |rest: &str, subject| world.after(&waivers(&format!("{EXPIRES}checks = ['vpc/*']\n{rest}")), &[(Status::Unknown, subject)]);
    assert_eq!(told("", SUBJECT), (vec!["unknown"], vec!["waiver/unmatched unknown cannot_say".to_owned()]));
    assert_eq!(told("status = ['fail', 'unknown']", place), (vec!["muted"], vec![]));
    // Which resources of the place it is about, nobody knows.
    let of_one = told("status = ['unknown']\nmatch.resource = ['*']", place);
    assert_eq!(of_one, (vec!["unknown"], vec!["waiver/unmatched unknown cannot_say".to_owned()]));
    let mut one = finding(Status::Unknown);
    Waiving::new(&waivers("checks = ['vpc/*']\nstatus = ['unknown']"), AT).apply(&mut one, &place);
    assert_eq!(one.waiver.map(|waived| waived.was), Some(Status::Unknown));
}

#[test]
fn what_nobody_can_decide_is_not_muted_and_says_why() {
    let world = World::new();
    let untagged = Subject { tags: None, ..SUBJECT };
    let waivers = waivers(&format!("{EXPIRES}match.tag = {{ env = 'dev' }}"));
    let (became, told) = world.after(&waivers, &[(Status::Fail, untagged)]);
    assert_eq!((became, told), (vec!["fail"], vec!["waiver/unmatched unknown cannot_say".to_owned()]));
    let mut one = finding(Status::Fail);
    Waiving::new(&waivers, AT).apply(&mut one, &untagged);
    assert!(one.message.ends_with("(not muted: its name or tags were not read, which the waiver \"w\" asks for)"), "{}", one.message);
}

#[test]
fn nothing_is_said_to_match_nothing_where_not_everything_was_asked() {
    let waivers = waivers(&format!("{EXPIRES}checks = ['vpc/*']"));
    let world = World::new();
    let all = [CHECK, "vpc/other", "s3/x"];
    let waiving = Waiving::new(&waivers, AT);
    assert_eq!(world.told(&waiving, &all), ["waiver/unmatched fail unmatched"]);
    assert!(world.told(&waiving, &[CHECK]).is_empty(), "a spot check");
    assert!(world.told(&waiving, &["s3/x"]).is_empty(), "a spot check of something else");
    assert!(World { known: BTreeSet::new(), ..World::new() }.told(&waiving, &all).is_empty(), "nobody said which checks there are");
    let mut cut_short = World::new();
    cut_short.meta.complete = false;
    assert!(cut_short.told(&waiving, &all).is_empty());
    world.leave_out("us-east-1");
    assert!(world.told(&waiving, &all).is_empty(), "a region was left out");
    let told = |rest: &str| world.told(&Waiving::new(&self::waivers(&format!("{EXPIRES}{rest}")), AT), &all);
    assert_eq!(told("match.region = ['eu-*']"), ["waiver/unmatched fail unmatched"]);
    assert!(told("match.account = ['111122223333', '444455556666']").is_empty(), "another account was not read");
    assert!(told("match.resource = ['arn:aws:ec2:*:444455556666:*']\nmatch.region = ['eu-*']").is_empty());
}

#[test]
fn a_waiver_without_an_end_is_told() {
    let world = World::new();
    assert_eq!(world.after(&waivers("checks = ['vpc/*']"), &[(Status::Fail, SUBJECT)]).1, ["waiver/no_expiry fail no_expiry"]);
}

#[test]
fn until_changed_holds_for_what_it_was_granted_on() {
    let world = World::new();
    for (yes, no) in SELECTORS {
        let told = |text: &str, grant: Option<(&str, &str)>| {
            let mut waivers = waivers(&format!("until_changed = true\n{EXPIRES}{text}"));
            waivers.all[0].grants.extend(grant.map(|(fingerprint, digest)| (fingerprint.to_owned(), digest.to_owned())));
            world.after(&waivers, &[(Status::Fail, SUBJECT)])
        };
        let only = |word: &str| vec![word.to_owned()];
        assert_eq!(told(yes, Some(("f1", "d1"))), (vec!["muted"], vec![]), "{yes}");
        assert_eq!(told(yes, Some(("f1", "d2"))), (vec!["fail"], only("waiver/changed fail changed")), "{yes}");
        assert_eq!(told(yes, Some(("f2", "d1"))), (vec!["fail"], only("waiver/changed fail not_granted")), "{yes}");
        assert_eq!(told(yes, None), (vec!["fail"], only("waiver/changed fail not_granted")), "{yes}");
        assert_eq!(told(no, Some(("f1", "d1"))).0, ["fail"], "{no}");
    }
}

#[test]
fn findings_about_waivers_name_the_place_and_what_to_do() {
    let world = World::new();
    let name = "it's \"odd\"";
    let text = format!("[[waiver]]\nname = '''{name}'''\nreason = 'r'\nowner = 'o'\nexpires = '2026-01-01'\nchecks = ['vpc/*']");
    let waivers = parse(&text).unwrap();
    let mut waiving = Waiving::new(&waivers, AT);
    for _ in 0..25 {
        waiving.apply(&mut finding(Status::Fail), &SUBJECT);
    }
    let extent = Extent { checks: [CHECK].into(), known: &world.known };
    let all = waiving.end(&extent, &Standing::of(&world.connection).unwrap(), &world.meta);
    let [one] = &all[..] else { panic!("{all:?}") };
    assert_eq!((one.account.as_str(), one.region.as_str(), one.family.as_str()), (ACCOUNT, "global", "waivers"));
    assert_eq!(one.resource, format!("driftlead.toml#waiver/{name}"));
    assert_eq!(one.evidence["number"], 25);
    assert_eq!(one.evidence["would_accept"].as_array().unwrap().len(), 20);
    assert_eq!(one.evidence["would_accept"][0]["fingerprint"], "f1");
    assert!(one.message.contains("ended on 2026-01-01: 25 verdicts that it accepted are told again"), "{}", one.message);
    assert!(one.fix.contains("conf/driftlead.toml"), "{}", one.fix);
    assert_eq!((one.fingerprint.len(), one.evidence_digest.len()), (20, 20));
}

#[test]
fn a_waiver_that_is_wrong_is_refused_with_its_line_and_what_to_do() {
    let of = |rest: &str| parse(&format!("\n[[waiver]]\n{rest}")).unwrap_err();
    let whole = "name = 'w'\nreason = 'r'\nowner = 'o'\n";
    let cases = [
        ("reason = 'r'".to_owned(), "2: [[waiver]]: `name` is missing"),
        ("name = \"a\\nb\"".to_owned(), "`name` is one line"),
        ("name = 'w'\nowner = 'o'\nchecks = ['*']".to_owned(), "2: the waiver \"w\" has no `reason`: say why"),
        ("name = 'w'\nreason = ' '".to_owned(), "2: the waiver \"w\" has no `reason`"),
        ("name = 'w'\nreason = 'r'\nchecks = ['*']".to_owned(), "has no `owner`: say who"),
        (whole.to_owned(), "names nothing and would accept everything"),
        (format!("{whole}match = {{}}"), "names nothing and would accept everything"),
        (format!("{whole}match.not = {{}}"), "names nothing and would match everything"),
        (format!("{whole}checks = []"), "an empty list matches nothing"),
        (format!("{whole}checks = ['*']\nstatus = []"), "accepts nothing"),
        (format!("{whole}checks = ['*']\nstatus = ['pass']"), "unknown variant `pass`, expected `fail` or `unknown`"),
        (format!("{whole}checks = ['*']\nexpires = 'soon'"), "a day is written as 2027-03-31, not `soon`"),
        (format!("{whole}checks = ['*']\nexpires = '2027-02-30'"), "not `2027-02-30`"),
        (format!("{whole}checks = ['*']\nexpires = 2027-01-01T00:00:00Z"), "a day is written as"),
        (format!("{whole}check = ['*']"), "unknown field `check`"),
        (format!("{whole}match.tags = {{ a = 'b' }}"), "unknown field `tags`"),
        (format!("{whole}checks = ['[a']"), "unclosed character class"),
        (format!("{whole}checks = ['*']\n[[waiver]]\n{whole}checks = ['*']"), "7: the waiver \"w\" is there twice, first in line 2"),
        (format!("{whole}checks = ['*']\nchecks = ['x']"), "duplicate key"),
    ];
    for (text, words) in cases {
        assert!(of(&text).contains(words), "{text}\n→ {}", of(&text));
    }
    let known = ["s3/x".to_owned()].into();
    assert!(waivers("checks = ['vpc/*']").fits(&known).unwrap_err().1.contains("\"w\" is about no check"));
    waivers("match.any = [{ checks = ['s3/*'] }, { region = ['x'] }]").fits(&known).unwrap();
}
