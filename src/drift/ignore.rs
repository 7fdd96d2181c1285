//! Changes that somebody accepts: `[[drift.ignore]]` in driftlead.toml, each with a reason, and with an end if need be.

use std::borrow::Cow;

use globset::GlobMatcher;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use crate::change::{Change, Kind};
use crate::glob::{GlobError, matcher};

/// The section `[drift]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriftSection {
    /// What is accepted.
    #[serde(default)]
    pub ignore: Vec<Ignore>,
}

/// A change that is accepted. What is not named matches anything; at least one thing is named.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ignore {
    /// Why; it stands in every report.
    pub reason: String,
    /// The last day on which it holds (`2027-03-31`).
    #[serde(default)]
    pub expires: Option<String>,
    /// Tables, with patterns.
    #[serde(default)]
    pub table: Vec<Pattern>,
    /// ARNs, ids or names of resources, with patterns.
    #[serde(default)]
    pub resource: Vec<Pattern>,
    /// Columns: only these are accepted, others of the same row are still told.
    #[serde(default)]
    pub column: Vec<Pattern>,
    /// Names of tags: a change of other tags is still told.
    #[serde(default)]
    pub tag: Vec<Pattern>,
    /// Kinds of change: `changed`, `missing`, `added`, `unmanaged`, `unknown`.
    #[serde(default)]
    pub kind: Vec<KindWord>,
    /// Stacks or states, by name.
    #[serde(default)]
    pub declared_in: Vec<Pattern>,
    /// Logical ids or addresses.
    #[serde(default)]
    pub address: Vec<Pattern>,
    /// Accounts.
    #[serde(default)]
    pub account: Vec<String>,
    /// Regions.
    #[serde(default)]
    pub region: Vec<String>,
}

/// A glob.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", rename = "Glob")]
pub struct Pattern(GlobMatcher);

impl TryFrom<String> for Pattern {
    type Error = GlobError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        matcher(&text).map(Self)
    }
}

/// The word of a kind of change.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct KindWord(Kind);

impl JsonSchema for KindWord {
    fn schema_name() -> Cow<'static, str> {
        "KindWord".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Kind::ALL.into_iter().map(Kind::word).collect();
        schemars::json_schema!({ "enum": words, "description": "The word of a kind of change." })
    }
}

impl TryFrom<String> for KindWord {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let words: Vec<&str> = Kind::ALL.into_iter().map(Kind::word).collect();
        Kind::from_word(&text).map(Self).ok_or_else(|| format!("`{text}` is no kind of change; known are {}", words.join(", ")))
    }
}

impl DriftSection {
    /// What is wrong with it, in words.
    ///
    /// # Errors
    /// When a rule has no reason, names nothing, or ends on a day that is none.
    pub fn fits(&self) -> Result<(), String> {
        for rule in &self.ignore {
            if rule.reason.trim().is_empty() {
                return Err("[[drift.ignore]]: `reason` is empty: say why, it stands in every report".to_owned());
            }
            if rule.is_empty() {
                return Err(format!(
                    "[[drift.ignore]] \"{}\" names nothing and would accept everything: give it a table, a resource, …",
                    rule.reason
                ));
            }
            if let Some(day) = &rule.expires
                && day.parse::<jiff::civil::Date>().is_err()
            {
                return Err(format!("[[drift.ignore]] \"{}\": `expires` is a day such as 2027-03-31, not `{day}`", rule.reason));
            }
        }
        Ok(())
    }
}

/// Applies rules, and remembers which of them were of use.
#[derive(Debug)]
pub struct Ignoring<'r> {
    rules: Vec<(&'r Ignore, bool, u64)>,
}

impl<'r> Ignoring<'r> {
    /// The rules as they hold at the time of the snapshot, RFC 3339.
    pub fn new(section: &'r DriftSection, at: &str) -> Self {
        let today = at.get(..10).unwrap_or(at);
        let holds = |rule: &Ignore| rule.expires.as_deref().is_none_or(|last| last >= today);
        Self { rules: section.ignore.iter().map(|rule| (rule, holds(rule), 0)).collect() }
    }

    /// Accepts a change, or a part of it: then it is two, of which one is accepted.
    pub fn apply(&mut self, mut change: Change) -> Vec<Change> {
        let mut accepted = Vec::new();
        for (rule, holds, uses) in &mut self.rules {
            if !rule.is_about(&change) {
                continue;
            }
            let Some(part) = rule.part(&change) else { continue };
            *uses += 1;
            if !*holds {
                continue;
            }
            let is_whole = part.len() == change.columns.len();
            let mut one = change.clone();
            one.ignored.clone_from(&rule.reason);
            if is_whole {
                return accepted.into_iter().chain([one]).collect();
            }
            change.columns.retain(|column| !part.contains(&column.column));
            one.columns.retain(|column| part.contains(&column.column));
            accepted.push(one.sealed());
            change = change.sealed();
        }
        accepted.push(change);
        accepted
    }

    /// Rules that have expired, or match nothing: for the foot of the report.
    pub fn remarks(&self) -> Vec<String> {
        let remark = |(rule, holds, uses): &(&Ignore, bool, u64)| {
            let name = &rule.reason;
            let end = rule.expires.as_deref().unwrap_or("");
            match (holds, uses) {
                (true, 0) => Some(format!("The rule \"{name}\" in driftlead.toml matches nothing: take it out.")),
                (true, _) => None,
                (false, 0) => Some(format!("The rule \"{name}\" in driftlead.toml ended on {end} and matches nothing: take it out.")),
                (false, uses) => {
                    Some(format!("The rule \"{name}\" in driftlead.toml ended on {end}; {uses} that it accepted are told again."))
                }
            }
        };
        self.rules.iter().filter_map(remark).collect()
    }
}

impl Ignore {
    fn is_empty(&self) -> bool {
        self.table.is_empty()
            && self.resource.is_empty()
            && self.column.is_empty()
            && self.tag.is_empty()
            && self.kind.is_empty()
            && self.declared_in.is_empty()
            && self.address.is_empty()
            && self.account.is_empty()
            && self.region.is_empty()
    }

    fn is_about(&self, change: &Change) -> bool {
        let any = |patterns: &[Pattern], text: &str| patterns.is_empty() || patterns.iter().any(|pattern| pattern.0.is_match(text));
        let last = change.resource.rsplit(['/', ':']).next().unwrap_or("");
        let (name, address) = change.declared.as_ref().map_or(("", ""), |origin| (&origin.name, &origin.address));
        any(&self.table, &change.table)
            && (any(&self.resource, &change.resource) || any(&self.resource, last))
            && (self.kind.is_empty() || self.kind.iter().any(|kind| kind.0 == change.kind))
            && any(&self.declared_in, name)
            && any(&self.address, address)
            && (self.account.is_empty() || self.account.contains(&change.account))
            && (self.region.is_empty() || self.region.contains(&change.region))
    }

    /// The columns of the change that it accepts; none if it accepts nothing of it.
    fn part(&self, change: &Change) -> Option<Vec<String>> {
        let all = || change.columns.iter().map(|column| column.column.clone()).collect::<Vec<_>>();
        if self.column.is_empty() && self.tag.is_empty() {
            return Some(all());
        }
        let is_accepted = |column: &&crate::change::ColumnChange| {
            let by_name = self.column.iter().any(|pattern| pattern.0.is_match(&column.column));
            by_name || (!self.tag.is_empty() && column.column == "tags" && self.are_tags(column))
        };
        let part: Vec<String> = change.columns.iter().filter(is_accepted).map(|column| column.column.clone()).collect();
        (!part.is_empty()).then_some(part)
    }

    /// Whether all tags that differ are accepted ones.
    fn are_tags(&self, column: &crate::change::ColumnChange) -> bool {
        let (Some(wanted), Some(found)) = (column.wanted.as_object(), column.found.as_object()) else { return false };
        let differs = |name: &&String| wanted.get(*name) != found.get(*name);
        let is_other = |name: &String| found.contains_key(name) && !wanted.contains_key(name) && name.starts_with("aws:");
        let names = wanted.keys().chain(found.keys()).filter(differs).filter(|name| !is_other(name));
        names.into_iter().all(|name| self.tag.iter().any(|pattern| pattern.0.is_match(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Change, ColumnChange};
    use serde_json::json;

    fn rules(text: &str) -> DriftSection {
        toml::from_str(text).unwrap()
    }

    fn change() -> Change {
        let column = |name: &str, wanted, found| ColumnChange { column: name.into(), property: String::new(), wanted, found };
        let mut change = Change::sample();
        change.columns = vec![
            column("memory_size", json!(128), json!(256)),
            column("tags", json!({"env": "prod"}), json!({"env": "prod", "map-migrated": "1"})),
        ];
        change.sealed()
    }

    #[test]
    fn a_part_is_accepted_and_the_rest_is_told() {
        let section = rules("[[ignore]]\nreason = 'billing tags'\ntag = ['map-*']");
        let mut ignoring = Ignoring::new(&section, "2026-11-23T00:00:00Z");
        let told = ignoring.apply(change());
        assert_eq!(told.len(), 2);
        assert_eq!((told[0].ignored.as_str(), told[0].columns[0].column.as_str()), ("billing tags", "tags"));
        assert_eq!((told[1].ignored.as_str(), told[1].columns.len()), ("", 1));
        assert!(ignoring.remarks().is_empty());
    }

    #[test]
    fn rules_that_ended_or_match_nothing_are_told() {
        let section = rules(
            "[[ignore]]\nreason = 'a'\ntable = ['aws_lambda_*']\nexpires = '2026-11-22'
             [[ignore]]\nreason = 'b'\nresource = ['*nothing']\nexpires = '2026-11-23'",
        );
        let mut ignoring = Ignoring::new(&section, "2026-11-23T00:00:00Z");
        assert!(ignoring.apply(change()).iter().all(|change| change.ignored.is_empty()));
        let remarks = ignoring.remarks();
        assert!(remarks[0].contains("ended on 2026-11-22; 1 that it accepted"), "{remarks:?}");
        assert!(remarks[1].contains("matches nothing"), "{remarks:?}");
    }

    #[test]
    fn a_rule_that_would_accept_everything_is_refused() {
        assert!(rules("[[ignore]]\nreason = 'x'").fits().unwrap_err().contains("names nothing"));
        assert!(rules("[[ignore]]\nreason = ' '\ntable = ['*']").fits().unwrap_err().contains("say why"));
        assert!(rules("[[ignore]]\nreason = 'x'\ntable = ['*']\nexpires = 'soon'").fits().unwrap_err().contains("`soon`"));
        assert!(toml::from_str::<DriftSection>("[[ignore]]\nreason = 'x'\nkind = ['gone']").unwrap_err().to_string().contains("known are"));
    }
}
