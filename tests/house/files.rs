//! What holds for every file: a head, a size, and nothing of the machine that it was written on.

use super::source::{hold, is_made_up, read, tracked};

/// Lines that a file may have. Soft: a longer one needs a reason.
const MOST_LINES: usize = 400;

/// Files that may be longer, and why.
const LONGER: &[(&str, &str)] = &[(
    "localstack/accounts/network.py",
    "one builder a fault, in the order of the scenarios that they stand for; two files would share most of their helpers",
)];

#[test]
fn every_source_file_begins_with_its_head() {
    let rust = tracked().into_iter().filter(|path| path.ends_with(".rs") && !read(path).starts_with("//! "));
    let python = tracked().into_iter().filter(|path| path.ends_with(".py") && !read(path).starts_with("\"\"\""));
    let sql = tracked().into_iter().filter(|path| path.starts_with("src/") && path.ends_with(".sql") && !read(path).starts_with("-- "));
    let is_script = |path: &String| path.ends_with(".js") || path.ends_with(".mjs");
    let script = tracked().into_iter().filter(|path| is_script(path) && !read(path).starts_with("// "));
    let style = tracked().into_iter().filter(|path| path.ends_with(".css") && !read(path).starts_with("/* "));
    let wrong: Vec<String> = rust.chain(python).chain(sql).chain(script).chain(style).collect();
    hold("A source file begins with what it is for (`//! …`, `\"\"\"…`, `-- …`, `// …`, `/* …`): write that as its first line.", &wrong);
}

#[test]
fn no_source_file_is_long() {
    let is_source = |path: &String| {
        let under = |folder: &str, suffix: &str| path.starts_with(folder) && path.ends_with(suffix);
        under("src/", ".rs")
            || under("tests/", ".rs")
            || under("localstack/", ".py")
            || path == "build.rs"
            || [".sql", ".js", ".mjs", ".css"].iter().any(|suffix| path.ends_with(suffix))
    };
    let lines = |path: &str| read(path).lines().count();
    let mut wrong: Vec<String> = Vec::new();
    for path in tracked().into_iter().filter(is_source) {
        let is_excepted = LONGER.iter().any(|(longer, _)| *longer == path);
        match lines(&path) {
            lines if lines > MOST_LINES && !is_excepted => wrong.push(format!("{path}: {lines} lines; split it")),
            lines if lines <= MOST_LINES && is_excepted => wrong.push(format!("{path}: {lines} lines; take it out of LONGER")),
            _ => {}
        }
    }
    wrong.extend(
        LONGER
            .iter()
            .filter(|(path, _)| !tracked().iter().any(|file| file == path))
            .map(|(path, _)| format!("{path}: is gone; take it out of LONGER")),
    );
    hold(&format!("A source file has at most {MOST_LINES} lines (LONGER in tests/house/files.rs has the exceptions)."), &wrong);
}

/// The files that are text.
fn texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for path in tracked().into_iter().filter(|path| !is_made_up(path)) {
        let bytes = std::fs::read(crate::support::program::root().join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let is_packed = [".gz", ".png", ".zip", ".db"].iter().any(|suffix| path.ends_with(suffix));
        match String::from_utf8(bytes) {
            Ok(text) => texts.push((path, text)),
            Err(_) if is_packed => {}
            Err(_) => panic!("{path} is neither text nor a packed file that tests/house/files.rs knows"),
        }
    }
    texts
}

#[test]
fn no_file_names_the_machine_that_it_was_written_on() {
    // In two halves, so that this file does not find itself.
    let machine = [["/wo", "rk/"], ["/fa", "rm/"], ["/ho", "me/"], ["/Us", "ers/"], ["/ro", "ot/"], ["/tmp/bash_", "jobs"]]
        .map(|halves| halves.concat());
    let mut wrong = Vec::new();
    for (path, text) in texts() {
        for (i, line) in text.lines().enumerate() {
            wrong.extend(machine.iter().filter(|found| line.contains(*found)).map(|found| format!("{path}:{}: {found}", i + 1)));
        }
    }
    hold("Name no path of one machine: use a path from the project's folder, or an environment variable.", &wrong);
}

#[test]
fn locked_packages_come_from_the_public_registries() {
    let is_foreign = |line: &&str| line.starts_with("source = ") && !line.contains("registry+https://github.com/rust-lang/crates.io-index");
    let mut wrong: Vec<String> = Vec::new();
    for path in ["Cargo.lock", "fuzz/Cargo.lock"] {
        wrong.extend(read(path).lines().filter(is_foreign).map(|line| format!("{path}: {line}")));
    }
    for path in tracked()
        .into_iter()
        .filter(|path| ["localstack/requirements/", "tests/validators/", "benches/peer/"].iter().any(|folder| path.starts_with(folder)))
    {
        for (i, line) in read(&path).lines().enumerate() {
            if ["--index-url", "--extra-index-url", "--find-links", "--trusted-host", " @ ", "\"resolved\": \"http"]
                .iter()
                .any(|option| line.contains(option))
            {
                wrong.push(format!("{path}:{}: {line}", i + 1));
            }
        }
    }
    for path in tracked().into_iter().filter(|path| path.ends_with("package-lock.json")) {
        // Whom a package asks to be paid by stands there too, and is no place where it comes from.
        let named = |line: &&str| line.contains("\"resolved\"") || (line.contains("://") && !line.trim().starts_with("\"url\""));
        wrong.extend(read(&path).lines().filter(named).map(|line| format!("{path}: {}", line.trim())));
    }
    hold("A lock file names packages, not where this machine gets them: lock again against the public registry.", &wrong);
}

#[test]
fn every_text_is_clean() {
    let is_bad = |c: char| {
        let is_control = c.is_control() && c != '\n';
        // What shows nothing or turns the writing round: zero width, bidirectional marks, byte order mark.
        is_control
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{a0}' | '\u{2028}' | '\u{2029}')
    };
    let mut wrong = Vec::new();
    for (path, text) in texts() {
        for (i, line) in text.split('\n').enumerate() {
            if let Some(c) = line.chars().find(|c| is_bad(*c)) {
                wrong.push(format!("{path}:{}: the character {}", i + 1, c.escape_unicode()));
            }
            // Pictures of output are as the output is.
            if line.trim_end() != line && !path.ends_with(".snap") {
                wrong.push(format!("{path}:{}: white space at the end of the line", i + 1));
            }
        }
        if !text.is_empty() && (!text.ends_with('\n') || text.ends_with("\n\n")) {
            wrong.push(format!("{path}: does not end with exactly one line break"));
        }
    }
    hold("A text has no invisible characters, no white space at the end of a line, and one line break at its end.", &wrong);
}
