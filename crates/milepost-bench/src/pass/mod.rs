//! One pass over a table, beside SQL: the same metrics by milepost, by one statement each, by the best
//! statements that a hand can write for all of them; and what it costs to read the columns alone.
//!
//! Each way runs in a process of its own, and all must find the same figures.

mod accounts;
mod answers;
mod bits;
pub(crate) mod catalog;
mod data;
mod hand;
pub(crate) mod journeys;
mod keys;
#[cfg(test)]
mod outside;
pub(crate) mod parquet;
pub(crate) mod pictures;
pub(crate) mod process;
mod rows;
mod sets;
mod shape;
mod sql;
pub(crate) mod subscriptions;
mod ways;
mod wide;
mod write;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use answers::Answers;
use data::Data;
use keys::Keys;
use process::Cost;
use sets::Set;
pub(crate) use shape::Shape;
pub(crate) use write::project;

use crate::Failure;

/// Names a Python that has the package `duckdb`; `cargo xtask test` makes one.
pub(crate) const PYTHON: &str = "MILEPOST_PYTHON";
const QUERIES: &str = include_str!("queries.py");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Milepost,
    Each,
    Hand,
    Bits,
    Floor,
}

impl Way {
    const ALL: [Self; 5] = [Self::Milepost, Self::Each, Self::Hand, Self::Bits, Self::Floor];

    const fn name(self) -> &'static str {
        match self {
            Self::Milepost => "milepost",
            Self::Each => "each",
            Self::Hand => "hand",
            Self::Bits => "bits",
            Self::Floor => "floor",
        }
    }

    const fn describe(self) -> &'static str {
        match self {
            Self::Milepost => "milepost",
            Self::Each => "DuckDB, a statement for each",
            Self::Hand => "DuckDB, written by hand",
            Self::Bits => "DuckDB, by hand, days as bits",
            Self::Floor => "decoding the columns alone",
        }
    }
}

/// Compares the ways on each of the sets that are named, or on all that the rows are there for; `ways=milepost,floor` runs only
/// these.
pub(crate) fn compare(folder: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let data = Data::of(folder)?;
    let (mut ways, mut chosen) = (Way::ALL.to_vec(), Vec::new());
    for argument in arguments {
        if let Some(names) = argument.strip_prefix("ways=") {
            ways = names.split(',').map(way).collect::<Result<_, _>>()?;
        } else {
            chosen.push(set(argument)?);
        }
    }
    if chosen.is_empty() {
        chosen = data.sets().to_vec();
    }
    if let Some(other) = chosen.iter().find(|set| set.data() != data) {
        return Err(format!("`{}` is not asked of {}", other.name(), data.name()).into());
    }
    chosen.into_iter().try_for_each(|set| compare_set(folder, set, &ways))
}

fn set(name: &str) -> Result<Set, Failure> {
    Set::parse(name).ok_or_else(|| {
        format!(
            "there is no set `{name}`: write `counts`, `trailing`, `wide`, `accounts`, `many-100`, `pictures` or `subscriptions`"
        )
        .into()
    })
}

fn way(name: &str) -> Result<Way, Failure> {
    let found = Way::ALL.into_iter().find(|way| way.name() == name);
    let names = Way::ALL.map(Way::name).join("`, `");
    found.ok_or_else(|| format!("there is no way `{name}`: write `{names}`").into())
}

fn compare_set(folder: &Path, set: Set, ways: &[Way]) -> Result<(), Failure> {
    let scratch = tempfile::tempdir()?;
    let (metrics, keys) = (set.metrics(), Keys::of(folder)?);
    println!("{}: {} questions", set.name(), sets::questions(&metrics).len());
    let mut costs = Vec::new();
    let is_there = |way: &&Way| **way != Way::Bits || bits::statements(set, keys).is_some();
    let ways: Vec<Way> = ways.iter().filter(is_there).copied().collect();
    for way in &ways {
        let out = scratch.path().join(way.name());
        let cost = process::run(&mut command(folder, set, *way, scratch.path(), &out)?)?;
        row(*way, &cost, &costs);
        costs.push((*way, cost));
    }
    if let Some((_, cost)) = costs.iter().find(|(way, _)| *way == Way::Milepost) {
        println!("milepost, step by step\n{}", cost.printed);
    }
    agree(scratch.path(), &ways)
}

fn command(
    folder: &Path,
    set: Set,
    way: Way,
    scratch: &Path,
    out: &Path,
) -> Result<Command, Failure> {
    let statements = match way {
        Way::Milepost | Way::Floor => {
            return way_of_ours(way.name(), folder, &[&set.name()], out);
        }
        Way::Each => {
            let metrics = set.metrics();
            sets::questions(&metrics).iter().map(sql::statement).collect()
        }
        Way::Hand => hand::statements(set),
        Way::Bits => bits::statements(set, Keys::of(folder)?).unwrap_or_default(),
    };
    let name = format!("{}-{}", set.name(), way.name());
    statements_in_duckdb(folder, &name, &statements, set.data().tables(), scratch, out)
}

/// This program, with one way to go.
fn way_of_ours(way: &str, folder: &Path, more: &[&str], out: &Path) -> Result<Command, Failure> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["way", way]).arg(folder).args(more).arg(out);
    Ok(command)
}

/// The statements in DuckDB, over such tables. They stand beside the data, for who wants to read or to run them.
fn statements_in_duckdb(
    folder: &Path,
    name: &str,
    statements: &[String],
    tables: &[(&str, &str)],
    scratch: &Path,
    out: &Path,
) -> Result<Command, Failure> {
    let folder = std::path::absolute(folder)?;
    let path: PathBuf = folder.join("sql").join(format!("{name}.sql"));
    fs::create_dir_all(path.parent().unwrap_or(&folder))?;
    fs::write(&path, statements.join(";\n\n") + ";\n")?;
    let script = scratch.join("queries.py");
    fs::write(&script, QUERIES)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let python = env::var_os(PYTHON).unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    command.arg(script).arg(&folder).arg(path).arg(out).arg(threads.to_string());
    command.args(tables.iter().map(|(name, files)| format!("{name}={files}")));
    Ok(command)
}

/// One of the ways that are programs of ours, in this process.
pub(crate) fn way_alone(arguments: &[&str]) -> Result<(), Failure> {
    match arguments {
        ["milepost", folder, name, out] => {
            ways::milepost(Path::new(folder), set(name)?, Path::new(out))?;
        }
        ["floor", folder, name, _] => ways::floor(Path::new(folder), set(name)?)?,
        ["catalog", folder, out] => catalog::milepost(Path::new(folder), Path::new(out))?,
        _ => return Err("that is no way of its own".into()),
    }
    process::tell_peak();
    Ok(())
}

fn row(way: Way, cost: &Cost, before: &[(Way, Cost)]) {
    if before.is_empty() {
        println!(
            "  {:<30} {:>9} {:>9} {:>9} {:>11}",
            "", "wall s", "CPU s", "peak MB", "CPU, ratio"
        );
    }
    let show = |value: Option<f64>, digits: usize| {
        value.map_or("-".to_owned(), |value| format!("{value:.digits$}"))
    };
    let first = before.first().and_then(|(_, first)| first.cpu).or(cost.cpu);
    let ratio = cost.cpu.zip(first).map(|(cpu, first)| cpu / first);
    println!(
        "  {:<30} {:>9.2} {:>9} {:>9} {:>11}",
        way.describe(),
        cost.wall,
        show(cost.cpu, 2),
        show(cost.peak, 0),
        show(ratio, 2),
    );
}

/// All ways that give figures gave the same.
fn agree(scratch: &Path, ways: &[Way]) -> Result<(), Failure> {
    let mut asked = ways.iter().filter(|way| **way != Way::Floor);
    let Some(first) = asked.next() else { return Ok(()) };
    let figures = Answers::read(&scratch.join(first.name()))?;
    let mut equal = vec![first.name()];
    for way in asked {
        figures.compare(&Answers::read(&scratch.join(way.name()))?, way.describe())?;
        equal.push(way.name());
    }
    if equal.len() > 1 {
        println!("{} figures, the same by {}", figures.len(), equal.join(", "));
    } else {
        println!("{} figures", figures.len());
    }
    Ok(())
}
