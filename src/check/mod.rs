//! THE JUDGE: loads checks, vets them, runs them on a snapshot.
//!
//! Nothing here touches the network: whatever a check needs is in the snapshot, or the verdict is unknown. The clock is the
//! snapshot's, so the same check gives the same answer years later.

mod coverage;
mod crew;
mod digest;
pub mod file;
mod growth;
mod legs;
mod row;
pub mod rules;
mod run;
mod selector;
mod standing;
mod tell;
mod template;
pub mod vet;
pub mod waiver;

use std::path::{Path, PathBuf};

pub use coverage::{coverage, unread};
pub use file::{Card, Check, FileError, Param, ParamValue, Reach};
pub use rules::{Config, ConfigError, ParamsSection, RuleSection, RulesSection};
pub use run::{Judge, RunError};
pub use selector::{Selector, Subject};
pub use standing::{Missing, Standing};
pub use tell::fingerprint;
pub use vet::{CONTRACT, Vet, Vetted};

mod embedded {
    //! The checks under `checks/`, listed by `build.rs`.
    include!(concat!(env!("OUT_DIR"), "/checks.rs"));
}

/// A folder of checks cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder or a file in it.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A check file is wrong.
    #[error(transparent)]
    File(#[from] FileError),
    /// Two checks have one id.
    #[error("{}: the id {id} is taken by {}", path.display(), other.display())]
    Twice {
        /// The second file.
        path: PathBuf,
        /// The id.
        id: String,
        /// The first file.
        other: PathBuf,
    },
    /// A pattern that is none, or that matches no check.
    #[error("{0}")]
    Selection(String),
}

/// The checks that driftlead ships, sorted by id.
///
/// # Errors
/// When one of them is wrong, which the tests would have told.
pub fn shipped() -> Result<Vec<Check>, FileError> {
    let parse = |(id, text): &(&str, &str)| file::parse(id, Path::new(&format!("checks/{id}.sql")), text);
    embedded::CHECKS.iter().map(parse).collect()
}

/// The checks of a folder: `SERVICE/FAULT.sql`, sorted by id.
///
/// # Errors
/// When the folder cannot be read or a file is wrong.
pub fn from_folder(folder: &Path) -> Result<Vec<Check>, LoadError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| LoadError::Io { path, source }
    };
    let mut checks = Vec::new();
    for service in entries(folder).map_err(io(folder))? {
        if !service.is_dir() {
            continue;
        }
        for path in entries(&service).map_err(io(&service))? {
            if path.extension().is_none_or(|extension| extension != "sql") {
                continue;
            }
            let text = std::fs::read_to_string(&path).map_err(io(&path))?;
            checks.push(file::parse(&id_of(&service, &path), &path, &text)?);
        }
    }
    Ok(checks)
}

fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths)
}

fn id_of(service: &Path, path: &Path) -> String {
    let name = |path: &Path| path.file_stem().map(|name| name.to_string_lossy().into_owned());
    format!("{}/{}", name(service).unwrap_or_else(String::new), name(path).unwrap_or_else(String::new))
}

/// Adds a folder's checks to others.
///
/// # Errors
/// When an id is taken.
pub fn join(checks: &mut Vec<Check>, more: Vec<Check>) -> Result<(), LoadError> {
    for check in more {
        if let Some(other) = checks.iter().find(|other| other.id == check.id) {
            return Err(LoadError::Twice { path: check.path, id: check.id, other: other.path.clone() });
        }
        checks.push(check);
    }
    checks.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(())
}

/// The checks whose id matches one of the patterns; all if there is none.
///
/// # Errors
/// When a pattern matches nothing, with what comes near.
pub fn select(checks: &[Check], patterns: &[String]) -> Result<Vec<Check>, LoadError> {
    if patterns.is_empty() {
        return Ok(checks.to_vec());
    }
    let mut chosen = Vec::new();
    for pattern in patterns {
        let glob = crate::glob::matcher(pattern).map_err(|error| LoadError::Selection(error.to_string()))?;
        let matching: Vec<&Check> = checks.iter().filter(|check| glob.is_match(&check.id)).collect();
        if matching.is_empty() {
            let near: Vec<&str> = near(checks, pattern);
            let hint = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) };
            let message = format!("no check is called `{pattern}`{hint} (driftlead list checks shows all)");
            return Err(LoadError::Selection(message));
        }
        chosen.extend(matching);
    }
    chosen.sort_by(|a, b| a.id.cmp(&b.id));
    chosen.dedup_by(|a, b| a.id == b.id);
    Ok(chosen.into_iter().cloned().collect())
}

/// Ids that share a word with what was typed.
fn near<'c>(checks: &'c [Check], typed: &str) -> Vec<&'c str> {
    let words: Vec<&str> = typed.split(['/', '_', '*', '-']).filter(|word| word.len() > 3).collect();
    let score = |check: &&Check| words.iter().filter(|word| check.id.contains(**word)).count();
    let best = checks.iter().map(|check| score(&check)).max().unwrap_or(0);
    checks.iter().filter(|check| best > 0 && score(check) == best).take(3).map(|check| check.id.as_str()).collect()
}
