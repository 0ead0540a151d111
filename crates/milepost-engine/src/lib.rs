//! A checked model and data become results.
//!
//! ```text
//! Model + files ── open ──► Data ── run ──► Series
//! ```
//!
//! - [`Engine::schemas`] reads what the files hold, for the checker;
//! - [`Engine::open`] reads each dataset once, as it is seen from the as-of;
//! - [`Engine::run`] answers requests by the shared scan (`rollup`), [`Engine::run_plain`] by the plain lowering
//!   ([`sql()`]), which is the definition. The two always agree.
//!
//! This is the only crate that names DataFusion; Arrow and Parquet stand beside it in measurements alone.

mod check;
mod coverage;
mod data;
mod duckdb;
mod engine;
mod error;
mod functions;
mod judge;
mod machine;
mod reads;
mod remarks;
mod rollup;
mod run;
mod scan;
mod session;
mod source;
mod spill;
pub mod write;

// The rooms of the plan, under the names that they have there.
use milepost_plan::{evaluate, leaf, placement, request, results, sql};

pub use check::CheckOutcome;
pub use data::{Data, DatasetStatus};
pub use engine::Engine;
pub use error::EngineError;
pub use remarks::Remark;
pub use run::missing;
pub use scan::plan_text;
pub use source::{files_of, other_than_a_file};
