//! Which snapshots of a store are meant: the latest two of an account, the one of a time, or the one before another.
//!
//! Only complete snapshots are chosen: one that was cut short says little of what it lacks. A file that is named is taken as it is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Entry, Store, StoreError, when};
use crate::inventory::{Meta, Snapshot};

/// What somebody means who names a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// This file.
    File(PathBuf),
    /// The last one by this moment.
    By(Timestamp),
}

impl Store {
    /// The complete snapshots of one account, the oldest first; without a name, those of the only account, or group of accounts,
    /// of which there are any. There is at least one.
    ///
    /// # Errors
    /// When there is none, or no account is named and there are several, with their names.
    pub fn of_account(&self, account: Option<&str>) -> Result<Vec<Entry>, StoreError> {
        let mut entries = self.list()?;
        entries.retain(|entry| entry.is_complete() && account.is_none_or(|account| entry.accounts().iter().any(|own| own == account)));
        if entries.is_empty() {
            return Err(StoreError::Empty { folder: self.folder.clone(), of: of(account) });
        }
        let groups: BTreeSet<&[String]> = entries.iter().map(Entry::accounts).collect();
        if account.is_none() && groups.len() > 1 {
            let accounts: BTreeSet<&str> = groups.into_iter().flatten().map(String::as_str).collect();
            let accounts = accounts.into_iter().collect::<Vec<_>>().join(", ");
            return Err(StoreError::Several { folder: self.folder.clone(), accounts });
        }
        Ok(entries)
    }

    /// The latest two complete snapshots of an account, the older first.
    ///
    /// # Errors
    /// As [`Store::of_account`], and when there is only one.
    pub fn latest_two(&self, account: Option<&str>) -> Result<[Entry; 2], StoreError> {
        let mut entries = self.of_account(account)?;
        match (entries.pop(), entries.pop()) {
            (Some(newer), Some(older)) => Ok([older, newer]),
            (one, _) => {
                let at = one.as_ref().map_or("", Entry::started_at).to_owned();
                Err(StoreError::OnlyOne { folder: self.folder.clone(), of: of(account), at })
            }
        }
    }

    /// The snapshot that somebody means: a file, by its path or by its name in the store; or the last complete one of an account
    /// at or before a time. A time is as exact as it is written: a day is over at its end, a minute at its end. Times are UTC.
    ///
    /// `now` is what `yesterday`, `7d` and `12h` are counted from.
    ///
    /// # Errors
    /// When it is neither, when the file is no snapshot, or when all snapshots are younger, with the time of the oldest.
    pub fn find(&self, what: &str, account: Option<&str>, now: Timestamp) -> Result<Entry, StoreError> {
        let end = match self.meant(what, now)? {
            Meant::File(path) => {
                let size = std::fs::metadata(&path).map_err(Self::io(&path))?.len();
                return Ok(Entry::of(&path, size));
            }
            Meant::By(end) => end,
        };
        let entries = self.of_account(account)?;
        let oldest = entries.first().map_or("", Entry::started_at).to_owned();
        entries.into_iter().rev().find(|entry| is_by(entry, end)).ok_or_else(|| StoreError::TooOld {
            folder: self.folder.clone(),
            of: of(account),
            what: if when::is_exact(what) { what.to_owned() } else { format!("{what} ({end})") },
            oldest,
        })
    }

    /// What is meant by a file's path, its name in the store, or a time.
    ///
    /// # Errors
    /// When it is none of them, or the file is no snapshot.
    pub fn meant(&self, what: &str, now: Timestamp) -> Result<Meant, StoreError> {
        let (typed, own) = (Path::new(what), self.folder.join(what));
        if let Some(path) = [typed, &own].into_iter().find(|path| path.is_file()) {
            Snapshot::glance(path)?;
            return Ok(Meant::File(path.to_owned()));
        }
        if let Some(end) = when::parse(what, now) {
            return Ok(Meant::By(end));
        }
        let looks_like_a_file = what.contains(['/', '\\']) || typed.extension().is_some();
        // Says that it is not there, or is a folder.
        match Snapshot::glance(typed) {
            Err(error) if looks_like_a_file || typed.is_dir() => Err(error.into()),
            _ => Err(StoreError::NotATime(what.to_owned())),
        }
    }

    /// The complete snapshot that a later one is best compared with: of those that were begun before it (and by `end`) at the same
    /// endpoint, the one that shares most accounts with it, then most regions, and of these the last. None when none shares an
    /// account.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn before(&self, later: &Meta, end: Option<Timestamp>) -> Result<Option<Entry>, StoreError> {
        let Ok(begun) = later.started_at.as_str().parse::<Timestamp>() else { return Ok(None) };
        let shared = |own: &[String], other: &[String]| own.iter().filter(|one| other.contains(one)).count();
        let mut best = None;
        for entry in self.list()?.into_iter().filter(Entry::is_complete) {
            let Ok(meta) = entry.glance.as_ref().map(|glance| &glance.meta) else { continue };
            let is_before = meta.started_at.as_str().parse::<Timestamp>().is_ok_and(|at| at < begun);
            let score = (shared(&meta.accounts, &later.accounts), shared(&meta.regions, &later.regions));
            let is_one = is_before && end.is_none_or(|end| is_by(&entry, end)) && meta.endpoint == later.endpoint && score.0 > 0;
            // The list begins with the oldest: of equals the later one stays.
            if is_one && best.as_ref().is_none_or(|(other, _)| *other <= score) {
                best = Some((score, entry));
            }
        }
        Ok(best.map(|(_, entry)| entry))
    }
}

/// Whether a snapshot was begun by then.
fn is_by(entry: &Entry, end: Timestamp) -> bool {
    entry.started_at().parse::<Timestamp>().is_ok_and(|at| at <= end)
}

fn of(account: Option<&str>) -> String {
    account.map_or_else(String::new, |account| format!(" of {account}"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Shelf;
    use super::*;

    fn filled() -> Shelf {
        let shelf = Shelf::new();
        for (day, complete) in [(18, true), (19, true), (20, true), (21, false)] {
            shelf.scan(&format!("2026-11-{day}T10:00:05Z"), &["111122223333"], complete);
        }
        shelf
    }

    fn day(entry: &Entry) -> &str {
        &entry.started_at()[8..10]
    }

    #[test]
    fn the_latest_two_are_complete() {
        let shelf = filled();
        let [older, newer] = shelf.store.latest_two(None).unwrap();
        assert_eq!((day(&older), day(&newer)), ("19", "20"));
        let error = shelf.store.latest_two(Some("999988887777")).unwrap_err().to_string();
        assert!(error.ends_with("holds no complete snapshot of 999988887777: driftlead scan puts one there"), "{error}");
        let one = Shelf::new();
        one.scan("2026-11-20T10:00:00Z", &["1"], true);
        let error = one.store.latest_two(None).unwrap_err().to_string();
        assert!(error.contains("only one complete snapshot, of 2026-11-20T10:00:00Z: a comparison needs two"), "{error}");
    }

    #[test]
    fn of_several_accounts_one_has_to_be_named() {
        let shelf = filled();
        shelf.scan("2026-11-22T10:00:00Z", &["111122223333", "999988887777"], true);
        let error = shelf.store.latest_two(None).unwrap_err().to_string();
        assert!(error.contains("--account: 111122223333, 999988887777"), "{error}");
        let [older, newer] = shelf.store.latest_two(Some("111122223333")).unwrap();
        assert_eq!((day(&older), day(&newer)), ("20", "22"));
    }

    #[test]
    fn a_time_means_the_last_one_by_then() {
        let shelf = filled();
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let found = |what: &str| shelf.store.find(what, None, now).map(|entry| day(&entry).to_owned()).map_err(|error| error.to_string());
        let by = [
            ("2026-11-19", "19"),
            ("2026-11-19T10:00", "19"),
            ("2026-11-19T09:59", "18"),
            ("2026-11-19T10:00:04Z", "18"),
            ("2026-11-19T10:00:05Z", "19"),
            ("2026-11-19T12:00:00+02:00", "18"),
            ("yesterday", "20"),
            ("2d", "19"),
            ("25h", "20"),
            ("26h", "19"),
            ("2026-12-31", "20"),
            ("2026-11-18T10-00-05Z_111122223333.db", "18"),
        ];
        for (what, wanted) in by {
            assert_eq!(found(what).as_deref(), Ok(wanted), "{what}");
        }
        let path = shelf.store.folder().join("2026-11-21T10-00-05Z_111122223333.db").display().to_string();
        assert_eq!(found(&path).as_deref(), Ok("21"), "a file is taken as it is");
        let old = found("7d").unwrap_err();
        assert!(old.contains("was taken by 7d (2026-11-14T12:00:00Z): the oldest is of 2026-11-18T10:00:05Z"), "{old}");
        assert!(found("2026-11-17").unwrap_err().contains("was taken by 2026-11-17: the oldest"));
        assert!(found("last week").unwrap_err().contains("`last week` is neither a snapshot's file nor a time: write 2026-11-20"));
        assert!(found("none.db").unwrap_err().contains("none.db: No such file"));
    }

    #[test]
    fn the_one_before_shares_accounts_and_regions() {
        let shelf = filled();
        shelf.scan("2026-11-20T12:00:00Z", &["999988887777"], true);
        let meta = |at: &str, accounts: &[&str]| Meta {
            started_at: crate::inventory::Time::from_text(at.to_owned()),
            accounts: accounts.iter().map(|account| (*account).to_owned()).collect(),
            ..shelf.store.list().unwrap()[0].glance.clone().unwrap().meta
        };
        let before = |at: &str, accounts: &[&str], end: Option<&str>| {
            let end = end.map(|end| end.parse().unwrap());
            shelf.store.before(&meta(at, accounts), end).unwrap().map(|entry| day(&entry).to_owned())
        };
        let own = ["111122223333"];
        assert_eq!(before("2026-11-22T10:00:00Z", &own, None).as_deref(), Some("20"), "the 21st was cut short");
        assert_eq!(before("2026-11-20T10:00:05Z", &own, None).as_deref(), Some("19"), "itself is not before itself");
        assert_eq!(before("2026-11-22T10:00:00Z", &own, Some("2026-11-19T10:00:04Z")).as_deref(), Some("18"));
        assert_eq!(before("2026-11-18T10:00:05Z", &own, None), None);
        assert_eq!(before("2026-11-22T10:00:00Z", &["5"], None), None);
        shelf.scan("2026-11-20T13:00:00Z", &["111122223333", "999988887777"], true);
        shelf.scan("2026-11-22T09:00:00Z", &own, true);
        let both = ["111122223333", "999988887777"];
        assert_eq!(before("2026-11-22T10:00:00Z", &both, None).as_deref(), Some("20"), "the younger one lacks an account");
        let elsewhere = Meta { endpoint: "http://127.0.0.1:4566".to_owned(), ..meta("2026-11-22T10:00:00Z", &own) };
        assert!(shelf.store.before(&elsewhere, None).unwrap().is_none());
    }
}
