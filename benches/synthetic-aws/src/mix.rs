//! How a real account's resources are mixed.

use crate::kind::Kind;

/// Shares in ten thousand. README.md says where they come from.
const SHARES: &[(Kind, u64)] = &[
    (Kind::LogGroup, 1_600),
    (Kind::NetworkInterface, 1_200),
    (Kind::SecurityGroup, 700),
    (Kind::Volume, 900),
    (Kind::Snapshot, 1_000),
    (Kind::Instance, 500),
    (Kind::Role, 900),
    (Kind::Policy, 350),
    (Kind::User, 30),
    (Kind::Function, 600),
    (Kind::Bucket, 150),
    (Kind::Alarm, 700),
    (Kind::Secret, 250),
    (Kind::Key, 60),
    (Kind::Certificate, 60),
    (Kind::Subnet, 120),
    (Kind::RouteTable, 50),
    (Kind::Vpc, 10),
    (Kind::NatGateway, 10),
    (Kind::DbInstance, 50),
    (Kind::DbCluster, 20),
    (Kind::EcsCluster, 10),
    (Kind::EcsService, 100),
    (Kind::TaskDefinition, 400),
    (Kind::LoadBalancer, 40),
    (Kind::TargetGroup, 80),
    (Kind::Stack, 90),
    (Kind::RestApi, 20),
];

/// How many of each kind `total` resources are; the sum is exactly `total`, for the log groups take the rest.
pub fn mixed(total: u64) -> [u64; Kind::COUNT] {
    let mut counts = [0; Kind::COUNT];
    for (kind, share) in SHARES {
        counts[kind.index()] = total * share / 10_000;
    }
    let rest = total - counts.iter().sum::<u64>();
    counts[Kind::LogGroup.index()] += rest;
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_is_whole() {
        assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<u64>(), 10_000);
        for total in [0, 1, 999, 10_000, 1_000_000] {
            assert_eq!(mixed(total).iter().sum::<u64>(), total);
        }
        assert_eq!(mixed(10_000)[Kind::Role.index()], 900);
    }
}
