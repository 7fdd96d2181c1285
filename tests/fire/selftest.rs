//! `driftlead selftest`, as users run it.

use std::path::Path;

use serde_json::Value;

use crate::range::run;

fn told(arguments: &[&str]) -> (i32, Value) {
    let ran = run(Path::new("."), &[&["selftest", "--format", "json", "--deadline", "2m"], arguments].concat());
    (ran.code, serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}")))
}

#[test]
fn everything_at_once_makes_no_verdict_wrong() {
    let faults = "throttle,error,reset,truncated,malformed,slow,hang,denied=5%,dns=5%";
    let (code, told) = told(&["--inject", faults, "--seed", "7"]);
    let round = &told["rounds"][0];
    assert_eq!((code, &told["wrong"], &told["deadlines_missed"]), (0, &0.into(), &0.into()), "{told}");
    let number = |name: &str| round[name].as_u64().unwrap_or_else(|| panic!("{name} in {round}"));
    assert!(number("faults_injected") > 50 && number("unknown") > 50 && number("same") > 50, "{round}");
    assert_eq!(number("same") + number("unknown"), told["verdicts"].as_u64().unwrap());
}

#[test]
fn what_passes_by_itself_after_another_attempt_costs_nothing() {
    let (code, told) = told(&["--inject", "reset=2%", "--inject", "error=2%"]);
    let round = &told["rounds"][0];
    assert_eq!((code, &round["same"], &round["unknown"]), (0, &told["verdicts"], &0.into()), "{round}");
    assert!(round["faults_injected"].as_u64() > Some(5), "{round}");
}

#[test]
fn credentials_that_expire_half_way_and_a_clock_that_goes_wrong() {
    for fault in ["expired", "skew"] {
        let (code, told) = told(&["--inject", fault]);
        assert_eq!((code, &told["wrong"]), (0, &0.into()), "{told}");
        let round = &told["rounds"][0];
        assert!(round["unknown"].as_u64() > Some(100) && round["same"].as_u64() > Some(100), "{round}");
    }
}

#[test]
fn a_fault_that_there_is_not_brings_those_that_there_are() {
    let ran = run(Path::new("."), &["selftest", "--inject", "throtle"]);
    assert!(ran.code == 2 && ran.err.contains("there is no fault `throtle`; there are throttle, error"), "{ran:?}");
    let ran = run(Path::new("."), &["selftest", "--inject", "slow,slow=10%"]);
    assert!(ran.code == 2 && ran.err.contains("--inject slow: it is there twice"), "{ran:?}");
}
