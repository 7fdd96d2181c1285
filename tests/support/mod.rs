//! What the tests from outside share.

#![allow(dead_code)]

pub mod aws;
pub mod bed;
pub mod crew;
pub mod crowd;
pub mod drift;
pub mod hook;
pub mod hostile;
pub mod mass;
pub mod program;
pub mod replay;
pub mod proof;
pub mod steady;
pub mod steps;
pub mod real;
pub mod texts;
pub mod world;
