//! What a site was built from: a record that `build` writes, and what `diff --published` reads of a site.
//!
//! The figures of a KPI stand in its JSON file. From which definition they came stands in the [`RECORD`]: without it, a
//! figure that is another one today could come from changed data as well as from a changed definition.

mod read;
mod record;

pub(crate) use read::cut;
pub use read::{Published, PublishedFigure, PublishedMetric};
pub use record::record;

/// The file of a site that says what its figures were computed from.
pub const RECORD: &str = "data/definitions.json";

/// The JSON Schema of [`RECORD`].
pub const SCHEMA: &str = include_str!("schema.json");

/// It gets another number when a field goes or means something else.
const FORMAT: u64 = 1;
