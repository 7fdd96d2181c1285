//! `scan` and `check`: read what the checks need, ask them, report. The two differ only in which checks are asked.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::against::Against;
use super::judging::{Judging, Wanted};
use super::live::{Source, take};
use super::notify::Notifying;
use super::plan::Planning;
use super::shelf::{Shelf, Storing};
use super::{Exit, Global, Where};
use crate::collect::CollectError;
use crate::plan::Plan;

/// What `scan` and `check` share.
#[derive(Debug, Args)]
struct Common {
    /// Judge a snapshot instead of reading the account
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "role_arn", "region", "replay", "plan", "org", "accounts"], help_heading = "Account")]
    from: Option<PathBuf>,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    judging: Judging,
}

/// Read the accounts, ask all checks, report
#[derive(Debug, Args)]
pub struct Scan {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    against: Against,
    #[command(flatten)]
    storing: Storing,
    /// Go on with a scan of the same that was killed, if there is one (up to a day old)
    #[arg(long, conflicts_with_all = ["from", "plan"], help_heading = "Output")]
    resume: bool,
    #[command(flatten)]
    notifying: Notifying,
}

/// Ask some checks, making only the calls that they need
#[derive(Debug, Args)]
pub struct Check {
    /// Ids of checks; patterns such as vpc/* are understood
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Report on this resource only
    #[arg(long, value_name = "ARN", help_heading = "Checks")]
    resource: Option<String>,
    #[command(flatten)]
    common: Common,
}

impl Scan {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        if self.common.from.is_some() && !self.common.judging.looks_back() && self.storing.folder().is_some() {
            bail!(
                "--store DIR has no part in --from FILE: nothing is kept, and without --since or a page (-o FILE.html) nothing is looked up"
            );
        }
        let (against, notifying) = (Some(&self.against), Some(&self.notifying));
        let wanted = Wanted { against, notifying, store: self.storing.folder(), ..Wanted::default() };
        self.common.run(global, wanted, Some(&self.storing), self.resume)
    }
}

impl Check {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        if self.resource.as_ref().is_some_and(|arn| !arn.starts_with("arn:")) {
            bail!("--resource takes an ARN, such as arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-0a1b2c");
        }
        self.common.run(global, Wanted { ids: &self.ids, resource: self.resource.as_deref(), ..Wanted::default() }, None, false)
    }
}

impl Common {
    fn run(&self, global: &Global, wanted: Wanted<'_>, storing: Option<&Storing>, resume: bool) -> Result<Exit> {
        let is_replay = self.place.replay.is_some();
        let history = storing.and_then(|storing| storing.history(is_replay));
        let wanted = Wanted { history: history.as_ref(), ..wanted };
        if let Some(path) = &self.from {
            return self.judging.run_on(global, path, wanted);
        }
        let prepared = self.judging.prepare(Wanted { is_live: !is_replay, ..wanted })?;
        // A scan reads everything, whatever it is held against, so that its snapshot can be asked anything; a spot check reads what
        // it needs.
        let plan =
            if wanted.ids.is_empty() { Plan::everything() } else { Plan::for_checks(prepared.checks.iter().map(|(_, vetted)| vetted)) };
        if self.planning.is_wanted() {
            return self.planning.print(&plan, global, &self.place, storing.and_then(Storing::folder));
        }
        let since = prepared.since()?;
        let outputs = self.judging.outputs()?;
        let keep = outputs.snapshot.clone();
        let source = Source::of(&self.place, None)?.resumed(resume);
        let shelf = storing.and_then(|storing| Shelf::open(storing, is_replay));
        if resume && keep.is_none() {
            let Some(shelf) = &shelf else { bail!("--resume needs a file to go on with: -o FILE.db, or a store") };
            shelf.take_up()?;
        }
        // Where the user names a file, the snapshot is taken there, and the store gets a copy.
        let out = keep.as_deref().or(shelf.as_ref().map(Shelf::path));
        let taken = match (take(global, &plan, source, out), shelf) {
            (Ok(taken), shelf) => (taken, shelf),
            (Err(error), shelf) => {
                // What was read is still of use when the reason is gone, and the error says where it is.
                let is_unwritten = matches!(error.downcast_ref::<CollectError>(), Some(CollectError::Write { .. }));
                if let Some(shelf) = shelf.filter(|_| resume || is_unwritten) {
                    shelf.leave();
                }
                return Err(error);
            }
        };
        let (taken, shelf) = taken;
        let was_cancelled = taken.collected.was_cancelled;
        let rule = &prepared.config.store;
        let (snapshot, is_stored) = match &shelf {
            Some(shelf) if keep.is_none() => shelf.keep(global, taken.collected.snapshot, rule)?,
            Some(shelf) => {
                shelf.copy(global, &taken.collected.snapshot, rule);
                (taken.collected.snapshot, true)
            }
            None => (taken.collected.snapshot, false),
        };
        prepared.judge(global, outputs, since, &snapshot, keep.is_some() || is_stored, was_cancelled)
    }
}
