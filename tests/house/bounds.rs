//! What the benchmark computes its lower bounds from is what the program declares: readers, what they need, and AWS's limits.
//!
//! The driver (`benches/scale`) does not link the program, so that it builds in seconds; it carries this file of facts instead.

use driftlead::aws::{Rate, Scope, Share};
use driftlead::plan::Plan;
use driftlead::services;
use serde_json::{Map, Value, json};

use super::source::read;
use crate::support::program::root;

const FACTS: &str = "benches/scale/src/readers.json";

/// Set to write it anew.
const UPDATE: &str = "UPDATE_README";

fn facts() -> Value {
    let (mut readers, mut buckets) = (Map::new(), Map::new());
    let mut all: Vec<_> = services::readers().collect();
    all.sort_by_key(|reader| reader.name);
    for reader in all {
        let mut calls = Map::new();
        for call in reader.calls {
            let (bucket, rate) = call.api.quota.of(call.action);
            let name = format!("{} {bucket}", call.api.id).trim_end().to_owned();
            calls.insert(call.action.to_owned(), name.clone().into());
            buckets.insert(name, json!({"per_second": rate.per_second, "burst": rate.burst}));
        }
        let needs: Vec<&str> = Plan::needs(reader).iter().map(|needed| needed.name).collect();
        readers.insert(reader.name.to_owned(), json!({"is_global": reader.scope == Scope::Global, "needs": needs, "calls": calls}));
    }
    buckets.sort_keys();
    // Percent are what is taken of a hundred.
    let share = Share::DEFAULT.of(Rate { per_second: 100.0, burst: 100 }).per_second;
    json!({"share": share, "first": Plan::FIRST.map(|reader| reader.name), "readers": readers, "buckets": buckets})
}

#[test]
fn the_benchmark_knows_the_readers_and_the_limits() {
    let current = serde_json::to_string_pretty(&facts()).expect("JSON") + "\n";
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(root().join(FACTS), &current).expect(FACTS);
    }
    assert!(read(FACTS) == current, "{FACTS} is not what the program declares: `{UPDATE}=1 cargo test --test house bounds` writes it anew");
}
