//! `init`: a driftlead.toml that explains itself and changes nothing until a line of it is uncommented.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::{Exit, Global};

/// The file: prose begins with `# `, a setting with `#`.
const TEXT: &str = include_str!("init.toml");

/// Write a driftlead.toml that explains every setting
///
/// Each setting stands there commented out, so that nothing changes until a line is uncommented.
#[derive(Debug, Args)]
pub struct Init {
    /// The file
    #[arg(value_name = "FILE", default_value = "driftlead.toml")]
    path: PathBuf,
}

impl Init {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        let path = self.path.display();
        match OpenOptions::new().write(true).create_new(true).open(&self.path) {
            Ok(mut file) => file.write_all(TEXT.as_bytes()).with_context(|| path.to_string())?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                bail!("{path} is there already and stays as it is: driftlead init OTHER.toml writes the text beside it, to copy from")
            }
            Err(error) => return Err(error).with_context(|| path.to_string()),
        }
        global.remark(&format!("{path} is written: each setting is explained there, and none is set yet."));
        Ok(Exit::Clean)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::TEXT;
    use crate::check::shipped;
    use crate::config::{Configuration, schema};

    /// The text with its settings switched on.
    fn uncommented() -> String {
        let line = |line: &str| match line.strip_prefix('#') {
            Some(setting) if !setting.is_empty() && !setting.starts_with([' ', ':']) => setting.to_owned(),
            _ => line.to_owned(),
        };
        TEXT.lines().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn it_changes_nothing_and_is_right_once_it_is_uncommented() {
        assert!(TEXT.lines().all(|line| line.is_empty() || line.starts_with('#')), "something is set");
        Configuration::parse(Path::new("driftlead.toml"), TEXT).unwrap();
        let mut config = Configuration::parse(Path::new("driftlead.toml"), &uncommented()).unwrap();
        config.checks.fits(&shipped().unwrap()).unwrap();
        assert!(config.checks.waivers().iter().count() > 1 && !config.drift.ignore.is_empty());
    }

    #[test]
    fn it_shows_every_section() {
        let text: toml::Table = toml::from_str(&uncommented()).unwrap();
        let schema = schema();
        let sections = schema["properties"].as_object().unwrap().keys();
        let missing: Vec<&String> = sections.filter(|section| !text.contains_key(*section)).collect();
        assert!(missing.is_empty(), "src/cli/init.toml does not show {missing:?}");
    }
}
