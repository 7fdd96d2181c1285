//! What the fuzz targets do (`fuzz/`), over the corpus, over what once went wrong, and over a few thousand changed inputs: the same
//! functions, without a fuzzer. `cargo test --test fuzz template` runs those of one target.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use targets::{TARGETS, Target};

/// What one input may take, in a build that is not optimised.
const MOST_TIME: Duration = Duration::from_secs(20);
/// As the main thread has it.
const STACK: usize = 8 << 20;
/// Changed inputs a target. Those that ask SQLite take a thousand times as long as the others.
const MUTATIONS: usize = 3_000;
const SLOW: &[(&str, usize)] = &[("check_file", 200), ("query", 300), ("snapshot", 150), ("configuration", 400), ("permission", 600)];
/// Bytes of a changed input.
const LONGEST: usize = 2_048;

/// What mutations put in: signs that mean something in one of the formats.
const SIGNS: &[&str] = &[
    "{", "}", "[", "]", "(", ")", "\"", "'", "*", "?", ":", ",", ".", "/*", "*/", "--", ";", "\n", "\t", "\0", "\\", "&a ", "*a", "<<: ",
    "!Ref ", "${", "null", "true", "-1", "1e999", "9223372036854775808", "0", "select ", " from ", "\u{feff}", "\u{e9}", "\u{1f600}", "#",
    "%", "=", "[[", "]]", "{{resolve:", "Fn::If", "NotAction",
];

fn main() {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let mut trials = vec![Trial::test("every target has a corpus, and every folder a target", {
        let root = root.clone();
        move || folders(&root)
    })];
    for (name, target) in TARGETS.iter().copied() {
        for kind in ["corpus", "regressions"] {
            let folder = root.join(kind).join(name);
            trials.push(Trial::test(format!("{name}: {kind}"), move || watched(target, inputs(&folder).into_iter())));
        }
        let folder = root.join("corpus").join(name);
        trials.push(Trial::test(format!("{name}: changed inputs"), move || watched(target, changed(name, inputs(&folder)))));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A corpus that lies where no target looks would be run by nobody.
fn folders(root: &Path) -> Result<(), Failed> {
    for kind in ["corpus", "regressions"] {
        for folder in entries(&root.join(kind)) {
            let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
            if !TARGETS.iter().any(|(target, _)| name.as_deref() == Some(target)) {
                return Err(format!("{}: there is no such target", folder.display()).into());
            }
        }
    }
    let bare = TARGETS.iter().find(|(name, _)| entries(&root.join("corpus").join(name)).is_empty());
    match bare {
        Some((name, _)) => Err(format!("fuzz/corpus/{name} is empty: put a seed there").into()),
        None => Ok(()),
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())));
    let mut paths: Vec<PathBuf> = entries.map_or_else(|_| Vec::new(), Iterator::collect);
    paths.sort();
    paths
}

type Input = (String, Vec<u8>);

fn inputs(folder: &Path) -> Vec<Input> {
    let input = |path: PathBuf| (path.display().to_string(), std::fs::read(&path).expect("a file of the corpus"));
    entries(folder).into_iter().map(input).collect()
}

/// Runs a target over inputs in a thread of its own, and says which one failed or took too long.
fn watched(target: Target, inputs: impl Iterator<Item = Input> + Send + 'static) -> Result<(), Failed> {
    let current: Arc<Mutex<Input>> = Arc::default();
    let (send, done) = mpsc::channel();
    let at_work = Arc::clone(&current);
    let work = move || {
        for input in inputs {
            at_work.lock().expect("nobody fails with it").clone_from(&input);
            target(&input.1);
            if send.send(()).is_err() {
                return;
            }
        }
    };
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(work)?;
    let told = |what: &str| {
        let input = current.lock().expect("nobody fails with it");
        Err(format!("{what}: {}: {}", input.0, input.1.escape_ascii()).into())
    };
    loop {
        match done.recv_timeout(MOST_TIME) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return told("it takes too long"),
            Err(RecvTimeoutError::Disconnected) => return if worker.join().is_err() { told("it failed") } else { Ok(()) },
        }
    }
}

/// Inputs made out of others, the same in every run. `FUZZ_ROUNDS` makes so many times as many.
fn changed(target: &str, seeds: Vec<Input>) -> impl Iterator<Item = Input> + Send + use<> {
    let number = SLOW.iter().find(|(name, _)| *name == target).map_or(MUTATIONS, |(_, number)| *number);
    let rounds: usize = std::env::var("FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1);
    let mut dice = Dice(target.bytes().fold(0x9e37_79b9_7f4a_7c15, |seed, byte| seed.rotate_left(7) ^ u64::from(byte)));
    (0..number * rounds).map(move |i| {
        let (name, seed) = &seeds[dice.below(seeds.len())];
        let mut bytes: Vec<u8> = seed.iter().copied().take(LONGEST).collect();
        for _ in 0..=dice.below(4) {
            change(&mut bytes, &mut dice, &seeds);
        }
        bytes.truncate(LONGEST);
        (format!("change {i} of {name}"), bytes)
    })
}

fn change(bytes: &mut Vec<u8>, dice: &mut Dice, seeds: &[Input]) {
    let at = dice.below(bytes.len() + 1);
    let end = (at + dice.below(12)).min(bytes.len());
    match dice.below(6) {
        0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
        1 => drop(bytes.drain(at..end)),
        2 => {
            let piece = bytes[at..end].to_vec();
            let times = 1 + dice.below(20);
            bytes.splice(at..at, piece.repeat(times));
        }
        3 => {
            let (_, other) = &seeds[dice.below(seeds.len())];
            let from = dice.below(other.len() + 1);
            let piece = other[from..(from + dice.below(80)).min(other.len())].to_vec();
            bytes.splice(at..end, piece);
        }
        _ => drop(bytes.splice(at..at, SIGNS[dice.below(SIGNS.len())].bytes()).collect::<Vec<u8>>()),
    }
}

/// Numbers that look thrown (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).expect("below a usize")
    }
}
