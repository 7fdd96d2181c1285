//! WHAT WAS AGREED: `driftlead.toml`, read once; each room gets its own section of it.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::check::waiver::{Grants, WaiverSection, WaiversSection};
use crate::check::{self, ConfigError, ParamValue, ParamsSection, RuleSection, RulesSection};
use crate::drift::ignore::DriftSection;
use crate::notify::NotifySection;
use crate::store::Keep;

/// A configuration file.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// For the judge: `[params]`, `[[rule]]` and `[[waiver]]`.
    pub checks: check::Config,
    /// For the store: `[store]`.
    pub store: Keep,
    /// For the comparer: `[[drift.ignore]]`.
    pub drift: DriftSection,
    /// For who is told: `[[notify.webhook]]`.
    pub notify: NotifySection,
}

/// What was agreed, for driftlead: parameters, rules, waivers, and more. `driftlead init` writes one that explains itself.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "driftlead.toml")]
struct File {
    /// Parameters of checks: each sets it in every check that has one of that name. `driftlead explain CHECK` lists them.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, ParamValue>")]
    params: ParamsSection,
    /// Parameters for some checks and resources; of several rules that match, the last one wins.
    #[serde(default)]
    #[schemars(with = "Vec<RuleSection>")]
    rule: RulesSection,
    /// Verdicts that somebody accepts.
    #[serde(default)]
    #[schemars(with = "Vec<WaiverSection>")]
    waiver: WaiversSection,
    /// How long the store keeps snapshots.
    #[serde(default)]
    store: Keep,
    /// What driftlead drift does not tell.
    #[serde(default)]
    drift: DriftSection,
    /// Who is told what is new.
    #[serde(default)]
    notify: NotifySection,
}

/// The JSON Schema of a configuration, for editors, made of the very structs that read it.
pub fn schema() -> serde_json::Value {
    let mut schema = serde_json::Value::from(schemars::schema_for!(File));
    // The defaults are those of the program; a section that is left out has them.
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.values_mut().filter_map(serde_json::Value::as_object_mut).for_each(|section| drop(section.remove("default")));
    }
    schema
}

impl Configuration {
    /// Reads a file, and what its waivers were granted on, from beside it.
    ///
    /// # Errors
    /// When one of them cannot be read or is not what it should be, with the line.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::new(path, None, error.to_string()))?;
        let mut config = Self::parse(path, &text)?;
        config.checks.grant(&grants(path)?);
        Ok(config)
    }

    /// Reads a text; `path` is for messages.
    ///
    /// # Errors
    /// When it is not what it should be, with the line.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| 1 + text[..span.start].matches('\n').count());
            ConfigError::new(path, line, error.message().to_owned())
        })?;
        file.drift.fits().map_err(|detail| ConfigError::new(path, None, detail))?;
        file.notify.fits().map_err(|detail| ConfigError::new(path, None, detail))?;
        let checks = check::Config::new(path, text, file.params, file.rule, file.waiver)?;
        Ok(Self { checks, store: file.store, drift: file.drift, notify: file.notify })
    }
}

/// What the waivers of this configuration were granted on; nothing where that was never written.
///
/// # Errors
/// When the file is there and cannot be read, with the line.
pub fn grants(config: &Path) -> Result<Grants, ConfigError> {
    let path = Grants::path(config);
    match std::fs::read_to_string(&path) {
        Ok(text) => Grants::parse(&text).map_err(|(line, detail)| ConfigError::new(&path, line, detail)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Grants::default()),
        Err(error) => Err(ConfigError::new(&path, None, error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Configuration::parse(Path::new("c.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn each_room_gets_its_section() {
        let config = Configuration::parse(Path::new("c.toml"), "[store]\nkeep_days = 3\n").unwrap();
        assert_eq!(config.store, Keep { keep_days: 3, ..Keep::default() });
        assert_eq!(Configuration::parse(Path::new("c.toml"), "").unwrap().store, Keep::default());
    }

    #[test]
    fn what_nobody_knows_is_refused_with_its_line() {
        assert!(error("\n[parms]\ndays = 1").starts_with("c.toml:2: unknown field `parms`"), "{}", error("\n[parms]\ndays = 1"));
        assert!(error("[store]\n\nkeep_hours = 1").starts_with("c.toml:3: unknown field `keep_hours`"));
        assert!(error("[store]\nkeep_days = -1").starts_with("c.toml:2: invalid value: integer `-1`"));
        assert!(error("[store]\nkeep_days = 'all'").starts_with("c.toml:2: invalid type: string \"all\""));
    }
}
