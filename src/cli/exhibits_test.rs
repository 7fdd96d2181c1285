//! A trend is made of the same account's snapshots only, says what it leaves out, and is bounded.

use tempfile::TempDir;

use super::exhibits::{LEAST_EARLIER, MOST_MOMENTS, affordable, earlier};
use super::vet;
use crate::check::{Check, Config, Vetted};
use crate::exhibit::Trend;
use crate::inventory::{Meta, Place, Snapshot, Time};
use crate::services;
use crate::store::Store;

/// A store in a folder that is gone with it.
struct Shelf {
    store: Store,
    folder: TempDir,
}

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store: Store::at(folder.path()), folder }
    }

    /// Puts a snapshot in; in it nothing was read, so that every check that it is asked leaves it unknown.
    fn scan(&self, started_at: &str, account: &str, complete: bool) -> Meta {
        let staging = self.store.stage().unwrap();
        let connection = Snapshot::create(Some(staging.path()), &services::tables(), &services::views()).unwrap();
        Snapshot::begin(&connection, "driftlead test", &Time::from_text(started_at.to_owned()), "", &[]).unwrap();
        let place = Place { account_id: account.to_owned(), region: "us-east-1".to_owned(), in_scope: true };
        Snapshot::places(&connection, &[place]).unwrap();
        Snapshot::end(&connection, &Time::from_text(started_at.to_owned()), complete).unwrap();
        drop(connection);
        Snapshot::glance(&self.store.keep(&staging).unwrap()).unwrap().meta
    }

    fn trend(&self, now: &Meta) -> Trend {
        earlier(&self.store, now, &checks(), &Config::default()).unwrap()
    }
}

fn checks() -> Vec<(Check, Vetted)> {
    let own = |check: &Check| check.id == "vpc/private_subnet_egress_broken";
    vet(crate::check::shipped().unwrap().into_iter().filter(own).collect()).unwrap()
}

#[test]
fn a_trend_is_of_the_same_account_and_of_the_time_before() {
    let shelf = Shelf::new();
    shelf.scan("2026-11-18T10:00:00Z", "111122223333", true);
    shelf.scan("2026-11-19T10:00:00Z", "444455556666", true);
    shelf.scan("2026-11-20T10:00:00Z", "111122223333", false);
    let now = shelf.scan("2026-11-21T10:00:00Z", "111122223333", true);
    shelf.scan("2026-11-22T10:00:00Z", "111122223333", true);
    std::fs::write(shelf.folder.path().join("broken.db"), "no database").unwrap();
    let trend = shelf.trend(&now);
    let told: Vec<_> =
        trend.moments.iter().map(|moment| (moment.started_at.as_str(), moment.counts.map(|counts| counts.unknown))).collect();
    // What was cut short is there, and not counted.
    assert_eq!(told, [("2026-11-18T10:00:00Z", Some(1)), ("2026-11-20T10:00:00Z", None)]);
    assert_eq!((trend.left_out, trend.unreadable.len()), (0, 1));
    assert!(trend.unreadable[0].starts_with("broken.db: is not a driftlead snapshot"), "{:?}", trend.unreadable);
}

#[test]
fn an_empty_store_has_no_trend() {
    let shelf = Shelf::new();
    let now = shelf.scan("2026-11-21T10:00:00Z", "111122223333", true);
    assert_eq!(shelf.trend(&now), Trend::default());
    assert_eq!(earlier(&Store::at("/nonexistent"), &now, &checks(), &Config::default()).unwrap(), Trend::default());
}

#[test]
fn many_or_large_snapshots_are_not_all_judged() {
    assert_eq!(affordable(&[]), MOST_MOMENTS - 1);
    assert_eq!(affordable(&[3 << 20; 100]), MOST_MOMENTS - 1);
    assert_eq!(affordable(&[20 << 20; 100]), 12);
    assert_eq!(affordable(&[1 << 30; 100]), LEAST_EARLIER);
}
