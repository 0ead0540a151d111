//! Calendar time: hand-checked days, buckets, labels and shifts.

use milepost_semantics::time::{
    AsOf, Calendar, Grain, Instant, date_of_epoch_day, epoch_day, show_date,
};
use milepost_syntax::ast::{Date, Duration, DurationStyle, TimeUnit};

const HOUR: i64 = 3_600_000_000;

fn amsterdam() -> Calendar {
    let mut calendar = Calendar::default();
    assert!(calendar.set_time_zone("Europe/Amsterdam"));
    calendar
}

fn date(text: &str) -> Date {
    let mut parts = text.split('-');
    let mut next = || parts.next().and_then(|p| p.parse::<i16>().ok()).expect("a number");
    let year = next();
    let month = i8::try_from(next()).expect("a month");
    Date { year, month, day: i8::try_from(next()).expect("a day") }
}

fn length(count: u32, unit: TimeUnit) -> Duration {
    Duration { count, unit, style: DurationStyle::Plain }
}

fn business(count: u32) -> Duration {
    Duration { count, unit: TimeUnit::Day, style: DurationStyle::Business }
}

/// Seconds since 1970 as `date -u -d … +%s` gives them.
fn utc(seconds: i64) -> Instant {
    Instant(seconds * 1_000_000)
}

#[test]
fn epoch_days_go_both_ways() {
    assert_eq!(epoch_day(date("1970-01-01")), 0);
    assert_eq!(epoch_day(date("1969-12-31")), -1);
    assert_eq!(epoch_day(date("2000-03-01")), 11_017);
    assert_eq!(epoch_day(date("2026-03-31")), 20_543);
    for days in [-719_162, -1, 0, 59, 60, 20_543, 2_932_896] {
        assert_eq!(epoch_day(date_of_epoch_day(days)), days);
    }
}

#[test]
fn days_of_a_change_of_clocks_have_23_and_25_hours() {
    let calendar = amsterdam();
    // 2026-03-29: clocks go from 02:00 to 03:00. Midnight is 2026-03-28T23:00Z = 1774738800.
    let spring = calendar.bucket_of(Grain::Day, calendar.midnight(date("2026-03-29")));
    assert_eq!(spring.start, utc(1_774_738_800));
    assert_eq!(spring.end.0 - spring.start.0, 23 * HOUR);
    // 2026-10-25: from 03:00 back to 02:00. Midnight is 2026-10-24T22:00Z = 1792879200.
    let autumn = calendar.bucket_of(Grain::Day, calendar.midnight(date("2026-10-25")));
    assert_eq!(autumn.start, utc(1_792_879_200));
    assert_eq!(autumn.end.0 - autumn.start.0, 25 * HOUR);
    assert_eq!(calendar.next(&spring).label, "2026-03-30");
    assert_eq!(calendar.previous(&autumn).label, "2026-10-24");
}

#[test]
fn days_shift_by_the_clock_and_hours_by_what_elapsed() {
    let calendar = amsterdam();
    // Noon before the change, one day on: noon again, 23 hours later.
    let noon = calendar.instant(date("2026-03-28"), 12 * HOUR);
    assert_eq!(
        calendar.shift(noon, length(1, TimeUnit::Day), false),
        calendar.instant(date("2026-03-29"), 12 * HOUR)
    );
    assert_eq!(calendar.shift(noon, length(1, TimeUnit::Day), false).0 - noon.0, 23 * HOUR);
    assert_eq!(calendar.shift(noon, length(24, TimeUnit::Hour), false).0 - noon.0, 24 * HOUR);
    assert_eq!(calendar.hour(calendar.shift(noon, length(24, TimeUnit::Hour), false)), 13);
    // A time in the gap is read after it.
    assert_eq!(
        calendar.show_instant(calendar.instant(date("2026-03-29"), 2 * HOUR + HOUR / 2)),
        "2026-03-29T03:30:00"
    );
    // A time that is there twice is the first: 02:30 summer time is 00:30Z = 1792888200.
    assert_eq!(calendar.instant(date("2026-10-25"), 2 * HOUR + HOUR / 2), utc(1_792_888_200));
}

#[test]
fn a_zone_that_skips_midnight_begins_the_day_later() {
    let mut calendar = Calendar::default();
    assert!(calendar.set_time_zone("Africa/Cairo"));
    // Egypt's clocks went from 2024-04-26T00:00 to 01:00.
    let start = calendar.midnight(date("2024-04-26"));
    assert_eq!(calendar.show_instant(start), "2024-04-26T01:00:00");
    assert_eq!(calendar.date_of(Instant(start.0 - 1)), date("2024-04-25"));
    let bucket = calendar.bucket_of(Grain::Day, start);
    assert_eq!((bucket.label.as_str(), bucket.end.0 - bucket.start.0), ("2024-04-26", 23 * HOUR));
    assert_eq!(calendar.first_day_from(start), date("2024-04-26"));
    assert_eq!(calendar.first_day_from(Instant(start.0 + 1)), date("2024-04-27"));
}

#[test]
fn months_clip_at_their_ends() {
    let calendar = Calendar::default();
    let shift = |day: &str, count, unit, back| {
        show_date(calendar.date_of(calendar.shift(
            calendar.midnight(date(day)),
            length(count, unit),
            back,
        )))
    };
    assert_eq!(shift("2026-01-31", 1, TimeUnit::Month, false), "2026-02-28");
    assert_eq!(shift("2024-01-31", 1, TimeUnit::Month, false), "2024-02-29");
    assert_eq!(shift("2026-03-31", 1, TimeUnit::Month, true), "2026-02-28");
    assert_eq!(shift("2024-02-29", 1, TimeUnit::Year, false), "2025-02-28");
    assert_eq!(shift("2026-05-31", 1, TimeUnit::Quarter, true), "2026-02-28");
    assert_eq!(shift("2026-01-01", 2, TimeUnit::Week, true), "2025-12-18");
}

#[test]
fn shifts_past_the_end_of_time_do_not_panic() {
    let calendar = amsterdam();
    let now = calendar.midnight(date("2026-01-01"));
    assert!(calendar.shift(now, length(u32::MAX, TimeUnit::Year), false) > now);
    assert!(calendar.shift(now, length(u32::MAX, TimeUnit::Year), true) < now);
    assert!(calendar.shift(now, length(u32::MAX, TimeUnit::Quarter), true) < now);
    assert!(calendar.shift(now, business(u32::MAX), false) > now);
    let _ = calendar.bucket_of(Grain::Year, Instant(i64::MAX));
    let _ = calendar.bucket_of(Grain::Week, Instant(i64::MIN));
    assert!(calendar.buckets(Grain::Year, Instant(i64::MAX - 1), Instant(i64::MAX)).len() <= 1);
}

#[test]
fn weeks_begin_where_the_calendar_says() {
    let mut calendar = amsterdam();
    // 2026-03-31 is a Tuesday.
    let tuesday = calendar.midnight(date("2026-03-31"));
    assert_eq!(calendar.weekday(tuesday), 2);
    let week = calendar.bucket_of(Grain::Week, tuesday);
    assert_eq!((week.first_day, week.label.as_str()), (date("2026-03-30"), "2026-W14"));
    calendar.week_starts = 7;
    let week = calendar.bucket_of(Grain::Week, tuesday);
    assert_eq!(week.first_day, date("2026-03-29"));
    calendar.week_starts = 3;
    assert_eq!(calendar.bucket_of(Grain::Week, tuesday).first_day, date("2026-03-25"));
    // ISO weeks at a year's edge: 2027-01-01 is a Friday, in week 53 of 2026.
    calendar.week_starts = 1;
    assert_eq!(
        calendar.bucket_of(Grain::Week, calendar.midnight(date("2027-01-01"))).label,
        "2026-W53"
    );
}

#[test]
fn quarters_and_fiscal_years_are_named_by_their_end() {
    let mut calendar = Calendar::default();
    calendar.fiscal_year_starts = 2;
    let label = |grain, day: &str| calendar.bucket_of(grain, calendar.midnight(date(day))).label;
    assert_eq!(label(Grain::Quarter, "2026-03-31"), "2026-Q1");
    assert_eq!(label(Grain::Year, "2026-03-31"), "2026");
    assert_eq!(label(Grain::Month, "2026-03-31"), "2026-03");
    assert_eq!(label(Grain::FiscalYear, "2026-01-31"), "FY2026");
    assert_eq!(label(Grain::FiscalYear, "2026-02-01"), "FY2027");
    assert_eq!(label(Grain::FiscalQuarter, "2026-01-31"), "FY2026-Q4");
    assert_eq!(label(Grain::FiscalQuarter, "2026-02-01"), "FY2027-Q1");
    assert_eq!(label(Grain::FiscalQuarter, "2026-05-01"), "FY2027-Q2");
    let quarter = calendar.bucket_of(Grain::FiscalQuarter, calendar.midnight(date("2026-01-15")));
    assert_eq!(
        (quarter.first_day, calendar.date_of(quarter.end)),
        (date("2025-11-01"), date("2026-02-01"))
    );
    let mut plain = Calendar::default();
    assert_eq!(
        plain.bucket_of(Grain::FiscalYear, plain.midnight(date("2026-07-01"))).label,
        "FY2026"
    );
    plain.fiscal_year_starts = 12;
    assert_eq!(
        plain.bucket_of(Grain::FiscalQuarter, plain.midnight(date("2026-11-30"))).label,
        "FY2026-Q4"
    );
}

#[test]
fn buckets_are_half_open_and_without_gaps() {
    let calendar = amsterdam();
    let from = calendar.midnight(date("2025-12-15"));
    let to = calendar.midnight(date("2026-03-01"));
    let months = calendar.buckets(Grain::Month, from, to);
    assert_eq!(
        months.iter().map(|b| b.label.as_str()).collect::<Vec<_>>(),
        ["2025-12", "2026-01", "2026-02"]
    );
    for grain in Grain::ALL {
        let list = calendar.buckets(grain, from, to);
        assert!(list.windows(2).all(|w| w[0].end == w[1].start), "{grain:?}");
        assert!(list[0].start <= from);
        for bucket in &list {
            assert_eq!(calendar.bucket_of(grain, bucket.start).label, bucket.label);
            assert_eq!(calendar.bucket_of(grain, Instant(bucket.end.0 - 1)).label, bucket.label);
            assert_eq!(calendar.previous(&calendar.next(bucket)), *bucket);
        }
    }
    assert!(calendar.buckets(Grain::Day, to, to).is_empty());
}

#[test]
fn an_as_of_is_the_end_of_a_day_or_an_instant() {
    let calendar = amsterdam();
    // The end of 2026-03-31 in Amsterdam is 2026-03-31T22:00Z = 1774994400.
    assert_eq!(calendar.parse_as_of("2026-03-31"), Some(AsOf { end: utc(1_774_994_400) }));
    // An instant is still seen: 12:00+02:00 is 10:00Z = 1774951200.
    let noon = AsOf { end: Instant(1_774_951_200 * 1_000_000 + 1) };
    for text in [
        "2026-03-31T12:00:00",
        "2026-03-31 12:00:00",
        "2026-03-31T10:00:00Z",
        "2026-03-31T12:00:00+02:00",
    ] {
        assert_eq!(calendar.parse_as_of(text), Some(noon), "{text}");
    }
    assert_eq!(calendar.show_as_of(noon), "2026-03-31T12:00:00+02:00");
    assert_eq!(calendar.show_as_of(AsOf { end: utc(1_774_994_400) }), "2026-03-31");
    for text in ["", "2026-02-30", "2026-3-1", "yesterday", "31-03-2026", "2026-03-31T25:00:00"] {
        assert_eq!(calendar.parse_as_of(text), None, "{text}");
    }
    let march = calendar.bucket_of(Grain::Month, calendar.midnight(date("2026-03-01")));
    assert!(march.is_complete(AsOf { end: utc(1_774_994_400) }));
    assert!(!march.is_complete(noon));
}

#[test]
fn business_days_leave_out_weekends_and_holidays() {
    let mut calendar = amsterdam();
    let at = |calendar: &Calendar, day: &str| calendar.midnight(date(day));
    // March 2026 begins on a Sunday and has 22 days from Monday to Friday.
    let march = calendar.bucket_of(Grain::Month, at(&calendar, "2026-03-15"));
    assert_eq!(calendar.business_days_between(march.start, march.end), 22);
    // Friday 2026-04-03 and Monday 2026-04-06 are Easter.
    calendar.holidays.extend([date("2026-04-03"), date("2026-04-06")]);
    let thursday = calendar.instant(date("2026-04-02"), 15 * HOUR);
    assert_eq!(
        calendar.shift(thursday, business(1), false),
        calendar.instant(date("2026-04-07"), 15 * HOUR)
    );
    assert_eq!(
        calendar.shift(calendar.instant(date("2026-04-07"), HOUR), business(2), true),
        calendar.instant(date("2026-04-01"), HOUR)
    );
    assert_eq!(calendar.shift(thursday, business(0), false), thursday);
    assert_eq!(
        calendar.business_days_between(at(&calendar, "2026-04-01"), at(&calendar, "2026-04-08")),
        3
    );
    calendar.business_days = [false; 7];
    let _ = calendar.shift(thursday, business(1), false);
}

#[test]
fn lengths_are_compared_with_grains_by_the_calendar() {
    let longer = |grain: Grain, count, unit| grain.is_longer_than(length(count, unit));
    assert!(longer(Grain::Month, 28, TimeUnit::Day));
    assert!(longer(Grain::Month, 30, TimeUnit::Day));
    assert!(!longer(Grain::Month, 31, TimeUnit::Day));
    assert!(!longer(Grain::Month, 1, TimeUnit::Month));
    assert!(longer(Grain::Quarter, 2, TimeUnit::Month));
    assert!(!longer(Grain::FiscalYear, 12, TimeUnit::Month));
    assert!(!longer(Grain::Year, 4, TimeUnit::Quarter));
    assert!(!longer(Grain::Week, 1, TimeUnit::Month));
    assert!(!longer(Grain::Week, 7, TimeUnit::Day));
    assert!(longer(Grain::Day, 23, TimeUnit::Hour));
    assert!(!longer(Grain::Month, u32::MAX, TimeUnit::Year));
}

#[test]
fn only_names_of_zones_are_zones() {
    let mut calendar = Calendar::default();
    for name in ["Europe/Amsterdm", "+02:00", "", "CET/CEST", "../etc/passwd"] {
        assert!(!calendar.set_time_zone(name), "{name}");
    }
    assert_eq!(calendar.time_zone, "UTC");
    assert!(Calendar::time_zone_names().iter().any(|n| n == "America/New_York"));
    assert_eq!(Grain::parse("fiscal_year"), Some(Grain::FiscalYear));
    assert_eq!(Grain::parse("fortnight"), None);
}

#[test]
fn every_day_is_in_the_quarter_that_begins_before_it() {
    let mut calendar = Calendar::default();
    calendar.fiscal_year_starts = 2;
    let first = |grain, day: &str| {
        show_date(calendar.bucket_of(grain, calendar.midnight(date(day))).first_day)
    };
    for (day, quarter, fiscal) in [
        ("2026-01-01", "2026-01-01", "2025-11-01"),
        ("2026-02-15", "2026-01-01", "2026-02-01"),
        ("2026-03-31", "2026-01-01", "2026-02-01"),
        ("2026-04-30", "2026-04-01", "2026-02-01"),
        ("2026-05-31", "2026-04-01", "2026-05-01"),
        ("2026-06-30", "2026-04-01", "2026-05-01"),
        ("2026-09-30", "2026-07-01", "2026-08-01"),
        ("2026-12-31", "2026-10-01", "2026-11-01"),
    ] {
        assert_eq!(first(Grain::Quarter, day), quarter, "{day}");
        assert_eq!(first(Grain::FiscalQuarter, day), fiscal, "{day}");
        assert_eq!(
            first(Grain::FiscalYear, day),
            if day < "2026-02" { "2025-02-01" } else { "2026-02-01" }
        );
    }
}

#[test]
fn business_days_keep_the_time_of_the_day_to_its_last_digit() {
    let calendar = amsterdam();
    let time = 13 * HOUR + 47 * 60_000_000 + 51 * 1_000_000 + 234 * 1_000 + 567;
    let thursday = calendar.instant(date("2026-04-02"), time);
    assert_eq!(
        calendar.shift(thursday, business(3), false),
        calendar.instant(date("2026-04-07"), time)
    );
    assert_eq!(
        calendar.shift(thursday, business(4), true),
        calendar.instant(date("2026-03-27"), time)
    );
}

#[test]
fn hours_and_months_go_back_as_they_go_on() {
    let calendar = amsterdam();
    let noon = calendar.instant(date("2026-06-15"), 12 * HOUR);
    for unit in [TimeUnit::Second, TimeUnit::Minute, TimeUnit::Hour, TimeUnit::Day, TimeUnit::Month]
    {
        let back = calendar.shift(noon, length(3, unit), true);
        assert!(back < noon, "{unit:?}");
        assert_eq!(calendar.shift(back, length(3, unit), false), noon, "{unit:?}");
    }
    assert_eq!(noon.0 - calendar.shift(noon, length(3, TimeUnit::Second), true).0, 3_000_000);
    assert_eq!(noon.0 - calendar.shift(noon, length(3, TimeUnit::Minute), true).0, 180_000_000);
}

#[test]
fn shorter_lengths_are_compared_with_grains_by_their_days() {
    let longer = |grain: Grain, count, unit| grain.is_longer_than(length(count, unit));
    assert!(
        longer(Grain::Day, 86_399, TimeUnit::Second)
            && !longer(Grain::Day, 86_400, TimeUnit::Second)
    );
    assert!(
        longer(Grain::Day, 1_439, TimeUnit::Minute) && !longer(Grain::Day, 1_440, TimeUnit::Minute)
    );
    assert!(longer(Grain::Week, 167, TimeUnit::Hour) && !longer(Grain::Week, 168, TimeUnit::Hour));
    assert!(longer(Grain::Month, 4, TimeUnit::Week) && !longer(Grain::Month, 5, TimeUnit::Week));
    assert!(
        longer(Grain::Quarter, 13, TimeUnit::Week) && !longer(Grain::Quarter, 14, TimeUnit::Week)
    );
    assert!(!longer(Grain::Year, 1, TimeUnit::Year) && !longer(Grain::Day, 1, TimeUnit::Quarter));
    // Five business days are a week.
    assert!(Grain::Week.is_longer_than(business(4)) && !Grain::Week.is_longer_than(business(5)));
    assert!(
        Grain::Month.is_longer_than(business(22)) && !Grain::Month.is_longer_than(business(23))
    );
    assert_eq!(Grain::ALL.map(Grain::shortest_days), [1, 7, 28, 90, 365, 90, 365]);
}

#[test]
fn weeks_that_begin_on_another_day_are_named_by_it() {
    let mut calendar = Calendar::default();
    let label = |calendar: &Calendar| {
        calendar.bucket_of(Grain::Week, calendar.midnight(date("2026-03-31"))).label
    };
    assert_eq!(label(&calendar), "2026-W14");
    calendar.week_starts = 7;
    assert_eq!(label(&calendar), "2026-03-29/7d");
}

#[test]
fn instants_are_written_with_their_offset() {
    let calendar = amsterdam();
    let noon = calendar.instant(date("2026-03-31"), 12 * HOUR);
    assert_eq!(calendar.iso_instant(noon), "2026-03-31T12:00:00+02:00");
    assert_eq!(calendar.iso_instant(Instant(noon.0 + 250_000)), "2026-03-31T12:00:00.25+02:00");
    let winter = calendar.instant(date("2026-01-01"), 0);
    assert_eq!(calendar.iso_instant(winter), "2026-01-01T00:00:00+01:00");
    // What is written is read again, also where the offset of that time has seconds.
    let old = calendar.instant(date("1850-01-01"), 12 * HOUR);
    assert!(calendar.iso_instant(old).ends_with('Z'));
    for instant in [noon, Instant(noon.0 + 1), winter, old] {
        assert_eq!(calendar.parse_instant(&calendar.iso_instant(instant)), Some(instant));
    }
}

#[test]
fn a_bucket_is_settled_when_nothing_is_to_come_for_any_of_its_days() {
    let calendar = amsterdam();
    let settled = |grain, day: &str, length| {
        let bucket = calendar.bucket_of(grain, calendar.midnight(date(day)));
        calendar.date_of(Instant(calendar.settled(&bucket, length).0 - 1))
    };
    // The last day that must be seen.
    assert_eq!(settled(Grain::Month, "2026-01-01", length(7, TimeUnit::Day)), date("2026-02-07"));
    assert_eq!(settled(Grain::Day, "2026-01-01", length(7, TimeUnit::Day)), date("2026-01-08"));
    // A month after 30 January is 28 February, and that day counts whole.
    assert_eq!(settled(Grain::Day, "2026-01-30", length(1, TimeUnit::Month)), date("2026-02-28"));
    assert_eq!(settled(Grain::Month, "2026-02-01", length(1, TimeUnit::Month)), date("2026-03-31"));
    // Five business days after Saturday 31 January: Friday 6 February.
    let business = Duration { style: DurationStyle::Business, ..length(5, TimeUnit::Day) };
    assert_eq!(settled(Grain::Month, "2026-01-01", business), date("2026-02-06"));
    let bucket = calendar.bucket_of(Grain::Day, calendar.midnight(date("2026-01-01")));
    let hours = calendar.settled(&bucket, length(36, TimeUnit::Hour));
    assert_eq!(hours.0 - bucket.end.0, 36 * HOUR);
}
