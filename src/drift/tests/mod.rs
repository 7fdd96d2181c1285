//! What the comparer says, and above all what it does not.

mod access;
mod between;
mod declared;
mod doubtful;
