//! A network that fails, with real sockets: a synthetic AWS that is read twice, undisturbed and under fire, and what is said is
//! compared.

use std::sync::OnceLock;
use std::time::Duration;

use driftlead::finding::{Finding, stand};
use synthetic_aws::{Faults, Kind, Server, World};

use crate::range::{Ran, ends, verdicts};
use crate::support::program::driftlead;

/// How much longer than its deadline a run may take here: what was read is written down and judged, on a machine that may be busy.
fn grace() -> Duration {
    Duration::from_secs(20) + 3 * undisturbed().1
}

fn world() -> World {
    let kinds = [(Kind::LogGroup, 24), (Kind::SecurityGroup, 12), (Kind::Bucket, 3), (Kind::Role, 6), (Kind::Function, 4)];
    kinds.into_iter().fold(World { regions: 2, ..World::default() }, |world, (kind, count)| world.with(kind, count))
}

/// Scans a server's first account.
fn scan(server: &Server, more: &[&str], most: Duration) -> Ran {
    let arguments = ["scan", "--no-store", "--format", "jsonl", "--show", "pass"];
    ends(driftlead(&[&arguments[..], more].concat()).envs(server.credentials(0)), most)
}

/// What is said when nothing goes wrong, and how long that takes.
fn undisturbed() -> &'static (Vec<Finding>, Duration) {
    static SAID: OnceLock<(Vec<Finding>, Duration)> = OnceLock::new();
    SAID.get_or_init(|| {
        let server = Server::start(world()).expect("a server");
        let ran = scan(&server, &[], Duration::from_secs(300));
        assert!(matches!(ran.code, 0 | 1 | 3), "{ran:?}");
        (verdicts(&ran.out), ran.took)
    })
}

/// Holds what a run said against what is said when nothing goes wrong: how much is the same, and how much unknown.
fn held(what: &str, ran: &Ran) -> (usize, usize) {
    assert!(matches!(ran.code, 1 | 3), "{what}: {} {}", ran.code, ran.err);
    let gaps: Vec<serde_json::Value> = ran.out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let actions: Vec<&str> = gaps.iter().filter(|line| line["type"] == "gap").filter_map(|gap| gap["action"].as_str()).collect();
    let names = |finding: &Finding| actions.iter().any(|action| !action.is_empty() && finding.message.contains(action));
    let stand = stand(&undisturbed().0, &verdicts(&ran.out), &names);
    assert!(stand.wrong.is_empty(), "{what}: {:#?}", stand.wrong);
    eprintln!("{what}: {} same, {} unknown in {:.1} s", stand.same, stand.unknown, ran.took.as_secs_f64());
    (stand.same, stand.unknown)
}

/// Reads the world with these faults and a deadline.
fn under(what: &str, faults: Faults, deadline: u64) -> (usize, usize, Ran) {
    let server = Server::start(World { faults, ..world() }).expect("a server");
    let typed = format!("{deadline}s");
    let ran = scan(&server, &["--deadline", &typed], Duration::from_secs(deadline) + grace());
    let (same, unknown) = held(what, &ran);
    (same, unknown, ran)
}

#[test]
fn throttles_and_errors_are_asked_again() {
    let faults = Faults { throttle: 0.3, internal: 0.1, ..Faults::default() };
    let (same, _, _) = under("30 % throttles and 10 % errors", faults, 40);
    assert!(same > undisturbed().0.len() / 2, "{same}");
}

#[test]
fn answers_that_break_off_or_are_noise_are_no_answers() {
    let faults = Faults { reset: 0.05, truncated: 0.05, malformed: 0.05, ..Faults::default() };
    let (same, _, _) = under("resets, truncated and malformed bodies", faults, 40);
    assert!(same > undisturbed().0.len() / 3, "{same}");
}

#[test]
fn answers_that_drip_are_not_waited_for_beyond_the_deadline() {
    let (_, unknown, ran) = under("a slow loris", Faults { slow: 0.2, ..Faults::default() }, 8);
    assert!(unknown > 0 && ran.err.contains("The deadline was over before all was read"), "{unknown}: {}", ran.err);
    assert!(ran.out.contains("the deadline of the run was over, 8 s after it began"), "no gap says so");
}

#[test]
fn credentials_that_expire_half_way_leave_gaps_that_say_so() {
    // At one moment or another a reader is in the middle of something. Whether a run is over by then is the machine's affair, so that
    // only the earliest of them is sure to meet it.
    let mut met = 0;
    for share in [0.1, 0.15, 0.2, 0.25, 0.3, 0.4] {
        let seconds = share * undisturbed().1.as_secs_f64();
        let faults = Faults { expired_after: Some(seconds), ..Faults::default() };
        let (_, unknown, ran) = under(&format!("credentials that expire after {seconds:.2} s"), faults, 40);
        let says_so = ran.out.contains("\"outcome\":\"credentials\"");
        assert!(unknown == 0 || says_so, "{unknown} unknown");
        met += usize::from(says_so);
    }
    assert!(met > 0, "they never expired while something was read");
}

#[test]
fn regions_that_nobody_may_list_are_unknown_and_not_gone() {
    let server = Server::start(World { deny: vec!["DescribeRegions".to_owned()], ..world() }).expect("a server");
    let ran = scan(&server, &[], Duration::from_secs(60) + grace());
    let (same, unknown) = held("a list of regions that is denied", &ran);
    assert!(same > 0 && unknown > 0, "{same} same, {unknown} unknown");
    // Whoever names them has said all that there is to know.
    let ran = scan(&server, &["--region", "us-east-1,us-east-2"], Duration::from_secs(60) + grace());
    held("regions that were named", &ran);
    assert!(!ran.out.contains("which regions the account has could not be read, so only"), "{}", ran.out);
}

#[test]
fn a_region_that_hangs_costs_its_patience_once() {
    let server = Server::start(World { hang_regions: vec!["us-east-2".to_owned()], ..world() }).expect("a server");
    // Without a deadline: every reader there would wait for a minute and a half.
    let ran = scan(&server, &[], Duration::from_secs(45) + grace());
    let (same, unknown) = held("a region that hangs", &ran);
    assert!(same > 0 && unknown > 0, "{same} same, {unknown} unknown");
    assert!(ran.out.contains("us-east-2 does not answer: "), "no gap says so");
    assert!(ran.out.contains("\"outcome\":\"timed_out\""), "no gap says so");
}

/// A scan that finds nobody at all: a clear error, soon, and no verdict.
fn nobody(endpoint: &str, words: &[&str]) {
    let mut command = driftlead(&["scan", "--no-store"]);
    command.envs([
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_REGION", "us-east-1"),
    ]);
    let ran = ends(&mut command, Duration::from_secs(90));
    assert!(ran.code == 2 && ran.out.is_empty(), "{ran:?}");
    assert!(words.iter().all(|word| ran.err.contains(word)), "{}", ran.err);
}

#[test]
fn nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    nobody(&endpoint, &["cannot find out which account this is", "unreachable", "check the network"]);
}

#[test]
fn a_name_that_does_not_resolve() {
    nobody("http://aws.invalid", &["cannot find out which account this is", "unreachable", "check the network"]);
}

#[test]
fn a_clock_that_is_wrong_is_said_to_be() {
    let server = Server::start(World { faults: Faults { skew: Some(3_600), ..Faults::default() }, ..world() }).expect("a server");
    let ran = scan(&server, &[], Duration::from_secs(60) + grace());
    // The SDK may set its clock right by the answers; if it does not, there is no verdict at all.
    if ran.code == 2 {
        assert!(ran.out.is_empty() && ran.err.contains("cannot find out which account this is"), "{ran:?}");
        assert!(ran.err.contains("clock"), "{}", ran.err);
    } else {
        held("a clock that is wrong", &ran);
    }
}

#[test]
fn a_deadline_that_is_none_is_refused() {
    for (typed, word) in [("0s", "write it like"), ("soon", "write it like")] {
        let ran = ends(&mut driftlead(&["scan", "--deadline", typed]), Duration::from_secs(60));
        assert!(ran.code == 2 && ran.err.contains(word), "{ran:?}");
    }
}
