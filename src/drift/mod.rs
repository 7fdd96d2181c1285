//! THE COMPARER: what was declared, or what was, against what is. Sources fill shelves with wanted rows of our own tables; one
//! comparison finds what changed, what is missing, what nobody declared, and what cannot be said.
//!
//! Nothing here asks AWS: all is in the snapshot, the reduced templates of its stacks too. A gap is never "missing", a value that
//! could not be resolved is never "changed", and where declarations could not be read nothing is "added" or "unmanaged".

mod absence;
mod age;
mod cause;
pub mod between;
pub mod cloudformation;
pub mod compare;
pub mod extra;
pub mod flip;
mod fold;
mod gist;
pub mod ignore;
pub mod run;
mod same;
mod settle;
pub mod shape;
pub mod shelf;
pub mod source;
pub mod terraform;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod wanted;
