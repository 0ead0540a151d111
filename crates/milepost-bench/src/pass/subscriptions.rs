//! Subscriptions that overlap: each runs from one instant until another, an account has several at a time; and what is asked
//! of them.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Decimal128Array, Int64Array, TimestampMicrosecondArray};

use super::data::Data;
use super::parquet::{BATCH, Parquet, one_of};
use super::pictures::{AS_OF, price, regions};
use super::rows::{HOUR, PLANS, Random};
use super::sets::{MONTHS, Metric, Question, TOTALS_AND_SLICES};
use crate::Failure;

const SEED: u64 = 1_000_000;
/// Subscriptions of an account.
const EACH: usize = 5;
/// The first of them begins so many days before the as-of, and no figure looks further back than two years.
const DAYS: u64 = 1_095;
const SECOND: i64 = HOUR / 3_600;

/// Writes a project of that many subscriptions into a folder, in no order.
pub(crate) fn project(folder: &Path, rows: usize) -> Result<(), Failure> {
    let accounts = (rows / EACH).max(10);
    let mut random = Random::new(SEED);
    let mut file = Parquet::new(&folder.join("data/subscriptions/part-0001.parquet"))?;
    for from in (0..rows).step_by(BATCH) {
        write(&mut file, &mut random, from..(from + BATCH).min(rows), accounts)?;
    }
    file.close()?;
    regions(folder, accounts)?;
    Data::Subscriptions.write_specs(folder)
}

fn write(
    file: &mut Parquet,
    random: &mut Random,
    numbers: std::ops::Range<usize>,
    accounts: usize,
) -> Result<(), Failure> {
    let (mut of, mut plans, mut mrr) = (Vec::new(), Vec::new(), Vec::new());
    let (mut from, mut to) = (Vec::new(), Vec::new());
    let end = i64::from(AS_OF + 1) * 24 * HOUR;
    for _ in numbers.clone() {
        of.push(1 + random.below(accounts as u64) as i64);
        let plan = random.pick(&PLANS) as i32;
        plans.push(plan);
        mrr.push(i128::from(1 + random.below(40)) * price(plan));
        let start = end - (1 + random.below(DAYS)) as i64 * 24 * HOUR + instant(random);
        // Most run for some months; a third goes on.
        let days = (random.unit().powi(2) * 500.0) as i64;
        let stop = start - start.rem_euclid(24 * HOUR) + days * 24 * HOUR + instant(random);
        let stops = random.below(3) > 0;
        from.push(start);
        to.push((stops && stop < end).then_some(stop.max(start)));
    }
    let mrr = Decimal128Array::from(mrr).with_precision_and_scale(12, 2)?;
    let ids = Int64Array::from_iter_values(numbers.map(|number| number as i64 + 1));
    file.write([
        ("subscription_id", Arc::new(ids), false),
        ("account_id", Arc::new(Int64Array::from(of)), false),
        ("plan", one_of(plans, PLANS.map(|(name, _)| name))?, false),
        ("mrr", Arc::new(mrr), false),
        ("started_at", Arc::new(TimestampMicrosecondArray::from(from)), false),
        ("ended_at", Arc::new(TimestampMicrosecondArray::from(to)), true),
    ])
}

/// An instant of a day: one in ten is midnight, which is the end of the day before.
fn instant(random: &mut Random) -> i64 {
    if random.below(10) == 0 { 0 } else { random.below(24 * 3_600) as i64 * SECOND }
}

pub(super) fn metrics() -> Vec<Metric> {
    vec![
        Metric::own("mrr", "sum(subscriptions.mrr at end)", &TOTALS_AND_SLICES, |q| {
            at_end(q, "sum(s.mrr)")
        }),
        Metric::own("running", "count(subscriptions at end)", &TOTALS_AND_SLICES, |q| {
            at_end(q, "count(*)")
        }),
        Metric::own(
            "customers",
            "count(distinct subscriptions.account at end)",
            &TOTALS_AND_SLICES,
            |q| at_end(q, "count(DISTINCT s.account_id)"),
        ),
        Metric::own("mrr_average", "sum(subscriptions.mrr average)", &MONTHS, average),
        Metric::own("begun", "count(subscriptions on started_at)", &MONTHS, |q| {
            on(q, "started_at", "count(*)")
        }),
        Metric::own("ended", "count(subscriptions on ended_at)", &MONTHS, |q| {
            on(q, "ended_at", "count(*)")
        }),
        Metric::own("sold", "sum(subscriptions.mrr on started_at)", &MONTHS, |q| {
            on(q, "started_at", "sum(s.mrr)")
        }),
    ]
}

fn slice(question: &Question<'_>) -> (&'static str, &'static str) {
    match question.by {
        Some("region") => ("a.region", "\nLEFT JOIN accounts a ON a.account_id = s.account_id"),
        Some(_) => ("s.plan", ""),
        None => ("''", ""),
    }
}

/// The buckets of the two years that are shown.
fn buckets(grain: &str) -> String {
    format!(
        "(SELECT unnest(generate_series(DATE '2024-01-01', DATE '2025-12-31', INTERVAL 1 {grain})) AS bucket)"
    )
}

/// The rows that are true just before the end of each bucket.
fn at_end(question: &Question<'_>, select: &str) -> String {
    let grain = question.grain.name();
    let (by, accounts) = slice(question);
    format!(
        "SELECT '{id}', {by} AS slice, b.bucket, {select}\n\
         FROM {buckets} b\n\
         JOIN subscriptions s ON s.started_at < b.bucket + INTERVAL 1 {grain}\n\
         \x20    AND coalesce(s.ended_at, TIMESTAMP '9999-12-31') >= b.bucket + INTERVAL 1 {grain}{accounts}\n\
         GROUP BY ALL",
        id = question.id(),
        buckets = buckets(grain),
    )
}

/// The mean over the ends of the days of each bucket.
fn average(question: &Question<'_>) -> String {
    let (by, accounts) = slice(question);
    format!(
        "SELECT '{id}', {by} AS slice, date_trunc('month', b.bucket) AS month, sum(s.mrr) / day(last_day(any_value(b.bucket)))\n\
         FROM {buckets} b\n\
         JOIN subscriptions s ON s.started_at < b.bucket + INTERVAL 1 DAY\n\
         \x20    AND coalesce(s.ended_at, TIMESTAMP '9999-12-31') >= b.bucket + INTERVAL 1 DAY{accounts}\n\
         GROUP BY slice, month",
        id = question.id(),
        buckets = buckets("day"),
    )
}

/// The rows by a time of their own.
fn on(question: &Question<'_>, column: &str, select: &str) -> String {
    let (by, accounts) = slice(question);
    format!(
        "SELECT '{id}', {by} AS slice, date_trunc('{grain}', s.{column}) AS bucket, {select}\n\
         FROM subscriptions s{accounts}\nWHERE s.{column} >= DATE '2024-01-01' AND s.{column} < DATE '2026-01-01'\nGROUP BY ALL",
        id = question.id(),
        grain = question.grain.name(),
    )
}

/// What a hand writes: what each day adds and takes away, and running sums; an account comes with its first subscription that
/// runs and goes with its last.
pub(super) fn by_hand() -> Vec<String> {
    vec![
        "CREATE TEMP TABLE changes AS\n\
         SELECT account_id, plan, started_at::DATE AS day, mrr, 1 AS one FROM subscriptions\n\
         UNION ALL SELECT account_id, plan, ended_at::DATE, -mrr, -1 FROM subscriptions WHERE ended_at IS NOT NULL"
            .to_owned(),
        "CREATE TEMP TABLE sums AS\n\
         SELECT day, CASE WHEN grouping(plan) = 0 THEN 'plan' WHEN grouping(region) = 0 THEN 'region' ELSE '' END AS part,\n\
         \x20      coalesce(plan, region, '') AS slice, sum(mrr) AS mrr, sum(one) AS running\n\
         FROM changes JOIN accounts USING (account_id) GROUP BY GROUPING SETS ((day), (day, plan), (day, region))"
            .to_owned(),
        days("sums", &["mrr", "running"]),
        levels("sums", &["mrr", "running"]),
        comings(),
        days("comings", &["customers"]),
        levels("comings", &["customers"]),
        "SELECT 'mrr_average|month|' || part, slice, date_trunc('month', day), avg(mrr)\n\
         FROM days_of_sums WHERE part IN ('', 'plan') AND day >= DATE '2024-01-01' GROUP BY ALL"
            .to_owned(),
        of_their_own("begun", "started_at", "count(*)"),
        of_their_own("ended", "ended_at", "count(*)"),
        of_their_own("sold", "started_at", "sum(mrr)"),
    ]
}

/// What there is at the end of every day, from what each day changes, part by part and slice by slice.
fn days(table: &str, columns: &[&str]) -> String {
    let list = |show: &dyn Fn(&str) -> String| {
        columns.iter().map(|column| show(column)).collect::<Vec<_>>().join(", ")
    };
    format!(
        "CREATE TEMP TABLE days_of_{table} AS\n\
         WITH every AS (\n\
         \x20 SELECT unnest(generate_series(DATE '2024-01-01', DATE '2025-12-31', INTERVAL 1 DAY))::DATE AS day\n\
         ), filled AS (\n\
         \x20 SELECT * FROM {table} UNION ALL BY NAME\n\
         \x20 SELECT day, part, slice, {zeros} FROM every, (SELECT DISTINCT part, slice FROM {table})\n\
         )\n\
         SELECT day, part, slice, {running}\n\
         FROM filled GROUP BY day, part, slice WINDOW w AS (PARTITION BY part, slice ORDER BY day)",
        zeros = list(&|column| format!("0 AS {column}")),
        running = list(&|column| format!("sum(sum({column})) OVER w AS {column}")),
    )
}

/// The days whole, and the last day of each month by its slices.
fn levels(table: &str, columns: &[&str]) -> String {
    let names = |grain: &str| {
        let list = columns.iter().map(|column| format!("'{column}|{grain}|' || part"));
        list.collect::<Vec<_>>().join(", ")
    };
    let values = columns.iter().map(|column| format!("{column}::DOUBLE")).collect::<Vec<_>>();
    let values = values.join(", ");
    format!(
        "SELECT unnest([{of_days}]), slice, day, unnest([{values}])\n\
         FROM days_of_{table} WHERE part = '' AND day BETWEEN DATE '2024-01-01' AND DATE '2025-12-31'\n\
         UNION ALL SELECT unnest([{of_months}]), slice, date_trunc('month', day), unnest([{values}])\n\
         FROM days_of_{table} WHERE day = last_day(day) AND day BETWEEN DATE '2024-01-01' AND DATE '2025-12-31'",
        of_days = names("day"),
        of_months = names("month"),
    )
}

/// How many accounts each day brings and takes away: those with a first subscription that runs, and those without one any
/// more; of each plan, those of that plan.
fn comings() -> String {
    let of = |plan: &str| {
        format!(
            "(SELECT account_id{plan}, day, sum(sum(one)) OVER w AS level, sum(sum(one)) OVER w - sum(one) AS before\n\
             \x20     FROM changes GROUP BY account_id{plan}, day WINDOW w AS (PARTITION BY account_id{plan} ORDER BY day))"
        )
    };
    format!(
        "CREATE TEMP TABLE comings AS\n\
         SELECT day, CASE WHEN grouping(region) = 0 THEN 'region' ELSE '' END AS part, coalesce(region, '') AS slice,\n\
         \x20      sum(sign(level) - sign(before)) AS customers\n\
         FROM {whole} JOIN accounts USING (account_id) GROUP BY GROUPING SETS ((day), (day, region))\n\
         UNION ALL SELECT day, 'plan', plan, sum(sign(level) - sign(before))\n\
         FROM {of_plans} GROUP BY ALL",
        whole = of(""),
        of_plans = of(", plan"),
    )
}

fn of_their_own(name: &str, column: &str, select: &str) -> String {
    format!(
        "SELECT '{name}|month|' || CASE WHEN grouping(plan) = 0 THEN 'plan' ELSE '' END, coalesce(plan, ''), month, {select}\n\
         FROM (SELECT date_trunc('month', {column}) AS month, plan, mrr FROM subscriptions\n\
         \x20     WHERE {column} >= DATE '2024-01-01' AND {column} < DATE '2026-01-01')\n\
         GROUP BY GROUPING SETS ((month), (month, plan))"
    )
}
