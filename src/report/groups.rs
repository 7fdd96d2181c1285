//! Findings by section and check, as people read them: of each check as many as are to be shown, and how many there are.
//!
//! With a limit the first findings of a check are held and the rest is counted; without one all wait on disk. Either way memory goes by
//! the number of checks, not by the number of findings.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use super::spool::{At, Spool};
use crate::finding::{Finding, Now, Resolved, Severity, Status, Waived};

/// Where in a report a finding stands; sections come in this order. Unknowns are told by what is missing, not here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// It is configured, and does not work.
    NotWorking,
    /// It fails.
    Failing(Reverse<Severity>),
    /// Somebody answers for it: the waiver's name, reason, owner and last day.
    Waived(String, String, String, String),
    /// It passes, and passes were asked for.
    Passing,
    /// It failed, and passes now.
    Resolved,
    /// It failed, and is gone.
    Gone,
}

impl Section {
    /// The section of a verdict; `None` of an unknown.
    pub fn of(finding: &Finding) -> Option<Self> {
        match finding.status {
            Status::Unknown => None,
            Status::Fail if finding.configured_not_working => Some(Self::NotWorking),
            Status::Fail => Some(Self::Failing(Reverse(finding.severity))),
            Status::Pass => Some(Self::Passing),
            Status::Muted => {
                let text = |of: fn(&Waived) -> &String| finding.waiver.as_ref().map_or_else(String::new, |waived| of(waived).clone());
                Some(Self::Waived(text(|it| &it.name), text(|it| &it.reason), text(|it| &it.owner), text(|it| &it.expires)))
            }
        }
    }
}

/// What the findings of a group share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    section: Section,
    /// How bad they are.
    pub severity: Reverse<Severity>,
    /// Their family.
    pub family: String,
    /// Their check.
    pub check: String,
}

/// The findings of a check in a section.
#[derive(Debug, Default)]
struct Group {
    title: String,
    count: usize,
    held: Vec<Finding>,
    away: Vec<At>,
}

/// A group without its findings.
#[derive(Debug)]
pub struct Card<'g> {
    /// What they share.
    pub key: &'g Key,
    /// The check's title.
    pub title: &'g str,
    /// How many there are.
    pub count: usize,
    /// How many of these are shown.
    pub shown: usize,
}

/// What is written of a group.
pub trait Teller {
    /// Begins a group.
    ///
    /// # Errors
    /// When it cannot be written.
    fn group(&mut self, card: &Card<'_>) -> io::Result<()>;

    /// Tells a finding that is shown, the first as number 0.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finding(&mut self, number: usize, finding: &Finding) -> io::Result<()>;

    /// Ends the group.
    ///
    /// # Errors
    /// When it cannot be written.
    fn end(&mut self, card: &Card<'_>) -> io::Result<()>;
}

/// All of them.
#[derive(Debug)]
pub struct Groups {
    limit: usize,
    spool: Spool,
    groups: BTreeMap<Key, Group>,
}

impl Groups {
    /// None yet; of each check at most `limit` will be shown, or all where it is 0.
    pub fn new(limit: usize) -> Self {
        Self { limit, spool: Spool::default(), groups: BTreeMap::new() }
    }

    /// Takes a verdict; one that is unknown belongs elsewhere and is left.
    ///
    /// # Errors
    /// When it cannot be put away.
    pub fn add(&mut self, finding: &Finding) -> io::Result<()> {
        Section::of(finding).map_or(Ok(()), |section| self.put(section, finding))
    }

    /// Takes a failure that is none any more.
    ///
    /// # Errors
    /// When it cannot be put away.
    pub fn add_resolved(&mut self, resolved: &Resolved) -> io::Result<()> {
        let section = match resolved.now {
            Now::Pass => Section::Resolved,
            Now::Gone => Section::Gone,
        };
        self.put(section, &resolved.was)
    }

    fn put(&mut self, section: Section, finding: &Finding) -> io::Result<()> {
        let key = Key { section, severity: Reverse(finding.severity), family: finding.family.clone(), check: finding.check.clone() };
        let group = self.groups.entry(key).or_default();
        if group.count == 0 {
            group.title.clone_from(&finding.title);
        }
        group.count += 1;
        if self.limit == 0 {
            group.away.push(self.spool.push(finding)?);
        } else if group.held.len() < self.limit {
            let mut held = finding.clone();
            if !group.held.is_empty() {
                // Only the first is shown in full.
                held.evidence.clear();
                held.calls.clear();
                held.fix.clear();
            }
            group.held.push(held);
        }
        Ok(())
    }

    /// How many there are in the sections that `is_it` picks.
    pub fn count(&self, is_it: impl Fn(&Section) -> bool) -> usize {
        self.groups.iter().filter(|(key, _)| is_it(&key.section)).map(|(_, group)| group.count).sum()
    }

    /// The sections that there are, in their order.
    pub fn sections(&self) -> Vec<Section> {
        let mut sections: Vec<Section> = self.groups.keys().map(|key| key.section.clone()).collect();
        sections.dedup();
        sections
    }

    /// Tells a section, check by check, the worst first.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn tell(&mut self, section: &Section, teller: &mut impl Teller) -> io::Result<()> {
        for (key, group) in self.groups.iter().filter(|(key, _)| key.section == *section) {
            let shown = if self.limit == 0 { group.count } else { group.held.len() };
            let card = Card { key, title: &group.title, count: group.count, shown };
            teller.group(&card)?;
            group.held.iter().enumerate().try_for_each(|(i, finding)| teller.finding(i, finding))?;
            self.spool.read(&group.away, |i, finding| teller.finding(i, finding))?;
            teller.end(&card)?;
        }
        Ok(())
    }
}
