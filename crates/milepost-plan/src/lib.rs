//! Requests become leaves with exact spans of time, and aggregated values become results: all that needs neither
//! DataFusion nor Arrow, and so builds and tests in seconds.
//!
//! ```text
//! Request ── leaf::compile ──► Compiled: a tree over Leafs ──┬── sql ──► the plain lowering, as text
//!                                                           └── (an engine) ──► LeafCells ── evaluate ──► results::Cell
//! ```
//!
//! - [`request`]: what is asked, and the buckets and frames that answer it;
//! - [`leaf`]: a value taken apart into aggregates with bounds;
//! - [`placement`]: where the rows of an aggregate stand in time;
//! - [`exact`]: sums that do not depend on order;
//! - [`mod@merge`]: every bucket, window and slice of a leaf as a merge of the states of groups;
//! - [`evaluate`]: arithmetic on aggregated values, with reasons;
//! - [`mod@sql`]: the plain lowering, which is the definition;
//! - [`results`]: what comes out;
//! - [`ids`], [`intern`]: positions with types; values as small numbers.

mod cells;
pub mod evaluate;
pub mod exact;
pub mod ids;
pub mod intern;
pub mod leaf;
pub mod merge;
pub mod placement;
pub mod request;
pub mod results;
pub mod sql;
pub mod text;
