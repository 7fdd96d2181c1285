//! On what was measured.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

/// Processors, memory and system, as far as they tell.
pub fn machine() -> Value {
    let processors = std::thread::available_parallelism().map_or(Value::Null, |count| count.get().into());
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let memory = field("/proc/meminfo", "MemTotal").and_then(|text| text.trim_end_matches(" kB").parse::<u64>().ok());
    json!({
        "processors": processors,
        "cpu": cpu,
        "memory_mb": memory.map(|kib| kib * 1024 / 1_000_000),
        "system": std::env::consts::OS,
        "load_before": load(),
    })
}

/// Processes that wanted to run during the last minute: what else the machine was doing.
pub fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// The commit of the sources in a folder, with `+` where files differ from it.
pub fn commit(folder: &Path) -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(["-c", "safe.directory=*"]).args(arguments).current_dir(folder).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else { return "unknown".to_owned() };
    let is_changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_none_or(|list| !list.is_empty());
    commit + if is_changed { "+" } else { "" }
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
