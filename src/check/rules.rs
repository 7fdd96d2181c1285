//! Parameters: which value holds for which resource, and which rule of the user's configuration says so.
//!
//! A check has defaults. `[params]` in `driftlead.toml` sets them for everything, a `[[rule]]` for what its selector matches; of
//! several rules that match, the last one wins. A selector that needs a fact which was not read (tags) cannot be decided: the check
//! is then asked with either value, and if they disagree the verdict is unknown.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use globset::{Glob, GlobMatcher};
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::file::{Check, ParamValue};

/// The user's configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where it came from; empty when there is none.
    pub path: PathBuf,
    params: BTreeMap<String, Setting>,
    rules: Vec<Rule>,
}

/// A value that the user set, and the line that says so.
#[derive(Debug, Clone)]
struct Setting {
    value: ParamValue,
    line: usize,
}

/// A `[[rule]]`.
#[derive(Debug, Clone)]
struct Rule {
    name: String,
    line: usize,
    checks: Vec<GlobMatcher>,
    accounts: Vec<String>,
    regions: Vec<String>,
    names: Vec<GlobMatcher>,
    tags: BTreeMap<String, GlobMatcher>,
    params: BTreeMap<String, Setting>,
}

/// What is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", place(path, *line))]
pub struct ConfigError {
    path: PathBuf,
    line: Option<usize>,
    detail: String,
}

fn place(path: &Path, line: Option<usize>) -> String {
    let path = path.display();
    line.map_or_else(|| path.to_string(), |line| format!("{path}:{line}"))
}

/// `[params]` as it is written, each value with its place in the text.
pub type ParamsSection = BTreeMap<String, Spanned<ParamValue>>;

/// The `[[rule]]`s as they are written, each with its place in the text.
pub type RulesSection = Vec<Spanned<RuleSection>>;

/// A `[[rule]]` as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSection {
    name: String,
    checks: Vec<String>,
    #[serde(default, rename = "match")]
    selector: Selector,
    params: ParamsSection,
}

#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Selector {
    #[serde(default)]
    account: Vec<String>,
    #[serde(default)]
    region: Vec<String>,
    #[serde(default)]
    name: Vec<String>,
    #[serde(default)]
    tag: BTreeMap<String, String>,
}

impl ConfigError {
    /// Something is wrong with the file, in a line of it if that is known.
    pub fn new(path: &Path, line: Option<usize>, detail: String) -> Self {
        Self { path: path.to_owned(), line, detail }
    }
}

impl Config {
    /// Makes a configuration of its sections; `text` is the file that they are from.
    ///
    /// # Errors
    /// When a pattern is none.
    pub fn new(path: &Path, text: &str, params: ParamsSection, rules: RulesSection) -> Result<Self, ConfigError> {
        let wrong = |line, detail: String| ConfigError::new(path, line, detail);
        let line_of = |span: &Range<usize>| 1 + text[..span.start].matches('\n').count();
        let settings = |params: ParamsSection| -> BTreeMap<String, Setting> {
            let setting = |value: Spanned<ParamValue>| Setting { line: line_of(&value.span()), value: value.into_inner() };
            params.into_iter().map(|(name, value)| (name, setting(value))).collect()
        };
        let globs = |patterns: &[String]| -> Result<Vec<GlobMatcher>, ConfigError> {
            let glob = |pattern: &String| Glob::new(pattern).map(|glob| glob.compile_matcher());
            patterns.iter().map(|pattern| glob(pattern).map_err(|error| wrong(None, error.to_string()))).collect()
        };
        let rule = |rule: Spanned<RuleSection>| -> Result<Rule, ConfigError> {
            let (line, rule) = (line_of(&rule.span()), rule.into_inner());
            let tag = |(key, pattern): (String, String)| Ok((key, globs(&[pattern])?.remove(0)));
            Ok(Rule {
                checks: globs(&rule.checks)?,
                accounts: rule.selector.account,
                regions: rule.selector.region,
                names: globs(&rule.selector.name)?,
                tags: rule.selector.tag.into_iter().map(tag).collect::<Result<_, ConfigError>>()?,
                params: settings(rule.params),
                name: rule.name,
                line,
            })
        };
        let rules = rules.into_iter().map(rule).collect::<Result<_, _>>()?;
        Ok(Self { path: path.to_owned(), params: settings(params), rules })
    }

    /// Says what does not fit the checks: an unknown parameter, a value of the wrong kind, a rule that speaks of no check.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn fits(&self, checks: &[Check]) -> Result<(), ConfigError> {
        let wrong = |line, detail: String| ConfigError { path: self.path.clone(), line: Some(line), detail };
        let fits = |name: &str, Setting { value, line }: &Setting, of: &mut dyn Iterator<Item = &Check>| {
            let mut known = of.filter_map(|check| check.card.params.get(name).map(|param| (check, param))).peekable();
            if known.peek().is_none() {
                return Err(wrong(*line, format!("no check has a parameter `{name}` (driftlead explain CHECK lists them)")));
            }
            match known.find(|(_, param)| !param.default.is_like(value)) {
                Some((check, param)) => Err(wrong(*line, format!("`{name}` of {} is {}, not `{value}`", check.id, param.default.kind()))),
                None => Ok(()),
            }
        };
        for (name, setting) in &self.params {
            fits(name, setting, &mut checks.iter())?;
        }
        for rule in &self.rules {
            let of = || checks.iter().filter(|check| rule.is_about(check));
            if of().next().is_none() {
                return Err(wrong(
                    rule.line,
                    format!("the rule `{}` is about no check (driftlead list checks shows their ids)", rule.name),
                ));
            }
            for (name, setting) in &rule.params {
                fits(name, setting, &mut of())?;
            }
        }
        Ok(())
    }

    /// The values for a check before any rule, with the word for where they come from.
    pub fn base(&self, check: &Check) -> Values {
        let value = |(name, param): (&String, &super::file::Param)| match self.params.get(name) {
            Some(set) => (name.clone(), (set.value.clone(), "driftlead.toml [params]".to_owned())),
            None => (name.clone(), (param.default.clone(), "default".to_owned())),
        };
        Values(check.card.params.iter().map(value).collect())
    }

    /// Whether any rule could change this check's values.
    pub fn has_rules_for(&self, check: &Check) -> bool {
        self.rules_for(check).next().is_some()
    }

    /// All values that may hold for a resource: one set, or several when a selector could not be decided.
    pub fn possible(&self, check: &Check, resource: &Resource) -> Vec<Values> {
        let mut possible = vec![self.base(check)];
        for rule in self.rules_for(check) {
            let with = |values: &Values| values.with(rule);
            match rule.matches(resource) {
                Some(true) => possible = possible.iter().map(with).collect(),
                Some(false) => {}
                None => possible.extend(possible.iter().map(with).collect::<Vec<_>>()),
            }
        }
        let mut distinct: Vec<Values> = Vec::new();
        for values in possible {
            if !distinct.iter().any(|other| other.same_values(&values)) {
                distinct.push(values);
            }
        }
        distinct
    }

    fn rules_for<'a>(&'a self, check: &'a Check) -> impl Iterator<Item = &'a Rule> {
        let changes = |rule: &&Rule| rule.params.keys().any(|name| check.card.params.contains_key(name));
        self.rules.iter().filter(|rule| rule.is_about(check)).filter(changes)
    }
}

/// What selectors can ask about a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// Its name, or what its ARN ends in.
    pub name: String,
    /// Its tags as JSON; `None` when they were not read.
    pub tags: Option<String>,
}

/// Values of a check's parameters, each with where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Values(BTreeMap<String, (ParamValue, String)>);

impl Values {
    /// The values by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ParamValue, &str)> {
        self.0.iter().map(|(name, (value, from))| (name.as_str(), value, from.as_str()))
    }

    /// Whether the values are the same, wherever they come from.
    pub fn same_values(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().all(|(name, (value, _))| other.0.get(name).is_some_and(|(v, _)| v == value))
    }

    fn with(&self, rule: &Rule) -> Self {
        let mut values = self.clone();
        for (name, setting) in &rule.params {
            if let Some(slot) = values.0.get_mut(name) {
                *slot = (setting.value.clone(), format!("driftlead.toml rule `{}`", rule.name));
            }
        }
        values
    }
}

impl Rule {
    fn is_about(&self, check: &Check) -> bool {
        self.checks.iter().any(|glob| glob.is_match(&check.id))
    }

    /// Whether the selector matches; `None` when it cannot be decided.
    fn matches(&self, resource: &Resource) -> Option<bool> {
        let is_one_of = |list: &[String], value: &str| list.is_empty() || list.iter().any(|item| item == value);
        let has_name = self.names.is_empty() || self.names.iter().any(|glob| glob.is_match(&resource.name));
        if !is_one_of(&self.accounts, &resource.account) || !is_one_of(&self.regions, &resource.region) || !has_name {
            return Some(false);
        }
        if self.tags.is_empty() {
            return Some(true);
        }
        let tags: BTreeMap<String, Value> = serde_json::from_str(resource.tags.as_deref()?).ok()?;
        Some(self.tags.iter().all(|(key, glob)| tags.get(key).and_then(Value::as_str).is_some_and(|value| glob.is_match(value))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> Check {
        let text = "/*---\ntitle='t'\nseverity='low'\nleg='configured'\nfamily='f'\nmessage='m'\nwhy='w'\nfix='f'\n[params.days]\ndefault=7\ndoc='d'\n---*/select 1";
        super::super::file::parse("logs/short", Path::new("logs/short.sql"), text).unwrap()
    }

    fn resource(tags: Option<&str>) -> Resource {
        Resource { account: "1".into(), region: "r".into(), name: "n".into(), tags: tags.map(str::to_owned) }
    }

    const CONFIG: &str = "
        [params]
        days = 30
        [[rule]]
        name = 'audit'
        checks = ['logs/*']
        match = { tag = { data = 'audit' } }
        params = { days = 2557 }
        [[rule]]
        name = 'dev'
        checks = ['logs/*']
        match = { tag = { env = 'dev*' } }
        params = { days = 1 }";

    #[derive(Deserialize)]
    struct File {
        #[serde(default)]
        params: ParamsSection,
        #[serde(default)]
        rule: RulesSection,
    }

    fn parse(path: &str, text: &str) -> Result<Config, ConfigError> {
        let file: File = toml::from_str(text).unwrap();
        Config::new(Path::new(path), text, file.params, file.rule)
    }

    fn days(config: &Config, tags: Option<&str>) -> Vec<String> {
        let possible = config.possible(&check(), &resource(tags));
        possible.iter().flat_map(|values| values.iter().map(|(_, value, from)| format!("{value} {from}")).collect::<Vec<_>>()).collect()
    }

    #[test]
    fn the_last_rule_that_matches_wins_and_says_so() {
        let config = parse("driftlead.toml", CONFIG).unwrap();
        config.fits(&[check()]).unwrap();
        assert_eq!(days(&config, Some("{}")), ["30 driftlead.toml [params]"]);
        assert_eq!(days(&config, Some(r#"{"data":"audit"}"#)), ["2557 driftlead.toml rule `audit`"]);
        assert_eq!(days(&config, Some(r#"{"data":"audit","env":"dev1"}"#)), ["1 driftlead.toml rule `dev`"]);
        assert_eq!(days(&Config::default(), Some("{}")), ["7 default"]);
    }

    #[test]
    fn unread_tags_leave_every_value_possible() {
        let config = parse("driftlead.toml", CONFIG).unwrap();
        assert_eq!(days(&config, None).len(), 3);
    }

    #[test]
    fn a_configuration_that_does_not_fit_is_refused() {
        let error = |text: &str| {
            let config = parse("c.toml", text);
            config.and_then(|config| config.fits(&[check()])).unwrap_err().to_string()
        };
        assert_eq!(error("[params]\nhours = 1"), "c.toml:2: no check has a parameter `hours` (driftlead explain CHECK lists them)");
        assert_eq!(error("[params]\ndays = 'x'"), "c.toml:2: `days` of logs/short is a whole number, not `x`");
        assert!(error("[[rule]]\nname='r'\nchecks=['s3/*']\nparams={days=1}").contains("the rule `r` is about no check"));
    }
}
