//! The SQL that is printed for generated projects, run in DuckDB: the same figures. Run by `cargo xtask test`, which
//! installs DuckDB and says where it is.

use std::collections::BTreeSet;

use milepost::plan::results::Series;
use milepost::plan::sql::sql;
use milepost::semantics::model::Model;
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;
use serde_json::{Value, json};

use crate::compare::{Opened, requests};
use crate::generate::{Project, files};
use crate::python;

#[test]
#[ignore = "needs Python with duckdb: cargo xtask test"]
fn duckdb_agrees_on_generated_projects() {
    let seeds = crate::seeds();
    let folder = tempfile::tempdir().unwrap();
    let mut jobs = Vec::new();
    let mut projects: Vec<(u64, Model, Vec<Series>)> = Vec::new();
    // Every other one in odd files.
    for seed in seeds {
        let project = Project::new(seed);
        let mut place = folder.path().join(seed.to_string());
        project.write(&place);
        if seed % 2 == 0 {
            let plain = Opened::open(&place, 2).unwrap();
            place = folder.path().join(format!("{seed} in odd files"));
            files::write(&project, &plain.model, &place, &mut BTreeSet::new());
        }
        let Opened { engine, model } = Opened::open(&place, 2).unwrap();
        let asked = requests(&model, seed);
        let mut diagnostics = Diagnostics::default();
        let as_of = model.project.as_of();
        let data = steps::open(&engine, &model, as_of, &asked, false, &mut diagnostics).unwrap();
        let series = steps::run(&engine, &model, &data, &asked).unwrap();
        let queries: Vec<Value> = asked
            .iter()
            .enumerate()
            .map(|(i, r)| json!({ "name": i.to_string(), "sql": sql(&model, data.as_of(), r) }))
            .collect();
        let prelude = engine.prelude(&model, data.as_of());
        jobs.push(json!({ "folder": place, "prelude": prelude, "queries": queries }));
        projects.push((seed, model, series));
    }
    let answers = python::answers("outside/run_sql.py", &jobs);
    let (mut wrong, mut figures) = (Vec::new(), 0);
    for ((seed, model, all), answers) in projects.iter().zip(&answers) {
        for (i, series) in all.iter().enumerate() {
            let mut missing = false;
            model[series.metric].each_aggregate(&mut |a| missing |= model[a.dataset].missing);
            if missing {
                // Its SQL reads a table that there is none of.
                continue;
            }
            let (n, others) = python::compare(series, &answers[i.to_string()]);
            figures += n;
            if let Some(other) = others.first() {
                let text = &model[series.metric].headline().text;
                wrong.push(format!("seed {seed}: {text}\n  {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} series differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(figures > 1_000, "only {figures} figures");
}
