//! The Python of the suites from outside, which `cargo xtask test` installs and names: its programs, and figures held
//! against what they answer. A tool that is not there fails a test; it never passes without having looked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use milepost::plan::results::{Series, SliceValue};
use serde_json::Value;

/// Both sides count the same rows and differ in the order of floating-point sums only.
const TOLERANCE: f64 = 1e-9;

/// A tool that `cargo xtask test` found or installed.
pub(crate) fn tool(variable: &str) -> PathBuf {
    let Some(path) = std::env::var_os(variable) else {
        panic!(
            "{variable} is not set: run this test by `cargo xtask test`, which installs the tools and names them"
        );
    };
    PathBuf::from(path)
}

/// Runs a program of this folder's package.
pub(crate) fn python(path: &str, args: &[&Path]) -> Output {
    let interpreter = tool("MILEPOST_PYTHON");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let result = Command::new(&interpreter).arg(script).args(args).output();
    result.unwrap_or_else(|e| panic!("{} can't be run: {e}", interpreter.display()))
}

/// What a program printed that did its work.
pub(crate) fn printed(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The answers of a program that takes a list of jobs, in their order.
pub(crate) fn answers(path: &str, jobs: &[Value]) -> Vec<Value> {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("jobs.json");
    std::fs::write(&file, Value::from(jobs).to_string()).unwrap();
    let answers: Vec<Value> = serde_json::from_str(&printed(&python(path, &[&file]))).unwrap();
    assert_eq!(answers.len(), jobs.len(), "{path} did not answer every job");
    answers
}

/// How many figures a series has, and which of them are others in the rows of a query; a null there is a reason here.
pub(crate) fn compare(series: &Series, answer: &Value) -> (usize, Vec<String>) {
    let Some(rows) = answer.as_array() else { return (0, vec![answer.to_string()]) };
    let mut theirs: BTreeMap<Vec<Option<&str>>, Option<f64>> = BTreeMap::new();
    for row in rows {
        let (value, key) = row.as_array().and_then(|row| row.split_last()).unwrap();
        theirs.insert(key.iter().map(Value::as_str).collect(), value.as_f64());
    }
    let (mut figures, mut wrong) = (0, Vec::new());
    for row in &series.rows {
        for (cell, head) in row.cells.iter().zip(&series.buckets) {
            let mut key = vec![Some(head.bucket.label.as_str())];
            key.extend(row.key.iter().map(SliceValue::text));
            figures += 1;
            let theirs = theirs.remove(&key);
            let same = match (&cell.value, theirs) {
                (Ok(a), Some(Some(b))) => {
                    (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()).max(1.0)
                }
                (Err(_), Some(None)) => true,
                _ => false,
            };
            if !same {
                wrong.push(format!("{key:?}: {:?}, in DuckDB {theirs:?}", cell.value));
            }
        }
    }
    wrong.extend(theirs.keys().map(|key| format!("{key:?}: in DuckDB only")));
    (figures, wrong)
}
