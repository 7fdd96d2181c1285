//! What the verdicts of a run say of each requirement. Held is a count per check, not a verdict.

use std::collections::BTreeMap;

use super::{Clause, Mapped};
use crate::finding::{Asking, Assessment, Finding, Requirement, Status};

/// Counts verdicts as they go by, and says at the end what they come to.
#[derive(Debug)]
pub struct Assess<'f> {
    frameworks: &'f [Mapped],
    counts: BTreeMap<String, Asking>,
}

impl<'f> Assess<'f> {
    /// Nothing counted yet. `asked` are the ids of the checks that are asked; the others say nothing of anything.
    pub fn new<'c>(frameworks: &'f [Mapped], asked: impl IntoIterator<Item = &'c str>) -> Self {
        let is_behind = |id: &&str| frameworks.iter().any(|mapped| mapped.clauses().any(|(_, checks)| checks.iter().any(|own| own == id)));
        let count = |id: &str| (id.to_owned(), Asking { check: id.to_owned(), ..Asking::default() });
        Self { frameworks, counts: asked.into_iter().filter(is_behind).map(count).collect() }
    }

    /// Counts a verdict.
    pub fn count(&mut self, finding: &Finding) {
        let Some(asking) = self.counts.get_mut(&finding.check) else { return };
        match finding.status {
            Status::Pass => asking.pass += 1,
            Status::Fail => asking.fail += 1,
            Status::Unknown => asking.unknown += 1,
            Status::Muted => asking.muted += 1,
        }
    }

    /// What can be said of each requirement, in the order of the frameworks. Where the run did not end (`is_complete` is false),
    /// that nothing was found to judge says nothing.
    pub fn requirements(&self, is_complete: bool) -> impl Iterator<Item = Requirement> {
        self.frameworks.iter().flat_map(move |mapped| {
            let id = &mapped.framework.id;
            mapped.clauses().map(move |(clause, behind)| self.requirement(id, clause, behind, is_complete))
        })
    }

    fn requirement(&self, framework: &str, clause: &Clause, behind: &[String], is_complete: bool) -> Requirement {
        let checks: Vec<Asking> = behind.iter().filter_map(|id| self.counts.get(id)).cloned().collect();
        Requirement {
            framework: framework.to_owned(),
            id: clause.id.clone(),
            title: clause.title.clone(),
            verdict: verdict(&checks, is_complete),
            checks,
        }
    }
}

/// The worst that is known comes first; that nothing was there to judge is said only of what was read to the end.
fn verdict(checks: &[Asking], is_complete: bool) -> Assessment {
    let any = |number: fn(&Asking) -> u64| checks.iter().any(|asking| number(asking) > 0);
    if checks.is_empty() {
        Assessment::NotAssessed
    } else if any(|asking| asking.fail) {
        Assessment::Fail
    } else if any(|asking| asking.unknown) || !is_complete {
        Assessment::Unknown
    } else if any(|asking| asking.muted) {
        Assessment::Muted
    } else if any(|asking| asking.pass) {
        Assessment::Pass
    } else {
        Assessment::NothingToJudge
    }
}

#[cfg(test)]
mod tests {
    use super::super::map::testing::{asked, framework};
    use super::*;

    /// What requirement 1, behind which `s/a` and `s/b` are, comes to after these verdicts of them.
    fn after(verdicts: &[(&str, Status)], is_complete: bool) -> Requirement {
        let checks = [asked("s/a", &["1"]), asked("s/b", &["1"]), asked("s/c", &["2"])];
        let mapped = [framework("").map(&checks).unwrap()];
        let mut assess = Assess::new(&mapped, ["s/a", "s/b"]);
        for (check, status) in verdicts {
            assess.count(&Finding { check: (*check).to_owned(), status: *status, ..Finding::sample() });
        }
        let all: Vec<Requirement> = assess.requirements(is_complete).collect();
        assert_eq!(all.iter().map(|requirement| requirement.id.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
        assert_eq!(all[1].verdict, Assessment::NotAssessed, "its check was not asked");
        assert!(all[1].checks.is_empty());
        assert_eq!(all[2].verdict, Assessment::NotAssessed, "no check is behind it");
        all.into_iter().next().unwrap()
    }

    #[test]
    fn the_worst_that_is_known_decides() {
        use Status::{Fail, Muted, Pass, Unknown};
        let all = [("s/a", Pass), ("s/a", Muted), ("s/b", Unknown), ("s/b", Fail)];
        assert_eq!(after(&all, true).verdict, Assessment::Fail);
        assert_eq!(after(&all[..3], true).verdict, Assessment::Unknown);
        assert_eq!(after(&all[..2], true).verdict, Assessment::Muted);
        assert_eq!(after(&all[..1], true).verdict, Assessment::Pass);
        assert_eq!(after(&[], true).verdict, Assessment::NothingToJudge);
    }

    #[test]
    fn a_run_that_was_cut_short_proves_failures_only() {
        use Status::{Fail, Muted, Pass};
        for verdicts in [&[][..], &[("s/a", Pass)], &[("s/a", Muted)]] {
            assert_eq!(after(verdicts, false).verdict, Assessment::Unknown, "{verdicts:?}");
        }
        assert_eq!(after(&[("s/a", Fail)], false).verdict, Assessment::Fail);
    }

    #[test]
    fn verdicts_are_counted_by_check() {
        use Status::{Fail, Muted, Pass, Unknown};
        let verdicts = [("s/a", Pass), ("s/a", Pass), ("s/a", Muted), ("s/b", Unknown), ("s/b", Fail), ("s/c", Fail), ("x/y", Fail)];
        let counted = after(&verdicts, true).checks;
        let expected = [
            Asking { check: "s/a".into(), pass: 2, muted: 1, ..Asking::default() },
            Asking { check: "s/b".into(), unknown: 1, fail: 1, ..Asking::default() },
        ];
        assert_eq!(counted, expected);
    }
}
