//! The accounts that driftlead and its peer both read, and what serves each.

use std::collections::BTreeSet;

use crate::Outcome;
use crate::bed::Bed;
use crate::run::Tools;
use crate::server::{Counters, Server};

/// What an account is allowed to be asked where everything is denied: without these no tool gets as far as asking.
const ALLOWED: &[&str] = &["GetCallerIdentity", "DescribeRegions"];

/// An account that both read.
pub struct Account {
    /// Its name on the command line and in the JSON.
    pub name: &'static str,
    /// What it is, in words.
    pub about: &'static str,
    /// Whether it is in the quick set too.
    pub is_quick: bool,
    /// Regions in use.
    regions: u32,
    place: Place,
}

/// Where an account is.
#[derive(Clone, Copy)]
enum Place {
    /// On the synthetic AWS, made by these flags.
    Made(&'static [&'static str]),
    /// The same, with every call denied that was made so far.
    Denied(&'static [&'static str]),
    /// The broken platform on the test bed, in two regions.
    Platform,
}

/// All, in the order in which they are read.
pub const ACCOUNTS: &[Account] = &[
    Account {
        name: "empty",
        about: "a nearly empty account: one region with its default VPC",
        is_quick: true,
        regions: 1,
        place: Place::Made(&["--default-vpcs"]),
    },
    Account {
        name: "denied",
        about: "the same, with every call denied but those that tell who and where one is",
        is_quick: true,
        regions: 1,
        place: Place::Denied(&["--default-vpcs"]),
    },
    Account { name: "1k", about: "1,000 resources in 17 regions", is_quick: true, regions: 17, place: Place::Made(&["--mix", "1000"]) },
    Account { name: "10k", about: "10,000 resources in 17 regions", is_quick: false, regions: 17, place: Place::Made(&["--mix", "10000"]) },
    Account {
        name: "platform",
        about: "a payment platform with 100 faults, two regions, on LocalStack",
        is_quick: false,
        regions: 2,
        place: Place::Platform,
    },
    Account {
        name: "log-groups",
        about: "10,000 log groups in 17 regions",
        is_quick: false,
        regions: 17,
        place: Place::Made(&["--resources", "log_group=10000"]),
    },
];

/// What every account is like: 20 ms away, and throttled as AWS throttles.
const WORLD: [&str; 4] = ["--latency", "20", "--throttle", "aws"];

impl Account {
    /// Where it is, in words: what starts it.
    pub fn world(&self) -> String {
        match self.place {
            Place::Made(_) => format!("synthetic-aws {}", self.flags().join(" ")),
            Place::Denied(_) => format!("synthetic-aws {} --deny …", self.flags().join(" ")),
            Place::Platform => "localstack/bed, accounts/payment.py broken".to_owned(),
        }
    }

    /// The regions that a tool must be told of; empty where it finds those in use by itself.
    pub fn regions(&self) -> &'static [&'static str] {
        match self.place {
            // LocalStack has every region there is.
            Place::Platform => &["us-east-1", "eu-west-1"],
            Place::Made(_) | Place::Denied(_) => &[],
        }
    }

    fn flags(&self) -> Vec<String> {
        let (Place::Made(flags) | Place::Denied(flags)) = self.place else { return Vec::new() };
        let regions = ["--regions".to_owned(), self.regions.to_string()];
        regions.into_iter().chain(WORLD.iter().chain(flags).map(|flag| (*flag).to_owned())).collect()
    }

    /// Starts what serves it. `asked` are the operations that were asked before, for those to be denied.
    pub fn serve(&self, tools: &Tools, asked: &BTreeSet<String>) -> Outcome<Host> {
        let mut flags = self.flags();
        match self.place {
            Place::Platform => return Ok(Host::Bed(Bed::broken_platform()?)),
            Place::Denied(_) if asked.is_empty() => return Err("`denied` denies what was asked before: put `empty` before it".into()),
            Place::Denied(_) => flags.extend(asked.iter().flat_map(|action| ["--deny".to_owned(), action.clone()])),
            Place::Made(_) => {}
        }
        Ok(Host::Synthetic(Server::start(&tools.synthetic, &flags)?))
    }
}

/// What serves an account, until this is dropped.
pub enum Host {
    /// A synthetic AWS.
    Synthetic(Server),
    /// The test bed.
    Bed(Bed),
}

impl Host {
    /// What leads a client to it.
    pub fn environment(&self) -> Vec<(String, String)> {
        match self {
            Self::Synthetic(server) => server.environment(0),
            Self::Bed(bed) => bed.environment(),
        }
    }

    /// Counts from nothing again.
    pub fn reset(&mut self) -> Outcome<()> {
        match self {
            Self::Synthetic(server) => server.reset(),
            Self::Bed(bed) => bed.reset(),
        }
    }

    /// What it was asked since.
    pub fn counters(&self) -> Outcome<Counters> {
        match self {
            Self::Synthetic(server) => server.counters(),
            Self::Bed(bed) => bed.counters(),
        }
    }
}

/// The operations that can be denied, of those that were counted, as `service:Action`.
pub fn deniable(counters: &Counters) -> impl Iterator<Item = String> {
    let is_deniable = |key: &&String| !ALLOWED.iter().any(|allowed| key.ends_with(allowed));
    counters.by.keys().filter(is_deniable).map(|key| key.replacen('.', ":", 1))
}
