//! Errands: what a command asks of AWS outside of a plan (who changed this? what is in that state file?), declared like a reader.
//!
//! An errand fills no table. It takes a typed question and gives a typed answer; what could not be asked is a gap in the ledger of
//! its outing. Guard, limiter, recordings and replays work for it as for a reader: both ask through [`Cx`].

use futures_util::future::BoxFuture;

use super::call::Call;
use super::cx::{Cx, Unread};
use super::reader::Reader;
use crate::inventory::Table;

/// In whose name a hand asks, and what it may: the part of their declarations that readers and errands share.
#[derive(Debug, Clone, Copy)]
pub struct Warrant {
    /// `service/noun`.
    pub name: &'static str,
    /// The tables that are filled; none by an errand.
    pub tables: &'static [&'static Table],
    /// The calls that may be made; the guard refuses others.
    pub calls: &'static [&'static Call],
}

impl From<&'static Reader> for Warrant {
    fn from(reader: &'static Reader) -> Self {
        Self { name: reader.name, tables: reader.tables, calls: reader.calls }
    }
}

/// Asks a question of type `Q` in one place (an account in a region) and brings back an `A`.
#[derive(Debug)]
pub struct Errand<Q: 'static, A: 'static> {
    /// What it may.
    pub warrant: Warrant,
    /// Asks. `Err` means that a call failed and has left its gap.
    pub run: fn(Cx, Q) -> BoxFuture<'static, Result<A, Unread>>,
}
