//! The shared-scan lowering: what a build runs.
//!
//! All aggregates of a run that read one dataset by one time share a *rollup*: in one pass the rows are grouped by the
//! elementary intervals between all the cuts in time that any bucket or window needs, by the predicates that they pass,
//! and by the dimensions that any slice needs; each distinct predicate is evaluated once per row, or once per value. The groups hold mergeable states; every bucket, window and
//! slice of every metric is a merge of them.
//!
//! ```text
//! leaves ── plan ──► Rollup ── rows of a scan ──► Collected ── groups ──► Groups ── milepost_plan::merge ──► LeafTable
//! ```

mod groups;
mod ids;
mod keyed;
mod pass;
mod plan;
mod source;
mod states;

pub(crate) use groups::{Grouped, decimal};
pub(crate) use ids::InputId;
pub(crate) use pass::Rollup;
pub(crate) use plan::{KeyedOf, plan};
pub(crate) use states::{Collected, Inputs, Program, truths};
