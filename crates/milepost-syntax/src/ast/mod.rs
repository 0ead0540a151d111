//! What the author wrote, with the place of every part. Nothing here is checked for meaning.

pub mod cohort;
pub mod dataset;
mod duration;
pub mod expr;
pub mod form;
pub mod funnel;
pub mod group;
pub mod journey;
pub mod list;
mod project;
pub mod retention;
pub mod score;
pub mod spec;
pub mod survey;
pub mod test;

pub use cohort::*;
pub use dataset::*;
pub use duration::*;
pub use expr::*;
pub use form::*;
pub use funnel::*;
pub use group::*;
pub use journey::*;
pub use list::*;
pub use project::*;
pub use retention::*;
pub use score::*;
pub use spec::*;
pub use survey::*;
pub use test::*;
