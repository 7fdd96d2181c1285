//! What each report format costs: time and memory for 10,000 and for 200,000 findings.
//!
//! `cargo bench --profile dev --bench reports` builds it as tests are built: the numbers are those of a slow build, and nothing is
//! compiled anew. Every format is written by a run of the program of its own, so that the peak of its memory (VmHWM of
//! `/proc/PID/status`, Linux only) is its own; the first line of each size is a run that writes no file, to be taken off.

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use driftlead::report::Format;
use support::crowd;
use support::program::driftlead;

const SIZES: [u32; 2] = [10_000, 200_000];

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    println!("{:<12} {:>9} {:>9} {:>10} {:>10}", "format", "findings", "seconds", "peak MiB", "file MiB");
    for size in SIZES {
        let folder = tempfile::tempdir()?;
        let db = crowd::crowd(&folder.path().join("world.db"), size);
        for suffix in [None].into_iter().chain(Format::suffixes().into_iter().map(Some)) {
            let file = suffix.map(|suffix| folder.path().join(format!("report.{suffix}")));
            let (seconds, peak) = measured(&db, file.as_deref())?;
            let length = file.as_ref().map_or(Ok(0), |file| std::fs::metadata(file).map(|of| of.len()))?;
            let (peak, length) = (peak as f64 / 1024.0, length as f64 / 1024.0 / 1024.0);
            println!("{:<12} {size:>9} {seconds:>9.2} {peak:>10.1} {length:>10.1}", suffix.unwrap_or("(no file)"));
            file.map_or(Ok(()), std::fs::remove_file)?;
        }
    }
    Ok(())
}

/// Seconds, and the most memory in KiB.
fn measured(db: &Path, file: Option<&Path>) -> Outcome<(f64, u64)> {
    let mut command = driftlead(&["check", crowd::CHECK, "--from"]);
    command.arg(db).stdin(Stdio::null()).stdout(Stdio::null());
    if let Some(file) = file {
        command.arg("-o").arg(file);
    }
    let (started, mut peak) = (Instant::now(), 0);
    let mut child = command.spawn()?;
    let status = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak);
        match child.try_wait()? {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    // What is found is found; only a run that could not be made counts for nothing.
    if !matches!(status.code(), Some(0 | 1 | 3)) {
        return Err(format!("{}: {status}", db.display()).into());
    }
    Ok((started.elapsed().as_secs_f64(), peak))
}
