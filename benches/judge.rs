//! What judging costs: all checks over snapshots of 10,000, 100,000 and 1,000,000 resources.
//!
//! `cargo bench --bench judge` measures the release build; with `--profile dev` nothing is compiled anew, and the numbers are those of
//! a slow build. `-- 10000 100000` names other sizes, `-- --json FILE` says where the figures go; else they are in the target folder.
//!
//! A snapshot is the demonstration's platform many times over (`tests/support/mass.rs`), with what hangs on its resources, what
//! measures them and the calls that would have been made. Every part runs in a process of its own, so that the peak of its memory
//! (VmHWM of `/proc/self/status`, Linux only) is its own: `end` is the end of a run (numbers, indexes), `open` the look for damage,
//! `checks` all checks with their verdicts counted, `slowest` each check by itself on one thread.

// Of the tests' helpers only some are needed here.
#[allow(dead_code)]
#[path = "../tests/support/mass.rs"]
mod mass;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use driftlead::check::{Config, Judge, Vet, shipped};
use driftlead::finding::Summary;
use driftlead::inventory::{LEDGER_DDL, Snapshot, Time};
use driftlead::services;
use rusqlite::Connection;
use serde_json::{Value, json};

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
const PARTS: [&str; 3] = ["open", "checks", "slowest"];

/// Of how many checks the time is told.
const SLOWEST: usize = 10;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", seed, size, file] => told(make(Path::new(seed), size.parse()?, Path::new(file))?),
        ["open", file] => told(open(Path::new(file))?),
        ["checks", file] => told(checks(Path::new(file))?),
        ["slowest", file] => told(slowest(Path::new(file))?),
        ["--json", path, sizes @ ..] => all(sizes, Path::new(path)),
        sizes => all(sizes, &Path::new(env!("CARGO_TARGET_TMPDIR")).join("judge-bench.json")),
    }
}

fn told(figures: Value) -> Outcome<()> {
    println!("{figures}");
    Ok(())
}

fn all(sizes: &[&str], figures: &Path) -> Outcome<()> {
    let sizes = if sizes.is_empty() { SIZES.to_vec() } else { sizes.iter().map(|size| size.parse()).collect::<Result<_, _>>()? };
    let folder = tempfile::tempdir()?;
    let seed = folder.path().join("seed.db");
    let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("localstack/recordings/platform-broken.jsonl.gz");
    let mut replay = Command::new(env!("CARGO_BIN_EXE_driftlead"));
    replay.args(["snapshot", "--quiet", "--replay"]).arg(recording).arg("-o").arg(&seed).env("DRIFTLEAD_STORE", folder.path());
    if !replay.stdout(Stdio::null()).status()?.success() {
        return Err("the recording cannot be replayed".into());
    }
    println!("{:<8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}", "part", "resources", "rows", "verdicts", "seconds", "CPU s", "peak MiB");
    let mut measured = Vec::new();
    for size in sizes {
        let file = folder.path().join(format!("{size}.db"));
        let run = |part: &[&str]| -> Outcome<Value> {
            let ran = Command::new(std::env::current_exe()?).args(part).arg(&file).output()?;
            if !ran.status.success() {
                return Err(format!("{part:?} {size}: {}", String::from_utf8_lossy(&ran.stderr)).into());
            }
            Ok(serde_json::from_slice(&ran.stdout)?)
        };
        let mut made = run(&["make", &seed.display().to_string(), &size.to_string()])?;
        let rows = made["rows"].clone();
        made["part"] = "end".into();
        line(size, &rows, &made);
        let mut parts = vec![made];
        for part in PARTS {
            let mut figures = run(&[part])?;
            figures["part"] = part.into();
            line(size, &rows, &figures);
            for check in figures["slowest"].as_array().into_iter().flatten() {
                println!("           {:>8.3} s {}", check[1].as_f64().unwrap_or(0.0), check[0].as_str().unwrap_or(""));
            }
            for check in figures["broken"].as_array().into_iter().flatten() {
                println!("           broken     {}: {}", check[0].as_str().unwrap_or(""), check[1].as_str().unwrap_or(""));
            }
            parts.push(figures);
        }
        measured.push(json!({"resources": size, "parts": parts}));
        std::fs::remove_file(&file)?;
    }
    std::fs::write(figures, serde_json::to_string_pretty(&measured)?)?;
    println!("{}", figures.display());
    Ok(())
}

fn line(size: usize, rows: &Value, figures: &Value) {
    let real = |name: &str| figures[name].as_f64().unwrap_or(0.0);
    let part = figures["part"].as_str().unwrap_or("");
    let verdicts = figures["verdicts"].as_u64().map_or_else(String::new, |number| number.to_string());
    println!("{part:<8} {size:>9} {rows:>9} {verdicts:>9} {:>9.2} {:>9.2} {:>9.1}", real("seconds"), real("cpu_seconds"), real("peak_mib"));
}

/// Fills a snapshot, and ends it as a run does. Only the end is measured.
fn make(seed: &Path, size: usize, file: &Path) -> Outcome<Value> {
    std::fs::copy(seed, file)?;
    let connection = Connection::open(file)?;
    connection.execute_batch("pragma synchronous = off")?;
    let added = mass::Mold::of(&connection)?.fill(&connection, size)?;
    let (started, cpu) = (Instant::now(), cpu_seconds());
    Snapshot::end(&connection, &Time::from_text("2026-11-22T12:01:00Z".to_owned()), true)?;
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let rows = added.values().sum::<usize>();
    Ok(json!({"rows": rows, "tables": added, "seconds": seconds, "cpu_seconds": cpu, "peak_mib": peak_mib(),
        "bytes": std::fs::metadata(file)?.len()}))
}

fn open(file: &Path) -> Outcome<Value> {
    let started = Instant::now();
    drop(Snapshot::open(file, &services::tables(), &services::views())?);
    Ok(json!({"seconds": started.elapsed().as_secs_f64(), "cpu_seconds": cpu_seconds(), "peak_mib": peak_mib()}))
}

fn checks(file: &Path) -> Outcome<Value> {
    let (tables, config, mut summary) = (services::tables(), Config::default(), Summary::default());
    let vet = Vet::new(services::tables(), &services::views(), LEDGER_DDL)?;
    let checks = shipped()?.into_iter().map(|check| Ok((vet.vet(&check)?, check))).collect::<Outcome<Vec<_>>>()?;
    let checks: Vec<_> = checks.into_iter().map(|(vetted, check)| (check, vetted)).collect();
    let snapshot = Snapshot::reopen(file, &tables, &services::views())?;
    let started = Instant::now();
    let judge = Judge::new(&snapshot, &tables, &config, false)?;
    judge.run_all(&checks, None, &mut |finding| {
        summary.count(&finding);
        Ok::<_, std::convert::Infallible>(())
    })?;
    let seconds = started.elapsed().as_secs_f64();
    let verdicts = summary.pass + summary.fail + summary.unknown + summary.muted;
    Ok(json!({"verdicts": verdicts, "pass": summary.pass, "fail": summary.fail, "unknown": summary.unknown,
        "seconds": seconds, "cpu_seconds": cpu_seconds(), "peak_mib": peak_mib()}))
}

fn slowest(file: &Path) -> Outcome<Value> {
    let (tables, config) = (services::tables(), Config::default());
    let vet = Vet::new(services::tables(), &services::views(), LEDGER_DDL)?;
    let snapshot = Snapshot::reopen(file, &tables, &services::views())?;
    let judge = Judge::new(&snapshot, &tables, &config, false)?;
    let (mut all, mut broken, mut verdicts) = (Vec::new(), Vec::new(), 0_u64);
    let begun = Instant::now();
    for check in shipped()? {
        let (vetted, started) = (vet.vet(&check)?, Instant::now());
        // The masses contradict themselves here and there, which a check may not stand; in a run that is a gap.
        if let Err(error) = judge.run(&check, &vetted, &mut |_| verdicts += 1) {
            broken.push((check.id.clone(), error.to_string()));
        }
        all.push((check.id, started.elapsed().as_secs_f64()));
    }
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.truncate(SLOWEST);
    let seconds = begun.elapsed().as_secs_f64();
    Ok(
        json!({"slowest": all, "broken": broken, "verdicts": verdicts, "seconds": seconds, "cpu_seconds": cpu_seconds(), "peak_mib": peak_mib()}),
    )
}

/// Most memory that this process has had, in MiB; 0 where the system does not tell.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Processor time of this process; 0 where the system does not tell. Linux counts it in hundredths.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
