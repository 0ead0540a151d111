//! `milepost demo --accounts N --seed S --out DIR`

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use milepost::engine::write as engine;
use milepost::write;
use milepost_demo::{Options, Table, Values};

use crate::args::Demo;
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::plural;

pub(super) fn run(args: &Demo, output: Output) -> Result<Exit, Stop> {
    for table in milepost_demo::tables() {
        write::may_replace(&place(args, &table))?;
    }
    let options = Options { accounts: args.accounts, seed: args.seed };
    let progress = Progress::start(output, "generating the tables");
    // A large company comes in parts, so all files are open until the last one.
    let mut files: BTreeMap<String, write::Table> = BTreeMap::new();
    let mut rows = 0;
    for Table { name, columns } in milepost_demo::generate(&options) {
        progress.step(&format!("writing {name}.parquet"));
        rows += columns.first().map_or(0, |(_, values)| values.len());
        let columns = columns.into_iter().map(|(name, values)| (name, column(values))).collect();
        match files.entry(name) {
            Entry::Occupied(mut begun) => begun.get_mut().append(columns)?,
            Entry::Vacant(new) => {
                let file = write::Table::begin(&place(args, new.key()), columns)?;
                new.insert(file);
            }
        }
    }
    let tables = files.len();
    files.into_values().try_for_each(write::Table::finish)?;
    drop(progress);
    output.note(&format!(
        "{} with {} in {}",
        plural(tables, "table"),
        plural(rows, "row"),
        args.out.display()
    ));
    Ok(Exit::Done)
}

/// The file of a table.
fn place(args: &Demo, table: &str) -> PathBuf {
    args.out.join(format!("{table}.parquet"))
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
