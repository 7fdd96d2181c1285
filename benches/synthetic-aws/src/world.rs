//! What there is and what goes wrong: everything that the flags say.

use std::ops::Range;

use crate::kind::Kind;
use crate::mix;
use crate::place::{FIRST_ACCOUNT, REGIONS};
use crate::throttle::Throttle;

/// What goes wrong, and how often. Rates are shares of the requests, from 0 to 1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    /// Throttled answers, whatever the rate of asking is.
    pub throttle: f64,
    /// 500s.
    pub internal: f64,
    /// Connections reset in the middle of a body.
    pub reset: f64,
    /// Bodies that are shorter than their `content-length`, and then the end of the connection.
    pub truncated: f64,
    /// Whole answers whose bodies cannot be parsed.
    pub malformed: f64,
    /// Answers that come a byte a second.
    pub slow: f64,
    /// Seconds after the first call from which credentials are expired.
    pub expired_after: Option<f64>,
    /// Seconds that AWS's clock is ahead of this machine's.
    pub skew: Option<i64>,
}

/// What there is.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// The port on loopback; 0 for any free one.
    pub port: u16,
    /// Accounts, the first of which is the organization's management account.
    pub accounts: usize,
    /// Regions that are in use, at most 17.
    pub regions: usize,
    /// How many resources of each kind an account has over all regions.
    pub resources: [u64; Kind::COUNT],
    /// Whether every region has the default VPC that AWS makes.
    pub default_vpcs: bool,
    /// Milliseconds before an answer.
    pub latency_ms: u64,
    /// What is throttled.
    pub throttle: Throttle,
    /// What goes wrong.
    pub faults: Faults,
    /// Regions that accept and never answer.
    pub hang_regions: Vec<String>,
    /// Actions that are denied: `DescribeVpcs`, `ec2:DescribeVpcs`.
    pub deny: Vec<String>,
    /// What all attributes are drawn from.
    pub seed: u64,
    /// The external id that roles ask for.
    pub external_id: Option<String>,
    /// Accounts whose roles nobody may assume.
    pub deny_roles: Vec<u64>,
    /// How many accounts are suspended: the last ones.
    pub suspended: usize,
    /// Whether there is an organization.
    pub organization: bool,
    /// Threads that serve.
    pub threads: usize,
}

impl Default for World {
    fn default() -> Self {
        Self {
            port: 0,
            accounts: 1,
            regions: REGIONS.len(),
            resources: [0; Kind::COUNT],
            default_vpcs: false,
            latency_ms: 0,
            throttle: Throttle::default(),
            faults: Faults::default(),
            hang_regions: Vec::new(),
            deny: Vec::new(),
            seed: 1,
            external_id: None,
            deny_roles: Vec::new(),
            suspended: 0,
            organization: true,
            threads: 1,
        }
    }
}

impl World {
    /// With so many resources of a kind in each account.
    #[must_use]
    pub fn with(mut self, kind: Kind, count: u64) -> Self {
        self.resources[kind.index()] = count;
        self
    }

    /// With `total` resources in a mix like a real account's, on top of what there is.
    #[must_use]
    pub fn mixed(mut self, total: u64) -> Self {
        for (count, more) in self.resources.iter_mut().zip(mix::mixed(total)) {
            *count += more;
        }
        self
    }

    /// How many resources of a kind a region has; of global kinds, how many the account has.
    ///
    /// What lives in a VPC has one to live in, even if none was asked for.
    pub fn count(&self, kind: Kind, region: usize) -> u64 {
        let asked = self.asked(kind, region);
        let implied = match kind {
            Kind::Vpc if self.default_vpcs => asked + 1,
            Kind::Vpc => asked.max(u64::from(NEEDS_VPC.iter().any(|needing| self.asked(*needing, region) > 0))),
            Kind::Subnet if self.default_vpcs => asked.max(3),
            Kind::Subnet => asked.max(if NEEDS_SUBNET.iter().any(|needing| self.asked(*needing, region) > 0) { 2 } else { 0 }),
            Kind::EcsCluster => asked.max(u64::from(self.asked(Kind::EcsService, region) > 0)),
            Kind::TaskDefinition => asked.max(u64::from(self.asked(Kind::EcsService, region) > 0)),
            _ => return asked,
        };
        if region < self.regions { implied } else { 0 }
    }

    fn asked(&self, kind: Kind, region: usize) -> u64 {
        let total = self.resources[kind.index()];
        if !kind.is_regional() {
            return total;
        }
        let regions = self.regions as u64;
        if region < self.regions { total / regions + u64::from((region as u64) < total % regions) } else { 0 }
    }

    /// The indices of a page: from `from`, at most `size`, with the index at which the next page begins.
    pub fn page(&self, kind: Kind, region: usize, from: u64, size: u64) -> (Range<u64>, Option<u64>) {
        let count = self.count(kind, region);
        let end = (from + size).min(count);
        (from.min(end)..end, (end < count).then_some(end))
    }

    /// The id of an account.
    pub fn account(&self, index: usize) -> u64 {
        FIRST_ACCOUNT + index as u64
    }

    /// The index of an account that exists.
    pub fn account_index(&self, id: u64) -> Option<usize> {
        let index = usize::try_from(id.checked_sub(FIRST_ACCOUNT)?).ok()?;
        (index < self.accounts).then_some(index)
    }

    /// Whether an account is suspended. The management account never is.
    pub fn is_suspended(&self, index: usize) -> bool {
        index > 0 && index + self.suspended >= self.accounts
    }
}

/// Kinds that live in a VPC.
const NEEDS_VPC: &[Kind] = &[
    Kind::Subnet,
    Kind::RouteTable,
    Kind::NatGateway,
    Kind::SecurityGroup,
    Kind::NetworkInterface,
    Kind::Instance,
    Kind::DbInstance,
    Kind::DbCluster,
    Kind::EcsService,
    Kind::LoadBalancer,
    Kind::TargetGroup,
];

/// Kinds that live in a subnet.
const NEEDS_SUBNET: &[Kind] =
    &[Kind::NatGateway, Kind::NetworkInterface, Kind::Instance, Kind::DbInstance, Kind::DbCluster, Kind::EcsService, Kind::LoadBalancer];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_spread_over_the_regions() {
        let world = World { regions: 3, ..World::default() }.with(Kind::LogGroup, 10).with(Kind::Bucket, 5);
        let counts: Vec<u64> = (0..17).map(|region| world.count(Kind::LogGroup, region)).collect();
        assert_eq!(counts[..4], [4, 3, 3, 0]);
        assert_eq!(world.count(Kind::Bucket, 9), 5);
    }

    #[test]
    fn what_lives_in_a_vpc_has_one() {
        let world = World { regions: 2, ..World::default() }.with(Kind::NetworkInterface, 1);
        assert_eq!((world.count(Kind::Vpc, 0), world.count(Kind::Subnet, 0)), (1, 2));
        assert_eq!((world.count(Kind::Vpc, 1), world.count(Kind::Subnet, 1)), (0, 0));
        assert_eq!(World::default().count(Kind::Vpc, 0), 0);
    }

    #[test]
    fn pages_end() {
        let world = World { regions: 1, ..World::default() }.with(Kind::LogGroup, 120);
        assert_eq!(world.page(Kind::LogGroup, 0, 0, 50), (0..50, Some(50)));
        assert_eq!(world.page(Kind::LogGroup, 0, 100, 50), (100..120, None));
        assert_eq!(world.page(Kind::LogGroup, 0, 500, 50), (120..120, None));
    }

    #[test]
    fn the_management_account_is_never_suspended() {
        let world = World { accounts: 3, suspended: 9, ..World::default() };
        assert!(!world.is_suspended(0) && world.is_suspended(1) && world.is_suspended(2));
        assert_eq!(world.account_index(100_000_000_002), Some(2));
        assert_eq!(world.account_index(100_000_000_003), None);
    }
}
