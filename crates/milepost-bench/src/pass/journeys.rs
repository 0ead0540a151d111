//! Accounts on three journeys: two years of what their users do, what they have bought, and what is asked of each of them at the ends
//! of 24 months.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Decimal128Array, Int64Array, TimestampMicrosecondArray};

use super::parquet::{BATCH, Parquet, one_of};
use super::rows::{HOUR, NAMES, PLANS, REGIONS, Random};
use crate::Failure;

const SEED: u64 = 16;
const DAY: i64 = 24 * HOUR;
/// Microseconds from 1970 to 2023-01-01, when the oldest account begins, to the first event a year later, and to the as-of two years after
/// that.
const OLDEST: i64 = 1_672_531_200_000_000;
const FIRST: i64 = OLDEST + 365 * DAY;
const END: i64 = FIRST + 731 * DAY;
const MONTHS: i64 = 24;
const USERS: u64 = 8;

/// Writes a project of that many accounts and events into a folder.
pub(crate) fn project(folder: &Path, accounts: usize, events: usize) -> Result<(), Failure> {
    let accounts = accounts.max(10);
    homes(folder, accounts)?;
    used(folder, accounts, events)?;
    fs::create_dir_all(folder.join("specs"))?;
    fs::write(
        folder.join("milepost.yaml"),
        "project: journeys\nlabel: Journeys\nedition: 2026\ncalendar: { time_zone: UTC }\ncurrency: USD\n\
         grain: month\nhistory: 24 months\nas_of: 2025-12-31\n",
    )?;
    fs::write(folder.join("specs/all.yaml"), specs())?;
    Ok(())
}

/// When an account begins: one after the other.
const fn begins(account: i64, accounts: i64) -> i64 {
    OLDEST + (END - OLDEST - 10 * DAY) / accounts * account
}

/// The accounts and what they have bought.
fn homes(folder: &Path, accounts: usize) -> Result<(), Failure> {
    let mut random = Random::new(SEED);
    let mut home = Parquet::new(&folder.join("data/account.parquet"))?;
    let mut bought = Parquet::new(&folder.join("data/subscription.parquet"))?;
    for from in (0..accounts).step_by(BATCH) {
        let ids: Vec<i64> = (from..(from + BATCH).min(accounts)).map(|id| id as i64).collect();
        let begun: Vec<i64> = ids.iter().map(|id| begins(*id, accounts as i64)).collect();
        let mut left = Vec::new();
        let (mut plans, mut regions, mut owners) = (Vec::new(), Vec::new(), Vec::new());
        let (mut seats, mut mrr) = (Vec::new(), Vec::new());
        for at in &begun {
            let leaves = at + (60 + random.below(900) as i64) * DAY;
            left.push((random.below(3) == 0 && leaves < END).then_some(leaves));
            plans.push(random.pick(&PLANS) as i32);
            regions.push(random.pick(&REGIONS) as i32);
            owners.push(1 + random.below(200) as i64);
            let own = 2 + random.below(8);
            seats.push(own as i64);
            mrr.push(i128::from(own) * 2_900);
        }
        let of = || Arc::new(Int64Array::from(ids.clone()));
        let begun = || Arc::new(TimestampMicrosecondArray::from(begun.clone()));
        let left = || Arc::new(TimestampMicrosecondArray::from(left.clone()));
        home.write([
            ("account_id", of(), false),
            ("created_at", begun(), false),
            ("churned_at", left(), true),
            ("plan", one_of(plans, PLANS.map(|(name, _)| name))?, false),
            ("region", one_of(regions, REGIONS.map(|(name, _)| name))?, false),
            ("csm_id", Arc::new(Int64Array::from(owners)), false),
        ])?;
        let mrr = Decimal128Array::from(mrr).with_precision_and_scale(12, 2)?;
        bought.write([
            ("account_id", of(), false),
            ("started_at", begun(), false),
            ("ended_at", left(), true),
            ("seats", Arc::new(Int64Array::from(seats)), false),
            ("mrr", Arc::new(mrr), false),
        ])?;
    }
    home.close()?;
    bought.close()
}

/// A file for each month, in the order of time, with what those do who have begun.
fn used(folder: &Path, accounts: usize, events: usize) -> Result<(), Failure> {
    let mut random = Random::new(SEED + 1);
    let each = events as i64 / MONTHS;
    for month in 0..MONTHS {
        let mut file = Parquet::new(&folder.join(format!("data/events/{:02}.parquet", month + 1)))?;
        let start = FIRST + (END - FIRST) / MONTHS * month;
        let step = ((END - FIRST) / MONTHS / each.max(1)).max(1);
        for from in (0..each).step_by(BATCH) {
            let (mut at, mut of) = (Vec::new(), Vec::new());
            let (mut users, mut names) = (Vec::new(), Vec::new());
            for number in from..(from + BATCH as i64).min(each) {
                let now = start + step * number;
                let begun = (now - OLDEST) / ((END - OLDEST - 10 * DAY) / accounts as i64);
                let account = random.below(begun.clamp(1, accounts as i64) as u64) as i64;
                at.push(now);
                of.push(account);
                users.push(account * USERS as i64 + random.below(USERS) as i64);
                names.push(random.pick(&NAMES) as i32);
            }
            file.write([
                ("at", Arc::new(TimestampMicrosecondArray::from(at)), false),
                ("account_id", Arc::new(Int64Array::from(of)), false),
                ("user_id", Arc::new(Int64Array::from(users)), false),
                ("name", one_of(names, NAMES.map(|(name, _)| name))?, false),
            ])?;
        }
        file.close()?;
    }
    Ok(())
}

const DATA: &str = "\
entities:
  account: { key: account_id, home: accounts, lives: [created_at, churned_at] }
  user: { key: user_id, lives: always }
datasets:
  accounts:
    from: data/account.parquet
    key: account_id
    columns: { plan: { type: text, dimension: plan }, region: { type: text, dimension: region }, churned_at: timestamp }
  subscriptions:
    from: data/subscription.parquet
    kind: history
    valid: [started_at, ended_at]
    entities: { account: account_id }
    columns: { seats: { type: integer, unit: seat }, mrr: { type: decimal, unit: USD } }
  events: { from: data/events/, kind: events, time: at, entities: { account: account_id, user: user_id } }
metrics:
  in_use:
    question: How many of the seats are in use?
    category: effect
    unit: percent
    value: count(distinct events.user over 28 days) / sum(subscriptions.seats at end)
";

/// The milestones of each stage: a condition, in which `#` is a number that differs from journey to journey, and the days within which it is
/// due.
const STAGES: [(&str, [(&str, u32); 3]); 5] = [
    (
        "start",
        [
            ("any(events where name = 'login')", 14),
            ("count(events where name = 'page_view') >= #", 20),
            ("any(events where name = 'open_report')", 30),
        ],
    ),
    (
        "value",
        [
            ("count(events where name = 'search') >= #", 45),
            ("count(events where name in ['edit', 'comment']) >= #", 60),
            ("count(distinct events.user) >= #", 60),
        ],
    ),
    (
        "habit",
        [
            ("in_use >= 1#%", 90),
            ("count(events over 28 days) >= #", 90),
            ("count(events where name = 'message') >= #", 120),
        ],
    ),
    (
        "growth",
        [
            ("in_use >= 2#%", 180),
            ("count(events where name = 'share') >= #", 180),
            ("count(events over 90 days) >= 1#", 240),
        ],
    ),
    (
        "renewal",
        [
            ("in_use >= 3#%", 300),
            ("any(events where name = 'purchase')", 300),
            ("count(events over 365 days) >= 2#", 365),
        ],
    ),
];

const JOURNEYS: [&str; 3] = ["lifecycle", "usage", "value"];

const SCORE: &str = "\
scores:
  health:
    question: How healthy are our customers?
    of: account
    components:
      - use: { value: in_use, worst: 0%, best: 60%, weight: 3 }
      - logins: { value: count(events over 28 days where name = 'login'), worst: 0, best: 3 }
      - edits: { value: count(events over 90 days where name = 'edit'), worst: 0, best: 5 }
      - shares: { value: count(events over 90 days where name = 'share'), worst: 0, best: 3 }
      - people: { value: count(distinct events.user over 90 days), worst: 0, best: 6, weight: 2 }
      - seats: { value: sum(subscriptions.seats), worst: 2, best: 9 }
      - searches: { value: count(events over 28 days where name = 'search'), worst: 0, best: 4 }
      - exports: { value: count(events over 90 days where name = 'export'), worst: 0, best: 2 }
    caps: [ { when: not any(events over 28 days), at_most: 40 } ]
    bands: [ green: score >= 60, yellow: score >= 30, red: otherwise ]
";

/// The name of a list, and who is on it.
const LISTS: [(&str, &str); 6] = [
    ("held_up", "lifecycle.state in ['late', 'stuck']"),
    ("ready_for_more", "usage.state = 'ready'"),
    ("late_value", "value.state = 'late'"),
    ("unhealthy", "health.band = 'red'"),
    ("gone_quiet", "any(subscriptions) and not any(events over 14 days)"),
    ("nearly_full", "in_use >= 50%"),
];

fn specs() -> String {
    let mut text = DATA.to_owned();
    text.push_str("journeys:\n");
    for (nth, journey) in (1..).zip(JOURNEYS) {
        let _ = write!(
            text,
            "  {journey}:\n    question: Where are our customers?\n    of: account\n    starts: created_at\n    ends: churned_at\n    \
             amount: sum(subscriptions.mrr)\n    stages:\n"
        );
        for (place, (name, milestones)) in STAGES.iter().enumerate() {
            // Of one entity a stage is part of one journey.
            let stage = format!("{journey}_{name}");
            let _ = writeln!(text, "      - stage: {stage}\n        milestones:");
            for (number, (reached, within)) in (1..).zip(milestones) {
                let reached = reached.replace('#', &(nth + number).to_string());
                let _ = writeln!(
                    text,
                    "          - {{ milestone: {stage}_{number}, reached: \"{reached}\", within: {within} days, target: 60% }}"
                );
            }
            if place + 1 < STAGES.len() {
                let exit = 1 + place % 3;
                let _ = writeln!(
                    text,
                    "        exit: {stage}_{exit}\n        stuck: {{ after: {} days, without_progress: 30 days }}",
                    20 + 40 * place
                );
            }
        }
    }
    text.push_str(SCORE);
    text.push_str("lists:\n");
    for (list, condition) in LISTS {
        let _ = write!(
            text,
            "  {list}:\n    question: Whom do we call?\n    of: account\n    where: {condition}\n    highest: {{ mrr: sum(subscriptions.mrr) }}\n    \
             columns: [plan, {{ stage: lifecycle.stage }}]\n    assign_to: csm_id\n    limit: 10\n    next_step: Call them\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use milepost::syntax::diagnostic::Diagnostics;
    use milepost::{sources::Disk, steps};

    use super::*;

    #[test]
    fn it_is_as_large_as_it_says() {
        let folder = tempfile::tempdir().unwrap();
        project(folder.path(), 40, 2_400).unwrap();
        let mut diagnostics = Diagnostics::default();
        let loaded = steps::load(&Disk::new(folder.path()), &mut diagnostics);
        let engine = steps::engine(folder.path()).unwrap();
        let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
        let model = steps::check(&loaded, &schemas, &mut diagnostics);
        let model = model.unwrap_or_else(|| panic!("{:?}", diagnostics.sorted()));
        assert_eq!(model.journeys.len(), 3);
        for journey in &model.journeys {
            assert_eq!((journey.stages.len(), journey.milestones().count()), (5, 15));
        }
        assert_eq!(model.scores[0].components.len(), 8);
    }
}
