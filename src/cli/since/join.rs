//! The verdicts of then against those of now, joined by fingerprint.
//!
//! Of then only a key and a word are kept for what was no pass, and the failures lie in a file until it is known what became of
//! them: memory does not grow with what they say. What cannot be said on one of the two sides is never called resolved, and never
//! called fine then.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, Write};

use anyhow::{Context, Result};

use super::Earlier;
use crate::check::{Check, Judge, Vetted, fingerprint};
use crate::cli::absence::{Absence, absence};
use crate::cli::judge::Question;
use crate::finding::{Compared, Finding, Now, Resolved, Since, Status};
use crate::inventory::{GLOBAL, Snapshot};
use crate::services;

/// A fingerprint as a number.
type Key = u128;

/// What was no pass then, and what it is now.
struct Then {
    was: Status,
    now: Option<Status>,
}

/// Holds verdicts against those of an earlier snapshot.
pub struct Comparing<'q> {
    earlier: Option<&'q Snapshot>,
    later: &'q Snapshot,
    /// The subject's table of each check.
    subjects: HashMap<&'q str, &'q str>,
    then: HashMap<Key, Then>,
    /// The failures of then, one a line, in the order in which they were found.
    failures: BufWriter<File>,
    /// Places of which a check cannot speak now.
    closed: HashSet<Key>,
}

impl<'q> Comparing<'q> {
    /// Judges the earlier snapshot as the later one will be.
    ///
    /// # Errors
    /// When it cannot be asked, or there is no room for its failures.
    pub fn of(earlier: &'q Earlier, later: &'q Snapshot, question: &Question<'q>) -> Result<Self> {
        let subject = |(check, vetted): &'q (Check, Vetted)| (check.id.as_str(), vetted.subject.as_str());
        let mut comparing = Self {
            earlier: earlier.0.as_ref(),
            later,
            subjects: question.checks.iter().map(subject).collect(),
            then: HashMap::new(),
            failures: BufWriter::new(tempfile::tempfile().context("a file for the failures of then")?),
            closed: HashSet::new(),
        };
        if let Some(earlier) = comparing.earlier {
            let tables = services::tables();
            let judge = Judge::new(earlier, &tables, question.config, false).context("--since: the snapshot's ledger")?;
            judge.run_all(question.checks, question.resource, &mut |finding| comparing.remember(&finding))?;
        }
        Ok(comparing)
    }

    /// What was compared with, before anything is counted.
    pub fn begun(&self) -> Compared {
        let Some(earlier) = self.earlier else { return Compared::default() };
        let (started_at, path) = (earlier.meta.started_at.as_str().to_owned(), earlier.path.display().to_string());
        Compared { started_at, path, ..Compared::default() }
    }

    fn remember(&mut self, finding: &Finding) -> Result<()> {
        if finding.status == Status::Pass {
            return Ok(());
        }
        let key = key(&finding.fingerprint)?;
        self.then.insert(key, Then { was: finding.status, now: None });
        if finding.status == Status::Fail {
            write!(self.failures, "{key:x} ").context("the failures of then")?;
            serde_json::to_writer(&mut self.failures, finding).context("the failures of then")?;
            self.failures.write_all(b"\n").context("the failures of then")?;
        }
        Ok(())
    }

    /// Marks a verdict of now with how it stands to then.
    ///
    /// # Errors
    /// When the earlier snapshot cannot be asked.
    pub fn mark(&mut self, finding: &mut Finding) -> Result<()> {
        let key = key(&finding.fingerprint)?;
        // That somebody accepts that a place is unread makes it no more read.
        if finding.resource.is_empty() && matches!(finding.status, Status::Unknown | Status::Muted) {
            self.closed.insert(key);
        }
        let was = match self.then.get_mut(&key) {
            Some(then) => {
                then.now = Some(finding.status);
                Some(then.was)
            }
            None => None,
        };
        // A failure that is accepted is neither new nor old: nobody is to act on it.
        if !matches!(finding.status, Status::Fail | Status::Unknown) {
            return Ok(());
        }
        let was = match was {
            None if self.was_unknown(finding)? => Some(Status::Unknown),
            was => was,
        };
        (finding.since, finding.was) = match was {
            Some(was) if was == finding.status => (Some(Since::Persisting), None),
            was => (Some(Since::New), was),
        };
        Ok(())
    }

    /// Whether the earlier snapshot could not say anything of what a verdict is about, for want of reading.
    fn was_unknown(&self, finding: &Finding) -> Result<bool> {
        let Some(earlier) = self.earlier else { return Ok(false) };
        let is_closed = |region: &str| -> Result<bool> {
            let place = key(&fingerprint(&finding.check, &finding.account, region, ""))?;
            Ok(self.then.get(&place).is_some_and(|then| matches!(then.was, Status::Unknown | Status::Muted)))
        };
        if is_closed(&finding.region)? || is_closed(GLOBAL)? {
            return Ok(true);
        }
        // What is about no resource, or asked by no check in a file, does not hang on what was read.
        let Some(subject) = self.subjects.get(finding.check.as_str()).filter(|_| !finding.resource.is_empty()) else { return Ok(false) };
        let absence = absence(earlier, subject, &finding.resource, &finding.account, &finding.region)?;
        Ok(matches!(absence, Absence::Unread(_)))
    }

    /// Hands on what was resolved, in the order of then; after all verdicts of now were marked. Gives back how many were, and of
    /// how many nobody can say.
    ///
    /// # Errors
    /// What `say` returns, or when the later snapshot cannot be asked.
    pub fn resolved(mut self, say: &mut dyn FnMut(Resolved) -> Result<()>) -> Result<(u64, u64)> {
        let (mut resolved, mut not_compared) = (0, 0);
        self.failures.flush().context("the failures of then")?;
        self.failures.get_mut().rewind().context("the failures of then")?;
        let failures = self.failures.into_inner().context("the failures of then")?;
        let places = Places { later: self.later, subjects: &self.subjects, closed: &self.closed };
        for line in BufReader::new(failures).lines() {
            let line = line.context("the failures of then")?;
            let (found, text) = line.split_once(' ').context("the failures of then")?;
            let was = || serde_json::from_str::<Finding>(text).context("the failures of then");
            let (was, now) = match self.then.get(&key(found)?).and_then(|then| then.now) {
                Some(Status::Fail | Status::Muted) => continue,
                Some(Status::Unknown) => {
                    not_compared += 1;
                    continue;
                }
                Some(Status::Pass) => (was()?, Now::Pass),
                None => {
                    let was = was()?;
                    if !places.lack(&was)? {
                        not_compared += 1;
                        continue;
                    }
                    (was, Now::Gone)
                }
            };
            resolved += 1;
            say(Resolved { was, now })?;
        }
        Ok((resolved, not_compared))
    }
}

/// What was read now.
struct Places<'p> {
    later: &'p Snapshot,
    subjects: &'p HashMap<&'p str, &'p str>,
    closed: &'p HashSet<Key>,
}

impl Places<'_> {
    /// Whether it can be said that a failure's resource is gone, or that its check is not about it any more.
    fn lack(&self, was: &Finding) -> Result<bool> {
        for region in [was.region.as_str(), GLOBAL] {
            if self.closed.contains(&key(&fingerprint(&was.check, &was.account, region, ""))?) {
                return Ok(false);
            }
        }
        let Some(subject) = self.subjects.get(was.check.as_str()).filter(|_| !was.resource.is_empty()) else { return Ok(true) };
        // Another account that was read now owns it: the verdict is that account's.
        let owner = was.resource.split(':').nth(4).unwrap_or("");
        if owner != was.account && self.later.meta.accounts.iter().any(|account| account == owner) {
            return Ok(false);
        }
        let absence = absence(self.later, subject, &was.resource, &was.account, &was.region)?;
        Ok(!matches!(absence, Absence::Unread(_)))
    }
}

fn key(fingerprint: &str) -> Result<Key> {
    Key::from_str_radix(fingerprint, 16).with_context(|| format!("the fingerprint {fingerprint}"))
}
