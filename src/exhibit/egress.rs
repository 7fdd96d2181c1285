//! The ways out of a network, link by link.

use serde::Serialize;

/// How a link of a way stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Everything that was read says that traffic passes.
    Works,
    /// It works, and will not under a fault that it is meant to stand: the loss of another zone.
    Weak,
    /// It cannot be said: something was not read, or cannot be seen from here.
    Unknown,
    /// Traffic does not pass.
    Broken,
}

impl State {
    /// All, the worst first.
    pub const ALL: [Self; 4] = [Self::Broken, Self::Unknown, Self::Weak, Self::Works];

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Weak => "weak",
            Self::Unknown => "unknown",
            Self::Broken => "broken",
        }
    }

    /// How bad it is: a way is as good as its worst link. That one is broken is certain, whatever is unknown of the others.
    fn rank(self) -> u8 {
        match self {
            Self::Works => 0,
            Self::Weak => 1,
            Self::Unknown => 2,
            Self::Broken => 3,
        }
    }
}

/// A link of a way: how it stands, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// How it stands.
    pub state: State,
    /// Why, in words without a full stop; `''` for one that works and of which there is nothing to say.
    pub why: String,
}

impl Link {
    /// One that works.
    pub fn works() -> Self {
        Self { state: State::Works, why: String::new() }
    }

    /// One that works until another zone fails.
    pub fn weak(why: impl Into<String>) -> Self {
        Self { state: State::Weak, why: why.into() }
    }

    /// One of which nothing can be said.
    pub fn unknown(why: impl Into<String>) -> Self {
        Self { state: State::Unknown, why: why.into() }
    }

    /// One through which nothing passes.
    pub fn broken(why: impl Into<String>) -> Self {
        Self { state: State::Broken, why: why.into() }
    }

    /// Both one after the other: the worse of the two, the first of two that are as bad.
    #[must_use]
    pub fn then(self, next: &Self) -> Self {
        if next.state.rank() > self.state.rank() { next.clone() } else { self }
    }
}

/// The ways out of one VPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EgressMap {
    /// The account that was read.
    pub account: String,
    /// The region.
    pub region: String,
    /// The VPC's ARN.
    pub arn: String,
    /// `vpc-…`.
    pub vpc_id: String,
    /// Its name, or `''`.
    pub name: String,
    /// Its ranges, IPv4 first.
    pub ranges: Vec<String>,
    /// Its zones, by id, each with its subnets.
    pub zones: Vec<Zone>,
    /// Subnets that are not drawn because there are too many; those that are broken or unknown are drawn first.
    pub subnets_left_out: u32,
    /// The route tables that hold for these subnets.
    pub tables: Vec<RouteTable>,
    /// Where their default routes lead, and the gateways behind.
    pub exits: Vec<Exit>,
    /// What was not read in this place, each a sentence with the reason.
    pub unread: Vec<String>,
}

impl EgressMap {
    /// All ways of all its subnets.
    pub fn ways(&self) -> impl Iterator<Item = &Way> {
        self.zones.iter().flat_map(|zone| &zone.subnets).flat_map(|subnet| &subnet.ways)
    }

    /// How many subnets have a way in this state, by their worst one.
    pub fn subnets_that(&self, state: State) -> usize {
        self.zones.iter().flat_map(|zone| &zone.subnets).filter(|subnet| subnet.state() == Some(state)).count()
    }
}

/// An availability zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Zone {
    /// Its id, the same in every account (`use1-az6`).
    pub id: String,
    /// Its name in this account (`us-east-1a`).
    pub name: String,
    /// Its subnets: public ones first, then private, isolated and unknown ones.
    pub subnets: Vec<Subnet>,
}

/// What its routes make of a subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubnetKind {
    /// Its default route leads to an internet gateway.
    Public,
    /// Its default route leads to something else.
    Private,
    /// It has no default route.
    Isolated,
    /// Its routes were not read.
    Unknown,
}

impl SubnetKind {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Isolated => "isolated",
            Self::Unknown => "routes unknown",
        }
    }
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subnet {
    /// Its ARN.
    pub arn: String,
    /// `subnet-…`.
    pub id: String,
    /// Its name, or `''`.
    pub name: String,
    /// Its IPv4 range; the first IPv6 range of one without.
    pub range: String,
    /// What its routes make of it.
    pub kind: SubnetKind,
    /// Network interfaces in use in it that are not themselves plumbing; `None` when that was not read.
    pub workloads: Option<u32>,
    /// Whether another account shares it.
    pub is_shared: bool,
    /// The id of the route table that holds for it; `None` when that was not read.
    pub table: Option<String>,
    /// The link to that table: broken where traffic is stopped at the subnet, as by its network ACL.
    pub link: Link,
    /// Its whole way out, by family; none where there is no default route and none is missed.
    pub ways: Vec<Way>,
}

impl Subnet {
    /// How its worst way stands; `None` without any.
    pub fn state(&self) -> Option<State> {
        self.ways.iter().map(|way| way.link.state).max_by_key(|state| state.rank())
    }
}

/// An address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

impl Family {
    /// As people write it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
        }
    }
}

/// A subnet's whole way to the internet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// The family.
    pub family: Family,
    /// Its worst link.
    pub link: Link,
}

/// A route table with its default routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RouteTable {
    /// Its ARN.
    pub arn: String,
    /// `rtb-…`.
    pub id: String,
    /// Its name, or `''`.
    pub name: String,
    /// Whether it is the VPC's main table.
    pub is_main: bool,
    /// Its default routes, IPv4 first; none when it has none.
    pub routes: Vec<Route>,
}

/// A default route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    /// The family.
    pub family: Family,
    /// The destination (`0.0.0.0/0`).
    pub destination: String,
    /// The id of the [`Exit`] that it leads to.
    pub exit: String,
    /// Whether AWS uses the route.
    pub link: Link,
}

/// What a default route leads to, or what lies behind that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exit {
    /// Its ARN, or `''` for what is not there or not visible.
    pub arn: String,
    /// Its id (`nat-…`, `igw-…`).
    pub id: String,
    /// Its name, or `''`.
    pub name: String,
    /// What it is.
    pub kind: ExitKind,
    /// The id of the zone that it lives in, or `''`.
    pub zone: String,
    /// The subnet that it lives in, or `''`.
    pub subnet: String,
    /// How it stands by itself.
    pub link: Link,
    /// The way on to an internet gateway, for what needs one.
    pub onward: Option<Onward>,
}

/// The way on from a NAT to an internet gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Onward {
    /// The id of the [`Exit`] that it leads to, or `''` where it leads to none.
    pub to: String,
    /// How it stands.
    pub link: Link,
}

/// What a default route leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitKind {
    /// A NAT gateway in a zone.
    NatGateway,
    /// A NAT gateway that spans zones.
    RegionalNatGateway,
    /// An instance, or its network interface, that passes traffic on.
    NatInstance,
    /// An internet gateway.
    InternetGateway,
    /// An egress-only internet gateway, for IPv6.
    EgressOnlyGateway,
    /// An endpoint behind which traffic is inspected.
    Endpoint,
    /// A transit gateway or a core network.
    TransitGateway,
    /// A peering connection.
    Peering,
    /// A virtual private gateway.
    VirtualPrivateGateway,
    /// Anything else.
    Other,
}

impl ExitKind {
    /// The words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NatGateway => "NAT gateway",
            Self::RegionalNatGateway => "regional NAT gateway",
            Self::NatInstance => "NAT instance",
            Self::InternetGateway => "internet gateway",
            Self::EgressOnlyGateway => "egress-only gateway",
            Self::Endpoint => "endpoint",
            Self::TransitGateway => "transit gateway",
            Self::Peering => "peering connection",
            Self::VirtualPrivateGateway => "virtual private gateway",
            Self::Other => "other target",
        }
    }

    /// Whether it is the last one before the internet.
    pub fn is_last(self) -> bool {
        matches!(self, Self::InternetGateway | Self::EgressOnlyGateway)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_as_good_as_its_worst_link() {
        let way = Link::works().then(&Link::weak("one zone")).then(&Link::unknown("not read"));
        assert_eq!(way, Link::unknown("not read"));
        // Whatever is unknown before or after it, nothing passes.
        assert_eq!(way.then(&Link::broken("deleted")), Link::broken("deleted"));
        assert_eq!(Link::broken("first").then(&Link::unknown("x")).then(&Link::broken("second")), Link::broken("first"));
    }
}
