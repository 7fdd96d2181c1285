//! Moments: now, and the texts that AWS writes them in.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// Seconds since 1970.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

/// The date of a day since 1970-01-01. <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// The day since 1970-01-01 of a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

/// `2026-11-23T10:08:00Z`.
#[derive(Debug, Clone, Copy)]
pub struct Iso(pub i64);

impl fmt::Display for Iso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0.div_euclid(DAY));
        let second = self.0.rem_euclid(DAY);
        write!(f, "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60)
    }
}

/// `Mon, 23 Nov 2026 10:08:00 GMT`, as a `Date` header has it.
#[derive(Debug, Clone, Copy)]
pub struct Http(pub i64);

impl fmt::Display for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WEEK: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let whole = self.0.div_euclid(DAY);
        let (year, month, day) = civil(whole);
        let second = self.0.rem_euclid(DAY);
        let (weekday, month) = (WEEK[whole.rem_euclid(7) as usize], MONTHS[(month - 1) as usize]);
        write!(f, "{weekday}, {day:02} {month} {year:04} {:02}:{:02}:{:02} GMT", second / 3_600, second / 60 % 60, second % 60)
    }
}

/// The moment of `20261123T100800Z`, as an `X-Amz-Date` header has it.
pub fn of_amz_date(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let day = days(number(0, 4)?, number(4, 6)?, number(6, 8)?);
    Some(day * DAY + number(9, 11)? * 3_600 + number(11, 13)? * 60 + number(13, 15)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_and_read() {
        assert_eq!(Iso(1_795_428_480).to_string(), "2026-11-23T10:08:00Z");
        assert_eq!(Iso(951_782_400).to_string(), "2000-02-29T00:00:00Z");
        assert_eq!(Http(1_795_428_480).to_string(), "Mon, 23 Nov 2026 10:08:00 GMT");
        assert_eq!(of_amz_date("20261123T100800Z"), Some(1_795_428_480));
        assert_eq!(of_amz_date("20000229T000000Z"), Some(951_782_400));
        assert_eq!(of_amz_date("nonsense"), None);
    }
}
