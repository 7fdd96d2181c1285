//! What the tests from outside share.

#![allow(dead_code)]

pub mod proof;
pub mod program;
pub mod replay;
