//! `tests:` to small projects of their own: the model of a metric over the rows of a test, and the figures that must come
//! out.
//!
//! A test reads no file: columns have the types that the specs declare, else those of the values in its rows, else any that
//! their use allows (then all their values are null).
//!
//! | file | what it does |
//! |---|---|
//! | `given.rs` | rows to columns with types: unknown names, missing times and keys |
//! | `rows.rs` | these columns, as files would hold them |
//! | `cell.rs` | one value of a row |
//! | `narrow.rs` | the part of the project that a test is about |
//! | `guess.rs` | the types of columns without values, from their use |
//! | `expected.rs` | buckets, slices and figures |

mod cell;
mod expected;
mod given;
pub(crate) mod guess;
mod narrow;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use crate::forms;
use crate::model::{Metric, MetricId, Model, PartId, Unavailable};
use crate::schema::Schemas;
use crate::time::{AsOf, Calendar, parse_day};
use milepost_syntax::ast::{Date, Package, TestSpec};
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics, Severity};
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, renamed, suggest};

pub use expected::{Expected, Figure};
pub use rows::{GivenColumn, GivenTable, GivenValues};

use rows::Rows;

/// A test that can be run.
#[derive(Clone, Debug)]
pub struct TestPlan {
    pub name: String,
    /// The name in the spec.
    pub span: Span,
    /// The part of the project that the test is about, over its rows.
    pub model: Model,
    pub metric: MetricId,
    /// The part of it that figures are expected of.
    pub part: PartId,
    /// Absent: the newest time of the rows.
    pub as_of: Option<AsOf>,
    /// The rows of every dataset of the model, in its order.
    pub tables: Vec<GivenTable>,
    pub expected: Vec<Expected>,
}

/// What tests are read with.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    pub package: &'a Package,
    /// The columns of the project's files, where they were looked at: a column of a test that no file has is told.
    pub schemas: Option<&'a Schemas>,
    /// The days of `calendar: { holidays: … }`.
    pub holidays: &'a BTreeSet<Date>,
}

/// The tests of a package, in the order in which they are written. What is wrong with one is told, and it is left out.
/// Must come after the check of the package: where `diagnostics` has a mistake outside of tests, metrics are not computed,
/// and where it has one in a test, that test has been told.
pub fn plan(setting: &Setting<'_>, diagnostics: &mut Diagnostics) -> Vec<TestPlan> {
    if setting.package.tests.is_empty() {
        return Vec::new();
    }
    let told = Told::new(setting.package, diagnostics);
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    let mut plans = Vec::new();
    // Rows stand for files, but what a project can't compute from its own has no figures in a test either.
    let unknown = Schemas::default();
    let schemas = setting.schemas.unwrap_or(&unknown);
    let (pruned, lacking) = crate::import::prune(setting.package, schemas);
    let base = pruned.without_metrics();
    let parts = Parts { pruned: &pruned, base: &base, lacking: &lacking };
    for spec in &setting.package.tests {
        let name = &spec.name;
        if let Some(first) = first.get(name.node.as_str()) {
            diagnostics.push(
                Diagnostic::error(
                    codes::DUPLICATE_DEFINITION,
                    name.span,
                    format!("the test `{}` is defined twice", name.node),
                )
                .also(*first, "first defined here")
                .help("rename one of the two"),
            );
            continue;
        }
        first.insert(&name.node, name.span);
        plans.extend(one(setting, &parts, spec, &told, diagnostics));
    }
    plans
}

/// What was told before the tests were looked at.
struct Told {
    /// Whether the project has mistakes outside of its tests.
    project: bool,
    errors: Vec<Span>,
}

impl Told {
    fn new(package: &Package, diagnostics: &Diagnostics) -> Self {
        let sorted = diagnostics.sorted();
        let errors = sorted.iter().filter(|told| told.severity == Severity::Error);
        let places: Vec<Option<Span>> =
            errors.map(|error| error.primary.as_ref().map(|label| label.span)).collect();
        // From the first test of a file to its last: a test that could not be read at all stands between others.
        let mut sections: BTreeMap<u32, Span> = BTreeMap::new();
        for test in &package.tests {
            let section = sections.entry(test.span.source.0).or_insert(test.span);
            *section = section.to(test.span);
        }
        let in_test = |place: &Option<Span>| {
            place.is_some_and(|place| sections.values().any(|section| holds(*section, place)))
        };
        Self {
            project: !places.iter().all(in_test),
            errors: places.into_iter().flatten().collect(),
        }
    }

    /// Whether the test has a mistake.
    fn is_in(&self, spec: &TestSpec) -> bool {
        self.errors.iter().any(|place| holds(spec.span, *place))
    }
}

/// Whether a place lies inside another one.
const fn holds(outer: Span, inner: Span) -> bool {
    outer.source.0 == inner.source.0 && outer.start <= inner.start && inner.end <= outer.end
}

/// The package as tests read it.
struct Parts<'a> {
    /// Without what the project lacks something for.
    pruned: &'a Package,
    /// The same without metrics.
    base: &'a Package,
    lacking: &'a [Unavailable],
}

/// One test; nothing when something about it was told.
fn one(
    setting: &Setting<'_>,
    parts: &Parts<'_>,
    spec: &TestSpec,
    told: &Told,
    diagnostics: &mut Diagnostics,
) -> Option<TestPlan> {
    let before = diagnostics.counts().0;
    let mut calendar = narrow::calendar(setting.package);
    calendar.holidays.clone_from(setting.holidays);
    let metric = metric(setting.package, parts.lacking, spec, diagnostics);
    let as_of = as_of(setting, spec, &calendar, diagnostics);
    holidays(spec, &mut calendar, diagnostics);
    let rows = given::read(setting, spec, &calendar, diagnostics);
    if diagnostics.counts().0 > before || told.project {
        return None;
    }
    let (metric, as_of) = (metric?, as_of?);
    let about = About { parts, spec, metric, rows: &rows };
    let mut model = analyze(&about, &BTreeSet::new(), diagnostics)?;
    rows.misspelt(spec, &model, diagnostics);
    let dimensions = expected::dimensions(spec, &model, diagnostics);
    if diagnostics.counts().0 > before {
        return None;
    }
    if !dimensions.is_empty() {
        model = analyze(&about, &dimensions, diagnostics)?;
    }
    model.project.calendar.holidays = calendar.holidays;
    let id = model.metric(metric)?;
    let part = part(spec, &model[id])?;
    let as_of = as_of.or_else(|| model.project.as_of());
    let expected = expected::expected(spec, &model, (id, part), as_of, diagnostics);
    if diagnostics.counts().0 > before || told.is_in(spec) {
        return None;
    }
    let tables = model.datasets.iter().map(|dataset| rows.table(dataset)).collect();
    let name = spec.name.node.clone();
    Some(TestPlan { name, span: spec.name.span, model, metric: id, part, as_of, tables, expected })
}

/// The part that stands after the name of the metric (`seats.p75`); the headline, where none does.
fn part(spec: &TestSpec, metric: &Metric) -> Option<PartId> {
    let written = spec.metric.as_ref()?.node.strip_prefix(metric.name.as_str());
    let part = written.and_then(|after| after.strip_prefix('.'));
    part.map_or(Some(metric.headline), |part| metric.part(part))
}

/// The name of the metric, if there is one of that name.
fn metric<'a>(
    package: &Package,
    lacking: &[Unavailable],
    spec: &'a TestSpec,
    diagnostics: &mut Diagnostics,
) -> Option<&'a str> {
    let written = spec.metric.as_ref()?;
    let (name, part) = forms::split_part(package, &written.node);
    let names = || package.metrics.iter().map(|metric| metric.name.node.as_str());
    if let Some(metric) = package.metrics.iter().find(|metric| metric.name.node == name) {
        if let Some(part) = part {
            let part = Spanned::new(part.to_owned(), written.span);
            forms::expect_part(metric, &part, diagnostics);
        }
        let lacking = lacking.iter().find(|lacking| lacking.name == name);
        lacking.iter().for_each(|lacking| diagnostics.push(lacking.tell(written.span)));
        return lacking.is_none().then_some(name);
    }
    let told = package.broken.iter().chain(package.later.iter().map(|later| &later.name));
    if !told.clone().any(|broken| broken.node == name) {
        let told = Diagnostic::error(
            codes::UNKNOWN_NAME,
            written.span,
            format!("there is no metric `{name}`"),
        );
        let before = package.metrics.iter().find(|metric| {
            metric.meta.renamed_from.as_ref().is_some_and(|before| before.node == name)
        });
        diagnostics.push(match (before, suggest(name, names())) {
            (Some(metric), _) => told.help(renamed(name, &metric.name.node)),
            (None, Some(near)) => told.help(format!("did you mean `{near}`?")),
            (None, None) => told.help("define it under `metrics:`"),
        });
    }
    None
}

/// The as-of that the test names; `None` inside: it names none.
fn as_of(
    setting: &Setting<'_>,
    spec: &TestSpec,
    calendar: &Calendar,
    diagnostics: &mut Diagnostics,
) -> Option<Option<AsOf>> {
    let Some(text) = &spec.as_of else {
        let project = setting.package.project.as_of.as_ref();
        return Some(project.and_then(|text| calendar.parse_as_of(&text.node)));
    };
    let found = calendar.parse_as_of(&text.node);
    if found.is_none() {
        diagnostics.push(
            Diagnostic::error(
                codes::AS_OF_INVALID,
                text.span,
                format!("`{}` is not a day or an instant", text.node),
            )
            .help("write a day that exists, like `2026-03-31` (its end is meant), or an instant, like `2026-03-31T12:00:00`"),
        );
    }
    found.map(Some)
}

fn holidays(spec: &TestSpec, calendar: &mut Calendar, diagnostics: &mut Diagnostics) {
    let Some(days) = &spec.holidays else { return };
    calendar.holidays.clear();
    for day in days {
        match parse_day(&day.node) {
            Some(date) => {
                calendar.holidays.insert(date);
            }
            None => diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_DATE,
                    day.span,
                    format!("`{}` is not a day", day.node),
                )
                .help("write a day that exists, like `2026-12-25`"),
            ),
        }
    }
}

/// What the model of a test is made from.
struct About<'a> {
    parts: &'a Parts<'a>,
    spec: &'a TestSpec,
    metric: &'a str,
    rows: &'a Rows,
}

/// The model of the metric over the rows; what stands in the way is told at the test.
fn analyze(
    about: &About<'_>,
    dimensions: &BTreeSet<String>,
    diagnostics: &mut Diagnostics,
) -> Option<Model> {
    let mut schemas = about.rows.schemas();
    let mut found: BTreeSet<(String, String)> = BTreeSet::new();
    loop {
        let model = model_over(about, &schemas, dimensions, diagnostics)?;
        let guessed = guess::fresh(&model, &mut found);
        if guessed.is_empty() {
            return Some(model);
        }
        for ((dataset, column), ty) in guessed {
            if let Some(file) = schemas.datasets.get_mut(&dataset) {
                file.columns.retain(|(name, _)| *name != column);
                file.columns.push((column, ty));
            }
        }
    }
}

fn model_over(
    about: &About<'_>,
    schemas: &Schemas,
    dimensions: &BTreeSet<String>,
    diagnostics: &mut Diagnostics,
) -> Option<Model> {
    let mut told = Diagnostics::default();
    let About { parts, spec, metric, .. } = *about;
    let package = narrow::package(parts.pruned, parts.base, spec, metric, dimensions);
    let taken = narrow::left_out(parts.pruned, &package);
    let schemas = Schemas { taken, ..schemas.clone() };
    let resolved = crate::resolve::resolve(&package, &schemas, &mut told);
    if let Some(model) = crate::check::check(resolved, None, &mut told) {
        return Some(model);
    }
    let sorted = told.sorted();
    let errors = sorted.iter().filter(|told| told.severity == Severity::Error);
    for error in errors {
        diagnostics.push(at_test(about.spec, error));
    }
    None
}

/// A mistake that the project has only over the rows of a test, told at the test.
fn at_test(spec: &TestSpec, error: &Diagnostic) -> Diagnostic {
    let place = error.primary.as_ref().map(|label| label.span);
    if place.is_some_and(|place| holds(spec.span, place)) {
        return error.clone();
    }
    let at = spec.metric.as_ref().map_or(spec.name.span, |metric| metric.span);
    let message = format!("over the rows of the test `{}`: {}", spec.name.node, error.message);
    let mut told = Diagnostic::error(error.code, at, message);
    if let Some(place) = place {
        told = told.also(place, "here");
    }
    told.secondary.extend(error.secondary.iter().cloned());
    told.help.extend(error.help.iter().cloned());
    told.help("the types of columns are those that are declared under `columns:` of their dataset, else those of the values in the test")
}
