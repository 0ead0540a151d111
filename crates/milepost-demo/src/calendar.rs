//! The company's calendar: days since 1970, months, and midnights in Amsterdam.

/// Microseconds of a second.
pub(crate) const SECOND: i64 = 1_000_000;
/// Microseconds of an hour.
pub(crate) const HOUR: i64 = 3_600 * SECOND;
/// Microseconds of a day of 24 hours.
pub(crate) const DAY: i64 = 24 * HOUR;

/// Days since 1970-01-01.
pub(crate) type Day = i32;

/// The epoch day of a date of the proleptic Gregorian calendar.
pub(crate) const fn day(year: i32, month: i32, day: i32) -> Day {
    // Count from March, so that the leap day is the last of its year.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of an epoch day.
pub(crate) const fn civil(epoch_day: Day) -> (i32, i32, i32) {
    let shifted = epoch_day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1)
}

/// The same day that many months later; month ends clip.
pub(crate) fn plus_months(epoch_day: Day, months: i32) -> Day {
    let (year, month, of_month) = civil(epoch_day);
    let index = year * 12 + month - 1 + months;
    let (year, month) = (index.div_euclid(12), index.rem_euclid(12) + 1);
    let last = first_of_next_month(day(year, month, 1)) - day(year, month, 1);
    day(year, month, of_month.min(last))
}

/// The first day of the day's month.
pub(crate) fn first_of_month(epoch_day: Day) -> Day {
    let (year, month, _) = civil(epoch_day);
    day(year, month, 1)
}

/// The first day of the month after the day's month.
pub(crate) const fn first_of_next_month(epoch_day: Day) -> Day {
    let (year, month, _) = civil(epoch_day);
    if month == 12 { day(year + 1, 1, 1) } else { day(year, month + 1, 1) }
}

/// `2025-03`.
pub(crate) fn month_name(epoch_day: Day) -> String {
    let (year, month, _) = civil(epoch_day);
    format!("{year:04}-{month:02}")
}

/// Whether the day is a Saturday or a Sunday.
pub(crate) fn is_weekend(epoch_day: Day) -> bool {
    // 1970-01-01 was a Thursday.
    (epoch_day + 3).rem_euclid(7) >= 5
}

/// The first instant of the day in UTC.
pub(crate) fn utc_midnight(epoch_day: Day) -> i64 {
    i64::from(epoch_day) * DAY
}

/// The day of the instant in UTC.
pub(crate) fn utc_day(instant: i64) -> Day {
    i32::try_from(instant.div_euclid(DAY)).unwrap_or(0)
}

/// Whole hours that Amsterdam is ahead of UTC on most of that day (the clocks move at 01:00 UTC).
pub(crate) fn amsterdam_hours(epoch_day: Day) -> i64 {
    let (year, _, _) = civil(epoch_day);
    if (last_sunday(year, 3)..last_sunday(year, 10)).contains(&epoch_day) { 2 } else { 1 }
}

/// The first instant of the day in Amsterdam.
pub(crate) fn midnight(epoch_day: Day) -> i64 {
    // Midnight of the day on which the clocks move still has the offset of the day before.
    utc_midnight(epoch_day) - amsterdam_hours(epoch_day - 1) * HOUR
}

/// The day of the instant in Amsterdam.
pub(crate) fn local_day(instant: i64) -> Day {
    let near = utc_day(instant);
    if instant >= midnight(near + 1) { near + 1 } else { near }
}

fn last_sunday(year: i32, month: i32) -> Day {
    let last = first_of_next_month(day(year, month, 1)) - 1;
    last - (last + 4).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        assert_eq!((day(1970, 1, 1), day(2024, 2, 29), day(2026, 1, 31)), (0, 19_782, 20_484));
        for d in -800_000..800_000 {
            let (y, m, of_month) = civil(d);
            assert_eq!(day(y, m, of_month), d);
        }
    }

    #[test]
    fn months_clip_at_their_ends() {
        assert_eq!(civil(plus_months(day(2024, 1, 31), 1)), (2024, 2, 29));
        assert_eq!(civil(plus_months(day(2024, 2, 29), 12)), (2025, 2, 28));
        assert_eq!(civil(plus_months(day(2024, 3, 31), -1)), (2024, 2, 29));
    }

    #[test]
    fn midnights_follow_daylight_saving() {
        let at = |y, m, d, h| utc_midnight(day(y, m, d)) + h * HOUR;
        assert_eq!(midnight(day(2025, 4, 1)), at(2025, 3, 31, 22));
        assert_eq!(midnight(day(2024, 3, 31)), at(2024, 3, 30, 23));
        assert_eq!(midnight(day(2024, 4, 1)), at(2024, 3, 31, 22));
        assert_eq!(midnight(day(2024, 10, 27)), at(2024, 10, 26, 22));
        assert_eq!(midnight(day(2024, 10, 28)), at(2024, 10, 27, 23));
        assert_eq!(local_day(at(2025, 3, 31, 22)), day(2025, 4, 1));
        assert_eq!(local_day(at(2025, 3, 31, 22) - 1), day(2025, 3, 31));
    }
}
