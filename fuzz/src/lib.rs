//! What each fuzz target does with its input: one function a file, in plain Rust, so that `tests/fuzz.rs` runs the very same one over
//! the corpus without any fuzzer.
//!
//! An input is what a stranger wrote. Every function holds more than "no crash": what is read and written again is the same, a verdict
//! is what a slow and simple reference says, a planted secret does not come through, and whoever only reads writes nothing.

pub mod accounts;
pub mod check_file;
pub mod configuration;
pub mod framework;
pub mod pattern;
pub mod permission;
pub mod policy;
pub mod query;
pub mod recording;
pub mod redaction;
pub mod seal;
pub mod signers;
pub mod snapshot;
pub mod state;
pub mod template;
pub mod waivers;
mod world;

/// A target's function.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its folder in `corpus/` and `regressions/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("accounts", accounts::run),
    ("check_file", check_file::run),
    ("configuration", configuration::run),
    ("framework", framework::run),
    ("pattern", pattern::run),
    ("permission", permission::run),
    ("policy", policy::run),
    ("query", query::run),
    ("recording", recording::run),
    ("redaction", redaction::run),
    ("seal", seal::run),
    ("signers", signers::run),
    ("snapshot", snapshot::run),
    ("state", state::run),
    ("template", template::run),
    ("waivers", waivers::run),
];

/// Puts a marker in the place of every text that stands under one of these names, wherever it is in the value.
fn plant(value: &mut serde_json::Value, names: &[&str], marker: &str) -> usize {
    match value {
        serde_json::Value::Object(members) => {
            let mut planted = 0;
            for (name, member) in members {
                match member {
                    serde_json::Value::String(text) if names.contains(&name.as_str()) => {
                        marker.clone_into(text);
                        planted += 1;
                    }
                    member => planted += plant(member, names, marker),
                }
            }
            planted
        }
        serde_json::Value::Array(items) => items.iter_mut().map(|item| plant(item, names, marker)).sum(),
        _ => 0,
    }
}
