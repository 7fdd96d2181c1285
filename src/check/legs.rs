//! Configured is not working: the join of a family's two legs.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use crate::finding::{Finding, Leg, Status};

/// What the configured legs said so far, by family, account and resource: true while every verdict was a pass. Of the three only a
/// digest is kept, and of a family without a working leg nothing, so that a large account costs little.
#[derive(Debug, Default)]
pub(super) struct Legs<'f> {
    families: HashSet<&'f str>,
    configured: HashMap<[u8; 16], bool>,
}

impl<'f> Legs<'f> {
    /// Nothing said so far; the families of the working legs that will be asked.
    pub(super) fn of(working: impl Iterator<Item = &'f str>) -> Self {
        Self { families: working.collect(), configured: HashMap::new() }
    }

    /// What is configured and fails to work is a class of its own.
    pub(super) fn join(&mut self, finding: &mut Finding) {
        if !self.families.contains(finding.family.as_str()) {
            return;
        }
        let key = key(&[&finding.family, &finding.account, &finding.resource]);
        match finding.leg {
            Leg::Configured => {
                let passes = finding.status == Status::Pass;
                self.configured.entry(key).and_modify(|all| *all &= passes).or_insert(passes);
            }
            Leg::Working => {
                let is_configured = self.configured.get(&key).copied().unwrap_or(false);
                finding.configured_not_working = finding.status == Status::Fail && is_configured;
            }
        }
    }
}

fn key(parts: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    std::array::from_fn({
        let hash = hash.finalize();
        move |i| hash[i]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(account: &str, leg: Leg, status: Status) -> Finding {
        Finding { account: account.into(), leg, status, ..Finding::sample() }
    }

    #[test]
    fn what_passes_as_configured_and_fails_to_work_is_a_class_of_its_own() {
        let mut legs = Legs::of(["f"].into_iter());
        let mut told = |mut finding: Finding| {
            legs.join(&mut finding);
            finding.configured_not_working
        };
        assert!(!told(verdict("1", Leg::Configured, Status::Pass)));
        assert!(told(verdict("1", Leg::Working, Status::Fail)));
        assert!(!told(verdict("1", Leg::Working, Status::Unknown)));
        // Another account's view of the same resource was never configured, as far as anybody read.
        assert!(!told(verdict("2", Leg::Working, Status::Fail)));
        assert!(!told(verdict("1", Leg::Configured, Status::Unknown)));
        assert!(!told(verdict("1", Leg::Working, Status::Fail)), "one configured check could not say");
    }
}
