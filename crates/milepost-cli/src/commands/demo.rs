//! `milepost demo --accounts N --seed S --out DIR`

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use milepost::engine::write as engine;
use milepost::semantics::time::Calendar;
use milepost::write;
use milepost_demo::{Options, Table, Values};

use crate::args::Demo;
use crate::exit::{Exit, Stop};
use crate::figures::{csv_lines, csv_names};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::plural;

pub(super) fn run(args: &Demo, output: Output) -> Result<Exit, Stop> {
    let options = Options { accounts: args.accounts, seed: args.seed, planted: args.planted };
    for table in milepost_demo::tables(&options) {
        write::may_replace(&place(args, &table))?;
    }
    let progress = Progress::start(output, "generating the tables");
    // A large company comes in parts, so all files are open until the last one.
    let mut files: BTreeMap<String, write::Table> = BTreeMap::new();
    let mut truth: BTreeMap<String, String> = BTreeMap::new();
    let mut rows = 0;
    for Table { name, columns } in milepost_demo::generate(&options) {
        progress.step(&format!("writing {}", file(&name)));
        rows += columns.first().map_or(0, |(_, values)| values.len());
        let columns = columns.into_iter().map(|(name, values)| (name, column(values))).collect();
        if is_truth(&name) {
            let text = truth.entry(name).or_insert_with(|| csv_names(&columns));
            csv_lines(text, &columns, &Calendar::default());
            continue;
        }
        match files.entry(name) {
            Entry::Occupied(mut begun) => begun.get_mut().append(columns)?,
            Entry::Vacant(new) => {
                let file = write::Table::begin(&place(args, new.key()), columns)?;
                new.insert(file);
            }
        }
    }
    let tables = files.len() + truth.len();
    files.into_values().try_for_each(write::Table::finish)?;
    truth.iter().try_for_each(|(name, text)| write::text(&place(args, name), text))?;
    drop(progress);
    output.note(&format!(
        "{} with {} in {}",
        plural(tables, "table"),
        plural(rows, "row"),
        args.out.display()
    ));
    Ok(Exit::Done)
}

/// Whether a table says what was planted. People read it, so it is a CSV file.
fn is_truth(table: &str) -> bool {
    table.starts_with(milepost_demo::TRUTH)
}

/// The file of a table.
fn file(table: &str) -> String {
    let ending = if is_truth(table) { "csv" } else { "parquet" };
    format!("{table}.{ending}")
}

/// Where that is.
fn place(args: &Demo, table: &str) -> PathBuf {
    args.out.join(file(table))
}

/// The generator and the writer know nothing of each other; their columns are alike.
fn column(values: Values) -> engine::Values {
    match values {
        Values::Integer(values) => engine::Values::Integer(values),
        Values::Number(values) => engine::Values::Number(values),
        Values::Decimal { scale, values } => engine::Values::Decimal { scale, values },
        Values::Text(values) => engine::Values::Text(values),
        Values::Boolean(values) => engine::Values::Boolean(values),
        Values::Date(values) => engine::Values::Date(values),
        Values::Timestamp(values) => engine::Values::Timestamp(values),
    }
}
