//! Whether verdicts stand: those of a disturbed run held against those of an undisturbed one.
//!
//! What could not be read may make a verdict unknown, and nothing else: no failure may pass, no pass may fail, and nothing may fall
//! silent without an unknown in its place.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Status};

/// How verdicts stood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stand {
    /// Verdicts that are what they were.
    pub same: usize,
    /// Verdicts that are unknown now, or gone, with an unknown in their place, that says why.
    pub unknown: usize,
    /// What must not be, a sentence each.
    pub wrong: Vec<String>,
}

/// Holds the verdicts of a disturbed run against those of an undisturbed one over the same checks.
///
/// `names` says whether an unknown names what was disturbed.
pub fn stand<'f>(before: impl IntoIterator<Item = &'f Finding>, after: &[Finding], names: &dyn Fn(&Finding) -> bool) -> Stand {
    let mut stand = Stand::default();
    let now = by_resource(after);
    let mut known = BTreeSet::new();
    for before in before {
        known.insert(key(before));
        let unnamed = |finding: &Finding, what: &str| {
            let about = if what.is_empty() { before.check.clone() } else { format!("{} of {what}", before.check) };
            format!("{about}: unknown, and it does not say why: {}", finding.message)
        };
        let wrong = match now.get(&key(before)) {
            Some(finding) if finding.status == before.status => {
                stand.same += 1;
                continue;
            }
            Some(finding) if finding.status == Status::Unknown => match names(finding) {
                true => None,
                false => Some(unnamed(finding, &before.resource)),
            },
            Some(finding) => Some(format!(
                "{} of {}: {} became {}: {}",
                before.check,
                before.resource,
                before.status.word(),
                finding.status.word(),
                finding.message
            )),
            None => match speaks_for(before, after) {
                Some(finding) if names(finding) => None,
                Some(finding) => Some(unnamed(finding, "")),
                None => Some(format!("{} of {}: {} became silence", before.check, before.resource, before.status.word())),
            },
        };
        match wrong {
            // What was unknown about a place, and is told of its resources now in the same way, is what it was.
            None if before.status == Status::Unknown => stand.same += 1,
            None => stand.unknown += 1,
            Some(wrong) => stand.wrong.push(wrong),
        }
    }
    for new in after.iter().filter(|finding| finding.status != Status::Unknown && !known.contains(&key(finding))) {
        stand.wrong.push(format!("{} of {}: silence became {}: {}", new.check, new.resource, new.status.word(), new.message));
    }
    stand
}

type Key<'f> = (&'f str, &'f str, &'f str);

fn key(finding: &Finding) -> Key<'_> {
    (&finding.check, &finding.account, &finding.resource)
}

fn by_resource(findings: &[Finding]) -> BTreeMap<Key<'_>, &Finding> {
    findings.iter().filter(|finding| !finding.resource.is_empty()).map(|finding| (key(finding), finding)).collect()
}

/// The unknown that stands for a verdict that is gone: about the place, or about the item on which the resource hangs.
fn speaks_for<'f>(gone: &Finding, findings: &'f [Finding]) -> Option<&'f Finding> {
    // A listener's ARN goes on from its load balancer's, but for one word.
    let hanging = gone.resource.replacen(":listener/", ":loadbalancer/", 1);
    findings.iter().filter(|finding| finding.check == gone.check && finding.status == Status::Unknown).find(|finding| {
        let is_place = finding.resource.is_empty()
            && finding.account == gone.account
            && (finding.region == gone.region || finding.region == "global" || gone.region == "unknown");
        let is_parent =
            !finding.resource.is_empty() && hanging.strip_prefix(&finding.resource).is_some_and(|rest| rest.starts_with([':', '/']));
        is_place || is_parent
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    fn verdict(status: Status, resource: &str, message: &str) -> Finding {
        Finding { status, resource: resource.into(), message: message.into(), ..Finding::sample() }
    }

    fn held(before: Finding, after: &[Finding]) -> (usize, usize, usize) {
        let stand = stand([&before], after, &|finding| finding.message.contains("ec2:DescribeVpcs"));
        (stand.same, stand.unknown, stand.wrong.len())
    }

    #[test]
    fn only_an_unknown_that_says_why_may_stand_in_a_verdicts_place() {
        let fail = || verdict(Status::Fail, "arn:v", "");
        let named = "ec2:DescribeVpcs was denied";
        assert_eq!(held(fail(), &[fail()]), (1, 0, 0));
        assert_eq!(held(fail(), &[verdict(Status::Unknown, "arn:v", named)]), (0, 1, 0));
        assert_eq!(held(fail(), &[verdict(Status::Unknown, "arn:v", "who knows")]), (0, 0, 1));
        assert_eq!(held(fail(), &[verdict(Status::Pass, "arn:v", "")]), (0, 0, 1));
        assert_eq!(held(fail(), &[]), (0, 0, 1), "silence");
        assert_eq!(held(fail(), &[verdict(Status::Unknown, "", named)]), (0, 1, 0), "the place speaks for it");
        assert_eq!(held(fail(), &[fail(), verdict(Status::Fail, "arn:w", "")]), (1, 0, 1), "what was never there");
        assert_eq!(held(verdict(Status::Pass, "arn:v", ""), &[fail()]), (0, 0, 1));
    }
}
