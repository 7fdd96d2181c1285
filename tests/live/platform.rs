//! The payment platform, live: broken, repaired, with a call denied; and the account in which things look wrong and are not.
//!
//! The two platforms are built and scanned once for all tests that look at them. The profile of the team that runs them
//! (`examples/driftlead.toml`) says what they agreed on; all else is at its default.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::OnceLock;

use libtest_mimic::Failed;
use serde_json::Value;

use crate::support::bed::{Bed, Scan, unzipped};
use crate::support::program::root;
use crate::{account, differences, expectations};

/// A row of the reference workload: what was declared, and a call without which nobody can say whether it is true.
struct Row {
    id: &'static str,
    declared: &'static str,
    service: &'static str,
    denied: &'static str,
}

const fn row(id: &'static str, declared: &'static str, service: &'static str, denied: &'static str) -> Row {
    Row { id, declared, service, denied }
}

const ROWS: [Row; 16] = [
    row("A1", "a Fargate service", "ecs", "DescribeServices"),
    row("A2", "HTTPS on the load balancer", "elbv2", "DescribeLoadBalancers"),
    row("A3", "mutual TLS on the API", "apigateway", "GetRestApis"),
    row("A4", "documents replicated to a second region", "s3", "GetBucketReplication"),
    row("A5", "NAT for private subnets", "ec2", "DescribeRouteTables"),
    row("A6", "secrets rotated every 30 days", "secretsmanager", "ListSecrets"),
    row("A7", "audit logs kept for seven years", "logs", "DescribeLogGroups"),
    row("A8", "database backups for 35 days", "rds", "DescribeDBInstances"),
    row("A9", "current building blocks", "ec2", "DescribeInstances"),
    row("A10", "a dashboard link in the stack's outputs", "cloudformation", "DescribeStacks"),
    row("B1", "NAT in each of three zones", "ec2", "DescribeNatGateways"),
    row("B2", "an explicit deny on workload roles", "iam", "GetAccountAuthorizationDetails"),
    row("B3", "bucket names that nobody else can take", "s3", "ListBuckets"),
    row("B4", "PostgreSQL 15.4, pinned", "rds", "DescribeDBInstances"),
    row("B5", "reserved concurrency for each function", "lambda", "GetAccountSettings"),
    row("B6", "permissions that can be audited", "iam", "GetAccountAuthorizationDetails"),
];

/// Where the platform is.
const REGIONS: [&str; 4] = ["--region", "us-east-1", "--region", "eu-west-1"];

/// Rows of which at least one thing is set up well and does not work.
const NOT_WORKING: [&str; 5] = ["A1", "A4", "A5", "A6", "A8"];

/// The mark around the table in README.md.
const MARKS: [&str; 2] = ["<!-- live: the sixteen rows -->\n", "<!-- /live -->"];

/// The platform with its faults.
struct Broken {
    account: String,
    expected: BTreeMap<(String, String), String>,
    /// The expectations of each row.
    rows: BTreeMap<String, BTreeSet<(String, String)>>,
    scan: Scan,
}

fn broken(bed: &Bed) -> Result<&'static Broken, Failed> {
    static BROKEN: OnceLock<Result<Broken, String>> = OnceLock::new();
    let build = || -> Result<Broken, Failed> {
        let account = account();
        let told = bed.script("payment.py", &["broken", &account])?;
        let mut rows: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
        for one in serde_json::from_str::<Vec<Value>>(&told)? {
            let text = |name: &str| one[name].as_str().unwrap_or("").to_owned();
            rows.entry(text("row")).or_default().insert((text("check"), text("resource")));
        }
        let scan = scan(bed, &account)?;
        Ok(Broken { account, expected: expectations(&told)?, rows, scan })
    };
    BROKEN.get_or_init(|| build().map_err(|failed| said(&failed))).as_ref().map_err(Failed::from)
}

fn repaired(bed: &Bed) -> Result<&'static Scan, Failed> {
    static REPAIRED: OnceLock<Result<Scan, String>> = OnceLock::new();
    let build = || -> Result<Scan, Failed> {
        let account = account();
        bed.script("payment.py", &["repaired", &account])?;
        scan(bed, &account)
    };
    REPAIRED.get_or_init(|| build().map_err(|failed| said(&failed))).as_ref().map_err(Failed::from)
}

fn said(failed: &Failed) -> String {
    failed.message().unwrap_or("it failed without a word").to_owned()
}

fn scan(bed: &Bed, account: &str) -> Result<Scan, Failed> {
    bed.run(account, &[&["scan"][..], &place()].concat())
}

fn place() -> [&'static str; 6] {
    static PROFILE: OnceLock<String> = OnceLock::new();
    let [home, one, far, other] = REGIONS;
    let profile = PROFILE.get_or_init(|| root().join("examples/driftlead.toml").display().to_string());
    [home, one, far, other, "--config", profile]
}

pub fn broken_platform(bed: &Bed) -> Result<(), Failed> {
    let broken = broken(bed)?;
    differences(&broken.expected, &broken.scan, false)?;
    if broken.scan.code == 1 { Ok(()) } else { Err(format!("much was found, and the exit code is {}", broken.scan.code).into()) }
}

pub fn repaired_platform(bed: &Bed) -> Result<(), Failed> {
    crate::silent(repaired(bed)?)
}

pub fn messy_account(bed: &Bed) -> Result<(), Failed> {
    let account = account();
    // What is told is what nobody can say from outside.
    let honest = expectations(&bed.script("messy.py", &[&account])?)?;
    let failing = honest.iter().find(|(_, verdict)| !verdict.starts_with("unknown "));
    if let Some((key, verdict)) = failing {
        return Err(format!("nothing is wrong there, and {key:?} is expected to be {verdict}").into());
    }
    differences(&honest, &scan(bed, &account)?, false)
}

pub fn sixteen_rows(bed: &Bed) -> Result<(), Failed> {
    let (broken, repaired) = (broken(bed)?, repaired(bed)?);
    let mut table = String::from(
        "| | declared | broken: fails with | of these configured, not working | repaired | denied |\n|---|---|---|---|---|---|\n",
    );
    let mut wrong = Vec::new();
    for row in &ROWS {
        let expected = broken.rows.get(row.id).ok_or_else(|| format!("no fault proves {}", row.id))?;
        let found = broken.scan.verdicts();
        let reasons: BTreeSet<&str> = expected.iter().filter_map(|key| found.get(key)?.strip_prefix("fail")).map(str::trim).collect();
        let not_working = not_working(&broken.scan, expected);
        if reasons.is_empty() || (NOT_WORKING.contains(&row.id) && not_working.is_empty()) {
            wrong.push(format!("{}: fails with {reasons:?}, configured and not working {not_working:?}", row.id));
        }
        let checks: BTreeSet<&str> = expected.iter().map(|(check, _)| check.as_str()).collect();
        let left: Vec<_> = repaired
            .verdicts()
            .into_iter()
            .filter(|((check, _), said)| checks.contains(check.as_str()) && !said.starts_with("pass"))
            .collect();
        if !left.is_empty() {
            wrong.push(format!("{}: repaired, and still {left:?}", row.id));
        }
        match denied(bed, broken, row, expected, &checks) {
            Ok(action) => {
                let _ = writeln!(
                    table,
                    "| {} | {} | {} | {} | silent | unknown without `{action}` |",
                    row.id,
                    row.declared,
                    codes(&reasons),
                    codes(&not_working)
                );
            }
            Err(failed) => wrong.push(format!("{} without {}: {}", row.id, row.denied, said(&failed))),
        }
    }
    if wrong.is_empty() { in_readme(&table) } else { Err(wrong.join("\n").into()) }
}

fn codes<'c>(codes: impl IntoIterator<Item = &'c &'c str>) -> String {
    codes.into_iter().filter(|code| !code.is_empty()).map(|code| format!("`{code}`")).collect::<Vec<_>>().join(" ")
}

/// The reasons of the expected failures that are configured and do not work.
fn not_working<'s>(scan: &'s Scan, expected: &BTreeSet<(String, String)>) -> BTreeSet<&'s str> {
    let text = |finding: &'s Value, name: &str| finding[name].as_str().unwrap_or("");
    let findings = scan.report["findings"].as_array().into_iter().flatten();
    let ours = findings.filter(|finding| expected.contains(&(text(finding, "check").to_owned(), text(finding, "resource").to_owned())));
    ours.filter(|finding| finding["configured_not_working"] == true).map(|finding| text(finding, "reason")).collect()
}

/// Asks a row's checks with one call denied. Gives the permission that is named as missing.
fn denied(bed: &Bed, broken: &Broken, row: &Row, expected: &BTreeSet<(String, String)>, checks: &BTreeSet<&str>) -> Result<String, Failed> {
    let (account, service, operation) = (&broken.account, row.service, row.denied);
    let error = r#"{"code": "AccessDenied", "message": "User: arn:aws:iam::1:user/audit is not authorized", "status": 403}"#;
    bed.rule(&format!(
        r#"{{"account": "{account}", "name": "denied", "service": "{service}", "operation": "{operation}", "error": {error}}}"#
    ))?;
    let ids: Vec<&str> = checks.iter().copied().collect();
    let scan = bed.run(account, &[&["check"], &ids[..], &place()].concat());
    bed.forget(account, "denied")?;
    let scan = scan?;
    let now = scan.verdicts();
    let mut unknown = 0;
    for key in expected {
        let place = (key.0.clone(), String::new());
        match now.get(key).or_else(|| now.get(&place)).map(String::as_str) {
            Some(said) if said.starts_with("unknown") => unknown += 1,
            Some(said) if Some(said) == broken.expected.get(key).map(String::as_str) => {}
            said => return Err(format!("{} of {}: said {said:?}", key.0, key.1).into()),
        }
    }
    let more: Vec<_> = now.iter().filter(|(key, said)| said.starts_with("fail") && !broken.expected.contains_key(*key)).collect();
    if unknown == 0 || !more.is_empty() {
        return Err(format!("{unknown} of {} are unknown; new: {more:?}", expected.len()).into());
    }
    let gap = scan.report["coverage"]["gaps"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|gap| gap["outcome"] == "denied" || gap["code"] == "AccessDenied");
    gap.and_then(|gap| gap["action"].as_str()).map(str::to_owned).ok_or_else(|| "no gap names the permission".into())
}

/// Holds the table in README.md to what was found, or writes it there.
fn in_readme(table: &str) -> Result<(), Failed> {
    let path = root().join("README.md");
    let text = std::fs::read_to_string(&path)?;
    let (before, rest) = text.split_once(MARKS[0]).ok_or("README.md has no place for the sixteen rows")?;
    let (old, after) = rest.split_once(MARKS[1]).ok_or("README.md does not close the sixteen rows")?;
    if old == table {
        return Ok(());
    }
    if std::env::var_os("UPDATE_README").is_some() {
        return Ok(std::fs::write(&path, format!("{before}{}{table}{}{after}", MARKS[0], MARKS[1]))?);
    }
    Err(format!("README.md does not have what was found (UPDATE_README=1 localstack/bed run cargo test --test live writes it):\n{table}")
        .into())
}

pub fn replayed(bed: &Bed) -> Result<(), Failed> {
    let account = &broken(bed)?.account;
    let folder = tempfile::tempdir()?;
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (recording, snapshot) = (file("recording.jsonl.gz"), file("snapshot.db"));
    bed.output(account, &[&["snapshot"], &REGIONS[..], &["--record", &recording, "-o", &snapshot]].concat())?;
    let live = bed.run(account, &["scan", "--from", &snapshot, "--show", "pass"])?;
    let replayed = bed.run(account, &["scan", "--replay", &recording, "--show", "pass"])?;
    if live.verdicts() != replayed.verdicts() || live.verdicts().len() < 100 {
        return Err(format!("live {}, replayed {}", live.report["summary"], replayed.report["summary"]).into());
    }
    // Nothing of the platform's secrets is at rest in either.
    let secrets = bed.python("import payment_site; print('\\n'.join(payment_site.SECRETS))", &[])?;
    let unzipped = unzipped(&recording)?;
    let kept = std::fs::read(&snapshot)?;
    let holds = |bytes: &[u8], secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
    match secrets.lines().find(|secret| holds(&unzipped, secret) || holds(&kept, secret)) {
        None => Ok(()),
        Some(secret) => Err(format!("a secret is at rest: {secret}").into()),
    }
}
