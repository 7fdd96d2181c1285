//! Judging a snapshot: asks the checks and hands the verdicts to every report that was asked for.

use std::io::{BufWriter, Write};

use anyhow::{Context, Result};

use super::exit::{Exit, Tally};
use super::output::Outputs;
use super::{FailOn, Global, Reporting, Show};
use crate::check::{Check, Config, Judge, Vetted, coverage};
use crate::finding::{Finding, Head, Requirement, Severity, Status, Summary};
use crate::framework::{Assess, Mapped};
use crate::inventory::Snapshot;
use crate::report::Report;
use crate::services;

/// What to ask a snapshot.
pub struct Question<'q> {
    /// The checks.
    pub checks: &'q [(Check, Vetted)],
    /// The configuration.
    pub config: &'q Config,
    /// What the verdicts are held against.
    pub frameworks: &'q [Mapped],
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
    let mut reports = vec![reporting.format.report(stdout, style)];
    reports.extend(outputs.reports(style)?);
    let tables = services::tables();
    let shows_passes = reporting.show == Some(Show::Pass);
    let judge = Judge::new(snapshot, &tables, question.config, shows_passes).context("the snapshot's ledger")?;
    let mut head = head(snapshot, question.checks, question.is_kept)?;
    head.checks.extend(question.config.waiver_cards());
    let tally = Tally::new(question.threshold.map(|default| fail_on.map_or(default, Severity::from)));
    let assess = Assess::new(question.frameworks, question.checks.iter().map(|(check, _)| check.id.as_str()));
    let mut telling = Telling { reports, shows_passes, summary: Summary::default(), tally, assess };
    telling.each(|report| report.begin(&head))?;
    let mut is_spoken_of = question.resource.is_none();
    judge.run_all(question.checks, question.resource, &mut |finding| {
        is_spoken_of |= question.resource == Some(&finding.resource) || finding.status == Status::Unknown;
        telling.tell(&finding)
    })?;
    let mut tally = telling.end(head.complete && !question.was_cancelled)?;
    outputs.keep()?;
    if let Some(resource) = question.resource.filter(|_| !is_spoken_of) {
        // A mistyped ARN must not look like a clean one.
        global.remark(&format!("Nothing is said of {resource}: it is not among what was read, or these checks do not apply to it."));
        tally.leave_open();
    }
    Ok(tally.exit(!head.coverage.gaps.is_empty(), !question.was_cancelled))
}

/// Hands verdicts to every report, and counts them.
struct Telling<'w> {
    reports: Vec<Box<dyn Report + 'w>>,
    shows_passes: bool,
    summary: Summary,
    tally: Tally,
    assess: Assess<'w>,
}

impl<'w> Telling<'w> {
    fn tell(&mut self, finding: &Finding) -> Result<()> {
        self.summary.count(finding);
        self.tally.count(finding);
        self.assess.count(finding);
        match finding.status == Status::Pass && !self.shows_passes {
            true => self.each(|report| report.passed(finding)),
            false => self.each(|report| report.finding(finding)),
        }
    }

    fn end(mut self, is_complete: bool) -> Result<Tally> {
        let requirements: Vec<Requirement> = self.assess.requirements(is_complete).collect();
        for requirement in &requirements {
            self.each(|report| report.requirement(requirement))?;
        }
        let summary = std::mem::take(&mut self.summary);
        self.each(|report| report.end(&summary))?;
        Ok(self.tally)
    }

    fn each(&mut self, act: impl FnMut(&mut Box<dyn Report + 'w>) -> std::io::Result<()>) -> Result<()> {
        self.reports.iter_mut().try_for_each(act).context("the report")
    }
}

/// What a report on a snapshot begins with.
pub fn head(snapshot: &Snapshot, checks: &[(Check, Vetted)], is_kept: bool) -> Result<Head> {
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
        checks: checks.iter().map(|(check, _)| check.asked()).collect(),
        coverage: coverage(snapshot.connection()).context("the snapshot's ledger")?,
    })
}
