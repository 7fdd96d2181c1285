//! `selftest`: proves on the user's own machine that faults on the way to AWS make no verdict wrong.
//!
//! The recording of `demo` is replayed through the real readers, once undisturbed and then with faults between the SDK and the
//! answers. What the checks say each time is held against what they say of the undisturbed replay.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::demo::{PROFILE, RECORDING};
use super::live::reading;
use super::{Exit, Global, vet};
use crate::aws::recording::Recording;
use crate::aws::storm::{Counts, Danger, Storm, Weather};
use crate::aws::{Share, Timing};
use crate::check::{self, Check, Judge, Vetted, coverage};
use crate::collect::{Around, Collected, Options, collect};
use crate::config::Configuration;
use crate::finding::{Finding, Hole, Stand, stand};
use crate::plan::Plan;
use crate::report::{print_rows, print_text};
use crate::services;

/// The call without which there is no account to speak of, and a run ends with an error.
const ENTRANCE: &[&str] = &["sts:GetCallerIdentity"];

/// How much longer than its deadline a round may take: what was read has to be written down.
const GRACE: Duration = Duration::from_secs(5);

/// Prove that faults on the way to AWS make no verdict wrong
///
/// A recording is replayed through the real readers, with faults between the SDK and the answers. Each verdict must be what it is
/// without them, or unknown for a reason that is named; whatever else comes of it is counted as wrong. Nothing is asked of any
/// account. Without --inject each fault is tried alone, and then all together.
#[derive(Debug, Args)]
pub struct Selftest {
    /// What is to go wrong, all at once (repeatable, or a list with commas): throttle, error, reset, truncated, malformed, slow,
    /// hang, denied, expired, skew or dns; with a share such as throttle=30%
    #[arg(long, value_name = "FAULT[=SHARE]", value_delimiter = ',', value_parser = dose, help_heading = "Faults")]
    inject: Vec<(Danger, f64)>,
    /// What the dice are thrown from: the same number does the same
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Faults")]
    seed: u64,
    /// How long a round may read; what is unread by then is unknown
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = super::whose::duration, help_heading = "Faults")]
    deadline: Duration,
    /// Format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    Table,
    /// One JSON object
    Json,
}

/// A fault and its share: `throttle=30%`, `throttle=0.3` or `throttle`.
fn dose(typed: &str) -> Result<(Danger, f64), String> {
    let (word, share) = typed.split_once('=').map_or((typed, None), |(word, share)| (word, Some(share)));
    let known = || Danger::ALL.map(Danger::word).join(", ");
    let danger = Danger::from_word(word).ok_or_else(|| format!("there is no fault `{word}`; there are {}", known()))?;
    let Some(share) = share else { return Ok((danger, danger.usual())) };
    let number = match share.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().map(|percent| percent / 100.0),
        None => share.parse::<f64>(),
    };
    match number {
        Ok(share) if share > 0.0 && share <= 1.0 => Ok((danger, share)),
        _ => Err(format!("`{share}` is no share of {}: write it like 30% or 0.3", danger.whole())),
    }
}

/// What a run under fire came to.
#[derive(Debug, Serialize)]
struct Round {
    faults: Vec<String>,
    requests: u64,
    faults_injected: u64,
    same: usize,
    unknown: usize,
    wrong: Vec<String>,
    seconds: f64,
    deadline_kept: bool,
}

/// The report.
#[derive(Debug, Serialize)]
struct Told {
    schema: u32,
    seed: u64,
    verdicts: usize,
    deadline_seconds: f64,
    rounds: Vec<Round>,
    wrong: usize,
    deadlines_missed: usize,
}

impl Selftest {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        if let Some((twice, _)) = self.inject.iter().enumerate().find(|(i, one)| self.inject[..*i].iter().any(|other| other.0 == one.0)) {
            bail!("--inject {}: it is there twice", self.inject[twice].0.word());
        }
        let range = Range::open()?;
        let calm = range.fire(global, &[], self.seed, None)?;
        let before = calm.findings.context("the undisturbed replay")?;
        let mut weather =
            Weather { dangers: Vec::new(), seed: self.seed, requests: calm.requests, regions: range.regions(), spared: ENTRANCE };
        let mut rounds = Vec::new();
        for dangers in self.rounds() {
            weather.dangers.clone_from(&dangers);
            let shot = range.fire(global, &before, self.seed, Some((weather.clone(), self.deadline)))?;
            rounds.push(shot.round(&dangers, self.deadline));
        }
        let wrong = rounds.iter().map(|round| round.wrong.len()).sum();
        let deadlines_missed = rounds.iter().filter(|round| !round.deadline_kept).count();
        let deadline_seconds = self.deadline.as_secs_f64();
        let told = Told { schema: 1, seed: self.seed, verdicts: before.len(), deadline_seconds, rounds, wrong, deadlines_missed };
        self.tell(global, &told)?;
        Ok(if wrong == 0 && deadlines_missed == 0 { Exit::Clean } else { Exit::Found })
    }

    /// Which faults there are in each round.
    fn rounds(&self) -> Vec<Vec<(Danger, f64)>> {
        if !self.inject.is_empty() {
            return vec![self.inject.clone()];
        }
        let all: Vec<(Danger, f64)> = Danger::ALL.into_iter().map(|danger| (danger, danger.usual())).collect();
        // All at once would leave nothing to read at their usual shares.
        let some = all.iter().map(|(danger, share)| (*danger, share / 3.0)).collect();
        all.into_iter().map(|one| vec![one]).chain([some]).collect()
    }

    fn tell(&self, global: &Global, told: &Told) -> Result<()> {
        if self.format == Form::Json {
            return print_text(&serde_json::to_string_pretty(told)?).context("the report");
        }
        let word = |is: bool| if is { "yes" } else { "NO" };
        let line = |round: &Round| {
            vec![
                if round.faults.len() == Danger::ALL.len() { "all of them, a third as often".to_owned() } else { round.faults.join(" ") },
                round.requests.to_string(),
                round.faults_injected.to_string(),
                round.same.to_string(),
                round.unknown.to_string(),
                round.wrong.len().to_string(),
                format!("{:.1}", round.seconds),
                word(round.deadline_kept).to_owned(),
            ]
        };
        let head = ["fault", "requests", "faults", "same", "unknown", "wrong", "seconds", "deadline kept"];
        print_rows(global.style(0), &head, &told.rounds.iter().map(line).collect::<Vec<_>>()).context("the report")?;
        let wrong =
            told.rounds.iter().flat_map(|round| round.wrong.iter().map(|wrong| format!("WRONG under {}: {wrong}", round.faults.join(" "))));
        wrong.into_iter().try_for_each(|wrong| print_text(&wrong).context("the report"))?;
        let total = format!("{} verdicts, {} rounds, seed {}: {} wrong.", told.verdicts, told.rounds.len(), told.seed, told.wrong);
        print_text(&format!("\n{total}")).context("the report")
    }
}

/// What is shot at: the recording, and what the checks say of it.
struct Range {
    recording: Recording,
    checks: Vec<(Check, Vetted)>,
    config: Configuration,
}

/// What came of one replay.
struct Shot {
    requests: u64,
    struck: u64,
    /// All verdicts, or why there are none.
    findings: Result<Vec<Finding>>,
    stand: Stand,
    took: Duration,
}

impl Range {
    fn open() -> Result<Self> {
        let recording = Recording::parse(RECORDING, Path::new("the recording inside driftlead"))?;
        let all = check::shipped()?;
        let mut config = Configuration::parse(Path::new("examples/driftlead.toml"), PROFILE)?;
        config.checks.fits(&all)?;
        Ok(Self { recording, checks: vet(all)?, config })
    }

    fn regions(&self) -> Vec<String> {
        let mut regions = self.recording.header.regions.clone();
        let home = &self.recording.header.home_region;
        // The home region first: it hangs last.
        regions.sort_by_key(|region| (region != home, region.clone()));
        regions
    }

    /// Replays, with a storm and a deadline if there are any, and holds what comes of it against what was said before.
    fn fire(&self, global: &Global, before: &[Finding], seed: u64, fire: Option<(Weather, Duration)>) -> Result<Shot> {
        let folder = tempfile::tempdir().context("a folder for the snapshot")?;
        let counts = Arc::new(Counts::default());
        let calm = Weather { dangers: Vec::new(), seed, requests: 0, regions: Vec::new(), spared: ENTRANCE };
        let (weather, deadline) = fire.map_or((calm, None), |(weather, deadline)| (weather, Some(deadline)));
        let (weather, counted) = (Arc::new(weather), Arc::clone(&counts));
        let around: Around = Arc::new(move |inner| SharedHttpClient::new(Storm::new(inner, Arc::clone(&weather), Arc::clone(&counted))));
        let begun = Instant::now();
        let collected = reading(global, |cancelled, progress| {
            let options = Options {
                identities: Vec::new(),
                members: None,
                share: Share::DEFAULT,
                is_resumed: false,
                regions: Vec::new(),
                out: folder.path().join("snapshot.db"),
                record: None,
                replay: Some(self.recording.clone()),
                cancelled,
                progress,
                around: Some(around),
                timing: if deadline.is_some() { Timing::DRILL } else { Timing::REPLAY },
                deadline,
            };
            async move { collect(&Plan::everything(), options).await }
        })?;
        let took = begun.elapsed();
        let mut stood = Stand::default();
        let findings = match collected {
            Ok(collected) => {
                let findings = self.judge(&collected)?;
                let gaps = coverage(collected.snapshot.connection())?.gaps;
                let is_named = |finding: &Finding, gap: &Hole| !gap.action.is_empty() && finding.message.contains(&gap.action);
                let names = |finding: &Finding| gaps.iter().any(|gap| is_named(finding, gap));
                stood = stand(before, &findings, &names);
                let panics = gaps.iter().filter(|gap| gap.message.contains("a fault of driftlead"));
                stood.wrong.extend(panics.map(|gap| gap.message.clone()));
                Ok(findings)
            }
            Err(error) => Err(error.into()),
        };
        let count = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        Ok(Shot { requests: count(&counts.requests), struck: count(&counts.struck), findings, stand: stood, took })
    }

    fn judge(&self, collected: &Collected) -> Result<Vec<Finding>> {
        let tables = services::tables();
        let judge = Judge::new(&collected.snapshot, &tables, &self.config.checks, true).context("the snapshot's ledger")?;
        let mut findings = Vec::new();
        judge.run_all(&self.checks, None, &mut |finding| {
            findings.push(finding);
            Ok::<_, anyhow::Error>(())
        })?;
        Ok(findings)
    }
}

impl Shot {
    fn round(self, dangers: &[(Danger, f64)], deadline: Duration) -> Round {
        let mut wrong = self.stand.wrong;
        wrong.extend(self.findings.err().map(|error| format!("the run ended with an error: {}", crate::report::error_text(&error))));
        Round {
            faults: dangers.iter().map(|(danger, share)| format!("{}={:.0}%", danger.word(), share * 100.0)).collect(),
            requests: self.requests,
            faults_injected: self.struck,
            same: self.stand.same,
            unknown: self.stand.unknown,
            wrong,
            seconds: self.took.as_secs_f64(),
            deadline_kept: self.took <= deadline + GRACE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_has_its_usual_share_or_the_one_that_is_named() {
        assert_eq!(dose("throttle"), Ok((Danger::Throttle, 0.3)));
        assert_eq!(dose("throttle=5%"), Ok((Danger::Throttle, 0.05)));
        assert_eq!(dose("hang=1"), Ok((Danger::Hang, 1.0)));
        assert!(dose("thrtl").unwrap_err().contains("throttle, error"));
        assert!(dose("slow=300%").unwrap_err().contains("share of requests"));
        assert!(dose("slow=-1").is_err() && dose("slow=").is_err() && dose("slow=NaN").is_err());
    }
}
