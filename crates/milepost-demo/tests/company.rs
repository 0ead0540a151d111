//! What the generated company promises: the same rows always, prefixes, whole months, plausible rates, planted cases.

use std::collections::{BTreeMap, BTreeSet};

use milepost_demo::{Options, Table, Values, generate, generate_only, planted};

fn company(accounts: u32, seed: u64) -> Vec<Table> {
    generate(&Options { accounts, seed, planted: 0 }).collect()
}

fn only(accounts: u32, seed: u64, prefix: &str) -> Vec<Table> {
    generate_only(&Options { accounts, seed, planted: 0 }, move |name| name.starts_with(prefix))
        .collect()
}

fn integers(table: &Table, column: &str) -> Vec<Option<i64>> {
    match table.column(column) {
        Some(Values::Integer(values) | Values::Timestamp(values)) => values.clone(),
        other => panic!("{}.{column} is {other:?}", table.name),
    }
}

fn texts(table: &Table, column: &str) -> Vec<Option<String>> {
    match table.column(column) {
        Some(Values::Text(values)) => values.clone(),
        other => panic!("{}.{column} is {other:?}", table.name),
    }
}

fn head(values: &Values, n: usize) -> Values {
    match values {
        Values::Integer(v) => Values::Integer(v[..n].to_vec()),
        Values::Number(v) => Values::Number(v[..n].to_vec()),
        Values::Decimal { scale, values } => {
            Values::Decimal { scale: *scale, values: values[..n].to_vec() }
        }
        Values::Text(v) => Values::Text(v[..n].to_vec()),
        Values::Boolean(v) => Values::Boolean(v[..n].to_vec()),
        Values::Date(v) => Values::Date(v[..n].to_vec()),
        Values::Timestamp(v) => Values::Timestamp(v[..n].to_vec()),
    }
}

#[test]
fn the_same_options_give_the_same_tables() {
    assert_eq!(company(30, 5), company(30, 5));
    assert_ne!(only(30, 5, "account"), only(30, 6, "account"));
}

#[test]
fn a_smaller_company_is_a_prefix_of_a_larger_one() {
    for (small, large) in company(24, 1).iter().zip(&company(60, 1)) {
        assert_eq!(small.name, large.name);
        assert!(small.rows() <= large.rows());
        for ((name, some), (same_name, all)) in small.columns.iter().zip(&large.columns) {
            assert_eq!(name, same_name);
            assert_eq!(some, &head(all, some.len()), "{}.{name}", small.name);
        }
    }
}

#[test]
fn one_month_alone_is_that_part_of_the_whole() {
    for name in ["product_event/month=2025-03/part", "touch/2024-11", "mrr/2025-06", "invoice"] {
        let whole = company(40, 1).into_iter().find(|table| table.name == name);
        assert_eq!(only(40, 1, name).first(), whole.as_ref());
    }
}

#[test]
fn columns_of_a_table_have_one_length_and_every_piece_has_the_same_columns() {
    let mut schemas: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for table in company(0, 1).into_iter().chain(company(25, 1)) {
        assert!(
            table.columns.iter().all(|(_, values)| values.len() == table.rows()),
            "{}",
            table.name
        );
        let names: Vec<String> = table.columns.iter().map(|(name, _)| name.clone()).collect();
        let folder = table.name.split('/').next().unwrap().to_owned();
        assert_eq!(schemas.entry(folder).or_insert_with(|| names.clone()), &names);
    }
    assert_eq!(schemas.len(), 33);
}

#[test]
fn nothing_that_happened_lies_after_the_as_of() {
    let end = 20_484 * 86_400_000_000_i64 + 23 * 3_600_000_000;
    let planned = ["renewal_at", "starts_at", "ends_at"];
    for table in company(120, 1) {
        for (name, values) in &table.columns {
            if let Values::Timestamp(values) = values
                && !planned.contains(&name.as_str())
            {
                assert!(values.iter().flatten().all(|at| *at < end), "{}.{name}", table.name);
            }
        }
    }
}

#[test]
fn keys_are_unique_but_for_the_planted_repeats() {
    for table in company(60, 1) {
        let (key, values) = table.columns.first().unwrap();
        if key.ends_with("_id")
            && table.name != "subscription"
            && !table.name.starts_with("product_event")
        {
            let Values::Integer(ids) = values else { panic!("{} has no integer key", table.name) };
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{}", table.name);
        }
    }
    let mut repeats = 0;
    for table in only(60, 1, "product_event") {
        let ids = integers(&table, "event_id");
        repeats += ids.len() - ids.iter().collect::<BTreeSet<_>>().len();
    }
    assert!((6..=12).contains(&repeats), "{repeats}");
}

/// Logo churn and net retention over the twelve months from January 2025, of accounts without planted cases.
fn retention(tables: &[Table], size: &str) -> (f64, f64) {
    let accounts = &tables[0];
    let of_size: BTreeSet<i64> = integers(accounts, "account_id")
        .into_iter()
        .zip(texts(accounts, "size"))
        .filter(|(id, s)| s.as_deref() == Some(size) && *id > Some(planted::LAST))
        .filter_map(|(id, _)| id)
        .collect();
    let picture = |table: &Table| -> BTreeMap<i64, i128> {
        let Some(Values::Decimal { values, .. }) = table.column("mrr") else { panic!("no mrr") };
        let rows = integers(table, "account_id").into_iter().zip(values);
        rows.filter_map(|(id, mrr)| Some((id?, (*mrr)?)))
            .filter(|(id, _)| of_size.contains(id))
            .collect()
    };
    let (before, after) = (picture(&tables[1]), picture(&tables[2]));
    let lost = before.keys().filter(|id| !after.contains_key(id)).count();
    let kept: i128 = before.keys().filter_map(|id| after.get(id)).sum();
    let (lost, count) = (lost as f64, before.len() as f64);
    (lost / count, kept as f64 / before.values().sum::<i128>() as f64)
}

#[test]
fn customers_leave_and_grow_at_plausible_rates() {
    let wanted = |name: &str| ["account", "mrr/2025-01", "mrr/2026-01"].contains(&name);
    let tables: Vec<Table> =
        generate_only(&Options { accounts: 1_500, seed: 7, planted: 0 }, wanted).collect();
    for (size, churn, net) in [
        ("small", 0.12..0.32, 0.80..1.02),
        ("mid", 0.05..0.19, 0.90..1.14),
        ("enterprise", 0.0..0.15, 1.00..1.35),
    ] {
        let (lost, kept) = retention(&tables, size);
        assert!(churn.contains(&lost), "{size}: {lost} leave");
        assert!(net.contains(&kept), "{size}: {kept} kept");
    }
}

#[test]
fn answers_and_opens_are_plausible() {
    let answers = &only(400, 3, "survey_response")[0];
    let Some(Values::Integer(scores)) = answers.column("score") else { panic!("no score") };
    let nps: Vec<i64> = scores
        .iter()
        .zip(texts(answers, "kind"))
        .filter(|(_, kind)| kind.as_deref() == Some("nps"))
        .filter_map(|(score, _)| *score)
        .collect();
    let share = |low: i64, high: i64| {
        nps.iter().filter(|s| (low..=high).contains(*s)).count() as f64 / nps.len() as f64
    };
    let score = 100.0 * (share(9, 10) - share(0, 6));
    assert!((10.0..45.0).contains(&score), "NPS {score}");

    let trials = &only(1_200, 3, "trial")[0];
    let converted =
        integers(trials, "converted_at").iter().flatten().count() as f64 / trials.rows() as f64;
    assert!((0.10..0.35).contains(&converted), "{converted} of the trials convert");
}

/// The share of the rows for which `is` holds.
fn share(rows: usize, is: impl Fn(usize) -> bool) -> f64 {
    (0..rows).filter(|row| is(*row)).count() as f64 / rows as f64
}

#[test]
fn what_people_look_at_is_plausible() {
    let tables: BTreeMap<String, Table> =
        company(300, 3).into_iter().map(|t| (t.name.clone(), t)).collect();
    let starts: BTreeMap<Option<i64>, Option<i64>> = integers(&tables["webinar"], "webinar_id")
        .into_iter()
        .zip(integers(&tables["webinar"], "starts_at"))
        .collect();
    let as_of = Some(20_485 * 86_400_000_000 - 3_600_000_000);
    let seats = &tables["webinar_reg"];
    let (webinars, joined) = (integers(seats, "webinar_id"), integers(seats, "joined_at"));
    let (registered, left) = (integers(seats, "registered_at"), integers(seats, "left_at"));
    let held: Vec<usize> = (0..seats.rows()).filter(|r| starts[&webinars[*r]] < as_of).collect();
    assert!(held.len() < seats.rows(), "somebody is registered for a webinar that is to come");
    let attended = share(held.len(), |row| joined[held[row]].is_some());
    assert!((0.3..0.6).contains(&attended), "{attended} attend");
    for row in 0..seats.rows() {
        assert!(registered[row] < starts[&webinars[row]]);
        assert!(joined[row].is_none_or(|at| left[row].is_none_or(|left| at < left)));
    }

    let watched = integers(&tables["video_play"], "pct_watched");
    let to_the_end = share(watched.len(), |row| watched[row] >= Some(90));
    assert!((0.3..0.6).contains(&to_the_end), "{to_the_end} watch to the end");
    let clicked = tables["kb_search"].column("clicked");
    let Some(Values::Boolean(clicked)) = clicked else { panic!("no clicks") };
    let found = share(clicked.len(), |row| clicked[row] == Some(true));
    assert!((0.65..0.85).contains(&found), "{found} of the searches find something");

    let posts = &tables["community_post"];
    let (kinds, parents) = (texts(posts, "kind"), integers(posts, "parent_id"));
    let ids: BTreeSet<Option<i64>> = integers(posts, "post_id").into_iter().collect();
    assert!(parents.iter().all(|id| id.is_none() || ids.contains(id)));
    for (kind, parent) in kinds.iter().zip(&parents) {
        assert_eq!(kind.as_deref() == Some("question"), parent.is_none());
    }
    let attempts = &tables["upsell_attempt"];
    let won = integers(attempts, "won_at");
    let accepted = share(attempts.rows(), |row| won[row].is_some());
    assert!((0.2..0.6).contains(&accepted), "{accepted} of the offers are accepted");
}

#[test]
fn what_holds_from_one_day_to_another_fits_what_it_is_about() {
    let tables: BTreeMap<String, Table> =
        company(120, 1).into_iter().map(|t| (t.name.clone(), t)).collect();
    let contacts = &tables["contact"];
    let role_of: BTreeMap<Option<i64>, Option<String>> =
        integers(contacts, "contact_id").into_iter().zip(texts(contacts, "role")).collect();
    let history = &tables["contact_role_history"];
    let (of, names) = (integers(history, "contact_id"), texts(history, "role"));
    let (from, to) = (integers(history, "valid_from"), integers(history, "valid_to"));
    let mut changed = 0;
    for row in 0..history.rows() {
        assert!(from[row] < to[row].or(Some(i64::MAX)), "row {row}");
        let follows = row > 0 && of[row] == of[row - 1];
        changed += usize::from(follows);
        assert!(!follows || from[row] == to[row - 1], "roles of a contact leave no gap");
        let is_last = row + 1 == history.rows() || of[row + 1] != of[row];
        assert!(
            !is_last || names[row] == role_of[&of[row]],
            "the last role is that of the contact"
        );
    }
    assert!(changed > 20, "{changed} contacts changed their role");

    let rights = &tables["entitlement"];
    let (from, to) = (integers(rights, "valid_from"), integers(rights, "valid_to"));
    assert!((0..rights.rows()).all(|row| to[row].is_none_or(|to| from[row] < Some(to))));
    let subscribed: BTreeSet<Option<i64>> =
        integers(&tables["subscription"], "account_id").into_iter().collect();
    let entitled: BTreeSet<Option<i64>> = integers(rights, "account_id").into_iter().collect();
    assert_eq!(subscribed, entitled);
}

#[test]
fn the_planted_cases_are_there() {
    let last = u32::try_from(planted::LAST).unwrap();
    let tables: BTreeMap<String, Table> =
        company(last, 1).into_iter().map(|t| (t.name.clone(), t)).collect();
    let numbers: BTreeSet<i64> = planted::CASES.iter().map(|case| case.account_id).collect();
    assert_eq!(numbers.len(), planted::CASES.len());
    assert_eq!(numbers.last(), Some(&planted::LAST));

    let names = texts(&tables["account"], "name");
    assert!(names[0].as_ref().unwrap().contains('東'));
    assert!(names[1].as_ref().unwrap().contains("<script>"));
    let accounts = integers(&tables["account"], "account_id");
    let has = |table: &str, id: i64| integers(&tables[table], "account_id").contains(&Some(id));
    assert!(!has("contact", 3) && has("app_user", 3));
    assert!(has("app_user", 9_000_017) && !accounts.contains(&Some(9_000_017)));

    let starts = integers(&tables["subscription"], "start");
    let ends = integers(&tables["subscription"], "end");
    let instant = |day: i64, hour: i64| Some((day * 24 + hour) * 3_600_000_000);
    assert!(ends.contains(&instant(20_178, 22)), "2025-03-31T22:00Z");
    assert!(starts.contains(&instant(20_269, 22)), "2025-06-30T22:00Z");
    assert!(starts.contains(&instant(19_781, 23)), "2024-02-29 in Amsterdam");

    let pictured = |month: &str, id: i64| has(&format!("mrr/{month}"), id);
    assert!(pictured("2025-03", 5) && !pictured("2025-04", 5));
    assert!(pictured("2024-03", 8) && !pictured("2024-06", 8) && pictured("2025-05", 8));
    assert!(!pictured("2024-08", 9) && !pictured("2024-09", 9) && has("subscription", 9));

    let features = integers(&tables["feature"], "feature_id");
    let used: BTreeSet<Option<i64>> = tables
        .iter()
        .filter(|(name, _)| name.starts_with("product_event"))
        .flat_map(|(_, table)| integers(table, "feature_id"))
        .collect();
    assert!(used.contains(&Some(99)) && !features.contains(&Some(99)));
    let scores = integers(&tables["survey_response"], "score");
    assert!(scores.contains(&Some(11)));
}
