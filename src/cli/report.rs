//! `report`: a scan of what is there already. It judges a snapshot of the store, or of a file, and reads no account.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use super::judging::{Judging, Wanted};
use super::{Exit, Global, shelf};

/// Judge a stored snapshot again, and report
#[derive(Debug, Args)]
pub struct Report {
    /// The snapshot [default: the latest complete one of the store]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["store", "account"], help_heading = "Snapshot")]
    from: Option<PathBuf>,
    /// Folder with snapshots (default: DRIFTLEAD_STORE, or a folder with the user's data)
    #[arg(long, value_name = "DIR", help_heading = "Snapshot")]
    store: Option<PathBuf>,
    /// Account whose latest snapshot is meant, where the store holds several
    #[arg(long, value_name = "ID", help_heading = "Snapshot")]
    account: Option<String>,
    #[command(flatten)]
    against: super::against::Against,
    #[command(flatten)]
    judging: Judging,
}

impl Report {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        let path = match &self.from {
            Some(path) => path.clone(),
            None => self.latest()?,
        };
        let (against, store) = (Some(&self.against), self.store.as_deref());
        // A file is judged without a store, too.
        let history = shelf::store(store).ok();
        self.judging.run_on(global, &path, Wanted { against, store, history: history.as_ref(), ..Wanted::default() })
    }

    /// The latest complete snapshot.
    fn latest(&self) -> Result<PathBuf> {
        let store = shelf::store(self.store.as_deref())?;
        let mut entries = store.of_account(self.account.as_deref())?;
        let latest = entries.pop().context("the store said that there is a snapshot")?;
        Ok(latest.path)
    }
}
