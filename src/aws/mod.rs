//! HOW AWS IS REACHED: sessions and accounts, regions, declared calls, guard, limiter, retry, outcome, record and replay.
//!
//! This room knows no service by name. A service declares its API, its calls and its readers with what is here; a reader is given
//! a [`Cx`] and can do nothing that it did not declare.

pub mod accounts;
pub mod breaker;
pub mod call;
pub mod cx;
mod deadline;
mod errand;
pub mod fault;
mod guard;
pub mod http;
mod kept;
mod limiter;
pub mod members;
mod pace;
mod outcome;
pub mod ration;
mod reader;
pub mod recording;
mod redact;
mod redact_within;
pub mod session;
pub mod shard;
pub mod storm;
#[cfg(test)]
pub mod testing;
mod whole;
mod word;

pub use call::{Api, Call, Class, Quota, Rate, Wire};
pub use cx::{ClientConf, Cx, Pages, Run, SdkClient, Site, Unread};
pub use deadline::Deadline;
pub use errand::{Errand, Warrant};
pub use guard::{Guard, IN_CALL, InCall, Refused};
pub use limiter::{Limiter, Share};
pub use members::Members;
pub use outcome::{Failure, chain, is_denial};
pub use reader::{Reader, Scope};
pub use redact::{Templates, redact};
pub use session::{Base, Identity, Session, Timing};
pub use shard::Shard;
pub use word::Word;
pub(crate) use word::words;
pub(crate) use {
    call::calls,
    redact::{shown, sounds_secret},
    session::client,
};
