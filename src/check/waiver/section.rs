//! `[[waiver]]` as it is written, and what is wrong with it in words.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use toml::Spanned;

use super::Waiver;
use crate::check::selector::{Patterns, Selector, Subject};
use crate::finding::Status;

/// The `[[waiver]]`s as they are written, each with its place in the text.
pub type WaiversSection = Vec<Spanned<WaiverSection>>;

/// A `[[waiver]]`: verdicts that somebody accepts. They are muted: they stay in every report, and do not count for the exit code. At
/// least one thing is named, under `checks` or `match`; what is not named matches anything.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverSection {
    /// What it is called; it stands in every report. Each waiver has its own name.
    #[schemars(required)]
    name: Option<String>,
    /// Why it is accepted; it stands in every report.
    #[schemars(required)]
    reason: Option<String>,
    /// Who answers for it: a person, a team, an address.
    #[schemars(required)]
    owner: Option<String>,
    /// The last day on which it holds (`"2027-03-31"`), by the clock of the snapshot. A waiver without one is told as such.
    expires: Option<Day>,
    /// It ends when the evidence changes that it was granted on: `driftlead waive` grants it on what there is, and writes that into
    /// `driftlead.waivers.toml`.
    #[serde(default)]
    until_changed: bool,
    /// What it accepts: `["fail"]` unless it says otherwise; `["fail", "unknown"]` accepts what cannot be said, too.
    status: Option<Vec<Accepted>>,
    /// Ids of checks, with patterns.
    checks: Option<Patterns>,
    /// For what it holds; without it, for everything that these checks say.
    #[serde(default, rename = "match")]
    selector: Selector,
}

/// A verdict that a waiver can accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Accepted {
    /// A failure.
    Fail,
    /// Something that cannot be said.
    Unknown,
}

impl From<Accepted> for Status {
    fn from(accepted: Accepted) -> Self {
        match accepted {
            Accepted::Fail => Self::Fail,
            Accepted::Unknown => Self::Unknown,
        }
    }
}

/// A day, as text or as TOML's own date.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "toml::Value")]
struct Day(String);

impl TryFrom<toml::Value> for Day {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, Self::Error> {
        let text = match value {
            toml::Value::String(text) => text,
            other => other.to_string(),
        };
        day(&text).map(Self)
    }
}

/// A day such as `2027-03-31`, as it is written in driftlead.toml.
///
/// # Errors
/// What is wrong with it.
pub fn day(text: &str) -> Result<String, String> {
    let parsed: Option<jiff::civil::Date> = text.parse().ok();
    match parsed.map(|day| day.to_string()).filter(|day| day == text) {
        Some(day) => Ok(day),
        None => Err(format!("a day is written as 2027-03-31, not `{text}`")),
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            "description": "A day, such as `2027-03-31`.",
        })
    }
}

impl WaiverSection {
    /// The waiver, or what is wrong with it.
    fn waiver(self, line: usize) -> Result<Waiver, String> {
        let given = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let Some(name) = given(self.name) else {
            return Err("[[waiver]]: `name` is missing: give it one, it stands in every report".to_owned());
        };
        if name.chars().any(char::is_control) {
            return Err(format!("the waiver {name:?}: `name` is one line of text"));
        }
        let of = |what: String| format!("the waiver \"{name}\" {what}");
        let reason = given(self.reason).ok_or_else(|| of("has no `reason`: say why, it stands in every report".to_owned()))?;
        let owner = given(self.owner).ok_or_else(|| of("has no `owner`: say who answers for it".to_owned()))?;
        if self.checks.is_none() && self.selector.is_empty() {
            return Err(of("names nothing and would accept everything: give it `checks`, or a `match`".to_owned()));
        }
        if let Some(fault) = self.selector.fault() {
            return Err(of(format!("cannot be understood: {fault}")));
        }
        let accepts: Vec<Status> = self.status.map_or_else(|| vec![Status::Fail], |list| list.into_iter().map(Status::from).collect());
        if accepts.is_empty() {
            return Err(of("accepts nothing: take `status` out, or name \"fail\" or \"unknown\"".to_owned()));
        }
        let (expires, until_changed) = (self.expires.map(|day| day.0), self.until_changed);
        let (checks, selector) = (self.checks, self.selector);
        Ok(Waiver { name, line, reason, owner, expires, until_changed, accepts, checks, selector, grants: BTreeMap::new() })
    }
}

/// The waivers of one configuration.
#[derive(Debug, Clone, Default)]
pub struct Waivers {
    /// The name of the file that they are in, without its folder: the same on every machine.
    pub(super) file: String,
    /// Its path as it was given.
    pub(super) path: String,
    pub(super) all: Vec<Waiver>,
}

impl Waivers {
    /// Makes them of what is written, each with its line.
    ///
    /// # Errors
    /// With the line, and what to do.
    pub fn new(path: &Path, sections: impl Iterator<Item = (usize, WaiverSection)>) -> Result<Self, (usize, String)> {
        let name = path.file_name().map_or_else(|| "driftlead.toml".into(), |name| name.to_string_lossy());
        let mut waivers = Self { file: name.into_owned(), path: path.display().to_string(), all: Vec::new() };
        for (line, section) in sections {
            let waiver = section.waiver(line).map_err(|detail| (line, detail))?;
            if let Some(other) = waivers.all.iter().find(|other| other.name == waiver.name) {
                let detail =
                    format!("the waiver \"{}\" is there twice, first in line {}: give each a name of its own", waiver.name, other.line);
                return Err((line, detail));
            }
            waivers.all.push(waiver);
        }
        Ok(waivers)
    }

    /// Says which waiver speaks of no check.
    ///
    /// # Errors
    /// With its line.
    pub fn fits(&self, known: &BTreeSet<String>) -> Result<(), (usize, String)> {
        let about = |waiver: &Waiver, check: &str| waiver.decide(&Subject { check: Some(check), ..Subject::default() }) != Some(false);
        match self.all.iter().find(|waiver| !known.iter().any(|check| about(waiver, check))) {
            Some(waiver) => {
                let detail = format!("the waiver \"{}\" is about no check (driftlead list checks shows their ids)", waiver.name);
                Err((waiver.line, detail))
            }
            None => Ok(()),
        }
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Waiver> {
        self.all.iter()
    }
}
