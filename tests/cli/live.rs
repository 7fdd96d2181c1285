//! Reading live, from a small AWS that knows who asks and denies the rest.

use crate::support::aws::Aws;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::program::{Said, driftlead, said};
use crate::{Room, fails};

fn variables(aws: &Aws) -> [(&'static str, &str); 4] {
    [
        ("AWS_ENDPOINT_URL", aws.endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "sesame"),
        ("AWS_REGION", "us-east-1"),
    ]
}

fn live(room: &Room, aws: &Aws, arguments: &[&str]) -> Said {
    room.run_with(arguments, &variables(aws))
}

#[test]
fn what_is_denied_is_unknown_and_never_fine() {
    let (room, aws) = (Room::new(), Aws::start());
    let ran = live(&room, &aws, &["check", "vpc/private_subnet_no_egress", "--region", "us-east-1", "-o", "kept.db", "-o", "report.json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.err, "");
    assert!(ran.out.contains("• allow ec2:DescribeSubnets"), "{}", ran.out);
    assert!(ran.out.contains("AWS says: not you"), "{}", ran.out);
    assert!(ran.out.contains(&format!("Answered by {}, not by AWS.", aws.endpoint)), "{}", ran.out);
    assert_eq!(room.files(), ["kept.db", "report.json"]);
    // What was kept can be judged again, with the same words.
    let again = room.run(&["check", "vpc/private_subnet_no_egress", "--from", "kept.db"]);
    assert_eq!((again.code, again.out), (3, ran.out));
}

#[test]
fn an_endpoint_of_one_service_is_no_secret_either() {
    let (room, aws) = (Room::new(), Aws::start());
    let [_, key, secret, region] = variables(&aws);
    let own = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_EC2"].map(|name| (name, aws.endpoint.as_str()));
    let arguments = ["check", "vpc/private_subnet_no_egress", "--region", "us-east-1"];
    let ran = room.run_with(&arguments, &[own[0], own[1], key, secret, region]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.out.contains(&format!("Answered by {}, not by AWS.", aws.endpoint)), "{}", ran.out);
}

#[test]
fn what_hangs_on_a_denied_list_passes_on_what_aws_said() {
    let (room, aws) = (Room::new(), Aws::start());
    let out = live(&room, &aws, &["check", "iam/access_key_old", "iam/user_mfa_off", "--region", "us-east-1"]).out;
    assert_eq!(out.matches("AWS says: not you\n").count(), 1, "{out}");
    assert!(!out.contains("hangs on"), "{out}");
}

#[test]
fn a_run_that_is_cut_short_keeps_what_it_has_and_says_so() {
    let (room, aws) = (Room::new(), Aws::slow(Duration::from_secs(3)));
    let arguments = ["scan", "--region", "us-east-1", "-o", "kept.db", "-o", "report.txt", "--format", "json"];
    let mut command = driftlead(&arguments);
    let child = command.current_dir(room.path()).envs(variables(&aws)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while aws.asked() < 5 {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ran = said(child.wait_with_output());
    assert_eq!(ran.code, 2, "2 beats 1 and 3: {ran:?}");
    assert!(ran.err.contains("Cancelled: the snapshot is incomplete"), "{}", ran.err);
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("a whole report");
    assert_eq!((&report["snapshot"]["complete"], &report["summary"]["pass"]), (&false.into(), &0.into()));
    assert!(std::fs::read_to_string(room.path().join("report.txt")).unwrap().contains("INCOMPLETE: the run was cut short"));
    assert_eq!(room.files(), ["kept.db", "report.txt"]);
    let again = room.run(&["scan", "--from", "kept.db"]);
    assert!(again.code == 3 && again.out.contains("INCOMPLETE"), "{again:?}");
}

#[test]
fn a_region_that_the_account_does_not_have_brings_those_that_it_has() {
    let (room, aws) = (Room::new(), Aws::start());
    let ran = live(&room, &aws, &["scan", "--region", "us-esat-1", "-o", "kept.db", "-o", "report.json"]);
    fails(&ran, &["there is no region `us-esat-1`", "eu-west-1, us-east-1"]);
    assert!(room.files().is_empty(), "{:?}", room.files());
}

#[test]
fn regions_may_be_a_list_with_commas() {
    let (room, aws) = (Room::new(), Aws::start());
    live(&room, &aws, &["check", "vpc/default_vpc_in_use", "--regions", "eu-west-1,us-east-1"]);
    assert_eq!(aws.regions(), ["eu-west-1", "us-east-1"]);
    let report = live(&room, &aws, &["check", "vpc/default_vpc_in_use", "--region", "us-east-1,eu-west-1", "--format", "json"]);
    assert!(report.out.contains(r#""regions":["eu-west-1","us-east-1"]"#), "{}", report.out);
    let only = Aws::start();
    live(&room, &only, &["check", "vpc/default_vpc_in_use", "--region", "us-east-1"]);
    assert_eq!(only.regions(), ["us-east-1"]);
}

#[test]
fn profiles_may_be_a_list_with_commas() {
    let room = Room::new();
    let ran = room.run(&["scan", "--profiles", "first,second"]);
    fails(&ran, &["first: cannot find out which account"]);
}

#[test]
fn a_plan_makes_no_call_and_a_wrong_output_none_either() {
    let (room, aws) = (Room::new(), Aws::start());
    assert_eq!(live(&room, &aws, &["scan", "--plan"]).code, 0);
    fails(&live(&room, &aws, &["scan", "-o", "none/x.json"]), &["-o none/x.json"]);
    fails(&live(&room, &aws, &["query", "select * from aws_nothing"]), &["no such table"]);
    assert_eq!(aws.asked(), 0);
}

#[test]
fn a_query_reads_only_what_it_asks_about() {
    let (room, aws) = (Room::new(), Aws::start());
    let ran = live(&room, &aws, &["query", "select region, is_enabled from aws_region order by 1", "--format", "csv"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "region,is_enabled\neu-west-1,1\nus-east-1,1\n"), "{ran:?}");
    assert_eq!(aws.asked(), 2, "who asks, and which regions there are");
}

#[test]
fn a_recording_replays_without_an_account() {
    let (room, aws) = (Room::new(), Aws::start());
    let ran = live(&room, &aws, &["snapshot", "-o", "one.db", "--record", "run.jsonl.gz", "--region", "us-east-1"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains("one.db: ") && ran.err.contains("driftlead scan --from one.db"), "{}", ran.err);
    let asked = aws.asked();
    let first = room.run(&["scan", "--replay", "run.jsonl.gz", "--format", "json"]);
    assert_eq!(first.code, 3, "{}", first.err);
    assert_eq!(first.out, room.run(&["scan", "--replay", "run.jsonl.gz", "--format", "json"]).out);
    assert_eq!(aws.asked(), asked);
    let bytes = std::fs::read(room.path().join("one.db")).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("sesame"));
}

#[test]
fn quiet_is_quiet() {
    let (room, aws) = (Room::new(), Aws::start());
    let ran = live(&room, &aws, &["snapshot", "--quiet", "-o", "one.db", "--region", "us-east-1"]);
    assert_eq!((ran.code, ran.err.as_str(), ran.out.as_str()), (3, "", ""));
}
