//! The shipped catalog over the demo company: every KPI whole and by each of its slices, by milepost and by the statements that
//! it prints, one after the other, in DuckDB.

use std::fs;
use std::path::Path;
use std::process::Command;

use milepost::engine::Engine;
use milepost::plan::request::Request;
use milepost::plan::sql::sql;
use milepost::semantics::model::Model;
use milepost::semantics::time::AsOf;
use milepost::sources::Disk;
use milepost::syntax::diagnostic::Diagnostics;
use milepost::{report, steps};

use super::answers::Answers;
use super::process::{self, Cost};
use super::ways::{add, clocked, told};
use super::{Way, agree, row, statements_in_duckdb, way_of_ours};
use crate::Failure;

/// What acme says of the company's data; its own KPIs are left out.
const FILES: [(&str, &str); 4] = [
    ("milepost.yaml", include_str!("../../../../examples/acme/milepost.yaml")),
    ("holidays.csv", include_str!("../../../../examples/acme/holidays.csv")),
    ("specs/datasets.yaml", include_str!("../../../../examples/acme/specs/datasets.yaml")),
    ("specs/entities.yaml", include_str!("../../../../examples/acme/specs/entities.yaml")),
];
const WAYS: [Way; 2] = [Way::Milepost, Way::Each];

/// Compares the ways over a folder whose `data` the command `milepost demo` has written.
pub(crate) fn compare(folder: &Path, arguments: &[&str]) -> Result<(), Failure> {
    if !folder.join("data/account.parquet").is_file() {
        return Err(format!(
            "{0} has no company: write one with `milepost demo --accounts 1000 --out {0}/data`",
            folder.display()
        )
        .into());
    }
    let mut ways = WAYS.to_vec();
    for argument in arguments {
        let names =
            argument.strip_prefix("ways=").ok_or("after the folder stands `ways=milepost`")?;
        ways.retain(|way| names.split(',').any(|name| way.name() == name));
    }
    write(folder)?;
    println!("catalog: {} questions", Catalog::open(folder)?.requests.len());
    let scratch = tempfile::tempdir()?;
    let mut costs: Vec<(Way, Cost)> = Vec::new();
    for way in &ways {
        let out = scratch.path().join(way.name());
        let mut command = match way {
            Way::Milepost => way_of_ours("catalog", folder, &[], &out)?,
            _ => in_duckdb(folder, scratch.path(), &out)?,
        };
        let cost = process::run(&mut command)?;
        row(*way, &cost, &costs);
        costs.push((*way, cost));
    }
    if let Some((_, cost)) = costs.iter().find(|(way, _)| *way == Way::Milepost) {
        println!("milepost, step by step\n{}", cost.printed);
    }
    agree(scratch.path(), &ways)
}

/// Writes what is no data.
pub(super) fn write(folder: &Path) -> Result<(), Failure> {
    for (path, text) in FILES {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)?;
    }
    Ok(())
}

/// The printed statements in DuckDB.
pub(super) fn in_duckdb(folder: &Path, scratch: &Path, out: &Path) -> Result<Command, Failure> {
    statements_in_duckdb(folder, "catalog", &printed(folder)?, &[], scratch, out)
}

/// The checked project and what is asked of it.
struct Catalog {
    engine: Engine,
    model: Model,
    as_of: AsOf,
    requests: Vec<Request>,
}

impl Catalog {
    fn open(folder: &Path) -> Result<Self, Failure> {
        let mut diagnostics = Diagnostics::default();
        let loaded = steps::load(&Disk::new(folder), &mut diagnostics);
        let engine = steps::engine(folder)?;
        let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
        let model = steps::check(&loaded, &schemas, &mut diagnostics)
            .ok_or_else(|| told("the specs have errors", &diagnostics))?;
        let as_of = model.project.as_of().ok_or("the project says no as-of")?;
        // What a journey says of its stages and milestones is a question of its own: see `journeys`.
        let mut requests = report::requests(&model);
        requests.retain(|asked| model[asked.metric].category.is_some());
        Ok(Self { engine, model, as_of, requests })
    }

    /// How answers name a question. The names of buckets are those that milepost prints.
    fn id(&self, request: &Request) -> String {
        let by: Vec<&str> = request.by.iter().map(|by| self.model[*by].name.as_str()).collect();
        format!("{}|label|{}", self.model[request.metric].name, by.join(" "))
    }
}

/// Answers all of it as a program that uses milepost does.
pub(super) fn milepost(folder: &Path, out: &Path) -> Result<(), Failure> {
    let mut step = clocked();
    let catalog = Catalog::open(folder)?;
    let Catalog { engine, model, as_of, requests } = &catalog;
    step("check");
    let mut diagnostics = Diagnostics::default();
    let data = steps::open(engine, model, Some(*as_of), requests, false, &mut diagnostics)
        .ok_or_else(|| told("the data has errors", &diagnostics))?;
    step("open");
    let series = steps::run(engine, model, &data, requests)?;
    step("run");
    let mut answers = Answers::default();
    requests.iter().zip(&series).for_each(|(request, series)| {
        add(&mut answers, &catalog.id(request), series);
    });
    answers.write(out)
}

/// What milepost prints for each question, after what makes the tables that it reads.
fn printed(folder: &Path) -> Result<Vec<String>, Failure> {
    let catalog = Catalog::open(folder)?;
    let Catalog { engine, model, as_of, requests } = &catalog;
    let statement = |request: &Request| {
        let statement = sql(model, *as_of, request);
        let statement = statement.trim_end().trim_end_matches(';');
        let (slice, columns) = match request.by.as_slice() {
            [] => ("''", "bucket, value"),
            _ => ("coalesce(slice::VARCHAR, '')", "bucket, slice, value"),
        };
        let id = catalog.id(request);
        format!("SELECT '{id}', {slice}, bucket, value FROM (\n{statement}) AS answer({columns})")
    };
    let prelude = engine.prelude(model, *as_of);
    let prelude = prelude.trim_end().trim_end_matches(';').to_owned();
    Ok(std::iter::once(prelude).chain(requests.iter().map(statement)).collect())
}
