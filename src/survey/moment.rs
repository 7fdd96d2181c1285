//! A snapshot among others of the same account: its verdicts, counted; and which ones to look at when there are many.

use std::convert::Infallible;

use crate::check::{Check, Config, Judge, Vetted};
use crate::exhibit::Counts;
use crate::inventory::{Snapshot, Table};

/// Judges a snapshot with these checks and counts the verdicts.
///
/// # Errors
/// When the snapshot's ledger cannot be read.
pub fn counts(snapshot: &Snapshot, tables: &[&'static Table], checks: &[(Check, Vetted)], config: &Config) -> rusqlite::Result<Counts> {
    let mut counts = Counts::default();
    let judge = Judge::new(snapshot, tables, config, false)?;
    let asked = judge.run_all(checks, None, &mut |finding| {
        counts.count(&finding);
        Ok::<(), Infallible>(())
    });
    match asked {
        Ok(()) => Ok(counts),
        Err(never) => match never {},
    }
}

/// Which of so many to look at, when that is `most` at the most: the first, the last, and others at even distances. In order.
pub fn spread(all: usize, most: usize) -> Vec<usize> {
    match (all, most) {
        (_, 0) => Vec::new(),
        (all, most) if all <= most => (0..all).collect(),
        (all, 1) => vec![all - 1],
        (all, most) => (0..most).map(|i| i * (all - 1) / (most - 1)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_all_looked_at_and_of_many_the_first_the_last_and_some_between() {
        assert_eq!(spread(0, 5), [0; 0]);
        assert_eq!(spread(3, 5), [0, 1, 2]);
        assert_eq!(spread(100, 5), [0, 24, 49, 74, 99]);
        assert_eq!(spread(7, 1), [6]);
        assert_eq!(spread(7, 0), [0; 0]);
        assert!(spread(1000, 30).windows(2).all(|pair| pair[0] < pair[1]));
    }
}
