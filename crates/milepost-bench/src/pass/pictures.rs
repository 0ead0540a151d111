//! Daily pictures: what every account has on each day, for two years; and what is asked of them.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Date32Array, Decimal128Array, Int64Array};

use super::data::Data;
use super::parquet::{BATCH, Parquet, one_of};
use super::rows::{PLANS, REGIONS, Random};
use super::sets::{MONTHS, Metric, Question, TOTALS, TOTALS_AND_SLICES};
use crate::Failure;

const SEED: u64 = 730;
/// Days from 1970 to the as-of, 2025-12-31, which is the last picture.
pub(crate) const AS_OF: i32 = 20_453;
/// Days whose pictures are in one file, about a month.
const DAYS_OF_A_FILE: i32 = 31;
/// Seats from which an account is large.
const LARGE: i64 = 100;

/// What an account has while it changes nothing.
#[derive(Clone, Copy)]
struct Account {
    /// From the first day to the last.
    days: (i32, i32),
    plan: i32,
    seats: i64,
    /// Chance of a change on a day: one in so many.
    rarely: u64,
}

/// Writes a project of that many accounts, seen on each of so many days.
pub(crate) fn project(folder: &Path, accounts: usize, days: usize) -> Result<(), Failure> {
    let first = AS_OF + 1 - i32::try_from(days)?;
    let mut random = Random::new(SEED);
    let mut list: Vec<Account> = (0..accounts).map(|_| account(&mut random, first)).collect();
    for from in (first..=AS_OF).step_by(DAYS_OF_A_FILE as usize) {
        let path = folder
            .join(format!("data/pictures/part-{:04}.parquet", (from - first) / DAYS_OF_A_FILE));
        let mut file = Parquet::new(&path)?;
        for day in from..=(from + DAYS_OF_A_FILE - 1).min(AS_OF) {
            for (number, part) in list.chunks_mut(BATCH).enumerate() {
                picture(&mut file, &mut random, day, number * BATCH, part)?;
            }
        }
        file.close()?;
    }
    regions(folder, accounts)?;
    Data::Pictures.write_specs(folder)
}

fn account(random: &mut Random, first: i32) -> Account {
    let all = (AS_OF - first + 1) as u64;
    // Six in ten were there before the first picture, and one in five leaves.
    let from = if random.below(10) < 6 { first } else { first + random.below(all) as i32 };
    let leaves = random.below(5) == 0;
    let to = if leaves { from + random.below(all) as i32 } else { AS_OF };
    let seats = 1 + (random.unit().powi(4) * 400.0) as i64;
    let plan = random.pick(&PLANS) as i32;
    Account { days: (from, to), plan, seats, rarely: 60 + random.below(300) }
}

/// The rows of one day of the accounts after so many others.
fn picture(
    file: &mut Parquet,
    random: &mut Random,
    day: i32,
    before: usize,
    accounts: &mut [Account],
) -> Result<(), Failure> {
    let (mut ids, mut plans, mut seats, mut mrr) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, account) in accounts.iter_mut().enumerate() {
        if !(account.days.0..=account.days.1).contains(&day) {
            continue;
        }
        if random.below(account.rarely) == 0 {
            account.seats = (account.seats + random.below(11) as i64 - 4).max(1);
        }
        ids.push((before + place + 1) as i64);
        plans.push(account.plan);
        seats.push(account.seats);
        mrr.push(i128::from(account.seats) * price(account.plan));
    }
    let mrr = Decimal128Array::from(mrr).with_precision_and_scale(12, 2)?;
    file.write([
        ("date", Arc::new(Date32Array::from(vec![day; ids.len()])), false),
        ("account_id", Arc::new(Int64Array::from(ids)), false),
        ("plan", one_of(plans, PLANS.map(|(name, _)| name))?, false),
        ("seats", Arc::new(Int64Array::from(seats)), false),
        ("mrr", Arc::new(mrr), false),
    ])
}

/// What a seat costs in a month, in cents.
pub(super) fn price(plan: i32) -> i128 {
    [0, 2_900, 5_900, 9_900][plan as usize % 4]
}

/// The accounts and where they are.
pub(super) fn regions(folder: &Path, accounts: usize) -> Result<(), Failure> {
    let mut random = Random::new(SEED + 1);
    let regions = (0..accounts).map(|_| random.pick(&REGIONS) as i32).collect();
    let mut file = Parquet::new(&folder.join("data/accounts.parquet"))?;
    file.write([
        ("account_id", Arc::new(Int64Array::from_iter_values(1..=accounts as i64)), false),
        ("region", one_of(regions, REGIONS.map(|(name, _)| name))?, false),
    ])?;
    file.close()
}

pub(super) fn metrics() -> Vec<Metric> {
    let large = format!("count(pictures at end where seats >= {LARGE})");
    vec![
        Metric::own("mrr", "sum(pictures.mrr at end)", &TOTALS_AND_SLICES, |q| {
            at_end(q, "sum(p.mrr)")
        }),
        Metric::own("customers", "count(pictures at end)", &TOTALS_AND_SLICES, |q| {
            at_end(q, "count(*)")
        }),
        Metric::own(
            "mrr_of_a_customer",
            "sum(pictures.mrr at end) / count(pictures at end)",
            &TOTALS_AND_SLICES,
            |q| at_end(q, "sum(p.mrr) / count(*)"),
        ),
        Metric::own("all_seats", "sum(pictures.seats at end)", &TOTALS, |q| {
            at_end(q, "sum(p.seats)")
        }),
        Metric::own("large_customers", &large, &TOTALS_AND_SLICES, |q| {
            at_end(q, &format!("nullif(count(*) FILTER (p.seats >= {LARGE}), 0)"))
        }),
        Metric::own("mrr_average", "sum(pictures.mrr average)", &MONTHS, average),
    ]
}

/// The rows of the last picture of each bucket.
fn at_end(question: &Question<'_>, select: &str) -> String {
    let grain = question.grain.name();
    let (by, accounts) = match question.by {
        Some("region") => ("a.region", "\nLEFT JOIN accounts a ON a.account_id = p.account_id"),
        Some(_) => ("p.plan", ""),
        None => ("''", ""),
    };
    format!(
        "SELECT '{id}', {by} AS slice, l.bucket, {select}\n\
         FROM pictures p\n\
         JOIN (SELECT date_trunc('{grain}', date) AS bucket, max(date) AS date FROM pictures GROUP BY ALL) l ON l.date = p.date{accounts}\n\
         GROUP BY ALL",
        id = question.id(),
    )
}

/// The mean over the days of the bucket on which there are pictures.
fn average(question: &Question<'_>) -> String {
    let grain = question.grain.name();
    format!(
        "SELECT '{id}', s.slice, s.bucket, s.mrr / d.days\n\
         FROM (SELECT {by} AS slice, date_trunc('{grain}', p.date) AS bucket, sum(p.mrr) AS mrr FROM pictures p GROUP BY ALL) s\n\
         JOIN (SELECT date_trunc('{grain}', date) AS bucket, count(DISTINCT date) AS days FROM pictures GROUP BY ALL) d\n\
         \x20    ON d.bucket = s.bucket",
        id = question.id(),
        by = question.by.map_or("''".to_owned(), |by| format!("p.{by}")),
    )
}

/// What a hand writes: the rows once, by day and plan; and by region those of the last days of months, which the files find
/// by their own statistics.
pub(super) fn by_hand() -> Vec<String> {
    let sums = |of: &str| {
        format!(
            "sum({of}mrr) AS mrr, sum({of}seats) AS seats, count(*) AS customers, count(*) FILTER ({of}seats >= {LARGE}) AS large"
        )
    };
    let figures = |grain: &str, part: &str| {
        let names = ["mrr", "customers", "mrr_of_a_customer", "large_customers"];
        let list = names.map(|name| format!("'{name}|{grain}|{part}'")).join(", ");
        format!("unnest([{list}])")
    };
    let values =
        "unnest([mrr::DOUBLE, customers::DOUBLE, mrr / customers, nullif(large, 0)::DOUBLE])";
    let totals =
        "sum(mrr) AS mrr, sum(seats) AS seats, sum(customers) AS customers, sum(large) AS large";
    let ends = "(SELECT max(date) FROM days GROUP BY date_trunc('month', date))";
    vec![
        format!("CREATE TEMP TABLE plans AS\nSELECT date, plan, {} FROM pictures GROUP BY ALL", sums("")),
        format!("CREATE TEMP TABLE days AS\nSELECT date, {totals} FROM plans GROUP BY ALL"),
        format!("SELECT {}, '', date, {values} FROM days", figures("day", "")),
        "SELECT 'all_seats|day|', '', date, seats FROM days".to_owned(),
        format!(
            "SELECT {}, '', date_trunc('month', date), {values} FROM days WHERE date IN {ends}",
            figures("month", "")
        ),
        format!("SELECT 'all_seats|month|', '', date_trunc('month', date), seats FROM days WHERE date IN {ends}"),
        format!(
            "SELECT {}, plan, date_trunc('month', date), {values} FROM plans WHERE date IN {ends}",
            figures("month", "plan")
        ),
        format!(
            "SELECT {}, region, date_trunc('month', date), {values}\n\
             FROM (SELECT date, region, {} FROM pictures p JOIN accounts USING (account_id) WHERE date IN {ends} GROUP BY ALL)",
            figures("month", "region"),
            sums("p.")
        ),
        "SELECT 'mrr_average|month|', '', date_trunc('month', date) AS bucket, avg(mrr) FROM days GROUP BY ALL".to_owned(),
        "WITH months AS (SELECT date_trunc('month', date) AS bucket, count(*) AS days FROM days GROUP BY ALL)\n\
         SELECT 'mrr_average|month|plan', plan, bucket, sum(mrr) / any_value(days)\n\
         FROM plans JOIN months ON bucket = date_trunc('month', date) GROUP BY plan, bucket"
            .to_owned(),
    ]
}
