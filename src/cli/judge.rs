//! Judging a snapshot: asks the checks and hands the verdicts to every report that was asked for.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::exit::{Exit, Tally};
use super::{FailOn, Global, Reporting, Show};
use crate::check::{Check, Config, Judge, Vetted, coverage};
use crate::finding::{Finding, Head, Severity, Status, Summary};
use crate::inventory::Snapshot;
use crate::report::{Format, Report, Style};
use crate::services;

/// What to ask a snapshot.
pub struct Question<'q> {
    /// The checks.
    pub checks: &'q [(Check, Vetted)],
    /// The configuration.
    pub config: &'q Config,
    /// Only this resource.
    pub resource: Option<&'q str>,
    /// `None` for a show.
    pub threshold: Option<Severity>,
    /// The snapshot is kept under its name; otherwise it is gone after the run.
    pub is_kept: bool,
    /// The run was cut short.
    pub was_cancelled: bool,
}

/// Where a snapshot that is to be kept goes, and the reports that go to files.
pub fn outputs(reporting: &Reporting) -> Result<(Option<PathBuf>, Vec<(Format, PathBuf)>)> {
    let mut snapshot = None;
    let mut reports = Vec::new();
    for path in &reporting.output {
        let suffix = path.extension().and_then(|suffix| suffix.to_str()).unwrap_or("");
        match (suffix, Format::of(path)) {
            ("db" | "sqlite" | "sqlite3", _) if snapshot.is_none() => snapshot = Some(path.clone()),
            ("db" | "sqlite" | "sqlite3", _) => bail!("-o {}: one snapshot is enough", path.display()),
            (_, Some(format)) => reports.push((format, path.clone())),
            (_, None) => bail!(
                "-o {}: no format has this suffix; known are .{} for reports and .db for the snapshot",
                path.display(),
                Format::suffixes().join(", .")
            ),
        }
    }
    Ok((snapshot, reports))
}

/// Asks and reports.
pub fn judge(
    global: &Global,
    reporting: &Reporting,
    fail_on: Option<FailOn>,
    snapshot: &Snapshot,
    question: &Question<'_>,
) -> Result<Exit> {
    let (_, files) = outputs(reporting)?;
    let style = global.style(reporting.limit);
    let mut pending = Vec::new();
    let stdout: Box<dyn Write> = Box::new(BufWriter::new(std::io::stdout().lock()));
    let mut reports: Vec<Box<dyn Report>> = vec![reporting.format.report(stdout, style)];
    for (format, path) in &files {
        let part = PartFile::create(path)?;
        let plain = Style { color: false, limit: 0, ..style };
        reports.push(format.report(Box::new(BufWriter::new(part.file.try_clone()?)), plain));
        pending.push(part);
    }
    let tables = services::tables();
    let shows_passes = reporting.show == Some(Show::Pass);
    let judge = Judge::new(snapshot, &tables, question.config, shows_passes).context("the snapshot's ledger")?;
    let head = head(snapshot, question)?;
    each(&mut reports, |report| report.begin(&head))?;
    let mut summary = Summary::default();
    let mut tally = Tally::new(question.threshold.map(|default| fail_on.map_or(default, Severity::from)));
    let mut say = |finding: Finding| -> Result<()> {
        summary.count(&finding);
        tally.count(&finding);
        // The table counts passes by family; the others leave them out unless they are to be shown.
        let is_hidden = finding.status == Status::Pass && !shows_passes;
        for (i, report) in reports.iter_mut().enumerate() {
            let format = if i == 0 { reporting.format } else { files[i - 1].0 };
            if !is_hidden || format == Format::Table {
                report.finding(&finding)?;
            }
        }
        Ok(())
    };
    judge.run_all(question.checks, question.resource, &mut say)?;
    each(&mut reports, |report| report.end(&summary))?;
    drop(reports);
    pending.into_iter().try_for_each(PartFile::keep)?;
    Ok(tally.exit(!head.coverage.gaps.is_empty(), !question.was_cancelled))
}

fn each(reports: &mut [Box<dyn Report + '_>], mut act: impl FnMut(&mut Box<dyn Report + '_>) -> std::io::Result<()>) -> Result<()> {
    reports.iter_mut().try_for_each(&mut act).context("the report")
}

fn head(snapshot: &Snapshot, question: &Question<'_>) -> Result<Head> {
    let meta = &snapshot.meta;
    Ok(Head {
        tool: crate::collect::TOOL.to_owned(),
        path: if question.is_kept { snapshot.path.display().to_string() } else { String::new() },
        started_at: meta.started_at.as_str().to_owned(),
        finished_at: meta.finished_at.as_str().to_owned(),
        complete: meta.complete,
        accounts: meta.accounts.clone(),
        regions: meta.regions.clone(),
        endpoint: meta.endpoint.clone(),
        checks: question.checks.len(),
        coverage: coverage(snapshot.connection()).context("the snapshot's ledger")?,
    })
}

/// A file that gets its name when it is whole.
struct PartFile {
    file: File,
    part: PathBuf,
    path: PathBuf,
}

impl PartFile {
    fn create(path: &Path) -> Result<Self> {
        let mut name = path.as_os_str().to_owned();
        name.push(".partial");
        let part = PathBuf::from(name);
        let file = File::create(&part).with_context(|| format!("-o {}", path.display()))?;
        Ok(Self { file, part, path: path.to_owned() })
    }

    fn keep(self) -> Result<()> {
        std::fs::rename(&self.part, &self.path).with_context(|| format!("-o {}", self.path.display()))
    }
}
