//! Inputs that nobody here wrote: states and templates of others, in a folder outside of the project.

use std::path::{Path, PathBuf};

/// The variable that names the folder; `.ci/run` sets it where the folder is.
pub const VARIABLE: &str = "DRIFTLEAD_REAL_INPUTS";

/// The folder, if the environment names one.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The files of a folder in it, in the order of their names, each with its text. A folder that is named and not there is a mistake,
/// and so is an empty one.
pub fn texts(folder: &Path, name: &str) -> Vec<(String, String)> {
    let path = folder.join(name);
    let entries = std::fs::read_dir(&path).unwrap_or_else(|error| panic!("{VARIABLE}: {}: {error}", path.display()));
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry of the folder").path()).filter(|path| path.is_file()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{VARIABLE}: {} is empty", path.display());
    let text = |path: &PathBuf| std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let named = |path: PathBuf| {
        let text = text(&path);
        (format!("{name}/{}", path.file_name().unwrap_or_default().to_string_lossy()), text)
    };
    paths.into_iter().map(named).collect()
}

/// Says aloud, before tests that need the folder, that they are not run.
pub fn say_not_run() {
    eprintln!(
        "\nTESTS WITH REAL INPUTS ARE NOT RUN: {VARIABLE} names no folder. It is to hold `terraform/` (state files), `cloudformation/` and \
         `cdk/` (templates).\n"
    );
}
