//! `snapshot`: read the accounts into a file.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::live::{Source, take};
use super::plan::Planning;
use super::seal::{Sealing, refuse_sealed, seal};
use super::{Exit, Global, Where};
use crate::check::coverage;
use crate::plan::Plan;
use crate::report::Format;
use crate::report::text::count;

/// Read the accounts into a file, to be judged later or elsewhere
#[derive(Debug, Args)]
pub struct Snapshot {
    /// The file: one SQLite database
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: PathBuf,
    /// Keep AWS's answers in a recording as well, without credentials and secret values
    #[arg(long, value_name = "FILE", conflicts_with = "replay", help_heading = "Output")]
    record: Option<PathBuf>,
    /// Go on with a run of the same that was killed or cancelled, if there is one (up to a day old)
    #[arg(long, conflicts_with_all = ["record", "plan"], help_heading = "Output")]
    resume: bool,
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    sealing: Sealing,
}

impl Snapshot {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        let plan = Plan::everything();
        if self.planning.is_wanted() {
            return self.planning.print(&plan, global, &self.place, None);
        }
        if Format::of(&self.output).is_some() {
            bail!("-o {}: a snapshot is a database, call it .db; reports are what driftlead scan writes", self.output.display());
        }
        refuse_sealed(&self.output)?;
        // Before anything is read: a key that does not sign costs no scan.
        let key = self.sealing.key()?;
        let taken = take(global, &plan, Source::of(&self.place, self.record.clone())?.resumed(self.resume), Some(&self.output))?;
        let coverage = coverage(taken.collected.snapshot.connection())?;
        global.remark(&format!(
            "{}: {}, {}. Judge it with driftlead scan --from {0}",
            self.output.display(),
            count(usize::try_from(coverage.calls).unwrap_or(usize::MAX), "call"),
            count(coverage.gaps.len(), "gap")
        ));
        match &key {
            Some(_) if taken.collected.was_cancelled => {
                global.remark(&format!("It is not sealed, as it was cut short; driftlead seal {} does it.", self.output.display()));
            }
            Some(key) => seal(global, &self.output, key, self.sealing.previous.as_deref())?,
            None => {}
        }
        Ok(match (taken.collected.was_cancelled, coverage.gaps.is_empty()) {
            (true, _) => Exit::Failed,
            (false, false) => Exit::Unknown,
            (false, true) => Exit::Clean,
        })
    }
}
