//! The files of a year of events: the events in their order, who did them, and the specs.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Decimal128Array, Int64Array, TimestampMicrosecondArray};

use super::data::Data;
use super::parquet::{BATCH, Column, Parquet, one_of};
use super::rows::{
    Columns, DAYS, NAMES, PLANS, REGIONS, Random, TIERS, Year, accounts_of, users_of,
};
use super::shape::{Order, Shape};
use crate::Failure;

/// Where the users are.
pub(super) const USERS: &str = "data/users.parquet";
/// The same project for everybody.
const SEED: u64 = 2_025;
/// How many files rows are in that are not in the order of time.
const FILES: usize = 12;
const DAYS_OF_MONTHS: [usize; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Writes a project of events in such a shape into a folder.
pub(crate) fn project(folder: &Path, shape: &Shape) -> Result<(), Failure> {
    let events = folder.join("data/events");
    match (shape.order, shape.files) {
        (Order::Time, None) => by_month(&events, shape)?,
        (_, files) => in_files(&events, shape, files.unwrap_or(FILES))?,
    }
    users(&folder.join(USERS), shape)?;
    accounts(&folder.join("data/accounts.parquet"), shape)?;
    Data::Events.write_specs(folder)
}

/// A file for each month, in the order of time.
fn by_month(folder: &Path, shape: &Shape) -> Result<(), Failure> {
    let mut year = Year::new(shape.rows, SEED);
    let mut day = 0;
    for (month, days) in DAYS_OF_MONTHS.iter().enumerate() {
        let mut file = Parquet::new(&folder.join(format!("2025-{:02}.parquet", month + 1)))?;
        let mut columns = Columns::default();
        for hour in day * 24..(day + days) * 24 {
            year.hour(hour, &mut columns);
            if columns.at.len() >= BATCH {
                file.write(events(std::mem::take(&mut columns), shape)?)?;
            }
        }
        file.write(events(columns, shape)?)?;
        file.close()?;
        day += days;
    }
    Ok(())
}

/// Files of one size, in any order.
fn in_files(folder: &Path, shape: &Shape, files: usize) -> Result<(), Failure> {
    let mut all = Columns::default();
    let mut year = Year::new(shape.rows, SEED);
    (0..DAYS * 24).for_each(|hour| year.hour(hour, &mut all));
    let places = shape.places(&all);
    for (number, part) in places.chunks(shape.rows.div_ceil(files).max(1)).enumerate() {
        let mut file = Parquet::new(&folder.join(format!("part-{:04}.parquet", number + 1)))?;
        for places in part.chunks(BATCH) {
            file.write(events(all.take(places), shape)?)?;
        }
        file.close()?;
    }
    Ok(())
}

fn events(columns: Columns, shape: &Shape) -> Result<[Column; 6], Failure> {
    let amount = Decimal128Array::from(columns.amount).with_precision_and_scale(12, 2)?;
    let accounts: Vec<i64> = columns.user.iter().map(|user| shape.account(*user)).collect();
    Ok([
        ("at", Arc::new(TimestampMicrosecondArray::from(columns.at)), false),
        ("user_id", shape.keys.column(columns.user), false),
        ("account_id", shape.keys.column(accounts), false),
        ("name", one_of(columns.name, NAMES.map(|(name, _)| name))?, false),
        ("seconds", Arc::new(Int64Array::from(columns.seconds)), true),
        ("amount", Arc::new(amount), true),
    ])
}

fn users(path: &Path, shape: &Shape) -> Result<(), Failure> {
    let mut random = Random::new(SEED + 1);
    let count = users_of(shape.rows);
    let (mut plans, mut regions) = (Vec::new(), Vec::new());
    for _ in 0..count {
        plans.push(random.pick(&PLANS) as i32);
        regions.push(random.pick(&REGIONS) as i32);
    }
    let mut file = Parquet::new(path)?;
    file.write([
        ("user_id", shape.keys.column(1..=count as i64), false),
        ("plan", one_of(plans, PLANS.map(|(name, _)| name))?, false),
        ("region", one_of(regions, REGIONS.map(|(name, _)| name))?, false),
    ])?;
    file.close()
}

fn accounts(path: &Path, shape: &Shape) -> Result<(), Failure> {
    let mut random = Random::new(SEED + 2);
    let count = accounts_of(shape.rows);
    let tiers = (0..count).map(|_| random.pick(&TIERS) as i32).collect();
    let mut file = Parquet::new(path)?;
    file.write([
        ("account_id", shape.keys.column(1..=count as i64), false),
        ("tier", one_of(tiers, TIERS.map(|(name, _)| name))?, false),
    ])?;
    file.close()
}
