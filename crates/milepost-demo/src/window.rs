//! The time that the tables cover.

use crate::calendar::{Day, day, first_of_next_month, midnight};

/// The first day with events, pictures and touches: the company's fiscal years start in February.
pub const FIRST_DAY: Day = day(2024, 2, 1);

/// The as-of: the last day of the data, and of fiscal year 2026.
pub const LAST_DAY: Day = day(2026, 1, 31);

/// The oldest accounts were created on this day.
pub(crate) const OLDEST_DAY: Day = day(2022, 2, 1);

/// Weeks counted from [`FIRST_DAY`]; the last one is cut by the as-of.
pub(crate) const WEEKS: usize = ((LAST_DAY - FIRST_DAY) / 7 + 1) as usize;

/// The first instant that nobody has seen.
pub(crate) fn end() -> i64 {
    midnight(LAST_DAY + 1)
}

/// The instant, if somebody has seen it.
pub(crate) fn seen(instant: i64) -> Option<i64> {
    (instant < end()).then_some(instant)
}

/// The week of a day; days before the first week count to it, days after the last to the last.
pub(crate) fn week_of(day: Day) -> usize {
    usize::try_from((day - FIRST_DAY).div_euclid(7)).unwrap_or(0).min(WEEKS - 1)
}

/// The first days of the months of the window.
pub(crate) fn months() -> Vec<Day> {
    let mut list = vec![FIRST_DAY];
    while first_of_next_month(list[list.len() - 1]) <= LAST_DAY {
        list.push(first_of_next_month(list[list.len() - 1]));
    }
    list
}
