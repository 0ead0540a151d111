//! Definitions in words: behaviors, segments, linked rows.

use milepost_semantics::explain::describe;

use super::plan_words::missing;
use super::support::{BASE, analyze_with, base_schemas};

const BEHAVIORS: &str = "
behaviors:
  login: events where name = 'login'
  long_login: login where duration > 30
  mail: { label: Mail, rows: touches where channel = 'email' }
  answered_mail: mail where any(long_login with same contact within 3 days)
segments:
  in_onboarding: { of: account, where: \"days_between(created_at, today) < 90 and any(login over 28 days)\" }
  tier: { of: account, bands: [ big: \"sum(subscriptions.seats) >= 500\", small: otherwise ] }
";

/// The words of one metric of that value, beside behaviors and segments.
fn words(fields: &str) -> Vec<String> {
    let spec = format!(
        "{BASE}{BEHAVIORS}metrics:\n  m:\n    category: effect\n    question: Why?\n{fields}\n"
    );
    let spec = spec.replace(
        "entities: { user: user_id, account: account_id }",
        "entities: { user: user_id, account: account_id, contact: contact_id }",
    );
    let mut schemas = base_schemas();
    let events = schemas.datasets.get_mut("events").expect("events");
    events.columns.push(("contact_id".to_owned(), milepost_semantics::model::Type::Text));
    let out = analyze_with("project: test\n", &spec, &schemas);
    let model = out.model.as_ref().unwrap_or_else(|| panic!("{:#?}", out.told()));
    let metric = model.metric("m").expect("the metric");
    assert_eq!(missing(model, metric), [""; 0], "{:#?}", describe(model, metric));
    describe(model, metric)
}

#[test]
fn conditions_of_behaviors_stand_in_the_words() {
    let lines = words("    value: count(long_login) / count(login)");
    assert_eq!(
        lines[..3],
        [
            "The number of long logins in the month, divided by the number of logins in the month.",
            "Long logins are events where name is 'login' and duration is more than 30.",
            "Logins are events where name is 'login'.",
        ]
    );
}

#[test]
fn linked_rows_say_what_is_the_same_and_from_when() {
    let lines = words(
        "    value: count(mail where not any(login with same contact within 7 days after opened_at))",
    );
    assert_eq!(
        lines[..3],
        [
            "The number of mails in the month, where there is no login with the same contact within 7 days after “opened at” of the mail.",
            "Mails are touches where channel is 'email'.",
            "Logins are events where name is 'login'.",
        ]
    );
    let lines = words(
        "    value: count(mail where any(touches with same contact, campaign within 1 week before where channel = this.channel))",
    );
    assert_eq!(
        lines[0],
        "The number of mails in the month, where there is at least one other touch with the same channel, contact and campaign within one week before “sent at” of the mail."
    );
    let lines = words(
        "    value: count(mail where any(events with same contact within 7 days where name = this.channel))",
    );
    assert_eq!(
        lines[0],
        "The number of mails in the month, where there is at least one event with the same contact whose name is channel of the mail, within 7 days after “sent at” of the mail."
    );
    let lines = words("    value: count(answered_mail)");
    assert_eq!(
        lines[1],
        "Answered mails are touches where channel is 'email' and there is at least one long login with the same contact within 3 days after “sent at” of the answered mail."
    );
}

#[test]
fn a_number_for_each_row_names_the_rows_first() {
    let lines = words(
        "    value: sum(count(login with same contact within 28 days) per mail where opened_at is not null)",
    );
    assert_eq!(
        lines[0],
        "The sum, over mails in the month, where “opened at” is known, of the number of logins with the same contact within 28 days after “sent at” of the mail."
    );
}

#[test]
fn conditions_of_rows_that_belong_to_a_row_are_kept_apart() {
    let lines = words(
        "    value: count(account where any(contact where role = 'a') and count(touches over 28 days where channel = 'email') > 2)",
    );
    assert_eq!(
        lines[0],
        "The number of accounts at the end of the month, where there is at least one contact of the account at the end of the month (where role is 'a') and the number of touches of the account in the 28 days that end with the month (where channel is 'email') is more than 2."
    );
}

#[test]
fn an_earlier_month_is_named_where_it_is_asked() {
    let lines = words(
        "    value: count(account where not prior(any(login)) and any(login) and first_use <= created_at + 7 days)\n  first_use: { value: min(events.ts ever) }",
    );
    assert_eq!(
        lines[0],
        "The number of accounts at the end of the month, where there is no login of the account in the previous month and there is at least one login of the account in the month and the earliest “ts” of events of the account up to the end of the month is no later than 7 days after “created at”."
    );
}

#[test]
fn segments_are_defined_beside_the_value() {
    let lines = words("    value: count(account where in_onboarding and not tier = 'big')");
    assert_eq!(
        lines[..4],
        [
            "The number of accounts at the end of the month, where the account is in the segment “in onboarding” and not (“tier” of the account is 'big').",
            "Logins are events where name is 'login'.",
            "The segment “in onboarding” contains accounts where the number of days from “created at” to that day is less than 90 and there is at least one login of the account in the 28 days that end with that day; it is evaluated at the end of each day.",
            "The segment “tier” divides accounts by the first condition that holds: “big” if the sum of seats over subscriptions of the account at the end of that day is at least 500, “small” otherwise; it is evaluated at the end of each day.",
        ]
    );
}

#[test]
fn a_where_of_a_metric_over_another_window_is_not_lost() {
    let lines = words(
        "    value: helper over 28 days\n  helper: { where: plan = 'pro', value: count(login) }",
    );
    assert_eq!(
        lines[0],
        "The number of logins in the 28 days that end with the month, where plan of the account is 'pro'."
    );
}

#[test]
fn what_is_looked_up_says_as_of_when() {
    let lines = words("    slices: [region]\n    value: count(login where account.plan = 'pro')");
    let line = "Plan of the account and region are as they are today, in past months too.";
    assert!(lines.iter().any(|l| l == line), "{lines:#?}");
}
