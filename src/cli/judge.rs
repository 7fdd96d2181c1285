//! Judging a snapshot: asks the checks and hands the verdicts to every report that was asked for.

use std::io::{BufWriter, Write};

use anyhow::{Context, Result};

use super::exit::{Exit, Tally};
use super::output::Outputs;
use super::{FailOn, Global, Reporting, Show};
use crate::check::{Check, Config, Judge, Vetted, coverage};
use crate::finding::{Finding, Head, Severity, Status, Summary};
use crate::inventory::Snapshot;
use crate::report::{Format, Report};
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

/// Asks and reports.
pub fn judge(
    global: &Global,
    reporting: &Reporting,
    fail_on: Option<FailOn>,
    outputs: Outputs,
    snapshot: &Snapshot,
    question: &Question<'_>,
) -> Result<Exit> {
    let style = global.style(reporting.limit);
    let stdout: Box<dyn Write> = Box::new(BufWriter::new(std::io::stdout().lock()));
    let mut reports = vec![(reporting.format, reporting.format.report(stdout, style))];
    reports.extend(outputs.reports(style)?);
    let tables = services::tables();
    let shows_passes = reporting.show == Some(Show::Pass);
    let judge = Judge::new(snapshot, &tables, question.config, shows_passes).context("the snapshot's ledger")?;
    let head = head(snapshot, question.checks.len(), question.is_kept)?;
    each(&mut reports, |report| report.begin(&head))?;
    let mut summary = Summary::default();
    let mut tally = Tally::new(question.threshold.map(|default| fail_on.map_or(default, Severity::from)));
    let mut is_spoken_of = question.resource.is_none();
    let mut say = |finding: Finding| -> Result<()> {
        is_spoken_of |= question.resource == Some(&finding.resource) || finding.status == Status::Unknown;
        summary.count(&finding);
        tally.count(&finding);
        // The table counts passes by family; the others leave them out unless they are to be shown.
        let is_hidden = finding.status == Status::Pass && !shows_passes;
        for (format, report) in &mut reports {
            if !is_hidden || *format == Format::Table {
                report.finding(&finding)?;
            }
        }
        Ok(())
    };
    judge.run_all(question.checks, question.resource, &mut say)?;
    each(&mut reports, |report| report.end(&summary))?;
    drop(reports);
    outputs.keep()?;
    if let Some(resource) = question.resource.filter(|_| !is_spoken_of) {
        // A mistyped ARN must not look like a clean one.
        global.remark(&format!("Nothing is said of {resource}: it is not among what was read, or these checks do not apply to it."));
        tally.leave_open();
    }
    Ok(tally.exit(!head.coverage.gaps.is_empty(), !question.was_cancelled))
}

fn each(
    reports: &mut [(Format, Box<dyn Report + '_>)],
    mut act: impl FnMut(&mut Box<dyn Report + '_>) -> std::io::Result<()>,
) -> Result<()> {
    reports.iter_mut().try_for_each(|(_, report)| act(report)).context("the report")
}

/// What a report on a snapshot begins with.
pub fn head(snapshot: &Snapshot, checks: usize, is_kept: bool) -> Result<Head> {
    let meta = &snapshot.meta;
    Ok(Head {
        tool: crate::collect::TOOL.to_owned(),
        path: if is_kept { snapshot.path.display().to_string() } else { String::new() },
        started_at: meta.started_at.as_str().to_owned(),
        finished_at: meta.finished_at.as_str().to_owned(),
        complete: meta.complete,
        accounts: meta.accounts.clone(),
        regions: meta.regions.clone(),
        endpoint: meta.endpoint.clone(),
        checks,
        coverage: coverage(snapshot.connection()).context("the snapshot's ledger")?,
    })
}
