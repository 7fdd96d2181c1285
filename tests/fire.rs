//! Under fire: whatever happens to the network, the process, the disk and the files, nothing panics, nothing hangs past its
//! deadline, what was read is kept, what was not is a gap, and no verdict is wrong.
//!
//! Every test runs the real binary. `DRIFTLEAD_FIRE_ROUNDS` makes the random ones longer: so many kills and damages instead of few.

mod support;

#[path = "fire/damaged.rs"]
mod damaged;
#[path = "fire/full.rs"]
mod full;
#[path = "fire/killed.rs"]
mod killed;
#[path = "fire/range.rs"]
mod range;
#[path = "fire/selftest.rs"]
mod selftest;
#[path = "fire/together.rs"]
mod together;
#[path = "fire/wire.rs"]
mod wire;
