//! The YAML tree to definitions.
//!
//! | file | what it does |
//! |---|---|
//! | `field.rs` | what a table of fields says about each field |
//! | `fields.rs` | a map read by its table: unknown fields, did-you-mean, what this version lacks |
//! | `value.rs` | single values: text, words, durations, expressions |
//! | `meta.rs` | what every definition may carry |
//! | `lints.rs` | how much each warning matters |
//! | `project.rs`, `entity.rs`, `dataset.rs`, `csv.rs`, `column.rs`, `behavior.rs`, `segment.rs`, `journey.rs`, `metric.rs`, `list.rs`, `score.rs`, `test.rs` | one kind of definition each, with its table |
//! | `form/` | the forms of metrics, a file for each |
//! | `requires.rs` | what a package of the catalog expects of a project |
//! | `section.rs` | the sections of a spec file |
//! | `layout.rs` | definitions that are laid out in another way |

mod behavior;
mod column;
mod csv;
mod dataset;
mod entity;
mod field;
mod fields;
mod form;
mod journey;
mod layout;
mod lints;
mod list;
mod meta;
mod metric;
mod project;
mod requires;
mod review;
mod score;
mod section;
mod segment;
mod test;
mod unpivot;
mod value;

pub use csv::ENCODINGS;
pub use field::{Field, FieldType, Kind, Shape};
pub(crate) use section::short_form;
pub use section::{LATER_SECTIONS, SECTIONS};

use crate::ast::{Package, ProjectSpec};
use crate::diagnostic::Diagnostics;
use crate::source::SourceFile;

/// All kinds of map that spec files have, each with its table of fields: what editors and the JSON
/// Schema are reported.
pub const KINDS: &[&Kind] = &[
    &project::PROJECT,
    &project::CALENDAR,
    &lints::LINTS,
    &review::REVIEW,
    &review::WAIVER,
    &project::OUTPUTS,
    &entity::ENTITY,
    &dataset::DATASET,
    &csv::CSV,
    &column::COLUMN,
    &dataset::CHECK,
    &dataset::FRESHNESS,
    &behavior::BEHAVIOR,
    &segment::SEGMENT,
    &journey::JOURNEY,
    &journey::STAGE,
    &journey::MILESTONE,
    &journey::STUCK_AFTER,
    &journey::LENGTH_BY,
    &metric::METRIC,
    &metric::TARGET,
    &form::QUARTILES,
    &form::RETENTION,
    &form::COHORT,
    &form::DURATION,
    &form::DURATION_END,
    &form::SURVEY,
    &form::FUNNEL,
    &form::FUNNEL_STEP,
    &list::LIST,
    &list::SNOOZED,
    &score::SCORE,
    &score::COMPONENT,
    &score::COMPONENT_BOUND,
    &score::CAP,
    &score::OVERRIDDEN,
    &test::TEST,
    &test::EXPECT,
    &meta::DEPRECATED,
    &requires::REQUIRES,
    &requires::REQUIRED_ENTITY,
    &requires::REQUIRED_DATASET,
];

/// Reads `milepost.yaml`. Always gives a project; what is wrong is reported.
pub fn parse_project(source: &SourceFile, diagnostics: &mut Diagnostics) -> ProjectSpec {
    project::project(&mut Decoder { source, diagnostics })
}

/// Reads one spec file and appends its definitions. What is wrong is reported; a mistake in one definition
/// leaves the others whole.
pub fn parse_spec(source: &SourceFile, package: &mut Package, diagnostics: &mut Diagnostics) {
    section::spec(&mut Decoder { source, diagnostics }, false, package);
}

/// Reads one file of the catalog, which may say what it requires, and notes that its definitions are not the project's.
pub fn parse_package(source: &SourceFile, package: &mut Package, diagnostics: &mut Diagnostics) {
    section::spec(&mut Decoder { source, diagnostics }, true, package);
    package.imported.insert(source.id);
}

/// What every reading function needs.
struct Decoder<'a> {
    source: &'a SourceFile,
    diagnostics: &'a mut Diagnostics,
}
