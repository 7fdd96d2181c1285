//! Judging a snapshot: asks the checks and hands the verdicts to every report that was asked for.

use anyhow::{Context, Result};

use super::exhibits::exhibits;
use super::exit::{Exit, Tally, Threshold};
use super::output::{Outputs, PrintOn, Screen};
use super::since::{Comparing, Earlier};
use super::{Global, Reporting, Show};
use crate::check::{Check, Config, Judge, Vetted, coverage};
use crate::exhibit::Counts;
use crate::finding::{Finding, Head, Requirement, Status, Summary};
use crate::framework::{Assess, Mapped};
use crate::inventory::Snapshot;
use crate::notify::{Notices, NotifySection};
use crate::report::Report;
use crate::services;
use crate::store::Store;

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
    /// Which failures count for the exit code; `None` for a show.
    pub thresholds: Option<Vec<Threshold>>,
    /// What to compare the verdicts with.
    pub earlier: Option<&'q Earlier>,
    /// The snapshot is kept under its name; otherwise it is gone after the run.
    pub is_kept: bool,
    /// The run was cut short.
    pub was_cancelled: bool,
    /// Who is told, if anybody.
    pub notify: Option<&'q NotifySection>,
    /// When the report is printed on standard output.
    pub print_on: PrintOn,
    /// Where earlier snapshots are, for reports that draw.
    pub history: Option<&'q Store>,
}

/// Asks and reports.
pub fn judge(global: &Global, reporting: &Reporting, outputs: Outputs, snapshot: &Snapshot, question: &Question<'_>) -> Result<Exit> {
    let style = global.style(reporting.limit);
    let screen = Screen::of(question.print_on)?;
    let mut reports = vec![reporting.format.report(screen.writer()?, style)];
    reports.extend(outputs.reports(style)?);
    let tables = services::tables();
    let shows_passes = reporting.show == Some(Show::Pass);
    let judge = Judge::new(snapshot, &tables, question.config, shows_passes).context("the snapshot's ledger")?;
    let mut head = head(snapshot, question.checks, question.is_kept)?;
    head.checks.extend(question.config.waiver_cards());
    head.compared = question.earlier.is_some();
    let tally = Tally::new(question.thresholds.clone());
    let since = question.earlier.map(|earlier| Comparing::of(earlier, snapshot, question)).transpose()?;
    let summary = Summary { since: since.as_ref().map(Comparing::begun), ..Summary::default() };
    let notices = question.notify.map(Notices::new);
    let assess = Assess::new(question.frameworks, question.checks.iter().map(|(check, _)| check.id.as_str()));
    let mut telling = Telling { reports, shows_passes, summary, counts: Counts::default(), tally, assess, since, notices };
    telling.each(|report| report.begin(&head))?;
    let mut is_spoken_of = question.resource.is_none();
    judge.run_all(question.checks, question.resource, &mut |finding| {
        is_spoken_of |= question.resource == Some(&finding.resource) || finding.status == Status::Unknown;
        telling.tell(finding)
    })?;
    telling.resolved()?;
    telling.required(head.complete && !question.was_cancelled)?;
    if telling.reports.iter().any(|report| report.wants_exhibits()) {
        let exhibits = exhibits(snapshot, question, telling.counts)?;
        telling.each(|report| if report.wants_exhibits() { report.exhibits(&exhibits) } else { Ok(()) })?;
    }
    if !is_spoken_of {
        // A mistyped ARN must not look like a clean one.
        telling.tally.leave_open();
    }
    let exit = telling.tally.exit(!head.coverage.gaps.is_empty(), !question.was_cancelled);
    telling.summary.exit = Some(exit as u8);
    let (summary, notices) = telling.end()?;
    outputs.keep()?;
    screen.show(exit, &summary)?;
    if let Some(resource) = question.resource.filter(|_| !is_spoken_of) {
        global.remark(&format!("Nothing is said of {resource}: it is not among what was read, or these checks do not apply to it."));
    }
    // A run that was cut short has not seen everything: the next one will tell.
    if let Some(notices) = notices.filter(|_| !question.was_cancelled) {
        super::notify::send(global, &notices, &head, &summary);
    }
    Ok(exit)
}

/// Hands verdicts to every report, and counts them.
struct Telling<'w> {
    reports: Vec<Box<dyn Report + 'w>>,
    shows_passes: bool,
    summary: Summary,
    counts: Counts,
    tally: Tally,
    assess: Assess<'w>,
    since: Option<Comparing<'w>>,
    notices: Option<Notices<'w>>,
}

impl<'w> Telling<'w> {
    fn tell(&mut self, mut finding: Finding) -> Result<()> {
        if let Some(since) = &mut self.since {
            since.mark(&mut finding)?;
        }
        let finding = &finding;
        if let Some(notices) = &mut self.notices {
            notices.take(finding);
        }
        self.summary.count(finding);
        self.counts.count(finding);
        self.tally.count(finding);
        self.assess.count(finding);
        match finding.status == Status::Pass && !self.shows_passes {
            true => self.each(|report| report.passed(finding)),
            false => self.each(|report| report.finding(finding)),
        }
    }

    /// Tells what became of failures of the earlier snapshot.
    fn resolved(&mut self) -> Result<()> {
        let Some(since) = self.since.take() else { return Ok(()) };
        let counts = since.resolved(&mut |resolved| self.each(|report| report.resolved(&resolved)))?;
        if let Some(compared) = &mut self.summary.since {
            (compared.resolved, compared.not_compared) = counts;
        }
        Ok(())
    }

    /// Tells what the verdicts say of the frameworks.
    fn required(&mut self, is_complete: bool) -> Result<()> {
        let requirements: Vec<Requirement> = self.assess.requirements(is_complete).collect();
        requirements.iter().try_for_each(|requirement| self.each(|report| report.requirement(requirement)))
    }

    fn end(mut self) -> Result<(Summary, Option<Notices<'w>>)> {
        let summary = std::mem::take(&mut self.summary);
        self.each(|report| report.end(&summary))?;
        Ok((summary, self.notices))
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
        compared: false,
        checks: checks.iter().map(|(check, _)| check.asked()).collect(),
        coverage: coverage(snapshot.connection()).context("the snapshot's ledger")?,
    })
}
