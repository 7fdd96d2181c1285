//! Times as people write them. All are UTC, as those in snapshots are.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const HOUR: i64 = 3600;

/// The last moment of what was written: of a day its end, of a minute its end; `None` when it is no time.
pub(super) fn parse(what: &str, now: Timestamp) -> Option<Timestamp> {
    let what = what.trim();
    let utc = |moment: DateTime| TimeZone::UTC.to_timestamp(moment).ok();
    if let Some(hours) = ago(what) {
        return now.checked_sub(SignedDuration::from_secs(hours.checked_mul(HOUR)?)).ok();
    }
    if what.eq_ignore_ascii_case("yesterday") {
        let today = TimeZone::UTC.to_datetime(now).date();
        return utc(today.yesterday().ok()?.at(23, 59, 59, 0));
    }
    if what.len() == "2026-11-20".len() {
        return utc(what.parse::<Date>().ok()?.at(23, 59, 59, 0));
    }
    // A minute, with or without the Z.
    let minute = what.trim_end_matches(['Z', 'z']);
    if minute.len() == "2026-11-20T10:00".len() && minute.get(10..11).is_some_and(|mark| mark != "-") {
        return utc(format!("{minute}:59").parse().ok()?);
    }
    what.parse::<Timestamp>().ok().or_else(|| utc(what.parse::<DateTime>().ok()?))
}

/// Whether it says the time itself, and not how long ago.
pub(super) fn is_exact(what: &str) -> bool {
    what.trim().contains(['-', ':'])
}

/// The hours of `12h`, `7d` or `2w`.
fn ago(what: &str) -> Option<i64> {
    let (number, hours) = [('h', 1), ('d', 24), ('w', 7 * 24)].iter().find_map(|(unit, hours)| Some((what.strip_suffix(*unit)?, hours)))?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<i64>().ok().filter(|_| is_number)?.checked_mul(*hours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_as_exact_as_it_is_written() {
        let now: Timestamp = "2026-03-01T00:30:00Z".parse().unwrap();
        let told = |what: &str| parse(what, now).map(|moment| moment.to_string());
        let times = [
            ("2026-11-20", "2026-11-20T23:59:59Z"),
            ("2026-11-20T10:00", "2026-11-20T10:00:59Z"),
            ("2026-11-20 10:00", "2026-11-20T10:00:59Z"),
            ("2026-11-20T10:00Z", "2026-11-20T10:00:59Z"),
            ("2026-11-20T10:00:07", "2026-11-20T10:00:07Z"),
            ("2026-11-20T10:00:07Z", "2026-11-20T10:00:07Z"),
            ("2026-11-20T10:00:07-01:00", "2026-11-20T11:00:07Z"),
            ("yesterday", "2026-02-28T23:59:59Z"),
            ("12h", "2026-02-28T12:30:00Z"),
            ("7d", "2026-02-22T00:30:00Z"),
            ("1w", "2026-02-22T00:30:00Z"),
        ];
        for (what, wanted) in times {
            assert_eq!(told(what).as_deref(), Some(wanted), "{what}");
        }
        for what in ["", "d", "-7d", "7", "7m", "2026-13-01", "2026-11-31", "2026-11-20T25:00", "tomorrow", "99999999999999999999d", "é"] {
            assert_eq!(told(what), None, "{what}");
        }
    }
}
