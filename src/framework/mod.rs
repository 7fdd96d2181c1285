//! WHAT IS ASKED FOR: frameworks as data files, and what a run says of each of their requirements.
//!
//! A framework is a file under `frameworks/`: what its requirements are, in its own order and in our words. Which checks are behind
//! a requirement is not there but in the checks (`[frameworks]` in their front-matter), so that each fact has one place. A file of
//! the user's own has the same form, and its requirements may list checks themselves.

mod assess;
mod file;
mod map;

use std::path::{Path, PathBuf};

pub use assess::Assess;
pub use file::{Clause, Framework, parse};
pub use map::Mapped;

mod embedded {
    //! The frameworks under `frameworks/`, listed by `build.rs`.
    include!(concat!(env!("OUT_DIR"), "/frameworks.rs"));
}

/// What is wrong with a framework's file, or between it and the checks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {detail}", path.display(), line.map_or_else(String::new, |line| format!(":{line}")))]
pub struct FrameworkError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1, where there is one.
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub detail: String,
}

/// The frameworks that driftlead ships, sorted by id.
///
/// # Errors
/// When one of them is wrong, which the tests would have told.
pub fn shipped() -> Result<Vec<Framework>, FrameworkError> {
    embedded::FRAMEWORKS.iter().map(|(name, text)| parse(Path::new(&format!("frameworks/{name}.toml")), text)).collect()
}

/// The framework of a file.
///
/// # Errors
/// When it cannot be read or is not what it should be, with the line.
pub fn read(path: &Path) -> Result<Framework, FrameworkError> {
    let text =
        std::fs::read_to_string(path).map_err(|error| FrameworkError { path: path.to_owned(), line: None, detail: error.to_string() })?;
    parse(path, &text)
}
