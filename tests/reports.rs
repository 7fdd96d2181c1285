//! Every report format on every kind of input, judged by the format's own schema or a well-known consumer of it.
//!
//! Each input is scanned once by the real program, which writes all formats at once; then `tests/validators/run` judges each file, and
//! compares its verdicts with the JSON report of the same run. The formats are those that the program has: one without a validator fails.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use clap::ValueEnum;
use driftlead::report::Format;
use libtest_mimic::{Arguments, Failed, Trial};
use support::program::{driftlead, recording, root};
use support::world::{World, group, secret};
use support::{crowd, hostile};

/// How many findings a large account has. The program writes each of them in every format, which takes an unoptimised build 3 ms of CPU:
/// for as many as 200,000 name the number in `DRIFTLEAD_CROWD`.
fn crowd_size() -> u32 {
    let named = std::env::var("DRIFTLEAD_CROWD").ok().map(|number| number.parse().expect("DRIFTLEAD_CROWD is a number"));
    named.unwrap_or(20_000)
}

/// How much more memory ten times as many findings may take.
const MOST_GROWTH: f64 = 1.3;

/// Damages that a validator must find: the suffix, what stands in the file, and what is put in its place.
const DAMAGES: &[(&str, &str, &str)] = &[
    ("sarif", "\"level\":\"error\"", "\"level\":\"fatal\""),
    ("sarif", "\"kind\":\"fail\"", "\"kind\":\"open\""),
    ("sarif", "\"startLine\":1", "\"startLine\":0"),
    ("sarif", "\"version\": \"2.1.0\"", "\"version\": \"2.1\""),
    ("ocsf.json", "\"severity_id\":4", "\"severity_id\":7"),
    ("ocsf.json", "\"provider\":\"AWS\"", "\"supplier\":\"AWS\""),
    ("ocsf.json", "\"status_id\":3,\"status\":\"Fail\"", "\"status_id\":1,\"status\":\"Pass\""),
    ("asff.json", "\"Status\":\"FAILED\"", "\"Status\":\"PASSED\""),
    ("asff.json", "\"Description\":\"", "\"Description\":\"a\\n"),
    ("asff.json", "\"RecordState\"", "\"State\""),
];

/// What is scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    /// The broken platform of the shipped recording.
    Broken,
    /// The same, passes shown.
    BrokenWithPasses,
    /// An account with nothing in it.
    Empty,
    /// One with as many findings as [`crowd_size`] says.
    Crowd,
    /// Names that strangers chose.
    Hostile,
    /// Waivers, requirements of a framework, and an earlier snapshot to compare with.
    Everything,
}

/// Two waivers, one with an end and one in hostile words; one of them meets what cannot be said.
const WAIVERS: &str = r#"
[[waiver]]
name = "old shop"
reason = "</script> | =1 `x` @octocat \u001b[2J \u202e"
owner = "=owner@example.com"
checks = ["logs/group_never_expires"]
match.name = ["/waived*"]
[[waiver]]
name = "keys"
reason = "ticket 4711"
owner = "security@example.com"
expires = "2027-03-31"
checks = ["kms/key_rotation_off"]
"#;

const INPUTS: [Input; 6] = [Input::Broken, Input::BrokenWithPasses, Input::Empty, Input::Crowd, Input::Hostile, Input::Everything];

/// What a run left.
struct Told {
    folder: PathBuf,
    peak_kib: Option<u64>,
}

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![Trial::test("every format has a validator", every_format_has_a_validator)];
    for input in INPUTS {
        for suffix in written(input) {
            trials.push(Trial::test(format!("{input:?} {suffix}"), move || judged(input, suffix)));
        }
    }
    for (i, (suffix, ..)) in DAMAGES.iter().enumerate() {
        trials.push(Trial::test(format!("damage {} to {suffix} is found", i + 1), move || damage_is_found(i)));
    }
    // Only Linux tells the most memory that a process has had.
    trials.push(Trial::test("memory stays flat", memory_stays_flat).with_ignored_flag(!cfg!(target_os = "linux")));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if conclusion.num_failed == 0 {
        // What failed is left to be looked at.
        let _ = std::fs::remove_dir_all(base());
    }
    conclusion.exit();
}

/// Where the files of this run go.
fn base() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("reports-{}", std::process::id()))
}

/// What is written of an input: under every suffix, but of a crowd each format once.
fn written(input: Input) -> Vec<&'static str> {
    let mut suffixes = Format::suffixes();
    if input == Input::Crowd {
        suffixes.dedup_by_key(|suffix| name(suffix));
    }
    suffixes
}

/// The format's name, which is its validator's.
fn name(suffix: &str) -> String {
    let format = Format::of(Path::new(&format!("report.{suffix}"))).expect("a format has its own suffixes");
    format.to_possible_value().expect("no format is hidden").get_name().to_owned()
}

fn every_format_has_a_validator() -> Result<(), Failed> {
    let is_missing = |name: &String| !root().join(format!("tests/validators/{name}.py")).is_file();
    let mut missing: Vec<String> = Format::suffixes().into_iter().map(name).filter(is_missing).collect();
    missing.dedup();
    if missing.is_empty() { Ok(()) } else { Err(format!("tests/validators/ has nothing for {}", missing.join(", ")).into()) }
}

fn judged(input: Input, suffix: &str) -> Result<(), Failed> {
    let folder = &told(input)?.folder;
    let file = |suffix: &str| folder.join(format!("report.{suffix}"));
    let (is_valid, said) = validated(suffix, &file(suffix), &file("json"))?;
    if is_valid { Ok(()) } else { Err(format!("{}\n{said}", file(suffix).display()).into()) }
}

/// What a validator says of a file: whether it is valid, and the words.
fn validated(suffix: &str, file: &Path, report: &Path) -> Result<(bool, String), Failed> {
    let mut validator = Command::new(root().join("tests/validators/run"));
    validator.arg(name(suffix)).args([file, report]);
    let output = validator.stdin(Stdio::null()).output().map_err(|error| format!("tests/validators/run: {error}"))?;
    Ok((output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// A validator that finds nothing wrong proves nothing unless it finds what is.
fn damage_is_found(i: usize) -> Result<(), Failed> {
    let (suffix, good, bad) = DAMAGES[i];
    let folder = &told(Input::Broken)?.folder;
    let text = std::fs::read_to_string(folder.join(format!("report.{suffix}")))?;
    if !text.contains(good) {
        return Err(format!("{good} is not in report.{suffix}").into());
    }
    let damaged = folder.join(format!("damaged-{i}.{suffix}"));
    std::fs::write(&damaged, text.replacen(good, bad, 1))?;
    let (is_valid, said) = validated(suffix, &damaged, &folder.join("report.json"))?;
    let is_named = said.contains(&damaged.display().to_string());
    if !is_valid && is_named { Ok(()) } else { Err(format!("`{good}` became `{bad}`, and the validator says `{said}`").into()) }
}

/// The run of an input, once.
fn told(input: Input) -> Result<&'static Told, Failed> {
    static RUNS: [OnceLock<Result<Told, String>>; INPUTS.len()] = [const { OnceLock::new() }; INPUTS.len()];
    let place = INPUTS.iter().position(|other| *other == input).expect("one of them");
    RUNS[place].get_or_init(|| run(input)).as_ref().map_err(|error| Failed::from(error.as_str()))
}

fn run(input: Input) -> Result<Told, String> {
    let folder = base().join(format!("{input:?}"));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let db = folder.join("world.db");
    let mut arguments: Vec<String> = Vec::new();
    let path = |path: &Path| path.display().to_string();
    match input {
        Input::Broken => arguments.extend(["scan".into(), "--replay".into(), path(&recording())]),
        Input::BrokenWithPasses => {
            arguments.extend(["scan", "--show", "pass", "--replay"].map(str::to_owned).into_iter().chain([path(&recording())]))
        }
        Input::Empty => arguments.extend(["scan".into(), "--from".into(), path(&World::new(&db).save())]),
        Input::Crowd => arguments.extend(["check".into(), crowd::CHECK.into(), "--from".into(), path(&crowd::crowd(&db, crowd_size()))]),
        Input::Hostile => {
            let (name, text) = hostile::CHECK;
            let own = folder.join("own").join(name);
            std::fs::create_dir_all(own.parent().expect("a folder")).map_err(|error| error.to_string())?;
            std::fs::write(&own, text).map_err(|error| error.to_string())?;
            let from = path(&hostile::hostile(&db));
            arguments.extend(["scan".into(), "--from".into(), from, "--checks".into(), path(&folder.join("own"))]);
        }
        Input::Everything => {
            let config = folder.join("waivers.toml");
            std::fs::write(&config, WAIVERS).map_err(|error| error.to_string())?;
            let (then, now) = (path(&changed(&folder.join("then.db"), false)), path(&changed(&db, true)));
            let options = ["--since", &then, "--config", &path(&config), "--framework", "soc2"].map(str::to_owned);
            arguments.extend(["scan".into(), "--from".into(), now].into_iter().chain(options));
        }
    }
    let told = report(arguments, &written(input), folder)?;
    let _ = std::fs::remove_file(db);
    Ok(told)
}

/// An account before and after a change: something fails on, is new, is repaired, is gone, is waived, or cannot be read any more.
fn changed(path: &Path, is_now: bool) -> PathBuf {
    let mut rows = group("/stays", 0) + &group("/waived/1", 0) + &group("/waived/2", 0) + &group("/repaired", if is_now { 365 } else { 0 });
    rows += &if is_now { group("/new", 0) } else { group("/gone", 0) };
    rows += &secret("payments", "2026-03-01T00:00:00Z");
    let world = World::new(path).rows(&rows);
    if is_now { world.denied("aws_kms_key", "kms:ListKeys").save() } else { world.save() }
}

/// Runs the program with all formats at once.
fn report(mut arguments: Vec<String>, suffixes: &[&str], folder: PathBuf) -> Result<Told, String> {
    for suffix in suffixes {
        arguments.extend(["-o".to_owned(), folder.join(format!("report.{suffix}")).display().to_string()]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let err = std::fs::File::create(folder.join("stderr")).map_err(|error| error.to_string())?;
    let mut command = driftlead(&arguments);
    command.current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(err);
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let mut peak_kib = None;
    let status = loop {
        peak_kib = peak(child.id()).or(peak_kib);
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    // Found, nothing found, or something unknown; whether it could be judged at all is the question.
    if !matches!(status.code(), Some(0 | 1 | 3)) {
        let said = std::fs::read_to_string(folder.join("stderr")).map_err(|error| error.to_string())?;
        return Err(format!("{arguments:?}: {status}\n{said}"));
    }
    Ok(Told { folder, peak_kib })
}

/// The most memory that a process has had, in KiB; Linux only.
fn peak(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn memory_stays_flat() -> Result<(), Failed> {
    let folder = base().join("tenth");
    std::fs::create_dir_all(&folder)?;
    let db = crowd::crowd(&folder.join("world.db"), crowd_size() / 10).display().to_string();
    let few = report(vec!["check".into(), crowd::CHECK.into(), "--from".into(), db], &written(Input::Crowd), folder)?.peak_kib;
    let many = told(Input::Crowd)?.peak_kib;
    let (Some(few), Some(many)) = (few, many) else { return Err("the system does not tell how much memory a process had".into()) };
    let (few, many) = (few as f64, many as f64);
    let (least, most) = (crowd_size() / 10, crowd_size());
    let told = format!("{:.0} MiB for {least} findings, {:.0} MiB for {most}", few / 1024.0, many / 1024.0);
    eprintln!("memory: {told}");
    if many <= few * MOST_GROWTH { Ok(()) } else { Err(told.into()) }
}
