//! What is in which network: everything follows from the indices, so that answers agree with each other.
//!
//! Subnet `j` is in VPC `j mod V`; every second subnet of a VPC is public. Route table, security group and network ACL indices begin
//! with those that AWS makes itself: one of each per VPC.

use crate::ask::Ask;
use crate::kind::Kind;
use crate::place::REGIONS;

/// A region's network.
pub struct Layout<'a, 'b> {
    ask: &'a Ask<'b>,
    /// VPCs.
    pub vpcs: u64,
    /// Subnets.
    pub subnets: u64,
    /// Security groups that were asked for; those named `default` come on top, first.
    pub groups: u64,
    /// NAT gateways.
    pub nats: u64,
}

impl<'a, 'b> Layout<'a, 'b> {
    /// Of the region of a call.
    pub fn of(ask: &'a Ask<'b>) -> Self {
        let count = |kind| ask.count(kind);
        let (groups, nats) = (count(Kind::SecurityGroup), count(Kind::NatGateway));
        Self { ask, vpcs: count(Kind::Vpc), subnets: count(Kind::Subnet), groups, nats }
    }

    /// The VPC of a subnet.
    pub fn vpc_of_subnet(&self, subnet: u64) -> u64 {
        subnet % self.vpcs.max(1)
    }

    /// The number of a subnet within its VPC.
    pub fn number_of_subnet(&self, subnet: u64) -> u64 {
        subnet / self.vpcs.max(1)
    }

    /// Whether a subnet's route leads to the internet gateway.
    pub fn is_public(&self, subnet: u64) -> bool {
        self.number_of_subnet(subnet).is_multiple_of(2)
    }

    /// The subnets of a VPC.
    pub fn subnets_of(&self, vpc: u64) -> impl Iterator<Item = u64> + use<> {
        (vpc..self.subnets).step_by(self.vpcs.max(1) as usize)
    }

    /// The subnet that something sits in.
    pub fn subnet_for(&self, index: u64) -> u64 {
        index % self.subnets.max(1)
    }

    /// The id of a VPC.
    pub fn vpc_id(&self, vpc: u64) -> String {
        self.ask.id("vpc", Kind::Vpc, vpc)
    }

    /// The id of a subnet.
    pub fn subnet_id(&self, subnet: u64) -> String {
        self.ask.id("subnet", Kind::Subnet, subnet)
    }

    /// The zone of a subnet.
    pub fn zone(&self, subnet: u64) -> String {
        format!("{}{}", self.ask.region_name(), crate::place::ZONES[(self.number_of_subnet(subnet) / 2 % 3) as usize])
    }

    /// The id of the zone of a subnet.
    pub fn zone_id(&self, subnet: u64) -> String {
        format!("{}-az{}", REGIONS[self.ask.region].1, self.number_of_subnet(subnet) / 2 % 3 + 1)
    }

    /// The subnet of a NAT gateway: the first of a VPC, which is public.
    pub fn subnet_of_nat(&self, nat: u64) -> u64 {
        nat % self.vpcs.min(self.subnets).max(1)
    }

    /// All security groups, those named `default` included.
    pub fn all_groups(&self) -> u64 {
        if self.vpcs == 0 { 0 } else { self.vpcs + self.groups }
    }

    /// The security group of something in a VPC, drawn by a number.
    pub fn group_for(&self, vpc: u64, number: u64) -> u64 {
        let own = (self.groups + self.vpcs - 1 - vpc.min(self.vpcs - 1)) / self.vpcs.max(1);
        if own == 0 { vpc } else { self.vpcs + vpc + self.vpcs * (number % own) }
    }

    /// The VPC of a security group.
    pub fn vpc_of_group(&self, group: u64) -> u64 {
        group % self.vpcs.max(1)
    }

    /// The id of a security group. Its index space begins with the groups named `default`.
    pub fn group_id(&self, group: u64) -> String {
        self.ask.id("sg", Kind::SecurityGroup, group)
    }

    /// The name of a security group.
    pub fn group_name(&self, group: u64) -> String {
        if group < self.vpcs { "default".to_owned() } else { format!("service-{group:05}") }
    }

    /// The CIDR of a VPC.
    pub fn vpc_cidr(&self, vpc: u64) -> String {
        format!("10.{}.0.0/16", vpc % 250)
    }

    /// A private address in a subnet.
    pub fn address(&self, subnet: u64, number: u64) -> String {
        let (vpc, place) = (self.vpc_of_subnet(subnet) % 250, self.number_of_subnet(subnet) % 16 * 16);
        format!("10.{vpc}.{}.{}", place + number / 250 % 16, 4 + number % 250)
    }
}
