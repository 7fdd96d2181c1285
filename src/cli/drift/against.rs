//! Drift from declarations: stacks, templates on disk, states.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{Compared, Drift, Found, judged, scope_of};
use crate::change::{Change, Kind};
use crate::check::Check;
use crate::cli::Global;
use crate::cli::errand::states_in_s3;
use crate::config::Configuration;
use crate::declared::state::State;
use crate::declared::template::Template;
use crate::drift::cloudformation::{OnDisk, Stacks};
use crate::drift::flip::{Question, as_declared, join};
use crate::drift::ignore::Ignoring;
use crate::drift::run::Against;
use crate::drift::source::Source;
use crate::drift::terraform::OfState;
use crate::services;

/// Tables that are read whatever is compared: what stacks made, and where references lead.
pub const ALWAYS: [&str; 5] = [
    "aws_cloudformation_stack", "aws_cloudformation_stack_resource", "aws_cloudformation_stack_output",
    "aws_cloudformation_stack_template", "aws_availability_zone",
];

impl Drift {
    /// Compares what is with what is declared.
    pub(super) fn against(&self, global: &Global, all: &[Check], config: &Configuration) -> Result<Compared> {
        // What cannot be understood is told before anything is read.
        let sources = self.sources(global)?;
        let found = self.found(global)?;
        let snapshot = found.snapshot();
        let (tables, kinds) = (services::tables(), services::kinds());
        let mut ignoring = Ignoring::new(&config.drift, snapshot.meta.started_at.as_str());
        let (mut changes, mut others) = (Vec::new(), Vec::new());
        let mut unlisted = 0;
        let mut put = |change: Change| {
            changes.extend(ignoring.apply(change));
            Ok(())
        };
        // What only some sources were asked about is counted; who wants it all says so.
        let mut put_unmanaged = |change: Change| {
            unlisted += u64::from(!self.unmanaged && change.kind == Kind::Unmanaged);
            others.extend(self.unmanaged.then_some(change));
            Ok(())
        };
        let comparison = Against { found: snapshot.connection(), tables: &tables, kinds };
        let mut scope = comparison.run(&sources, &mut put, &mut put_unmanaged)?;
        others.into_iter().try_for_each(put)?;
        scope.rules = ignoring.remarks();
        let is_kept = matches!(found, Found::File(_));
        let scope = scope_of(scope, snapshot, is_kept);
        let mut compared =
            Compared { since: String::new(), scope, changes, verdicts: Vec::new(), unlisted, is_complete: !found.was_cancelled() };
        let is_change = |change: &Change| change.ignored.is_empty() && !matches!(change.kind, Kind::Unknown | Kind::Unmanaged);
        if !self.no_verdicts && compared.changes.iter().any(is_change) {
            let folder = tempfile::tempdir().context("a folder for a copy of the snapshot")?;
            let checks = judged(all)?;
            let before = as_declared(snapshot, &compared.changes, &folder.path().join("declared.db"), &tables, &services::views())?;
            let question = Question { checks: &checks, config: &config.checks, tables: &tables, views: &services::views() };
            compared.verdicts = join(&question, &before, snapshot, &mut compared.changes)?;
        }
        Ok(compared)
    }

    fn sources(&self, global: &Global) -> Result<Vec<Box<dyn Source>>> {
        let mut sources: Vec<Box<dyn Source>> = Vec::new();
        for path in &self.template {
            let templates = self.templates(path).context("--template")?;
            sources.extend(templates.into_iter().map(|template| Box::new(template) as Box<dyn Source>));
        }
        if self.cloudformation {
            let glob = |name: &String| crate::glob::matcher(name).context("--stack");
            // With templates, --stack says which stack the template is for.
            let names = if self.template.is_empty() { &self.stack[..] } else { &[] };
            sources.push(Box::new(Stacks { names: names.iter().map(glob).collect::<Result<_>>()?, is_quiet: false }));
        }
        let (remote, local): (Vec<String>, Vec<String>) = self.state.iter().cloned().partition(|path| path.starts_with("s3://"));
        for path in local {
            let state = State::read(Path::new(&path)).with_context(|| format!("--state {path}"))?;
            sources.push(Box::new(OfState { path, state }));
        }
        if !remote.is_empty() {
            let region = self.place.region.first().map_or("", String::as_str);
            for fetched in states_in_s3(global, &self.place, &remote, region)? {
                let state = State::parse(&fetched.bytes).with_context(|| format!("--state {}", fetched.uri))?;
                sources.push(Box::new(OfState { path: fetched.uri, state }));
            }
        }
        if !self.cloudformation {
            // What a stack declares is not undeclared, though nobody asked about stacks.
            sources.push(Box::new(Stacks { is_quiet: true, ..Stacks::default() }));
        }
        Ok(sources)
    }

    /// A template's file, or those of a `cdk.out` folder.
    fn templates(&self, path: &Path) -> Result<Vec<OnDisk>> {
        if path.is_dir() {
            if !self.stack.is_empty() && self.stack.len() != 1 {
                bail!("--stack: one at most with a folder");
            }
            return self.assembly(path);
        }
        let stack = match &self.stack[..] {
            [] => path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().trim_end_matches(".template").to_owned()),
            [one] => one.clone(),
            _ => bail!("{}: --stack NAME once: the stack that the template is for", path.display()),
        };
        Ok(vec![OnDisk { template: read(path)?, path: path.to_owned(), stack, region: None }])
    }

    /// What the CDK has synthesised: `manifest.json` names the templates and their stacks.
    fn assembly(&self, folder: &Path) -> Result<Vec<OnDisk>> {
        let path = folder.join("manifest.json");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} is no cdk.out folder: it has no manifest.json that can be read", folder.display()))?;
        let manifest: serde_json::Value = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        let mut templates = Vec::new();
        for (name, artifact) in manifest["artifacts"].as_object().into_iter().flatten() {
            let properties = &artifact["properties"];
            match artifact["type"].as_str() {
                Some("aws:cloudformation:stack") => {}
                // A stage has a folder of its own.
                Some("cdk:cloud-assembly") => {
                    if let Some(nested) = properties["directoryName"].as_str() {
                        templates.extend(self.assembly(&folder.join(nested))?);
                    }
                    continue;
                }
                _ => continue,
            }
            let Some(file) = properties["templateFile"].as_str() else { bail!("{}: {name} has no templateFile", path.display()) };
            let stack = properties["stackName"].as_str().unwrap_or(name).to_owned();
            if self.stack.first().is_some_and(|wanted| *wanted != stack) {
                continue;
            }
            let region =
                artifact["environment"].as_str().and_then(|place| place.rsplit('/').next()).filter(|region| *region != "unknown-region");
            let file: PathBuf = folder.join(file);
            templates.push(OnDisk { template: read(&file)?, path: file, stack, region: region.map(str::to_owned) });
        }
        if templates.is_empty() {
            bail!("{}: it names no stack{}", path.display(), self.stack.first().map_or_else(String::new, |name| format!(" `{name}`")));
        }
        Ok(templates)
    }
}

fn read(path: &Path) -> Result<Template> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Template::parse(&text).with_context(|| path.display().to_string())
}
