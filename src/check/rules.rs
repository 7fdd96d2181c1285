//! Parameters: which value holds for which resource, and which rule of the user's configuration says so.
//!
//! A check has defaults. `[params]` in `driftlead.toml` sets them for everything, a `[[rule]]` for what its selector matches; of
//! several rules that match, the last one wins. A selector that needs a fact which was not read (tags) cannot be decided: the check
//! is then asked with either value, and if they disagree the verdict is unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::file::{Check, ParamValue};
use super::selector::{Patterns, Selector, Subject};
use super::waiver::{Grants, Waivers, WaiversSection};
use crate::finding::Asked;

/// The user's configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where it came from; empty when there is none.
    pub path: PathBuf,
    /// The ids of all checks that there are, once [`Config::fits`] saw them.
    pub(super) known: BTreeSet<String>,
    pub(super) waivers: Waivers,
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
    checks: Patterns,
    selector: Selector,
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

/// A `[[rule]]`: sets parameters in some checks, for what it matches. Of several rules that match, the last one wins.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSection {
    /// What it is for; it stands beside the value in every report.
    name: String,
    /// Ids of checks, with patterns.
    checks: Patterns,
    /// For what it holds; without it, for everything.
    #[serde(default, rename = "match")]
    selector: Selector,
    /// The parameters that it sets. `driftlead explain CHECK` lists a check's parameters.
    #[schemars(with = "BTreeMap<String, ParamValue>")]
    params: ParamsSection,
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
    /// When a selector, or a waiver, is not what it should be.
    pub fn new(path: &Path, text: &str, params: ParamsSection, rules: RulesSection, waivers: WaiversSection) -> Result<Self, ConfigError> {
        let line_of = |span: &Range<usize>| 1 + text[..span.start].matches('\n').count();
        let settings = |params: ParamsSection| -> BTreeMap<String, Setting> {
            let setting = |value: Spanned<ParamValue>| Setting { line: line_of(&value.span()), value: value.into_inner() };
            params.into_iter().map(|(name, value)| (name, setting(value))).collect()
        };
        let rule = |rule: Spanned<RuleSection>| -> Result<Rule, ConfigError> {
            let (line, rule) = (line_of(&rule.span()), rule.into_inner());
            if let Some(fault) = rule.selector.fault() {
                return Err(ConfigError::new(path, Some(line), format!("the rule `{}`: {fault}", rule.name)));
            }
            Ok(Rule { checks: rule.checks, selector: rule.selector, params: settings(rule.params), name: rule.name, line })
        };
        let rules = rules.into_iter().map(rule).collect::<Result<_, _>>()?;
        let wrong = |line, detail: String| ConfigError::new(path, Some(line), detail);
        let waivers = Waivers::new(path, waivers.into_iter().map(|waiver| (line_of(&waiver.span()), waiver.into_inner())))
            .map_err(|(line, detail)| wrong(line, detail))?;
        Ok(Self { path: path.to_owned(), known: BTreeSet::new(), params: settings(params), rules, waivers })
    }

    /// Says what does not fit the checks: an unknown parameter, a value of the wrong kind, a rule or a waiver that speaks of no check.
    /// Remembers which checks there are.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn fits(&mut self, checks: &[Check]) -> Result<(), ConfigError> {
        let path = self.path.clone();
        let wrong = |line, detail: String| ConfigError::new(&path, Some(line), detail);
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
        self.known = checks.iter().map(|check| check.id.clone()).collect();
        self.waivers.fits(&self.known).map_err(|(line, detail)| wrong(line, detail))
    }

    /// Tells the waivers what they were granted on.
    pub fn grant(&mut self, grants: &Grants) {
        self.waivers.grant(grants);
    }

    /// The waivers.
    pub fn waivers(&self) -> &Waivers {
        &self.waivers
    }

    /// What is asked of the waivers, for reports that describe what was asked; nothing where there are none.
    pub fn waiver_cards(&self) -> Vec<Asked> {
        if self.waivers.is_empty() { Vec::new() } else { super::waiver::cards() }
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
    pub fn possible(&self, check: &Check, resource: &Subject<'_>) -> Vec<Values> {
        let mut possible = vec![self.base(check)];
        for rule in self.rules_for(check) {
            let with = |values: &Values| values.with(rule);
            match rule.selector.decide(resource) {
                Some(true) => possible = distinct(possible.iter().map(with)),
                Some(false) => {}
                // Each rule that is open could double them: what is the same is counted once, rule by rule.
                None => possible = distinct(possible.iter().cloned().chain(possible.iter().map(with))),
            }
        }
        possible
    }

    fn rules_for<'a>(&'a self, check: &'a Check) -> impl Iterator<Item = &'a Rule> {
        let changes = |rule: &&Rule| rule.params.keys().any(|name| check.card.params.contains_key(name));
        self.rules.iter().filter(|rule| rule.is_about(check)).filter(changes)
    }
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

/// Of several that are the same, wherever they come from, the first.
fn distinct(all: impl Iterator<Item = Values>) -> Vec<Values> {
    let mut distinct: Vec<Values> = Vec::new();
    for values in all {
        if !distinct.iter().any(|other| other.same_values(&values)) {
            distinct.push(values);
        }
    }
    distinct
}

impl Rule {
    fn is_about(&self, check: &Check) -> bool {
        self.checks.is_match(&check.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> Check {
        let text = "/*---\ntitle='t'\nseverity='low'\nleg='configured'\nfamily='f'\nmessage='m'\nwhy='w'\nfix='f'\n[params.days]\ndefault=7\ndoc='d'\n---*/select 1";
        super::super::file::parse("logs/short", Path::new("logs/short.sql"), text).unwrap()
    }

    fn resource(tags: Option<&str>) -> Subject<'_> {
        Subject { account: Some("1"), region: Some("r"), name: Some("n"), tags, ..Subject::default() }
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
        Config::new(Path::new(path), text, file.params, file.rule, Vec::new())
    }

    fn days(config: &Config, tags: Option<&str>) -> Vec<String> {
        let possible = config.possible(&check(), &resource(tags));
        possible.iter().flat_map(|values| values.iter().map(|(_, value, from)| format!("{value} {from}")).collect::<Vec<_>>()).collect()
    }

    #[test]
    fn the_last_rule_that_matches_wins_and_says_so() {
        let mut config = parse("driftlead.toml", CONFIG).unwrap();
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
    fn many_rules_that_are_open_do_not_double_the_values() {
        let rule = |i| format!("[[rule]]\nname='{i}'\nchecks=['logs/*']\nmatch={{tag={{a='{i}'}}}}\nparams={{days={i}}}\n");
        let config = parse("c.toml", &(0..64).map(rule).collect::<String>()).unwrap();
        assert_eq!(days(&config, None).len(), 64, "the default is what one of them says, too");
    }

    #[test]
    fn a_configuration_that_does_not_fit_is_refused() {
        let error = |text: &str| {
            let config = parse("c.toml", text);
            config.and_then(|mut config| config.fits(&[check()])).unwrap_err().to_string()
        };
        assert_eq!(error("[params]\nhours = 1"), "c.toml:2: no check has a parameter `hours` (driftlead explain CHECK lists them)");
        assert_eq!(error("[params]\ndays = 'x'"), "c.toml:2: `days` of logs/short is a whole number, not `x`");
        assert!(error("[[rule]]\nname='r'\nchecks=['s3/*']\nparams={days=1}").contains("the rule `r` is about no check"));
    }
}
