//! `--framework`: what a run is held against.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::near;
use crate::check::Check;
use crate::finding::Asked;
use crate::framework::{self, Framework, Mapped};

/// Which frameworks a run is held against.
#[derive(Debug, Args)]
pub struct Against {
    /// Ask the checks behind a framework, and say of each of its requirements what they come to (repeatable; a name of driftlead
    /// list frameworks, or a .toml file of your own in the same form)
    #[arg(long = "framework", value_name = "ID|FILE", help_heading = "Checks")]
    frameworks: Vec<String>,
}

impl Against {
    /// The frameworks with the checks behind their requirements; none when none was named.
    pub fn load(&self, all: &[Check]) -> Result<Vec<Mapped>> {
        let shipped = framework::shipped()?;
        let asked: Vec<Asked> = all.iter().map(Check::asked).collect();
        let mut mapped: Vec<Mapped> = Vec::new();
        for named in &self.frameworks {
            let framework = find(&shipped, named).context("--framework")?;
            if mapped.iter().any(|other| other.framework.id == framework.id) {
                bail!("--framework {named}: {} is there twice", framework.id);
            }
            mapped.push(framework.map(&asked).context("--framework")?);
        }
        Ok(mapped)
    }
}

/// Of these checks those behind the frameworks, each with the requirements that it is behind, so that its verdicts say so too; all
/// of them as they are when nothing is held against any.
pub fn only_behind(frameworks: &[Mapped], mut checks: Vec<Check>) -> Vec<Check> {
    if frameworks.is_empty() {
        return checks;
    }
    let behind: BTreeSet<&str> = frameworks.iter().flat_map(Mapped::checks).collect();
    checks.retain(|check| behind.contains(check.id.as_str()));
    for check in &mut checks {
        for mapped in frameworks {
            let requirements = mapped.behind(&check.id);
            if !requirements.is_empty() {
                check.card.frameworks.insert(mapped.framework.id.clone(), requirements);
            }
        }
    }
    checks
}

/// The framework that is meant: a file's, or one that is shipped.
fn find(shipped: &[Framework], named: &str) -> Result<Framework> {
    if named.ends_with(".toml") || named.contains(['/', '\\']) {
        let own = framework::read(Path::new(named))?;
        if shipped.iter().any(|framework| framework.id == own.id) {
            bail!("{named}: driftlead has a framework called {}: give yours another `id`", own.id);
        }
        return Ok(own);
    }
    let Some(framework) = shipped.iter().find(|framework| framework.id == named) else {
        let names: Vec<&str> = shipped.iter().map(|framework| framework.id.as_str()).collect();
        let near = near::question(&near::of(named, &names, 3));
        bail!("no framework is called `{named}`{near} (there are {}; a name that ends in .toml is a file of your own)", names.join(", "));
    };
    Ok(framework.clone())
}

/// All frameworks that driftlead ships, with the checks behind their requirements.
pub fn shipped(all: &[Check]) -> Result<Vec<Mapped>> {
    let asked: Vec<Asked> = all.iter().map(Check::asked).collect();
    framework::shipped()?.into_iter().map(|framework| Ok(framework.map(&asked)?)).collect()
}
