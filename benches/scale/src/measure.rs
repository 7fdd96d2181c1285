//! What a program costs: wall and processor time, and the most memory that it had at once.
//!
//! The program is the only child of a process of its own, this driver run again as `measure`, so that what the system has counted of
//! finished children is exactly that program: `getrusage(RUSAGE_CHILDREN)` tells its memory to the page and its time to the microsecond,
//! where sampling would miss the peak.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::Outcome;

/// What a run cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cost {
    /// From the start of the process to its end, in seconds.
    pub wall_s: f64,
    /// Processor time in the program, in seconds.
    pub user_s: f64,
    /// Processor time in the system on its behalf, in seconds.
    pub system_s: f64,
    /// Most resident memory at once, in megabytes (1,000,000 bytes).
    pub peak_mb: f64,
    /// The exit code; `None` when it was ended by a signal.
    pub code: Option<i32>,
    /// Whether it was ended because its time was over.
    pub was_stopped: bool,
}

impl Cost {
    /// Processor time in all.
    pub fn cpu_s(&self) -> f64 {
        self.user_s + self.system_s
    }
}

/// A program to run: what, in which environment, and where its words go.
pub struct Program<'p> {
    /// The program.
    pub path: &'p Path,
    /// What it is given.
    pub arguments: &'p [String],
    /// Its whole environment, besides `PATH` and `HOME`.
    pub environment: &'p [(String, String)],
    /// Takes what it prints, or nothing does.
    pub output: Option<&'p Path>,
    /// Takes what it says on standard error.
    pub errors: &'p Path,
    /// The folder it runs in, which is its home too.
    pub folder: &'p Path,
    /// Seconds after which it is ended.
    pub limit_s: u64,
}

impl Program<'_> {
    /// Runs it, and waits.
    pub fn measure(&self) -> Outcome<Cost> {
        let report = tempfile::NamedTempFile::new()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["measure", "--limit", &self.limit_s.to_string(), "--to"]).arg(report.path()).arg("--").arg(self.path);
        command.args(self.arguments).current_dir(self.folder).stdin(Stdio::null()).env_clear();
        command.env("PATH", "/usr/bin:/bin").env("HOME", self.folder).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdout(self.output.map_or(Ok(Stdio::null()), |path| File::create(path).map(Stdio::from))?);
        command.stderr(File::create(self.errors)?);
        let status = command.status()?;
        if !status.success() {
            return Err(format!("{}: {}", self.path.display(), std::fs::read_to_string(self.errors)?).into());
        }
        Ok(serde_json::from_reader(File::open(report.path())?)?)
    }
}

/// The other half: runs the command as the only child, and writes what it cost.
pub fn only_child(to: &PathBuf, limit_s: u64, command: &[String]) -> Outcome<ExitCode> {
    let [program, arguments @ ..] = command else { return Err("measure what?".into()) };
    let started = Instant::now();
    let mut child = Command::new(program).args(arguments).spawn().map_err(|error| format!("{program}: {error}"))?;
    let pid = Pid::from_raw(i32::try_from(child.id())?);
    let (ended, waiting) = mpsc::channel::<()>();
    let guard = thread::spawn(move || {
        let is_over = waiting.recv_timeout(Duration::from_secs(limit_s)) == Err(mpsc::RecvTimeoutError::Timeout);
        // It is waited for below, so that its number cannot have become another's.
        is_over && kill(pid, Signal::SIGKILL).is_ok()
    });
    let status = child.wait()?;
    let wall_s = started.elapsed().as_secs_f64();
    drop(ended);
    let was_stopped = guard.join().map_err(|_| "the guard panicked")? && status.code().is_none();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cost = Cost {
        wall_s,
        user_s: seconds(usage.user_time()),
        system_s: seconds(usage.system_time()),
        // The system counts in units of 1,024 bytes.
        peak_mb: usage.max_rss() as f64 * 1024.0 / 1e6,
        code: status.code(),
        was_stopped,
    };
    std::fs::write(to, serde_json::to_vec(&cost)?)?;
    Ok(ExitCode::SUCCESS)
}

fn seconds(time: TimeVal) -> f64 {
    time.num_microseconds() as f64 / 1e6
}
