//! What is written, read again.

use std::collections::BTreeMap;

use super::super::testing::{HOSTILE, failure as sample, written as written_by};
use super::*;
use crate::finding::{Asked, Coverage, Leg, Now, Severity, Since, Status, Waived};

fn asked() -> Asked {
    Asked {
        id: "s/f".into(),
        title: "A fault {0}".into(),
        severity: Severity::High,
        leg: Leg::Working,
        family: "f".into(),
        why: "Because of [this](b).".into(),
        fix: "aws x --name {name} --json '{{\"a\": 1}}'".into(),
        reasons: BTreeMap::from([("code".into(), "what it means".into())]),
        frameworks: BTreeMap::from([("fsbp".into(), vec!["X.1".into()])]),
        references: vec!["no page".into(), "https://example.com/a".into()],
    }
}

fn head() -> Head {
    Head {
        tool: "driftlead 1.2.3".into(),
        started_at: "2026-11-23T10:00:00Z".into(),
        complete: true,
        accounts: vec!["111122223333".into()],
        checks: vec![asked()],
        ..Head::default()
    }
}

fn written(head: &Head, tell: impl FnOnce(&mut Sarif<'static>)) -> Value {
    written_by(Sarif::new, head, tell)
}

fn result(finding: &Finding) -> Value {
    written(&head(), |report| report.finding(finding).unwrap())["runs"][0]["results"][0].clone()
}

#[test]
fn each_verdict_has_a_kind_of_its_own() {
    let stands = |status| {
        let result = result(&Finding { status, ..sample() });
        (result["kind"].clone(), result["level"].clone(), result["suppressions"].as_array().unwrap().len())
    };
    assert_eq!(stands(Status::Fail), (json!("fail"), json!("error"), 0));
    assert_eq!(stands(Status::Unknown), (json!("open"), json!("none"), 0));
    assert_eq!(stands(Status::Pass), (json!("pass"), json!("none"), 0));
    assert_eq!(stands(Status::Muted), (json!("fail"), json!("error"), 1));
}

#[test]
fn a_waiver_says_who_and_until_when() {
    let waiver =
        Waived { name: "w".into(), reason: "because".into(), owner: "ann".into(), expires: "2027-01-01".into(), was: Status::Unknown };
    let muted = result(&Finding { status: Status::Muted, waiver: Some(waiver), ..sample() });
    let suppression = &muted["suppressions"][0];
    assert_eq!((&muted["kind"], &muted["level"]), (&json!("open"), &json!("none")));
    assert_eq!(suppression["justification"], "because (ann, until 2027-01-01)");
    assert_eq!((&suppression["kind"], &suppression["properties"]["expires"]), (&json!("external"), &json!("2027-01-01")));
}

#[test]
fn what_was_compared_has_a_state_and_what_was_resolved_is_absent() {
    assert_eq!(result(&Finding { since: Some(Since::New), ..sample() })["baselineState"], "new");
    let turned = Finding { since: Some(Since::New), was: Some(Status::Unknown), ..sample() };
    assert_eq!(result(&turned)["baselineState"], "updated");
    assert_eq!(result(&Finding { since: Some(Since::Persisting), ..sample() })["baselineState"], "unchanged");
    assert!(result(&sample()).get("baselineState").is_none());
    let compared = Head { compared: true, ..head() };
    let pass = Finding { status: Status::Pass, ..sample() };
    assert_eq!(written(&compared, |report| report.finding(&pass).unwrap())["runs"][0]["results"][0]["baselineState"], "unchanged");
    let log = written(&head(), |report| {
        report.resolved(&Resolved { was: sample(), now: Now::Pass }).unwrap();
        report.resolved(&Resolved { was: sample(), now: Now::Gone }).unwrap();
    });
    let results = log["runs"][0]["results"].as_array().unwrap();
    let kinds: Vec<_> = results.iter().map(|result| (&result["kind"], &result["level"], &result["baselineState"])).collect();
    let (none, absent) = (json!("none"), json!("absent"));
    assert_eq!(kinds, [(&json!("pass"), &none, &absent), (&json!("notApplicable"), &none, &absent)]);
}

#[test]
fn a_resource_has_a_place_that_leads_nowhere_else() {
    let place = |resource: &str| {
        let result = result(&Finding { resource: resource.into(), ..sample() });
        let location = &result["locations"][0];
        let physical = &location["physicalLocation"];
        assert_eq!(physical["region"], json!({"startLine": 1}));
        let logical = &location["logicalLocations"][0]["fullyQualifiedName"];
        assert_eq!(logical.as_str(), (!resource.is_empty()).then_some(resource));
        physical["artifactLocation"]["uri"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        place("arn:aws:ec2:e:1:subnet/subnet-1"),
        "aws/111122223333/eu%2Dwest%2D1/arn:aws:ec2:e:1:subnet/subnet-1".replace("%2D", "-")
    );
    assert_eq!(place(""), "aws/111122223333/eu-west-1");
    assert_eq!(place("arn:a/../../x"), "aws/111122223333/eu-west-1/arn:a%2F..%2F..%2Fx");
    assert_eq!(place("a\"b\n\u{1b}\u{202e}?#"), "aws/111122223333/eu-west-1/a%22b%0A%1B%E2%80%AE%3F%23");
}

#[test]
fn a_rule_says_what_github_reads() {
    let log = written(&head(), |_| {});
    let driver = &log["runs"][0]["tool"]["driver"];
    assert_eq!((&driver["name"], &driver["semanticVersion"]), (&json!("driftlead"), &json!("1.2.3")));
    let rule = &driver["rules"][0];
    assert_eq!((&rule["id"], &rule["name"]), (&json!("s/f"), &json!("SF")));
    assert_eq!(rule["shortDescription"]["text"], "A fault {{0}}");
    assert_eq!(rule["fullDescription"]["text"], "Because of [this\\](b).");
    assert_eq!((&rule["helpUri"], &rule["defaultConfiguration"]["level"]), (&json!("https://example.com/a"), &json!("error")));
    assert_eq!(rule["properties"]["tags"], json!(["security", "working", "f", "fsbp", "fsbp/X.1"]));
    assert_eq!(rule["properties"]["security-severity"], "8.0");
    let help = rule["help"]["markdown"].as_str().unwrap();
    assert!(help.contains("\n```sh\naws x --name NAME --json '{{\"a\": 1}}'\n```\n") && help.contains("- `code`: what it means"), "{help}");
    assert_eq!(result(&sample())["ruleIndex"], 0);
    assert!(result(&Finding { check: "other/one".into(), ..sample() }).get("ruleIndex").is_none());
}

#[test]
fn a_rule_has_no_more_tags_than_github_takes() {
    let controls = (0..40).map(|i| format!("C.{i}")).collect();
    let many = Asked { frameworks: BTreeMap::from([("cis".into(), controls)]), why: "x{".repeat(600), ..asked() };
    let log = written(&Head { checks: vec![many], ..head() }, |_| {});
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
    assert_eq!(rule["properties"]["tags"].as_array().unwrap().len(), 20);
    assert_eq!(rule["properties"]["frameworks"]["cis"].as_array().unwrap().len(), 40);
    assert!(rule["fullDescription"]["text"].as_str().unwrap().chars().count() <= 1024);
    assert!(rule["help"]["text"].as_str().unwrap().len() > 1800);
}

#[test]
fn what_could_not_be_read_is_told() {
    let hole = Hole {
        table: "aws_s3_bucket".into(),
        account: "1".into(),
        region: "global".into(),
        resource: "arn:aws:s3:::docs".into(),
        action: "s3:GetBucketAcl".into(),
        outcome: "denied".into(),
        code: "AccessDenied".into(),
        message: "s3:GetBucketAcl was denied".into(),
    };
    let coverage = Coverage { gaps: vec![hole], ..Coverage::default() };
    let log = written(&Head { coverage, complete: false, ..head() }, |_| {});
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!((&invocation["executionSuccessful"], &invocation["startTimeUtc"]), (&json!(false), &json!("2026-11-23T10:00:00Z")));
    assert!(invocation.get("endTimeUtc").is_none());
    let told = &invocation["toolExecutionNotifications"][0];
    assert_eq!(told["message"]["text"], "aws_s3_bucket: s3:GetBucketAcl was denied");
    assert_eq!((&told["level"], &told["descriptor"]["id"]), (&json!("warning"), &json!("denied")));
    assert_eq!(told["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "arn:aws:s3:::docs");
}

#[test]
fn an_empty_account_is_a_run_without_results() {
    let log = written(&head(), |_| {});
    let run = &log["runs"][0];
    assert_eq!((&run["results"], &run["properties"]["requirements"]), (&json!([]), &json!([])));
    assert_eq!(run["properties"]["summary"]["fail"], 1);
    assert_eq!(run["automationDetails"]["id"], "driftlead/111122223333/");
}

#[test]
fn messages_hold_no_places_and_no_links() {
    assert_eq!(plain("a {0} }{ b"), "a {{0}} }}{{ b");
    assert_eq!(plain("[a](b) [c] (d)"), "[a\\](b) [c] (d)");
    assert_eq!(plain("[a\\](b) \\\\](c"), "[a\\\\\\](b) \\\\\\\\\\](c");
    assert_eq!(plain(""), "-");
    let hostile = result(&Finding { message: HOSTILE.into(), resource: HOSTILE.into(), ..sample() });
    assert_eq!(hostile["message"]["text"], plain(HOSTILE));
    assert_eq!(hostile["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], HOSTILE);
}

#[test]
fn runs_of_many_accounts_have_a_name_of_a_line() {
    let accounts = |n: u64| (0..n).map(|i| format!("{:012}", i)).collect();
    assert_eq!(run_id(&Head { accounts: accounts(2), ..head() }), "driftlead/000000000000+000000000001/");
    assert_eq!(run_id(&Head { accounts: accounts(300), ..head() }), "driftlead/000000000000+299/");
}
