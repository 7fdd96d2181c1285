//! What the tests from outside share.

#![allow(dead_code)]

pub mod aws;
pub mod bed;
pub mod drift;
pub mod program;
pub mod replay;
pub mod proof;
pub mod steady;
pub mod real;
pub mod texts;
pub mod world;
