//! Which snapshots of a store are meant: the latest two of an account, or the one of a time.
//!
//! Only complete snapshots are chosen: one that was cut short says little of what it lacks. A file that is named is taken as it is.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use super::{Entry, Store, StoreError, when};
use crate::inventory::Snapshot;

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
        let (typed, own) = (Path::new(what), self.folder.join(what));
        if let Some(path) = [typed, &own].into_iter().find(|path| path.is_file()) {
            Snapshot::glance(path)?;
            let size = std::fs::metadata(path).map_err(Self::io(path))?.len();
            return Ok(Entry::of(path, size));
        }
        let Some(end) = when::parse(what, now) else {
            let looks_like_a_file = what.contains(['/', '\\']) || typed.extension().is_some();
            // Says that it is not there, or is a folder.
            return match Snapshot::glance(typed) {
                Err(error) if looks_like_a_file || typed.is_dir() => Err(error.into()),
                _ => Err(StoreError::NotATime(what.to_owned())),
            };
        };
        let entries = self.of_account(account)?;
        let oldest = entries.first().map_or("", Entry::started_at).to_owned();
        let is_by_then = |entry: &Entry| entry.started_at().parse::<Timestamp>().is_ok_and(|at| at <= end);
        entries.into_iter().rev().find(is_by_then).ok_or_else(|| StoreError::TooOld {
            folder: self.folder.clone(),
            of: of(account),
            what: if when::is_exact(what) { what.to_owned() } else { format!("{what} ({end})") },
            oldest,
        })
    }
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
}
