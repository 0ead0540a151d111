//! Definitions in plain words.

use super::support::metrics;
use milepost_semantics::explain::describe;

fn words(spec: &str, name: &str) -> Vec<String> {
    let out = metrics(spec);
    let model = out.model();
    describe(model, model.metric(name).expect("the metric"))
}

#[test]
fn a_ratio_with_windows_says_every_choice() {
    let lines = words(
        "
  all_seats: { value: sum(subscriptions.seats at end) }
  use_rate:
    question: Is it used?
    category: effect
    unit: percent
    slices: [plan]
    min_sample: 10
    value: count(distinct events.user over 28 days where name = 'login' and user.licensed) / all_seats
",
        "use_rate",
    );
    assert_eq!(
        lines,
        [
            "The number of distinct users in events in the 28 days that end with the month, where name is 'login' and licensed of the user is true, divided by “all seats”.",
            "There, “all seats” is the sum of seats over subscriptions at the end of the month.",
            "A window of 28 days ends where the month ends; in a month that is not over, it ends with the as-of.",
            "A ratio is the ratio of the two totals, not an average of ratios; where the divisor is 0 there is no number but the reason “zero denominator”.",
            "Where there are no rows, counts and sums are 0 from the first row of the data on, and “no data” before it.",
            "Below a sample of 10 (counted on the denominator) there is no number but the reason “too few”.",
            "Every part ends at an instant of its own, so the last month is complete even while it is not over.",
            "Rows of events are placed in time by “ts”.",
            "Rows of events that repeat “event id” are counted once.",
            "A row of subscriptions is true from “start” until “ended at”; without an end, or with one after the as-of, it still is.",
            "It is sliced by plan; rows whose key has no match are counted under “(unknown)”.",
            "Licensed of the user and plan are as they are today, in past months too.",
            "Nothing after the as-of is counted.",
        ]
    );
}

#[test]
fn what_is_approximate_is_told() {
    let note = |spec: &str| {
        let lines = words(spec, "m");
        lines.into_iter().filter(|line| line.contains("approximate")).collect::<Vec<_>>()
    };
    let rounded = "approximate, to within 0.2 %";
    let how = "values are rounded to nine significant bits before they are put in order.";
    assert_eq!(
        note("  m: { category: effect, question: q, value: median(events.duration) }\n"),
        [""; 0]
    );
    assert_eq!(
        note(
            "  m: { category: effect, question: q, approximate: true, value: median(events.duration) }\n"
        ),
        [format!("`median(events.duration)` is {rounded}: {how}")]
    );
    // Also through a metric that is named, in a judgement, and each once.
    let named = "  a: { approximate: true, value: \"percentile(events.duration, 90 over 7 days)\" }\n  b: { approximate: true, value: \"median(events.duration over 7 days)\" }\n";
    assert_eq!(
        note(&format!(
            "{named}  m: {{ category: effect, question: q, value: count(account where a > 3 and b > prior(b)) }}\n"
        )),
        [format!(
            "`percentile(events.duration, 90 over 7 days)` and `median(events.duration over 7 days)` are {rounded} each: {how}"
        )]
    );
}

#[test]
fn metric_level_where_is_told_once_and_not_in_every_part() {
    let lines = words(
        "
  opened:
    question: Read?
    category: reach
    where: channel = 'email'
    value: count(touches where opened_at is not null) - prior(count(touches over 7 days before), 1 month)
",
        "opened",
    );
    assert_eq!(
        lines[0],
        "The number of touches in the month, where “opened at” is known, minus the number of touches in the 7 days before the month one month earlier."
    );
    assert_eq!(lines[1], "Only rows where channel is 'email' count, in every part of it.");
    assert!(
        lines.contains(
            &"A window of 7 days before the month ends where the month starts, so nothing of the month is in it."
                .to_owned()
        )
    );
    assert!(
        lines.iter().any(|l| l.starts_with("A month that is not over at the as-of is partial"))
    );
}

#[test]
fn a_metric_over_another_window_is_written_out() {
    let lines = words(
        "
  active: { value: count(distinct events.user) }
  m: { question: Who?, category: effect, value: active over 28 days }
",
        "m",
    );
    assert_eq!(
        lines[0],
        "The number of distinct users in events in the 28 days that end with the month."
    );
}

#[test]
fn what_prior_reads_is_told_where_it_stands() {
    let first = |value: &str, line: usize| {
        let spec = format!(
            "  active: {{ label: Active, value: count(distinct events.user) }}\n  m: {{ question: q, category: effect, value: \"{value}\" }}\n"
        );
        words(&spec, "m")[line].clone()
    };
    assert_eq!(
        first("prior(count(events where name = 'login')) / business_days", 0),
        "The number of events in the previous month, where name is 'login', divided by the number of business days in the month."
    );
    assert_eq!(
        first("active / prior(active, 12 months) - 1", 0),
        "(“Active” divided by “Active” 12 months earlier) minus 1."
    );
    assert_eq!(
        first("prior(active) - prior(prior(active))", 0),
        "“Active” in the previous month minus “Active” in the month before the previous month."
    );
    assert_eq!(
        first("count(events) - prior(count(events) - count(touches), 1 year)", 0),
        "The number of events in the month minus (the number of events in the month one year earlier minus the number of touches in the month one year earlier)."
    );
    assert_eq!(
        first("prior(count(events), 12 months)", 1),
        "The month 12 months earlier is the one that holds the start of the month moved back by that length."
    );
    assert_eq!(
        first("prior(count(events over 28 days), 7 days)", 2),
        "7 days earlier, every window ends that much before the end of the month."
    );
}

#[test]
fn a_history_placed_by_a_column_needs_no_word_on_its_state() {
    let lines = words(
        "  m: { question: q, category: effect, value: count(subscriptions on ended_at) }\n",
        "m",
    );
    assert!(!lines.iter().any(|line| line.contains("is true from")), "{lines:#?}");
}

#[test]
fn lists_end_in_or() {
    let lines = words(
        "  m: { question: q, category: effect, value: \"count(events where name in ['a', 'b', 'c'] and user.licensed)\" }\n",
        "m",
    );
    assert_eq!(
        lines[0],
        "The number of events in the month, where name is one of 'a', 'b' or 'c' and licensed of the user is true."
    );
}

/// The first sentence about a value.
fn first(value: &str) -> String {
    let spec = format!("  m: {{ question: q, category: effect, value: \"{value}\" }}\n");
    words(&spec, "m")[0].clone()
}

#[test]
fn percentiles_are_counted_as_people_count() {
    for (p, word) in [
        ("1", "1st"),
        ("2", "2nd"),
        ("3", "3rd"),
        ("4", "4th"),
        ("11", "11th"),
        ("12", "12th"),
        ("13", "13th"),
        ("21", "21st"),
        ("22", "22nd"),
        ("33", "33rd"),
        ("90", "90th"),
        ("2.5", "2.5th"),
        ("99.9", "99.9th"),
    ] {
        let told = first(&format!("percentile(events.duration, {p})"));
        assert!(
            told.contains(&format!("the {word} percentile"))
                || told.contains(&format!("The {word} percentile")),
            "{told}"
        );
    }
}

#[test]
fn times_are_before_and_after_and_numbers_are_less_and_more() {
    let condition = |text: &str| {
        let told = first(&format!("count(events where {text})"));
        told.split_once("where ").expect("a condition").1.to_owned()
    };
    assert_eq!(condition("ts < 2026-01-01"), "“ts” is before 2026-01-01.");
    assert_eq!(condition("ts <= 2026-01-01"), "“ts” is no later than 2026-01-01.");
    assert_eq!(condition("ts > 2026-01-01"), "“ts” is after 2026-01-01.");
    assert_eq!(condition("ts >= 2026-01-01"), "“ts” is no earlier than 2026-01-01.");
    assert_eq!(condition("account.seats < 5"), "seats of the account is less than 5.");
    assert_eq!(condition("account.seats <= 5"), "seats of the account is at most 5.");
    assert_eq!(condition("account.seats > -0.5"), "seats of the account is more than -0.5.");
    assert_eq!(condition("account.seats >= 0"), "seats of the account is at least 0.");
    assert_eq!(condition("account.seats != 12.05"), "seats of the account is not 12.05.");
    assert_eq!(condition("not user.licensed"), "licensed of the user is false.");
    assert_eq!(
        condition("user.created_at + 7 days > ts"),
        "7 days after “created at” of the user is after “ts”."
    );
    assert_eq!(
        condition("user.created_at - 7 days > ts"),
        "7 days before “created at” of the user is after “ts”."
    );
}

#[test]
fn what_binds_looser_stands_in_parentheses() {
    let condition = |text: &str| {
        let told = first(&format!("count(events where {text})"));
        told.split_once("where ").expect("a condition").1.to_owned()
    };
    assert_eq!(
        condition("(name = 'a' or name = 'b') and duration > 1"),
        "(name is 'a' or name is 'b') and duration is more than 1."
    );
    assert_eq!(
        condition("name = 'a' or name = 'b' and duration > 1"),
        "name is 'a' or name is 'b' and duration is more than 1."
    );
    assert_eq!(
        condition("duration - (duration - 2) > 1"),
        "duration minus (duration minus 2) is more than 1."
    );
    assert_eq!(condition("duration - 1 - 2 > 1"), "duration minus 1 minus 2 is more than 1.");
    assert_eq!(
        condition("duration * (duration + 1) > 1"),
        "duration times (duration plus 1) is more than 1."
    );
    assert_eq!(
        condition("duration + duration * 2 > 1"),
        "duration plus (duration times 2) is more than 1."
    );
}
