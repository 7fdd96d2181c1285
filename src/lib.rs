//! driftlead reads live AWS accounts and says what is true there, with receipts.
//!
//! The rooms, in the order of a run:
//!
//! ```text
//! cli ─▶ plan ─▶ collect ─▶ inventory ─▶ check ─▶ finding ─▶ report ─▶ notify ─▶ exit code
//!                   │
//!               services ─▶ aws
//! ```
//!
//! | room | what it is about | what it knows |
//! |---|---|---|
//! | [`cli`] | what the user said | all others |
//! | [`plan`] | what must be read, and what that will cost | `check`, `services`, `aws`, `inventory` |
//! | [`collect`] | runs the plan | `plan`, `services`, `aws`, `inventory` |
//! | [`services`] | what AWS has: a folder a service, a file a table | `aws`, `declared`, `inventory` |
//! | [`aws`] | how AWS is reached: sessions, guard, limiter, recordings | `inventory` |
//! | [`inventory`] | what was read: tables, facts, gaps, the snapshot | nobody |
//! | [`seal`] | what was sealed: manifests, signatures, the chain | `inventory` |
//! | [`store`] | what was: a folder of snapshots | `inventory`, `seal` |
//! | [`declared`] | what was declared: templates and states | nobody |
//! | [`check`] | the judge | `inventory`, `finding`, `glob` |
//! | [`config`] | what was agreed: `driftlead.toml` | `check`, `drift`, `notify`, `store` |
//! | [`framework`] | what others ask for: requirements, and what verdicts say of them | `finding`, `glob` |
//! | [`glob`] | what is meant: patterns that users write | nobody |
//! | [`finding`] | the one noun that reports know | nobody |
//! | [`change`] | the other noun: what is not as it was declared, or as it was | `finding` |
//! | [`drift`] | the comparer | `declared`, `inventory`, `check`, `finding`, `change`, `glob` |
//! | [`exhibit`] | what a snapshot shows besides verdicts | `finding` |
//! | [`survey`] | the surveyor: makes exhibits of a snapshot | `check`, `inventory`, `finding`, `exhibit` |
//! | [`report`] | what the user sees | `finding`, `change`, `exhibit` |
//! | [`notify`] | who is told: webhooks | `finding` |
//!
//! What judges and reports never touches the network. Two rooms do: `aws`, which only reads, and `notify`, which posts what was found
//! to addresses of the user's own.
//!
//! `tests/house/rooms.rs` holds them to it.

pub mod aws;
pub mod inventory;
pub mod seal;
pub mod store;
pub mod services;
pub mod declared;
pub mod check;
pub mod glob;
pub mod config;
pub mod framework;
pub mod finding;
pub mod change;
pub mod drift;
pub mod exhibit;
pub mod survey;
pub mod collect;
pub mod plan;
pub mod cli;
pub mod log;
pub mod notify;
pub mod report;
