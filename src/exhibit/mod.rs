//! THE EXHIBITS: what a snapshot shows besides verdicts, for reports that draw: each network's way out, and how it went over time.

mod egress;
mod trend;

use serde::Serialize;

pub use egress::{EgressMap, Exit, ExitKind, Family, Link, Onward, Route, RouteTable, State, Subnet, SubnetKind, Way, Zone};
pub use trend::{Counts, Moment, Trend};

/// Everything that a report may draw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Exhibits {
    /// A map for each VPC, the one with most to see to first.
    pub egress: Vec<EgressMap>,
    /// VPCs that are not drawn because there are too many.
    pub egress_left_out: u32,
    /// Places whose networks were not read, each a sentence with the reason.
    pub egress_unread: Vec<String>,
    /// How it went over time.
    pub trend: Trend,
}
