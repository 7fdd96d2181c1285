//! Reading live: from flags to a snapshot on disk, with progress, and with Ctrl-C that keeps what was read.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::sync::watch;

use super::{Global, Where};
use crate::aws::recording::Recording;
use crate::aws::{Identity, Members, Share, Timing};
use crate::collect::{CollectError, Collected, Options, Progress, collect};
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
    members: Option<Members>,
    regions: Vec<String>,
    share: Share,
    replay: Option<Recording>,
    record: Option<PathBuf>,
    is_resumed: bool,
    deadline: Option<Duration>,
}

impl Source {
    /// What the flags say.
    pub fn of(place: &Where, record: Option<PathBuf>) -> Result<Self> {
        let (identities, members) = place.whose()?;
        Ok(Self {
            identities,
            members,
            regions: place.region.clone(),
            share: place.api_share,
            replay: place.recording()?,
            record,
            is_resumed: false,
            deadline: place.deadline,
        })
    }

    /// Goes on with what an earlier run left, if that is wanted.
    pub fn resumed(self, is_resumed: bool) -> Self {
        Self { is_resumed, ..self }
    }

    /// A recording.
    pub fn replay(recording: Recording) -> Self {
        Self {
            identities: Vec::new(),
            members: None,
            regions: Vec::new(),
            share: Share::DEFAULT,
            replay: Some(recording),
            record: None,
            is_resumed: false,
            deadline: None,
        }
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
    let (was_wanted, is_shard) = (source.is_resumed, source.members.as_ref().is_some_and(|members| members.shard.is_some()));
    let collected = reading(global, |cancelled, progress| {
        let options = Options {
            identities: source.identities,
            members: source.members,
            regions: source.regions,
            share: source.share,
            out: path,
            record: source.record,
            replay: source.replay,
            is_resumed: source.is_resumed,
            cancelled,
            progress,
            around: None,
            timing: Timing::REPLAY,
            deadline: source.deadline,
        };
        async move { collect(plan, options).await }
    })?;
    let collected = match (collected, &folder) {
        // Its place is gone with this command.
        (Err(CollectError::Write { source, .. }), Some(folder)) => {
            let place = folder.path().display();
            bail!("the snapshot could not be written: {source} (it was taken in {place}; TMPDIR names another place)");
        }
        (collected, _) => collected?,
    };
    if collected.was_cancelled {
        global.remark("Cancelled: the snapshot is incomplete, and says so.");
    }
    if collected.was_late {
        global.remark("The deadline was over before all was read: what was not is unknown, and says so.");
    }
    match collected.resumed {
        Some(readers) => {
            let clock = &collected.snapshot.meta.started_at;
            global.remark(&format!("It went on with a run of {}, of which {readers} readers had come to their end.", clock.as_str()));
        }
        None if was_wanted => global.remark("There was nothing to go on with: all of it was read now."),
        None => {}
    }
    if is_shard && collected.snapshot.meta.accounts.is_empty() {
        global.remark("No account is in this shard: the snapshot is empty, and complete.");
    }
    Ok(Taken { collected, _folder: folder })
}

/// Runs what reads from AWS on a runtime of its own, with a progress line, and with Ctrl-C that ends it in order.
pub fn reading<T, F, R>(global: &Global, read: R) -> Result<T>
where
    F: Future<Output = T>,
    R: FnOnce(watch::Receiver<bool>, Arc<dyn Fn(&Progress) + Send + Sync>) -> F,
{
    // The snapshot's writer has a processor of its own; more workers than the rest wake each other for nothing.
    let workers = std::thread::available_parallelism().map_or(1, |processors| processors.get().saturating_sub(1).max(1));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build().context("the runtime")?;
    let (cancel, cancelled) = watch::channel(false);
    let line = Arc::new(ProgressLine::new(global.shows_progress()));
    let shown = Arc::clone(&line);
    let progress = Arc::new(move |progress: &Progress| {
        let last = match progress.accounts {
            0 | 1 => progress.last.clone(),
            all => format!("{} of {all} accounts: {}", progress.accounts_done, progress.last),
        };
        shown.show(progress.done, progress.planned, progress.calls, &last);
    });
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
