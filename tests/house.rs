//! The rules of the house, held as tests so that they cannot go stale.
//!
//! What the library knows about itself (tables, readers, calls, checks) is asked of the library; the rest is read from the source
//! text. Every failure names each place and says what to do. Where a rule has exceptions, they are a short list beside the rule, each
//! with its reason; an exception that is no longer needed fails too.

mod support;

/// A file a rule, or a handful of rules about one thing.
mod house {
    pub mod bounds;
    pub mod cargo;
    pub mod calls;
    pub mod checks;
    pub mod figures;
    pub mod files;
    pub mod frameworks;
    pub mod kinds;
    pub mod natures;
    pub mod pages;
    pub mod panics;
    pub mod readers;
    pub mod reasons;
    pub mod rooms;
    pub mod secrets;
    pub mod source;
    pub mod tables;
    pub mod words;
}
