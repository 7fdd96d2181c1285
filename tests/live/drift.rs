//! Drift, live: a platform that CloudFormation made and nobody touched; the same after more than a hundred changes by hand, against
//! its templates, its Terraform states and its own snapshot of before; and who made them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

use libtest_mimic::Failed;
use serde_json::Value;

use crate::account;
use crate::support::bed::Bed;

const REGIONS: [&str; 2] = ["--region", "us-east-1,eu-west-1"];

/// The fewest changes that are to be proven.
const ENOUGH: usize = 100;

/// A row that was changed by hand: all that was done to it.
#[derive(Debug, Clone, Default)]
struct Expected {
    ids: Vec<String>,
    table: String,
    kind: String,
    columns: BTreeSet<String>,
    stack: String,
    address: String,
    resource: String,
    key: BTreeMap<String, String>,
}

/// A change that the program told.
#[derive(Debug, Clone)]
struct Told {
    table: String,
    kind: String,
    columns: BTreeSet<String>,
    stack: String,
    address: String,
    resource: String,
    key: BTreeMap<String, String>,
}

/// The platform before and after, and what was done to it in between.
struct Platform {
    account: String,
    folder: PathBuf,
    before: String,
    after: String,
    expected: Vec<Expected>,
}

fn platform(bed: &Bed) -> Result<&'static Platform, Failed> {
    static BUILT: OnceLock<Result<Platform, String>> = OnceLock::new();
    let build = || -> Result<Platform, Failed> {
        let account = account();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("drift-{account}"));
        std::fs::create_dir_all(&folder)?;
        let path = |name: &str| folder.join(name).display().to_string();
        let (before, after) = (path("before.db"), path("after.db"));
        bed.script("drift.py", &["deployed", &account])?;
        bed.any(&account, &[&["snapshot", "-o", &before], &REGIONS[..]].concat())?;
        bed.script("drift.py", &["terraform", &account, &path("states")])?;
        let expected = expected(&bed.script("drift.py", &["changed", &account])?)?;
        bed.any(&account, &[&["snapshot", "-o", &after], &REGIONS[..]].concat())?;
        Ok(Platform { account, folder, before, after, expected })
    };
    let said = |failed: Failed| failed.message().unwrap_or("it failed without a word").to_owned();
    BUILT.get_or_init(|| build().map_err(said)).as_ref().map_err(Failed::from)
}

/// What the script did, a row each.
fn expected(lines: &str) -> Result<Vec<Expected>, Failed> {
    let mut rows: BTreeMap<(String, String, String, String), Expected> = BTreeMap::new();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let one: Value = serde_json::from_str(line)?;
        let text = |name: &str| one[name].as_str().unwrap_or("").to_owned();
        let key: BTreeMap<String, String> =
            one["key"].as_object().into_iter().flatten().map(|(name, value)| (name.clone(), plain(value))).collect();
        let row = rows.entry((text("table"), text("kind"), text("resource"), format!("{key:?}"))).or_default();
        let columns = one["columns"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        row.ids.push(text("id"));
        row.columns.extend(columns);
        (row.table, row.kind, row.stack, row.address, row.resource) =
            (text("table"), text("kind"), text("stack"), text("logical_id"), text("resource"));
        row.key = key;
    }
    let number: usize = rows.values().map(|row| row.ids.len()).sum();
    if number < ENOUGH { Err(format!("the script made only {number} changes").into()) } else { Ok(rows.into_values().collect()) }
}

/// A value of a key as text; SQLite's 0 and 1 are JSON's false and true.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(switch) => i64::from(*switch).to_string(),
        other => other.to_string(),
    }
}

/// The changes of a report that are not unknown, and the unknown ones in words.
fn told(report: &Value) -> (Vec<Told>, Vec<String>) {
    let (mut changes, mut unknown) = (Vec::new(), Vec::new());
    for change in report["drift"]["changes"].as_array().into_iter().flatten() {
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        if change["kind"] == "unknown" {
            unknown.push(format!("unknown {} {}: {}", change["table"], change["resource"], change["reason"]));
            continue;
        }
        let columns = change["columns"].as_array().into_iter().flatten().map(|column| text(&column["column"])).collect();
        changes.push(Told {
            table: text(&change["table"]),
            kind: text(&change["kind"]),
            columns,
            stack: text(&change["declared"]["name"]),
            address: text(&change["declared"]["address"]),
            resource: text(&change["resource"]),
            key: change["key"].as_object().into_iter().flatten().map(|(name, value)| (name.clone(), plain(value))).collect(),
        });
    }
    (by_row(changes), unknown)
}

/// Several declarations may set columns of one row: each tells its own.
fn by_row(changes: Vec<Told>) -> Vec<Told> {
    let mut rows: Vec<Told> = Vec::new();
    for change in changes {
        let is_same = |row: &&mut Told| {
            row.kind == "changed"
                && (&row.table, &row.kind, &row.resource, &row.key.get("name"))
                    == (&change.table, &change.kind, &change.resource, &change.key.get("name"))
        };
        match rows.iter_mut().find(is_same) {
            Some(row) => row.columns.extend(change.columns),
            None => rows.push(change),
        }
    }
    rows
}

impl Expected {
    /// Whether a told change is about this row: by its ARN and key, or by where it was declared.
    fn is(&self, told: &Told) -> bool {
        let is_same = |(name, value): (&String, &String)| told.key.get(name).is_none_or(|other| other == value);
        let by_name = told.resource == self.resource && self.key.iter().all(is_same);
        let by_address = !self.address.is_empty() && told.address == self.address && (told.stack == self.stack || told.stack.is_empty());
        told.table == self.table && told.kind == self.kind && (by_name || (by_address && self.key.iter().all(is_same)))
    }
}

/// Holds what was told to what was done: each change at its columns, and nothing else but `more`, which follows from it.
fn hold(expected: &[Expected], told: &[Told], more: &dyn Fn(&Told) -> bool, may_miss: &dyn Fn(&str) -> bool) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    let mut used = vec![false; told.len()];
    for row in expected {
        let Some(at) = told.iter().enumerate().position(|(i, told)| !used[i] && row.is(told)) else {
            wrong.push(format!("{:?} was not found: {} {} {}", row.ids, row.kind, row.table, row.resource));
            continue;
        };
        used[at] = true;
        let missing: Vec<&String> = row.columns.iter().filter(|column| !told[at].columns.contains(*column) && !may_miss(column)).collect();
        if row.kind == "changed" && !missing.is_empty() {
            wrong.push(format!("{:?}: {missing:?} of {} {} differ too, found {:?}", row.ids, row.table, row.resource, told[at].columns));
        }
        let extra: Vec<&String> = told[at].columns.iter().filter(|column| !row.columns.contains(*column)).collect();
        let follows = |column: &&String| !more(&Told { columns: BTreeSet::from([(*column).clone()]), ..told[at].clone() });
        if row.kind == "changed" && extra.iter().any(follows) {
            wrong.push(format!("{:?}: {extra:?} of {} {} were told as well", row.ids, row.table, row.resource));
        }
    }
    let rest = told.iter().zip(&used).filter(|(told, used)| !**used && !more(told)).map(|(told, _)| told);
    wrong.extend(
        rest.map(|told| format!("nobody did this: {} {} {} {:?} {:?}", told.kind, told.table, told.resource, told.address, told.columns)),
    );
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// A run that tells nothing and leaves nothing open.
fn silent(code: i32, report: &Value) -> Result<(), Failed> {
    let (changes, unknown) = told(report);
    let mut wrong: Vec<String> = changes
        .iter()
        .map(|told| format!("{} {} {} {:?} {:?}", told.kind, told.table, told.resource, told.address, told.columns))
        .collect();
    wrong.extend(unknown);
    let compared = report["drift"]["scope"]["compared"].as_u64().unwrap_or(0);
    if compared < 100 {
        wrong.push(format!("only {compared} rows were compared"));
    }
    match (wrong.is_empty(), code) {
        (true, 0) => Ok(()),
        (true, code) => Err(format!("nothing was told, and the exit code is {code}").into()),
        (false, _) => Err(wrong.join("\n").into()),
    }
}

pub fn untouched_stacks(bed: &Bed) -> Result<(), Failed> {
    let platform = platform(bed)?;
    let arguments = ["drift", "--cloudformation", "--unmanaged", "--from", &platform.before];
    let first = bed.run(&platform.account, &arguments)?;
    silent(first.code, &first.report)?;
    let second = bed.run(&platform.account, &arguments)?;
    if first.report == second.report { Ok(()) } else { Err("the same snapshot was told differently the second time".into()) }
}

pub fn untouched_states(bed: &Bed) -> Result<(), Failed> {
    let platform = platform(bed)?;
    let states = states(platform)?;
    let run = bed.run(&platform.account, &[&["drift", "--from", &platform.before][..], &flags(&states)].concat())?;
    silent(run.code, &run.report)
}

pub fn changed_stacks(bed: &Bed) -> Result<(), Failed> {
    let platform = platform(bed)?;
    let run = bed.run(&platform.account, &["drift", "--cloudformation", "--unmanaged", "--from", &platform.after])?;
    let (changes, unknown) = told(&run.report);
    if !unknown.is_empty() {
        return Err(unknown.join("\n").into());
    }
    hold(&platform.expected, &changes, &follows, &|column| DERIVED.contains(&column))?;
    if run.code == 1 { Ok(()) } else { Err(format!("drift was found, and the exit code is {}", run.code).into()) }
}

pub fn changed_since(bed: &Bed) -> Result<(), Failed> {
    let platform = platform(bed)?;
    let run = bed.run(&platform.account, &["drift", "--between", &platform.before, &platform.after])?;
    let (changes, unknown) = told(&run.report);
    if !unknown.is_empty() {
        return Err(unknown.join("\n").into());
    }
    let worse = run.report["drift"]["summary"]["worse"].as_u64().unwrap_or(0);
    if worse < 30 {
        return Err(format!("a hundred careless changes, and only {worse} checks fail because of them").into());
    }
    hold(&as_seen(&platform.expected), &changes, &follows, &|column| DERIVED.contains(&column))
}

pub fn who_did_it(bed: &Bed) -> Result<(), Failed> {
    let platform = platform(bed)?;
    let run = bed.run(&platform.account, &[&["drift", "--between", &platform.before, &platform.after, "--who"], &REGIONS[..]].concat())?;
    let changes = run.report["drift"]["changes"].as_array().cloned().ok_or("no changes in the report")?;
    if changes.len() < 80 {
        return Err(format!("a hundred changes were made, and only {} were asked about", changes.len()).into());
    }
    let known = changes.iter().filter(|change| change["who"]["deeds"].as_array().is_some_and(|deeds| !deeds.is_empty()));
    let silent: Vec<&Value> = changes.iter().filter(|change| change["who"]["deeds"].as_array().is_none_or(Vec::is_empty)).collect();
    if let Some(change) = silent.iter().find(|change| change["who"]["note"].as_str().is_none_or(str::is_empty)) {
        return Err(format!("nothing is told of who, and no reason: {change}").into());
    }
    let (known, all) = (known.count(), changes.len());
    if known * 10 >= all * 7 { Ok(()) } else { Err(format!("of {all} changes the author of only {known} was found").into()) }
}

/// The states that the script wrote.
fn states(platform: &Platform) -> Result<Vec<String>, Failed> {
    let mut paths: Vec<String> = std::fs::read_dir(platform.folder.join("states"))?
        .map(|entry| entry.map(|entry| entry.path().display().to_string()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths)
}

fn flags(states: &[String]) -> Vec<&str> {
    states.iter().flat_map(|state| ["--state", state.as_str()]).collect()
}

/// Columns that follow from others of the row: the comparison tells the others.
const DERIVED: [&str; 2] = ["target_kind", "name"];

/// Between snapshots what nobody declares is simply new; derived tables are told by what they are derived from.
fn as_seen(expected: &[Expected]) -> Vec<Expected> {
    let seen = |row: &Expected| Expected { kind: row.kind.replace("unmanaged", "added"), address: String::new(), ..row.clone() };
    // Of launch templates those versions are read that something starts; the template itself tells that there is another.
    let elsewhere = ["aws_iam_policy_attachment", "aws_lambda_function_policy_statement", "aws_ec2_launch_template_version"];
    expected.iter().filter(|row| !elsewhere.contains(&row.table.as_str())).map(seen).collect()
}

/// What follows from the changes without being one of them.
fn follows(told: &Told) -> bool {
    let only = |columns: &[&str]| told.columns.iter().all(|column| columns.contains(&column.as_str()));
    match (told.table.as_str(), told.kind.as_str()) {
        // A managed policy that comes or goes is in the principal's list, a statement in the function's policy.
        ("aws_iam_role" | "aws_iam_user" | "aws_iam_group", "changed") => {
            only(&["attached_policy_arns", "inline_policy_names", "instance_profile_arns"])
        }
        ("aws_lambda_function", "changed") => only(&["policy"]),
        // A user that somebody makes has credentials, or none, and stands in the credential report.
        ("aws_iam_credential_report" | "aws_iam_user_credentials", "added") => true,
        // The key that an alias left, and the one that it went to.
        ("aws_kms_key", "changed") => only(&["aliases"]),
        // The certificate of a listener is in its list too.
        ("aws_elbv2_listener_certificate", "missing" | "added") => true,
        // A subnet without an ACL of its own is under the default one.
        ("aws_vpc_network_acl_association", "added") => true,
        // A group that somebody makes lets everything out.
        ("aws_vpc_security_group_rule", "added") => {
            only(&["security_group_rule_id", "group_id", "is_egress", "ip_protocol", "from_port", "to_port", "cidr_ipv4"])
                && told.address.is_empty()
        }
        ("aws_ec2_launch_template", "changed") => only(&["latest_version_number"]),
        ("aws_ec2_launch_template_version", "added") => true,
        ("aws_api_gateway_stage", "changed") => only(&["execution_logging"]),
        ("aws_iam_policy", "changed") => only(&["default_version_id", "version_count"]),
        _ => false,
    }
}
