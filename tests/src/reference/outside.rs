//! The SQL that is printed for generated projects, run in DuckDB: the same figures. Run by `cargo xtask test`, which
//! installs DuckDB and says where it is.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use milepost::engine::results::Series;
use milepost::engine::{prelude, sql};
use milepost::semantics::model::Model;
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;
use serde_json::{Value, json};

use crate::compare::{Opened, requests};
use crate::generate::Project;

#[test]
#[ignore = "needs Python with duckdb: cargo xtask test"]
fn duckdb_agrees_on_generated_projects() {
    let seeds = crate::seeds();
    let folder = tempfile::tempdir().unwrap();
    let mut jobs = Vec::new();
    let mut projects: Vec<(u64, Model, Vec<Series>)> = Vec::new();
    for seed in seeds {
        let project = Project::new(seed);
        let place = folder.path().join(seed.to_string());
        std::fs::create_dir(&place).unwrap();
        project.write(&place);
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
        let prelude = prelude(&model, data.as_of());
        jobs.push(json!({ "folder": place, "prelude": prelude, "queries": queries }));
        projects.push((seed, model, series));
    }
    let answers = answers(folder.path(), &json!(jobs));
    let (mut wrong, mut figures) = (Vec::new(), 0);
    for ((seed, model, all), answers) in projects.iter().zip(answers.as_array().unwrap()) {
        for (i, series) in all.iter().enumerate() {
            let text = &model[series.metric].value_text;
            let mut missing = false;
            model[series.metric].value.each_aggregate(&mut |a| missing |= model[a.dataset].missing);
            if missing {
                // Its SQL reads a table that there is none of.
                continue;
            }
            match differs(series, &answers[i.to_string()]) {
                Ok(n) => figures += n,
                Err(why) => wrong.push(format!("seed {seed}: {text}\n  {why}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} series differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(figures > 1_000, "only {figures} figures");
}

fn answers(folder: &Path, jobs: &Value) -> Value {
    let python = std::env::var_os("MILEPOST_PYTHON").expect("run by `cargo xtask test`");
    let file = folder.join("jobs.json");
    std::fs::write(&file, jobs.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("outside/run_sql.py");
    let output = Command::new(python).arg(script).arg(file).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// How many figures are the same; or the first that is not.
fn differs(series: &Series, answer: &Value) -> Result<usize, String> {
    let rows = answer.as_array().ok_or_else(|| answer.to_string())?;
    let mut theirs: BTreeMap<Vec<&str>, Option<f64>> = BTreeMap::new();
    for row in rows {
        let (value, key) = row.as_array().and_then(|row| row.split_last()).unwrap();
        theirs.insert(key.iter().filter_map(Value::as_str).collect(), value.as_f64());
    }
    let mut figures = 0;
    for row in &series.rows {
        for (cell, head) in row.cells.iter().zip(&series.buckets) {
            let mut key = vec![head.bucket.label.as_str()];
            key.extend(row.key.iter().map(String::as_str));
            let theirs = theirs.remove(&key);
            let same = match (&cell.value, theirs) {
                (Ok(a), Some(Some(b))) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
                (Err(_), Some(None)) => true,
                _ => false,
            };
            if !same {
                return Err(format!("{key:?}: {:?}, in DuckDB {theirs:?}", cell.value));
            }
            figures += 1;
        }
    }
    match theirs.keys().next() {
        Some(key) => Err(format!("{key:?}: in DuckDB only")),
        None => Ok(figures),
    }
}
