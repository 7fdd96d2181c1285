//! What is written, read again.

use std::collections::BTreeMap;

use super::super::testing::{HOSTILE, failure, written};
use super::*;
use crate::finding::{Leg, Receipt, Waived};

/// 2026-11-23T10:00:00Z.
const BEGUN: i64 = 1_795_428_000_000;

fn head() -> Head {
    let asked = Asked {
        id: "s/f".into(),
        title: "A fault".into(),
        severity: Severity::High,
        leg: Leg::Working,
        family: "f".into(),
        why: "Because.".into(),
        fix: String::new(),
        reasons: BTreeMap::new(),
        frameworks: BTreeMap::new(),
        references: vec!["https://example.com/a".into()],
    };
    let (started_at, finished_at) = ("2026-11-23T10:00:00Z".into(), "2026-11-23T10:00:09Z".into());
    Head { tool: "driftlead 1.2.3".into(), started_at, finished_at, checks: vec![asked], ..Head::default() }
}

fn event(finding: &Finding) -> Value {
    written(Ocsf::new, &head(), |report| report.finding(finding).unwrap())[0].clone()
}

fn ids(event: &Value) -> [u64; 4] {
    [&event["compliance"]["status_id"], &event["status_id"], &event["activity_id"], &event["severity_id"]].map(|id| id.as_u64().unwrap())
}

#[test]
fn each_verdict_has_a_status_of_its_own() {
    let stands = |status| ids(&event(&Finding { status, ..failure() }));
    assert_eq!(stands(Status::Fail), [3, 1, 1, 4]);
    assert_eq!(stands(Status::Unknown), [0, 1, 1, 4]);
    assert_eq!(stands(Status::Pass), [1, 1, 1, 1]);
    assert_eq!(stands(Status::Muted), [3, 3, 1, 4]);
    let failed = event(&failure());
    assert_eq!((&failed["class_uid"], &failed["type_uid"], &failed["time"]), (&json!(2003), &json!(200_301), &json!(BEGUN + 1000)));
    assert_eq!(failed["metadata"]["product"], json!({"name": "driftlead", "vendor_name": "driftlead", "version": "1.2.3"}));
    assert_eq!(failed["compliance"]["desc"], "Because.");
    assert_eq!(failed["cloud"]["account"]["uid"], "111122223333");
}

#[test]
fn what_is_resolved_is_closed_at_the_end_of_the_snapshot() {
    let events = written(Ocsf::new, &head(), |report| {
        report.resolved(&Resolved { was: failure(), now: Now::Pass }).unwrap();
        report.resolved(&Resolved { was: failure(), now: Now::Gone }).unwrap();
    });
    assert_eq!((ids(&events[0]), ids(&events[1])), ([1, 4, 3, 1], [99, 4, 3, 1]));
    assert_eq!(events[0]["time"], BEGUN + 9000);
    assert_eq!((&events[0]["finding_info"]["uid"], &events[0]["finding_info"]["last_seen_time"]), (&json!("0a1b"), &json!(BEGUN + 1000)));
    assert!(events[1]["message"].as_str().unwrap().ends_with("is gone. It was: pay is wrong"));
}

#[test]
fn only_what_is_new_is_known_to_be_seen_first() {
    let new = event(&Finding { since: Some(Since::New), ..failure() });
    assert_eq!(new["finding_info"]["first_seen_time"], BEGUN + 1000);
    let old = event(&Finding { since: Some(Since::Persisting), ..failure() });
    assert_eq!((old["finding_info"].get("first_seen_time"), &old["activity_name"]), (None, &json!("Update")));
}

#[test]
fn what_cannot_be_said_of_a_place_names_the_account_and_what_to_allow() {
    let blind = Finding {
        status: Status::Unknown,
        resource: String::new(),
        region: "global".into(),
        observed_at: String::new(),
        action: "s3:ListAllMyBuckets".into(),
        ..failure()
    };
    let event = event(&blind);
    assert_eq!(event["remediation"]["desc"], "Allow s3:ListAllMyBuckets and scan again.");
    assert_eq!((&event["resources"][0]["uid"], &event["resources"][0]["type"]), (&json!("111122223333"), &json!("account")));
    assert_eq!((event.get("observables"), &event["time"]), (None, &json!(BEGUN)));
}

#[test]
fn evidence_frameworks_and_waivers_come_through() {
    let call = Receipt {
        id: 1,
        action: "ec2:DescribeSubnets".into(),
        region: "eu-west-1".into(),
        resource: String::new(),
        outcome: "ok".into(),
        at: String::new(),
    };
    let waiver = Waived { name: "w".into(), reason: "because".into(), owner: "ann".into(), ..sample_waiver() };
    let finding = Finding {
        status: Status::Muted,
        evidence: BTreeMap::from([("state".into(), json!(null))]),
        calls: vec![call.clone(), call],
        frameworks: BTreeMap::from([("pci-dss-4.0.1".into(), vec!["1.1".into(), "1.2".into()])]),
        fix: "aws x".into(),
        waiver: Some(waiver),
        ..failure()
    };
    let event = event(&finding);
    assert_eq!(event["evidences"][0]["data"], json!({"state": null}));
    assert_eq!(event["evidences"][1]["data"]["calls"].as_array().unwrap().len(), 2);
    assert_eq!(event["finding_info"]["data_sources"], json!(["ec2:DescribeSubnets"]));
    assert_eq!(event["compliance"]["requirements"], json!(["pci-dss-4.0.1 1.1", "pci-dss-4.0.1 1.2"]));
    assert_eq!(event["remediation"], json!({"desc": "aws x", "references": ["https://example.com/a"]}));
    assert_eq!((&event["comment"], &event["unmapped"]["waiver"]["owner"]), (&json!("because (ann)"), &json!("ann")));
}

fn sample_waiver() -> Waived {
    Waived { name: String::new(), reason: String::new(), owner: String::new(), expires: String::new(), was: Status::Fail }
}

#[test]
fn hostile_texts_come_through_whole() {
    let event = event(&Finding { message: HOSTILE.into(), resource: HOSTILE.into(), ..failure() });
    assert_eq!((&event["message"], &event["resources"][0]["uid"]), (&json!(HOSTILE), &json!(HOSTILE)));
}

#[test]
fn an_empty_account_is_an_empty_array() {
    assert_eq!(written(Ocsf::new, &head(), |_| {}), json!([]));
}

#[test]
fn a_snapshot_without_a_clock_is_refused() {
    let error = Ocsf::new(Box::new(Vec::new())).begin(&Head::default()).unwrap_err();
    assert_eq!(error.to_string(), "the snapshot's clock, ``, is no time");
}
