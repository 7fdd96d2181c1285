//! What default routes lead to: how each stands by itself, and its own way on to an internet gateway.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::holes::{Holes, List};
use super::rows::{self, Effective, Gateway, Nat, NatInstance, Vpc};
use crate::exhibit::{Exit, ExitKind, Family, Link, Onward};

/// What is said of a value that AWS did not give, where the list itself was read.
const UNTOLD: &str = "AWS did not tell";

/// Makes the exits of one VPC, each when a route first leads to it.
pub(super) struct Exits<'m> {
    connection: &'m Connection,
    vpc: &'m Vpc,
    holes: &'m Holes,
    nats: Vec<Nat>,
    gateways: Vec<Gateway>,
    egress_only: Vec<Gateway>,
    /// The IPv4 default route's target of each subnet: its kind and id.
    targets: BTreeMap<String, (String, String)>,
    made: BTreeMap<String, Exit>,
}

impl<'m> Exits<'m> {
    /// Looks at what there is. What is in use without a route, too: a gateway that nothing leads to is worth seeing.
    pub(super) fn of(connection: &'m Connection, vpc: &'m Vpc, holes: &'m Holes, routes: &[Effective]) -> rusqlite::Result<Self> {
        let target = |route: &Effective| {
            let target = (route.target_kind.clone()?, route.target_id.clone()?);
            Some((route.subnet_id.clone(), target)).filter(|_| route.family == Family::Ipv4)
        };
        let mut exits = Self {
            connection,
            vpc,
            holes,
            nats: rows::nats(connection, vpc)?,
            gateways: rows::internet_gateways(connection, vpc)?,
            egress_only: rows::egress_only_gateways(connection, vpc)?,
            targets: routes.iter().filter_map(target).collect(),
            made: BTreeMap::new(),
        };
        let alive = exits.nats.iter().filter(|nat| nat.state.as_deref() != Some("deleted")).map(|nat| (nat.id.clone(), "nat_gateway"));
        let own = |gateway: &&Gateway| gateway.vpc_id == vpc.vpc_id;
        let gateways = exits.gateways.iter().filter(own).map(|gateway| (gateway.id.clone(), "internet_gateway"));
        let present: Vec<(String, &str)> = alive.chain(gateways).collect();
        for (id, kind) in present {
            exits.lead_to(kind, &id)?;
        }
        Ok(exits)
    }

    /// The exit of a route, made if it is not there yet, and what lies behind it.
    pub(super) fn lead_to(&mut self, target_kind: &str, id: &str) -> rusqlite::Result<()> {
        if self.made.contains_key(id) {
            return Ok(());
        }
        let exit = match target_kind {
            "nat_gateway" => self.nat(id),
            "internet_gateway" => self.gateway(id, ExitKind::InternetGateway),
            "egress_only_internet_gateway" => self.gateway(id, ExitKind::EgressOnlyGateway),
            "network_interface" | "instance" => self.instance(id)?,
            "vpc_endpoint" => self.endpoint(id)?,
            _ => elsewhere(target_kind, id),
        };
        let behind = exit.onward.as_ref().map(|onward| onward.to.clone()).filter(|to| !to.is_empty());
        self.made.insert(id.to_owned(), exit);
        match behind {
            Some(to) if to.starts_with("nat-") => self.lead_to("nat_gateway", &to),
            Some(to) => self.lead_to("internet_gateway", &to),
            None => Ok(()),
        }
    }

    /// All that were made, by id.
    pub(super) fn all(self) -> BTreeMap<String, Exit> {
        self.made
    }

    /// What is not in its list: gone, unless the list was not read or another account has it.
    fn absent(&self, kind: ExitKind, id: &str, list: List) -> Exit {
        let link = match self.holes.of_list(list) {
            Some(why) => Link::unknown(why),
            None if self.vpc.is_shared => Link::unknown("another account shares the VPC, and does not show it here"),
            None => Link::broken("it is gone"),
        };
        Exit {
            arn: String::new(),
            id: id.to_owned(),
            name: String::new(),
            kind,
            zone: String::new(),
            subnet: String::new(),
            link,
            onward: None,
        }
    }

    fn nat(&self, id: &str) -> Exit {
        let Some(nat) = self.nats.iter().find(|nat| nat.id == id) else {
            return self.absent(ExitKind::NatGateway, id, List::NatGateways);
        };
        let state = match nat.state.as_deref() {
            Some("available") => Link::works(),
            Some("pending") => Link::unknown("it is being made"),
            Some("deleted") => Link::broken("it was deleted"),
            Some("deleting") => Link::broken("it is being deleted"),
            Some("failed") if nat.failure_code.is_empty() => Link::broken("it could not be made"),
            Some("failed") => Link::broken(format!("it could not be made: {}", nat.failure_code)),
            Some(state) => Link::broken(format!("it is {state}")),
            None => Link::unknown(self.unread(List::NatGateways)),
        };
        let kind_of = match nat.is_public {
            Some(true) => self.fact(nat.has_public_address, "it has no public address", List::NatGateways),
            Some(false) => Link::unknown("it is private: it leads to other networks, whose ways are not read"),
            None => Link::unknown(self.unread(List::NatGateways)),
        };
        // The way on of one that does not lead to the internet, or is gone, is not asked for.
        let is_alive = !matches!(nat.state.as_deref(), Some("deleted" | "deleting" | "failed"));
        let onward = (is_alive && nat.is_public != Some(false)).then(|| {
            let target = match nat.is_regional {
                Some(true) => nat.own_target.clone(),
                _ => self.target_of(&nat.subnet_id).filter(|(kind, _)| *kind == "internet_gateway").map(|(_, id)| id.to_owned()),
            };
            let missing = if nat.is_regional == Some(true) {
                "its own route table does not lead to an internet gateway".to_owned()
            } else {
                format!("its own subnet {} does not lead to an internet gateway", nat.subnet_id)
            };
            let route = self.fact(nat.has_gateway_route, &missing, List::Routes);
            let open = match nat.is_open {
                Some(true) => Link::works(),
                Some(false) => Link::broken("a network ACL or Block Public Access of its subnet is in the way"),
                None => Link::unknown("whether its subnet lets traffic pass was not read"),
            };
            Onward { to: target.unwrap_or_else(String::new), link: route.then(&open) }
        });
        Exit {
            arn: nat.arn.clone(),
            id: nat.id.clone(),
            name: nat.name.clone(),
            kind: if nat.is_regional == Some(true) { ExitKind::RegionalNatGateway } else { ExitKind::NatGateway },
            zone: nat.zone_id.clone(),
            subnet: nat.subnet_id.clone(),
            link: state.then(&kind_of),
            onward,
        }
    }

    fn gateway(&self, id: &str, kind: ExitKind) -> Exit {
        let (list, gateways) = match kind {
            ExitKind::EgressOnlyGateway => (List::EgressOnlyGateways, &self.egress_only),
            _ => (List::InternetGateways, &self.gateways),
        };
        let Some(gateway) = gateways.iter().find(|gateway| gateway.id == id) else { return self.absent(kind, id, list) };
        let link = match gateway.attachment.as_deref() {
            _ if gateway.vpc_id.is_empty() => Link::broken("it is attached to no VPC"),
            _ if gateway.vpc_id != self.vpc.vpc_id => Link::broken(format!("it is attached to {}, not to this VPC", gateway.vpc_id)),
            Some("available" | "attached") => Link::works(),
            Some(state) => {
                Link::broken(format!("it is not attached: its attachment is {}", if state.is_empty() { "not there" } else { state }))
            }
            None => Link::unknown(self.unread(list)),
        };
        Exit {
            arn: gateway.arn.clone(),
            id: gateway.id.clone(),
            name: gateway.name.clone(),
            kind,
            zone: String::new(),
            subnet: String::new(),
            link,
            onward: None,
        }
    }

    fn instance(&self, target: &str) -> rusqlite::Result<Exit> {
        let Some(instance) = rows::nat_instance(self.connection, self.vpc, target)? else {
            return Ok(self.absent(ExitKind::NatInstance, target, List::Interfaces));
        };
        let NatInstance { is_running, is_healthy, passes_foreign, has_public_ip, has_gateway_route, .. } = instance;
        let link = self
            .fact(is_running, "the instance is not running", List::Instances)
            .then(&self.fact(passes_foreign, "its source/destination check is on: it drops what is not for itself", List::Interfaces))
            .then(&self.fact(has_public_ip, "it has no public address", List::Interfaces))
            .then(&self.fact(is_healthy, "it does not pass AWS's status checks", List::Instances));
        let to = self.target_of(&instance.subnet_id).filter(|(kind, _)| *kind == "internet_gateway");
        let missing = format!("its own subnet {} does not lead to an attached internet gateway", instance.subnet_id);
        let onward =
            Onward { to: to.map_or_else(String::new, |(_, id)| id.to_owned()), link: self.fact(has_gateway_route, &missing, List::Routes) };
        Ok(Exit {
            arn: instance.arn,
            id: target.to_owned(),
            name: instance.instance_id,
            kind: ExitKind::NatInstance,
            zone: instance.zone_id,
            subnet: instance.subnet_id,
            link,
            onward: Some(onward),
        })
    }

    fn endpoint(&self, id: &str) -> rusqlite::Result<Exit> {
        let Some((arn, state, subnet)) = rows::endpoint(self.connection, self.vpc, id)? else {
            return Ok(self.absent(ExitKind::Endpoint, id, List::Endpoints));
        };
        let link = match state.as_deref() {
            Some(state) if state.eq_ignore_ascii_case("available") => Link::works(),
            Some(state) => Link::broken(format!("it is {}", state.to_lowercase())),
            None => Link::unknown(self.unread(List::Endpoints)),
        };
        let onward = match self.target_of(&subnet) {
            Some((kind @ ("nat_gateway" | "internet_gateway"), target)) if !target.is_empty() => {
                let words = if kind == "nat_gateway" { "a NAT gateway" } else { "an internet gateway" };
                Onward { to: target.to_owned(), link: Link { why: format!("behind it {subnet} leads to {words}"), ..Link::works() } }
            }
            Some(_) => Onward { to: String::new(), link: Link::broken(format!("behind it {subnet} has no way out")) },
            None => Onward { to: String::new(), link: Link::unknown(self.unread(List::Routes)) },
        };
        let (id, name, zone) = (id.to_owned(), String::new(), String::new());
        Ok(Exit { arn, id, name, kind: ExitKind::Endpoint, zone, subnet, link, onward: Some(onward) })
    }

    /// The IPv4 default route's target of a subnet; `None` when its routes were not read.
    fn target_of(&self, subnet: &str) -> Option<(&str, &str)> {
        self.targets.get(subnet).map(|(kind, id)| (kind.as_str(), id.as_str()))
    }

    fn fact(&self, fact: Option<bool>, otherwise: &str, list: List) -> Link {
        match fact {
            Some(true) => Link::works(),
            // What is joined from a list that was not read is not there for that reason alone.
            Some(false) if self.holes.of_list(list).is_none() => Link::broken(otherwise),
            Some(false) | None => Link::unknown(self.unread(list)),
        }
    }

    fn unread(&self, list: List) -> String {
        self.holes.of_list(list).unwrap_or(UNTOLD).to_owned()
    }
}

/// A target whose way on lies outside of what is read.
fn elsewhere(target_kind: &str, id: &str) -> Exit {
    let (kind, link) = match target_kind {
        "transit_gateway" | "core_network" => (ExitKind::TransitGateway, Link::unknown("the routes behind it are not read")),
        "vpc_peering_connection" => (ExitKind::Peering, Link::broken("a peering connection never passes internet traffic on")),
        "virtual_private_gateway" => {
            (ExitKind::VirtualPrivateGateway, Link::unknown("it leads to a network outside of AWS, which is not read"))
        }
        "local" => (ExitKind::Other, Link::broken("the route stays inside of the VPC")),
        _ => (ExitKind::Other, Link::unknown("where it leads to is not read")),
    };
    Exit {
        arn: String::new(),
        id: id.to_owned(),
        name: String::new(),
        kind,
        zone: String::new(),
        subnet: String::new(),
        link,
        onward: None,
    }
}
