//! The HTML report in a real browser: opened, searched, filtered, walked through, printed. The reports come from the real program.
//!
//! It takes Node.js 20 with npm, which installs what `tests/browser/package-lock.json` locks into the test bed's folder on the first
//! run, and a Chromium: `tests/browser/install` installs one, `CHROMIUM` names one. Without either a test fails and says so.

#[path = "browser/reports.rs"]
mod reports;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Failed, Trial};
use support::program::root;

fn main() {
    let mut arguments = Arguments::from_args();
    // Times are measured.
    arguments.test_threads.get_or_insert(1);
    let trials = match cases() {
        Ok(cases) => cases.into_iter().map(|(report, name)| Trial::test(name.clone(), move || case(&report, &name))).collect(),
        Err(error) => vec![Trial::test("the cases are listed", move || Err(Failed::from(error)))],
    };
    libtest_mimic::run(&arguments, trials).exit();
}

/// The cases as (report, name).
fn cases() -> Result<Vec<(String, String)>, String> {
    let said = node(&[])?;
    let case = |line: &str| line.split_once('\t').map(|(report, name)| (report.to_owned(), name.to_owned()));
    said.lines().map(|line| case(line).ok_or_else(|| format!("run.mjs lists `{line}`"))).collect()
}

fn case(report: &str, name: &str) -> Result<(), Failed> {
    let chromium = chromium()?;
    let (html, json) = reports::of(report)?;
    let said = node_with(&[name.as_ref(), html.as_os_str(), json.as_os_str()], Some(&chromium))?;
    for line in said.lines() {
        eprintln!("    {line}");
    }
    Ok(())
}

fn node(arguments: &[&std::ffi::OsStr]) -> Result<String, String> {
    node_with(arguments, None)
}

/// What `run.mjs` says; an error when it fails.
fn node_with(arguments: &[&std::ffi::OsStr], chromium: Option<&Path>) -> Result<String, String> {
    let mut command = Command::new("node");
    command.arg(root().join("tests/browser/run.mjs")).args(arguments).env("DRIFTLEAD_BROWSER_HOME", packages()?);
    if let Some(chromium) = chromium {
        command.env("CHROMIUM", chromium);
    }
    let output = command.output().map_err(|error| format!("node: {error}; install Node.js 20 or later"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(format!("{}{}", text(&output.stdout), text(&output.stderr))) }
}

/// The browser.
fn chromium() -> Result<PathBuf, String> {
    let named = std::env::var_os("CHROMIUM").filter(|path| !path.is_empty()).map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin".into());
    let found = || std::env::split_paths(&path).map(|folder| folder.join("chromium")).find(|file| file.is_file());
    named.or_else(found).ok_or_else(|| {
        "there is no Chromium: run tests/browser/install (as root, on Debian or Ubuntu), or name one: CHROMIUM=/path/to/it".to_owned()
    })
}

/// The folder with the packages of the lock file, installed once for each lock file.
fn packages() -> Result<&'static Path, String> {
    static HOME: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    HOME.get_or_init(install).as_deref().map_err(Clone::clone)
}

fn install() -> Result<PathBuf, String> {
    let bed = std::env::var_os("BED_DIR").map_or_else(|| root().join("localstack/.bed"), PathBuf::from);
    let home = bed.join("browser");
    let lock = root().join("tests/browser/package-lock.json");
    let done = home.join("installed-lock.json");
    let fault = |error: std::io::Error| format!("{}: {error}", home.display());
    std::fs::create_dir_all(&home).map_err(fault)?;
    let wanted = std::fs::read(&lock).map_err(fault)?;
    if std::fs::read(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(home);
    }
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(root().join("tests/browser").join(name), home.join(name)).map_err(fault)?;
    }
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved"])
        .current_dir(&home)
        .output()
        .map_err(|error| format!("npm: {error}; install Node.js 20 or later with npm"))?;
    if !output.status.success() {
        return Err(format!("npm ci in {}: {}", home.display(), String::from_utf8_lossy(&output.stderr)));
    }
    std::fs::write(&done, wanted).map_err(fault)?;
    Ok(home)
}
