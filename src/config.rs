//! WHAT WAS AGREED: `driftlead.toml`, read once; each room gets its own section of it.

use std::path::Path;

use serde::Deserialize;

use crate::check::waiver::WaiversSection;
use crate::check::{self, ConfigError, ParamsSection, RulesSection};
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    params: ParamsSection,
    #[serde(default)]
    rule: RulesSection,
    #[serde(default)]
    waiver: WaiversSection,
    #[serde(default)]
    store: Keep,
    #[serde(default)]
    drift: DriftSection,
    #[serde(default)]
    notify: NotifySection,
}

impl Configuration {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or is not what it should be, with the line.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::new(path, None, error.to_string()))?;
        Self::parse(path, &text)
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
