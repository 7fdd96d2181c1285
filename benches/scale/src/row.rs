//! A line of the benchmark's JSON: what was run, what it cost, and what was aimed at.

use serde::Serialize;

use crate::bound::Bound;
use crate::measure::Cost;
use crate::scenario::{Figure, Target};
use crate::server::Counters;

/// A phase of a scenario.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The scenario.
    pub name: String,
    /// The phase.
    pub phase: String,
    /// The scenario in words.
    pub about: String,
    /// What was typed.
    pub command: String,
    /// The server's flags, where there was one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub world: String,
    /// Seconds from start to end.
    pub wall_s: f64,
    /// Seconds of processor time.
    pub cpu_s: f64,
    /// Most memory at once, in megabytes.
    pub peak_mb: f64,
    /// Rows in the snapshot's tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// What was said of AWS's side of it.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Calls>,
    /// The lower bound, where the ledger was there to compute it from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
    /// Wall time by the lower bound, where that is worth the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// What was aimed at.
    pub targets: Vec<Aim>,
    /// Whether all of it was met; `None` where nothing was aimed at.
    pub met: Option<bool>,
    /// What else must be known to read the figures: stopped, or failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What the server counted of a run.
#[derive(Debug, Serialize)]
pub struct Calls {
    /// Requests.
    pub calls: u64,
    /// Of them, throttled, in percent.
    pub throttled_percent: f64,
    /// Of them, for operations that the server does not know.
    pub unknown_calls: u64,
    /// Most at once.
    pub max_concurrency: Option<u64>,
    /// Requests for each second of driftlead's processor time.
    pub calls_per_cpu_s: f64,
    /// Microseconds of driftlead's processor time for each request.
    pub us_per_call: f64,
    /// Processor time of the server meanwhile, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_cpu_s: Option<f64>,
}

/// A target, and what came of it.
#[derive(Debug, Serialize)]
pub struct Aim {
    /// Of what.
    pub what: &'static str,
    /// The highest that it should be.
    pub at_most: f64,
    /// What it is; `None` where the run did not get that far.
    pub is: Option<f64>,
    /// Whether it was met.
    pub met: bool,
}

impl Aim {
    /// A target that is met by what is no higher.
    pub fn new(what: &'static str, at_most: f64, is: Option<f64>) -> Self {
        Self { what, at_most, is: is.map(rounded), met: is.is_some_and(|is| is <= at_most) }
    }
}

impl Calls {
    /// From the server's counters.
    pub fn new(counters: &Counters, cost: &Cost, server_cpu_s: Option<f64>) -> Self {
        let calls = counters.calls as f64;
        Self {
            calls: counters.calls,
            throttled_percent: rounded(100.0 * counters.throttled as f64 / calls.max(1.0)),
            unknown_calls: counters.unknown,
            max_concurrency: counters.max_concurrency,
            calls_per_cpu_s: rounded(calls / cost.cpu_s().max(1e-6)),
            us_per_call: rounded(1e6 * cost.cpu_s() / calls.max(1.0)),
            server_cpu_s: server_cpu_s.map(rounded),
        }
    }
}

impl Row {
    /// A row about a cost and nothing else.
    pub fn new(name: &str, phase: &str, about: &str, command: String, cost: &Cost) -> Self {
        Self {
            name: name.to_owned(),
            phase: phase.to_owned(),
            about: about.to_owned(),
            command,
            world: String::new(),
            wall_s: rounded(cost.wall_s),
            cpu_s: rounded(cost.cpu_s()),
            peak_mb: rounded(cost.peak_mb),
            rows: None,
            calls: None,
            bound: None,
            ratio: None,
            targets: Vec::new(),
            met: None,
            note: if cost.was_stopped { format!("stopped after {:.0} s", cost.wall_s) } else { String::new() },
        }
    }

    /// Holds it to its targets. A run that was stopped or failed meets none: how far it would have gone is not known.
    pub fn aim(&mut self, targets: impl IntoIterator<Item = Target>) {
        for target in targets {
            let (what, is) = match target.figure {
                Figure::Ratio => ("wall time by the lower bound", self.ratio),
                Figure::PeakMb => ("memory at most, MB", Some(self.peak_mb)),
                Figure::MicrosPerCall => ("CPU a call, µs", self.calls.as_ref().map(|calls| calls.us_per_call)),
                Figure::WallS => ("wall time, s", Some(self.wall_s)),
                Figure::ThrottledPercent => ("throttled answers, %", self.calls.as_ref().map(|calls| calls.throttled_percent)),
            };
            self.targets.push(Aim::new(what, target.at_most, is.filter(|_| self.note.is_empty())));
        }
        self.met = if self.targets.is_empty() { None } else { Some(self.targets.iter().all(|aim| aim.met)) };
    }
}

/// Four digits: more would be noise.
pub fn rounded(number: f64) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return 0.0;
    }
    let scale = 10_f64.powi(3 - number.abs().log10().floor() as i32);
    (number * scale).round() / scale
}
