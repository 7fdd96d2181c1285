//! A synthetic AWS: answers AWS's protocols for generated accounts of any size, to measure and to torture what reads AWS.
//!
//! Nothing is stored. Every resource is computed from seed, account, region, kind and index when it is asked for ([`seed`]), so that
//! a million of them cost as much memory as none. [`World`] says what there is and what goes wrong; [`Server`] serves it.
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`world`], [`kind`], [`mix`], [`place`] | what there is: accounts, regions, how many of each kind |
//! | [`seed`], [`clock`] | numbers and moments that are the same every time |
//! | [`wire`] | AWS's protocols: answers, errors, parameters |
//! | [`services`] | the calls of each service |
//! | [`ask`], [`route`] | which call a request is, and what it says |
//! | [`throttle`], [`fault`] | what AWS does to those who ask too often, and what networks do |
//! | [`http`], [`counters`], [`server`] | connections and what is counted |

pub mod ask;
pub mod cli;
pub mod clock;
pub mod counters;
pub mod fault;
pub mod http;
pub mod kind;
pub mod mix;
pub mod place;
pub mod route;
pub mod seed;
pub mod server;
pub mod services;
pub mod throttle;
pub mod wire;
pub mod world;

pub use counters::{Count, Counters};
pub use kind::Kind;
pub use server::Server;
pub use throttle::Throttle;
pub use world::{Faults, World};
