//! What is written, read again.

use std::collections::BTreeMap;

use super::super::testing::{HOSTILE, failure, written};
use super::*;
use crate::finding::Waived;

fn head() -> Head {
    let (started_at, finished_at) = ("2026-11-23T10:00:00Z".into(), "2026-11-23T10:00:09Z".into());
    Head { tool: "driftlead 1.2.3".into(), started_at, finished_at, ..Head::default() }
}

fn imported(finding: &Finding) -> Value {
    written(Asff::new, &head(), |report| report.finding(finding).unwrap())[0].clone()
}

fn stands(found: &Value) -> [&str; 4] {
    [&found["Compliance"]["Status"], &found["Workflow"]["Status"], &found["RecordState"], &found["Severity"]["Label"]]
        .map(|word| word.as_str().unwrap())
}

#[test]
fn each_verdict_has_a_status_of_its_own() {
    let of = |status| stands(&imported(&Finding { status, ..failure() })).map(str::to_owned);
    assert_eq!(of(Status::Fail), ["FAILED", "NEW", "ACTIVE", "HIGH"]);
    assert_eq!(of(Status::Unknown), ["NOT_AVAILABLE", "NEW", "ACTIVE", "HIGH"]);
    assert_eq!(of(Status::Pass), ["PASSED", "NEW", "ACTIVE", "INFORMATIONAL"]);
    assert_eq!(of(Status::Muted), ["FAILED", "SUPPRESSED", "ACTIVE", "HIGH"]);
}

#[test]
fn what_is_resolved_is_archived() {
    let found = written(Asff::new, &head(), |report| {
        report.resolved(&Resolved { was: failure(), now: Now::Pass }).unwrap();
        report.resolved(&Resolved { was: failure(), now: Now::Gone }).unwrap();
    });
    assert_eq!(stands(&found[0]), ["PASSED", "RESOLVED", "ARCHIVED", "INFORMATIONAL"]);
    assert_eq!(stands(&found[1]), ["NOT_AVAILABLE", "RESOLVED", "ARCHIVED", "INFORMATIONAL"]);
    assert_eq!(found[1]["Compliance"]["StatusReasons"][0]["ReasonCode"], "GONE");
    assert_eq!((&found[0]["CreatedAt"], &found[0]["UpdatedAt"]), (&json!("2026-11-23T10:00:01Z"), &json!("2026-11-23T10:00:09Z")));
}

#[test]
fn an_unknown_says_why_and_what_to_allow() {
    let blind = Finding {
        status: Status::Unknown,
        resource: String::new(),
        region: "global".into(),
        observed_at: String::new(),
        reason: "denied".into(),
        action: "s3:ListAllMyBuckets".into(),
        ..failure()
    };
    let found = imported(&blind);
    assert_eq!(found["Compliance"]["StatusReasons"][0], json!({"ReasonCode": "DENIED", "Description": "pay is wrong"}));
    assert_eq!(found["Remediation"]["Recommendation"]["Text"], "Allow s3:ListAllMyBuckets and scan again.");
    let account = json!({"Type": "AwsAccount", "Id": "AWS::::Account:111122223333", "Region": "us-east-1", "Partition": "aws"});
    assert_eq!(found["Resources"][0], account);
    assert_eq!(found["ProductArn"], "arn:aws:securityhub:us-east-1:111122223333:product/111122223333/default");
    assert_eq!(found["CreatedAt"], "2026-11-23T10:00:00Z");
}

#[test]
fn other_partitions_have_other_words() {
    let far = Finding { resource: "arn:aws-iso-b:iam::111122223333:role/a".into(), region: "global".into(), ..failure() };
    let found = imported(&far);
    assert_eq!(found["ProductArn"], "arn:aws-iso-b:securityhub:us-isob-east-1:111122223333:product/111122223333/default");
    assert_eq!((&found["Resources"][0]["Partition"], &found["Resources"][0]["Type"]), (&json!("aws-us-iso-b"), &json!("AwsIamRole")));
    let sovereign = imported(&Finding { resource: "arn:aws-eusc:s3:::docs".into(), ..failure() });
    assert!(sovereign["Resources"][0].get("Partition").is_none());
}

#[test]
fn texts_are_cut_where_security_hub_ends() {
    let long = Finding {
        title: "ü".repeat(300),
        message: "é".repeat(2000),
        resource: format!("arn:aws:s3:::{}", "x".repeat(2100)),
        fix: "y".repeat(600),
        waiver: Some(Waived { name: "w".into(), reason: "z".repeat(900), owner: "o".repeat(600), ..sample_waiver() }),
        ..failure()
    };
    let found = imported(&long);
    let length = |value: &Value| value.as_str().unwrap().chars().count();
    let note = &found["Note"];
    let lengths = [&found["Title"], &found["Description"], &found["Resources"][0]["Id"], &note["Text"], &note["UpdatedBy"]].map(length);
    assert_eq!(lengths, [256, 1024, 512, 512, 512]);
    assert_eq!(length(&found["Remediation"]["Recommendation"]["Text"]), 512);
    assert_eq!(length(&found["ProductFields"]["driftlead/resource"]), 2048);
    assert!(found["Description"].as_str().unwrap().ends_with("é…"));
}

#[test]
fn evidence_stands_in_pairs_while_there_is_room() {
    let with = |n: usize, value: Value| {
        let evidence: BTreeMap<String, Value> = (0..n).map(|i| (format!("c{i:02}"), value.clone())).collect();
        imported(&Finding { evidence, ..failure() })["ProductFields"].as_object().unwrap().clone()
    };
    let few = with(3, json!(null));
    assert_eq!((&few["driftlead/evidence/c00"], few.len()), (&json!("null"), with(0, json!(1)).len() + 3));
    assert_eq!(with(1, json!(" "))["driftlead/evidence/c00"], "\" \"");
    assert_eq!(with(1, json!(["a", 1]))["driftlead/evidence/c00"], "[\"a\",1]");
    let many = with(60, json!("value"));
    assert_eq!((&many["driftlead/evidence-json"], many.len() <= 50), (&json!("whole, in pieces"), true));
    assert!(many["driftlead/evidence-json/1"].as_str().unwrap().starts_with("{\"c00\":\"value\""));
    let huge = with(60, json!("v".repeat(5000)));
    assert_eq!((&huge["driftlead/evidence-json"], huge.len()), (&json!("cut: the JSON report has all"), 50));
}

#[test]
fn no_finding_is_larger_than_security_hub_takes() {
    let evidence: BTreeMap<String, Value> = (0..30).map(|i| (format!("c{i}"), json!("😀".repeat(2048)))).collect();
    let large = Finding { evidence, ..failure() };
    let text = imported(&large).to_string();
    assert!(text.len() <= 240_000, "{}", text.len());
}

#[test]
fn requirements_are_named_as_far_as_there_is_room() {
    let controls = (0..40).map(|i| format!("1.{i}")).collect();
    let found = imported(&Finding { frameworks: BTreeMap::from([("pci-dss-4.0.1".into(), controls)]), ..failure() });
    let named = found["Compliance"]["RelatedRequirements"].as_array().unwrap();
    assert_eq!((named.len(), &named[0]), (32, &json!("pci-dss-4.0.1 1.0")));
    assert!(found["ProductFields"]["driftlead/frameworks"].as_str().unwrap().contains("\"1.39\""));
    assert_eq!(found["Types"][1], "Software and Configuration Checks/Industry and Regulatory Standards/PCI-DSS");
    assert_eq!(found["FindingProviderFields"]["Types"], found["Types"]);
}

#[test]
fn a_waiver_is_a_note() {
    let waiver =
        Waived { name: "w".into(), reason: "because".into(), owner: "ann".into(), expires: "2027-01-01".into(), ..sample_waiver() };
    let found = imported(&Finding { status: Status::Muted, waiver: Some(waiver), ..failure() });
    assert_eq!((&found["Note"]["Text"], &found["Note"]["UpdatedBy"]), (&json!("Waiver w, until 2027-01-01: because"), &json!("ann")));
    assert_eq!(found["ProductFields"]["driftlead/waiver-expires"], "2027-01-01");
    let unknown = Waived { was: Status::Unknown, ..sample_waiver() };
    let found = imported(&Finding { status: Status::Muted, waiver: Some(unknown), ..failure() });
    assert_eq!(stands(&found), ["NOT_AVAILABLE", "SUPPRESSED", "ACTIVE", "HIGH"]);
}

fn sample_waiver() -> Waived {
    Waived { name: String::new(), reason: String::new(), owner: String::new(), expires: String::new(), was: Status::Fail }
}

#[test]
fn hostile_texts_are_seen_and_do_nothing() {
    let found = imported(&Finding { message: HOSTILE.into(), resource: HOSTILE.into(), ..failure() });
    let shown = "\"quoted\" </script> ␛[31m \u{202e} ␀ a␍␊b =cmd {0} [a](b) ü😀";
    assert_eq!((&found["Description"], &found["Resources"][0]["Id"]), (&json!(shown), &json!(shown)));
    assert_eq!(limits::text(Text::Title, "a\u{7f}\u{2028}"), "a␡␤");
    assert_eq!(limits::text(Text::Title, " \t"), " ␉");
    assert_eq!(limits::text(Text::Title, "  "), "-");
}

#[test]
fn an_empty_account_is_an_empty_array() {
    assert_eq!(written(Asff::new, &head(), |_| {}), json!([]));
}
