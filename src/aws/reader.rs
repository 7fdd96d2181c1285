//! A reader: what it fills, what it calls, what it needs, declared before it runs.

use futures_util::future::BoxFuture;

use super::call::Call;
use super::cx::{Cx, Unread};
use crate::inventory::Table;

/// Where a reader runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Once in every region.
    Regional,
    /// Once in an account: the service has one control plane for all regions.
    Global,
}

/// Fills tables from calls.
///
/// A table is filled by exactly one reader, so that "this table was read completely there" has one author.
#[derive(Debug)]
pub struct Reader {
    /// `service/noun`.
    pub name: &'static str,
    /// Where it runs.
    pub scope: Scope,
    /// The tables that it fills.
    pub tables: &'static [&'static Table],
    /// The calls that it may make; the guard refuses others.
    pub calls: &'static [&'static Call],
    /// Tables that must have been read before: it asks about what they hold.
    pub needs: &'static [&'static Table],
    /// Reads. `Err` means that a call about the whole place failed and has left its gap.
    pub read: fn(Cx) -> BoxFuture<'static, Result<(), Unread>>,
}
