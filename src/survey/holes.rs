//! What of a place's network was not read, and why: what a map must not be sure of.

use crate::check::{Missing, Standing};

/// The lists that a map is made of, by what they are called on it.
const LISTS: &[(List, &str, &[&str])] = &[
    (List::Vpcs, "VPCs", &["aws_vpc"]),
    (List::Subnets, "subnets", &["aws_vpc_subnet"]),
    (List::Routes, "route tables", &["aws_vpc_route_table", "aws_vpc_route_table_association", "aws_vpc_route"]),
    (List::NatGateways, "NAT gateways", &["aws_vpc_nat_gateway", "aws_vpc_nat_gateway_address"]),
    (List::InternetGateways, "internet gateways", &["aws_vpc_internet_gateway"]),
    (List::EgressOnlyGateways, "egress-only internet gateways", &["aws_vpc_egress_only_internet_gateway"]),
    (List::Interfaces, "network interfaces", &["aws_ec2_network_interface"]),
    (List::Instances, "instances", &["aws_ec2_instance", "aws_ec2_instance_status"]),
    (List::Endpoints, "endpoints", &["aws_vpc_endpoint"]),
];

/// A list that AWS gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Vpcs,
    Subnets,
    Routes,
    NatGateways,
    InternetGateways,
    EgressOnlyGateways,
    Interfaces,
    Instances,
    Endpoints,
}

/// The lists of one place that were not read to their end, each with a sentence that says why.
#[derive(Debug)]
pub(super) struct Holes(Vec<(List, String)>);

impl Holes {
    /// Looks at a place.
    pub(super) fn of(standing: &Standing<'_>, account: &str, region: &str) -> rusqlite::Result<Self> {
        let mut holes = Vec::new();
        for (list, words, tables) in LISTS {
            for table in *tables {
                if let Some(missing) = standing.hole(table, account, region)? {
                    holes.push((*list, sentence(words, &missing)));
                    break;
                }
            }
        }
        Ok(Self(holes))
    }

    /// Why a list was not read; `None` when it was.
    pub(super) fn of_list(&self, list: List) -> Option<&str> {
        self.0.iter().find(|(own, _)| *own == list).map(|(_, sentence)| sentence.as_str())
    }

    /// All of them.
    pub(super) fn sentences(&self) -> Vec<String> {
        self.0.iter().map(|(_, sentence)| sentence.clone()).collect()
    }
}

/// The places in which it is not known which networks there are.
pub(super) fn unread_places(standing: &Standing<'_>) -> rusqlite::Result<Vec<String>> {
    let mut sentences = Vec::new();
    let accounts: Vec<String> = standing.accounts().map(str::to_owned).collect();
    for account in accounts {
        for region in standing.places_of("aws_vpc_subnet", &account) {
            for (words, table) in [("VPCs", "aws_vpc"), ("subnets", "aws_vpc_subnet")] {
                if let Some(missing) = standing.hole(table, &account, &region)? {
                    sentences.push(format!("{region} of {account}: {}", sentence(words, &missing)));
                }
            }
        }
    }
    Ok(sentences)
}

fn sentence(words: &str, missing: &Missing) -> String {
    format!("the {words} were not read: {}", missing.sentence())
}
