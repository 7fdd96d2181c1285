//! The real program against an emulated AWS that holds broken and repaired accounts: `localstack/bed run cargo test --test live`.
//!
//! Every test has a 12-digit account of its own, so nothing is ever reset. Without a test bed nothing is run, and that is said aloud.

#[path = "live/drift.rs"]
mod drift;
#[path = "live/platform.rs"]
mod platform;
mod support;
#[path = "live/templates.rs"]
mod templates;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use support::bed::{Bed, Scan};

type Test = fn(&Bed) -> Result<(), Failed>;

const TESTS: &[(&str, Test)] = &[
    ("every variant of the way out gets its verdict and reason", variants),
    ("the repaired network is silent", repaired_network),
    ("the broken platform fails in what is broken and in nothing else", platform::broken_platform),
    ("the repaired platform is silent", platform::repaired_platform),
    ("an account in which things look wrong and are not is silent", platform::messy_account),
    ("sixteen rows: broken, repaired, denied", platform::sixteen_rows),
    ("drift: stacks that nobody touched have none", drift::untouched_stacks),
    ("drift: states of what nobody touched have none", drift::untouched_states),
    ("drift: a hundred changes by hand are found where they were made, and nothing else", drift::changed_stacks),
    ("drift: the same changes are found between two snapshots", drift::changed_since),
    ("drift: CloudTrail tells who made the changes", drift::who_did_it),
    ("a denied call is unknown and names the action", denied),
    ("a throttled call is unknown once it was tried often enough", throttled),
    ("a list is read to its last page", paged),
    ("a spot check makes the calls of its plan and no other", planned),
    ("a recording replays to the same verdicts", platform::replayed),
    ("without --region every enabled region is read", all_regions),
    ("two roles are two accounts, and one role twice is a mistake", roles),
];

/// Those with templates of others; without that folder they are not run, and that is said aloud too.
const REAL: &[(&str, Test)] = &[
    ("templates of others have no drift when they are fresh", templates::fresh),
    ("templates of others on disk are what was deployed", templates::on_disk),
    ("what templates of others put out is what CloudFormation made of it", templates::resolved),
];

fn main() {
    let mut arguments = Arguments::from_args();
    // The emulator is one process: more at a time only makes it slower.
    arguments.test_threads.get_or_insert(1);
    let bed = Bed::of_environment();
    if bed.is_none() {
        eprintln!(
            "\nLIVE TESTS ARE NOT RUN: there is no test bed. Run all tests with\n\n    localstack/bed run cargo test\n\nor name one in \
             DRIFTLEAD_TEST_ENDPOINT and its Python in DRIFTLEAD_TEST_PYTHON.\n"
        );
    }
    let has_inputs = support::real::folder().is_some();
    if bed.is_some() && !has_inputs {
        support::real::say_not_run();
    }
    let trial = |(name, test): &(&'static str, Test), is_off: bool| {
        let (bed, test) = (bed.clone(), *test);
        Trial::test(*name, move || bed.as_ref().map_or(Err("there is no test bed".into()), test)).with_ignored_flag(is_off)
    };
    let trials = TESTS.iter().map(|test| trial(test, bed.is_none()));
    let real = REAL.iter().map(|test| trial(test, bed.is_none() || !has_inputs));
    libtest_mimic::run(&arguments, trials.chain(real).collect()).exit();
}

/// An account that no other test has, in this run or an earlier one on the same bed.
fn account() -> String {
    static BASE: OnceLock<u64> = OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let seconds = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let base = *BASE.get_or_init(|| 100_000_000_000 + seconds() % 10_000_000 * 10_000);
    (base + NEXT.fetch_add(1, Ordering::Relaxed)).to_string()
}

/// What a script expects: the verdict by (check, resource).
fn expectations(text: &str) -> Result<BTreeMap<(String, String), String>, Failed> {
    let all: Vec<Value> = serde_json::from_str(text)?;
    let text = |one: &Value, name: &str| one[name].as_str().map(str::to_owned).ok_or_else(|| Failed::from(format!("no {name} in {one}")));
    all.iter().map(|one| Ok(((text(one, "check")?, text(one, "resource")?), text(one, "verdict")?))).collect()
}

/// What was found at the resources of the expectations, or at all of them, and differs.
fn differences(expected: &BTreeMap<(String, String), String>, scan: &Scan, only_these: bool) -> Result<(), Failed> {
    let found = scan.verdicts();
    let mut wrong: Vec<String> = expected
        .iter()
        .filter_map(|(key, verdict)| {
            let said = found.get(key).map_or("nothing", String::as_str);
            (said != verdict).then(|| format!("{} of {}: expected `{verdict}`, said `{said}`", key.0, key.1))
        })
        .collect();
    if !only_these {
        let more = found.iter().filter(|(key, said)| !expected.contains_key(*key) && !said.starts_with("pass"));
        wrong.extend(more.map(|((check, resource), said)| format!("{check} of {resource}: said `{said}`, nothing was expected")));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn variants(bed: &Bed) -> Result<(), Failed> {
    let account = account();
    let expected = expectations(&bed.script("network.py", &["build", &account])?)?;
    if expected.len() < 60 {
        return Err(format!("the script made only {} expectations", expected.len()).into());
    }
    differences(&expected, &bed.scan(&account, &["--region", "us-east-1", "--show", "pass"])?, true)
}

fn repaired_network(bed: &Bed) -> Result<(), Failed> {
    let account = account();
    bed.script("network.py", &["repaired", &account])?;
    let checks = ["vpc/private_*", "vpc/nat_zone_*", "vpc/nat_gateway_*", "vpc/subnet_tag_*"];
    let arguments = [&["check"], &checks[..], &["--region", "us-east-1"]].concat();
    silent(&bed.run(&account, &arguments)?)
}

fn silent(scan: &Scan) -> Result<(), Failed> {
    differences(&BTreeMap::new(), scan, false)?;
    if scan.code != 0 { Err(format!("nothing was found, and the exit code is {}", scan.code).into()) } else { Ok(()) }
}

fn denied(bed: &Bed) -> Result<(), Failed> {
    let error = r#"{"code": "UnauthorizedOperation", "message": "You are not authorized to perform this operation.", "status": 403}"#;
    let scan = egress_with_rule(bed, "DescribeNatGateways", error, "")?;
    stays_open(&scan, "ec2:DescribeNatGateways", "denied")
}

fn throttled(bed: &Bed) -> Result<(), Failed> {
    let error = r#"{"code": "RequestLimitExceeded", "message": "Request limit exceeded.", "status": 503}"#;
    stays_open(&egress_with_rule(bed, "DescribeRouteTables", error, "")?, "ec2:DescribeRouteTables", "throttled")?;
    // Twice is not for ever.
    let scan = egress_with_rule(bed, "DescribeRouteTables", error, r#", "times": 2"#)?;
    match scan.verdicts().values().find(|verdict| verdict.starts_with("unknown")) {
        None => Ok(()),
        Some(verdict) => Err(format!("AWS answered the third time, and the verdict is {verdict}").into()),
    }
}

/// A small account with one way out that works, in which one call goes wrong.
fn egress_with_rule(bed: &Bed, operation: &str, error: &str, more: &str) -> Result<Scan, Failed> {
    let account = account();
    let code = "import sys, network; bed = network.Bed(sys.argv[1]); bed.age(); network.Net(bed, 'one')";
    bed.python(code, &[&account])?;
    bed.rule(&format!(r#"{{"account": "{account}", "service": "ec2", "operation": "{operation}", "error": {error}{more}}}"#))?;
    bed.run(&account, &["check", "vpc/private_subnet_*", "--region", "us-east-1", "--show", "pass"])
}

fn stays_open(scan: &Scan, action: &str, outcome: &str) -> Result<(), Failed> {
    let gaps = scan.report["coverage"]["gaps"].as_array().ok_or("no gaps")?;
    if !gaps.iter().any(|gap| gap["action"] == action) {
        return Err(format!("no gap names {action}: {gaps:?}").into());
    }
    let verdicts = scan.verdicts();
    let is_open = |check: &str| verdicts.iter().any(|((id, _), verdict)| id == check && *verdict == format!("unknown {outcome}"));
    if !is_open("vpc/private_subnet_egress_broken") || !is_open("vpc/private_subnet_no_egress") || scan.code != 3 {
        return Err(format!("expected unknown and 3, found {} and {verdicts:?}", scan.code).into());
    }
    let names = |finding: &Value| finding["message"].as_str().is_some_and(|message| message.contains(action));
    let findings = scan.report["findings"].as_array().ok_or("no findings")?;
    match findings.iter().find(|finding| finding["status"] == "unknown" && !names(finding)) {
        None => Ok(()),
        Some(finding) => Err(format!("{action} is not named: {}", finding["message"]).into()),
    }
}

fn paged(bed: &Bed) -> Result<(), Failed> {
    let account = account();
    let code = "import sys; from lib import Bed; bed = Bed(sys.argv[1])\n\
                for i in range(120): bed.secretsmanager.create_secret(Name=f'paged/{i}', SecretString='x')";
    bed.python(code, &[&account])?;
    let query = "select count(*) as n from aws_secretsmanager_secret";
    let out = bed.output(&account, &["query", query, "--region", "us-east-1", "--format", "json"])?;
    let rows: Value = serde_json::from_str(&out)?;
    if rows[0]["n"] == 120 { Ok(()) } else { Err(format!("expected 120 secrets: {out}").into()) }
}

fn planned(bed: &Bed) -> Result<(), Failed> {
    let account = account();
    bed.python("import sys, network; network.Net(network.Bed(sys.argv[1]), 'one')", &[&account])?;
    let check = ["check", "vpc/private_subnet_egress_broken", "vpc/private_subnet_no_egress"];
    let plan = bed.output(&account, &[&check[..], &["--plan"]].concat())?;
    let folder = tempfile::tempdir()?;
    let kept = folder.path().join("kept.db").display().to_string();
    bed.run(&account, &[&check[..], &["--region", "us-east-1", "-o", &kept]].concat())?;
    let connection = rusqlite::Connection::open(&kept)?;
    let texts = |sql: &str| -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare(sql)?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    for permission in texts("select distinct permission from ledger")? {
        if !plan.contains(&permission) {
            return Err(format!("{permission} was called and is not in the plan:\n{plan}").into());
        }
    }
    if plan.contains("s3:") || plan.contains("iam:") {
        return Err(format!("the plan has calls that these checks do not need:\n{plan}").into());
    }
    let twice = "select permission || ' ' || region || ' ' || resource from ledger group by account_id, region, service, action, input
        having count(*) > 1";
    let twice = texts(twice)?;
    if twice.is_empty() { Ok(()) } else { Err(format!("asked twice: {twice:?}").into()) }
}

fn all_regions(bed: &Bed) -> Result<(), Failed> {
    let account = account();
    bed.python("import sys, network; bed = network.Bed(sys.argv[1], 'eu-west-1'); network.Net(bed, 'far', nat=False)", &[&account])?;
    let scan = bed.run(&account, &["check", "vpc/private_subnet_no_egress"])?;
    let regions = scan.report["snapshot"]["regions"].as_array().map_or(0, Vec::len);
    let far = scan.verdicts().into_iter().filter(|((_, resource), said)| resource.contains(":eu-west-1:") && said == "fail no_egress");
    match (regions, far.count()) {
        (10.., 1) => Ok(()),
        (regions, found) => Err(format!("{regions} regions were read, and {found} subnets were found in eu-west-1").into()),
    }
}

fn roles(bed: &Bed) -> Result<(), Failed> {
    let accounts = [account(), account()];
    let code = "import json, sys, network
trust = {'Effect': 'Allow', 'Principal': {'AWS': '*'}, 'Action': 'sts:AssumeRole'}
document = json.dumps({'Version': '2012-10-17', 'Statement': [trust]})
for account in sys.argv[1:]:
    bed = network.Bed(account)
    bed.iam.create_role(RoleName='audit', AssumeRolePolicyDocument=document)
    network.Net(bed, 'of-a-role', nat=False)";
    bed.python(code, &[&accounts[0], &accounts[1]])?;
    let role = |account: &str| format!("--role-arn=arn:aws:iam::{account}:role/audit");
    let (one, other) = (role(&accounts[0]), role(&accounts[1]));
    let check = ["check", "vpc/private_subnet_no_egress", "--region", "us-east-1"];
    let scan = bed.run(&account(), &[&check[..], &[&one, &other]].concat())?;
    let found = |account: &str| scan.verdicts().keys().filter(|(_, resource)| resource.contains(account)).count();
    if (found(&accounts[0]), found(&accounts[1])) != (1, 1) || scan.code != 1 {
        return Err(format!("one finding in each account was expected: {:?}", scan.verdicts()).into());
    }
    match bed.run(&account(), &[&check[..], &[&one, &one]].concat()) {
        Err(error) if error.message().is_some_and(|message| message.contains("lead to the same account")) => Ok(()),
        other => Err(format!("the same account twice: {other:?}").into()),
    }
}
