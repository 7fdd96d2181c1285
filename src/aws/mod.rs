//! HOW AWS IS REACHED: sessions and accounts, regions, declared calls, guard, limiter, retry, outcome, record and replay.
//!
//! This room knows no service by name. A service declares its API, its calls and its readers with what is here; a reader is given
//! a [`Cx`] and can do nothing that it did not declare.

pub mod call;
pub mod cx;
mod errand;
pub mod fault;
mod guard;
pub mod http;
mod limiter;
mod outcome;
mod reader;
pub mod recording;
mod redact;
mod redact_within;
pub mod session;
#[cfg(test)]
pub mod testing;
mod whole;
mod word;

pub use call::{Api, Call, Class, Rate, Wire};
pub use cx::{ClientConf, Cx, Pages, Run, SdkClient, Site, Unread};
pub use errand::{Errand, Warrant};
pub use guard::{Guard, IN_CALL, InCall, Refused};
pub use limiter::Limiter;
pub use outcome::{Failure, chain};
pub use reader::{Reader, Scope};
pub use session::{Identity, Session};
pub use word::Word;
pub(crate) use word::words;
pub(crate) use {
    call::calls,
    redact::{shown, sounds_secret},
    session::client,
};
