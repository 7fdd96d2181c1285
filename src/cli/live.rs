//! Reading live: from flags to a snapshot on disk, with progress, and with Ctrl-C that keeps what was read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::sync::watch;

use super::{Global, Where};
use crate::aws::Identity;
use crate::aws::recording::Recording;
use crate::collect::{Collected, Options, Progress, collect};
use crate::plan::Plan;
use crate::report::ProgressLine;

/// A snapshot that was just taken, and the folder that keeps it while it is needed.
pub struct Taken {
    /// The snapshot.
    pub collected: Collected,
    _folder: Option<tempfile::TempDir>,
}

/// What to read and where to put it.
pub struct Source {
    identities: Vec<Identity>,
    regions: Vec<String>,
    replay: Option<Recording>,
    record: Option<PathBuf>,
}

impl Source {
    /// What the flags say.
    pub fn of(place: &Where, record: Option<PathBuf>) -> Result<Self> {
        Ok(Self { identities: place.identities()?, regions: place.region.clone(), replay: place.recording()?, record })
    }

    /// A recording.
    pub fn replay(recording: Recording) -> Self {
        Self { identities: Vec::new(), regions: Vec::new(), replay: Some(recording), record: None }
    }
}

/// Reads what the plan says. Without a file the snapshot lives as long as the answer.
pub fn take(global: &Global, plan: &Plan, source: Source, out: Option<&Path>) -> Result<Taken> {
    let folder = match out {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("a folder for the snapshot")?),
    };
    let path = match (&folder, out) {
        (Some(folder), _) => folder.path().join("snapshot.db"),
        (None, Some(out)) => out.to_owned(),
        (None, None) => PathBuf::from("snapshot.db"),
    };
    let collected = reading(global, |cancelled, progress| {
        let options = Options {
            identities: source.identities,
            regions: source.regions,
            out: path,
            record: source.record,
            replay: source.replay,
            cancelled,
            progress,
            around: None,
        };
        async move { collect(plan, options).await }
    })??;
    if collected.was_cancelled {
        global.remark("Cancelled: the snapshot is incomplete, and says so.");
    }
    Ok(Taken { collected, _folder: folder })
}

/// Runs what reads from AWS on a runtime of its own, with a progress line, and with Ctrl-C that ends it in order.
pub fn reading<T, F, R>(global: &Global, read: R) -> Result<T>
where
    F: Future<Output = T>,
    R: FnOnce(watch::Receiver<bool>, Arc<dyn Fn(&Progress) + Send + Sync>) -> F,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")?;
    let (cancel, cancelled) = watch::channel(false);
    let line = Arc::new(ProgressLine::new(global.shows_progress()));
    let shown = Arc::clone(&line);
    let progress = Arc::new(move |progress: &Progress| shown.show(progress.done, progress.planned, progress.calls, &progress.last));
    let done = runtime.block_on(async {
        let waiting = tokio::spawn(async move {
            // The first Ctrl-C ends the reading in order; a second one kills, as ever.
            if tokio::signal::ctrl_c().await.is_ok() {
                let _ = cancel.send(true);
                let _ = tokio::signal::ctrl_c().await;
                std::process::exit(130);
            }
        });
        let done = read(cancelled, progress).await;
        waiting.abort();
        done
    });
    line.finish();
    Ok(done)
}
