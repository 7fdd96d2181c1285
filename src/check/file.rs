//! The check file: TOML front-matter in a leading `/*--- … ---*/` comment, then one SELECT.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::finding::{Asked, Leg, Severity};

/// A check that was read from its file, not yet vetted.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its path without the suffix: `service/fault`.
    pub id: String,
    /// Where it came from, for messages.
    pub path: PathBuf,
    /// The front-matter.
    pub card: Card,
    /// The whole file: the comment is part of the statement, so that lines in errors are lines of the file.
    pub sql: String,
}

/// The front-matter.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The fault in a few words; reads well after "allow".
    pub title: String,
    /// How bad a failure is; a `severity` column overrides it for a row.
    #[serde(deserialize_with = "severity")]
    pub severity: Severity,
    /// What the check proves.
    #[serde(deserialize_with = "leg")]
    pub leg: Leg,
    /// What joins the legs.
    pub family: String,
    /// One sentence about a failing resource; `{column}` is replaced.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// The command that repairs it; `{column}` is replaced. `fixes` has those that differ by reason.
    pub fix: String,
    /// Fixes by reason, where they differ.
    #[serde(default)]
    pub fixes: BTreeMap<String, String>,
    /// What each reason code means.
    #[serde(default)]
    pub reasons: BTreeMap<String, String>,
    /// How far the question reaches: the row's own region, or all regions of its account.
    #[serde(default, deserialize_with = "reach")]
    pub reach: Reach,
    /// Computed columns that change by themselves (ages, sums of measurements): no part of the digest of the evidence.
    #[serde(default)]
    pub volatile: Vec<String>,
    /// Controls by framework and version.
    #[serde(default)]
    pub frameworks: BTreeMap<String, Vec<String>>,
    /// Pages that say more.
    #[serde(default)]
    pub references: Vec<String>,
    /// Parameters with their defaults.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
}

/// How far a check's joins reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Rows are joined within a region (and with what has no region).
    #[default]
    Region,
    /// Rows are joined across regions of an account: a gap in any of them can hide a match.
    Account,
    /// Rows are joined across accounts: a gap in any of them can hide a match.
    Everywhere,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// The value that holds unless the user's configuration says otherwise.
    pub default: ParamValue,
    /// What it is, with its unit.
    pub doc: String,
}

/// A parameter's value. Lists reach SQL as JSON text.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ParamValue {
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// A switch.
    Bool(bool),
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

impl ParamValue {
    /// The value for SQLite.
    pub fn to_sql(&self) -> rusqlite::types::Value {
        use rusqlite::types::Value;
        match self {
            Self::Integer(number) => Value::Integer(*number),
            Self::Real(number) => Value::Real(*number),
            Self::Bool(switch) => Value::Integer(i64::from(*switch)),
            Self::Text(text) => Value::Text(text.clone()),
            Self::List(items) => Value::Text(serde_json::Value::from(items.clone()).to_string()),
        }
    }

    /// Whether another value is of the same kind, so that it can take this one's place.
    pub fn is_like(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Real(_), Self::Integer(_))) || std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// The kind in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Integer(_) => "a whole number",
            Self::Real(_) => "a number",
            Self::Bool(_) => "true or false",
            Self::Text(_) => "a text",
            Self::List(_) => "a list of texts",
        }
    }
}

impl std::fmt::Display for ParamValue {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(number) => write!(out, "{number}"),
            Self::Real(number) => write!(out, "{number}"),
            Self::Bool(switch) => write!(out, "{switch}"),
            Self::Text(text) => write!(out, "{text}"),
            Self::List(items) => write!(out, "{}", items.join(", ")),
        }
    }
}

fn word<'de, D: serde::Deserializer<'de>, T>(from: D, parse: impl Fn(&str) -> Option<T>, words: &str) -> Result<T, D::Error> {
    let word = String::deserialize(from)?;
    parse(&word).ok_or_else(|| serde::de::Error::custom(format!("`{word}` is none of {words}")))
}

fn severity<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Severity, D::Error> {
    word(from, Severity::from_word, "critical, high, medium, low, info")
}

fn leg<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Leg, D::Error> {
    let parse = |word: &str| [Leg::Configured, Leg::Working].into_iter().find(|leg| leg.word() == word);
    word(from, parse, "configured, working")
}

fn reach<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Reach, D::Error> {
    let parse = |word: &str| match word {
        "region" => Some(Reach::Region),
        "account" => Some(Reach::Account),
        "everywhere" => Some(Reach::Everywhere),
        _ => None,
    };
    word(from, parse, "region, account, everywhere")
}

/// What is wrong with a check file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: {detail}", path.display())]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub detail: String,
}

/// Reads a check from its text.
///
/// # Errors
/// When the front-matter is missing or wrong, with the line.
pub fn parse(id: &str, path: &Path, text: &str) -> Result<Check, FileError> {
    let wrong = |line: usize, detail: String| FileError { path: path.to_owned(), line, detail };
    let Some(after_open) = text.strip_prefix("/*---") else {
        return Err(wrong(1, "a check begins with its front-matter: /*--- TOML ---*/".into()));
    };
    let Some(end) = after_open.find("*/") else {
        return Err(wrong(1, "the front-matter is never closed: end it with ---*/".into()));
    };
    let comment = &after_open[..end];
    let Some(front_matter) = comment.strip_suffix("---") else {
        let line = 1 + comment.matches('\n').count();
        return Err(wrong(line, "`*/` ends the front-matter here; write patterns such as role/*/x as role/**/x or reword".into()));
    };
    let card: Card = toml::from_str(front_matter).map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + front_matter[..span.start].matches('\n').count());
        wrong(line, error.message().to_owned())
    })?;
    Ok(Check { id: id.to_owned(), path: path.to_owned(), card, sql: text.to_owned() })
}

impl Check {
    /// What reports say of it besides its verdicts.
    pub fn asked(&self) -> Asked {
        let card = &self.card;
        Asked {
            id: self.id.clone(),
            title: card.title.clone(),
            severity: card.severity,
            leg: card.leg,
            family: card.family.clone(),
            why: card.why.trim().to_owned(),
            fix: card.fix.clone(),
            reasons: card.reasons.clone(),
            frameworks: card.frameworks.clone(),
            references: card.references.clone(),
        }
    }

    /// The line of the file in which a byte of it lies, from 1.
    pub fn line_of(&self, offset: usize) -> usize {
        1 + self.sql.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count()
    }

    /// An error about a line of this file.
    pub fn error(&self, line: usize, detail: String) -> FileError {
        FileError { path: self.path.clone(), line, detail }
    }

    /// The SELECT without the front-matter and the final semicolon.
    pub fn select(&self) -> &str {
        let body = self.sql.find("*/").map_or(self.sql.as_str(), |end| &self.sql[end + 2..]);
        body.trim().trim_end_matches(';').trim_end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "/*---\ntitle = \"T\"\nseverity = \"high\"\nleg = \"working\"\nfamily = \"f\"\nmessage = \"m\"\nwhy = \"w\"\nfix = \"f\"\n---*/\nselect 1;\n";

    fn error(text: &str) -> String {
        parse("s/f", Path::new("s/f.sql"), text).unwrap_err().to_string()
    }

    #[test]
    fn a_good_file_is_read() {
        let check = parse("s/f", Path::new("s/f.sql"), GOOD).unwrap();
        assert_eq!((check.card.severity, check.card.leg), (Severity::High, Leg::Working));
        assert_eq!(check.select(), "select 1");
        assert_eq!(check.line_of(GOOD.find("select").unwrap()), 10);
    }

    #[test]
    fn errors_name_file_and_line() {
        assert_eq!(error("select 1"), "s/f.sql:1: a check begins with its front-matter: /*--- TOML ---*/");
        assert!(error("/*---\ntitle = 1").starts_with("s/f.sql:1: the front-matter is never closed"));
        assert!(error(&GOOD.replace("\"high\"", "\"loud\"")).starts_with("s/f.sql:3: `loud` is none of critical"));
        assert!(error(&GOOD.replace("why", "wye")).contains("wye"));
        assert!(error(&GOOD.replace("\"w\"", "\"role/*/x\"")).starts_with("s/f.sql:7: `*/` ends the front-matter here"));
    }
}
