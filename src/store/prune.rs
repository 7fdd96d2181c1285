//! What a store forgets: after a while one snapshot a day is enough, later one a week.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use super::shelve::{TAKING, is_named_by_store};
use super::{Entry, Store, StoreError};

/// `[store]` in `driftlead.toml`: how long snapshots are kept, in days counted back from the newest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Keep {
    /// Every snapshot.
    pub keep_days: u32,
    /// The last complete one of each day.
    pub keep_daily_days: u32,
    /// The last complete one of each week.
    pub keep_weekly_days: u32,
}

impl Default for Keep {
    /// A week of all, three months of days, two years of weeks.
    fn default() -> Self {
        Self { keep_days: 7, keep_daily_days: 90, keep_weekly_days: 730 }
    }
}

/// What was forgotten.
#[derive(Debug, Default)]
pub struct Pruned {
    /// Snapshots that are gone.
    pub removed: Vec<PathBuf>,
    /// Snapshots that should be gone and could not be removed, and why.
    pub failed: Vec<(PathBuf, std::io::Error)>,
}

/// The folder of a run that was killed this long ago is nobody's any more.
const ABANDONED: Duration = Duration::from_secs(7 * 24 * 3600);

impl Store {
    /// Removes the snapshots that the rule does not keep at a moment. What stays whatever the rule says: the latest two of each
    /// account, of all and of the complete ones; what is sealed; what the user gave a name; what cannot be read or is no snapshot.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn prune(&self, rule: &Keep, now: Timestamp) -> Result<Pruned, StoreError> {
        let entries = self.list()?;
        let mut pruned = Pruned::default();
        for path in forgotten(&entries, rule, now) {
            match std::fs::remove_file(&path) {
                Ok(()) => pruned.removed.push(path),
                // Another run was faster.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => pruned.failed.push((path, error)),
            }
        }
        self.sweep();
        Ok(pruned)
    }

    /// Removes what runs that were killed have left. What cannot be removed is tried again the next time.
    fn sweep(&self) {
        let is_abandoned = |path: &Path| {
            let is_taking = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(TAKING));
            let since = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
            is_taking && since.and_then(|since| SystemTime::now().duration_since(since).ok()).is_some_and(|age| age > ABANDONED)
        };
        let Ok(folder) = std::fs::read_dir(&self.folder) else { return };
        for path in folder.flatten().map(|entry| entry.path()).filter(|path| is_abandoned(path)) {
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

/// What one snapshot can stand in for another of: the same accounts and regions, answered by the same.
type Series<'e> = (&'e str, &'e [String], &'e [String]);

/// The files that the rule does not keep, the oldest first.
fn forgotten(entries: &[Entry], rule: &Keep, now: Timestamp) -> Vec<PathBuf> {
    let mut kept: HashSet<&Path> = HashSet::new();
    let mut days: BTreeMap<(Series<'_>, Date), &Entry> = BTreeMap::new();
    let mut weeks: BTreeMap<(Series<'_>, Date), &Entry> = BTreeMap::new();
    // The oldest comes first, so that the last one of a day is the one that stays.
    for entry in entries.iter().filter(|entry| entry.is_complete()) {
        let (Ok(glance), Some(day)) = (&entry.glance, day_of(entry)) else { continue };
        let series: Series<'_> = (&glance.meta.endpoint, &glance.meta.accounts, &glance.meta.regions);
        days.insert((series, day), entry);
        if let Ok(week) = day.checked_sub(jiff::Span::new().days(day.weekday().to_monday_zero_offset())) {
            weeks.insert((series, week), entry);
        }
    }
    let is_within = |entry: &Entry, days: u32| {
        let age = |at: Timestamp| now.duration_since(at).as_secs();
        at(entry).is_none_or(|at| age(at) <= i64::from(days) * 24 * 3600)
    };
    kept.extend(entries.iter().filter(|entry| is_within(entry, rule.keep_days)).map(|entry| entry.path.as_path()));
    kept.extend(days.values().filter(|entry| is_within(entry, rule.keep_daily_days)).map(|entry| entry.path.as_path()));
    kept.extend(weeks.values().filter(|entry| is_within(entry, rule.keep_weekly_days)).map(|entry| entry.path.as_path()));
    let accounts: BTreeSet<&String> = entries.iter().flat_map(Entry::accounts).collect();
    for account in accounts {
        let of = entries.iter().rev().filter(|entry| entry.accounts().contains(account));
        kept.extend(of.clone().take(2).map(|entry| entry.path.as_path()));
        kept.extend(of.filter(|entry| entry.is_complete()).take(2).map(|entry| entry.path.as_path()));
    }
    // A seal without its snapshot proves nothing any more.
    let is_ours =
        |entry: &&Entry| !entry.is_sealed && entry.glance.as_ref().is_ok_and(|glance| is_named_by_store(&entry.name(), &glance.meta));
    entries.iter().filter(is_ours).filter(|entry| !kept.contains(entry.path.as_path())).map(|entry| entry.path.clone()).collect()
}

fn at(entry: &Entry) -> Option<Timestamp> {
    entry.started_at().parse().ok()
}

fn day_of(entry: &Entry) -> Option<Date> {
    Some(TimeZone::UTC.to_datetime(at(entry)?).date())
}

#[cfg(test)]
mod tests {
    use super::super::testing::Shelf;
    use super::*;

    const NOW: &str = "2026-11-22T12:00:00Z";

    fn prune(shelf: &Shelf, rule: Keep) -> usize {
        let pruned = shelf.store.prune(&rule, NOW.parse().unwrap()).unwrap();
        assert!(pruned.failed.is_empty());
        pruned.removed.len()
    }

    /// The times of what is left, `11-22T12`.
    fn left(shelf: &Shelf) -> Vec<String> {
        shelf.names().iter().map(|name| name[5..13].to_owned()).collect()
    }

    #[test]
    fn all_of_days_then_one_a_day_then_one_a_week() {
        let shelf = Shelf::new();
        let scans = [
            // Weeks, of which the last complete one stays: Monday is 2026-10-12, Sunday the 18th.
            ("10-05T10", true),
            ("10-12T10", true),
            ("10-14T10", true),
            ("10-18T10", true),
            ("10-18T11", false),
            // Days, of which the last complete one stays.
            ("11-12T10", true),
            ("11-12T11", true),
            ("11-12T12", false),
            ("11-13T10", false),
            // All.
            ("11-20T10", true),
            ("11-20T11", false),
            ("11-22T10", true),
            ("11-22T12", true),
        ];
        for (at, complete) in scans {
            shelf.scan(&format!("2026-{at}:00:00Z"), &["1"], complete);
        }
        let rule = Keep { keep_days: 7, keep_daily_days: 14, keep_weekly_days: 45 };
        assert_eq!(prune(&shelf, rule), 7);
        assert_eq!(left(&shelf), ["10-18T10", "11-12T11", "11-20T10", "11-20T11", "11-22T10", "11-22T12"].map(str::to_owned));
        assert_eq!(prune(&shelf, rule), 0, "a second time nothing is left to forget");
    }

    #[test]
    fn the_latest_two_of_each_account_stay_and_so_does_what_is_not_ours() {
        let shelf = Shelf::new();
        let none = Keep { keep_days: 0, keep_daily_days: 0, keep_weekly_days: 0 };
        for (day, complete) in [(1, true), (2, true), (3, true), (4, false), (5, false)] {
            shelf.scan(&format!("2025-01-0{day}T10:00:00Z"), &["1"], complete);
        }
        shelf.scan("2024-01-01T10:00:00Z", &["2"], true);
        let named = shelf.scan("2023-01-01T10:00:00Z", &["1"], true);
        std::fs::rename(&named, shelf.store.folder().join("before-the-move.db")).unwrap();
        std::fs::write(shelf.store.folder().join("2020-01-01T10-00-00Z_1.db"), "no snapshot").unwrap();
        assert_eq!(prune(&shelf, none), 1);
        let names: Vec<String> = shelf.names().iter().map(|name| name[..10].to_owned()).collect();
        let wanted = ["before-the", "2024-01-01", "2025-01-02", "2025-01-03", "2025-01-04", "2025-01-05", "2020-01-01"];
        assert_eq!(names, wanted.map(str::to_owned));
    }

    #[test]
    fn what_is_sealed_stays_with_its_seal() {
        let shelf = Shelf::new();
        let none = Keep { keep_days: 0, keep_daily_days: 0, keep_weekly_days: 0 };
        for day in 1..=5 {
            let path = shelf.scan(&format!("2025-01-0{day}T10:00:00Z"), &["1"], true);
            if day == 2 {
                std::fs::write(crate::seal::manifest_of(&path), "a seal").unwrap();
            }
        }
        assert_eq!(prune(&shelf, none), 2);
        assert_eq!(left(&shelf), ["01-02T10", "01-04T10", "01-05T10"].map(str::to_owned));
        let sealed = shelf.store.list().unwrap().remove(0);
        assert!(sealed.is_sealed && crate::seal::manifest_of(&sealed.path).exists());
    }

    #[test]
    fn a_scan_of_other_regions_or_accounts_stands_in_for_none() {
        let shelf = Shelf::new();
        let rule = Keep { keep_days: 0, keep_daily_days: 90, keep_weekly_days: 0 };
        for (hour, accounts) in [(1, &["1"][..]), (2, &["1"]), (3, &["1", "2"]), (4, &["3"]), (5, &["1", "2"]), (6, &["1", "2"])] {
            shelf.scan(&format!("2026-11-20T0{hour}:00:00Z"), accounts, true);
        }
        assert_eq!(prune(&shelf, rule), 2);
        assert_eq!(left(&shelf), ["11-20T02", "11-20T04", "11-20T05", "11-20T06"].map(str::to_owned));
    }

    #[test]
    fn what_a_killed_run_left_goes_after_a_week() {
        let shelf = Shelf::new();
        shelf.scan(NOW, &["1"], true);
        let folder = |name: &str| shelf.store.folder().join(name);
        for name in [".taking-old", ".taking-new", ".other"] {
            std::fs::create_dir(folder(name)).unwrap();
            std::fs::write(folder(name).join("snapshot.db.partial"), "").unwrap();
        }
        for name in [".taking-old", ".other"] {
            let long_ago = SystemTime::now() - Duration::from_secs(8 * 24 * 3600);
            std::fs::File::open(folder(name)).unwrap().set_modified(long_ago).unwrap();
        }
        prune(&shelf, Keep::default());
        assert!(!folder(".taking-old").exists() && folder(".taking-new").exists() && folder(".other").exists());
    }
}
