//! The promise: what could not be read never becomes a verdict.
//!
//! The shipped recording is scanned once as it is, and then once for every declared call and every way in which a call can fail:
//! denied, throttled on every attempt, cut after its first page, broken off in the middle of an answer, answered with nothing. Each
//! verdict must stay, or become unknown and name the action that is missing. Nothing becomes drift by it either: neither from what
//! the stacks declare, nor against the snapshot of the whole recording, whichever is the older. The calls come from the declarations,
//! so no list of them can go stale.

mod support;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use driftlead::aws::Call;
use driftlead::aws::fault::{Fault, Faulty};
use driftlead::collect::Around;
use driftlead::finding::{Finding, stand};
use driftlead::plan::Plan;
use driftlead::services;
use libtest_mimic::{Arguments, Failed, Trial};
use support::replay::{Told, replay, replay_what_reads, whole};

/// Calls without which there is no account to speak of: the run ends with an error, and nothing is judged.
const ENTRANCE: &[&str] = &["sts:GetCallerIdentity"];

/// Calls that the recorded platform gives no reason to make (ListBuckets says where a bucket lives, and a page holds all log groups of a
/// region): nothing is proven of them here, only in their readers' own tests.
const NOT_MADE: &[&str] = &["Resource Groups Tagging API GetResources", "S3 GetBucketLocation"];

const FAULTS: [(&str, Fault); 5] = [
    ("denied", Fault::Denied),
    ("throttled", Fault::Throttled),
    ("cut", Fault::CutAfterFirstPage),
    ("broken off", Fault::BrokenOff),
    ("emptied", Fault::Emptied),
];

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![
        Trial::test("the same recording gives the same verdicts", || same(&told(None)?, &told(None)?)),
        Trial::test("no call is made twice for the same input", || base()?.no_call_twice().map_err(Failed::from)),
        Trial::test("every call of the ledger is declared by the reader that made it", || base()?.all_declared().map_err(Failed::from)),
    ];
    trials.push(Trial::test("the recording has every call but those that it has no reason for", all_made));
    let mut seen = BTreeSet::new();
    for call in services::readers().flat_map(|reader| reader.calls) {
        if seen.insert((call.api.id, call.action)) {
            for (word, fault) in FAULTS {
                trials.push(Trial::test(format!("{} {} {word}", call.api.id, call.action), move || stands(call, fault)));
            }
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Ok(path) = whole() {
        let _ = std::fs::remove_file(path);
    }
    conclusion.exit();
}

/// What the recording tells as it is, found out once.
fn base() -> Result<&'static Told, Failed> {
    static BASE: OnceLock<Result<Told, String>> = OnceLock::new();
    // The snapshot that all others are compared with is made before they are.
    BASE.get_or_init(|| whole().and_then(|_| replay(None))).as_ref().map_err(|error| Failed::from(error.as_str()))
}

fn told(around: Option<Around>) -> Result<Told, Failed> {
    replay(around).map_err(Failed::from)
}

/// All but the numbers of the calls in the ledger: those go by the order in which answers came.
fn same(one: &Told, other: &Told) -> Result<(), Failed> {
    let plain = |told: &Told| {
        let plain = |finding: &Finding| {
            let mut finding = finding.clone();
            finding.calls.iter_mut().for_each(|call| call.id = 0);
            finding.calls.sort_by(|a, b| (&a.action, &a.region, &a.resource, &a.at).cmp(&(&b.action, &b.region, &b.resource, &b.at)));
            finding
        };
        told.findings.iter().map(plain).collect::<Vec<_>>()
    };
    match plain(one).into_iter().zip(plain(other)).find(|(one, other)| one != other) {
        None if one.findings.len() == other.findings.len() => Ok(()),
        None => Err("one replay tells more than another of the same recording".into()),
        Some((one, other)) => Err(format!("two replays of one recording differ:\n{one:#?}\n{other:#?}").into()),
    }
}

fn all_made() -> Result<(), Failed> {
    let base = base()?;
    let name = |call: &&'static Call| format!("{} {}", call.api.id, call.action);
    let calls = || Plan::everything().all().flat_map(|reader| reader.calls).copied().collect::<Vec<_>>();
    let missing: BTreeSet<String> = calls().iter().filter(|call| !base.has_made(call)).map(name).collect();
    let listed: BTreeSet<String> = NOT_MADE.iter().map(|name| (*name).to_owned()).collect();
    if missing == listed { Ok(()) } else { Err(format!("not made: {missing:?}, listed as such: {listed:?}").into()) }
}

fn stands(call: &'static Call, fault: Fault) -> Result<(), Failed> {
    let base = base()?;
    let around: Around = Arc::new(move |inner| SharedHttpClient::new(Faulty::new(inner, call.api.id, call.action, fault)));
    // One way of failing is tried against everything, the others against what can notice.
    let after =
        if fault == Fault::Denied || ENTRANCE.contains(&call.permission) { replay(Some(around)) } else { replay_what_reads(call, around) };
    if ENTRANCE.contains(&call.permission) && fault != Fault::CutAfterFirstPage {
        return match after {
            Err(error) if error.contains(call.permission) || error.contains("which account") => Ok(()),
            other => {
                Err(format!("without {} there is no account, and yet: {:?}", call.permission, other.map(|told| told.findings.len())).into())
            }
        };
    }
    let after = after.map_err(Failed::from)?;
    let mut wrong = Vec::new();
    // What has no second page, or no body, has nothing to lose.
    let is_certain = matches!(fault, Fault::Denied | Fault::Throttled);
    if base.has_made(call) && is_certain && !after.checks.is_empty() && !after.gap_actions.contains(call.permission) {
        wrong.push(format!("no gap names {}", call.permission));
    }
    let before = base.findings.iter().filter(|before| after.checks.contains(&before.check));
    wrong.extend(stand(before, &after.findings, &|finding| names(finding, call)).wrong);
    wrong.extend(after.drift.difference(&base.drift).map(|line| format!("drift: {line}")));
    wrong.extend(after.since.iter().map(|line| format!("drift, {line}")));
    if wrong.is_empty() {
        return Ok(());
    }
    let more = if wrong.len() > 12 { format!("\n… and {} more", wrong.len() - 12) } else { String::new() };
    Err(format!("{}{more}", wrong.iter().take(12).cloned().collect::<Vec<_>>().join("\n")).into())
}

/// A reader that could not ask the one thing may ask another instead, which was not recorded: unknown all the same.
fn names(finding: &Finding, call: &Call) -> bool {
    finding.message.contains(call.permission) || finding.message.contains("the recording does not hold this call")
}
