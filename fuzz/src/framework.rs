//! A framework's file of the user's own (`--framework FILE`).

use std::collections::BTreeSet;
use std::path::Path;

use driftlead::framework::parse;

/// Reads it.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let lines = 1 + text.matches('\n').count();
    match parse(Path::new("own.toml"), text) {
        Ok(framework) => {
            assert!(!framework.clauses.is_empty() && !framework.id.is_empty());
            let ids: BTreeSet<&str> = framework.clauses.iter().map(|clause| clause.id.as_str()).collect();
            assert_eq!(ids.len(), framework.clauses.len(), "a number stands twice");
            for clause in &framework.clauses {
                assert_eq!(framework.clause(&clause.id), Some(clause));
                assert!(clause.sources.iter().all(|source| framework.sources.contains_key(source)));
            }
        }
        Err(error) => {
            assert!(error.line.is_none_or(|line| (1..=lines).contains(&line)), "line {:?} of {lines}", error.line);
            assert!(error.to_string().starts_with("own.toml") && !error.detail.is_empty(), "{error}");
        }
    }
}
