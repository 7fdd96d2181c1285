//! `demo`: a scan of a broken platform, replayed from a recording that is part of the program.

use std::path::Path;

use anyhow::Result;
use clap::Args;

use super::against::{Against, only_behind};
use super::exit::Threshold;
use super::judge::{Question, judge};
use super::live::{Source, take};
use super::output::{Outputs, PrintOn};
use super::{Checks, Exit, FailOn, Global, Reporting, vet};
use crate::aws::recording::Recording;
use crate::config::Configuration;
use crate::plan::Plan;

/// A real scan of the platform in `localstack/`, broken, recorded by `localstack/record`.
pub(super) const RECORDING: &[u8] = include_bytes!("../../localstack/recordings/platform-broken.jsonl.gz");

/// What the platform's team agreed on: an example to begin with, and what is asked of the recording.
pub(super) const PROFILE: &str = include_str!("../../examples/driftlead.toml");

/// Show a scan of a broken platform: no account, no network
///
/// It is replayed from a recording through the very same readers, checks and reports.
#[derive(Debug, Args)]
pub struct Demo {
    /// Let the exit code say what was found, as a scan does
    #[arg(long, value_name = "SEVERITY", help_heading = "Output")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    checks: Checks,
    #[command(flatten)]
    against: Against,
    #[command(flatten)]
    reporting: Reporting,
}

impl Demo {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        let all = self.checks.all()?;
        // A driftlead.toml that happens to lie here is of another account.
        let config = match self.checks.config {
            Some(_) => self.checks.configuration(&all)?,
            None => {
                let mut config = Configuration::parse(Path::new("examples/driftlead.toml"), PROFILE)?;
                config.checks.fits(&all)?;
                config
            }
        };
        let frameworks = self.against.load(&all)?;
        let checks = vet(only_behind(&frameworks, all))?;
        let outputs = Outputs::open(&self.reporting)?;
        let keep = outputs.snapshot.clone();
        let recording = Recording::parse(RECORDING, Path::new("the recording inside driftlead"))?;
        let taken = take(global, &Plan::everything(), Source::replay(recording), keep.as_deref())?;
        let question = Question {
            checks: &checks,
            config: &config.checks,
            frameworks: &frameworks,
            resource: None,
            thresholds: self.fail_on.map(|severity| vec![Threshold::all(severity.into())]),
            earlier: None,
            notify: None,
            print_on: PrintOn::Always,
            is_kept: keep.is_some(),
            was_cancelled: taken.collected.was_cancelled,
            history: None,
        };
        judge(global, &self.reporting, outputs, &taken.collected.snapshot, &question)
    }
}
