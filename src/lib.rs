//! driftlead reads live AWS accounts and says what is true there, with receipts.
//!
//! The rooms, in the order of a run:
//!
//! ```text
//! cli ─▶ plan ─▶ collect ─▶ inventory ─▶ check ─▶ finding ─▶ report ─▶ exit code
//!                   │
//!               services ─▶ aws
//! ```

pub mod aws;
pub mod inventory;
pub mod services;
pub mod check;
pub mod finding;
pub mod collect;
pub mod plan;
pub mod cli;
pub mod log;
pub mod report;
