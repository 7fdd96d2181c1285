//! What the checks on egress say of each subnet: a map must not be surer than they are.

use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::check::{Check, Config, Judge, Vetted};
use crate::exhibit::{Family, Link};
use crate::finding::{Finding, Status};
use crate::inventory::{Snapshot, Table};

/// The check that knows whether a subnet without a usable default route is meant to have one.
const NO_EGRESS: &str = "vpc/private_subnet_no_egress";
/// The check of every link of the way over IPv4.
const BROKEN: &str = "vpc/private_subnet_egress_broken";
/// The same over IPv6.
const BROKEN_IPV6: &str = "vpc/ipv6_egress_broken";

/// The checks whose verdicts a map shows.
pub const CHECKS: [&str; 3] = [NO_EGRESS, BROKEN, BROKEN_IPV6];

/// What a check says of a way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The route itself is not what it is meant to be: it is missing, or leads elsewhere.
    pub is_about_route: bool,
    /// The subnet has a way out, and is tagged as one that nobody reaches.
    pub is_exposed: bool,
    /// What it says, and why.
    pub link: Link,
}

/// Verdicts that are none of a pass, by account and resource; those on whole places by account and region.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    of_subnets: BTreeMap<(String, String, Family), Vec<Verdict>>,
    of_places: BTreeMap<(String, String, Family), Verdict>,
}

impl Verdicts {
    /// Asks the checks.
    pub(super) fn of(
        snapshot: &Snapshot,
        tables: &[&'static Table],
        checks: &[(Check, Vetted)],
        config: &Config,
    ) -> rusqlite::Result<Self> {
        let mut verdicts = Self::default();
        let judge = Judge::new(snapshot, tables, config, false)?;
        let asked = judge.run_all(checks, None, &mut |finding| {
            if let Some((check, _)) = checks.iter().find(|(check, _)| check.id == finding.check) {
                verdicts.take(check, &finding);
            }
            Ok::<(), Infallible>(())
        });
        match asked {
            Ok(()) => Ok(verdicts),
            Err(never) => match never {},
        }
    }

    fn take(&mut self, check: &Check, finding: &Finding) {
        let meaning = || check.card.reasons.get(&finding.reason).unwrap_or(&finding.message).clone();
        let link = match finding.status {
            Status::Pass => return,
            Status::Fail => Link::broken(meaning()),
            // That somebody accepts it makes nothing pass.
            Status::Muted => Link::broken(match &finding.waiver {
                Some(waiver) => format!("{} (accepted: {})", meaning(), waiver.name),
                None => format!("{} (accepted)", meaning()),
            }),
            Status::Unknown => {
                let told = finding.message.split_once("cannot say: ");
                Link::unknown(told.map_or_else(|| finding.message.clone(), |(_, why)| why.to_owned()))
            }
        };
        let family = if check.id == BROKEN_IPV6 { Family::Ipv6 } else { Family::Ipv4 };
        let is_about_route = check.id == NO_EGRESS;
        let verdict = Verdict { is_about_route, is_exposed: is_about_route && finding.reason == "private_is_public", link };
        let account = finding.account.clone();
        if finding.resource.is_empty() {
            self.of_places.entry((account, finding.region.clone(), family)).or_insert(verdict);
        } else {
            self.of_subnets.entry((account, finding.resource.clone(), family)).or_default().push(verdict);
        }
    }

    /// What is said of a subnet's way.
    pub(super) fn on(&self, account: &str, region: &str, subnet: &str, family: Family) -> impl Iterator<Item = &Verdict> {
        let own = self.of_subnets.get(&(account.to_owned(), subnet.to_owned(), family)).into_iter().flatten();
        let place = self.of_places.get(&(account.to_owned(), region.to_owned(), family));
        own.chain(place)
    }
}
