//! Tests of metrics: the figures that rows in a spec must give, beside those that they give.

mod show;
mod slice;

use std::collections::BTreeMap;

use milepost_engine::Engine;
use milepost_engine::write::{GivenRows, Values};
use milepost_plan::request::Request;
use milepost_plan::results::Series;
use milepost_semantics::model::{DimensionId, Model};
use milepost_semantics::prove::{
    Expected, Figure, GivenTable, GivenValues, Setting, TestPlan, plan,
};
use milepost_semantics::schema::Schemas;
use milepost_semantics::time::{AsOf, epoch_day};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Span;

use crate::error::Error;
use crate::project::Loaded;

/// Two numbers that differ by less than this part of themselves are one number: what is left of rounding.
const ROUNDING: f64 = 1e-9;

/// How one test came out.
#[derive(Clone, Debug)]
pub struct TestOutcome {
    pub name: String,
    /// The name in the spec.
    pub span: Span,
    /// The metric's name.
    pub metric: String,
    /// One for each expected figure, in the order in which they are written.
    pub figures: Vec<TestFigure>,
}

/// An expected figure, and what came out.
#[derive(Clone, Debug)]
pub struct TestFigure {
    /// Where it is expected.
    pub span: Span,
    /// The label of the bucket.
    pub bucket: String,
    /// Dimensions with their values; absent: null.
    pub slices: Vec<(String, Option<String>)>,
    /// A number (in the unit of the metric's value) or the words of a reason.
    pub expected: Result<f64, String>,
    pub got: Result<f64, String>,
    /// How far the number may be off; absent: not at all.
    pub tolerance: Option<f64>,
    pub passed: bool,
    pub words: TestWords,
}

/// A figure as people read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestWords {
    /// With its tolerance: `97.4% ± 0.1%`.
    pub expected: String,
    pub got: String,
    /// With a sign; empty where one of the two is no number, or they are equal.
    pub difference: String,
}

impl TestOutcome {
    /// Whether every figure came out as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.figures.iter().all(|figure| figure.passed)
    }
}

impl TestFigure {
    /// What came out less what is expected, where both are numbers.
    #[must_use]
    pub fn difference(&self) -> Option<f64> {
        Some(self.got.as_ref().ok()? - self.expected.as_ref().ok()?)
    }
}

/// The tests of a project, ready to run; what is wrong with them is reported. `schemas` are the columns of the files, where
/// they were looked at. Must come after the check of the project, whose mistakes are in `diagnostics`.
pub fn tests(
    loaded: &Loaded,
    schemas: Option<&Schemas>,
    diagnostics: &mut Diagnostics,
) -> Vec<TestPlan> {
    let setting = Setting { package: &loaded.package, schemas, holidays: &loaded.holidays };
    plan(&setting, diagnostics)
}

/// Runs one test on its own rows. Nothing when something about the rows was reported.
///
/// # Errors
/// When the engine fails.
pub fn run(
    engine: &Engine,
    test: &TestPlan,
    diagnostics: &mut Diagnostics,
) -> Result<Option<TestOutcome>, Error> {
    let model = &test.model;
    let (requests, asked) = requests(test);
    let tables = test.tables.iter().map(rows).collect();
    let mut told = Diagnostics::default();
    let data = engine.open_given(model, tables, test.as_of, &requests, &mut told);
    for error in told.sorted() {
        diagnostics.push(at_test(test, error));
    }
    let Some(data) = data else { return Ok(None) };
    let series = engine.run(model, &data, &requests)?;
    let figures = test.expected.iter().zip(asked);
    let figures =
        figures.map(|(expected, at)| figure(test, expected, &series[at], data.as_of())).collect();
    Ok(Some(TestOutcome {
        name: test.name.clone(),
        span: test.span,
        metric: model[test.metric].name.clone(),
        figures,
    }))
}

/// One request for each set of dimensions, and which of them answers each expected figure.
fn requests(test: &TestPlan) -> (Vec<Request>, Vec<usize>) {
    let from = test.expected.iter().map(|expected| expected.bucket.start).min();
    let to = test.expected.iter().map(|expected| expected.bucket.end).max();
    let mut known: BTreeMap<Vec<DimensionId>, usize> = BTreeMap::new();
    let mut requests = Vec::new();
    let mut asked = Vec::new();
    for expected in &test.expected {
        let by: Vec<DimensionId> =
            expected.slices.iter().map(|(dimension, _)| *dimension).collect();
        let at = *known.entry(by.clone()).or_insert_with(|| {
            let total = Request::total(&test.model, test.metric);
            requests.push(Request { part: test.part, by, from, to, ..total });
            requests.len() - 1
        });
        asked.push(at);
    }
    (requests, asked)
}

fn rows(table: &GivenTable) -> GivenRows {
    let columns = table.columns.iter().map(|column| (column.name.clone(), values(&column.values)));
    GivenRows { dataset: table.dataset.clone(), rows: table.rows, columns: columns.collect() }
}

fn values(values: &GivenValues) -> Values {
    match values {
        GivenValues::Text(list) => Values::Text(list.clone()),
        GivenValues::Integer(list) => Values::Integer(list.clone()),
        GivenValues::Number(list) => Values::Number(list.clone()),
        GivenValues::Decimal { scale, values } => {
            Values::Decimal { scale: *scale, values: values.clone() }
        }
        GivenValues::Boolean(list) => Values::Boolean(list.clone()),
        GivenValues::Date(list) => {
            Values::Date(list.iter().map(|day| day.map(epoch_day)).collect())
        }
        GivenValues::Timestamp(list) => {
            Values::Timestamp(list.iter().map(|at| at.map(|at| at.0)).collect())
        }
    }
}

fn figure(test: &TestPlan, expected: &Expected, series: &Series, as_of: AsOf) -> TestFigure {
    let model = &test.model;
    let got = got(model, expected, series, as_of);
    let (wanted, tolerance) = match &expected.figure {
        Figure::Number { value, tolerance } => (Ok(*value), *tolerance),
        Figure::Reason(reason) => (Err(reason.clone()), None),
    };
    let passed = match (&wanted, &got) {
        (Ok(wanted), Ok(got)) => {
            let rounding = ROUNDING * wanted.abs().max(got.abs());
            (wanted - got).abs() <= tolerance.unwrap_or(0.0) + rounding
        }
        // `unavailable (needs dataset …)` is expected as `unavailable`.
        (Err(wanted), Err(got)) => {
            got == wanted || got.strip_prefix(wanted).is_some_and(|rest| rest.starts_with(" ("))
        }
        _ => false,
    };
    let slices = expected.slices.iter();
    let words = show::words(model, &model[test.metric][test.part], &wanted, &got, tolerance);
    TestFigure {
        span: expected.span,
        bucket: expected.bucket.label.clone(),
        slices: slices.map(|(id, value)| (model[*id].name.clone(), value.clone())).collect(),
        expected: wanted,
        got,
        tolerance,
        passed,
        words,
    }
}

/// The figure of a bucket and a slice: a number, a reason, or why there is no such figure.
fn got(model: &Model, expected: &Expected, series: &Series, as_of: AsOf) -> Result<f64, String> {
    let at = series.buckets.iter().position(|b| b.bucket.start == expected.bucket.start);
    let Some(at) = at else {
        return Err(format!(
            "no bucket (the as-of is {})",
            model.project.calendar.show_as_of(as_of)
        ));
    };
    let row = slice::row(series, &expected.slices)?;
    row.cells.value(at).map_err(|reason| reason.to_string())
}

/// A mistake in the rows, reported at the test.
fn at_test(test: &TestPlan, error: &Diagnostic) -> Diagnostic {
    let help = match error.code {
        codes::AS_OF_INVALID => vec!["add `as_of: 2026-03-31` to the test".to_owned()],
        _ => error.help.clone(),
    };
    let place = error.primary.as_ref().map(|label| label.span);
    let message = format!("in the test `{}`: {}", test.name, error.message);
    let mut told = Diagnostic { help, message, ..error.clone() };
    let place = place.filter(|place| *place != test.span);
    told.primary = Diagnostic::error(error.code, test.span, "").primary;
    match place {
        Some(place) => told.also(place, "here"),
        None => told,
    }
}
