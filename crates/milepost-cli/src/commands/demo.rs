//! `milepost demo --accounts N --seed S --out DIR`

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
    let mut tables = 0;
    let mut rows = 0;
    let mut failure = None;
    milepost_demo::generate(&options, &mut |table| {
        if failure.is_some() {
            return;
        }
        progress.step(&format!("writing {}.parquet", table.name));
        tables += 1;
        rows += table.rows();
        failure = write_table(args, table).err();
    });
    drop(progress);
    if let Some(stop) = failure {
        return Err(stop);
    }
    output.note(&format!(
        "{} with {} in {}",
        plural(tables, "table"),
        plural(rows, "row"),
        args.out.display()
    ));
    Ok(Exit::Done)
}

fn write_table(args: &Demo, table: Table) -> Result<(), Stop> {
    let path = place(args, &table.name);
    let columns: Vec<(String, engine::Values)> =
        table.columns.into_iter().map(|(name, values)| (name, column(values))).collect();
    Ok(write::parquet(&path, columns)?)
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
