//! What is planted of the customer journey: rows that change no others, and a truth that its own rows bear out.

use std::collections::{BTreeMap, BTreeSet};

use milepost_demo::{ABOVE, Options, TRUTH, Table, Values, generate};

fn company(accounts: u32, planted: u32) -> BTreeMap<String, Table> {
    let options = Options { accounts, seed: 4, planted };
    generate(&options).map(|table| (table.name.clone(), table)).collect()
}

fn numbers(table: &Table, column: &str) -> Vec<Option<i64>> {
    match table.column(column) {
        Some(Values::Integer(values) | Values::Timestamp(values)) => values.clone(),
        Some(Values::Date(values)) => values.iter().map(|day| day.map(i64::from)).collect(),
        other => panic!("{}.{column} is {other:?}", table.name),
    }
}

fn rows(table: &Table) -> Vec<String> {
    let all = 0..table.rows();
    let of = |values: &Values, row: usize| match values {
        Values::Integer(v) | Values::Timestamp(v) => format!("{:?}", v[row]),
        Values::Number(v) => format!("{:?}", v[row]),
        Values::Decimal { values, .. } => format!("{:?}", values[row]),
        Values::Text(v) => format!("{:?}", v[row]),
        Values::Boolean(v) => format!("{:?}", v[row]),
        Values::Date(v) => format!("{:?}", v[row]),
    };
    all.map(|row| table.columns.iter().map(|(_, v)| of(v, row)).collect::<Vec<_>>().join(","))
        .collect()
}

#[test]
fn planted_accounts_change_no_other_row() {
    let (without, with) = (company(30, 0), company(30, 2));
    assert!(without.keys().all(|name| !name.starts_with(TRUTH)));
    let more: BTreeSet<&str> = with.keys().map(String::as_str).collect();
    let added: Vec<&&str> = more.iter().filter(|name| !without.contains_key(**name)).collect();
    assert_eq!(added, [&"truth/quiet", &"truth/standing", &"truth/story"]);
    let mut planted = 0;
    for (name, table) in &without {
        let (some, all) = (rows(table), rows(&with[name]));
        assert_eq!(some, all[..some.len()], "{name}");
        planted += all.len() - some.len();
    }
    assert!(planted > 5_000, "{planted} rows");
    let story = &with["truth/story"];
    assert_eq!(story.rows() % 2, 0);
    let few = company(30, 1);
    assert_eq!(rows(&few["truth/story"]), rows(story)[..story.rows() / 2]);
}

#[test]
fn the_truth_is_what_the_rows_tell() {
    let company = company(1, 4);
    let features = &company["feature"];
    let Some(Values::Boolean(is_key)) = features.column("key") else { panic!("no key") };
    let is_key = |id: Option<i64>| id.is_some_and(|id| is_key[id as usize - 1] == Some(true));
    let (mut logins, mut keys) = (BTreeMap::new(), BTreeMap::<i64, Vec<i64>>::new());
    let mut ids = BTreeSet::new();
    for table in company.iter().filter(|(name, _)| name.starts_with("product_event/")) {
        let column = |name| numbers(table.1, name);
        let (accounts, days) = (column("account_id"), column("ts"));
        for (row, (id, feature)) in column("event_id").iter().zip(column("feature_id")).enumerate()
        {
            let Some(account) = accounts[row].filter(|id| *id > ABOVE) else { continue };
            assert!(ids.insert(*id), "event {id:?} is there twice");
            let day = days[row].unwrap().div_euclid(86_400_000_000);
            let first: &mut i64 = logins.entry(account).or_insert(day);
            *first = day.min(*first);
            keys.entry(account).or_default().extend(is_key(feature).then_some(day));
        }
    }
    let story = &company["truth/story"];
    let lost: BTreeMap<_, _> = numbers(&company["account"], "account_id")
        .into_iter()
        .zip(numbers(&company["account"], "churned_at"))
        .collect();
    let (login, value) = (numbers(story, "first_login_on"), numbers(story, "first_value_on"));
    let lost_on = numbers(story, "lost_on");
    let mut seen = [0; 3];
    for (row, id) in numbers(story, "account_id").into_iter().enumerate() {
        let id = id.unwrap();
        assert_eq!(logins.get(&id).copied(), login[row], "the first login of {id}");
        let mut days = keys.remove(&id).unwrap_or_default();
        days.sort_unstable();
        assert_eq!(days.get(2).copied(), value[row], "the third key use of {id}");
        // Midnight in Amsterdam is an hour or two before that of UTC.
        let left = lost[&Some(id)].map(|at| (at + 7_200_000_000).div_euclid(86_400_000_000));
        assert_eq!(left, lost_on[row], "the loss of {id}");
        for (count, day) in seen.iter_mut().zip([login[row], value[row], left]) {
            *count += usize::from(day.is_some());
        }
    }
    assert!(seen.iter().all(|count| *count >= 3), "{seen:?}");
}
