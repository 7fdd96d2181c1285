//! A framework's file: TOML with a head and a list of requirements.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::FrameworkError;

/// A framework, as its file has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// Its name with the version, as checks and users write it (`pci-dss-4.0.1`).
    pub id: String,
    /// What people call it.
    pub title: String,
    /// The version, as its publisher writes it.
    #[serde(default)]
    pub version: String,
    /// Who publishes it.
    #[serde(default)]
    pub publisher: String,
    /// Which of its requirements the file lists, which it leaves out, and when that was looked up.
    #[serde(default)]
    pub covers: String,
    /// Where numbers and topics were looked up: pages by a short name.
    #[serde(default)]
    pub sources: BTreeMap<String, String>,
    /// The requirements, in the framework's order.
    #[serde(rename = "requirement")]
    pub clauses: Vec<Clause>,
    /// Where it came from, for messages.
    #[serde(skip)]
    pub path: PathBuf,
}

/// A requirement, as its framework's file has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Its number (`8.3.9`).
    pub id: String,
    /// What it asks for, in a few words of ours.
    pub title: String,
    /// The part of the framework that it stands in.
    #[serde(default)]
    pub section: String,
    /// The names of the sources in which it was found.
    #[serde(default)]
    pub sources: Vec<String>,
    /// In a file of the user's own: the checks behind it, as ids or patterns.
    #[serde(default)]
    pub checks: Vec<String>,
}

/// Reads a framework from its text; `path` is for messages.
///
/// # Errors
/// When it is not what it should be, with the line where there is one.
pub fn parse(path: &Path, text: &str) -> Result<Framework, FrameworkError> {
    let wrong = |line: Option<usize>, detail: String| FrameworkError { path: path.to_owned(), line, detail };
    let mut framework: Framework = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| 1 + text[..span.start].matches('\n').count());
        wrong(line, error.message().to_owned())
    })?;
    framework.path = path.to_owned();
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if framework.id.is_empty() || !framework.id.chars().all(is_word) {
        return Err(wrong(None, format!("`id` is `{}`: write small letters, digits, `-` and `.`", framework.id)));
    }
    if framework.clauses.is_empty() {
        return Err(wrong(None, "it has no [[requirement]]".to_owned()));
    }
    let mut seen = BTreeSet::new();
    for clause in &framework.clauses {
        let id = &clause.id;
        if id.trim().is_empty() || clause.title.trim().is_empty() {
            return Err(wrong(None, format!("the requirement `{id}` has an empty `id` or `title`")));
        }
        if !seen.insert(id) {
            return Err(wrong(None, format!("the requirement {id} is there twice")));
        }
        if let Some(name) = clause.sources.iter().find(|name| !framework.sources.contains_key(*name)) {
            return Err(wrong(None, format!("the requirement {id} names the source `{name}`, which [sources] does not have")));
        }
    }
    Ok(framework)
}

impl Framework {
    /// Its title with the version.
    pub fn full_title(&self) -> String {
        if self.version.is_empty() { self.title.clone() } else { format!("{} {}", self.title, self.version) }
    }

    /// A requirement by its number.
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "id = 'our-policy'\ntitle = 'Our policy'\n[[requirement]]\nid = 'A1'\ntitle = 'Logs end'\nchecks = ['logs/*']\n";

    fn error(text: &str) -> String {
        parse(Path::new("p.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn a_file_of_the_users_own_needs_little() {
        let framework = parse(Path::new("p.toml"), GOOD).unwrap();
        assert_eq!(framework.clause("A1").map(|clause| clause.checks.as_slice()), Some(&["logs/*".to_owned()][..]));
        assert!(framework.clause("A2").is_none());
    }

    #[test]
    fn what_is_wrong_is_said_with_the_file_and_the_line() {
        assert!(error(&GOOD.replace("title = 'Logs end'", "titel = 'x'")).starts_with("p.toml:"));
        assert!(error(&GOOD.replace("'our-policy'", "'Our policy'")).contains("`id` is `Our policy`: write small letters"));
        assert!(error("id = 'a'\ntitle = 'b'\nrequirement = []\n").ends_with("it has no [[requirement]]"));
        assert!(error(&GOOD.replace("'A1'", "' '")).contains("empty `id` or `title`"));
        assert!(error(&format!("{GOOD}[[requirement]]\nid = 'A1'\ntitle = 'Again'\n")).ends_with("the requirement A1 is there twice"));
        assert!(error(&GOOD.replace("checks = ['logs/*']", "sources = ['page']")).contains("names the source `page`"));
    }
}
