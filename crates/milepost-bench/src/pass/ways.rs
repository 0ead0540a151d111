//! What runs in a process of its own: milepost, and reading the columns alone.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use milepost::plan::request::Request;
use milepost::plan::results::{Series, SliceRow};
use milepost::semantics::model::Model;
use milepost::sources::Memory;
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::answers::Answers;
use super::sets::{self, Question, Set};
use crate::Failure;

/// Rows that are decoded at a time.
const BATCH: usize = 8_192;

/// Answers a set as a program that uses milepost does, and prints how long each step took.
pub(crate) fn milepost(folder: &Path, set: Set, out: &Path) -> Result<(), Failure> {
    let mut step = clocked();
    let mut diagnostics = Diagnostics::default();
    let mut files = Memory::new();
    for (path, text) in set.data().project(&[set]) {
        files = files.with(path, text);
    }
    let loaded = steps::load(&files, &mut diagnostics);
    let engine = steps::engine(folder)?;
    let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
    let model = steps::check(&loaded, &schemas, &mut diagnostics)
        .ok_or_else(|| told("the specs have errors", &diagnostics))?;
    let metrics = set.metrics();
    let questions = sets::questions(&metrics);
    let requests =
        questions.iter().map(|q| request(&model, q)).collect::<Result<Vec<_>, Failure>>()?;
    step("check");
    let as_of = model.project.as_of();
    let data = steps::open(&engine, &model, as_of, &requests, false, &mut diagnostics)
        .ok_or_else(|| told("the data has errors", &diagnostics))?;
    step("open");
    let series = steps::run(&engine, &model, &data, &requests)?;
    step("run");
    let mut answers = Answers::default();
    questions
        .iter()
        .zip(&series)
        .for_each(|(question, series)| add(&mut answers, &question.id(), series));
    answers.write(out)
}

/// Prints how long each step took.
pub(super) fn clocked() -> impl FnMut(&str) {
    let mut clock = Instant::now();
    move |name| {
        println!("  {name:<8} {:>8.2} s", clock.elapsed().as_secs_f64());
        clock = Instant::now();
    }
}

pub(super) fn told(what: &str, diagnostics: &Diagnostics) -> Failure {
    let list = diagnostics.sorted();
    let messages = list.iter().map(|diagnostic| format!("\n  {diagnostic:?}"));
    format!("{what}:{}", messages.collect::<String>()).into()
}

fn request(model: &Model, question: &Question<'_>) -> Result<Request, Failure> {
    let name = &question.metric.name;
    let metric = model.metric(name).ok_or_else(|| format!("there is no metric {name}"))?;
    let dimension = |by| model.dimension(by).ok_or_else(|| format!("there is no dimension {by}"));
    let by = question.by.map(dimension).transpose()?.into_iter().collect();
    Ok(Request { grain: question.grain, by, ..Request::total(model, metric) })
}

/// Figures without the reasons why there is none.
pub(super) fn add(answers: &mut Answers, question: &str, series: &Series) {
    for row in &series.rows {
        for (bucket, cell) in series.buckets.iter().zip(row.cells.iter()) {
            if let Ok(value) = cell.value {
                answers.add(question, &slice_of(row), &bucket.bucket.label, value);
            }
        }
    }
}

/// A slice as the answers of SQL have it: null is the empty text.
fn slice_of(row: &SliceRow) -> String {
    let values = row.key.iter().map(|value| value.text().unwrap_or_default());
    values.collect::<Vec<_>>().join(" ")
}

/// Decodes the columns of the rows that a set needs, once, and does nothing with them.
pub(crate) fn floor(folder: &Path, set: Set) -> Result<(), Failure> {
    let mut files = fs::read_dir(folder.join("data").join(set.data().name()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<PathBuf>, _>>()?;
    files.sort();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, rows) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || -> Result<(), String> {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let count = decode(file, set.columns()).map_err(|e| e.to_string())?;
            rows.fetch_add(count, Ordering::Relaxed);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|w| w.join().map_err(|_| "a thread failed".to_owned()).flatten())
    })?;
    println!("  {} rows", rows.into_inner());
    Ok(())
}

fn decode(path: &Path, columns: &[&str]) -> Result<usize, Failure> {
    let file = File::open(path)?;
    let written = ParquetRecordBatchReaderBuilder::try_new(file.try_clone()?)?;
    let options = ArrowReaderOptions::new().with_schema(with_dictionaries(written.schema()));
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let mut rows = 0;
    for batch in builder.with_projection(mask).with_batch_size(BATCH).build()? {
        rows += std::hint::black_box(batch?).num_rows();
    }
    Ok(rows)
}

/// Text as it is in the file: each different one once, and the number of one for each row.
fn with_dictionaries(schema: &SchemaRef) -> SchemaRef {
    let numbers = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 => Field::new(field.name(), numbers(), field.is_nullable()),
        _ => field.as_ref().clone(),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
