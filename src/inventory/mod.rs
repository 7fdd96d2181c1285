//! WHAT WAS READ: the snapshot, one SQLite file with the rows, the ledger of calls, and the gaps.
//!
//! Nothing here knows AWS, checks or reports. The rules that everything else rests on live here: NULL means unread and nothing
//! else ([`Fact`]), and a table counts as read only where a reader said that it had come to the end ([`Coverage`]).

mod cidr;
mod fact;
mod functions;
mod held;
pub mod kind;
mod ledger;
mod lookup;
mod merge;
mod nature;
pub mod permission;
pub mod policy;
mod snapshot;
pub mod table;
mod trust;
mod view;
mod writer;

pub use cidr::{cidr_bounds, cidr_contains};
pub use fact::Fact;
pub use functions::{FUNCTIONS, add_functions};
pub use held::{Held, unfinished};
pub use ledger::{Coverage, Entry, GLOBAL, Gap, LEDGER_DDL, Outcome, Place};
pub use lookup::{LOOKUPS, make_lookups};
pub use merge::{MergeError, RESUMPTION_DDL, merge};
pub use nature::{Nature, Parent, listed_in_use};
pub use rusqlite::types::Value;
pub use snapshot::{Glance, Meta, SCHEMA, Snapshot, SnapshotError};
pub use table::{Cell, Column, Json, Kind, Row, Table, Time};
pub(crate) use trust::set_patience;
#[cfg(test)]
pub(crate) use trust::testing;
pub use view::View;
pub use writer::{Closed, Sink, Writer};
