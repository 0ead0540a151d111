//! From parsed text to what it means: names, links, times, windows, members and what is written out, by the sentences of
//! docs/language.md alone. Of milepost only the parser takes part: no table of names, no type, no path, no filter and no
//! window of the checked model is looked at. What can't be bound ends the test with a message; nothing is passed over.

mod aggregate;
mod cohort;
mod dimensions;
mod forms;
mod funnel;
mod linked;
mod matures;
mod names;
mod path;
mod project;
mod retention;
mod row;
mod schema;
mod score;
mod survey;
mod types;
mod value;

use std::collections::BTreeSet;

use milepost::syntax::ast::Package;
use milepost::syntax::diagnostic::Diagnostics;
use milepost::syntax::source::SourceMap;
use milepost::syntax::{parse_project, parse_spec};

use crate::generate::Project;
use crate::tree::{ColumnId, DatasetId, Model};
use crate::world::RawTables;

pub(crate) use score::number as score_number;

/// What is bound so far, beside the text that it is bound from.
struct Binder<'p> {
    package: &'p Package,
    model: Model,
    /// Computed columns whose expressions are not bound yet.
    waiting: BTreeSet<(DatasetId, ColumnId)>,
}

/// The meaning of a generated project.
pub(crate) fn bind(project: &Project) -> Model {
    let package = parse(&project.main, &project.spec());
    of_package(&package, project.holidays.as_deref(), &project.tables)
}

fn parse(main: &str, specs: &str) -> Package {
    let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
    let main = sources.add("milepost.yaml", main);
    let specs = sources.add("specs/all.yaml", specs);
    let project = parse_project(sources.get(main), &mut diagnostics);
    let mut package = Package { project, ..Package::default() };
    parse_spec(sources.get(specs), &mut package, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{:#?}", diagnostics.sorted());
    package
}

fn of_package(package: &Package, holidays: Option<&str>, tables: &RawTables) -> Model {
    let model = project::without_definitions(&package.project, holidays);
    let mut binder = Binder { package, model, waiting: BTreeSet::new() };
    binder.schema(tables);
    binder.computed_columns();
    binder.dimensions();
    binder.segments();
    binder.scores();
    binder.metrics();
    binder.model
}
