//! `milepost demo --accounts N --seed S --out DIR`

use milepost::engine::write;
use milepost::write::parquet;
use milepost_demo::{Options, Table, Values};

use crate::args::Demo;
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::plural;

pub(super) fn run(args: &Demo, output: Output) -> Result<Exit, Stop> {
    let options = Options { accounts: args.accounts, seed: args.seed };
    let progress = Progress::start(output, "making the tables");
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
    let path = args.out.join(format!("{}.parquet", table.name));
    let columns: Vec<(String, write::Values)> =
        table.columns.into_iter().map(|(name, values)| (name, column(values))).collect();
    Ok(parquet(&path, columns)?)
}

/// The generator and the writer know nothing of each other; their columns are alike.
fn column(values: Values) -> write::Values {
    match values {
        Values::Integer(values) => write::Values::Integer(values),
        Values::Number(values) => write::Values::Number(values),
        Values::Decimal { scale, values } => write::Values::Decimal { scale, values },
        Values::Text(values) => write::Values::Text(values),
        Values::Boolean(values) => write::Values::Boolean(values),
        Values::Date(values) => write::Values::Date(values),
        Values::Timestamp(values) => write::Values::Timestamp(values),
    }
}
