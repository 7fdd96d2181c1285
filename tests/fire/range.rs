//! What the tests under fire share: runs that must end in time, their verdicts, and dice.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use driftlead::finding::Finding;
use driftlead::inventory::Snapshot;

use crate::support::program::{driftlead, recording};

/// What a run did.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; -1 when it was killed.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// How long it took.
    pub took: Duration,
}

/// Runs a command that must end in this time.
pub fn ends(command: &mut Command, most: Duration) -> Ran {
    let what = format!("{command:?}");
    let begun = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let (out, err) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let status = loop {
        if let Some(status) = child.try_wait().expect("its end") {
            break status;
        }
        if begun.elapsed() > most {
            end(&mut child);
            panic!("after {most:?} it had not ended: {what}");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let text = |thread: std::thread::JoinHandle<Vec<u8>>| String::from_utf8_lossy(&thread.join().expect("its output")).into_owned();
    let ran = Ran { code: status.code().unwrap_or(-1), out: text(out), err: text(err), took: begun.elapsed() };
    assert!(!ran.err.contains("panicked"), "{what}: {}", ran.err);
    ran
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        bytes
    })
}

/// Kills a child that this test started, as `kill -9` does.
pub fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// The program in a folder, with minutes to end: the machine may be busy with much else.
pub fn run(folder: &Path, arguments: &[&str]) -> Ran {
    ends(driftlead(arguments).current_dir(folder), Duration::from_secs(300))
}

/// The verdicts of a report in JSON lines.
pub fn verdicts(report: &str) -> Vec<Finding> {
    let lines = report.lines().filter(|line| line.starts_with("{\"type\":\"finding\""));
    lines.map(|line| serde_json::from_str(line).expect("a finding")).collect()
}

/// The recording's path.
pub fn recorded() -> String {
    recording().display().to_string()
}

/// The snapshot of the recording, made once.
pub fn whole() -> &'static Path {
    &made().0
}

/// How long it took to make that, in milliseconds.
pub fn whole_run() -> usize {
    made().1.as_millis() as usize
}

fn made() -> &'static (PathBuf, Duration) {
    static MADE: OnceLock<(PathBuf, Duration)> = OnceLock::new();
    MADE.get_or_init(|| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fire-{}.db", std::process::id()));
        let ran = run(Path::new("."), &["snapshot", "--replay", &recorded(), "-o", &path.display().to_string()]);
        assert_eq!(ran.code, 0, "{ran:?}");
        (path, ran.took)
    })
}

/// Whether a file opens as a snapshot of a run that came to its end.
pub fn opens_as_whole(path: &Path) -> bool {
    Snapshot::glance(path).is_ok_and(|glance| glance.meta.complete)
}

/// How many rounds of a random test.
pub fn rounds(few: usize) -> usize {
    std::env::var("DRIFTLEAD_FIRE_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(few)
}

/// Dice that fall the same way every time: numbers below a bound, from a seed. <https://prng.di.unimi.it/splitmix64.c>
pub struct Dice(pub u64);

impl Dice {
    /// The next number.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }
}
