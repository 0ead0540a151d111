//! The planted cases: rows that break careless code, each on an account of a fixed number.
//!
//! Every run of at least [`LAST`] accounts has all of them, whatever the seed.

use crate::calendar::{Day, HOUR, SECOND, day, utc_midnight};
use crate::story::{Billing, Period, Plan};

/// One planted case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The account that has it.
    pub account_id: i64,
    /// A short name.
    pub name: &'static str,
    /// What is odd, and where.
    pub what: &'static str,
}

const fn case(account_id: i64, name: &'static str, what: &'static str) -> Case {
    Case { account_id, name, what }
}

pub(crate) const UNICODE_NAME: i64 = 1;
pub(crate) const MARKUP_NAME: i64 = 2;
pub(crate) const NO_CONTACTS: i64 = 3;
pub(crate) const SEAT_OVERAGE: i64 = 4;
pub(crate) const ENDS_AT_MONTH_BOUNDARY: i64 = 5;
pub(crate) const BACK_AFTER_20_DAYS: i64 = 6;
pub(crate) const BACK_AFTER_100_DAYS: i64 = 7;
pub(crate) const BACK_AFTER_400_DAYS: i64 = 8;
pub(crate) const NEW_AND_LOST_IN_A_MONTH: i64 = 9;
pub(crate) const ONE_OF_TWO_CANCELLED: i64 = 10;
pub(crate) const FREE_OF_CHARGE: i64 = 11;
pub(crate) const MORE_SEATS_AT_MONTH_BOUNDARY: i64 = 12;
pub(crate) const LEAP_DAY: i64 = 13;
pub(crate) const CLOCK_EDGES: i64 = 14;
pub(crate) const REPEATED_EVENTS: i64 = 15;
pub(crate) const BEFORE_SIGN_UP: i64 = 16;
pub(crate) const UNMATCHED_ACCOUNT: i64 = 17;
pub(crate) const NO_ROLES: i64 = 18;
pub(crate) const UNMATCHED_FEATURE: i64 = 19;
pub(crate) const SCORE_OFF_SCALE: i64 = 20;

/// The highest account number with a planted case.
pub const LAST: i64 = 20;

/// All planted cases, by account.
pub const CASES: [Case; 20] = [
    case(UNICODE_NAME, "unicode name", "account.name has umlauts, a dash and Japanese"),
    case(
        MARKUP_NAME,
        "markup in a name",
        "account.name has both quotes, an ampersand and a <script> tag",
    ),
    case(NO_CONTACTS, "no contacts", "no row in contact; its users have no contact_id"),
    case(SEAT_OVERAGE, "seat overage", "more active users than seats: utilization above 100 %"),
    case(
        ENDS_AT_MONTH_BOUNDARY,
        "ends at a month boundary",
        "its subscription ends at 2025-04-01 00:00 in Amsterdam, 2025-03-31 22:00 UTC: counted at the end of March, lost in April",
    ),
    case(
        BACK_AFTER_20_DAYS,
        "back after 20 days",
        "lost on 2025-03-10, back on 2025-03-30, the day on which the clocks move",
    ),
    case(BACK_AFTER_100_DAYS, "back after 100 days", "lost on 2024-11-05, back on 2025-02-13"),
    case(BACK_AFTER_400_DAYS, "back after 400 days", "lost on 2024-04-20, back on 2025-05-25"),
    case(
        NEW_AND_LOST_IN_A_MONTH,
        "new and lost in a month",
        "its only subscription runs from 2024-09-03 to 2024-09-24: in no month-end picture",
    ),
    case(
        ONE_OF_TWO_CANCELLED,
        "one of two cancelled",
        "two subscriptions at a time until 2025-06-15, then one: a contraction, not a churn",
    ),
    case(FREE_OF_CHARGE, "free of charge", "a discount of 100 % from 2024-08-01: seats, but mrr 0"),
    case(
        MORE_SEATS_AT_MONTH_BOUNDARY,
        "more seats at a month boundary",
        "seats 10 to 16 at 2025-07-01 00:00 in Amsterdam: the end of June still says 10",
    ),
    case(LEAP_DAY, "leap day", "created and subscribed on 2024-02-29; renewed on 2025-02-28"),
    case(
        CLOCK_EDGES,
        "clock edges",
        "events in the hours that daylight saving repeats and skips, at the first and last instants of months and years in Amsterdam, and at the as-of",
    ),
    case(
        REPEATED_EVENTS,
        "repeated events",
        "the first events of March and of June 2025 (six at most) stand twice, same event_id",
    ),
    case(
        BEFORE_SIGN_UP,
        "before sign-up",
        "two users have an event hours before their created_at (a clock that is wrong)",
    ),
    case(
        UNMATCHED_ACCOUNT,
        "unmatched account",
        "its last two users and their events carry account_id 9000017, which no account has",
    ),
    case(NO_ROLES, "no roles", "no contact has a role"),
    case(
        UNMATCHED_FEATURE,
        "unmatched feature",
        "its uses of feature 12 carry feature_id 99, which no feature has",
    ),
    case(SCORE_OFF_SCALE, "score off the scale", "its NPS answers have the score 11"),
];

/// The months of [`REPEATED_EVENTS`].
pub(crate) const REPEATED_MONTHS: [Day; 2] = [day(2025, 3, 1), day(2025, 6, 1)];
/// The account that the users of [`UNMATCHED_ACCOUNT`] name.
pub(crate) const NOBODY: i64 = 9_000_017;
/// The feature that the events of [`UNMATCHED_FEATURE`] name.
pub(crate) const NO_FEATURE: i64 = 99;

/// A name that is planted.
pub(crate) fn name(account_id: i64) -> Option<&'static str> {
    match account_id {
        UNICODE_NAME => Some("Zürcher Käse & Söhne – 東京支店"),
        MARKUP_NAME => Some("O'Brien & \"Sons\" <script>alert(1)</script>"),
        _ => None,
    }
}

/// When the account was created, if that is planted.
pub(crate) fn created_on(account_id: i64) -> Option<Day> {
    match account_id {
        NEW_AND_LOST_IN_A_MONTH => Some(day(2024, 9, 2)),
        LEAP_DAY => Some(day(2024, 2, 29)),
        1..=LAST => Some(day(2023, 6, 5) + i32::try_from(account_id).unwrap_or(0)),
        _ => None,
    }
}

/// The subscription history, if that is planted: (first day, day after the last, seats, reason of the start, of the end).
pub(crate) fn periods(account_id: i64) -> Option<Vec<Period>> {
    let start = created_on(account_id)?;
    let run = |number, from, to, seats| Period::planted(account_id, number, from, to, seats);
    let list = match account_id {
        ENDS_AT_MONTH_BOUNDARY => vec![run(1, start, Some(day(2025, 4, 1)), 9).lost()],
        BACK_AFTER_20_DAYS => gap(account_id, start, day(2025, 3, 10), day(2025, 3, 30)),
        BACK_AFTER_100_DAYS => gap(account_id, start, day(2024, 11, 5), day(2025, 2, 13)),
        BACK_AFTER_400_DAYS => gap(account_id, start, day(2024, 4, 20), day(2025, 5, 25)),
        NEW_AND_LOST_IN_A_MONTH => vec![run(1, day(2024, 9, 3), Some(day(2024, 9, 24)), 4).lost()],
        ONE_OF_TWO_CANCELLED => {
            vec![
                run(1, start, None, 12),
                run(2, start + 30, Some(day(2025, 6, 15)), 6).because("add-on", "cancelled"),
            ]
        }
        FREE_OF_CHARGE => {
            let free = day(2024, 8, 1);
            vec![
                run(1, start, Some(free), 8).because("new", "discount"),
                run(1, free, None, 8).because("discount", "").free(),
            ]
        }
        MORE_SEATS_AT_MONTH_BOUNDARY => {
            let change = day(2025, 7, 1);
            vec![
                run(1, start, Some(change), 10).because("new", "seats"),
                run(1, change, None, 16).because("seats", ""),
            ]
        }
        LEAP_DAY => {
            let renewal = day(2025, 2, 28);
            let annual = |period: Period| Period { billing: Billing::Annual, ..period };
            vec![
                annual(run(1, start, Some(renewal), 14).because("new", "renewal")),
                annual(run(1, renewal, None, 14).because("renewal", "")),
            ]
        }
        UNICODE_NAME | MARKUP_NAME | NO_CONTACTS | SEAT_OVERAGE | CLOCK_EDGES.. => {
            vec![run(1, start, None, 11)]
        }
        _ => return None,
    };
    Some(list)
}

fn gap(account_id: i64, start: Day, lost: Day, back: Day) -> Vec<Period> {
    vec![
        Period::planted(account_id, 1, start, Some(lost), 10).lost(),
        Period::planted(account_id, 2, back, None, 7).because("reactivation", ""),
    ]
}

/// The plan that planted accounts have.
pub(crate) const PLAN: Plan = Plan::Team;

/// The instants of [`CLOCK_EDGES`], in microseconds.
pub(crate) fn clock_edges() -> Vec<i64> {
    let at = |y, m, d, hour| utc_midnight(day(y, m, d)) + hour * HOUR;
    vec![
        at(2024, 3, 31, 1) - SECOND,
        at(2024, 3, 31, 1),
        at(2024, 10, 27, 0) + HOUR / 2,
        at(2024, 10, 27, 1) + HOUR / 2,
        at(2024, 12, 31, 23) - SECOND,
        at(2024, 12, 31, 23),
        at(2025, 3, 31, 22) - SECOND,
        at(2025, 3, 31, 22),
        at(2025, 10, 31, 23) - 1,
        at(2025, 10, 31, 23),
        at(2026, 1, 31, 23) - SECOND,
    ]
}
