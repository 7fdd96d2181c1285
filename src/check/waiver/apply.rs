//! Applies waivers to verdicts as they go by, and remembers what came of each.

use super::{Waiver, Waivers};
use crate::check::selector::Subject;
use crate::finding::{Finding, Status, Waived};

/// Verdicts that are named in a finding about a waiver; of all others only the number is told, so that memory does not grow.
const MOST_NAMED: usize = 20;

/// Verdicts that have something in common.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// How many.
    pub(super) number: u64,
    /// The first of them, as (check, resource, fingerprint).
    pub(super) first: Vec<(String, String, String)>,
}

impl Noted {
    fn note(&mut self, finding: &Finding) {
        self.number += 1;
        if self.first.len() < MOST_NAMED {
            self.first.push((finding.check.clone(), finding.resource.clone(), finding.fingerprint.clone()));
        }
    }
}

/// What came of a waiver so far.
#[derive(Debug)]
pub(super) struct State<'w> {
    pub(super) waiver: &'w Waiver,
    /// Its last day is over.
    pub(super) has_ended: bool,
    /// Verdicts that it matches, muted or not.
    pub(super) matched: Noted,
    /// Of these: told though it would accept them, because it ended.
    pub(super) told_again: Noted,
    /// Of these: told because the evidence is not what it was granted on.
    pub(super) changed: Noted,
    /// Of these: told because it was never granted on them.
    pub(super) not_granted: Noted,
    /// The first verdict that it may be about and that cannot be said, or not be decided.
    pub(super) open: Option<Open>,
    /// It may be about something unknown that another waiver accepts.
    pub(super) is_hushed: bool,
}

/// Something that leaves it open whether a waiver matches.
#[derive(Debug)]
pub(super) struct Open {
    /// The permission that would have told, or `''`.
    pub(super) action: String,
    /// In words.
    pub(super) why: String,
}

/// Waivers at work on one snapshot.
#[derive(Debug)]
pub struct Waiving<'w> {
    pub(super) waivers: &'w Waivers,
    pub(super) states: Vec<State<'w>>,
    pub(super) at: &'w str,
}

/// What a waiver makes of a verdict that it matches.
enum Part {
    Mutes,
    Ended,
    Changed,
    NotGranted,
}

impl<'w> Waiving<'w> {
    /// The waivers as they hold at the time of the snapshot, RFC 3339.
    pub fn new(waivers: &'w Waivers, at: &'w str) -> Self {
        let state = |waiver: &'w Waiver| State {
            waiver,
            has_ended: waiver.has_ended(at),
            matched: Noted::default(),
            told_again: Noted::default(),
            changed: Noted::default(),
            not_granted: Noted::default(),
            open: None,
            is_hushed: false,
        };
        Self { waivers, states: waivers.all.iter().map(state).collect(), at }
    }

    /// Mutes the verdict if a waiver accepts it; of several, the first.
    pub fn apply(&mut self, finding: &mut Finding, subject: &Subject<'_>) {
        if self.states.is_empty() || !matches!(finding.status, Status::Fail | Status::Unknown) {
            return;
        }
        let told: Vec<Option<bool>> = self.states.iter().map(|state| state.waiver.decide(subject)).collect();
        let mut parts: Vec<(usize, Part)> = Vec::new();
        let mut doubtful: Vec<usize> = Vec::new();
        for (i, (state, told)) in self.states.iter_mut().zip(told).enumerate() {
            let accepts = state.waiver.accepts.contains(&finding.status);
            match told {
                Some(true) if accepts => {
                    state.matched.note(finding);
                    parts.push((i, state.part(finding)));
                }
                // What is unknown may be a failure that it would match.
                Some(true) if finding.status == Status::Unknown => doubtful.push(i),
                None => doubtful.push(i),
                Some(_) => {}
            }
        }
        let muting = parts.iter().find(|(_, part)| matches!(part, Part::Mutes)).map(|(i, _)| *i);
        match muting {
            Some(i) => {
                let waiver = self.states[i].waiver;
                finding.waiver = Some(waiver.waived(finding.status));
                finding.status = Status::Muted;
                doubtful.into_iter().for_each(|i| self.states[i].is_hushed = true);
            }
            None => {
                for (i, part) in parts {
                    let state = &mut self.states[i];
                    match part {
                        Part::Mutes => {}
                        Part::Ended => state.told_again.note(finding),
                        Part::Changed => state.changed.note(finding),
                        Part::NotGranted => state.not_granted.note(finding),
                    }
                }
                self.leave_open(finding, subject, &doubtful);
            }
        }
    }

    /// Notes for whom it is open, and says so where a waiver might have accepted the verdict.
    fn leave_open(&mut self, finding: &mut Finding, subject: &Subject<'_>, doubtful: &[usize]) {
        let mut names = Vec::new();
        let is_half_known = subject.arn.is_some() && (subject.tags.is_none() || subject.name.is_none());
        for i in doubtful {
            let state = &mut self.states[*i];
            let place = if finding.resource.is_empty() { &finding.account } else { &finding.resource };
            let why = match finding.status {
                Status::Unknown => format!("{} cannot be said of {place}", finding.check),
                _ => format!("the name or the tags of {place} were not read"),
            };
            state.open.get_or_insert(Open { action: finding.action.clone(), why });
            if is_half_known && !state.has_ended && state.waiver.accepts.contains(&finding.status) {
                names.push(format!("\"{}\"", state.waiver.name));
            }
        }
        if !names.is_empty() {
            finding.message += &format!(" (not muted: its name or tags were not read, which the waiver {} asks for)", names.join(", "));
        }
    }
}

impl State<'_> {
    fn part(&self, finding: &Finding) -> Part {
        if self.has_ended {
            return Part::Ended;
        }
        if !self.waiver.until_changed {
            return Part::Mutes;
        }
        match self.waiver.grants.get(&finding.fingerprint) {
            Some(digest) if *digest == finding.evidence_digest => Part::Mutes,
            Some(_) => Part::Changed,
            None => Part::NotGranted,
        }
    }
}

impl Waiver {
    fn waived(&self, was: Status) -> Waived {
        Waived {
            name: self.name.clone(),
            reason: self.reason.clone(),
            owner: self.owner.clone(),
            expires: self.expires.as_ref().map_or_else(String::new, String::clone),
            was,
        }
    }
}
